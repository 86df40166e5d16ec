#include <gtest/gtest.h>

#include <array>
#include <set>

#include "env/sim/sim_world.hpp"

namespace bongsu::env::sim {
namespace {

using namespace std::chrono_literals;

TEST(SimClock, StandsStillUntilItIsMoved) {
    SimClock clock(from_us(1000));
    const auto start = clock.mono();

    clock.advance(1500ns);
    clock.advance(500ns);
    EXPECT_EQ(clock.wall(), from_us(1002));
    EXPECT_EQ(clock.mono() - start, 2000ns);

    clock.set_wall(from_us(5));
    EXPECT_EQ(clock.wall(), from_us(5));
    EXPECT_EQ(clock.mono() - start, 2000ns);
}

TEST(SimRandom, IsSplitMix64) {
    // Reference values of the generator by Sebastiano Vigna (prng.di.unimi.it/splitmix64.c) for seed 1234567.
    SimRandom random(1234567);
    for (const std::uint64_t expected :
         {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL}) {
        std::array<std::uint8_t, 8> bytes{};
        random.fill(bytes);
        std::uint64_t value = 0;
        for (int i = 7; i >= 0; --i) value = value << 8U | bytes[static_cast<std::size_t>(i)];
        EXPECT_EQ(value, expected);
    }
}

TEST(SimRandom, BelowReachesAllValuesAndNoOther) {
    World world(1);
    std::array<int, 6> seen{};
    for (int i = 0; i < 6000; ++i) ++seen.at(world.random.below(6));
    for (const int count : seen) EXPECT_GT(count, 800);
    EXPECT_EQ(world.random.below(1), 0U);
}

TEST(SimWorld, RepeatsItselfForOneSeed) {
    World a(7), b(7), c(8);
    const auto id = a.env.ulid();
    EXPECT_EQ(id, b.env.ulid());
    EXPECT_NE(id, c.env.ulid());
}

TEST(SimBuggify, TakesTheSameBranchesForTheSameSeedWhoeverElseAsks) {
    std::uint64_t taken = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SimBuggify one(seed), other(seed);
        for (int visit = 0; visit < 2000; ++visit) {
            static_cast<void>(other.happens("somebody.else"));
            const bool happens = one.happens("journal.new_segment");
            ASSERT_EQ(happens, other.happens("journal.new_segment")) << seed;
            taken += happens ? 1 : 0;
        }
        EXPECT_LE(one.taken().at("journal.new_segment"), SimBuggify::kTakenMax);
    }
    EXPECT_GT(taken, 4 * SimBuggify::kTakenMax);
    EXPECT_LT(taken, 20 * SimBuggify::kTakenMax);
}

TEST(SimBuggify, ArmsAPlaceInSomeRunsAndNotInOthers) {
    std::uint64_t runs = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        SimBuggify rare(seed);
        for (int visit = 0; visit < 400; ++visit) static_cast<void>(rare.happens("journal.new_segment"));
        if (rare.taken().at("journal.new_segment") > 0) ++runs;
    }
    EXPECT_GT(runs, 60U);
    EXPECT_LT(runs, 140U);
}

TEST(SimBuggify, NothingHappensWhileItIsOffNorWithoutOne) {
    SimBuggify rare(7);
    rare.enable(false);
    for (int visit = 0; visit < 400; ++visit) EXPECT_FALSE(rare.happens("a"));
    EXPECT_TRUE(rare.taken().empty());
    World world(7);
    EXPECT_FALSE(world.env.buggify("a"));
}

class SimDiskTest : public testing::Test {
  protected:
    World world{42};
    SimDisk& disk = world.disk;
    void SetUp() override { ASSERT_TRUE(disk.make_folders("data/journal")); }
};

