#include "ways.hpp"

#include <boost/json/serialize.hpp>

#include "event/codec/scsns_tcp.hpp"
#include "event/codec/telegram.hpp"
#include "event/codec/telegram_fields.hpp"
#include "event/codec/wearable.hpp"
#include "payload.hpp"

namespace bongsu::simulation {

namespace json = boost::json;
namespace scsns = event::scsns;
namespace telegram = event::telegram;
namespace wearable = event::wearable;

namespace {

constexpr std::size_t kOversized = 300 << 10;

enum class Damage : std::uint8_t { cut, bad_byte, empty, oversized, deep };

/// What is left is of no format: no reader can take it for a message.
std::string damaged(std::string bytes, Damage damage, Chance& chance) {
    if (damage == Damage::empty || bytes.empty()) return {};
    if (damage == Damage::cut) return bytes.substr(0, chance.below(bytes.size()));
    if (damage == Damage::oversized) return bytes.substr(0, bytes.size() / 2) + std::string(kOversized, ' ');
    if (damage == Damage::deep) return std::string(2000, '[');
    // In no text of UTF-8 or CP949. Behind the head: its key is struck out before anybody reads, and would take the byte along.
    bytes[bytes.size() / 2 + chance.below(bytes.size() - bytes.size() / 2)] = '\xFF';
    return bytes;
}

std::string escaped(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const auto letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (std::isalnum(byte) != 0) {
            out += letter;
        } else {
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        }
    }
    return out;
}

/// The message as a form: what is not a text is JSON in its field.
std::string form_of(const std::string& message) {
    std::string out;
    for (const auto& [key, value] : object_of(message)) {
        if (!out.empty()) out += '&';
        out += key == "body" ? "Body" : std::string(key);
        out += '=' + escaped(value.is_string() ? std::string(value.get_string()) : json::serialize(value));
    }
    return out;
}

class ScsnsWay final : public Way {
  public:
    ScsnsWay(SimCity& city, PartnerSession& session, Wrapping wrapping)
        : chance_(city.chance().fork()), session_(session), wrapping_(wrapping) {}

    void send(const Statement& statement, std::function<void(Heard)> tell) override {
        session_.post([this, event = statement.event](const auto& head) { return wrapped(head, event); }, type(),
                      [tell](Heard heard, const http::Response*) { tell(heard); });
    }
    void send_broken(const Statement& statement, std::function<void(Heard)> tell) override {
        // Of a form only its end can be missed without a trace.
        const auto damage = wrapping_ == Wrapping::form
                                ? (chance_.percent(50) ? Damage::empty : Damage::oversized)
                                : static_cast<Damage>(chance_.below(5));
        const auto seed = chance_.fork();
        session_.post(
            [this, event = statement.event, damage, seed](const auto& head) {
                Chance chance(seed);
                return damaged(wrapped(head, event), damage, chance);
            },
            type(), [tell](Heard heard, const http::Response*) { tell(heard); });
    }
    std::string sender() const override { return session_.agency(); }

  private:
    std::string wrapped(const scsns::WriterHead& head, const scsns::WriterEvent& event) const {
        auto message = scsns::write_event(head, event);
        return wrapping_ == Wrapping::json ? message : form_of(message);
    }
    std::string type() const {
        return wrapping_ == Wrapping::json ? "application/json" : "application/x-www-form-urlencoded";
    }
    Chance chance_;
    PartnerSession& session_;
    Wrapping wrapping_;
};

class CloudWay final : public Way {
  public:
    CloudWay(SimCity& city, const std::string& agency)
        : city_(city),
          chance_(city.chance().fork()),
          person_(city.enrol({"cloud", "", "", identity::Role::agency, {agency}})) {}

    void send(const Statement& statement, std::function<void(Heard)> tell) override {
        post(body_of(statement.event), std::move(tell));
    }
    void send_broken(const Statement& statement, std::function<void(Heard)> tell) override {
        post(damaged(body_of(statement.event), static_cast<Damage>(chance_.below(5)), chance_), std::move(tell));
    }
    std::string sender() const override { return city_.person(person_).agency.value + ":" + kSource; }
    bool has_revisions() const override { return true; }

  private:
    static constexpr auto kSource = "sensors/1";

    static std::string body_of(const scsns::WriterEvent& event) {
        json::object data{{"state", event.state},
                          {"grade", event.grade},
                          {"text", event.text},
                          {"place", event.place},
                          {"revision", to_us(event.state_time) / 1'000'000}};
        if (event.position)
            data["position"] = json::array{event.position->lon_e7 / 1e7, event.position->lat_e7 / 1e7};
        return json::serialize(json::object{{"specversion", "1.0"},
                                            {"id", event.number},
                                            {"source", kSource},
                                            {"type", "EBSCP110"},
                                            {"time", to_rfc3339(event.state_time)},
                                            {"data", data}});
    }

