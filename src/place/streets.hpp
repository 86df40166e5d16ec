#pragma once
// The street graph of the demonstration city: one connected component, bridges over the river included.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "place/geometry.hpp"

namespace bongsu::place {

enum class StreetClass : std::uint8_t { arterial, street, lane };
std::string_view to_string(StreetClass street);

struct StreetNode {
    Metres at;
    std::uint8_t district;  ///< Index into districts().
    std::uint8_t patch;     ///< The grid that it was drawn with; blocks and detail follow it.
};

struct StreetEdge {
    std::uint32_t from;
    std::uint32_t to;
    StreetClass street;
    bool bridge;
    float length_m;
};

/// Four corners in turn; dense blocks lie in the neighbourhoods of the streaming groups.
struct StreetBlock {
    std::array<std::uint32_t, 4> corner;
    bool dense;
};

/// Immutable once drawn; threads: any.
struct Streets {
    std::vector<StreetNode> nodes;
    std::vector<StreetEdge> edges;
    std::vector<StreetBlock> blocks;
    std::vector<std::uint32_t> first;  ///< edges at node n: touching[first[n]] to touching[first[n+1]-1]
    std::vector<std::uint32_t> touching;

    std::span<const std::uint32_t> edges_at(std::uint32_t node) const {
        return std::span(touching).subspan(first[node], first[node + 1] - first[node]);
    }
    std::uint32_t other_end(const StreetEdge& edge, std::uint32_t node) const {
        return edge.from == node ? edge.to : edge.from;
    }
};

/// The same seed draws the same streets. About 5,000 nodes.
Streets draw_streets(std::uint64_t seed);

/// The node nearest to a point; `streets` must not be empty.
std::uint32_t nearest_node(const Streets& streets, Metres point);

}  // namespace bongsu::place
