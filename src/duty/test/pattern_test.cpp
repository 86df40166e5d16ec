#include "duty/pattern.hpp"

#include <gtest/gtest.h>

#include <map>

namespace bongsu::duty {
namespace {

using namespace std::chrono_literals;

PatternParts four_crews() {
    return {{"A", "B", "C", "D"}, {{"day", 7h, 19h}, {"night", 19h, 31h}}, {"day", "night", "", ""}, parse_day("2026-01-01", "anchor").value()};
}

WallTime seoul(std::string_view digits) { return parse_kst_digits(digits, "time").value(); }

TEST(Pattern, TheCrewsTakeTurnsByDayAndNight) {
    const auto pattern = Pattern::make(four_crews()).value();
    const auto shift = pattern.at(seoul("20260101120000"));
    EXPECT_EQ(shift.id, "2026-01-01-day");
    EXPECT_EQ(shift.crew, "A");
    EXPECT_EQ(shift.from, seoul("20260101070000"));
    EXPECT_EQ(shift.to, seoul("20260101190000"));
    EXPECT_EQ(pattern.at(seoul("20260101230000")).crew, "D") << "it began a day before the first crew";
    EXPECT_EQ(pattern.at(seoul("20260102230000")).crew, "A");
    EXPECT_EQ(pattern.at(seoul("20260102120000")).crew, "B");
}

TEST(Pattern, ANightBelongsToTheDayOnWhichItBegan) {
    const auto pattern = Pattern::make(four_crews()).value();
    const auto night = pattern.at(seoul("20261201065959"));
    EXPECT_EQ(night.id, "2026-11-30-night");
    EXPECT_EQ(pattern.at(seoul("20261201070000")).id, "2026-12-01-day");
    EXPECT_EQ(pattern.next(night).id, "2026-12-01-day");
    EXPECT_EQ(pattern.previous(night).id, "2026-11-30-day");
    EXPECT_EQ(pattern.find("2026-11-30-night")->from, night.from);
}

TEST(Pattern, EachMomentOfAYearHasOneCrewAndEachCrewItsRest) {
    for (auto parts : {four_crews(),
                       PatternParts{{"A", "B", "C", "D"},
                                    {{"day", 6h, 14h}, {"evening", 14h, 22h}, {"night", 22h, 30h}},
                                    {"day", "day", "evening", "evening", "night", "night", "", ""},
                                    parse_day("2026-03-05", "anchor").value()}}) {
        const auto pattern = Pattern::make(parts).value();
        std::map<std::string, WallTime> ended;
        std::map<std::string, std::chrono::microseconds> worked;
        const auto begin = seoul("20260101000000");
        WallTime at = pattern.at(begin).from;
        for (const auto& shift : pattern.between(begin, begin + 24h * 120)) {
            EXPECT_EQ(shift.from, at);
            at = shift.to;
            if (ended.contains(shift.crew)) {
                EXPECT_GE(shift.from - ended[shift.crew], pattern.shortest_rest()) << shift.id;
            }
            ended[shift.crew] = shift.to;
            worked[shift.crew] += shift.to - shift.from;
            EXPECT_EQ(pattern.find(shift.id)->crew, shift.crew);
        }
        EXPECT_EQ(pattern.weekly(), 42h);
        for (const auto& [crew, time] : worked) EXPECT_NEAR(static_cast<double>(time / 1h), 120.0 * 6, 24) << crew;
    }
    EXPECT_EQ(Pattern::make(four_crews())->shortest_rest(), 24h);
}

TEST(Pattern, WhatLeavesAMomentWithoutACrewOrWithTwoIsRefusedByItsName) {
    const auto why = [](auto spoil) {
        auto parts = four_crews();
        spoil(parts);
        const auto made = Pattern::make(parts);
        return made ? std::string("taken") : made.error().message;
    };
    EXPECT_EQ(why([](auto& p) { p.cycle = {"day", "day", "night", ""}; }), "cycle gives 2 crews to a day shift: it must be one");
    EXPECT_EQ(why([](auto& p) { p.cycle = {"day", "", "", ""}; }), "cycle gives 0 crews to a night shift: it must be one");
    EXPECT_EQ(why([](auto& p) { p.cycle = {"day", "night", ""}; }).substr(0, 28), "cycle must have as many days");
    EXPECT_EQ(why([](auto& p) { p.cycle[0] = "noon"; }), "cycle holds \"noon\", which is no shift");
    EXPECT_EQ(why([](auto& p) { p.kinds[1].ends = 30h; }).substr(0, 23), "shifts must follow each");
    EXPECT_EQ(why([](auto& p) { p.kinds[0].begins = 8h; }).substr(0, 23), "shifts must follow each");
    EXPECT_EQ(why([](auto& p) { p.kinds[1].key = "day"; }), "shifts names day twice");
    EXPECT_EQ(why([](auto& p) { p.kinds.clear(); }), "shifts must be 1 to 6");
    EXPECT_EQ(why([](auto& p) { p.crews[1] = "A"; }), "crews must each be named once");
    EXPECT_EQ(why([](auto& p) { p.crews.clear(); }), "crews must be 1 to 26");
}

TEST(Pattern, AnIdThatIsNoShiftIsNotFound) {
    const auto pattern = Pattern::make(four_crews()).value();
    for (const auto* id : {"", "2026-11-30", "2026-11-30-", "2026-11-30-noon", "2026-02-30-day", "26-11-30-night", "2026-11-30_night", "2026-1-030-day"})
        EXPECT_EQ(pattern.find(id).error().kind, ErrorKind::not_found) << id;
}

TEST(Day, IsThatOfSeoul) {
    EXPECT_EQ(to_text(day_of(parse_rfc3339("2026-11-30T15:00:00Z", "t").value())), "2026-12-01");
    EXPECT_EQ(to_text(day_of(parse_rfc3339("2026-11-30T14:59:59Z", "t").value())), "2026-11-30");
    EXPECT_EQ(midnight_of(parse_day("2026-12-01", "d").value()), seoul("20261201000000"));
    EXPECT_EQ(parse_day("2026-12-1", "from").error().field, "from");
    EXPECT_FALSE(parse_day("2026-12-01T00:00:00Z", "from"));
}

}  // namespace
}  // namespace bongsu::duty
