#include "drill/drill.hpp"

#include <gtest/gtest.h>

#include "env/sim/sim_world.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::drill {
namespace {

using namespace std::chrono_literals;

std::vector<std::unique_ptr<journal::Fold>> folds() {
    std::vector<std::unique_ptr<journal::Fold>> out;
    out.push_back(std::make_unique<DrillFold>());
    return out;
}

class DrillTest : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(book_.catch_up()); }
    template <class Verb>
    auto in_batch(const Verb& verb) {
        EXPECT_TRUE(book_.begin());
        auto done = verb();
        EXPECT_TRUE(book_.commit());
        return done;
    }
    std::string begun(std::vector<Step> steps = {{7, 0ms}, {9, 60s}, {12, 120s}}, std::int64_t speed = 1) {
        const auto id = in_batch([&] { return begin(book_, "user:U1", {"I1"}, steps, speed); });
        EXPECT_TRUE(id) << id.error().message;
        return id.value_or("");
    }
    std::vector<Due> due() { return due_at(*db_, world_.clock.wall()).value_or(std::vector<Due>{}); }
    void told(const Due& one) { EXPECT_TRUE(in_batch([&] { return tell(book_, "site:11000", one, {"I2"}); })); }

    env::sim::World world_{1};
    std::unique_ptr<journal::Journal> journal_ = *journal::Journal::open(world_.env, "/site/journal");
    std::unique_ptr<sql::Db> db_ = sql::open_store();
    journal::Book book_{world_.env, *journal_, *db_, folds()};
};

TEST_F(DrillTest, StepsComeInTheirTimeOneAfterTheOther) {
    const auto id = begun();
    ASSERT_EQ(due().size(), 1U);
    EXPECT_EQ(due()[0].seq, 7U);
    EXPECT_FALSE(due()[0].is_last);
    told(due()[0]);
    EXPECT_TRUE(due().empty()) << "the next one is a minute away";
    world_.clock.advance(61s);
    ASSERT_EQ(due().size(), 1U);
    EXPECT_EQ(due()[0].seq, 9U);
    world_.clock.advance(10min);
    EXPECT_EQ(due().size(), 1U) << "late ones keep their order";
    told(due()[0]);
    EXPECT_TRUE(due()[0].is_last);
    told(due()[0]);
    EXPECT_TRUE(due().empty());
    const auto drill = find(*db_, id).value();
    EXPECT_EQ(drill.told, 3);
    EXPECT_EQ(drill.incidents, (std::vector<IncidentId>{{"I2"}}));
}

TEST_F(DrillTest, ItRunsSoManyTimesAsFast) {
    begun({{7, 0ms}, {9, 60s}}, 60);
    told(due()[0]);
    world_.clock.advance(1100ms);
    EXPECT_EQ(due().size(), 1U);
}

TEST_F(DrillTest, WhatCannotBeRunIsRefused) {
    const auto refused = [&](const std::vector<Step>& steps, std::int64_t speed) { return in_batch([&] { return begin(book_, "user:U1", {"I1"}, steps, speed); }); };
    EXPECT_EQ(refused({}, 1).error().kind, ErrorKind::conflict);
    EXPECT_EQ(refused({{1, 0ms}}, 0).error().field, "speed");
    EXPECT_EQ(refused({{1, 0ms}}, 61).error().field, "speed");
    EXPECT_EQ(refused(std::vector<Step>(kStepsMax + 1), 1).error().kind, ErrorKind::conflict);
    for (std::size_t i = 0; i < kRunningMax; ++i) begun();
    EXPECT_EQ(refused({{1, 0ms}}, 1).error().kind, ErrorKind::conflict) << "one more than may run";
}

TEST_F(DrillTest, WhatWasStoppedTellsNothingMore) {
    const auto id = begun();
    ASSERT_TRUE(in_batch([&] { return end(book_, "user:U2", id, "stopped"); }));
    EXPECT_TRUE(due().empty());
    EXPECT_EQ(in_batch([&] { return end(book_, "user:U2", id, "stopped"); }).error().kind, ErrorKind::conflict);
    EXPECT_EQ(in_batch([&] { return end(book_, "user:U2", "none", "stopped"); }).error().kind, ErrorKind::not_found);
    EXPECT_EQ(list(*db_, UINT64_MAX, 10)->at(0).reason, "stopped");
}

}  // namespace
}  // namespace bongsu::drill
