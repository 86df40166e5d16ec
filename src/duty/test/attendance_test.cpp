#include "duty/test/crew.hpp"

namespace bongsu::duty {
namespace {

using namespace std::chrono_literals;

using AttendanceTest = DutyTest;

TEST_F(AttendanceTest, OnlyWhoIsOnTheRosterTakesASeat) {
    const auto shift = go_to_shift_of("A", 5min);
    const auto stay = come("OP1", Role::operator_);
    ASSERT_TRUE(stay);
    EXPECT_EQ(stay->seat, "op-1");
    EXPECT_EQ(stay->shift, shift.id);
    EXPECT_EQ(stay->crew, "A");
    EXPECT_EQ(stay->late, 0us);
    EXPECT_TRUE(on_duty("OP1"));
    EXPECT_EQ(come("OP2", Role::operator_)->seat, "op-2") << "the first free one of the role";
    const auto stranger = come("OTHER", Role::operator_);
    EXPECT_EQ(stranger.error().kind, ErrorKind::forbidden);
    EXPECT_EQ(stranger.error().code, "not_on_roster");
    EXPECT_FALSE(on_duty("OTHER"));
    EXPECT_EQ(come("POLICE", Role::operator_).error().code, "not_on_roster") << "on the roster as another";
}

TEST_F(AttendanceTest, TheSameAgainChangesNothingAndAnotherSeatIsAMove) {
    go_to_shift_of("A", 1min);
    const auto first = come("OP1", Role::operator_).value();
    EXPECT_EQ(come("OP1", Role::operator_)->seq, first.seq);
    EXPECT_EQ(come("OP1", Role::operator_, "op-1")->seq, first.seq);
    site.world.clock.advance(1h);
    const auto moved = come("OP1", Role::operator_, "op-3").value();
    EXPECT_EQ(moved.seat, "op-3");
    EXPECT_EQ(moved.late, 0us) << "who moves was there";
    const auto all = stays(*site.db, first.shift).value();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].out_why, "moved");
    EXPECT_EQ(present(*site.db)->size(), 1U);
}

TEST_F(AttendanceTest, ASeatIsOnePersonsAndTheNextShiftRelievesIt) {
    const auto shift = go_to_shift_of("A", 1min);
    ASSERT_TRUE(come("OP1", Role::operator_));
    EXPECT_EQ(come("OP2", Role::operator_, "op-1").error().code, "seat_taken");
    EXPECT_EQ(come("OP2", Role::operator_, "police").error().field, "seat");
    EXPECT_EQ(come("OP2", Role::operator_, "op-77").error().field, "seat");
    const auto next = rules.pattern().next(shift);
    ASSERT_TRUE(set(next.crew, {{{"N1"}, Role::operator_, "op-1"}}));
    site.world.clock.advance(next.from - now() - 61min);
    EXPECT_EQ(come("N1", Role::operator_).error().code, "not_on_roster") << "too early";
    site.world.clock.advance(2min);
    EXPECT_EQ(come("N1", Role::operator_)->shift, next.id);
    EXPECT_FALSE(on_duty("OP1"));
    EXPECT_EQ(stays(*site.db, shift.id)->at(0).out_why, "relieved");
    EXPECT_EQ(come("OP1", Role::operator_)->seat, "op-2") << "the shift still runs, and nobody takes a seat from one who came for the next";
}

TEST_F(AttendanceTest, WhoComesBehindTheGraceIsLateByAllOfIt) {
    go_to_shift_of("A", 10min);
    EXPECT_EQ(come("OP1", Role::operator_)->late, 0us);
    site.world.clock.advance(1min);
    EXPECT_EQ(come("OP2", Role::operator_)->late, 11min);
}

TEST_F(AttendanceTest, GoingEndsIt) {
    const auto shift = go_to_shift_of("A", 1min);
    ASSERT_TRUE(come("OP1", Role::operator_));
    ASSERT_TRUE(go("OP1"));
    EXPECT_FALSE(on_duty("OP1"));
    EXPECT_EQ(stays(*site.db, shift.id)->at(0).out_why, "left early");
    EXPECT_EQ(go("OP1").error().code, "not_at_a_seat");
    ASSERT_TRUE(come("OP1", Role::operator_));
    site.world.clock.advance(shift.to - now());
    ASSERT_TRUE(go("OP1"));
    EXPECT_EQ(stays(*site.db, shift.id)->at(1).out_why, "end");
}

