#pragma once
// The way from one crossing to another (A*: Hart, Nilsson, Raphael 1968).

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "place/streets.hpp"

namespace bongsu::place {

struct Route {
    std::vector<std::uint32_t> nodes;  ///< From start to goal, both included.
    std::vector<std::uint32_t> edges;  ///< Between them; one fewer.
    double length_m = 0;
};

/// Shortest by time-like cost: a metre of arterial counts 0.6, of street 1, of lane 1.4.
/// Errors: invalid (no such node), not_found (no way).
Result<Route> find_route(const Streets& streets, std::uint32_t start, std::uint32_t goal);

}  // namespace bongsu::place
