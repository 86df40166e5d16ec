#pragma once
// Reading the payloads that verbs wrote. A missing field reads as empty: folds must not fail on it.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bongsu::journal {

inline std::string text_of(const boost::json::object& payload, std::string_view field) {
    const auto* value = payload.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

inline std::int64_t whole_of(const boost::json::object& payload, std::string_view field) {
    const auto* value = payload.if_contains(field);
    if (value == nullptr) return 0;
    if (value->is_int64()) return value->get_int64();
    return value->is_uint64() ? static_cast<std::int64_t>(value->get_uint64()) : 0;
}

inline std::vector<std::string> texts_of(const boost::json::object& payload, std::string_view field) {
    std::vector<std::string> texts;
    const auto* value = payload.if_contains(field);
    if (value == nullptr || !value->is_array()) return texts;
    for (const auto& item : value->get_array()) {
        if (item.is_string()) texts.emplace_back(item.get_string());
    }
    return texts;
}

}  // namespace bongsu::journal
