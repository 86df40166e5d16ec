#include "config/toml.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <sstream>

// toml++ asserts that a table's name begins as a key does before it looks whether it does: "[$x]" would end the
// process, or be undefined under NDEBUG. Without the assertion its own error follows.
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#include <toml++/toml.h>

namespace bongsu::config {

namespace {

namespace json = boost::json;

json::value to_json(const toml::node& node);

json::object to_json(const toml::table& table) {
    json::object out;
    for (const auto& [key, value] : table) out[std::string(key.str())] = to_json(value);
    return out;
}

template <class Date>
std::string printed(const Date& date) {
    std::ostringstream out;
    out << date;
    return out.str();
}

json::value to_json(const toml::node& node) {
    if (const auto* table = node.as_table()) return to_json(*table);
    if (const auto* array = node.as_array()) {
        json::array out;
        for (const auto& item : *array) out.push_back(to_json(item));
        return out;
    }
    if (const auto* text = node.as_string()) return json::value(std::string_view(text->get()));
    if (const auto* number = node.as_integer()) return json::value(number->get());
    if (const auto* real = node.as_floating_point()) return json::value(real->get());
    if (const auto* flag = node.as_boolean()) return json::value(flag->get());
    if (const auto* date = node.as_date()) return json::value(std::string_view(printed(date->get())));
    if (const auto* time = node.as_time()) return json::value(std::string_view(printed(time->get())));
    if (const auto* both = node.as_date_time()) return json::value(std::string_view(printed(both->get())));
    return nullptr;
}

/// One past the end of the string that opens at `at`; a string of one line ends with its line at the latest.
std::size_t string_end(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const bool has_escapes = quote == '"';
    const std::string triple(3, quote);
    const bool is_long = text.substr(at, 3) == triple;
    for (at += is_long ? 3 : 1; at < text.size(); ++at) {
        if (has_escapes && text[at] == '\\') {
            ++at;
        } else if (is_long && text.substr(at, 3) == triple) {
            // Up to two quotes more belong to the string.
            return std::min(text.find_first_not_of(quote, at), text.size());
        } else if (!is_long && (text[at] == quote || text[at] == '\n')) {
            return at + 1;
        }
    }
    return text.size();
}

/// A quote within a bare word or number begins no string: toml++ looks through such a word to its end.
bool begins_string(std::string_view text, std::size_t at) {
    if (text[at] != '"' && text[at] != '\'') return false;
    if (at == 0) return true;
    const char before = text[at - 1];
    if (before != '.') return std::string_view(" \t\r\n=[,{").find(before) != std::string_view::npos;
    // A key's part; in a value it would be a number's.
    const auto line = text.substr(0, at).rfind('\n') + 1;
    return text.substr(line, at - line).find('=') == std::string_view::npos;
}

/// The first byte of a letter outside of ASCII that stands in no string and no comment, which TOML forbids; npos
/// when there is none. toml++ 3.3 asks such a letter whether it is a space and runs into undefined behaviour.
std::size_t first_foreign(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    for (std::size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0; at < text.size();) {
        if (text[at] == '#') {
            at = std::min(text.find('\n', at), text.size());
        } else if (begins_string(text, at)) {
            at = string_end(text, at);
        } else if (static_cast<unsigned char>(text[at]) >= 0x80) {
            return at;
        } else {
            ++at;
        }
    }
    return std::string_view::npos;
}

std::string place(std::string_view name, std::size_t line, std::size_t column) {
    return std::string(name) + ", line " + std::to_string(line) + ", column " + std::to_string(column) + ": ";
}

}  // namespace

Result<json::object> parse_toml(std::string_view text, std::string_view name) {
    constexpr std::size_t kBytesMax = 1U << 20;
    if (text.size() > kBytesMax) return fail(ErrorKind::invalid, std::string(name) + " is larger than 1 MiB");
    if (const auto at = first_foreign(text); at != std::string_view::npos) {
        const auto before = text.substr(0, at);
        const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
        const auto column = at - (before.rfind('\n') + 1) + 1;
        return fail(ErrorKind::invalid,
                    place(name, line, column) + "a letter outside of ASCII must stand in a text or a comment");
    }
    const auto result = toml::parse(text);
    if (!result) {
        const auto& error = result.error();
        return fail(ErrorKind::invalid, place(name, error.source().begin.line, error.source().begin.column) +
                                            std::string(error.description()));
    }
    return to_json(result.table());
}

}  // namespace bongsu::config
