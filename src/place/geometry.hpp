#pragma once
// Positions of one city: WGS84 degrees outside, metres on a plane inside.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bongsu::place {

/// WGS84 degrees, longitude first as everywhere in the contract.
struct Position {
    double lon = 0;
    double lat = 0;
    friend bool operator==(const Position&, const Position&) = default;
};

/// Metres east and north of the plane's origin.
struct Metres {
    double x = 0;
    double y = 0;
};

using Outline = std::vector<Position>;  ///< A ring without its closing point.
using Ring = std::vector<Metres>;       ///< The same on the plane.

/// Equirectangular about 126.98 E, 37.55 N: within 0.2 % of the ellipsoid anywhere in Seoul.
Metres to_plane(Position position);
Position from_plane(Metres point);
Ring to_plane(std::span<const Position> outline);
Outline from_plane(std::span<const Metres> ring);

double distance_m(Position from, Position to);
double distance_m(Metres from, Metres to);
/// Degrees clockwise from north, in [0, 360).
double bearing_deg(Position from, Position to);
/// The smallest angle between two bearings, in [0, 180].
double angle_between_deg(double first, double second);
/// The position `metres` away in the direction `bearing` (degrees clockwise from north).
Position moved(Position from, double bearing, double metres);

/// Even-odd rule; a point on the border may count for either side.
bool contains(std::span<const Metres> ring, Metres point);
/// Square metres, never negative.
double area_m2(std::span<const Metres> ring);
/// Keeps the part where `normal · point <= limit` (Sutherland and Hodgman 1974).
Ring clipped(const Ring& ring, Metres normal, double limit);
/// Whether the two open segments cross.
bool crosses(Metres a, Metres b, Metres c, Metres d);
/// The line with its corners cut twice (Chaikin 1974); its ends stay.
Ring smoothed(const Ring& line);
/// A band of `half_width` metres on both sides of a line of at least two points.
Ring band(std::span<const Metres> line, double half_width);

/// Rounds half away from zero to `decimals` (0 to 7) and writes a plain decimal without trailing zeros.
void append_decimal(std::string& out, double value, int decimals);
/// A JSON string with its quotes; `text` is UTF-8.
void append_quoted(std::string& out, std::string_view text);

}  // namespace bongsu::place