TEST_F(SimDiskTest, WhatWasSyncedSurvivesEveryCrash) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        World other(seed);
        ASSERT_TRUE(other.disk.make_folders("data"));
        auto file = other.disk.open("data/a").value();
        ASSERT_TRUE(file->append("synced"));
        ASSERT_TRUE(file->sync());
        ASSERT_TRUE(file->append("not synced"));

        other.disk.crash(other.random);

        const auto bytes = other.disk.read("data/a").value();
        EXPECT_TRUE(bytes.starts_with("synced"));
        EXPECT_TRUE(std::string("syncednot synced").starts_with(bytes));
        EXPECT_EQ(file->append("x").error().kind, ErrorKind::unavailable);
    }
}

TEST_F(SimDiskTest, CrashesTearUnsyncedWritesAtAnyByte) {
    std::set<std::size_t> sizes;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        World other(seed);
        ASSERT_TRUE(other.disk.make_folders("data"));
        const auto file = other.disk.open("data/a").value();
        ASSERT_TRUE(file->append("12345"));
        ASSERT_TRUE(file->append("67890"));
        other.disk.crash(other.random);
        sizes.insert(other.disk.read("data/a").value().size());
    }
    EXPECT_EQ(sizes.size(), 11U);
}

TEST_F(SimDiskTest, ReplaceIsOldOrNewAtEveryStepOfAPowerCut) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        World other(seed);
        ASSERT_TRUE(other.disk.make_folders("data"));
        ASSERT_TRUE(other.disk.replace("data/a", "old"));
        other.disk.power_off_after(seed % 6);
        const bool done = other.disk.replace("data/a", "new").has_value();

        other.disk.crash(other.random);

        const auto bytes = other.disk.read("data/a").value();
        seen.insert(bytes);
        if (done) {
            EXPECT_EQ(bytes, "new");
        }
    }
    EXPECT_EQ(seen, (std::set<std::string>{"new", "old"}));
}

TEST_F(SimDiskTest, AFileWhoseFolderWasNotSyncedMayBeGone) {
    bool kept = false;
    bool lost = false;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        World other(seed);
        ASSERT_TRUE(other.disk.make_folders("data"));
        other.disk.power_off_after(1);
        EXPECT_FALSE(other.disk.open("data/a"));
        other.disk.crash(other.random);
        (other.disk.exists("data/a") ? kept : lost) = true;
    }
    EXPECT_TRUE(kept);
    EXPECT_TRUE(lost);
}

TEST_F(SimDiskTest, AFullDiskTakesHalfAndSaysExhausted) {
    const auto file = disk.open("data/journal/a").value();
    disk.disk_full(true);
    EXPECT_EQ(file->append("1234").error().kind, ErrorKind::exhausted);
    EXPECT_EQ(file->size(), 2U);
    ASSERT_TRUE(file->truncate(0));
    disk.disk_full(false);
    EXPECT_TRUE(file->append("1234"));

    disk.fail_write(2);
    EXPECT_TRUE(file->append("5"));
    EXPECT_FALSE(file->append("6"));
    EXPECT_TRUE(file->append("7"));
}

TEST_F(SimDiskTest, AFailedSyncLosesWhatStillReadsBack) {
    const auto file = disk.open("data/journal/a").value();
    ASSERT_TRUE(file->append("gone"));
    disk.fail_sync(1);
    EXPECT_EQ(file->sync().error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(disk.read("data/journal/a").value(), "gone");

    disk.crash(world.random);

    EXPECT_EQ(disk.read("data/journal/a").value(), "");
}

TEST_F(SimDiskTest, ListsLikeTheRealOne) {
    ASSERT_TRUE(disk.open("data/b"));
    ASSERT_TRUE(disk.open("data/a"));
    EXPECT_EQ(disk.list("data").value(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(disk.list_folders("data").value(), std::vector<std::string>{"journal"});
    EXPECT_TRUE(disk.list("nowhere").value().empty());
    EXPECT_EQ(disk.open("nowhere/a").error().kind, ErrorKind::not_found);
    EXPECT_EQ(disk.read("data/c").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace bongsu::env::sim
