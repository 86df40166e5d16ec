#include "duty/test/crew.hpp"
#include "journal/erasure.hpp"

namespace bongsu::duty {
namespace {

using namespace std::chrono_literals;

struct RosterTest : DutyTest {
    template <class Verb>
    std::string why(const Verb& verb) {
        const auto done = site.in_batch(verb);
        return done ? "done" : done.error().message;
    }
};

TEST_F(RosterTest, AShiftsRosterIsItsCrewWithoutTheAbsentAndWithWhoIsCalledIn) {
    const auto shift = go_to_shift_of("A");
    ASSERT_TRUE(site.in_batch([&] { return mark_absent(*site.book, rules, "user:CHIEF", shift.id, {"OP1"}, "sick"); }));
    ASSERT_TRUE(site.in_batch([&] { return call_in(*site.book, rules, "user:CHIEF", shift.id, {{"SPARE"}, Role::operator_, "op-1"}); }));
    const auto roster = planned(*site.db, shift).value();
    ASSERT_EQ(roster.size(), 5U);
    EXPECT_EQ(roster[2].user.value, "OP1");
    EXPECT_EQ(roster[2].absent, "sick");
    EXPECT_TRUE(roster[4].called_in);
    EXPECT_TRUE(shortfall_of(rules, roster).empty());
    EXPECT_TRUE(planned(*site.db, rules.pattern().next(shift))->empty()) << "the next crew has no list yet";

    ASSERT_TRUE(site.in_batch([&] { return withdraw_absence(*site.book, rules, "user:CHIEF", shift.id, {"OP1"}); }));
    EXPECT_TRUE(planned(*site.db, shift)->at(2).absent.empty());
}

TEST_F(RosterTest, AListHoldsFromItsDayUntilTheNextOne) {
    const Day today = day_of(now());
    ASSERT_TRUE(set("A", {{{"NEW"}, Role::police, "police"}}, today + std::chrono::days(10)));
    EXPECT_EQ(members(*site.db, "A", today)->size(), 4U);
    EXPECT_EQ(members(*site.db, "A", today + std::chrono::days(9))->size(), 4U);
    EXPECT_EQ(members(*site.db, "A", today + std::chrono::days(10))->at(0).user.value, "NEW");
    EXPECT_TRUE(members(*site.db, "A", today - std::chrono::days(1))->empty());
    ASSERT_TRUE(set("A", {}, today + std::chrono::days(20)));
    EXPECT_TRUE(members(*site.db, "A", today + std::chrono::days(21))->empty()) << "a crew that is dissolved";
    ASSERT_TRUE(set("A", {{{"OP1"}, Role::operator_, ""}}));
    EXPECT_EQ(members(*site.db, "A", today)->size(), 1U) << "the same day's list again is the whole list";
}

TEST_F(RosterTest, WhatIsMissingIsCountedByRole) {
    const auto shift = go_to_shift_of("A");
    for (const auto* user : {"POLICE", "OP2"}) ASSERT_TRUE(site.in_batch([&] { return mark_absent(*site.book, rules, "user:CHIEF", shift.id, {user}, "leave"); }));
    const auto gaps = shortfall_of(rules, planned(*site.db, shift).value());
    EXPECT_EQ(gaps, (std::vector<Shortfall>{{Role::operator_, 2, 1}, {Role::police, 1, 0}}));
    EXPECT_EQ(shortfall_of(rules, std::vector<Stay>{}).size(), 2U);
}

TEST_F(RosterTest, AWrongListIsRefusedByItsName) {
    const auto refused = [&](const std::string& crew, std::vector<Member> members, int days = 0) {
        const auto done = set(crew, members, day_of(now()) + std::chrono::days(days));
        return done ? "done" : done.error().message;
    };
    EXPECT_EQ(refused("E", {}), "crew is not declared");
    EXPECT_EQ(refused("B", {}, -1), "from must not be before today");
    EXPECT_EQ(refused("B", {{{"OP1"}, Role::operator_, ""}}), "the user OP1 is in crew A on that day");
    EXPECT_EQ(refused("B", {{{"X"}, Role::operator_, ""}, {{"X"}, Role::police, ""}}), "members holds the user X twice");
    EXPECT_EQ(refused("B", {{{"X"}, Role::operator_, "op-1"}, {{"Y"}, Role::operator_, "op-1"}}), "members gives the seat op-1 to two");
    EXPECT_EQ(refused("B", {{{"X"}, Role::operator_, "police"}}), "seat is for the role police: police");
    EXPECT_EQ(refused("B", {{{"X"}, Role::operator_, "op-9"}}), "seat is not declared: op-9");
    EXPECT_EQ(refused("B", {{{""}, Role::operator_, ""}}), "members must hold users' ids");
    EXPECT_EQ(refused("B", std::vector<Member>(61, {{"X"}, Role::operator_, ""})), "members must be at most 60");
    EXPECT_EQ(count("duty.crew_set"), 1U);
}

TEST_F(RosterTest, WhoCannotBeAbsentOrCalledInIsSaid) {
    const auto shift = go_to_shift_of("A");
    const auto before = rules.pattern().previous(shift), next = rules.pattern().next(shift);
    auto& book = *site.book;
    EXPECT_EQ(why([&] { return mark_absent(book, rules, "user:CHIEF", shift.id, {"OP1"}, "tired"); }), "reason must be leave, sick, training or other");
    EXPECT_EQ(why([&] { return mark_absent(book, rules, "user:CHIEF", shift.id, {"NOBODY"}, "sick"); }), "the user is not on the roster of " + shift.id);
    EXPECT_EQ(why([&] { return mark_absent(book, rules, "user:CHIEF", before.id, {"OP1"}, "sick"); }), "the shift " + before.id + " is over");
    EXPECT_EQ(why([&] { return mark_absent(book, rules, "user:CHIEF", "soon", {"OP1"}, "sick"); }), "there is no such shift");
    EXPECT_EQ(why([&] { return withdraw_absence(book, rules, "user:CHIEF", shift.id, {"OP1"}); }), "the user is not absent");
    EXPECT_EQ(why([&] { return mark_absent(book, rules, "user:CHIEF", shift.id, {"OP1"}, "sick"); }), "done");
    EXPECT_EQ(why([&] { return mark_absent(book, rules, "user:CHIEF", shift.id, {"OP1"}, "sick"); }), "the user is absent already: sick");
    EXPECT_EQ(why([&] { return call_in(book, rules, "user:CHIEF", shift.id, {{"OP2"}, Role::operator_, ""}); }), "the user is on the roster of " + shift.id + " already");
    EXPECT_EQ(why([&] { return call_in(book, rules, "user:CHIEF", next.id, {{"OP2"}, Role::operator_, ""}); }), "the user works a shift less than 11 h from this one");
    EXPECT_EQ(why([&] { return call_in(book, rules, "user:CHIEF", next.id, {{"OP1"}, Role::operator_, ""}); }), "done") << "who is absent has rested";
    EXPECT_EQ(why([&] { return call_in(book, rules, "user:CHIEF", next.id, {{"Z"}, Role::police, "op-1"}); }), "seat is for the role operator: op-1");
}

TEST_F(RosterTest, WhySomebodyWasAbsentCanBeErased) {
    const auto shift = go_to_shift_of("A");
    ASSERT_TRUE(site.in_batch([&] { return mark_absent(*site.book, rules, "user:CHIEF", shift.id, {"OP1"}, "sick"); }));
    const auto seq = site.journal->committed_seq();
    ASSERT_TRUE(site.in_batch([&] {
        return journal::order_erasure(*site.book, {.actor = "user:U2", .reason = "requested", .basis = "PIPA 36", .seqs = {seq}, .check = {}});
    }));
    EXPECT_EQ(planned(*site.db, shift)->at(2).absent, "erased");
    ASSERT_TRUE(journal::finish_erasures(*site.book, "site:11000"));
    EXPECT_EQ(shortfall_of(rules, planned(*site.db, shift).value()), (std::vector<Shortfall>{{Role::operator_, 2, 1}}));
}

}  // namespace
}  // namespace bongsu::duty
