#include "place/route.hpp"

#include <algorithm>
#include <limits>
#include <queue>

namespace bongsu::place {
namespace {

constexpr double kCheapest = 0.6;

double cost_of(const StreetEdge& edge) {
    switch (edge.street) {
        case StreetClass::arterial:
            return edge.length_m * kCheapest;
        case StreetClass::street:
            return edge.length_m;
        case StreetClass::lane:
            return edge.length_m * 1.4;
    }
    return edge.length_m;
}

struct Open {
    double estimate;
    std::uint32_t node;
    bool operator>(const Open& other) const {
        return estimate != other.estimate ? estimate > other.estimate : node > other.node;
    }
};

Route walk_back(const Streets& streets, const std::vector<std::uint32_t>& came, std::uint32_t start,
                std::uint32_t goal) {
    Route route;
    for (std::uint32_t at = goal; at != start;) {
        const StreetEdge& edge = streets.edges[came[at]];
        route.nodes.push_back(at);
        route.edges.push_back(came[at]);
        route.length_m += edge.length_m;
        at = streets.other_end(edge, at);
    }
    route.nodes.push_back(start);
    std::reverse(route.nodes.begin(), route.nodes.end());
    std::reverse(route.edges.begin(), route.edges.end());
    return route;
}

}  // namespace

Result<Route> find_route(const Streets& streets, std::uint32_t start, std::uint32_t goal) {
    if (start >= streets.nodes.size()) return fail(ErrorKind::invalid, "route: start is no crossing");
    if (goal >= streets.nodes.size()) return fail(ErrorKind::invalid, "route: goal is no crossing");
    constexpr double kFar = std::numeric_limits<double>::infinity();
    std::vector<double> cost(streets.nodes.size(), kFar);
    std::vector<std::uint32_t> came(streets.nodes.size(), 0);
    std::vector<bool> settled(streets.nodes.size(), false);
    std::priority_queue<Open, std::vector<Open>, std::greater<>> open;
    const Metres target = streets.nodes[goal].at;
    cost[start] = 0;
    open.push({0, start});
    while (!open.empty()) {
        const std::uint32_t here = open.top().node;
        open.pop();
        if (here == goal) return walk_back(streets, came, start, goal);
        if (settled[here]) continue;
        settled[here] = true;
        for (const std::uint32_t index : streets.edges_at(here)) {
            const StreetEdge& edge = streets.edges[index];
            const std::uint32_t there = streets.other_end(edge, here);
            const double reached = cost[here] + cost_of(edge);
            if (reached >= cost[there]) continue;
            cost[there] = reached;
            came[there] = index;
            open.push({reached + kCheapest * distance_m(streets.nodes[there].at, target), there});
        }
    }
    return fail(ErrorKind::not_found, "route: no way between the two crossings");
}

}  // namespace bongsu::place
