#include "device/geo.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bongsu::device {

namespace {
constexpr double kEarthRadius = 6'371'008.8;
constexpr double radians(double degrees) { return degrees * std::numbers::pi / 180; }
}  // namespace

double distance_m(Position from, Position to) {
    const double half_lat = std::sin(radians(to.lat - from.lat) / 2);
    const double half_lon = std::sin(radians(to.lon - from.lon) / 2);
    const double h =
        half_lat * half_lat + std::cos(radians(from.lat)) * std::cos(radians(to.lat)) * half_lon * half_lon;
    return 2 * kEarthRadius * std::asin(std::sqrt(std::min(1.0, h)));
}

double direction_deg(Position from, Position to) {
    const double lon = radians(to.lon - from.lon);
    const double y = std::sin(lon) * std::cos(radians(to.lat));
    const double x = std::cos(radians(from.lat)) * std::sin(radians(to.lat)) -
                     std::sin(radians(from.lat)) * std::cos(radians(to.lat)) * std::cos(lon);
    const double degrees = std::atan2(y, x) * 180 / std::numbers::pi;
    return degrees < 0 ? degrees + 360 : degrees;
}

double angle_between_deg(double a, double b) {
    const double turn = std::fmod(std::abs(a - b), 360);
    return turn > 180 ? 360 - turn : turn;
}

}  // namespace bongsu::device
