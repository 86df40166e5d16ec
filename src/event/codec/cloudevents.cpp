#include "event/codec/cloudevents.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "charset/utf8.hpp"
#include "crypto/crypto.hpp"
#include "event/codec/cloudevents_content.hpp"
#include "event/codec/cloudevents_headers.hpp"
#include "event/codec/partner_time.hpp"
#include "event/text.hpp"
#include "event/types.hpp"

namespace bongsu::event::cloudevents {

namespace json = boost::json;

namespace {

constexpr std::size_t kTimeLettersMax = 64;

/// What a `String` of CloudEvents must not hold and an id of ours neither: control characters, what turns the reading
/// direction, code points that are no characters.
bool is_plain(std::string_view text) {
    if (clean(text, text.size() * 3).had_control) return false;  // U+FFFD takes three bytes where one stood.
    while (!text.empty()) {
        const auto letter = charset::first_letter(text);
        const bool is_none = letter.size == 0 || letter.code == '\t' || letter.code == '\n' ||
                             (letter.code >= 0xFDD0 && letter.code <= 0xFDEF) || (letter.code & 0xFFFE) == 0xFFFE;
        if (is_none) return false;
        text.remove_prefix(letter.size);
    }
    return true;
}

/// An id-like text: not empty, no control characters.
Result<std::string> required_text(const json::object& object, std::string_view prefix, std::string_view key,
                                  std::size_t letters_max) {
    TRY(auto content, optional_text(object, prefix, key, letters_max));
    const auto field = std::string(prefix) + std::string(key);
    if (content.empty()) return fail_field(field, "is required");
    if (!is_plain(content)) return fail_field(field, "must not hold control characters");
    return content;
}

Result<WallTime> parse_time(std::string_view text, std::string_view field) {
    TRY(const auto time, parse_rfc3339(text, field));
    return within_partner_years(time, field);
}

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool consists_of(std::string_view text, std::string_view others) {
    return std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_alnum(c) || others.find(c) != std::string_view::npos; });
}

/// Of our own form, what a screen, a rule and a file name can hold: "112UC001", "kr.go.seoul.fire/alarm".
bool is_type_word(std::string_view type) { return !type.empty() && is_alnum(type[0]) && consists_of(type, "._:/-"); }

/// RFC 3986, by its letters alone.
bool is_uri_reference(std::string_view text) { return !text.empty() && consists_of(text, "-._~:/?#[]@!$&'()*+,;=%"); }

bool is_uri(std::string_view text) {
    const auto colon = text.find(':');
    return is_uri_reference(text) && colon != std::string_view::npos && colon > 0 && !(text[0] >= '0' && text[0] <= '9') &&
           consists_of(text.substr(0, colon), "+-.");
}

/// The media type without its parameters, in lower case.
std::string media_type(std::string_view content_type) {
    std::string out;
    for (const char c : content_type.substr(0, content_type.find(';'))) {
        if (c != ' ' && c != '\t') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

bool is_json(std::string_view media) { return media.ends_with("/json") || (media.find('/') != std::string::npos && media.ends_with("+json")); }

bool has_header(const Input& input, const std::string& name) { return input.headers != nullptr && input.headers->contains(name); }

/// An optional attribute that is a text; empty and noted when it is of another type.
std::string noted_text(const json::object& object, std::string_view key, Event& event) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || value->is_null()) return {};
    const auto* text = value->if_string();
    if (text != nullptr && !text->empty() && is_plain(*text)) return std::string(*text);
    note_once(event, "attribute:" + std::string(key));
    return {};
}

/// JSON has Boolean, Integer of 32 bits and String for the types of an attribute.
bool is_attribute_value(const json::value& value) {
    if (value.is_int64()) return value.get_int64() >= INT32_MIN && value.get_int64() <= INT32_MAX;
    return value.is_null() || value.is_bool() || (value.is_string() && is_plain(value.get_string()));
}

void note_extensions(const json::object& object, Event& event) {
    constexpr std::array<std::string_view, 10> kCore{"specversion", "id",         "source",  "type", "time",
                                                     "subject",     "dataschema", "datacontenttype", "data", "data_base64"};
    for (const auto& [name, value] : object) {
        if (std::find(kCore.begin(), kCore.end(), std::string_view(name)) != kCore.end()) continue;
        const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        });
        if (!is_name) note_once(event, "attributeName");
        if (!is_attribute_value(value)) note_once(event, "attributeValue");
    }
}

