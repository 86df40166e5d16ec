#include "duty/share.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "duty/patrol.hpp"

namespace bongsu::duty {
namespace {

constexpr std::size_t kMost = 50;

std::vector<Watched> cameras(std::size_t count, std::uint64_t seed = 2019) {
    std::mt19937 chance(static_cast<unsigned>(seed));
    const auto degrees = [&] { return 0.0001 * static_cast<double>(chance() % 2000); };
    std::vector<Watched> out;
    for (std::size_t i = 0; i < count; ++i) {
        out.push_back({{"11000-" + std::to_string(1000 + i)}, {126.9 + degrees(), 37.4 + degrees()}, static_cast<int>(1 + chance() % 3)});
    }
    return out;
}

std::vector<Watcher> people(std::size_t count) {
    std::vector<Watcher> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back({{"U" + std::to_string(i)}, false});
    return out;
}

/// How often each camera is in somebody's hands now, or nobody's.
std::map<CameraId, int> counted(const Shares& shares, const std::vector<Watcher>& watchers) {
    std::map<CameraId, int> out;
    for (std::size_t i = 0; i < watchers.size(); ++i) {
        if (!watchers[i].away) {
            for (const auto& camera : shares.sets[i].own) ++out[camera];
        }
        for (const auto& camera : shares.sets[i].lent) ++out[camera];
    }
    for (const auto& camera : shares.unwatched) ++out[camera];
    return out;
}

void expect_whole(const Shares& shares, const std::vector<Watched>& all, const std::vector<Watcher>& watchers) {
    const auto found = counted(shares, watchers);
    EXPECT_EQ(found.size(), all.size());
    for (const auto& [camera, times] : found) EXPECT_EQ(times, 1) << camera.value;
    for (std::size_t i = 0; i < watchers.size(); ++i) {
        EXPECT_LE(shares.sets[i].size(), kMost);
        if (watchers[i].away) {
            EXPECT_TRUE(shares.sets[i].lent.empty());
        }
    }
}

std::size_t changed(const Shares& before, const Shares& after) {
    std::map<CameraId, UserId> owner;
    for (const auto& set : before.sets) {
        for (const auto& camera : set.own) owner[camera] = set.user;
    }
    std::size_t out = 0;
    for (const auto& set : after.sets) out += static_cast<std::size_t>(std::count_if(set.own.begin(), set.own.end(), [&](const auto& c) { return owner[c] != set.user; }));
    return out;
}

TEST(Share, EachCameraIsWatchedOnceByNeighbourhoodsOfOneWeight) {
    const auto all = cameras(96);
    const auto crew = people(3);
    const auto shares = share(all, crew, kMost);
    expect_whole(shares, all, crew);
    EXPECT_TRUE(shares.unwatched.empty());
    std::map<CameraId, Watched> by_id;
    for (const auto& camera : all) by_id[camera.id] = camera;
    int total = 0;
    for (const auto& camera : all) total += camera.weight;
    double within = 0, anywhere = 0;
    for (const auto& set : shares.sets) {
        int weight = 0;
        for (const auto& camera : set.own) weight += by_id[camera].weight;
        EXPECT_NEAR(weight, total / 3.0, 5);
        for (std::size_t i = 1; i < set.own.size(); ++i) within += device::distance_m(by_id[set.own[i - 1]].place, by_id[set.own[i]].place);
    }
    for (std::size_t i = 1; i < all.size(); ++i) anywhere += device::distance_m(all[i - 1].place, all[i].place);
    EXPECT_LT(within, anywhere / 3) << "a set is walked through, not jumped through";
}

TEST(Share, TheSamePeopleKeepWhatTheyHave) {
    const auto all = cameras(96);
    const auto first = share(all, people(3), kMost);
    auto turned = all;
    std::reverse(turned.begin(), turned.end());
    EXPECT_EQ(share(turned, people(3), kMost, first), first);
}

TEST(Share, ABreakLendsTheSetAndItsEndGivesItBack) {
    const auto all = cameras(90);
    auto crew = people(3);
    const auto first = share(all, crew, kMost);
    crew[1].away = true;
    const auto meanwhile = share(all, crew, kMost, first);
    expect_whole(meanwhile, all, crew);
    EXPECT_TRUE(meanwhile.unwatched.empty()) << "30 go to two who have room for 20 each";
    EXPECT_EQ(changed(first, meanwhile), 0U);
    EXPECT_FALSE(meanwhile.sets[0].lent.empty());
    EXPECT_FALSE(meanwhile.sets[2].lent.empty());
    crew[1].away = false;
    EXPECT_EQ(share(all, crew, kMost, meanwhile), first);
}

TEST(Share, WhatNobodyHasRoomForIsNamedTheLightestFirst) {
    const auto all = cameras(130);
    auto crew = people(2);
    const auto shares = share(all, crew, kMost);
    expect_whole(shares, all, crew);
    EXPECT_EQ(shares.unwatched.size(), 30U);
    std::map<CameraId, int> weights;
    for (const auto& camera : all) weights[camera.id] = camera.weight;
    int heaviest_out = 0, lightest_in = 9;
    for (const auto& camera : shares.unwatched) heaviest_out = std::max(heaviest_out, weights[camera]);
    for (const auto& set : shares.sets) {
        for (const auto& camera : set.own) lightest_in = std::min(lightest_in, weights[camera]);
    }
    EXPECT_LE(heaviest_out, lightest_in);
    crew[0].away = crew[1].away = true;
    EXPECT_EQ(share(all, crew, kMost, shares).unwatched.size(), 130U);
    EXPECT_EQ(share(all, {}, kMost).unwatched.size(), 130U);
    EXPECT_TRUE(share({}, people(2), kMost).unwatched.empty());
}

TEST(Share, WhoComesOrGoesMovesNoMoreThanTheirPart) {
    const auto all = cameras(120);
    const auto three = share(all, people(3), kMost);
    const auto four = share(all, people(4), kMost, three);
    expect_whole(four, all, people(4));
    EXPECT_LE(changed(three, four), 80U);
    auto left = people(4);
    left.erase(left.begin() + 1);
    const auto after = share(all, left, kMost, four);
    expect_whole(after, all, left);
    EXPECT_LE(changed(four, after), 80U);
}

TEST(Share, HoldsForAnyCityAndCrew) {
    std::mt19937 chance(7);
    Shares before;
    for (int i = 0; i < 300; ++i) {
        const auto all = cameras(chance() % 260, chance() % 3);
        auto crew = people(1 + chance() % 5);
        for (auto& person : crew) person.away = chance() % 4 == 0;
        const auto shares = share(all, crew, kMost, before);
        expect_whole(shares, all, crew);
        std::size_t room = 0, held = 0;
        for (std::size_t n = 0; n < crew.size(); ++n) {
            if (crew[n].away) continue;
            room += kMost;
            held += shares.sets[n].size();
        }
        if (!shares.unwatched.empty()) {
            EXPECT_TRUE(held == room || all.size() > crew.size() * kMost) << "nobody idles while a camera is unwatched";
        }
        before = shares;
    }
}

TEST(Patrol, ThreePassesShowEachCameraAndRiskSaysHowOften) {
    std::vector<Patrolled> set;
    for (int i = 0; i < 40; ++i) set.push_back({{"11000-" + std::to_string(100 + i)}, 1 + i % 3, std::chrono::seconds(10 + i % 3)});
    std::map<CameraId, int> shown;
    std::set<std::size_t> lengths;
    for (std::uint64_t pass = 0; pass < 6; ++pass) {
        std::size_t cameras = 0;
        for (const auto& stop : pass_of(set, pass, 9)) {
            EXPECT_LE(stop.cameras.size(), 9U);
            EXPECT_GE(stop.dwell.count(), 10);
            cameras += stop.cameras.size();
            for (const auto& camera : stop.cameras) ++shown[camera];
        }
        lengths.insert(cameras);
    }
    for (const auto& camera : set) EXPECT_EQ(shown[camera.id], camera.risk == 3 ? 6 : camera.risk == 2 ? 3 : 2) << camera.id.value;
    EXPECT_LE(*lengths.rbegin() - *lengths.begin(), 2U) << "no pass is much longer than another";
    EXPECT_TRUE(pass_of({}, 0, 9).empty());
    EXPECT_EQ(pass_of(set, 0, 0).front().cameras.size(), 1U);
    EXPECT_EQ(pass_of(set, 0, 99).front().cameras.size(), 16U);
}

}  // namespace
}  // namespace bongsu::duty
