#include "duty/results.hpp"

#include "duty/finding.hpp"
#include "duty/test/crew.hpp"
#include "duty/watch.hpp"

namespace bongsu::duty {
namespace {

using namespace std::chrono_literals;

struct ResultsTest : DutyTest {};

TEST_F(ResultsTest, TimeAtASeatCountsWithinTheShiftAndLessBreaks) {
    const auto shift = go_to_shift_of("A", -20min);
    ASSERT_TRUE(come("OP1", Role::operator_)) << "early";
    site.world.clock.advance(20min + 15min);
    ASSERT_TRUE(come("OP2", Role::operator_)) << "later than the grace";
    site.world.clock.advance(45min);
    ASSERT_TRUE(site.in_batch([&] { return begin_break(*site.book, {"OP1"}); }));
    site.world.clock.advance(30min);
    ASSERT_TRUE(site.in_batch([&] { return end_break(*site.book, {"OP1"}); }));
    ASSERT_TRUE(go("OP2"));
    site.world.clock.advance(30min);

    const auto result = result_of(*site.db, shift, now()).value();
    ASSERT_EQ(result.came(), 2);
    EXPECT_EQ(result.planned, 4);
    EXPECT_EQ(result.persons[0].worked, 90min) << "2 h of the shift less half an hour";
    EXPECT_EQ(result.persons[0].late, 0);
    EXPECT_EQ(result.persons[1].worked, 75min);
    EXPECT_EQ(result.persons[1].late, 1);
    EXPECT_EQ(result.late(), 1);
    EXPECT_EQ(result.worked(), 165min);
}

TEST_F(ResultsTest, WhatWasWatchedAndFoundCountsByKindAndPerson) {
    const auto shift = go_to_shift_of("A", 5min);
    const auto stay = come("OP1", Role::operator_).value();
    Assigned set;
    set.user = {"OP1"};
    set.own = {{"C1"}};
    set.shift = shift.id;
    set.grant = {"G"};
    ASSERT_TRUE(site.in_batch([&] { return assign_set(*site.book, "site:11000", set); }));
    for (std::uint64_t pass = 0; pass < 3; ++pass) ASSERT_TRUE(site.in_batch([&] { return confirm_pass(*site.book, {"OP1"}, pass); }));
    for (const auto* kind : {"fire", "fire", "other"})
        ASSERT_TRUE(site.in_batch([&] { return record_found(*site.book, stay, *rules.finding(kind), {"C1"}, {std::string("I") + kind}, {}); }));
    ASSERT_TRUE(site.in_batch([&] { return mark_absent(*site.book, rules, "user:CHIEF", shift.id, {"OP2"}, "sick"); }));

    const auto result = result_of(*site.db, shift, now()).value();
    EXPECT_EQ(result.passes, 3);
    EXPECT_EQ(result.findings, (std::map<std::string, std::int64_t>{{"fire", 2}, {"other", 1}}));
    EXPECT_EQ(result.found(), 3);
    EXPECT_EQ(result.absent, 1);
    EXPECT_EQ(result.persons.at(0).passes, 3);
    EXPECT_EQ(result.persons.at(0).findings, 3);
    std::vector<PersonResult> all = result.persons;
    add_persons(all, result.persons);
    EXPECT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].passes, 6);
    EXPECT_EQ(all[0].shifts, 2);
}

}  // namespace
}  // namespace bongsu::duty
