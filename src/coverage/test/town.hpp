#pragma once
// A town for tests, in metres east and north of a crossing.

#include <cmath>
#include <numbers>
#include <random>

#include "coverage/roads.hpp"
#include "device/directory.hpp"
#include "device/test/lines.hpp"

namespace bongsu::coverage {

inline device::Position at(double east, double north) {
    constexpr double kLon = 127.0, kLat = 37.5, kDegree = 6'371'008.8 * std::numbers::pi / 180;
    return {kLon + east / (kDegree * std::cos(kLat * std::numbers::pi / 180)), kLat + north / kDegree};
}

inline Road road(std::initializer_list<std::pair<double, double>> points, RoadClass kind = RoadClass::street) {
    Road out{{}, kind};
    for (const auto& [east, north] : points) out.line.push_back(at(east, north));
    return out;
}

/// Streets each `spacing` metres, `blocks` blocks to each side of the middle.
inline std::vector<Road> grid(int blocks, double spacing, RoadClass kind = RoadClass::street) {
    std::vector<Road> out;
    for (int i = -blocks; i <= blocks; ++i) {
        Road row{{}, kind}, column{{}, kind};
        for (int j = -blocks; j <= blocks; ++j) {
            row.line.push_back(at(j * spacing, i * spacing));
            column.line.push_back(at(i * spacing, j * spacing));
        }
        out.push_back(std::move(row));
        out.push_back(std::move(column));
    }
    return out;
}

/// A camera that sees 60 degrees and 40 m.
inline device::Camera eye(std::string id, double east, double north, double bearing) {
    const auto place = at(east, north);
    auto camera = device::test_camera(std::move(id), place.lon, place.lat, static_cast<float>(bearing));
    camera.field_of_view = 60;
    camera.range_m = 40;
    return camera;
}

inline device::Directory directory_of(const std::vector<device::Camera>& cameras) {
    return device::Directory::of(cameras).value();
}

}  // namespace bongsu::coverage
