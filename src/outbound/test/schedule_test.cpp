#include "outbound/schedule.hpp"

#include <gtest/gtest.h>

#include "env/sim/sim_world.hpp"

namespace bongsu::outbound {
namespace {

using namespace std::chrono_literals;

constexpr event::Profile::Retry kRetry{.first = 1s, .cap = 60s, .attempts = 0};

TEST(Schedule, WaitsDoubleToTheirCapWithChance) {
    env::sim::World world{1};
    for (int failures = 1; failures < 40; ++failures) {
        const auto whole = std::min<std::chrono::milliseconds>(60s, 1s * (1LL << std::min(failures - 1, 20)));
        const auto wait = wait_after(kRetry, failures, world.env.random);
        EXPECT_LE(wait, whole) << failures;
        EXPECT_GE(wait, whole / 2) << failures;
    }
    EXPECT_LE(wait_after(kRetry, INT64_MAX, world.env.random), 60s);
}

TEST(Schedule, OneTryAtATimeForEachPartner) {
    env::sim::World world{1};
    Schedule schedule;
    const MonoTime now{1h};
    EXPECT_TRUE(schedule.begin("fire", now));
    EXPECT_FALSE(schedule.begin("fire", now));
    EXPECT_TRUE(schedule.begin("police", now)) << "a partner holds up itself alone";

    schedule.ended("fire");
    EXPECT_TRUE(schedule.begin("fire", now));
}

TEST(Schedule, AFailedTryWaitsAndASuccessForgetsIt) {
    env::sim::World world{1};
    Schedule schedule;
    MonoTime now{1h};
    auto last = 0ms;
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(schedule.begin("fire", now));
        const auto at = schedule.failed("fire", kRetry, now, world.env.random);
        const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(at - now);
        EXPECT_GE(wait, last) << i;
        EXPECT_FALSE(schedule.begin("fire", at - 1ms));
        last = wait;
        now = at;
    }
    ASSERT_TRUE(schedule.begin("fire", now));
    schedule.ended("fire");
    EXPECT_TRUE(schedule.begin("fire", now));
    EXPECT_LE(schedule.failed("fire", kRetry, now, world.env.random) - now, 1s) << "the count begins anew";
}

TEST(Schedule, WhatALostBatchBeganMayBeginAgain) {
    Schedule schedule;
    const MonoTime now{1h};
    ASSERT_TRUE(schedule.begin("fire", now));
    ASSERT_TRUE(schedule.begin("police", now));
    schedule.forget("fire");
    schedule.forget("nobody");
    EXPECT_TRUE(schedule.begin("fire", now));
    EXPECT_FALSE(schedule.begin("police", now)) << "another batch's, which is under way";
}

}  // namespace
}  // namespace bongsu::outbound
