#include "ingest/reorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "media/rtp.hpp"

namespace bongsu::ingest {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

Bytes packet(std::uint16_t sequence, std::uint32_t content = 0) {
    Bytes out(media::kRtpHeaderSize + 4);
    media::write_rtp_header(out.data(), {.sequence = sequence});
    media::write_u32(out.data() + media::kRtpHeaderSize, content);
    return out;
}

class ReorderTest : public testing::Test {
  protected:
    void add(std::uint16_t sequence) { reorder.add(packet(sequence), now); }
    void add_all(std::initializer_list<int> sequences) {
        for (const int one : sequences) add(static_cast<std::uint16_t>(one));
    }
    std::vector<int> out;
    Reorder reorder{100ms, [this](std::span<const std::uint8_t> one) { out.push_back(media::read_u16(one.data() + 2)); }};
    MonoTime now{1h};
};

TEST_F(ReorderTest, WhatComesInOrderIsHandedOnAtOnce) {
    add_all({65534, 65535, 0, 1});

    EXPECT_EQ(out, (std::vector<int>{65534, 65535, 0, 1}));
    EXPECT_FALSE(reorder.deadline());
}

TEST_F(ReorderTest, AnEarlyPacketWaitsForTheOneBeforeIt) {
    add_all({7, 9, 10});
    EXPECT_EQ(out, (std::vector<int>{7}));

    add(8);

    EXPECT_EQ(out, (std::vector<int>{7, 8, 9, 10}));
    EXPECT_EQ(reorder.counters().reordered, 2U);
    EXPECT_EQ(reorder.counters().lost, 0U);
}

TEST_F(ReorderTest, AGapIsGivenUpAfterItsTimeAndItsPacketIsLateThen) {
    add_all({1, 3});
    EXPECT_EQ(reorder.deadline(), now + 100ms);
    now += 99ms;
    reorder.tick(now);
    EXPECT_EQ(out, (std::vector<int>{1}));
    now += 1ms;
    reorder.tick(now);

    add(2);

    EXPECT_EQ(out, (std::vector<int>{1, 3}));
    EXPECT_EQ(reorder.counters().lost, 1U);
    EXPECT_EQ(reorder.counters().late, 1U);
    EXPECT_EQ(reorder.counters().duplicates, 0U);
}

TEST_F(ReorderTest, AFullWindowGivesUpItsOldestGap) {
    add(1);
    for (int i = 3; i < 3 + 64; ++i) add(static_cast<std::uint16_t>(i));

    ASSERT_EQ(out.size(), 65U);
    EXPECT_EQ(out[1], 3);
    EXPECT_EQ(reorder.counters().lost, 1U);
    EXPECT_EQ(reorder.waiting(), 0U);
}

TEST_F(ReorderTest, DuplicatesAreDroppedWhereverTheyCome) {
    add_all({1, 1, 3, 3, 2, 2, 3});

    EXPECT_EQ(out, (std::vector<int>{1, 2, 3}));
    EXPECT_EQ(reorder.counters().duplicates, 4U);
}

TEST_F(ReorderTest, ALargeGapIsCountedAndNotWaitedFor) {
    add_all({1, 1500});
    now += 100ms;
    reorder.tick(now);

    EXPECT_EQ(out, (std::vector<int>{1, 1500}));
    EXPECT_EQ(reorder.counters().lost, 1498U);
}

TEST_F(ReorderTest, ARestartedSequenceIsBelievedWithItsSecondPacket) {
    add_all({100, 102, 40000, 40001, 40002});

    EXPECT_EQ(out, (std::vector<int>{100, 102, 40000, 40001, 40002}));
    EXPECT_EQ(reorder.counters().restarts, 1U);
    EXPECT_EQ(reorder.counters().odd, 0U);
}

TEST_F(ReorderTest, OneStrayNumberChangesNothing) {
    add_all({100, 40000, 101, 50000, 102});

    EXPECT_EQ(out, (std::vector<int>{100, 101, 102}));
    EXPECT_EQ(reorder.counters().odd, 2U);
}

TEST_F(ReorderTest, ItsMemoryIsLetGoOfWhenTheNetworkIsCalm) {
    add_all({0, 2, 1});
    for (int i = 3; i < 10'000; ++i) add(static_cast<std::uint16_t>(i));

    EXPECT_EQ(out.size(), 10'000U);
    EXPECT_EQ(reorder.counters().reordered, 1U);
}

/// A network that loses, delays and doubles, each with a chance of `percent`; a packet is delayed by up to `spread`.
struct Channel {
    std::mt19937 seeded;
    int percent;
    std::chrono::milliseconds spread;
    std::multimap<MonoTime, std::uint32_t> arrivals(std::uint32_t packets) {
        std::multimap<MonoTime, std::uint32_t> out;
        const auto happens = [&] { return static_cast<int>(seeded() % 100) < percent; };
        for (std::uint32_t i = 0; i < packets; ++i) {
            const MonoTime sent = MonoTime{1h} + i * 2ms;
            if (happens()) continue;
            const auto delay = [&] {
                return happens() ? std::chrono::milliseconds(seeded() % static_cast<unsigned>(spread.count())) : 0ms;
            };
            out.emplace(sent + delay(), i);
            if (happens()) out.emplace(sent + delay() + 1ms, i);
        }
        return out;
    }
};

TEST(ReorderProperty, EveryPacketIsHandedOnOnceAndInOrderAndEachThatIsNotIsCounted) {
    for (std::uint32_t seed = 0; seed < 400; ++seed) {
        Channel channel{std::mt19937(seed), static_cast<int>(seed % 30), 1ms + std::chrono::milliseconds(seed % 300)};
        const auto first = static_cast<std::uint16_t>(channel.seeded());
        std::vector<std::uint32_t> out;
        Reorder reorder(100ms, [&](std::span<const std::uint8_t> one) {
            out.push_back(media::read_u32(one.data() + media::kRtpHeaderSize));
        });
        const auto arrivals = channel.arrivals(3'000);
        std::map<std::uint32_t, int> came;
        MonoTime now{};
        for (const auto& [at, number] : arrivals) {
            now = at;
            ++came[number];
            reorder.add(packet(static_cast<std::uint16_t>(first + number), number), now);
            ASSERT_LE(reorder.waiting(), Reorder::kWindow);
            // Nothing waits for longer than its time.
            const auto due = reorder.deadline();
            ASSERT_TRUE(!due || *due > now);
        }
        reorder.tick(now + 1s);

        ASSERT_TRUE(std::is_sorted(out.begin(), out.end())) << seed;
        ASSERT_EQ(std::adjacent_find(out.begin(), out.end()), out.end()) << seed;
        const auto& count = reorder.counters();
        ASSERT_EQ(count.restarts + count.odd, 0U) << seed;
        ASSERT_EQ(out.size() + count.duplicates + count.late, arrivals.size()) << seed;
        ASSERT_FALSE(out.empty());
        ASSERT_EQ(out.back() - out.front() + 1, out.size() + count.lost) << seed;
        // Where nothing is delayed beyond the window, only what never came is missing.
        if (channel.spread < 100ms) {
            const auto skipped = std::count_if(came.begin(), came.end(), [&](const auto& one) { return one.first < out.front(); });
            ASSERT_EQ(out.size(), came.size() - static_cast<std::size_t>(skipped)) << seed;
        }
    }
}

TEST(ReorderProperty, AnyNumbersAreTakenWithoutHarm) {
    std::mt19937 seeded(3);
    std::uint64_t handed = 0;
    Reorder reorder(100ms, [&](std::span<const std::uint8_t>) { ++handed; });
    MonoTime now{1h};
    std::uint64_t added = 0;
    for (std::uint16_t sequence = 0; added < 300'000; ++added) {
        if (seeded() % 50 == 0) {
            sequence = static_cast<std::uint16_t>(seeded());
        } else {
            sequence = static_cast<std::uint16_t>(sequence + seeded() % 5);
        }
        now += std::chrono::milliseconds(seeded() % 3);
        auto one = packet(sequence);
        if (seeded() % 100 == 0) one.resize(seeded() % 12);
        reorder.add(one, now);
    }
    reorder.tick(now + 1s);
    const auto& count = reorder.counters();
    EXPECT_EQ(handed + count.duplicates + count.late + count.odd, added);
}

}  // namespace
}  // namespace bongsu::ingest
