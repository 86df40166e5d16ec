#pragma once
// The roads of a city as a graph: how far somebody gets, and by which ways.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coverage/plane.hpp"

namespace bongsu::coverage {

enum class RoadClass : std::uint8_t { arterial, street, lane };

/// A road as it was drawn: two points at least. It meets others at its ends and wherever it shares a point with one.
struct Road {
    std::vector<device::Position> line;
    RoadClass kind = RoadClass::street;
};

struct ReadRoads {
    std::vector<Road> roads;
    std::size_t refused = 0;  ///< Lines that say no road.
    std::string first;        ///< Of those, the first: "line 3: …", with the field.
};

/// Lines of GeoJSON Features (RFC 7946): LineString or MultiLineString in WGS84 with `class` "arterial", "street" or "lane". A line that is none is
/// counted and left out: one slip does not take the map away.
/// Bounds: a line of 1 MiB; kRoadsMax roads and kRoadPointsMax points of all, those beyond are refused.
ReadRoads read_roads(std::string_view lines);
inline constexpr std::size_t kRoadsMax = 1'000'000, kRoadPointsMax = 8'000'000;

/// A place on a road: `along_m` from where its edge begins.
struct OnRoad {
    std::uint32_t edge = 0;
    double along_m = 0;
    double away_m = 0;  ///< From the place that was asked for.
};

/// The graph. Roads are taken both ways: who flees does not keep to one-way signs. Immutable; threads: any.
/// Bounds: some 150 bytes a road of two points.
class Roads {
  public:
    struct Edge {
        std::uint32_t from = 0, to = 0;      ///< Nodes.
        std::uint32_t first = 0, count = 0;  ///< Of its points; two at least.
        double length_m = 0;
        RoadClass kind = RoadClass::street;
    };

    Roads() = default;
    /// Roads of fewer than two points, and stretches without length, are left out.
    explicit Roads(const std::vector<Road>& roads);

    bool is_empty() const { return edges_.empty(); }
    std::size_t size() const { return edges_.size(); }
    std::size_t nodes() const { return nodes_.size(); }
    const Plane& plane() const { return plane_; }
    const Edge& edge(std::uint32_t number) const { return edges_[number]; }
    std::span<const std::uint32_t> edges_at(std::uint32_t node) const { return std::span(touching_).subspan(first_[node], first_[node + 1] - first_[node]); }
    std::uint32_t other_end(const Edge& edge, std::uint32_t node) const { return edge.from == node ? edge.to : edge.from; }
    Spot spot(std::uint32_t node) const { return nodes_[node]; }
    /// On the plane; `along_m` is held within the edge.
    Spot spot(std::uint32_t edge, double along_m) const;
    /// Degrees of the edge's direction there, as it was drawn: north 0, clockwise.
    double direction_deg(std::uint32_t edge, double along_m) const;
    /// Its line between two places along it, both included; `from_m` <= `to_m`.
    std::vector<Spot> stretch(std::uint32_t edge, double from_m, double to_m) const;
    /// The nearest place on each edge within `within_m`, nearest first, ties by edge.
    std::vector<OnRoad> near(Spot place, double within_m) const;

  private:
    void add_edges(const std::vector<Road>& roads);
    void index_nodes();
    void index_cells();
    std::int64_t column_of(double x) const;
    std::int64_t row_of(double y) const;

    Plane plane_;
    std::vector<Spot> nodes_, points_;
    std::vector<Edge> edges_;
    std::vector<std::uint32_t> first_, touching_;  // Edges at node n: touching_[first_[n] … first_[n + 1]).
    Spot low_;
    double cell_ = 60;  // Metres; larger where one stray road makes the city a country.
    std::int64_t columns_ = 0, rows_ = 0;
    std::vector<std::uint32_t> starts_, items_;  // Edges whose boxes touch cell c: items_[starts_[c] … starts_[c + 1]).
};

}  // namespace bongsu::coverage
