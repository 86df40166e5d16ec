#include "coverage/occluders.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <numbers>
#include <random>

namespace bongsu::coverage {
namespace {

constexpr double kLon = 127.0, kLat = 37.5;

device::Position at(double east, double north) {
    const double degree = 6'371'008.8 * std::numbers::pi / 180;
    return {kLon + east / (degree * std::cos(kLat * std::numbers::pi / 180)), kLat + north / degree};
}

House box(double west, double south, double east, double north, double height) {
    return {{at(west, south), at(east, south), at(east, north), at(west, north)}, height};
}

//      eye   house   target
//   (0,0)   10..20   30,0
TEST(Occluders, AHouseInBetweenHidesAndALowOneDoesNot) {
    const Occluders tall({box(10, -5, 20, 5, 12)}), low({box(10, -5, 20, 5, 2)});
    EXPECT_TRUE(tall.is_hidden(at(0, 0), 5, at(30, 0)));
    EXPECT_FALSE(tall.is_hidden(at(0, 0), 5, at(9, 0))) << "before it";
    EXPECT_FALSE(tall.is_hidden(at(0, 0), 5, at(30, 20))) << "past it";
    EXPECT_TRUE(tall.is_hidden(at(30, 0), 5, at(0, 0))) << "and back";
    EXPECT_FALSE(low.is_hidden(at(0, 0), 8, at(30, 0))) << "over its roof: 3.67 m at its far edge";
    EXPECT_TRUE(low.is_hidden(at(0, 0), 8, at(21, 0))) << "1.8 m at its far edge";
    EXPECT_FALSE(Occluders().is_hidden(at(0, 0), 5, at(30, 0)));
}

TEST(Occluders, TheWallThatACameraHangsOnIsNotInItsWay) {
    const Occluders city({box(10, -5, 20, 5, 12)});
    EXPECT_FALSE(city.is_hidden(at(9.5, 0), 5, at(-20, 0)));
    EXPECT_FALSE(city.is_hidden(at(10.2, 0), 5, at(-20, 0))) << "drawn a little within";
    EXPECT_FALSE(city.is_hidden(at(15, 0), 13, at(60, 0))) << "on the roof";
    EXPECT_TRUE(city.is_hidden(at(0, 0), 5, at(15, 0))) << "who is in a house is hidden by it";
}

TEST(Occluders, ACourtyardIsSeenIntoOnlyFromAbove) {
    House ring{{at(0, 0), at(30, 0), at(30, 30), at(0, 30), at(0, 20), at(20, 20), at(20, 10), at(0, 10)}, 9};  // Open to the west.
    const Occluders city({ring});
    EXPECT_FALSE(city.is_hidden(at(-20, 15), 5, at(10, 15))) << "through the opening";
    EXPECT_TRUE(city.is_hidden(at(50, 15), 5, at(10, 15)));
    EXPECT_FALSE(city.is_hidden(at(50, 15), 60, at(10, 15)));
}

TEST(Occluders, OddHousesAreLeftOut) {
    const Occluders city({{{}, 9}, {{at(0, 0), at(1, 1)}, 9}, {{at(0, 0), at(10, 0), at(10, 10)}, 0}, {{at(0, 0), at(10, 0), at(10, 10)}, std::nan("")}});
    EXPECT_EQ(city.size(), 0U);
    EXPECT_FALSE(city.is_hidden(at(-5, 1), 2, at(20, 1)));
    const Occluders flat({box(10, -5, 10, 5, 9)});  // A wall without thickness.
    (void)flat.is_hidden(at(0, 0), 5, at(30, 0));
    (void)flat.is_hidden(at(0, 0), 5, at(0, 0));
}

/// Steps of 0.1 m along the line, each asked whether it stands in a house below its roof.
bool is_hidden_by_steps(const std::vector<House>& boxes, double ex, double ey, double eye_m, double tx, double ty) {
    const double length = std::hypot(tx - ex, ty - ey);
    const auto steps = static_cast<int>(length / 0.1) + 1;
    for (int i = 0; i <= steps; ++i) {
        const double t = static_cast<double>(i) / steps;
        const auto here = at(ex + (tx - ex) * t, ey + (ty - ey) * t);
        const double high = eye_m + (1.5 - eye_m) * t;
        for (const auto& house : boxes) {
            const bool inside = here.lon > house.outline[0].lon && here.lon < house.outline[2].lon && here.lat > house.outline[0].lat && here.lat < house.outline[2].lat;
            if (inside && high < house.height_m) return true;
        }
    }
    return false;
}

TEST(Occluders, AgreesWithWalkingAlongTheLine) {
    std::mt19937 chance(2019);
    const auto between = [&](double low, double high) { return low + (high - low) * std::generate_canonical<double, 32>(chance); };
    std::vector<House> boxes;
    for (int i = 0; i < 120; ++i) {
        const double x = between(-200, 200), y = between(-200, 200);
        boxes.push_back(box(x, y, x + between(5, 25), y + between(5, 25), between(3, 30)));
    }
    const Occluders city(boxes);
    int asked = 0, apart = 0, hidden = 0;
    for (int i = 0; i < 3000; ++i) {
        const double ex = between(-220, 220), ey = between(-220, 220), tx = ex + between(-80, 80), ty = ey + between(-80, 80);
        const double eye_m = between(3, 12);
        bool is_odd = false;  // Hangs on a house: that rule has its own test.
        for (const auto& house : boxes) {
            const auto eye = at(ex, ey);
            const double margin = 1.2 / 88'000;
            is_odd = is_odd || (eye.lon > house.outline[0].lon - margin && eye.lon < house.outline[2].lon + margin && eye.lat > house.outline[0].lat - margin && eye.lat < house.outline[2].lat + margin);
        }
        if (is_odd) continue;
        ++asked;
        const bool expected = is_hidden_by_steps(boxes, ex, ey, eye_m, tx, ty);
        hidden += expected ? 1 : 0;
        apart += city.is_hidden(at(ex, ey), eye_m, at(tx, ty)) != expected ? 1 : 0;
    }
    EXPECT_GT(asked, 1000);
    EXPECT_GT(hidden, asked / 5);
    EXPECT_LE(apart, asked / 500) << "of " << asked << ": corners that a step of 0.1 m misses";
}

}  // namespace
}  // namespace bongsu::coverage
