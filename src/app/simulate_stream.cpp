// Partners with a port of their own: telegram, SCSNS over TCP, the wearables' text.
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "app/listen.hpp"
#include "app/partners.hpp"
#include "app/simulate.hpp"
#include "app/sites.hpp"
#include "env/posix.hpp"
#include "event/codec/codec.hpp"
#include "event/codec/scsns_tcp.hpp"
#include "event/codec/telegram_fields.hpp"
#include "place/gazetteer.hpp"

namespace bongsu::app {

namespace {

namespace telegram = event::telegram;
namespace wearable = event::wearable;

struct Case {
    const event::Profile& profile;
    const SimulateOptions& options;
    bool test;
    place::Found place;
    WallTime now;
    std::string number;
};

std::string degrees(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.7f", value);
    return text;
}

std::vector<std::string> telegram_value(const Case& in, const telegram::Field& field) {
    using telegram::Role;
    switch (field.role) {
        case Role::number:
            return {in.number};
        case Role::type:
            return {in.profile.type};
        case Role::kind:
        case Role::name:
        case Role::text:
            return {in.options.text};
        case Role::code:
            return {"CODE" + (in.options.code.empty() ? "1" : in.options.code)};
        case Role::lon:
            return {degrees(in.place.position.lon)};
        case Role::lat:
            return {degrees(in.place.position.lat)};
        case Role::position:
            return {degrees(in.place.position.lon), degrees(in.place.position.lat), "0"};
        case Role::address:
            return {in.place.name};
        case Role::occurred:
            return {to_kst_digits(in.now)};
        case Role::user:
            return {"simulate"};
        case Role::test:
            return {in.test ? "Y" : "N"};
        case Role::state:
            return {in.options.state};
        default:
            return {""};
    }
}

bool can_say_test(const event::Profile& profile) {
    if (profile.format == event::Format::wearable) return true;
    if (profile.format != event::Format::telegram) return false;
    for (const auto& field : telegram::fields_of(profile, "10")) {
        if (field.role == telegram::Role::test) return true;
    }
    return false;
}

std::string telegram_of(const Case& in) {
    const auto now = to_kst_digits(in.now);
    const auto pair = in.profile.pairs.empty() ? event::Profile::Pair{"112", "UCP"} : in.profile.pairs.front();
    telegram::Telegram out{.head = {.type = "10",
                                    .status = in.options.state,
                                    .status_time = now,
                                    .send = pair.send,
                                    .receive = pair.receive,
                                    .sent = now},
                           .fields = {}};
    for (const auto& field : telegram::fields_of(in.profile, "10")) out.fields.push_back(telegram_value(in, field));
    return telegram::write(out, in.profile.length, in.profile.encoding);
}

std::string scsns_of(const Case& in) {
    const auto pair = in.profile.pairs.empty() ? event::Profile::Pair{in.profile.sender, ""} : in.profile.pairs.front();
    const event::Position position{static_cast<std::int32_t>(std::lround(in.place.position.lon * 1e7)),
                                   static_cast<std::int32_t>(std::lround(in.place.position.lat * 1e7))};
    return event::scsns_tcp::write_event(
        {.send_cd = pair.send, .rcv_cd = pair.receive, .sys_cd = "112", .rr_key = {}, .at = in.now},
        {.number = in.number,
         .state = in.options.state,
         .position = position,
         .place = in.place.name,
         .text = in.options.text,
         .occurred_at = in.now,
         .state_time = in.now,
         .items = {}});
}

std::string line_of(const Case& in) {
    const bool is_clear = in.options.state == "50" || in.options.state == "90" || in.options.state == "91";
    const auto kind = in.test ? wearable::Kind::test : is_clear ? wearable::Kind::clear : wearable::Kind::sensor;
    std::vector<std::string> values;
    for (const auto& name : wearable::fields_of(in.profile, kind)) {
        if (name == "sensorId") {
            values.push_back(in.options.number.empty() ? "BELL-1" : in.options.number);
        } else if (name == "emergency") {
            values.emplace_back(in.test ? "2" : is_clear ? "0" : "1");
        } else if (name == "pointX") {
            values.push_back(degrees(in.place.position.lon));
        } else if (name == "pointY") {
            values.push_back(degrees(in.place.position.lat));
        } else if (name == "address") {
            values.push_back(in.place.name);
        } else {
            values.emplace_back(name == "battery" ? "90" : name == "pointZ" ? "0" : "");
        }
    }
    return wearable::write(kind, values);
}

Result<void> send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return fail(ErrorKind::unavailable, "the port took nothing more");
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

struct Answer {
    bool ok = true;
    std::string text;
};

/// Up to the format's own end; the socket has deadlines.
Result<Answer> read_answer(int socket, const event::Profile& profile) {
    telegram::AnswerReader reader(profile.encoding);
    std::string bytes;
    char piece[1024];
    for (ssize_t n = 0; (n = ::read(socket, piece, sizeof piece)) > 0;) {
        if (profile.format == event::Format::telegram) {
            TRY(const auto answer, reader.feed({piece, static_cast<std::size_t>(n)}));
            if (answer) return Answer{answer->ok, answer->message};
            continue;
        }
        bytes.append(piece, static_cast<std::size_t>(n));
        if (!bytes.ends_with('\xDF')) continue;
        TRY(const auto reply, event::scsns_tcp::read_reply(bytes));
        return Answer{reply.ok, reply.type + " " + reply.message};
    }
    return fail(ErrorKind::unavailable, "there was no answer");
}

Result<Answer> exchange(int socket, const event::Profile& profile, const std::string& bytes) {
    TRY_DO(send_all(socket, bytes));
    if (profile.format != event::Format::wearable) return read_answer(socket, profile);
    ::shutdown(socket, SHUT_WR);
    char rest[16];
    while (::read(socket, rest, sizeof rest) > 0) {
    }
    return Answer{true, "sent; this format has no answer"};
}

}  // namespace

Result<int> simulate_stream(const SimulateOptions& options, const StreamPartner& partner) {
    auto& env = env::process_env();
    TRY(const auto city, load_city(env.disk, options.data));
    TRY(const auto profiles, read_partners(env.disk, options.data, city.centre));
    TRY(const auto place, place::find(options.near));
    for (const auto& profile : profiles) {
        if (profile.key != partner.key || !profile.listen) continue;
        if (partner.test && !can_say_test(profile))
            return fail(ErrorKind::invalid, "--test: the messages of " + profile.key + " have no field for it");
        const auto now = env.clock.wall();
        const auto number = options.number.empty() ? event::scsns::number_of(now) : options.number;
        const Case in{profile, options, partner.test, place, now, number};
        const auto bytes = profile.format == event::Format::telegram    ? telegram_of(in)
                           : profile.format == event::Format::scsns_tcp ? scsns_of(in)
                                                                        : line_of(in);
        TRY(const int socket, connect_tcp(partner_port(profile, city.centre_info().http)));
        const auto answer = exchange(socket, profile, bytes);
        ::close(socket);
        TRY_DO(answer);
        std::printf("%s  number %s  state %s  %s  %s  %s\n", profile.key.c_str(), number.c_str(), options.state.c_str(),
                    place.name.c_str(), answer->ok ? "accepted" : "refused", answer->text.c_str());
        return answer->ok ? 0 : 1;
    }
    return fail(ErrorKind::not_found, "there is no partner " + partner.key + " with a port in partners.toml");
}

}  // namespace bongsu::app
