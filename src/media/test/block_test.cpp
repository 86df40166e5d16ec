#include "media/block.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "media/pool.hpp"

namespace bongsu::media {
namespace {

TEST(Block, ANewOneIsAsLargeAsAskedForAndInOnePiece) {
    const auto block = new_block(1000, 3);
    block->bytes.assign(1000, 7);
    block->packets.assign(3, {0, 1});

    EXPECT_EQ(block->bytes.capacity(), 1000U);
    EXPECT_EQ(block->packets.capacity(), 3U);
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(block.get());
    EXPECT_GT(block->bytes.data(), bytes);
    EXPECT_LT(block->bytes.data() + 1000, bytes + 1300);
}

TEST(Block, WhatIsPutInBeyondItsRoomComesFromTheHeap) {
    const auto block = new_block(10, 1);
    block->bytes.assign(10, 1);
    block->bytes.resize(5000, 2);
    block->packets.resize(100);

    EXPECT_EQ(block->bytes[9], 1);
    EXPECT_EQ(block->bytes[4999], 2);
}

TEST(Block, ACopyLivesOnItsOwn) {
    Block copy;
    {
        const auto block = new_block(4, 1);
        block->bytes = {1, 2, 3, 4};
        block->packets = {{1, 3}};
        copy = *block;
        const Block other = *block;
        EXPECT_EQ(other.bytes, copy.bytes);
    }
    EXPECT_EQ(copy.packet(0)[2], 4);
}

TEST(Block, ALargeOneComesFromTheHeap) {
    const auto block = new_block(Block::kBytesMax, 1);
    block->bytes.assign(Block::kBytesMax, 1);
    EXPECT_EQ(block->bytes.capacity(), Block::kBytesMax);
}

TEST(Row, BehavesAsAVectorInLentMemoryAndBeyondIt) {
    std::array<int, 4> memory{};
    for (const bool lent : {true, false}) {
        Row<int> row = lent ? Row<int>(memory.data(), memory.size()) : Row<int>{};
        std::vector<int> vector;
        const auto both = [&](const auto& change) {
            change(row);
            change(vector);
            EXPECT_TRUE(std::equal(row.begin(), row.end(), vector.begin(), vector.end()));
        };
        both([](auto& r) { r.push_back(1); });
        both([](auto& r) { r.insert(r.begin(), {7, 8}); });
        EXPECT_EQ(row.data() == memory.data(), lent);
        both([](auto& r) { r.insert(r.begin() + 1, 3, 5); });
        both([](auto& r) { r.push_back(r[0]); });
        both([](auto& r) { r.resize(40, r[1]); });
        both([](auto& r) { r.erase(r.begin() + 2, r.begin() + 20); });
        both([](auto& r) { r.resize(3); });
        both([](auto& r) { r.assign(9, r[2]); });
        EXPECT_NE(row.data(), memory.data());
        Row<int> copy = row;
        const Row<int> moved = std::move(row);
        EXPECT_EQ(copy, moved);
        copy.front() = -1;
        EXPECT_FALSE(copy == moved);
    }
}

/// Pieces of any size come and go; each keeps what was written into it.
TEST(Pool, NoTwoPiecesOverlap) {
    Pool pool;
    struct Taken {
        std::uint8_t* at;
        std::size_t size;
        std::uint8_t fill;
    };
    std::vector<Taken> taken;
    std::mt19937 random(7);  // tidy-ok: the same each time
    const auto give = [&](std::size_t i) {
        EXPECT_TRUE(std::all_of(taken[i].at, taken[i].at + taken[i].size, [&](auto byte) { return byte == taken[i].fill; }));
        pool.give(taken[i].at, taken[i].size);
        taken[i] = taken.back();
        taken.pop_back();
    };
    for (int step = 0; step < 20'000; ++step) {
        if (taken.size() > 300 || (!taken.empty() && random() % 5 < 2)) {
            give(random() % taken.size());
        } else {
            const std::size_t size = random() % 50 == 0 ? random() % (Pool::kPieceMax + 100'000) : random() % 20'000;
            const auto fill = static_cast<std::uint8_t>(random());
            auto* const at = static_cast<std::uint8_t*>(pool.take(size));
            ASSERT_EQ(reinterpret_cast<std::uintptr_t>(at) % 16, 0U);
            std::memset(at, fill, size);
            taken.push_back({at, size, fill});
        }
    }
    while (!taken.empty()) give(taken.size() - 1);

    EXPECT_EQ(pool.use().taken, 0U);
    EXPECT_LE(pool.use().held, Pool::kChunk);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // Which take each piece from the heap.
/// 300 cameras whose groups begin at other times: what lies between the pictures stays small.
TEST(Pool, GroupsOfPicturesCostAFewPercentMoreThanTheirBytes) {
    Pool pool;
    std::mt19937 random(3);  // tidy-ok: the same each time
    struct Camera {
        std::vector<std::pair<void*, std::size_t>> group;
        std::size_t next;
    };
    std::vector<Camera> cameras(300);
    for (auto& camera : cameras) camera.next = random() % 50;
    std::size_t bytes = 0, most = 0;
    for (int picture = 0; picture < 400; ++picture) {
        for (auto& camera : cameras) {
            const bool key = camera.next++ % 50 == 0;
            const std::size_t size = key ? 60'000 + random() % 60'000 : 5'000 + random() % 20'000;
            camera.group.emplace_back(pool.take(size), size);
            bytes += size;
            if (!key) continue;
            while (camera.group.size() > 1) {  // The new key block first, then the old group goes.
                pool.give(camera.group.front().first, camera.group.front().second);
                bytes -= camera.group.front().second;
                camera.group.erase(camera.group.begin());
            }
        }
        most = std::max(most, bytes);
    }
    EXPECT_LT(pool.use().held, most + most / 10);
    for (const auto& camera : cameras) {
        for (const auto& [at, size] : camera.group) pool.give(at, size);
    }
    EXPECT_EQ(pool.use().held, Pool::kChunk);  // The rest went back.
}
#endif

TEST(Pool, AnyThreadMayGiveBackWhatAnotherTook) {
    std::vector<std::shared_ptr<Block>> blocks(2000);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = static_cast<std::size_t>(t); i < blocks.size(); i += 4) {
                blocks[i] = new_block(i * 7, 2);
                blocks[i]->bytes.assign(i * 7, static_cast<std::uint8_t>(i));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    threads.clear();
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        ASSERT_TRUE(std::all_of(blocks[i]->bytes.begin(), blocks[i]->bytes.end(), [&](auto byte) { return byte == static_cast<std::uint8_t>(i); }));
    }
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = static_cast<std::size_t>(t + 1) % 4; i < blocks.size(); i += 4) blocks[i].reset();
        });
    }
    for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace bongsu::media
