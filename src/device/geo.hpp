#pragma once
// Distances and directions on the ground, WGS84.

namespace bongsu::device {

/// Degrees, WGS84.
struct Position {
    double lon = 0, lat = 0;
};

/// Metres along the great circle (haversine, sphere of 6,371,008.8 m: within 0.5 % of the ellipsoid).
double distance_m(Position from, Position to);

/// Degrees [0, 360) of the line from `from` to `to`: north 0, clockwise.
double direction_deg(Position from, Position to);

/// The angle between two directions, degrees [0, 180].
double angle_between_deg(double a, double b);

}  // namespace bongsu::device
