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

constexpr std::size_t kTimeLettersMax = 64;
constexpr std::size_t kBytesOfLetterMax = 4;  // UTF-8; U+FFFD, which stands for a control character, has 3.

auto invalid(std::string_view field, std::string_view why) { return fail_field(field, why); }

Result<std::string> text_of(const json::value& value, const std::string& field, std::size_t letters_max) {
    if (!value.is_string()) return invalid(field, "must be a string");
    if (letters(value.get_string()) > letters_max)
        return invalid(field, "must be at most " + std::to_string(letters_max) + " letters");
    return std::string(value.get_string());
}

/// Empty when absent. `prefix` ("data." or "") is for the error only.
Result<std::string> optional_text(const json::object& object, std::string_view prefix, std::string_view key,
                                  std::size_t letters_max) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || value->is_null()) return std::string{};
    return text_of(*value, std::string(prefix) + std::string(key), letters_max);
}

/// An id-like text: not empty, no control characters.
Result<std::string> required_text(const json::object& object, std::string_view key, std::size_t letters_max) {
    TRY(auto content, optional_text(object, "", key, letters_max));
    if (content.empty()) return invalid(key, "is required");
    if (clean(content, letters_max * kBytesOfLetterMax).had_control) return invalid(key, "must not hold control characters");
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
    std::size_t bytes = 0;
    for (const auto& [key, content] : *items) {
        if (key.empty() || letters(key) > kItemKeyLettersMax)
            return invalid(field, "must have names of 1 to " + std::to_string(kItemKeyLettersMax) + " letters");
        TRY(const auto text, text_of(content, field + "." + std::string(key), kItemValueLettersMax));
        auto name = clean(key, kItemKeyLettersMax * kBytesOfLetterMax).text;
        auto cleaned = clean(text, kItemValueLettersMax * kBytesOfLetterMax).text;
        bytes += name.size() + cleaned.size();
        event.items.emplace(std::move(name), std::move(cleaned));
    }
    if (bytes > kItemsBytesMax)
        return invalid(field, "must be at most " + std::to_string(kItemsBytesMax >> 10) + " KiB together");
    return {};
}

Result<std::string> read_prose(const json::object& object, std::string_view prefix, std::string_view key,
                               std::size_t letters_max, Event& event) {
    TRY(const auto raw, optional_text(object, prefix, key, letters_max));
    auto cleaned = clean(raw, letters_max * kBytesOfLetterMax);
    if (cleaned.had_control) event.faults.push_back("control:" + std::string(key));
    return std::move(cleaned.text);
}

/// The part that CloudEvents keeps in `data` and our own JSON at its top.
Result<void> read_content(const json::object& object, std::string_view prefix, Event& event) {
    TRY_DO(read_position(object, prefix, event));
    TRY(event.place, read_prose(object, prefix, "place", kPlaceLettersMax, event));
    TRY(event.text, read_prose(object, prefix, "text", kTextLettersMax, event));
    TRY(event.grade, optional_text(object, prefix, "grade", 2));
    if (event.grade.empty()) event.grade = "20";
    if (!is_grade(event.grade)) return invalid(std::string(prefix) + "grade", "must be \"10\" or \"20\"");
    TRY(event.state, optional_text(object, prefix, "state", 2));
    if (event.state.empty()) event.state = "10";
    if (!is_state(event.state)) {
        return invalid(std::string(prefix) + "state", "must be one of 10 20 30 40 50 90 91 92");
    }
    if (const auto* test = object.if_contains("test"); test != nullptr && !test->is_null()) {
        if (!test->is_bool()) return invalid(std::string(prefix) + "test", "must be true or false");
        event.test = test->get_bool();
    }
    if (const auto* revision = object.if_contains("revision"); revision != nullptr && !revision->is_null()) {
        const auto* number = revision->if_int64();
        if (number == nullptr || *number < 0)
            return invalid(std::string(prefix) + "revision", "must be an integer >= 0");
        event.revision = *number;
    }
    return read_items(object, prefix, event);
}

/// What a screen, a rule and a file name can hold: "112UC001", "kr.go.seoul.fire/alarm".
bool is_type_word(std::string_view type) {
    const auto is_alnum = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    return !type.empty() && is_alnum(type[0]) && std::all_of(type.begin(), type.end(), [&](char c) {
        return is_alnum(c) || std::string_view("._:/-").find(c) != std::string_view::npos;
    });
}

Result<json::object> parse(std::string_view bytes) {
    if (bytes.size() > kMessageBytesMax) {
        return invalid("body", "must be at most " + std::to_string(kMessageBytesMax) + " bytes");
    }
    if (!is_utf8(bytes)) return invalid("body", "is not UTF-8");
    json::parse_options options;
    options.max_depth = 16;
    boost::system::error_code code;
    auto value = json::parse(bytes, code, {}, options);
    if (code) return invalid("body", "is not JSON: " + code.message());
    if (!value.is_object()) return invalid("body", "must be a JSON object");
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
    TRY(event.number, required_text(object, "id", kIdLettersMax));
    TRY(event.sender, required_text(object, "source", kSourceLettersMax));
    TRY(event.type, required_text(object, "type", kTypeLettersMax));
    if (!is_type_word(event.type))
        return invalid("type", "must begin with a letter or digit and hold letters, digits and . _ : / - alone");
    event.known = find_type(event.type) != nullptr;
    TRY(const auto time, required_text(object, "time", kTimeLettersMax));
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
