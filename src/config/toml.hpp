#pragma once
// TOML as JSON values, so that one room alone knows the TOML library.

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::config {

/// Parses TOML 1.0. Integers, strings, booleans, floats, arrays and tables become their JSON kin; dates become
/// strings. Bounds: 1 MiB. Errors: invalid, with `name`, line and column.
Result<boost::json::object> parse_toml(std::string_view text, std::string_view name);

}  // namespace bongsu::config
