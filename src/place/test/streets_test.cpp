#include "place/streets.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "place/base_map.hpp"
#include "place/districts.hpp"
#include "place/gazetteer.hpp"
#include "place/land.hpp"
#include "place/route.hpp"

namespace bongsu::place {
namespace {

std::size_t reached_from_first(const Streets& streets) {
    std::vector<bool> seen(streets.nodes.size(), false);
    std::vector<std::uint32_t> open{0};
    seen[0] = true;
    std::size_t reached = 0;
    while (!open.empty()) {
        const std::uint32_t here = open.back();
        open.pop_back();
        ++reached;
        for (const std::uint32_t edge : streets.edges_at(here)) {
            const std::uint32_t there = streets.other_end(streets.edges[edge], here);
            if (seen[there]) continue;
            seen[there] = true;
            open.push_back(there);
        }
    }
    return reached;
}

TEST(Streets, AreOneConnectedNetForAnySeed) {
    for (const std::uint64_t seed : {1U, 2U, 3U, 99U, 2019U}) {
        const Streets streets = draw_streets(seed);
        EXPECT_GT(streets.nodes.size(), 3'000U);
        EXPECT_EQ(reached_from_first(streets), streets.nodes.size()) << "seed " << seed;
    }
}

TEST(Streets, TheSameSeedDrawsTheSameNetAndAnotherSeedAnother) {
    const Streets first = draw_streets(5);
    const Streets again = draw_streets(5);
    const Streets other = draw_streets(6);
    ASSERT_EQ(first.nodes.size(), again.nodes.size());
    for (std::size_t i = 0; i < first.nodes.size(); ++i) {
        ASSERT_EQ(first.nodes[i].at.x, again.nodes[i].at.x);
        ASSERT_EQ(first.nodes[i].at.y, again.nodes[i].at.y);
    }
    EXPECT_NE(first.nodes[0].at.x, other.nodes[0].at.x);
}

TEST(Streets, CrossTheRiverOnBridgesOnly) {
    const Streets streets = draw_streets(1);
    std::size_t crossings = 0;
    for (const StreetEdge& edge : streets.edges) {
        const Bank from = districts()[streets.nodes[edge.from].district].bank;
        const Bank to = districts()[streets.nodes[edge.to].district].bank;
        EXPECT_EQ(from != to, edge.bridge);
        crossings += edge.bridge ? 1U : 0U;
    }
    EXPECT_EQ(crossings, bridges().size());
    for (const StreetNode& node : streets.nodes) EXPECT_FALSE(in_river(node.at));
}

TEST(Route, LeadsFromMapoToSeochoOverOneBridge) {
    const Streets streets = draw_streets(1);
    const Position mapo = find("홍대입구역")->position;
    const Position seocho = find("서초역")->position;
    const auto route =
        find_route(streets, nearest_node(streets, to_plane(mapo)), nearest_node(streets, to_plane(seocho)));
    ASSERT_TRUE(route.has_value());
    EXPECT_EQ(route->nodes.size(), route->edges.size() + 1);
    const double straight = distance_m(mapo, seocho);
    EXPECT_GT(route->length_m, straight * 0.95);
    EXPECT_LT(route->length_m, straight * 2.0);
    int over = 0;
    for (std::size_t i = 0; i < route->edges.size(); ++i) {
        const StreetEdge& edge = streets.edges[route->edges[i]];
        over += edge.bridge ? 1 : 0;
        EXPECT_EQ(streets.other_end(edge, route->nodes[i]), route->nodes[i + 1]);
    }
    EXPECT_EQ(over, 1);
}

TEST(Route, ToItselfIsEmptyAndToNowhereIsRefused) {
    const Streets streets = draw_streets(1);
    const auto here = find_route(streets, 7, 7);
    ASSERT_TRUE(here.has_value());
    EXPECT_EQ(here->nodes, std::vector<std::uint32_t>{7});
    EXPECT_TRUE(here->edges.empty());
    const auto nowhere = find_route(streets, 0, static_cast<std::uint32_t>(streets.nodes.size()));
    ASSERT_FALSE(nowhere.has_value());
    EXPECT_EQ(nowhere.error().kind, ErrorKind::invalid);
}

TEST(Route, IsNotFoundWhereNothingConnects) {
    Streets islands;
    islands.nodes = {{{0, 0}, 0, 0}, {{10, 0}, 0, 0}};
    islands.first = {0, 0, 0};
    const auto route = find_route(islands, 0, 1);
    ASSERT_FALSE(route.has_value());
    EXPECT_EQ(route.error().kind, ErrorKind::not_found);
}

TEST(Buildings, StandOnDryGroundOutsideTheParks) {
    const City city = draw_city(1);
    EXPECT_GT(city.buildings.size(), 3'000U);
    for (const Building& building : city.buildings) {
        EXPECT_GE(building.height_m, 6);
        EXPECT_LE(building.height_m, 60);
        for (const Metres& corner : building.footprint) {
            ASSERT_FALSE(in_water(corner));
            ASSERT_FALSE(in_green(corner));
        }
    }
}

}  // namespace
}  // namespace bongsu::place
