#include "footage/scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bongsu::footage {
namespace {

bool same(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second) {
    return std::equal(first.begin(), first.end(), second.begin(), second.end());
}

TEST(Canvas, PaintsWhatIsInsideAndClipsTheRest) {
    Canvas canvas(64, 32);
    canvas.rectangle(-10, -10, 200, 200, {.colour = {0, 0, 0}});
    canvas.rectangle(10, 4, 20, 8, {.colour = {1, 1, 1}});
    EXPECT_EQ(canvas.luma()[5 * 64 + 15], 235);
    EXPECT_EQ(canvas.luma()[5 * 64 + 25], 16);
    canvas.disc({1'000'000, -1'000'000}, 5, 5, {.colour = {1, 1, 1}});
    EXPECT_EQ(canvas.bytes().size(), 64U * 32U * 3U / 2U);
}

TEST(Canvas, WhatStandsInFrontHidesWhatComesBehind) {
    Canvas canvas(64, 32);
    canvas.rectangle(0, 0, 64, 32, {.colour = {0, 0, 0}});
    canvas.rectangle(10, 0, 20, 32, {.colour = {0.5F, 0.5F, 0.5F}, .depth = 8, .hides = true});
    canvas.rectangle(0, 0, 64, 32, {.colour = {1, 1, 1}, .depth = 12});
    EXPECT_LT(canvas.luma()[15], 140);
    EXPECT_EQ(canvas.luma()[30], 235);
    canvas.rectangle(0, 0, 64, 32, {.colour = {1, 1, 1}, .depth = 5});
    EXPECT_EQ(canvas.luma()[15], 235);
}

TEST(Scene, TheSameSeedDrawsTheSamePictureAndEachCameraAnother) {
    const Scene first = draw_scene(1, 13, Ground::street);
    EXPECT_TRUE(same(first.background.bytes(), draw_scene(1, 13, Ground::street).background.bytes()));
    EXPECT_FALSE(same(first.background.bytes(), draw_scene(2, 13, Ground::street).background.bytes()));
    EXPECT_FALSE(same(first.background.bytes(), draw_scene(1, 14, Ground::street).background.bytes()));
    EXPECT_FALSE(same(first.background.bytes(), draw_scene(1, 13, Ground::park).background.bytes()));
}

TEST(Scene, SomethingMovesFromFrameToFrameAndTheLoopCloses) {
    const Scene scene = draw_scene(1, 3, Ground::park);
    Canvas first = scene.background;
    Canvas second = scene.background;
    draw_frame(scene, 0, first);
    draw_frame(scene, 5, second);
    EXPECT_FALSE(same(first.bytes(), second.bytes()));
    draw_frame(scene, 0, second);
    EXPECT_TRUE(same(first.bytes(), second.bytes()));
}

TEST(Scene, PicturesAreNeitherBlackNorFlatAtAnyHour) {
    for (int number = 0; number < 8; ++number) {
        const Scene scene = draw_scene(1, number, number < 4 ? Ground::park : Ground::street);
        const auto luma = scene.background.luma();
        const auto [dark, bright] = std::minmax_element(luma.begin(), luma.end());
        EXPECT_GT(*bright - *dark, 60) << number;
    }
}

}  // namespace
}  // namespace bongsu::footage
