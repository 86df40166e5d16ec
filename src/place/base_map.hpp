#pragma once
// The demonstration city as a whole, and its base map as GeoJSON (RFC 7946).

#include <cstdint>
#include <string>
#include <vector>

#include "place/buildings.hpp"
#include "place/streets.hpp"

namespace bongsu::place {

/// Everything that depends on the seed but the cameras. Immutable; threads: any.
struct City {
    std::uint64_t seed;
    Streets streets;
    std::vector<Building> buildings;
};

City draw_city(std::uint64_t seed);

/// A FeatureCollection; `properties.layer` is district (code, name, nameEn, joined), water (name, nameEn),
/// park (name, nameEn), building (height, metres), street (class) or place (name, nameEn). WGS84 with at most
/// 6 decimals; below 3 MB.
std::string base_map(const City& city);

/// Its houses, one Feature a line with `height` in metres: what stands between cameras and what they should see.
std::string houses(const City& city);

/// Its streets, one Feature a line with `class` (arterial, street or lane): by which ways somebody gets about.
std::string roads(const City& city);

}  // namespace bongsu::place
