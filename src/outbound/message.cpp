#include "outbound/message.hpp"

#include <algorithm>

#include "event/codec/scsns_tcp.hpp"
#include "event/codec/scsns_writer.hpp"
#include "event/codec/telegram.hpp"
#include "event/codec/telegram_fields.hpp"

namespace bongsu::outbound {

namespace {

namespace scsns = event::scsns;
namespace telegram = event::telegram;

scsns::WriterHead head_of(const event::Profile& profile, WallTime now, std::string session_key) {
    BONGSU_CHECK(!profile.pairs.empty());
    const auto& pair = profile.pairs.front();
    return {.send_cd = pair.receive,
            .rcv_cd = pair.send,
            .sys_cd = kSystem,
            .rr_key = std::move(session_key),
            .at = now};
}

/// One that was erased while its message waited is in no words.
std::string type_of(const Message& message) { return message.type.empty() ? std::string(event::kUnregisteredType) : message.type; }

scsns::WriterEvent event_of(const Message& message) {
    return {.type = type_of(message),
            .type_name = message.type_name,
            .grade = message.grade,
            .number = message.number,
            .state = message.code,
            .position = message.position,
            .place = message.place,
            .text = {},
            .occurred_at = message.occurred_at,
            .state_time = message.state_time,
            .items = {}};
}

/// "126.9780000" as a telegram's field; nothing is written as 0.
std::pair<std::string, std::string> degrees_of(const std::optional<event::Position>& position) {
    if (!position) return {"0", "0"};
    const auto pair = event::to_json_text(position);
    const auto comma = pair.find(',');
    return {pair.substr(1, comma - 1), pair.substr(comma + 1, pair.size() - comma - 2)};
}

/// A telegram's states are fewer than ours: 접수 and 조치중 are both 40, and the text says which.
std::string status_of(const Message& message) { return message.code == "20" ? "40" : message.code; }
std::string text_of(const Message& message) {
    return message.code == "20" ? "접수" : message.code == "40" ? "조치중" : "";
}

bool has_text(const event::Profile& profile) {
    const auto fields = telegram::fields_of(profile, "10");
    return std::any_of(fields.begin(), fields.end(), [](const telegram::Field& field) { return field.role == telegram::Role::text; });
}

std::vector<std::string> field_of(const Message& message, const telegram::Field& field) {
    using telegram::Role;
    const auto [lon, lat] = degrees_of(message.position);
    switch (field.role) {
        case Role::number:
            return {message.number};
        case Role::type:
            return {type_of(message)};
        case Role::kind:
        case Role::name:
            return {message.type_name};
        case Role::lon:
            return {lon};
        case Role::lat:
            return {lat};
        case Role::position:
            return {lon, lat, "0"};
        case Role::address:
            return {message.place};
        case Role::occurred:
            return {to_kst_digits(message.occurred_at)};
        case Role::test:
            return {"N"};
        case Role::state:
            return {status_of(message)};
        case Role::text:
            return {text_of(message)};
        default:
            return {""};
    }
}

std::string write_telegram(const event::Profile& profile, const Message& message, WallTime now) {
    const auto& pair = profile.pairs.front();
    telegram::Telegram out{.head = {.type = "10",
                                    .status = status_of(message),
                                    .status_time = to_kst_digits(message.state_time),
                                    .send = pair.receive,
                                    .receive = pair.send,
                                    .sent = to_kst_digits(now)},
                           .fields = {}};
    for (const auto& field : telegram::fields_of(profile, "10")) out.fields.push_back(field_of(message, field));
    return telegram::write(out, profile.length, profile.encoding);
}

Result<std::string> closed(const event::Profile& profile, std::string message) {
    if (profile.aria_phrase_file.empty()) return message;
    return scsns::encrypt(profile, message);
}

}  // namespace

bool can_say(const event::Profile& profile, std::string_view code) {
    switch (profile.format) {
        case event::Format::scsns:
        case event::Format::scsns_tcp:
            return event::is_state(code);
        case event::Format::telegram:
            return (code == "20" && has_text(profile)) || code == "40" || code == "50" || code == "90" || code == "91";
        case event::Format::wearable:
        case event::Format::cloudevents:
            return false;
    }
    return false;
}

Result<std::string> write(const event::Profile& profile, const Message& message, WallTime now, const std::string& session_key) {
    if (profile.format == event::Format::telegram) return write_telegram(profile, message, now);
    const auto head = head_of(profile, now, session_key);
    if (profile.format == event::Format::scsns_tcp) return event::scsns_tcp::write_event(head, event_of(message));
    BONGSU_CHECK(profile.format == event::Format::scsns);
    return closed(profile, scsns::write_event(head, event_of(message)));
}

Result<std::string> write_auth(const event::Profile& profile, WallTime now) {
    const auto key = profile.send ? profile.send->api_key : std::string{};
    return closed(profile, scsns::write_get_auth(head_of(profile, now, {}), key));
}

}  // namespace bongsu::outbound