    void post(const std::string& body, std::function<void(Heard)> tell) {
        if (token_.empty()) {
            log_in();
            return city_.schedule().in(900ms, [tell = std::move(tell)] { tell(Heard::again); });
        }
        auto request = post_request("/api/v1/events", body);
        request.headers["authorization"] = "Bearer " + token_;
        city_.request(std::move(request), [this, tell = std::move(tell)](const auto& response) {
            if (!response) return tell(Heard::again);
            if (response->status == 401) token_.clear();
            if (response->status == 200 || response->status == 201) return tell(Heard::taken);
            const bool again = response->status == 401 || response->status == 429 || response->status >= 500;
            if (!again) city_.oracle().partner_was_refused();
            tell(again ? Heard::again : Heard::refused);
        });
    }

    void log_in() {
        if (std::exchange(asking_, true)) return;
        const auto& person = city_.person(person_);
        const json::object body{{"user", person.login}, {"password", person.password}};
        city_.request(post_request("/api/v1/login", json::serialize(body)), [this](const auto& response) {
            asking_ = false;
            if (response && response->status == 200) token_ = text(object_of(response->body), "token");
        });
    }

    SimCity& city_;
    Chance chance_;
    std::size_t person_;
    std::string token_;
    bool asking_ = false;
};

std::vector<std::string> value_of(const telegram::Field& field, const Statement& statement) {
    const auto& event = statement.event;
    using telegram::Role;
    const auto lon = std::to_string(event.position->lon_e7 / 1e7), lat = std::to_string(event.position->lat_e7 / 1e7);
    switch (field.role) {
        case Role::number:
            return {event.number};
        case Role::lon:
            return {lon};
        case Role::lat:
            return {lat};
        case Role::position:
            return {lon, lat, "0"};
        case Role::address:
            return {event.place};
        case Role::bjd:
            return {"1144010100"};
        case Role::occurred:
            return {to_kst_digits(event.occurred_at)};
        case Role::text:
            return {event.text};
        case Role::kind:
            return {"구조; 화재"};
        case Role::test:
            return {statement.is_drill ? "Y" : "N"};
        case Role::state:
            return {event.state};
        case Role::user:
            return {"K1042"};
        default:
            return {""};
    }
}

std::string telegram_of(const event::Profile& profile, const Statement& statement, WallTime now) {
    const auto& event = statement.event;
    telegram::Telegram out;
    out.head = {"10", event.state, to_kst_digits(event.state_time), "119", "UCP", to_kst_digits(now)};
    for (const auto& field : telegram::fields_of(profile, "10")) out.fields.push_back(value_of(field, statement));
    return telegram::write(out, profile.length, profile.encoding);
}

/// Bytes on a connection of its own, in pieces; the answer's bytes come back in pieces too.
struct Call : std::enable_shared_from_this<Call> {
    Call(SimCity& the_city, Listener& the_listener, std::uint64_t seed, std::function<void(Heard)> the_tell)
        : city(the_city), listener(the_listener), chance(seed), tell(std::move(the_tell)) {}

    void dial(std::string the_bytes, bool breaks) {
        bytes = std::move(the_bytes);
        breaks_at = breaks ? chance.below(bytes.size() + 1) : bytes.size() + 1;
        connection = listener.connect([weak = weak_from_this()](std::string answer) {
            if (const auto self = weak.lock()) self->hear(std::move(answer));
        });
        send_piece();
        city.schedule().in(5s, [self = shared_from_this()] { self->end(Heard::again); });
    }

    void send_piece() {
        city.schedule().in(chance.span(1ms, 15ms), [self = shared_from_this()] {
            auto& me = *self;
            if (me.at >= me.breaks_at) me.connection->hang_up();
            if (me.at >= me.bytes.size() || me.at >= me.breaks_at) return me.connection->finish();
            auto size = 1 + me.chance.below(me.bytes.size() - me.at);
            size = std::min(size, me.breaks_at - std::min(me.at, me.breaks_at));
            me.connection->feed(std::string_view(me.bytes).substr(me.at, size));
            me.at += size;
            me.send_piece();
        });
    }

    void hear(std::string answer) {
        city.schedule().in(chance.span(1ms, 15ms), [self = shared_from_this(), answer = std::move(answer)] {
            self->read(answer);
        });
    }

    /// In two pieces, as the network may cut it.
    void read(const std::string& answer) {
        if (at < bytes.size() && breaks_at <= bytes.size()) return;  // Nobody is there to hear.
        if (listener.profile().format == event::Format::scsns_tcp) {
            const auto reply = event::scsns_tcp::read_reply(answer);
            if (!reply) return city.oracle().violated("an answer over TCP is none: " + reply.error().message);
            const bool again = reply->type == "5003";
            return end(reply->ok ? Heard::taken : again ? Heard::again : Heard::refused);
        }
        telegram::AnswerReader reader(listener.profile().encoding);
        const auto middle = chance.below(answer.size());
        auto read = reader.feed(answer.substr(0, middle));
        if (read && !*read) read = reader.feed(answer.substr(middle));
        if (!read || !*read) return city.oracle().violated("an answer to a telegram is none");
        const bool again = answer == event::answer(listener.profile(), {event::Code::unavailable, "", "x"});
        end((**read).ok ? Heard::taken : again ? Heard::again : Heard::refused);
    }

