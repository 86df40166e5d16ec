#include "app/site/shown.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <set>

namespace bongsu::app {

namespace {

namespace json = boost::json;

constexpr std::size_t kIdBytesMax = 128;

/// Picks `items[*].field` out of a document without building it: a page of the journal is megabytes.
struct Picker {
    static constexpr std::size_t max_object_size = std::size_t(-1), max_array_size = std::size_t(-1),
                                 max_key_size = std::size_t(-1), max_string_size = std::size_t(-1);
    std::string_view list, field;
    std::vector<std::string> values{};
    std::string part{};        ///< Of a key or a text that comes in pieces.
    std::size_t depth = 0;     ///< 1: the answer, 2: its items, 3: an item.
    bool is_items = false;     ///< The answer's field under way is the list.
    bool is_wanted = false;    ///< The item's field under way is the wanted one.

    bool at_value() const { return depth == 3 && is_items && is_wanted; }
    void take(std::string_view text) {
        if (at_value() && !text.empty()) values.emplace_back(text.substr(0, kIdBytesMax));
        is_wanted = false;
    }

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return ++depth, true; }
    bool on_object_end(std::size_t, json::error_code&) { return leave(); }
    bool on_array_begin(json::error_code&) { return ++depth, true; }
    bool on_array_end(std::size_t, json::error_code&) { return leave(); }
    bool leave() {
        --depth;
        is_wanted = false;
        return true;
    }
    bool on_key_part(json::string_view text, std::size_t, json::error_code&) { return keep(text); }
    bool on_key(json::string_view text, std::size_t, json::error_code&) {
        keep(text);
        if (depth == 1) is_items = part == list;
        if (depth == 3) is_wanted = part == field;
        part.clear();
        return true;
    }
    bool on_string_part(json::string_view text, std::size_t, json::error_code&) { return !at_value() || keep(text); }
    bool on_string(json::string_view text, std::size_t, json::error_code&) {
        if (!at_value()) return true;
        keep(text);
        take(part);
        part.clear();
        return true;
    }
    bool keep(json::string_view text) {
        if (part.size() < 2 * kIdBytesMax) part.append(text.data(), std::min(text.size(), 2 * kIdBytesMax));
        return true;
    }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t value, json::string_view, json::error_code&) { return take(std::to_string(value)), true; }
    bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) { return take(std::to_string(value)), true; }
    bool on_double(double, json::string_view, json::error_code&) { return take(""), true; }
    bool on_bool(bool, json::error_code&) { return take(""), true; }
    bool on_null(json::error_code&) { return take(""), true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }
};

/// The blocks that the numbers lie in: who reads page after page of one block, or its end again and again, reads one
/// thing; the record says rather too much than too little.
std::vector<std::string> blocks_of(std::string_view noun, const std::vector<std::string>& numbers) {
    std::set<std::int64_t> blocks;
    for (const auto& text : numbers) {
        std::int64_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        if (number > 0) blocks.insert((number - 1) / Shows::kBlock);
    }
    std::vector<std::string> out;
    for (const auto block : blocks) {
        out.push_back(std::string(noun) + ":" + std::to_string(block * Shows::kBlock + 1) + "-" +
                      std::to_string((block + 1) * Shows::kBlock));
    }
    return out;
}

/// Empty for an answer that names none.
std::vector<std::string> one_of(const std::string& noun, std::string_view body, std::string_view field) {
    const auto answer = http::parse_object(body);
    const auto* id = answer ? answer->if_contains(field) : nullptr;
    if (id == nullptr || !id->is_string()) return {};
    return {noun + ":" + std::string(std::string_view(id->get_string()).substr(0, kIdBytesMax))};
}

}  // namespace

std::vector<std::string> values_of_items(std::string_view body, std::string_view field, std::string_view list) {
    json::basic_parser<Picker> parser(json::parse_options{}, Picker{.list = list, .field = field});
    boost::system::error_code code;
    parser.write_some(false, body.data(), body.size(), code);
    return std::move(parser.handler().values);
}

std::vector<std::string> subjects_of(const Shows& shows, const http::Request& request, std::string_view body) {
    const std::string noun(shows.noun());
    if (shows.how() == Shows::How::record && !request.captures.empty())
        return {noun + ":" + request.captures[0].substr(0, kIdBytesMax)};
    if (shows.how() == Shows::How::answer) return one_of(noun, body, shows.field());
    if (shows.how() == Shows::How::numbered) return blocks_of(noun, values_of_items(body, shows.field()));
    if (shows.how() != Shows::How::items) return {};
    std::vector<std::string> out;
    std::set<std::string> seen;
    for (auto& id : values_of_items(body, shows.field(), shows.list())) {
        if (seen.insert(id).second) out.push_back(noun + ":" + id);
    }
    return out;
}

}  // namespace bongsu::app
