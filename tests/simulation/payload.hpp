#pragma once
// Fields of entries, messages and answers: empty or 0 where there is none of that kind.

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bongsu::simulation {

/// What people and partners say has a word of its own in it, so that it is known wherever it stands: "word-1042-a".
inline constexpr std::string_view kWord = "word-";

inline std::vector<std::string> words_in(std::string_view said) {
    std::vector<std::string> words;
    for (auto at = said.find(kWord); at != std::string_view::npos; at = said.find(kWord, at)) {
        const auto end = said.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-", at);
        words.emplace_back(said.substr(at, end - at));
        at = end == std::string_view::npos ? said.size() : end;
    }
    return words;
}

/// Who saw what from where: kept for two years whatever becomes of what was seen.
inline bool is_access_record(std::string_view kind) {
    return kind == "record.read" || kind == "partner.accepted" || kind.starts_with("login.") || kind.starts_with("view.");
}

/// So long.
inline constexpr std::chrono::hours kAccessKept{24 * 731};

/// Whether an incident in this state has ended.
inline bool is_over(const std::string& state) { return state != "new" && state != "received" && state != "acting"; }

inline std::string text(const boost::json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

inline std::int64_t number(const boost::json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace bongsu::simulation
