#include "place/geometry.hpp"

#include <gtest/gtest.h>

#include "place/dice.hpp"

namespace bongsu::place {
namespace {

TEST(Geometry, MetresAgreeWithTheEllipsoid) {
    // Seoul City Hall to the origin of EPSG:5186's zone row: 126.9779692 E to 127.0 E at 37.566535 N is
    // 1946.353 m east by that projection (200000 - 198053.647).
    EXPECT_NEAR(distance_m(Position{126.9779692, 37.566535}, Position{127.0, 37.566535}), 1946.4, 3.0);
}

TEST(Geometry, BearingsTurnClockwiseFromNorth) {
    const Position here{127.0, 37.5};
    EXPECT_NEAR(bearing_deg(here, {127.0, 37.6}), 0.0, 1e-9);
    EXPECT_NEAR(bearing_deg(here, {127.1, 37.5}), 90.0, 1e-9);
    EXPECT_NEAR(bearing_deg(here, {126.9, 37.5}), 270.0, 1e-9);
    EXPECT_NEAR(angle_between_deg(350, 20), 30.0, 1e-9);
    EXPECT_NEAR(bearing_deg(here, moved(here, 217, 300)), 217.0, 1e-6);
    EXPECT_NEAR(distance_m(here, moved(here, 217, 300)), 300.0, 1e-6);
}

TEST(Geometry, ClippingASquareLeavesItsHalf) {
    const Ring square{{0, 0}, {10, 0}, {10, 10}, {0, 10}};
    const Ring half = clipped(square, {1, 0}, 5);
    EXPECT_DOUBLE_EQ(area_m2(half), 50.0);
    EXPECT_TRUE(contains(half, {2, 5}));
    EXPECT_FALSE(contains(half, {7, 5}));
    EXPECT_TRUE(clipped(square, {1, 0}, -1).empty());
}

TEST(Geometry, SegmentsCrossOnlyWhereTheyDo) {
    EXPECT_TRUE(crosses({0, 0}, {10, 10}, {0, 10}, {10, 0}));
    EXPECT_FALSE(crosses({0, 0}, {4, 4}, {0, 10}, {10, 0}));
}

TEST(Geometry, DecimalsArePlainAndRounded) {
    const auto text = [](double value, int decimals) {
        std::string out;
        append_decimal(out, value, decimals);
        return out;
    };
    EXPECT_EQ(text(127.0374512, 6), "127.037451");
    EXPECT_EQ(text(-0.0000004, 6), "0");
    EXPECT_EQ(text(-1.5, 1), "-1.5");
    EXPECT_EQ(text(37.1000004, 6), "37.1");
    EXPECT_EQ(text(0.05, 2), "0.05");
    EXPECT_EQ(text(5.0, 1), "5");
}

TEST(Geometry, QuotedTextEscapesWhatJsonForbids) {
    std::string out;
    append_quoted(out, "서울 \"숲\"\\\n");
    EXPECT_EQ(out, "\"서울 \\\"숲\\\"\\\\\\u000a\"");
}

TEST(Dice, DrawsWhatSplitMix64Draws) {
    // The first outputs for seed 1234567 in the generator's published reference; our stream 0 skips one.
    Dice dice(1234567);
    EXPECT_EQ(dice.next(), 3203168211198807973U);
    EXPECT_EQ(dice.next(), 9817491932198370423U);
}

TEST(Dice, StreamsOfOneSeedDiffer) {
    EXPECT_NE(Dice(7, 1).next(), Dice(7, 2).next());
    EXPECT_EQ(Dice(7, 1).next(), Dice(7, 1).next());
}

}  // namespace
}  // namespace bongsu::place