/// `specversion` was judged; `prefix` is "ce-" for headers.
Result<void> read_attributes(const json::object& object, std::string_view prefix, WallTime received, Decoded& out) {
    auto& event = out.event;
    TRY(event.number, required_text(object, prefix, "id", kIdLettersMax));
    TRY(event.sender, required_text(object, prefix, "source", kSourceLettersMax));
    TRY(event.type, required_text(object, prefix, "type", kCloudTypeLettersMax));
    TRY(const auto time, optional_text(object, prefix, "time", kTimeLettersMax));
    out.is_timed = object.contains("time") && !object.at("time").is_null();
    event.occurred_at = received;
    if (out.is_timed) {
        TRY(event.occurred_at, parse_time(time, std::string(prefix) + "time"));
    } else {
        note_once(event, "absent:time");
    }
    event.state_time = event.occurred_at;
    if (!is_uri_reference(event.sender)) note_once(event, "notUri:source");
    if (const auto schema = noted_text(object, "dataschema", event); !schema.empty() && !is_uri(schema))
        note_once(event, "notUri:dataschema");
    note_extensions(object, event);
    return {};
}

/// Beside what the data itself lists, and not instead of it.
void keep_subject(const json::object& object, Event& event) {
    const auto subject = noted_text(object, "subject", event);
    if (subject.empty() || event.items.contains("subject") || event.items.size() == kItemsMax) return;
    auto cleaned = clean(subject, kItemValueBytesMax);
    if (cleaned.was_cut) note_once(event, "cut:subject");
    event.items.emplace("subject", std::move(cleaned.text));
}

void take_text(std::string_view text, Event& event) {
    auto cleaned = clean(text, kTextBytesMax);
    if (cleaned.had_control) note_once(event, "control:data");
    if (cleaned.was_cut) note_once(event, "cut:data");
    event.text = std::move(cleaned.text);
}

/// A value of JSON: an object says what we ask for; a text is one; of others the raw message keeps all there is.
Result<void> read_json(const json::value& value, std::string_view prefix, Event& event) {
    if (value.is_object()) return read_content(value.get_object(), prefix, event);
    TRY_DO(read_content({}, prefix, event));
    if (value.is_string()) {
        take_text(value.get_string(), event);
    } else {
        note_once(event, value.is_null() ? "absent:data" : "dataUnread");
    }
    return {};
}

/// Data that came as bytes. Without a declared type nothing is assumed of it (json-format 3.1.2).
Result<void> read_bytes(std::string_view bytes, const std::string& media, std::string_view field, std::string_view prefix,
                        Event& event) {
    if (!bytes.empty() && is_json(media)) {
        TRY(const auto value, parse_value(bytes, field));
        return read_json(value, prefix, event);
    }
    TRY_DO(read_content({}, prefix, event));
    if (bytes.empty()) {
        note_once(event, "absent:data");
    } else if (media.starts_with("text/") && is_utf8(bytes)) {
        take_text(bytes, event);
    } else {
        note_once(event, "dataUnread");
    }
    return {};
}

/// The members `data` and `data_base64` of a CloudEvent in JSON.
Result<void> read_data(const json::object& object, Event& event) {
    const auto media = media_type(noted_text(object, "datacontenttype", event));
    const auto* data = object.if_contains("data");
    const auto* bytes = object.if_contains("data_base64");
    if (bytes != nullptr && !bytes->is_null()) {
        if (data != nullptr) return fail_field("data_base64", "must not stand beside data");
        if (!bytes->is_string()) return fail_field("data_base64", "must be a string");
        const auto decoded = crypto::from_base64(bytes->get_string(), "data_base64");
        if (!decoded) return fail_field("data_base64", "is not Base64");
        return read_bytes(*decoded, media, "data_base64", "data.", event);
    }
    const json::value none = nullptr;
    const bool is_text = media.empty() || is_json(media) || media.starts_with("text/");
    if (data == nullptr || is_text || !data->is_string()) return read_json(data == nullptr ? none : *data, "data.", event);
    TRY_DO(read_content({}, "data.", event));
    note_once(event, "dataUnread");
    return {};
}

