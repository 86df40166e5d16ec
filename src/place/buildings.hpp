#pragma once
// House footprints with heights: close together where cameras stream, a few apartment rows elsewhere.

#include <cstdint>
#include <vector>

#include "place/streets.hpp"

namespace bongsu::place {

struct Building {
    Ring footprint;  ///< Four corners.
    int height_m;
};

/// None stands in the river, a park or a hill's forest. The same seed and streets draw the same houses.
std::vector<Building> draw_buildings(std::uint64_t seed, const Streets& streets);

}  // namespace bongsu::place
