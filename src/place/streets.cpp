#include "place/streets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <optional>

#include "base/result.hpp"
#include "place/dice.hpp"
#include "place/districts.hpp"
#include "place/groups.hpp"
#include "place/land.hpp"
#include "place/route.hpp"

namespace bongsu::place {
namespace {

constexpr double kCoarse = 320.0;      // Metres between the streets of a district's grid,
constexpr double kFine = 92.0;         // and of the lanes where cameras stream.
constexpr double kZoneRadius = 700.0;  // Lanes are drawn this far about a zone's middle.
constexpr double kStitch = 450.0;      // Grids of neighbours are joined over at most this.

struct Zone {
    Metres middle;
    double angle;
};

/// The park's and Seongdong's groups are neighbours and share one zone.
const std::vector<Zone>& zones() {
    static const std::vector<Zone> drawn = [] {
        const auto group = groups();
        const Metres park = to_plane(group[0].middle);
        const Metres edge = to_plane(group[2].middle);
        return std::vector<Zone>{{{(park.x + edge.x) / 2, (park.y + edge.y) / 2}, 0.12},
                                 {to_plane(group[1].middle), -0.30},
                                 {to_plane(group[3].middle), 0.05}};
    }();
    return drawn;
}

struct Grid {
    Metres origin;
    double angle;
    double spacing;
    double jitter;
    int reach;  ///< Cells on each side of the origin.
    std::uint8_t patch;
    int main_rows;  ///< Every so many rows is of the higher class.
    StreetClass high;
    StreetClass low;
    double gaps;  ///< Share of low edges left out.
};

class Drawing {
  public:
    explicit Drawing(std::uint64_t seed) : dice_(seed, 1) {}

    Streets draw() {
        for (std::size_t i = 0; i < kDistricts; ++i) draw_district(i);
        for (std::size_t i = 0; i < zones().size(); ++i) draw_zone(i);
        stitch();
        join_bank(Bank::north);
        join_bank(Bank::south);
        build_bridges();
        index_edges();
        raise_arterials();
        return std::move(streets_);
    }

  private:
    template <class Wanted>
    void draw_grid(const Grid& grid, Wanted wanted) {
        std::map<std::pair<int, int>, std::uint32_t> placed;
        const double cosine = std::cos(grid.angle);
        const double sine = std::sin(grid.angle);
        for (int row = -grid.reach; row <= grid.reach; ++row) {
            for (int column = -grid.reach; column <= grid.reach; ++column) {
                const double u = column * grid.spacing + dice_.between(-grid.jitter, grid.jitter);
                const double v = row * grid.spacing + dice_.between(-grid.jitter, grid.jitter);
                const Metres at{grid.origin.x + u * cosine - v * sine, grid.origin.y + u * sine + v * cosine};
                const std::optional<std::uint8_t> district = wanted(at);
                if (!district) continue;
                placed[{row, column}] = static_cast<std::uint32_t>(streets_.nodes.size());
                streets_.nodes.push_back({at, *district, grid.patch});
            }
        }
        for (const auto& [cell, node] : placed) connect_cell(grid, placed, cell, node);
    }

    void connect_cell(const Grid& grid, const std::map<std::pair<int, int>, std::uint32_t>& placed,
                      std::pair<int, int> cell, std::uint32_t node) {
        const auto [row, column] = cell;
        const auto right = placed.find({row, column + 1});
        const auto above = placed.find({row + 1, column});
        const auto corner = placed.find({row + 1, column + 1});
        const auto link = [&](std::uint32_t other, int line) {
            const bool high = line % grid.main_rows == 0;
            if (!high && dice_.chance(grid.gaps)) return;
            add_edge(node, other, high ? grid.high : grid.low, false);
        };
        if (right != placed.end()) link(right->second, row);
        if (above != placed.end()) link(above->second, column);
        if (right != placed.end() && above != placed.end() && corner != placed.end()) {
            streets_.blocks.push_back(
                {{node, right->second, corner->second, above->second}, grid.spacing < kCoarse / 2});
        }
    }