    void end(Heard heard) {
        if (auto once = std::exchange(tell, {}); once) once(heard);
    }

    SimCity& city;
    Listener& listener;
    Chance chance;
    std::function<void(Heard)> tell;
    std::string bytes;
    std::size_t at = 0, breaks_at = 0;
    std::shared_ptr<Listener::Connection> connection;
};

class SocketWay final : public Way {
  public:
    SocketWay(SimCity& city, Listener& listener)
        : city_(city), chance_(city.chance().fork()), listener_(listener) {}

    void send(const Statement& statement, std::function<void(Heard)> tell) override {
        auto call = std::make_shared<Call>(city_, listener_, chance_.fork(), std::move(tell));
        call->dial(bytes_of(statement), chance_.percent(5));
    }
    void send_broken(const Statement& statement, std::function<void(Heard)> tell) override {
        const auto damage = static_cast<Damage>(chance_.below(4));
        auto bytes = damaged(bytes_of(statement), damage, chance_);
        auto call = std::make_shared<Call>(city_, listener_, chance_.fork(), std::move(tell));
        call->dial(std::move(bytes), false);
    }
    std::string sender() const override { return listener_.profile().sender; }

  private:
    std::string bytes_of(const Statement& statement) const {
        const auto& profile = listener_.profile();
        if (profile.format != event::Format::scsns_tcp) return telegram_of(profile, statement, city_.clock().wall());
        return event::scsns_tcp::write_event(
            {.send_cd = profile.sender, .rcv_cd = "B1100000000", .at = city_.clock().wall()}, statement.event);
    }
    SimCity& city_;
    Chance chance_;
    Listener& listener_;
};

/// Pressed at a moment of its own, again each few seconds, then cleared or not. The lines may come twice, or broken.
struct Device {
    Device(SimCity& the_city, Listener& the_listener, std::string the_name)
        : city(the_city), listener(the_listener), chance(city.chance().fork()), name(std::move(the_name)) {
        presses = chance.between(1, 4);
        const auto& busy = city.busy();
        node = city.nodes()[busy[chance.below(busy.size())]].get();
        city.schedule().in(chance.span(5s, 200s), [this] { press(); });
    }

    void press() {
        line(wearable::Kind::smart, "1");
        if (--presses > 0) return city.schedule().in(chance.span(3s, 12s), [this] { press(); });
        if (chance.percent(70))
            city.schedule().in(chance.span(3s, 30s), [this] { line(wearable::Kind::smart, "0"); });
    }

    void line(wearable::Kind kind, const std::string& emergency) {
        std::vector<std::string> values;
        for (const auto& field : wearable::fields_of(listener.profile(), kind)) {
            std::string value;
            if (field == "address") value = "모의로 1, " + std::string(kWord) + name;  // With a comma, as addresses have.
            if (field == "sensorId") value = name;
            if (field == "battery") value = std::to_string(chance.below(101));
            if (field == "emergency") value = emergency;
            if (field == "pointX") value = std::to_string(node->lon);
            if (field == "pointY") value = std::to_string(node->lat);
            values.push_back(std::move(value));
        }
        auto bytes = wearable::write(kind, values);
        if (chance.percent(10)) bytes = damaged(bytes, Damage::bad_byte, chance) + "\n" + bytes;
        if (chance.percent(10)) bytes += bytes;
        const auto connection = listener.connect([](const std::string&) {});
        const auto middle = chance.below(bytes.size());
        connection->feed(std::string_view(bytes).substr(0, middle));
        city.schedule().in(chance.span(1ms, 20ms), [connection, rest = bytes.substr(middle)] {
            connection->feed(rest);
            connection->finish();
        });
    }

    SimCity& city;
    Listener& listener;
    Chance chance;
    std::string name;
    std::uint64_t presses = 0;
    const Node* node = nullptr;
};

}  // namespace

std::unique_ptr<Way> make_scsns_way(SimCity& city, PartnerSession& session, Wrapping wrapping) {
    return std::make_unique<ScsnsWay>(city, session, wrapping);
}
std::unique_ptr<Way> make_cloud_way(SimCity& city, const std::string& agency) {
    return std::make_unique<CloudWay>(city, agency);
}
std::unique_ptr<Way> make_socket_way(SimCity& city, Listener& listener) {
    return std::make_unique<SocketWay>(city, listener);
}
std::shared_ptr<void> make_device(SimCity& city, Listener& listener, const std::string& name) {
    return std::make_shared<Device>(city, listener, name);
}

}  // namespace bongsu::simulation
