#include "coverage/geojson.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace bongsu::coverage::geojson {

namespace {

const json::object* object_at(const json::object& parent, std::string_view key) {
    const auto* value = parent.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

/// Why the line is no Feature; empty: it stands in `out`.
std::string read_feature(std::string_view line, Feature& out) {
    if (line.size() > kLineMax) return "is longer than 1 MiB";
    boost::system::error_code code;
    const auto value = json::parse(line, code);
    const auto* feature = code ? nullptr : value.if_object();
    if (feature == nullptr) return "is no JSON object";
    const auto* properties = object_at(*feature, "properties");
    const auto* geometry = object_at(*feature, "geometry");
    if (properties == nullptr || geometry == nullptr) return "has no properties or no geometry";
    const auto* coordinates = geometry->if_contains("coordinates");
    const auto* type = geometry->if_contains("type");
    if (coordinates == nullptr || !coordinates->is_array() || type == nullptr || !type->is_string()) return "has no coordinates";
    out = {*properties, std::string(type->get_string()), coordinates->get_array()};
    return {};
}

}  // namespace

Refused read_lines(std::string_view lines, const std::function<std::string(const Feature&)>& add) {
    Refused out;
    Feature feature;
    for (std::size_t at = 0, number = 1; at < lines.size(); ++number) {
        const auto end = std::min(lines.find('\n', at), lines.size());
        const auto line = lines.substr(at, end - at);
        at = end + 1;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        auto why = read_feature(line, feature);
        if (why.empty()) why = add(feature);
        if (!why.empty() && out.count++ == 0) out.first = "line " + std::to_string(number) + ": " + why;
    }
    return out;
}

std::optional<device::Position> position_of(const json::value& value) {
    const auto* pair = value.if_array();
    if (pair == nullptr || pair->size() < 2 || !(*pair)[0].is_number() || !(*pair)[1].is_number()) return std::nullopt;
    const auto lon = (*pair)[0].to_number<double>(), lat = (*pair)[1].to_number<double>();
    const bool is_here = lon >= 124 && lon <= 132 && lat >= 33 && lat <= 39;
    return is_here ? std::optional(device::Position{lon, lat}) : std::nullopt;
}

}  // namespace bongsu::coverage::geojson