    void draw_district(std::size_t index) {
        const Metres centre = to_plane(districts()[index].centre);
        const Grid grid{centre,
                        dice_.between(-0.35, 0.35),
                        kCoarse * dice_.between(0.95, 1.1),
                        50.0,
                        40,
                        static_cast<std::uint8_t>(index),
                        4,
                        StreetClass::arterial,
                        StreetClass::street,
                        0.1};
        draw_grid(grid, [index](Metres at) -> std::optional<std::uint8_t> {
            if (!contains(outline_of(index), at) || in_river(at) || on_hill(at)) return std::nullopt;
            for (const Zone& zone : zones()) {
                if (distance_m(zone.middle, at) < kZoneRadius + 90.0) return std::nullopt;
            }
            return static_cast<std::uint8_t>(index);
        });
    }

    void draw_zone(std::size_t index) {
        const Zone& zone = zones()[index];
        const Grid grid{zone.middle,
                        zone.angle,
                        kFine,
                        11.0,
                        static_cast<int>(kZoneRadius / kFine) + 1,
                        static_cast<std::uint8_t>(kDistricts + index),
                        4,
                        StreetClass::street,
                        StreetClass::lane,
                        0.06};
        draw_grid(grid, [&zone](Metres at) -> std::optional<std::uint8_t> {
            if (distance_m(zone.middle, at) > kZoneRadius || in_river(at)) return std::nullopt;
            const auto district = district_at(at);
            if (!district) return std::nullopt;
            return static_cast<std::uint8_t>(*district);
        });
    }

    void add_edge(std::uint32_t from, std::uint32_t to, StreetClass street, bool bridge) {
        const double length = distance_m(streets_.nodes[from].at, streets_.nodes[to].at);
        streets_.edges.push_back({from, to, street, bridge, static_cast<float>(length)});
    }

    Bank bank_of(std::uint32_t node) const { return districts()[streets_.nodes[node].district].bank; }

    /// Joins the rim of each grid to the nearest crossing of the next grid, away from the streets it has.
    void stitch() {
        std::vector<std::vector<std::uint32_t>> beside(streets_.nodes.size());
        for (const StreetEdge& edge : streets_.edges) {
            beside[edge.from].push_back(edge.to);
            beside[edge.to].push_back(edge.from);
        }
        for (std::uint32_t node = 0; node < streets_.nodes.size(); ++node) {
            const StreetNode& own = streets_.nodes[node];
            if (own.patch >= kDistricts || beside[node].size() > 3) continue;
            const auto other = nearest_of_other_patch(node, beside[node]);
            if (!other) continue;
            add_edge(node, *other, StreetClass::street, false);
            beside[node].push_back(*other);
            beside[*other].push_back(node);
        }
    }

    std::optional<std::uint32_t> nearest_of_other_patch(std::uint32_t node,
                                                        const std::vector<std::uint32_t>& beside) const {
        const StreetNode& own = streets_.nodes[node];
        std::optional<std::uint32_t> best;
        double best_distance = kStitch;
        for (std::uint32_t other = 0; other < streets_.nodes.size(); ++other) {
            const StreetNode& there = streets_.nodes[other];
            if (there.patch == own.patch || bank_of(other) != bank_of(node)) continue;
            const double distance = distance_m(own.at, there.at);
            if (distance >= best_distance) continue;
            const double way = std::atan2(there.at.y - own.at.y, there.at.x - own.at.x);
            const bool apart = std::none_of(beside.begin(), beside.end(), [&](std::uint32_t neighbour) {
                const Metres at = streets_.nodes[neighbour].at;
                const double taken = std::atan2(at.y - own.at.y, at.x - own.at.x);
                return std::fabs(std::remainder(way - taken, 2 * std::numbers::pi)) < 0.9;
            });
            if (!apart) continue;
            best = other;
            best_distance = distance;
        }
        return best;
    }

    std::uint32_t root_of(std::uint32_t node) {
        while (parent_[node] != node) node = parent_[node] = parent_[parent_[node]];
        return node;
    }

    /// Whatever still lies apart on one bank gets a street to its nearest neighbour.
    void join_bank(Bank bank) {
        parent_.resize(streets_.nodes.size());
        std::iota(parent_.begin(), parent_.end(), 0U);
        for (const StreetEdge& edge : streets_.edges) parent_[root_of(edge.from)] = root_of(edge.to);
        std::map<std::uint32_t, std::vector<std::uint32_t>> parts;
        for (std::uint32_t node = 0; node < streets_.nodes.size(); ++node) {
            if (bank_of(node) == bank) parts[root_of(node)].push_back(node);
        }
        BONGSU_CHECK(!parts.empty());
        const auto largest = std::max_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) {
            return a.second.size() < b.second.size();
        });
        std::vector<std::uint32_t> joined = largest->second;
        for (const auto& [root, part] : parts) {
            if (root == largest->first) continue;
            add_shortest(part, joined);
            joined.insert(joined.end(), part.begin(), part.end());
        }
    }

