#include "coverage/houses.hpp"

#include <cmath>

#include "coverage/geojson.hpp"

namespace bongsu::coverage {

namespace {

namespace json = boost::json;

constexpr double kFloorMetres = 3, kHeightMax = 1000;

double number_at(const json::object& parent, std::string_view key) {
    const auto* value = parent.if_contains(key);
    return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

/// A ring of [lon, lat]; empty where it is none.
std::vector<device::Position> ring_of(const json::value& value) {
    std::vector<device::Position> out;
    const auto* ring = value.if_array();
    if (ring == nullptr || ring->size() < 4 || ring->size() > geojson::kCornersMax) return {};
    for (const auto& corner : *ring) {
        const auto at = geojson::position_of(corner);
        if (!at) return {};
        out.push_back(*at);
    }
    out.pop_back();  // The closing point.
    return out;
}

/// Adds the outer ring of a polygon, if it has one.
void add_polygon(const json::value& polygon, double height, std::vector<House>& out) {
    const auto* rings = polygon.if_array();
    if (rings == nullptr || rings->empty()) return;
    auto outline = ring_of((*rings)[0]);
    if (outline.size() >= 3) out.push_back({std::move(outline), height});
}

/// Why it is no house; empty: its houses were added.
std::string add_houses(const geojson::Feature& feature, std::vector<House>& out) {
    if (out.size() >= kHousesMax) return "is beyond the 2,000,000 houses that are read";
    auto height = number_at(feature.properties, "height");
    if (!(height > 0)) height = number_at(feature.properties, "floors") * kFloorMetres;
    if (!(height > 0) || height > kHeightMax) return "has no height of up to 1000 m and no floors";
    const auto before = out.size();
    if (feature.type == "Polygon") {
        add_polygon(json::value(feature.coordinates), height, out);
    } else if (feature.type == "MultiPolygon") {
        for (const auto& polygon : feature.coordinates) add_polygon(polygon, height, out);
    }
    return out.size() > before ? "" : "has no outline in degrees within Korea";
}

}  // namespace

ReadHouses read_houses(std::string_view lines) {
    ReadHouses out;
    auto refused = geojson::read_lines(lines, [&](const geojson::Feature& feature) { return add_houses(feature, out.houses); });
    out.refused = refused.count;
    out.first = std::move(refused.first);
    return out;
}

}  // namespace bongsu::coverage
