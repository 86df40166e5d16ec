#pragma once
// Squares of some 300 m over Korea: what lies near is found by a few of them, however much lies at one place.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "event/position.hpp"

namespace bongsu::incident {

inline constexpr std::int32_t kCellLat = 27'000, kCellLon = 34'000;  // In 1e-7 degrees; 300 m each at 37.5 N.
inline constexpr std::int64_t kCellRow = 1'000'000;
inline constexpr double kCellMetresMin = 270;                        // The least that a cell measures between 33 and 39 N.

constexpr std::int64_t cell_of(const event::Position& at) { return std::int64_t{at.lat_e7 / kCellLat} * kCellRow + at.lon_e7 / kCellLon; }

/// Those that a circle may touch; its own alone where it lies well within.
inline std::vector<std::int64_t> cells_around(const event::Position& at, double metres) {
    const auto tall = static_cast<std::int32_t>(metres / kCellMetresMin * kCellLat) + 1, wide = static_cast<std::int32_t>(metres / kCellMetresMin * kCellLon) + 1;
    std::vector<std::int64_t> out;
    for (auto row = (at.lat_e7 - tall) / kCellLat; row <= (at.lat_e7 + tall) / kCellLat; ++row) {
        for (auto column = (at.lon_e7 - wide) / kCellLon; column <= (at.lon_e7 + wide) / kCellLon; ++column) out.push_back(std::int64_t{row} * kCellRow + column);
    }
    return out;
}

}  // namespace bongsu::incident
