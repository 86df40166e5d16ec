#pragma once
// Reading messages of our own processes: a missing or wrong field reads as empty, who needs it says so.

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace bongsu::app {

inline std::string text_field(const boost::json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

inline std::int64_t number_field(const boost::json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

inline bool flag_field(const boost::json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace bongsu::app
