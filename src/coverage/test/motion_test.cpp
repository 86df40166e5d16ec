#include "coverage/motion.hpp"

#include <gtest/gtest.h>

#include "coverage/test/town.hpp"

namespace bongsu::coverage {
namespace {

using namespace std::chrono_literals;

Fix fix(double east, double north, std::chrono::seconds after) { return {at(east, north), WallTime{std::chrono::seconds{1'800'000'000}} + after}; }

TEST(Motion, OnePlaceIsNone) {
    EXPECT_FALSE(motion_of({}).moves);
    EXPECT_FALSE(motion_of({fix(0, 0, 0s)}).moves);
    const auto still = motion_of({fix(0, 0, 0s), fix(4, 3, 5s), fix(-3, 2, 10s)});
    EXPECT_FALSE(still.moves) << "a device's own unrest";
    EXPECT_EQ(still.pace, Pace::unknown);
    EXPECT_FALSE(still.heading_deg);
}

TEST(Motion, PaceAndHeadingComeFromTheTrail) {
    const auto walks = motion_of({fix(0, 0, 0s), fix(15, 0, 10s), fix(30, 0, 20s)});
    EXPECT_TRUE(walks.moves);
    EXPECT_EQ(walks.pace, Pace::walk);
    ASSERT_TRUE(walks.heading_deg);
    EXPECT_NEAR(*walks.heading_deg, 90, 0.5);
    EXPECT_NEAR(walks.speed_m_s, 1.5, 0.01);
    EXPECT_EQ(motion_of({fix(0, 0, 0s), fix(0, 40, 10s)}).pace, Pace::run);
    EXPECT_EQ(motion_of({fix(0, 0, 0s), fix(0, -140, 10s)}).pace, Pace::car);
    EXPECT_NEAR(*motion_of({fix(0, 0, 0s), fix(0, -140, 10s)}).heading_deg, 180, 0.5);
}

TEST(Motion, WhoRanAMinuteAgoMayRunAgain) {
    EXPECT_EQ(motion_of({fix(0, 0, 0s), fix(50, 0, 10s), fix(62, 0, 20s), fix(74, 0, 30s)}).pace, Pace::run);
    EXPECT_EQ(motion_of({fix(0, 0, 0s), fix(50, 0, 10s), fix(350, 0, 400s)}).pace, Pace::walk) << "long ago is another matter";
}

TEST(Motion, StandingForLongMakesNobodySlow) {
    EXPECT_EQ(motion_of({fix(0, 0, 0s), fix(2, 0, 590s), fix(50, 0, 600s)}).pace, Pace::run);
}

TEST(Motion, AJumpTellsNothing) {
    const auto jumped = motion_of({fix(0, 0, 0s), fix(15, 0, 10s), fix(9000, 0, 20s)});
    EXPECT_TRUE(jumped.moves);
    EXPECT_EQ(jumped.pace, Pace::unknown);
    EXPECT_FALSE(jumped.heading_deg);
    EXPECT_EQ(motion_of({fix(0, 0, 0s), fix(300, 0, 0s)}).pace, Pace::unknown) << "two places at one time";
    EXPECT_EQ(motion_of({fix(0, 0, 0s), fix(9000, 0, 10s), fix(9015, 0, 20s)}).pace, Pace::walk) << "it goes on from there";
}

TEST(Motion, AnOldHeadingIsNone) {
    EXPECT_FALSE(motion_of({fix(0, 0, 0s), fix(50, 0, 30s), fix(51, 0, 300s)}).heading_deg);
}

}  // namespace
}  // namespace bongsu::coverage
