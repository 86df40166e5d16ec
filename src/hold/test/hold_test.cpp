#include "hold/hold.hpp"

#include <gtest/gtest.h>

#include "env/sim/sim_world.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::hold {
namespace {

using namespace std::chrono_literals;

std::vector<std::unique_ptr<journal::Fold>> folds() {
    std::vector<std::unique_ptr<journal::Fold>> out;
    out.push_back(std::make_unique<HoldFold>());
    return out;
}

class HoldTest : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(book_.catch_up()); }

    template <class Verb>
    auto in_batch(const Verb& verb) {
        EXPECT_TRUE(book_.begin());
        auto done = verb();
        EXPECT_TRUE(book_.commit());
        return done;
    }
    std::optional<std::string> ordered(std::vector<CameraId> cameras, std::optional<WallTime> ended = {}) {
        const auto made = in_batch([&] { return order(book_, "user:U1", kIncident, cameras, opened_, ended); });
        EXPECT_TRUE(made) << made.error().message;
        return made.value_or(std::nullopt);
    }

    const IncidentId kIncident{"I1"};
    env::sim::World world_{1};
    WallTime opened_ = world_.clock.wall();
    std::unique_ptr<journal::Journal> journal_ = *journal::Journal::open(world_.env, "/site/journal");
    std::unique_ptr<sql::Db> db_ = sql::open_store();
    journal::Book book_{world_.env, *journal_, *db_, folds()};
};

TEST_F(HoldTest, AnOrderGoesFromHalfAnHourBeforeUntilHalfAnHourAfterTheEnd) {
    const auto id = ordered({{"11000-0001"}, {"11440-0002"}});
    ASSERT_TRUE(id);
    auto hold = find(*db_, *id).value();
    EXPECT_EQ(hold.from, opened_ - 30min);
    EXPECT_FALSE(hold.to) << "the incident goes on";
    EXPECT_EQ(hold.cameras, (std::vector<CameraId>{{"11000-0001"}, {"11440-0002"}}));

    ASSERT_TRUE(in_batch([&] { return bound(book_, "site:11000", kIncident, opened_ + 2h); }));
    hold = find(*db_, *id).value();
    EXPECT_EQ(hold.to, opened_ + 2h + 30min);
    EXPECT_FALSE(hold.ended_at) << "it stands all the same";
    ASSERT_TRUE(in_batch([&] { return bound(book_, "site:11000", kIncident, opened_ + 5h); }));
    EXPECT_EQ(find(*db_, *id)->to, opened_ + 2h + 30min) << "bounded once";
}

TEST_F(HoldTest, ACameraIsOrderedOnceForAnIncident) {
    ASSERT_TRUE(ordered({{"a"}, {"b"}}));
    EXPECT_FALSE(ordered({{"b"}, {"a"}})) << "nothing is new";
    const auto second = ordered({{"b"}, {"c"}, {"c"}}, opened_ + 1h);
    ASSERT_TRUE(second);
    const auto hold = find(*db_, *second).value();
    EXPECT_EQ(hold.cameras, (std::vector<CameraId>{{"c"}}));
    EXPECT_EQ(hold.to, opened_ + 1h + 30min) << "of an incident that has ended it has an end";
    EXPECT_EQ(list(*db_, {.incident = kIncident, .standing = {}})->size(), 2U);
}

TEST_F(HoldTest, APersonEndsItWithAReasonThatMayBeErased) {
    const auto id = *ordered({{"a"}});
    for (const auto& reason : {std::string(), std::string(" \n"), std::string(501, 'x')}) {
        const auto refused = in_batch([&] { return end(book_, "user:U2", id, reason); });
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().field, "reason");
    }
    EXPECT_EQ(in_batch([&] { return end(book_, "user:U2", "none", "x"); }).error().kind, ErrorKind::not_found);
    const auto ended = in_batch([&] { return end(book_, "user:U2", id, "the case went to the prosecutor"); });
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_EQ(ended->reason, "the case went to the prosecutor");
    EXPECT_EQ(ended->ended_by, "user:U2");
    EXPECT_EQ(in_batch([&] { return end(book_, "user:U2", id, "again"); }).error().kind, ErrorKind::conflict);
    EXPECT_FALSE(*stands(*db_, kIncident));
    EXPECT_TRUE(list(*db_, {.incident = {}, .standing = true})->empty());
    EXPECT_EQ(list(*db_, {.incident = {}, .standing = false})->size(), 1U);
    EXPECT_TRUE(ordered({{"a"}})) << "what was ended can be ordered anew";
}

TEST_F(HoldTest, AfterThirtyDaysItIsDueToBeLookedAt) {
    const auto id = *ordered({{"a"}});
    EXPECT_EQ(*due_for_review(*db_, world_.clock.wall() + 24h * 29), 0);
    EXPECT_EQ(*due_for_review(*db_, world_.clock.wall() + 24h * 30), 1);
    ASSERT_TRUE(in_batch([&] { return end(book_, "user:U2", id, "done"); }));
    EXPECT_EQ(*due_for_review(*db_, world_.clock.wall() + 24h * 31), 0);
}

TEST_F(HoldTest, TheFoldIsItsReplay) {
    ASSERT_TRUE(ordered({{"a"}, {"b"}}));
    ASSERT_TRUE(in_batch([&] { return bound(book_, "site:11000", kIncident, opened_ + 1h); }));
    const auto before = list(*db_, {}).value();
    HoldFold fold;
    for (const auto& table : fold.tables()) ASSERT_TRUE(db_->query("delete from " + table));
    ASSERT_TRUE(journal_->read(0, [&](const journal::Entry& entry) -> Result<bool> {
        TRY_DO(fold.apply(*db_, entry));
        return true;
    }));
    const auto after = list(*db_, {}).value();
    ASSERT_EQ(after.size(), before.size());
    EXPECT_EQ(after[0].to, before[0].to);
    EXPECT_EQ(after[0].cameras, before[0].cameras);
}

}  // namespace
}  // namespace bongsu::hold
