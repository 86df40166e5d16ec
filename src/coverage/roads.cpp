#include "coverage/roads.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "coverage/geojson.hpp"

namespace bongsu::coverage {

namespace {

constexpr double kSamePlace = 1e7;  // Of a degree: maps have seven decimals at most, some 1 cm.
constexpr double kShortest = 0.01;  // Metres.
constexpr double kCellsMax = 4'000'000;

std::optional<RoadClass> class_of(const boost::json::object& properties) {
    const auto* value = properties.if_contains("class");
    if (value == nullptr || !value->is_string()) return std::nullopt;
    const std::string_view word = value->get_string();
    if (word == "arterial") return RoadClass::arterial;
    if (word == "street") return RoadClass::street;
    if (word == "lane") return RoadClass::lane;
    return std::nullopt;
}

/// Why the coordinates are no line; empty: it stands in `out`.
std::string add_line(const boost::json::value& coordinates, RoadClass kind, std::vector<Road>& out) {
    const auto* points = coordinates.if_array();
    if (points == nullptr || points->size() < 2 || points->size() > geojson::kCornersMax) return "coordinates must be 2 to 10,000 points";
    Road road{{}, kind};
    for (const auto& point : *points) {
        const auto at = geojson::position_of(point);
        if (!at) return "coordinates must be [longitude, latitude] in degrees within Korea";
        road.line.push_back(*at);
    }
    out.push_back(std::move(road));
    return {};
}

/// Why it is no road; empty: its roads were added.
std::string add_roads(const geojson::Feature& feature, std::vector<Road>& out) {
    const auto kind = class_of(feature.properties);
    if (!kind) return "class must be arterial, street or lane";
    if (feature.type == "LineString") return add_line(boost::json::value(feature.coordinates), *kind, out);
    if (feature.type != "MultiLineString") return "geometry must be a LineString or a MultiLineString";
    const auto before = out.size();
    for (const auto& line : feature.coordinates) {
        auto why = add_line(line, *kind, out);
        if (why.empty()) continue;
        out.resize(before);
        return why;
    }
    return out.size() > before ? "" : "coordinates must not be empty";
}

/// Where maps mean one place.
std::uint64_t key_of(device::Position place) {
    const auto lon = static_cast<std::uint64_t>(std::llround(place.lon * kSamePlace)), lat = static_cast<std::uint64_t>(std::llround(place.lat * kSamePlace));
    return lon << 32U | lat;
}

double square(double value) { return value * value; }

}  // namespace

ReadRoads read_roads(std::string_view lines) {
    ReadRoads out;
    std::size_t points = 0;
    auto refused = geojson::read_lines(lines, [&](const geojson::Feature& feature) -> std::string {
        const auto before = out.roads.size();
        auto why = add_roads(feature, out.roads);
        if (!why.empty()) return why;
        std::size_t more = 0;
        for (auto i = before; i < out.roads.size(); ++i) more += out.roads[i].line.size();
        if (out.roads.size() <= kRoadsMax && points + more <= kRoadPointsMax) {
            points += more;
            return {};
        }
        out.roads.resize(before);
        return "is beyond the 1,000,000 roads and 8,000,000 points that are read";
    });
    out.refused = refused.count;
    out.first = std::move(refused.first);
    return out;
}

Roads::Roads(const std::vector<Road>& roads) {
    Extent extent;
    for (const auto& road : roads) {
        for (const auto& point : road.line) extent.add(point);
    }
    if (extent.is_empty()) return;
    plane_ = Plane(extent);
    add_edges(roads);
    index_nodes();
    low_ = plane_.spot_of({extent.west, extent.south});
    const auto high = plane_.spot_of({extent.east, extent.north});
    cell_ = std::max(cell_, std::sqrt((high.x - low_.x) * (high.y - low_.y) / kCellsMax));
    columns_ = static_cast<std::int64_t>((high.x - low_.x) / cell_) + 1;
    rows_ = static_cast<std::int64_t>((high.y - low_.y) / cell_) + 1;
    index_cells();
}

/// Each road is cut where it meets another one: at a point that several roads have, or one road twice.
void Roads::add_edges(const std::vector<Road>& roads) {
    std::unordered_map<std::uint64_t, std::uint32_t> uses;
    for (const auto& road : roads) {
        if (road.line.size() < 2) continue;
        for (const auto& point : road.line) ++uses[key_of(point)];
        uses[key_of(road.line.front())] += 2, uses[key_of(road.line.back())] += 2;  // An end is a node whoever else comes there.
    }
    std::unordered_map<std::uint64_t, std::uint32_t> numbers;
    const auto node_at = [&](device::Position place) {
        const auto [found, is_new] = numbers.try_emplace(key_of(place), static_cast<std::uint32_t>(nodes_.size()));
        if (is_new) nodes_.push_back(plane_.spot_of(place));
        return found->second;
    };
    for (const auto& road : roads) {
        for (std::size_t begin = 0, at = 1; at < road.line.size(); ++at) {
            if (uses[key_of(road.line[at])] < 2) continue;
            Edge edge{.first = static_cast<std::uint32_t>(points_.size()), .count = static_cast<std::uint32_t>(at - begin + 1), .kind = road.kind};
            for (auto i = begin; i <= at; ++i) {
                points_.push_back(plane_.spot_of(road.line[i]));
                if (i > begin) edge.length_m += distance_m(points_[points_.size() - 2], points_.back());
            }
            if (edge.length_m < kShortest) {
                points_.resize(edge.first);
            } else {
                edge.from = node_at(road.line[begin]);
                edge.to = node_at(road.line[at]);
                edges_.push_back(edge);
            }
            begin = at;
        }
    }
}

void Roads::index_nodes() {
    first_.assign(nodes_.size() + 1, 0);
    for (const auto& edge : edges_) {
        ++first_[edge.from + 1];
        if (edge.to != edge.from) ++first_[edge.to + 1];
    }
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    touching_.resize(first_.back());
    auto next = first_;
    for (std::uint32_t number = 0; number < edges_.size(); ++number) {
        touching_[next[edges_[number].from]++] = number;
        if (edges_[number].to != edges_[number].from) touching_[next[edges_[number].to]++] = number;
    }
}

std::int64_t Roads::column_of(double x) const { return std::clamp<std::int64_t>(static_cast<std::int64_t>((x - low_.x) / cell_), 0, columns_ - 1); }
std::int64_t Roads::row_of(double y) const { return std::clamp<std::int64_t>(static_cast<std::int64_t>((y - low_.y) / cell_), 0, rows_ - 1); }

/// Each edge in every cell that a straight piece of it touches by its box.
void Roads::index_cells() {
    const auto visit = [&](const auto& into) {
        for (std::uint32_t number = 0; number < edges_.size(); ++number) {
            for (auto i = edges_[number].first + 1; i < edges_[number].first + edges_[number].count; ++i) {
                const auto a = points_[i - 1], b = points_[i];
                for (auto row = row_of(std::min(a.y, b.y)); row <= row_of(std::max(a.y, b.y)); ++row) {
                    for (auto column = column_of(std::min(a.x, b.x)); column <= column_of(std::max(a.x, b.x)); ++column)
                        into(static_cast<std::size_t>(row * columns_ + column), number);
                }
            }
        }
    };
    starts_.assign(static_cast<std::size_t>(columns_ * rows_) + 1, 0);
    visit([&](std::size_t cell, std::uint32_t) { ++starts_[cell + 1]; });
    std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
    items_.resize(starts_.back());
    auto next = starts_;
    visit([&](std::size_t cell, std::uint32_t number) { items_[next[cell]++] = number; });
}

Spot Roads::spot(std::uint32_t number, double along_m) const {
    const auto& edge = edges_[number];
    for (auto i = edge.first + 1; i < edge.first + edge.count; ++i) {
        const auto a = points_[i - 1], b = points_[i];
        const double length = distance_m(a, b);
        if (along_m > length && i + 1 < edge.first + edge.count) {
            along_m -= length;
            continue;
        }
        const double share = length > 0 ? std::clamp(along_m / length, 0.0, 1.0) : 0;
        return {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share};
    }
    return points_[edge.first];
}

double Roads::direction_deg(std::uint32_t number, double along_m) const {
    const auto& edge = edges_[number];
    auto i = edge.first + 1;
    for (; i + 1 < edge.first + edge.count; ++i) {
        const double length = distance_m(points_[i - 1], points_[i]);
        if (along_m <= length) break;
        along_m -= length;
    }
    const double degrees = std::atan2(points_[i].x - points_[i - 1].x, points_[i].y - points_[i - 1].y) * 180 / std::numbers::pi;
    return degrees < 0 ? degrees + 360 : degrees;
}

std::vector<Spot> Roads::stretch(std::uint32_t number, double from_m, double to_m) const {
    const auto& edge = edges_[number];
    std::vector<Spot> out{spot(number, from_m)};
    double at = 0;
    for (auto i = edge.first + 1; i + 1 < edge.first + edge.count; ++i) {
        at += distance_m(points_[i - 1], points_[i]);
        if (at > from_m && at < to_m) out.push_back(points_[i]);
    }
    out.push_back(spot(number, to_m));
    return out;
}

std::vector<OnRoad> Roads::near(Spot place, double within_m) const {
    std::vector<OnRoad> out;
    if (edges_.empty()) return out;
    std::vector<std::uint32_t> seen;
    for (auto row = row_of(place.y - within_m); row <= row_of(place.y + within_m); ++row) {
        for (auto column = column_of(place.x - within_m); column <= column_of(place.x + within_m); ++column) {
            const auto cell = static_cast<std::size_t>(row * columns_ + column);
            seen.insert(seen.end(), items_.begin() + starts_[cell], items_.begin() + starts_[cell + 1]);
        }
    }
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (const auto number : seen) {
        const auto& edge = edges_[number];
        OnRoad nearest{number, 0, within_m};
        bool is_near = false;
        double along = 0;
        for (auto i = edge.first + 1; i < edge.first + edge.count; ++i) {
            const auto a = points_[i - 1], b = points_[i];
            const double length = distance_m(a, b);
            const double share = length > 0 ? std::clamp(((place.x - a.x) * (b.x - a.x) + (place.y - a.y) * (b.y - a.y)) / square(length), 0.0, 1.0) : 0;
            const double away = distance_m(place, {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share});
            if (away < nearest.away_m || (!is_near && away <= within_m)) {
                nearest = {number, along + share * length, away};
                is_near = true;
            }
            along += length;
        }
        if (is_near) out.push_back(nearest);
    }
    std::sort(out.begin(), out.end(), [](const OnRoad& a, const OnRoad& b) { return a.away_m != b.away_m ? a.away_m < b.away_m : a.edge < b.edge; });
    return out;
}

}  // namespace bongsu::coverage
