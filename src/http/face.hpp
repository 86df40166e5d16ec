#pragma once
// What the faces of the rooms share: an answer that nobody on the way keeps, a whole number of the query, what may be null.

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "http/message.hpp"

namespace bongsu::http {

/// The body with `Cache-Control: no-store`, or the problem.
Response answer(int status, const Result<boost::json::object>& body);
/// A whole number of the query from `min` to `max`; `otherwise` when absent. Errors: invalid names it.
Result<std::uint64_t> whole_parameter(const Request& request, std::string_view name, std::uint64_t min, std::uint64_t max, std::uint64_t otherwise);
/// null for what is empty or none.
boost::json::value text_or_null(std::string_view text);
boost::json::value time_or_null(const std::optional<WallTime>& time);

}  // namespace bongsu::http
