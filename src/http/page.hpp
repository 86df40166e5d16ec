#pragma once
// The parameters that every list takes: one range of `limit`, one way to be told which parameter is wrong.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"

namespace bongsu::http {

constexpr std::size_t kPageDefault = 100;
constexpr std::size_t kPageMax = 1000;

/// Refuses a query parameter that is not in `known`; the error names it.
Result<void> only_parameters(const Request& request, std::initializer_list<std::string_view> known);
/// `limit`, a whole number from 1 to kPageMax; kPageDefault when absent.
Result<std::size_t> page_limit(const Request& request, std::size_t otherwise = kPageDefault);
/// A place in a list in order of sequence numbers: 0 to INT64_MAX in decimal digits; `otherwise` when absent.
Result<std::uint64_t> page_number(const Request& request, std::string_view name, std::uint64_t otherwise);
/// A place in a list in order of ULIDs: 26 letters of Crockford's alphabet; empty when absent.
Result<std::string> page_ulid(const Request& request, std::string_view name);
/// Any other id that is asked for: at most 64 letters without control characters; empty when absent.
Result<std::string> id_parameter(const Request& request, std::string_view name);

}  // namespace bongsu::http
