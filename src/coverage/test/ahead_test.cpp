#include "coverage/ahead.hpp"

#include <gtest/gtest.h>

#include <iostream>

#include "coverage/test/town.hpp"

namespace bongsu::coverage {
namespace {

std::vector<std::string> ids(const std::vector<Coming>& coming) {
    std::vector<std::string> out;
    for (const auto& one : coming) out.push_back(one.id.value);
    return out;
}

using Ids = std::vector<std::string>;

AheadRule rule(std::size_t now = 0) {
    AheadRule out;
    out.now.count = now;
    return out;
}

//   A      B   target ->   C      D      each looks across the road from its south side
TEST(Ahead, NextAreThoseOnTheRoadInTheOrderOfArrival) {
    const Roads roads({road({{-500, 0}, {500, 0}})});
    const auto cameras = directory_of({eye("11200-a", -220, -15, 0), eye("11200-b", -80, -15, 0), eye("11200-c", 90, -15, 0), eye("11200-d", 200, -15, 0), eye("11200-far", 420, -15, 0), eye("11200-away", 60, -15, 180)});
    const auto ahead = look_ahead(cameras, roads, {.at = at(0, 0), .pace = Pace::run}, rule());
    EXPECT_TRUE(ahead.is_on_road);
    EXPECT_EQ(ids(ahead.next), (Ids{"11200-b", "11200-c", "11200-d", "11200-a"})) << "360 m in a minute: one is beyond, one looks away";
    EXPECT_NEAR(ahead.next[0].in_s, (80 - 8.7) / 6, 2.0);
    EXPECT_EQ(ahead.next[0].reasons[0].rfind("next:", 0), 0U);

    const auto eastward = look_ahead(cameras, roads, {.at = at(0, 0), .pace = Pace::run, .heading_deg = 90}, rule());
    EXPECT_EQ(ids(eastward.next), (Ids{"11200-c", "11200-b", "11200-d", "11200-a"})) << "who goes on comes sooner than who turns back";
}

TEST(Ahead, WhoSeesItNowIsNotNextToo) {
    const Roads roads({road({{-500, 0}, {500, 0}})});
    const auto cameras = directory_of({eye("11200-now", 0, -15, 0), eye("11200-next", 100, -15, 0)});
    const auto ahead = look_ahead(cameras, roads, {.at = at(0, 0), .pace = Pace::run}, rule(1));
    ASSERT_EQ(ahead.now.size(), 1U);
    EXPECT_EQ(ahead.now[0].id.value, "11200-now");
    EXPECT_EQ(ids(ahead.next), Ids{"11200-next"});
}

TEST(Ahead, AgeMovesTheWindowOn) {
    const Roads roads({road({{-1500, 0}, {1500, 0}})});
    std::vector<device::Camera> all;
    for (int i = 0; i < 20; ++i) all.push_back(eye("11200-" + std::to_string(100 + i), 40 + 60 * i, -15, 0));
    const auto cameras = directory_of(all);
    const auto fresh = look_ahead(cameras, roads, {.at = at(0, 0), .pace = Pace::run}, rule());
    const auto later = look_ahead(cameras, roads, {.at = at(0, 0), .age_s = 60, .pace = Pace::run}, rule());
    EXPECT_EQ(fresh.next.front().id.value, "11200-100");
    EXPECT_EQ(later.next.front().id.value, "11200-103") << "at half its speed it is at 180 m";
    EXPECT_EQ(later.next.front().in_s, 0) << "it may be there";
}

TEST(Ahead, AViewThroughAHouseIsNone) {
    const Roads roads({road({{-500, 0}, {500, 0}})});
    const auto cameras = directory_of({eye("11200-near", 60, -30, 0), eye("11200-far", 160, -30, 0)});
    const House house{{at(30, -20), at(90, -20), at(90, -10), at(30, -10)}, 12};
    const Occluders houses({house});
    auto with = rule();
    EXPECT_EQ(ids(look_ahead(cameras, roads, {.at = at(0, 0), .pace = Pace::run}, with).next), (Ids{"11200-near", "11200-far"}));
    with.now.houses = &houses;
    EXPECT_EQ(ids(look_ahead(cameras, roads, {.at = at(0, 0), .pace = Pace::run}, with).next), Ids{"11200-far"});
}

TEST(Ahead, ADeadEndIsNoWayOutAndACameraThereIsComeTo) {
    // One way on to the east; the west ends after 60 m.
    const Roads roads({road({{-60, 0}, {0, 0}, {100, 0}}), road({{100, 0}, {900, 0}})});
    const auto cameras = directory_of({eye("11200-end", -50, -15, 0), eye("11200-out", 150, -15, 0)});
    const auto ahead = look_ahead(cameras, roads, {.at = at(0, 0), .pace = Pace::run}, rule());
    EXPECT_EQ(ids(ahead.next), (Ids{"11200-end", "11200-out"}));
    ASSERT_EQ(ahead.exits.size(), 1U);
    EXPECT_TRUE(ahead.is_closed);
    ASSERT_TRUE(ahead.exits[0].camera);
    EXPECT_EQ(ahead.exits[0].camera->value, "11200-out");
}

TEST(Ahead, AnExitThatNoCameraSeesIsSaid) {
    const Roads roads(grid(20, 100));
    const auto cameras = directory_of({eye("11200-east", 50, -15, 0)});
    const auto ahead = look_ahead(cameras, roads, {.at = at(0, 0), .pace = Pace::walk}, rule());
    ASSERT_EQ(ahead.exits.size(), 4U);
    EXPECT_TRUE(ahead.is_closed);
    std::size_t watched = 0;
    for (const auto& one : ahead.exits) watched += one.camera ? 1 : 0;
    EXPECT_EQ(watched, 1U);
}

TEST(Ahead, ATurningCameraServesAndComesAfterOneThatLooksThere) {
    const Roads roads({road({{-500, 0}, {500, 0}})});
    auto turns = eye("11200-ptz", 60, -15, 180), fixed = eye("11200-fix", -60, -15, 0);
    turns.ptz = true;
    fixed.field_of_view = 150;
    const auto ahead = look_ahead(directory_of({turns, fixed}), roads, {.at = at(0, 0), .pace = Pace::run}, rule());
    EXPECT_EQ(ids(ahead.next), (Ids{"11200-fix", "11200-ptz"}));
}

TEST(Ahead, OnlyWhatIsLiveAndPermitted) {
    const Roads roads({road({{-500, 0}, {500, 0}})});
    auto gone = eye("11200-gone", 60, -15, 0);
    gone.state = device::State::not_connected;
    auto only = rule();
    only.now.permitted = [](const device::Camera& camera) { return camera.id.value != "11200-not"; };
    const auto ahead = look_ahead(directory_of({gone, eye("11200-not", 80, -15, 0), eye("11200-yes", 120, -15, 0)}), roads, {.at = at(0, 0), .pace = Pace::run}, only);
    EXPECT_EQ(ids(ahead.next), Ids{"11200-yes"});
}

TEST(Ahead, WithoutRoadsOrLongAgoNothingButNow) {
    const auto cameras = directory_of({eye("11200-now", 0, -15, 0), eye("11200-next", 100, -15, 0)});
    const auto none = look_ahead(cameras, Roads(), {.at = at(0, 0)}, rule(1));
    EXPECT_EQ(none.now.size(), 1U);
    EXPECT_FALSE(none.is_on_road);
    EXPECT_TRUE(none.next.empty() && none.exits.empty() && none.coming.empty());
    const Roads roads({road({{-500, 0}, {500, 0}})});
    const auto lost = look_ahead(cameras, roads, {.at = at(0, 0), .age_s = 600}, rule(1));
    EXPECT_TRUE(lost.is_lost);
    EXPECT_EQ(lost.now.size(), 1U);
    EXPECT_TRUE(lost.next.empty());
    EXPECT_FALSE(look_ahead(cameras, roads, {.at = at(0, 0), .age_s = 600, .pace = Pace::walk}, rule(1)).is_lost);
}

/// Whatever town and cameras: none sees a place that the fastest class does not reach, and each place is on a road that is reached in that time.
TEST(Ahead, NeverACameraBeyondWhatIsReached) {
    std::mt19937_64 random(3);  // NOLINT: the same towns each run.
    std::uniform_real_distribution<double> metres(-1500, 1500), degrees(0, 360), age(0, 30);
    for (int town = 0; town < 30; ++town) {
        const Roads roads(grid(16, 95, static_cast<RoadClass>(town % 3)));
        std::vector<device::Camera> all;
        for (int i = 0; i < 600; ++i) all.push_back(eye("11200-" + std::to_string(1000 + i), metres(random), metres(random), degrees(random)));
        const auto cameras = directory_of(all);
        for (const auto pace : {Pace::walk, Pace::run, Pace::car, Pace::unknown}) {
            const Seen seen{.at = at(metres(random) / 3, metres(random) / 3), .age_s = age(random), .pace = pace, .heading_deg = degrees(random)};
            auto wide = rule(4);
            wide.next = 12;
            const auto ahead = look_ahead(cameras, roads, seen, wide);
            if (ahead.is_lost) continue;
            const double most = top_speed_of(pace) * (seen.age_s + wide.horizon_s) * 1.003;  // The plane's error.
            const auto judge = [&](const CameraId& id, const device::Position& where) {
                EXPECT_LE(device::distance_m(seen.at, where), most);
                const auto* camera = cameras.find(id);
                EXPECT_LE(device::distance_m(camera->position(), where), static_cast<double>(camera->range_m) * 1.003);
                EXPECT_FALSE(roads.near(roads.plane().spot_of(where), 0.5).empty()) << "on a road";
            };
            for (const auto& one : ahead.next) judge(one.id, one.where);
            for (const auto& one : ahead.exits) {
                if (one.camera) judge(*one.camera, one.where);
            }
        }
    }
}

}  // namespace
}  // namespace bongsu::coverage