TEST_F(AttendanceTest, ABreakIsNoPresence) {
    go_to_shift_of("A", 1min);
    for (const auto* user : {"OP1", "OP2"}) ASSERT_TRUE(come(user, Role::operator_));
    ASSERT_TRUE(come("POLICE", Role::police));
    EXPECT_TRUE(shortfall_of(rules, present(*site.db).value()).empty());
    ASSERT_TRUE(site.in_batch([&] { return begin_break(*site.book, {"OP1"}); }));
    EXPECT_EQ(stay_of(*site.db, {"OP1"}).value()->away_since, now());
    EXPECT_EQ(shortfall_of(rules, present(*site.db).value()), (std::vector<Shortfall>{{Role::operator_, 2, 1}}));
    EXPECT_EQ(site.in_batch([&] { return begin_break(*site.book, {"OP1"}); }).error().code, "on_break");
    ASSERT_TRUE(site.in_batch([&] { return end_break(*site.book, {"OP1"}); }));
    EXPECT_EQ(site.in_batch([&] { return end_break(*site.book, {"OP1"}); }).error().code, "not_on_break");
    EXPECT_TRUE(shortfall_of(rules, present(*site.db).value()).empty());
    ASSERT_TRUE(site.in_batch([&] { return begin_break(*site.book, {"OP1"}); }));
    ASSERT_TRUE(go("OP1"));
    ASSERT_TRUE(come("OP1", Role::operator_));
    EXPECT_FALSE(stay_of(*site.db, {"OP1"}).value()->away_since) << "who went is on no break";
}

TEST_F(AttendanceTest, NobodyStaysOnDutyByForgettingToGo) {
    const auto shift = go_to_shift_of("A", 1min);
    ASSERT_TRUE(come("OP1", Role::operator_));
    site.world.clock.advance(shift.to + 59min - now());
    EXPECT_TRUE(on_duty("OP1")) << "until relieved";
    const auto end = [&] { return site.in_batch([&] { return end_forgotten(*site.book, rules, "site:11000"); }).value().size(); };
    EXPECT_EQ(end(), 0U);
    site.world.clock.advance(1min);
    EXPECT_FALSE(on_duty("OP1")) << "also before anybody has looked";
    EXPECT_EQ(end(), 1U);
    EXPECT_EQ(end(), 0U);
    EXPECT_EQ(stays(*site.db, shift.id)->at(0).out_why, "forgotten");
}

TEST_F(AttendanceTest, WhoIsDownAsAbsentDoesNotSit) {
    const auto shift = go_to_shift_of("A", 1min);
    ASSERT_TRUE(come("OP1", Role::operator_));
    ASSERT_TRUE(site.in_batch([&] { return mark_absent(*site.book, rules, "user:CHIEF", shift.id, {"OP1"}, "sick"); }));
    EXPECT_FALSE(on_duty("OP1"));
    const auto again = come("OP1", Role::operator_);
    EXPECT_EQ(again.error().code, "not_on_roster");
    EXPECT_NE(again.error().message.find("sick"), std::string::npos);
}

TEST_F(AttendanceTest, EverySeatOfTheRoleTakenIsSaid) {
    const auto shift = go_to_shift_of("A", 1min);
    for (int i = 0; i < 5; ++i) {
        const std::string user = "SPARE" + std::to_string(i);
        ASSERT_TRUE(site.in_batch([&] { return call_in(*site.book, rules, "user:CHIEF", shift.id, {{user}, Role::operator_, ""}); }));
        const auto stay = come(user, Role::operator_);
        if (i < 4) {
            ASSERT_TRUE(stay) << i;
        }
        if (i == 4) {
            EXPECT_EQ(stay.error().code, "seats_full");
        }
    }
}

}  // namespace
}  // namespace bongsu::duty