    void add_shortest(const std::vector<std::uint32_t>& part, const std::vector<std::uint32_t>& joined) {
        double best = std::numeric_limits<double>::infinity();
        std::pair<std::uint32_t, std::uint32_t> ends{};
        for (const std::uint32_t from : part) {
            for (const std::uint32_t to : joined) {
                const double distance = distance_m(streets_.nodes[from].at, streets_.nodes[to].at);
                if (distance >= best) continue;
                best = distance;
                ends = {from, to};
            }
        }
        add_edge(ends.first, ends.second, StreetClass::street, false);
    }

    void build_bridges() {
        const auto before = static_cast<std::uint32_t>(streets_.nodes.size());
        for (const Bridge& bridge : bridges()) {
            const std::uint32_t north = bridgehead(to_plane(bridge.north), Bank::north, before);
            const std::uint32_t south = bridgehead(to_plane(bridge.south), Bank::south, before);
            add_edge(north, south, StreetClass::arterial, true);
        }
    }

    std::uint32_t bridgehead(Metres at, Bank bank, std::uint32_t before) {
        std::uint32_t nearest = 0;
        double best = std::numeric_limits<double>::infinity();
        for (std::uint32_t node = 0; node < before; ++node) {
            const double distance = distance_m(streets_.nodes[node].at, at);
            if (bank_of(node) != bank || distance >= best) continue;
            best = distance;
            nearest = node;
        }
        const auto head = static_cast<std::uint32_t>(streets_.nodes.size());
        streets_.nodes.push_back({at, streets_.nodes[nearest].district, streets_.nodes[nearest].patch});
        add_edge(head, nearest, StreetClass::arterial, false);
        return head;
    }

    void index_edges() {
        streets_.first.assign(streets_.nodes.size() + 1, 0);
        for (const StreetEdge& edge : streets_.edges) {
            ++streets_.first[edge.from + 1];
            ++streets_.first[edge.to + 1];
        }
        std::partial_sum(streets_.first.begin(), streets_.first.end(), streets_.first.begin());
        streets_.touching.resize(streets_.edges.size() * 2);
        std::vector<std::uint32_t> next = streets_.first;
        for (std::uint32_t index = 0; index < streets_.edges.size(); ++index) {
            streets_.touching[next[streets_.edges[index].from]++] = index;
            streets_.touching[next[streets_.edges[index].to]++] = index;
        }
    }

    /// The best ways between the middles of neighbouring districts become arterials.
    void raise_arterials() {
        constexpr double kNeighbours = 7'000.0;
        for (std::size_t i = 0; i < kDistricts; ++i) {
            for (std::size_t j = i + 1; j < kDistricts; ++j) {
                const Metres from = to_plane(districts()[i].centre);
                const Metres to = to_plane(districts()[j].centre);
                if (distance_m(from, to) > kNeighbours) continue;
                const auto route =
                    find_route(streets_, nearest_node(streets_, from), nearest_node(streets_, to));
                BONGSU_CHECK(route.has_value());
                for (const std::uint32_t edge : route->edges)
                    streets_.edges[edge].street = StreetClass::arterial;
            }
        }
    }

    Dice dice_;
    Streets streets_;
    std::vector<std::uint32_t> parent_;
};

}  // namespace

std::string_view to_string(StreetClass street) {
    switch (street) {
        case StreetClass::arterial:
            return "arterial";
        case StreetClass::street:
            return "street";
        case StreetClass::lane:
            return "lane";
    }
    return "street";
}

Streets draw_streets(std::uint64_t seed) { return Drawing(seed).draw(); }

std::uint32_t nearest_node(const Streets& streets, Metres point) {
    BONGSU_CHECK(!streets.nodes.empty());
    std::uint32_t nearest = 0;
    double best = std::numeric_limits<double>::infinity();
    for (std::uint32_t node = 0; node < streets.nodes.size(); ++node) {
        const double distance = distance_m(streets.nodes[node].at, point);
        if (distance >= best) continue;
        best = distance;
        nearest = node;
    }
    return nearest;
}

}  // namespace bongsu::place
