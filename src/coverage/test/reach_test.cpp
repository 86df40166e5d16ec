#include "coverage/reach.hpp"

#include <gtest/gtest.h>

#include "coverage/cut.hpp"
#include "coverage/test/town.hpp"

namespace bongsu::coverage {
namespace {

double metres_of(const std::vector<std::vector<Spot>>& lines) {
    double out = 0;
    for (const auto& line : lines) {
        for (std::size_t i = 1; i < line.size(); ++i) out += distance_m(line[i - 1], line[i]);
    }
    return out;
}

TEST(Reach, GoesBothWaysAlongARoad) {
    const Roads roads({road({{-500, 0}, {500, 0}})});
    const Reach reach(roads, {.at = at(0, 0), .pace = Pace::walk}, 60);
    EXPECT_TRUE(reach.is_on_road());
    EXPECT_NEAR(metres_of(reach.lines(60, 100)), 2 * 60 * 1.8, 0.1);
    EXPECT_NEAR(metres_of(reach.lines(10, 100)), 2 * 10 * 1.8, 0.1);
    EXPECT_NEAR(reach.arrival(0, 590).at_s, 90 / 1.8, 0.1);
}

//   a ------------- b      the two roads are 40 m apart and meet 300 m away:
//                   |      a circle would have it on both at once
//   c ------------- d
TEST(Reach, IsNoCircle) {
    const Roads roads({road({{0, 0}, {300, 0}}), road({{300, 0}, {300, -40}}), road({{300, -40}, {0, -40}})});
    const Reach reach(roads, {.at = at(0, 0), .pace = Pace::run}, 60);
    double lowest = 0;
    for (const auto& line : reach.lines(60, 100)) {
        for (const auto& spot : line) lowest = std::min(lowest, roads.plane().position_of(spot).lat - at(0, 0).lat);
    }
    EXPECT_NEAR(metres_of(reach.lines(60, 100)), 360, 0.5) << "300 m, down, and 20 m back";
    for (const auto& line : reach.lines(49, 100)) EXPECT_NEAR(line.back().y, roads.plane().spot_of(at(0, 0)).y, 0.1) << "not across";
}

TEST(Reach, EachRoadHasItsSpeed) {
    const Roads roads({road({{0, 0}, {220, 0}}, RoadClass::arterial), road({{0, 0}, {0, 220}}, RoadClass::lane)});
    const Reach reach(roads, {.at = at(0, 0)}, 30);
    EXPECT_NEAR(reach.arrival(0, 220).at_s, 10, 0.01);
    EXPECT_NEAR(reach.arrival(1, 220).at_s, 27.5, 0.01);
    EXPECT_EQ(speed_of(Pace::walk, RoadClass::arterial), speed_of(Pace::walk, RoadClass::lane));
}

TEST(Reach, KnowsWhichWaysTurnBack) {
    const Roads roads({road({{-200, 0}, {0, 0}, {200, 0}}), road({{0, 0}, {0, 200}}), road({{-200, 0}, {-200, 200}})});
    const Reach reach(roads, {.at = at(-50, 0), .pace = Pace::run, .heading_deg = 90}, 90);
    for (const auto edge : reach.edges()) {
        const auto middle = roads.spot(edge, roads.edge(edge).length_m / 2);
        const auto arrival = reach.arrival(edge, roads.edge(edge).length_m / 2);
        EXPECT_EQ(arrival.turns_back, roads.plane().position_of(middle).lon < at(-50, 0).lon) << middle.x;
    }
    const Reach unknown(roads, {.at = at(-50, 0), .pace = Pace::run}, 90);
    for (const auto edge : unknown.edges()) EXPECT_FALSE(unknown.arrival(edge, 0).turns_back);
}

TEST(Reach, WhoIsFarFromEveryRoadIsOnNone) {
    const Roads roads(grid(3, 100));
    EXPECT_FALSE(Reach(roads, {.at = at(2000, 0)}, 60).is_on_road());
    EXPECT_TRUE(Reach(roads, {.at = at(2000, 0)}, 60).lines(60, 10).empty());
    EXPECT_FALSE(Reach(Roads(), {.at = at(0, 0)}, 60).is_on_road());
    EXPECT_TRUE(Reach(roads, {.at = at(350, 350)}, 60).is_on_road()) << "beside the last corner";
}

/// Whatever town: no place is reached sooner than by the straight line at the top speed.
TEST(Reach, NobodyIsFasterThanTheFastestClass) {
    std::mt19937_64 random(7);  // NOLINT: the same towns each run.
    std::uniform_real_distribution<double> metres(-600, 600);
    std::uniform_int_distribution<int> any(0, 2);
    for (int town = 0; town < 40; ++town) {
        std::vector<Road> all = grid(4, 90, RoadClass::lane);
        for (int i = 0; i < 30; ++i) all.push_back(road({{90.0 * any(random), 90.0 * any(random)}, {metres(random), metres(random)}, {metres(random), metres(random)}}, static_cast<RoadClass>(any(random))));
        const Roads roads(all);
        for (const auto pace : {Pace::walk, Pace::run, Pace::car, Pace::unknown}) {
            const Reach reach(roads, {.at = at(metres(random) / 2, metres(random) / 2), .pace = pace}, 60);
            for (const auto edge : reach.edges()) {
                for (const double share : {0.0, 0.3, 1.0}) {
                    const double along = roads.edge(edge).length_m * share;
                    const double straight = distance_m(reach.from(), roads.spot(edge, along)) / top_speed_of(pace);
                    EXPECT_GE(reach.arrival(edge, along).at_s, straight - 1e-6);
                }
            }
            for (const auto& line : reach.lines(60, 10'000)) {
                for (const auto& spot : line) EXPECT_LE(distance_m(reach.from(), spot), 60 * top_speed_of(pace) + 1e-6);
            }
        }
    }
}

std::size_t ways(const Roads& roads, double east, double north, Pace pace, double near_s = 5, double until_s = 60) {
    const Reach reach(roads, {.at = at(east, north), .pace = pace}, until_s);
    const auto cut = least_cut(reach, near_s, 24);
    EXPECT_TRUE(cut.is_whole);
    return cut.pieces.size();
}

TEST(LeastCut, CountsTheWaysOut) {
    EXPECT_EQ(ways(Roads({road({{-900, 0}, {900, 0}})}), 0, 0, Pace::run), 2U) << "along a road there are two";
    EXPECT_EQ(ways(Roads({road({{-900, 0}, {20, 0}})}), 0, 0, Pace::run), 1U) << "before its end one";
    EXPECT_EQ(ways(Roads({road({{-100, 0}, {100, 0}})}), 0, 0, Pace::run), 0U) << "none within a dead end";
    EXPECT_EQ(ways(Roads(grid(20, 100)), 0, 0, Pace::walk), 4U) << "at a crossing four";
    EXPECT_EQ(ways(Roads(grid(20, 100)), 50, 0, Pace::walk), 2U) << "between two crossings two";
}

//   a quarter of many streets whose only ways on are two bridges
TEST(LeastCut, FindsTheBridges) {
    auto all = grid(2, 60);
    all.push_back(road({{120, 0}, {900, 0}}));
    all.push_back(road({{-120, 60}, {-900, 60}}));
    const Roads roads(all);
    const Reach reach(roads, {.at = at(0, 0), .pace = Pace::run}, 90);
    const auto cut = least_cut(reach, 10, 24);
    ASSERT_TRUE(cut.is_whole);
    ASSERT_EQ(cut.pieces.size(), 2U);
    for (const auto& piece : cut.pieces) EXPECT_NEAR(roads.edge(piece.edge).length_m, 780, 0.1);
    EXPECT_EQ(cut.farther.size(), 2U);
}

TEST(LeastCut, ASecondOneLiesFartherOut) {
    // One way on, in three pieces: each of them is as good.
    const Roads roads({road({{-60, 0}, {100, 0}}), road({{100, 0}, {200, 0}}), road({{100, 0}, {100, 30}}), road({{200, 0}, {900, 0}}), road({{200, 0}, {200, 30}})});
    const Reach reach(roads, {.at = at(0, 0), .pace = Pace::run}, 60);
    const auto cut = least_cut(reach, 10, 24);
    ASSERT_EQ(cut.pieces.size(), 1U);
    ASSERT_EQ(cut.farther.size(), 1U);
    EXPECT_NEAR(roads.edge(cut.pieces[0].edge).length_m, 160, 0.1);
    EXPECT_NEAR(roads.edge(cut.farther[0].edge).length_m, 700, 0.1);
}

TEST(LeastCut, MoreWaysThanAskedForAreSomeOfThem) {
    const Roads roads(grid(30, 50, RoadClass::lane));
    const Reach reach(roads, {.at = at(0, 0)}, 100);
    const auto cut = least_cut(reach, 60, 8);
    EXPECT_FALSE(cut.is_whole);
    EXPECT_EQ(cut.pieces.size(), 8U);
}

/// Whoever goes from the middle to the horizon goes through a piece of the cut.
TEST(LeastCut, NobodyGetsPast) {
    std::mt19937_64 random(11);  // NOLINT: the same towns each run.
    std::bernoulli_distribution is_there(0.75);
    for (int town = 0; town < 60; ++town) {
        std::vector<Road> all;
        for (int i = -8; i <= 8; ++i) {
            for (int j = -8; j <= 8; ++j) {
                if (is_there(random)) all.push_back(road({{i * 80.0, j * 80.0}, {(i + 1) * 80.0, j * 80.0}}));
                if (is_there(random)) all.push_back(road({{i * 80.0, j * 80.0}, {i * 80.0, (j + 1) * 80.0}}));
            }
        }
        const Roads roads(all);
        const Reach reach(roads, {.at = at(3, 0), .pace = Pace::run}, 60);
        const auto cut = least_cut(reach, 10, 24);
        if (!cut.is_whole) continue;
        // By turns, for both are promised.
        const auto& pieces = town % 2 == 0 ? cut.pieces : cut.farther;
        const auto is_watched = [&](std::uint32_t edge) { return std::any_of(pieces.begin(), pieces.end(), [&](const Piece& piece) { return piece.edge == edge; }); };
        std::vector<std::uint32_t> open;
        std::vector<bool> seen(roads.nodes(), false);
        const auto come = [&](std::uint32_t node) {
            if (!seen[node]) open.push_back(node);
            seen[node] = true;
        };
        for (const auto& start : reach.starts()) {
            if (is_watched(start.edge)) continue;
            come(roads.edge(start.edge).from);
            come(roads.edge(start.edge).to);
        }
        for (std::uint32_t node = 0; node < roads.nodes(); ++node) {
            if (reach.arrival(node).at_s <= 10) come(node);
        }
        while (!open.empty()) {
            const auto here = open.back();
            open.pop_back();
            ASSERT_LE(reach.arrival(here).at_s, 60) << "town " << town;
            for (const auto edge : roads.edges_at(here)) {
                if (!is_watched(edge)) come(roads.other_end(roads.edge(edge), here));
            }
        }
    }
}

}  // namespace
}  // namespace bongsu::coverage
