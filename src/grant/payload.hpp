#pragma once
// Reading the payloads that this room's verbs wrote, and the columns that hold more than one word.

#include <string>
#include <string_view>
#include <vector>

#include "journal/payload.hpp"
#include "sql/sql.hpp"

namespace bongsu::grant {

using journal::text_of;
using journal::texts_of;
using journal::whole_of;

/// Null for an empty text.
inline sql::Value or_null(std::string text) {
    return text.empty() ? sql::Value(nullptr) : sql::Value(std::move(text));
}

/// Words without spaces in one column.
inline std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out.append(out.empty() ? "" : " ").append(word);
    return out;
}

inline std::vector<std::string> split(std::string_view words) {
    std::vector<std::string> out;
    while (!words.empty()) {
        const auto end = std::min(words.find(' '), words.size());
        out.emplace_back(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return out;
}

}  // namespace bongsu::grant
