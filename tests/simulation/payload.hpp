#pragma once
// Fields of entries, messages and answers: empty or 0 where there is none of that kind.

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace bongsu::simulation {

inline std::string text(const boost::json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

inline std::int64_t number(const boost::json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace bongsu::simulation