Result<void> check_version(const json::object& attributes, std::string_view prefix) {
    const auto field = std::string(prefix) + "specversion";
    const auto* version = attributes.if_contains("specversion");
    if (version == nullptr || version->is_null()) return fail_field(field, "is required");
    if (!version->is_string() || version->get_string() != "1.0") return fail_field(field, "must be \"1.0\"");
    return {};
}

Result<Decoded> decode_cloud(const json::object& object, WallTime received) {
    TRY_DO(check_version(object, ""));
    Decoded out;
    out.event.codec = "cloudevents/1";
    TRY_DO(read_attributes(object, "", received, out));
    TRY_DO(read_data(object, out.event));
    keep_subject(object, out.event);
    return out;
}

Result<Decoded> decode_ours(const json::object& object) {
    Decoded out;
    auto& event = out.event;
    event.codec = "bongsu/1";
    TRY(event.number, required_text(object, "", "id", kIdLettersMax));
    TRY(event.sender, required_text(object, "", "source", kSourceLettersMax));
    TRY(event.type, required_text(object, "", "type", kTypeLettersMax));
    if (!is_type_word(event.type))
        return fail_field("type", "must begin with a letter or digit and hold letters, digits and . _ : / - alone");
    TRY(const auto time, required_text(object, "", "time", kTimeLettersMax));
    TRY(event.occurred_at, parse_time(time, "time"));
    event.state_time = event.occurred_at;
    TRY_DO(read_content(object, "", event));
    return out;
}

Result<Decoded> decode_binary(const Input& input) {
    Decoded out;
    out.event.codec = "cloudevents/1";
    const auto headers = kept_headers(input);
    TRY(const auto attributes, attributes_of(headers, out.event));
    TRY_DO(check_version(attributes, kHeaderPrefix));
    TRY_DO(read_attributes(attributes, kHeaderPrefix, input.received_at, out));
    if (attributes.contains("datacontenttype")) note_once(out.event, "attribute:datacontenttype");
    TRY_DO(read_bytes(input.bytes, media_type(input.content_type), "body", "", out.event));
    keep_subject(attributes, out.event);
    // The headers are part of the message: the same body may come with another time.
    std::string whole;
    for (const auto& [name, value] : headers) whole += name + ": " + value + "\n";
    whole += "content-type: " + media_type(input.content_type) + "\n\n";
    whole += input.bytes;
    out.event.body_digest = crypto::to_hex(crypto::sha256(whole));
    return out;
}

Result<Decoded> decode_body(const Input& input, Mode mode) {
    TRY(const auto value, parse_value(input.bytes, "body"));
    if (!value.is_object()) return fail_field("body", "must be a JSON object");
    const auto& object = value.get_object();
    auto out = mode == Mode::structured || object.contains("specversion") ? decode_cloud(object, input.received_at)
                                                                          : decode_ours(object);
    if (out) out->event.body_digest = crypto::to_hex(crypto::sha256(input.bytes));
    return out;
}

}  // namespace

Result<Mode> mode_of(const Input& input) {
    constexpr std::string_view kCloud = "application/cloudevents";
    const auto media = media_type(input.content_type);
    if (media.starts_with(kCloud)) {
        if (media == "application/cloudevents+json") return Mode::structured;
        if (media.starts_with("application/cloudevents-batch"))
            return fail_field("Content-Type", "application/cloudevents-batch is not taken: send each event by itself");
        return fail_field("Content-Type", "must be application/cloudevents+json: other event formats are not taken");
    }
    constexpr std::array<const char*, 4> kRequired{"ce-specversion", "ce-id", "ce-source", "ce-type"};
    const bool is_binary =
        std::any_of(kRequired.begin(), kRequired.end(), [&](const char* name) { return has_header(input, name); });
    return is_binary ? Mode::binary : Mode::body;
}

Result<Decoded> decode(const Input& input) {
    TRY(const auto mode, mode_of(input));
    if (input.bytes.size() > kMessageBytesMax)
        return fail_field("body", "must be at most " + std::to_string(kMessageBytesMax) + " bytes");
    auto out = mode == Mode::binary ? decode_binary(input) : decode_body(input, mode);
    if (out) out->event.known = find_type(out->event.type) != nullptr;
    return out;
}

}  // namespace bongsu::event::cloudevents
