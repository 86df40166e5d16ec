#include "duty/rules.hpp"

#include <gtest/gtest.h>

namespace bongsu::duty {
namespace {

using namespace std::chrono_literals;

std::string changed(std::string_view what, std::string_view into) {
    std::string text(default_rules());
    const auto at = text.find(what, text.find("\nanchor"));  // Behind the comment.
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), into);
}

std::string why(std::string_view what, std::string_view into) {
    const auto rules = Rules::parse(changed(what, into));
    return rules ? "taken" : rules.error().message;
}

WallTime seoul(std::string_view clock) { return parse_kst_digits("20261130" + std::string(clock) + "00", "time").value(); }

TEST(DutyRules, TheProgramBringsFourCrewsInTwoShifts) {
    const auto& rules = Rules::defaults();
    EXPECT_EQ(rules.crews().size(), 4U);
    EXPECT_EQ(rules.shifts().size(), 2U);
    EXPECT_EQ(rules.seats().size(), 6U);
    EXPECT_EQ(rules.seat("police")->role, identity::Role::police);
    EXPECT_EQ(rules.seat("none"), nullptr);
    EXPECT_EQ(rules.limits().cameras, 50U);
    ASSERT_EQ(rules.needs().size(), 2U);
    EXPECT_EQ(rules.needs()[0].persons, 2U);
    EXPECT_EQ(rules.pattern().weekly(), 42h);
}

TEST(DutyRules, TheLastPatrolRuleThatFitsCounts) {
    const auto& rules = Rules::defaults();
    EXPECT_EQ(rules.patrol("park", seoul("2300")).risk, 3);
    EXPECT_EQ(rules.patrol("park", seoul("0559")).risk, 3);
    EXPECT_EQ(rules.patrol("park", seoul("0600")).risk, 2);
    EXPECT_EQ(rules.patrol("child", seoul("0800")).dwell, 20s);
    EXPECT_EQ(rules.patrol("traffic", seoul("2300")).risk, 2);
    const auto bare = Rules::parse(changed("purposes = []\nrisk = 2\nseconds = 15", "purposes = [\"traffic\"]\nrisk = 1\nseconds = 9")).value();
    EXPECT_EQ(bare.patrol("traffic", seoul("1200")).risk, 1);
    EXPECT_EQ(bare.patrol("park", seoul("1200")).risk, 2) << "where none fits";
}

TEST(DutyRules, WhatIsWrongIsSaidAllAtOnceByItsName) {
    EXPECT_EQ(why("[\"day\", \"night\", \"off\", \"off\"]", "[\"night\", \"day\", \"off\", \"off\"]"), "duty: cycle gives a crew 0 h of rest: less than rest_hours");
    EXPECT_EQ(why("week_hours = 52", "week_hours = 40"), "duty: cycle gives a crew 42 h a week: more than week_hours");
    EXPECT_EQ(why("cameras = 50", "cameras = 51"), "duty: limits.cameras must be a whole number from 1 to 50");
    EXPECT_EQ(why("from = \"07:00\"", "from = \"7:00\"").substr(0, 49), "duty: shift.from must be a time such as \"07:00\"");
    EXPECT_EQ(why("role = \"police\"", "role = \"agency\""), "duty: seat.role must be \"operator\", \"police\" or \"supervisor\"");
    EXPECT_EQ(why("key = \"op-2\"", "key = \"op-1\""), "duty: seat.key is declared twice: op-1");
    EXPECT_EQ(why("key = \"B\"", "key = \"비\"").substr(0, 47), "duty: crew.key must be of letters, digits and '");
    EXPECT_EQ(why("anchor = 2026-01-01", "anchor = \"soon\"").substr(0, 12), "duty:  ancho");
    EXPECT_EQ(why("[needs]", "[need]").substr(0, 34), "duty: the file does not know \"need");
    EXPECT_NE(why("police = 1\noperator = 2", "police = -1\nguard = 2").find("needs does not know \"guard\""), std::string::npos);
    const auto both = why("seconds = 20", "seconds = 1");
    EXPECT_EQ(both, "duty: patrol.seconds must be a whole number from 3 to 600");
}

}  // namespace
}  // namespace bongsu::duty
