#pragma once
// Houses as a city's building map has them: one GeoJSON Feature a line.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "coverage/occluders.hpp"

namespace bongsu::coverage {

struct ReadHouses {
    std::vector<House> houses;
    std::size_t refused = 0;  ///< Lines that say no house.
    std::string first;        ///< Of those, the first: "line 3: …".
};

/// Lines of GeoJSON Features (RFC 7946): Polygon or MultiPolygon in WGS84 with `height` in metres or `floors` (3 m each); courtyards
/// count as built. A line that is none is counted and left out: one slip does not take the map away.
/// Bounds: a line of 1 MiB; kHousesMax houses, those beyond are refused.
ReadHouses read_houses(std::string_view lines);
inline constexpr std::size_t kHousesMax = 2'000'000;

}  // namespace bongsu::coverage
