#pragma once
// What is alike in maps of one GeoJSON Feature a line (RFC 7946). Of this room alone.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "device/geo.hpp"

namespace bongsu::coverage::geojson {

namespace json = boost::json;

inline constexpr std::size_t kLineMax = 1 << 20, kCornersMax = 10'000;

/// A line of a map, as far as it could be read.
struct Feature {
    json::object properties;
    std::string type;         ///< Of its geometry: "Polygon", "LineString", …
    json::array coordinates;  ///< Of its geometry.
};

/// Lines that said nothing that can be used.
struct Refused {
    std::size_t count = 0;
    std::string first;  ///< Of those, the first: "line 3: …".
};

/// Calls `add` for each Feature; it answers why that is none, or an empty text. Empty lines are no lines.
Refused read_lines(std::string_view lines, const std::function<std::string(const Feature&)>& add);

/// [lon, lat] in degrees within Korea: metres or swapped axes are none.
std::optional<device::Position> position_of(const json::value& value);

}  // namespace bongsu::coverage::geojson
