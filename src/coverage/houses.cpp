#include "coverage/houses.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cmath>

namespace bongsu::coverage {

namespace {

namespace json = boost::json;

constexpr std::size_t kLineMax = 1 << 20, kCornersMax = 10'000;
constexpr double kFloorMetres = 3, kHeightMax = 1000;

const json::object* object_at(const json::object& parent, std::string_view key) {
    const auto* value = parent.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_at(const json::object& parent, std::string_view key) {
    const auto* value = parent.if_contains(key);
    return value == nullptr ? nullptr : value->if_array();
}

double number_at(const json::object& parent, std::string_view key) {
    const auto* value = parent.if_contains(key);
    return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

/// A ring of [lon, lat]; empty where it is none.
std::vector<device::Position> ring_of(const json::value& value) {
    std::vector<device::Position> out;
    const auto* ring = value.if_array();
    if (ring == nullptr || ring->size() < 4 || ring->size() > kCornersMax) return {};
    for (const auto& corner : *ring) {
        const auto* pair = corner.if_array();
        if (pair == nullptr || pair->size() < 2 || !(*pair)[0].is_number() || !(*pair)[1].is_number()) return {};
        const auto lon = (*pair)[0].to_number<double>(), lat = (*pair)[1].to_number<double>();
        const bool is_here = lon >= 124 && lon <= 132 && lat >= 33 && lat <= 39;  // Metres or swapped axes are no degrees of Korea.
        if (!is_here) return {};
        out.push_back({lon, lat});
    }
    out.pop_back();  // The closing point.
    return out;
}

/// Adds the outer ring of a polygon. False where it has none.
bool add_polygon(const json::value& polygon, double height, std::vector<House>& out) {
    const auto* rings = polygon.if_array();
    if (rings == nullptr || rings->empty()) return false;
    auto outline = ring_of((*rings)[0]);
    if (outline.size() < 3) return false;
    out.push_back({std::move(outline), height});
    return true;
}

/// Why the line is no house; empty: its houses were added.
std::string add_line(std::string_view line, std::vector<House>& out) {
    if (line.size() > kLineMax) return "is longer than 1 MiB";
    boost::system::error_code code;
    const auto value = json::parse(line, code);
    const auto* feature = code ? nullptr : value.if_object();
    if (feature == nullptr) return "is no JSON object";
    const auto* properties = object_at(*feature, "properties");
    const auto* geometry = object_at(*feature, "geometry");
    if (properties == nullptr || geometry == nullptr) return "has no properties or no geometry";
    auto height = number_at(*properties, "height");
    if (!(height > 0)) height = number_at(*properties, "floors") * kFloorMetres;
    if (!(height > 0) || height > kHeightMax) return "has no height of up to 1000 m and no floors";
    const auto* coordinates = array_at(*geometry, "coordinates");
    const auto* type = geometry->if_contains("type");
    if (coordinates == nullptr || type == nullptr || !type->is_string()) return "has no coordinates";
    const auto before = out.size();
    if (type->get_string() == "Polygon") {
        add_polygon(json::value(*coordinates), height, out);
    } else if (type->get_string() == "MultiPolygon") {
        for (const auto& polygon : *coordinates) add_polygon(polygon, height, out);
    }
    return out.size() > before ? "" : "has no outline in degrees within Korea";
}

}  // namespace

ReadHouses read_houses(std::string_view lines) {
    ReadHouses out;
    for (std::size_t at = 0, number = 1; at < lines.size(); ++number) {
        const auto end = std::min(lines.find('\n', at), lines.size());
        const auto line = lines.substr(at, end - at);
        at = end + 1;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        const auto why = out.houses.size() >= kHousesMax ? std::string("is beyond the 2,000,000 houses that are read") : add_line(line, out.houses);
        if (why.empty()) continue;
        if (out.refused++ == 0) out.first = "line " + std::to_string(number) + ": " + why;
    }
    return out;
}

}  // namespace bongsu::coverage
