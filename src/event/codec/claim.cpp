#include "event/codec/claim.hpp"

#include <boost/json/object.hpp>

#include "event/codec/cloudevents.hpp"
#include "event/codec/cloudevents_content.hpp"
#include "event/codec/cloudevents_headers.hpp"
#include "event/codec/scsns_message.hpp"
#include "event/codec/scsns_reader.hpp"
#include "event/codec/telegram_fields.hpp"
#include "event/text.hpp"

namespace bongsu::event {

namespace json = boost::json;

namespace {

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::string number_or_nothing(std::string_view text) {
    text = without_padding(text);
    return std::string(is_number(text) ? text : std::string_view{});
}

std::string number_in_scsns(const Profile& profile, const Wire& wire) {
    scsns::Message message;
    if (scsns::read_message({.content_type = wire.content_type, .bytes = wire.bytes, .headers = wire.headers}, message).code != Code::ok) return {};
    auto encrypted = text_at(message.envelope, "encAt");
    if (encrypted.empty() && wire.headers != nullptr && wire.headers->contains("x-scsns-encat")) encrypted = wire.headers->at("x-scsns-encat");
    if (encrypted == "Y" && (!profile.aria() || scsns::decrypt_body(profile, message).code != Code::ok)) return {};
    if (scsns::read_body(message).code != Code::ok) return {};
    const auto* value = message.body.if_contains("ocrNbr");
    return number_or_nothing(value == nullptr ? std::string{} : scsns::scalar(*value).value_or(std::string{}));
}

std::string number_in_telegram(const Profile& profile, std::string_view bytes) {
    const auto parsed = telegram::parse(bytes, profile.length, profile.encoding);
    const auto fields = telegram::fields_of(profile, parsed.telegram.head.type);
    const auto& came = parsed.telegram.fields;
    for (std::size_t i = 0; i < fields.size() && i < came.size(); ++i) {
        if (fields[i].role == telegram::Role::number && came[i].size() == 1) return number_or_nothing(came[i][0]);
    }
    return {};
}

Claim claim_in(const json::object& attributes) {
    Claim out{text_at(attributes, "source"), text_at(attributes, "id")};
    const auto is_too_long = [](const std::string& text, std::size_t most) { return text.empty() || letters(text) > most || clean(text, text.size() * 3).had_control; };
    if (is_too_long(out.source, cloudevents::kSourceLettersMax) || is_too_long(out.number, cloudevents::kIdLettersMax)) return {};
    return out;
}

Claim claim_in_cloudevent(const Wire& wire) {
    const cloudevents::Input input{wire.bytes, wire.received_at, wire.content_type, wire.headers};
    const auto mode = cloudevents::mode_of(input);
    if (mode && *mode == cloudevents::Mode::binary) {
        Event noted;
        const auto attributes = cloudevents::attributes_of(cloudevents::kept_headers(input), noted);
        return attributes ? claim_in(*attributes) : Claim{};
    }
    const auto value = cloudevents::parse_value(wire.bytes, "body");
    return value && value->is_object() ? claim_in(value->get_object()) : Claim{};
}

}  // namespace

Claim claim_of(const Profile& profile, const Wire& wire) {
    switch (profile.format) {
        case Format::scsns:
            return {{}, number_in_scsns(profile, wire)};
        case Format::scsns_tcp:
            return {{}, number_or_nothing(scsns_tcp::number_in(wire.bytes))};
        case Format::telegram:
            return {{}, number_in_telegram(profile, wire.bytes)};
        case Format::cloudevents:
            return claim_in_cloudevent(wire);
        case Format::wearable:
            break;
    }
    // The format has no number: what is refused is about the occurrence of the device that goes on.
    return {{}, wire.open_number.value_or("")};
}

}  // namespace bongsu::event
