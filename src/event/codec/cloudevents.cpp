#include "event/codec/cloudevents.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "crypto/crypto.hpp"
#include "event/text.hpp"
#include "event/types.hpp"

namespace bongsu::event::cloudevents {

namespace json = boost::json;

namespace {

constexpr std::size_t kIdBytesMax = 64;
constexpr std::size_t kSourceBytesMax = 256;

auto invalid(std::string_view field, std::string_view why) {
    return fail(ErrorKind::invalid, std::string(field) + " " + std::string(why));
}

/// Empty when absent. `prefix` ("data." or "") is for the error only.
Result<std::string> optional_text(const json::object& object, std::string_view prefix, std::string_view key,
                                  std::size_t bytes_max) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || value->is_null()) return std::string{};
    const auto field = std::string(prefix) + std::string(key);
    if (!value->is_string()) return invalid(field, "must be a string");
    if (value->get_string().size() > bytes_max) {
        return invalid(field, "must be at most " + std::to_string(bytes_max) + " bytes");
    }
    return std::string(value->get_string());
}

/// An id-like text: not empty, no control characters.
Result<std::string> required_text(const json::object& object, std::string_view key, std::size_t bytes_max) {
    TRY(auto content, optional_text(object, "", key, bytes_max));
    if (content.empty()) return invalid(key, "is required");
    if (clean(content, bytes_max * 3).had_control) return invalid(key, "must not hold control characters");
    return content;
}

Result<double> degrees(const json::value& value, const std::string& field) {
    if (value.is_double()) return value.get_double();
    if (value.is_int64()) return static_cast<double>(value.get_int64());
    return invalid(field, "must be [longitude, latitude] in degrees");
}

Result<void> read_position(const json::object& object, std::string_view prefix, Event& event) {
    const auto* value = object.if_contains("position");
    if (value == nullptr || value->is_null()) return {};
    const auto field = std::string(prefix) + "position";
    const auto* pair = value->if_array();
    if (pair == nullptr || pair->size() != 2)
        return invalid(field, "must be [longitude, latitude] in degrees");
    TRY(const auto lon, degrees((*pair)[0], field));
    TRY(const auto lat, degrees((*pair)[1], field));
    const auto located = locate(lon, lat);
    event.position = located.position;
    event.position_fault = located.fault;
    return {};
}

Result<void> read_items(const json::object& object, std::string_view prefix, Event& event) {
    const auto* value = object.if_contains("items");
    if (value == nullptr || value->is_null()) return {};
    const auto field = std::string(prefix) + "items";
    const auto* items = value->if_object();
    if (items == nullptr) return invalid(field, "must be an object of texts");
    if (items->size() > kItemsMax)
        return invalid(field, "must have at most " + std::to_string(kItemsMax) + " entries");
    for (const auto& [key, content] : *items) {
        if (key.empty() || key.size() > kItemKeyBytesMax)
            return invalid(field, "has an empty or overlong name");
        TRY(auto text, optional_text(*items, field + ".", key, kItemValueBytesMax));
        auto cleaned = clean(text, kItemValueBytesMax * 3);
        event.items.emplace(clean(key, kItemKeyBytesMax * 3).text, std::move(cleaned.text));
    }
    return {};
}

Result<std::string> read_prose(const json::object& object, std::string_view prefix, std::string_view key,
                               std::size_t bytes_max, Event& event) {
    TRY(const auto raw, optional_text(object, prefix, key, bytes_max));
    auto cleaned = clean(raw, bytes_max);
    if (cleaned.had_control) event.faults.push_back("control:" + std::string(key));
    return std::move(cleaned.text);
}

/// The part that CloudEvents keeps in `data` and our own JSON at its top.
Result<void> read_content(const json::object& object, std::string_view prefix, Event& event) {
    TRY_DO(read_position(object, prefix, event));
    TRY(event.place, read_prose(object, prefix, "place", kPlaceBytesMax, event));
    TRY(event.text, read_prose(object, prefix, "text", kTextBytesMax, event));
    TRY(event.grade, optional_text(object, prefix, "grade", 2));
    if (event.grade.empty()) event.grade = "20";
    if (!is_grade(event.grade)) return invalid(std::string(prefix) + "grade", "must be \"10\" or \"20\"");
    TRY(event.state, optional_text(object, prefix, "state", 2));
    if (event.state.empty()) event.state = "10";
    if (!is_state(event.state)) {
        return invalid(std::string(prefix) + "state", "must be one of 10 20 30 40 50 90 91 92");
    }
    if (const auto* revision = object.if_contains("revision"); revision != nullptr && !revision->is_null()) {
        const auto* number = revision->if_int64();
        if (number == nullptr || *number < 0)
            return invalid(std::string(prefix) + "revision", "must be an integer >= 0");
        event.revision = *number;
    }
    return read_items(object, prefix, event);
}

Result<json::object> parse(std::string_view bytes) {
    if (bytes.size() > kMessageBytesMax) {
        return fail(ErrorKind::invalid,
                    "the body is longer than " + std::to_string(kMessageBytesMax) + " bytes");
    }
    if (!is_utf8(bytes)) return fail(ErrorKind::invalid, "the body is not UTF-8");
    json::parse_options options;
    options.max_depth = 16;
    boost::system::error_code code;
    auto value = json::parse(bytes, code, {}, options);
    if (code) return fail(ErrorKind::invalid, "the body is not JSON: " + code.message());
    if (!value.is_object()) return fail(ErrorKind::invalid, "the body must be a JSON object");
    return std::move(value.get_object());
}

}  // namespace

Result<Event> decode(std::string_view bytes) {
    TRY(const auto object, parse(bytes));
    Event event;
    event.body_digest = crypto::to_hex(crypto::sha256(bytes));
    const auto* version = object.if_contains("specversion");
    event.codec = version == nullptr ? "bongsu/1" : "cloudevents/1";
    if (version != nullptr && (!version->is_string() || version->get_string() != "1.0")) {
        return invalid("specversion", "must be \"1.0\"");
    }
    TRY(event.number, required_text(object, "id", kIdBytesMax));
    TRY(event.sender, required_text(object, "source", kSourceBytesMax));
    TRY(event.type, required_text(object, "type", kIdBytesMax));
    event.known = find_type(event.type) != nullptr;
    TRY(const auto time, required_text(object, "time", kIdBytesMax));
    TRY(event.occurred_at, parse_rfc3339(time, "time"));
    event.state_time = event.occurred_at;
    if (version == nullptr) {
        TRY_DO(read_content(object, "", event));
        return event;
    }
    if (object.contains("data_base64")) return invalid("data_base64", "is not taken: send data as JSON");
    const auto* data = object.if_contains("data");
    if (data == nullptr || data->is_null()) return invalid("data", "is required");
    if (!data->is_object()) return invalid("data", "must be a JSON object");
    TRY_DO(read_content(data->get_object(), "data.", event));
    return event;
}

}  // namespace bongsu::event::cloudevents
