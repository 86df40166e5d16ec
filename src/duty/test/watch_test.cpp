#include "duty/watch.hpp"

#include "duty/test/crew.hpp"

namespace bongsu::duty {
namespace {

using namespace std::chrono_literals;

struct WatchTest : DutyTest {
    Assigned set_of(const std::string& user, std::vector<std::string> own, std::vector<std::string> lent = {}) {
        Assigned out;
        out.user = {user};
        for (auto& id : own) out.own.push_back({std::move(id)});
        for (auto& id : lent) out.lent.push_back({std::move(id)});
        out.shift = rules.pattern().at(now()).id;
        out.grant = {"G-" + user};
        return out;
    }
    Result<void> assign(const Assigned& set) {
        return site.in_batch([&] { return assign_set(*site.book, "site:11000", set); });
    }
    Result<Pass> confirm(const std::string& user, std::uint64_t number) {
        return site.in_batch([&] { return confirm_pass(*site.book, {user}, number); });
    }
};

TEST_F(WatchTest, ASetIsWhatItWasLastAndTheSameAgainIsNoEntry) {
    go_to_shift_of("A", 5min);
    ASSERT_TRUE(come("OP1", Role::operator_));
    ASSERT_TRUE(assign(set_of("OP1", {"C1", "C2", "C3"})));
    ASSERT_TRUE(assign(set_of("OP1", {"C1", "C2", "C3"})));
    EXPECT_EQ(count("duty.set_assigned"), 1U);

    ASSERT_TRUE(assign(set_of("OP1", {"C3", "C1"}, {"C9"})));
    ASSERT_TRUE(assign(set_of("OP2", {"C2"})));

    const auto sets = assigned(*site.db).value();
    ASSERT_EQ(sets.size(), 2U);
    EXPECT_EQ(sets[0].own, (std::vector<CameraId>{{"C3"}, {"C1"}})) << "in its order";
    EXPECT_EQ(sets[0].lent, (std::vector<CameraId>{{"C9"}}));
    EXPECT_EQ(shares_of(sets).sets[1].user.value, "OP2");
    ASSERT_TRUE(site.in_batch([&] { return end_set(*site.book, "site:11000", sets[0]); }));
    EXPECT_FALSE(assigned_to(*site.db, {"OP1"})->has_value());
    EXPECT_TRUE(assigned_to(*site.db, {"OP2"})->has_value());
}

TEST_F(WatchTest, EachPassIsConfirmedInItsTurnAndBeginsWhereTheLastOneEnded) {
    const auto shift = go_to_shift_of("A", 5min);
    EXPECT_EQ(confirm("OP1", 0).error().code, "not_at_a_seat");
    ASSERT_TRUE(come("OP1", Role::operator_));
    EXPECT_EQ(confirm("OP1", 0).error().code, "no_set");
    const auto began = now();
    ASSERT_TRUE(assign(set_of("OP1", {"C1", "C2"})));
    site.world.clock.advance(4min);
    EXPECT_EQ(confirm("OP1", 1).error().code, "another_pass");

    const auto first = confirm("OP1", 0);

    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->began, began);
    EXPECT_EQ(first->ended - first->began, 4min);
    EXPECT_EQ(first->cameras, 2U);
    EXPECT_EQ(confirm("OP1", 0).error().code, "another_pass") << "once";
    ASSERT_TRUE(assign(set_of("OP1", {"C1", "C2", "C3"})));
    site.world.clock.advance(3min);
    const auto second = confirm("OP1", 1).value();
    EXPECT_EQ(second.began, first->ended);
    EXPECT_EQ(second.cameras, 3U);
    const auto done = passes(*site.db, shift.id).value();
    ASSERT_EQ(done.size(), 2U);
    EXPECT_EQ(done[1].number, 1U);
    EXPECT_EQ(pass_number(*site.db, {"OP2"}, shift.id), 0U);
}

}  // namespace
}  // namespace bongsu::duty
