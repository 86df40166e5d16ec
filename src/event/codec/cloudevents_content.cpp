#include "event/codec/cloudevents_content.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <optional>

#include "event/codec/cloudevents.hpp"
#include "event/text.hpp"

namespace bongsu::event::cloudevents {

namespace json = boost::json;

namespace {

constexpr std::size_t kBytesOfLetterMax = 4;  // UTF-8; U+FFFD, which stands for a control character, has 3.

auto invalid(std::string_view field, std::string_view why) { return fail_field(field, why); }

Result<std::string> text_of(const json::value& value, const std::string& field, std::size_t letters_max) {
    if (!value.is_string()) return invalid(field, "must be a string");
    if (letters(value.get_string()) > letters_max)
        return invalid(field, "must be at most " + std::to_string(letters_max) + " letters");
    return std::string(value.get_string());
}

std::optional<double> degrees(const json::value& value) {
    if (!value.is_number()) return std::nullopt;
    return value.to_number<double>();
}

/// No call is left for a place that cannot be read: half of a pair is none, and it opens at no known place, and says so.
void read_position(const json::object& object, std::string_view prefix, Event& event) {
    const auto* value = object.if_contains("position");
    if (value == nullptr || value->is_null()) return;
    const auto* pair = value->if_array();
    const bool is_pair = pair != nullptr && pair->size() == 2;
    const auto lon = is_pair ? degrees((*pair)[0]) : std::nullopt;
    const auto lat = is_pair ? degrees((*pair)[1]) : std::nullopt;
    if (!lon || !lat) note_once(event, "positionFault:" + std::string(prefix) + "position");
    const auto located = lon && lat ? locate(*lon, *lat) : Located{std::nullopt, PositionFault::zero};
    event.position = located.position;
    event.position_fault = located.fault;
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

}  // namespace

Result<std::string> optional_text(const json::object& object, std::string_view prefix, std::string_view key,
                                  std::size_t letters_max) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || value->is_null()) return std::string{};
    return text_of(*value, std::string(prefix) + std::string(key), letters_max);
}

Result<void> read_content(const json::object& object, std::string_view prefix, Event& event) {
    read_position(object, prefix, event);
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
        if (number == nullptr || *number < 0 || *number > kRevisionMax)
            return invalid(std::string(prefix) + "revision", "must be an integer from 0 to " + std::to_string(kRevisionMax));
        event.revision = *number;
    }
    return read_items(object, prefix, event);
}

void note_once(Event& event, std::string fault) {
    const bool is_new = std::find(event.faults.begin(), event.faults.end(), fault) == event.faults.end();
    if (is_new && event.faults.size() < kNotesMax) event.faults.push_back(std::move(fault));
}

Result<json::value> parse_value(std::string_view bytes, std::string_view field) {
    if (!is_utf8(bytes)) return fail_field(field, "is not UTF-8");
    json::parse_options options;
    options.max_depth = 16;
    boost::system::error_code code;
    auto value = json::parse(bytes, code, {}, options);
    if (code) return fail_field(field, "is not JSON: " + code.message());
    return value;
}

}  // namespace bongsu::event::cloudevents
