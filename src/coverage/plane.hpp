#pragma once
// A plane in metres about the middle of a city: what is cut and measured a million times is no arc.

#include "device/geo.hpp"

namespace bongsu::coverage {

/// Metres east and north on a plane about the middle of what is drawn.
struct Spot {
    double x = 0, y = 0;
};

/// A rectangle in degrees that grows with what is put in.
struct Extent {
    double west = 180, east = -180, south = 90, north = -90;
    void add(device::Position place);
    bool is_empty() const { return west > east; }
};

/// Equirectangular about a middle: within 0.3 % of device::distance_m over a city. Immutable; threads: any.
class Plane {
  public:
    Plane() = default;
    explicit Plane(device::Position middle);
    explicit Plane(const Extent& extent) : Plane(device::Position{(extent.west + extent.east) / 2, (extent.south + extent.north) / 2}) {}

    Spot spot_of(device::Position place) const;
    device::Position position_of(Spot spot) const;

  private:
    device::Position middle_;
    double metres_per_lon_ = 1, metres_per_lat_ = 1;
};

double distance_m(Spot a, Spot b);

}  // namespace bongsu::coverage
