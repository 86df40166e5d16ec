#include "coverage/plane.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bongsu::coverage {

namespace {

constexpr double kEarth = 6'371'008.8;  // Metres, as device/geo.

}  // namespace

void Extent::add(device::Position place) {
    west = std::min(west, place.lon), east = std::max(east, place.lon);
    south = std::min(south, place.lat), north = std::max(north, place.lat);
}

Plane::Plane(device::Position middle)
    : middle_(middle), metres_per_lon_(kEarth * std::numbers::pi / 180 * std::cos(middle.lat * std::numbers::pi / 180)), metres_per_lat_(kEarth * std::numbers::pi / 180) {}

Spot Plane::spot_of(device::Position place) const { return {(place.lon - middle_.lon) * metres_per_lon_, (place.lat - middle_.lat) * metres_per_lat_}; }

device::Position Plane::position_of(Spot spot) const { return {middle_.lon + spot.x / metres_per_lon_, middle_.lat + spot.y / metres_per_lat_}; }

double distance_m(Spot a, Spot b) { return std::hypot(b.x - a.x, b.y - a.y); }

}  // namespace bongsu::coverage
