#include "place/districts.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "place/people.hpp"

namespace bongsu::place {
namespace {

TEST(Districts, AreSeouls25InTheOrderOfTheirCodes) {
    std::set<std::string_view> codes;
    for (const District& district : districts()) {
        EXPECT_EQ(district.code.size(), 5U);
        EXPECT_TRUE(district.code.starts_with("11"));
        EXPECT_TRUE(codes.empty() || *codes.rbegin() < district.code) << district.code;
        codes.insert(district.code);
        EXPECT_TRUE(district.name_ko.ends_with("구"));
    }
    EXPECT_EQ(codes.size(), kDistricts);
    EXPECT_EQ(districts()[*district_by_code("11440")].name_ko, "마포구");
    EXPECT_FALSE(district_by_code("11000").has_value());
}

TEST(Districts, OnlyMapoSeongdongAndSeochoAreJoined) {
    std::set<std::string_view> joined;
    for (const District& district : districts()) {
        if (district.joined) joined.insert(district.code);
    }
    EXPECT_EQ(joined, (std::set<std::string_view>{"11200", "11440", "11650"}));
}

TEST(Districts, TileTheCityWithoutGapsOrOverlaps) {
    // Sampled each 250 m: every point well inside a bank belongs to exactly one district.
    int inside = 0;
    int single = 0;
    for (double x = -20'000; x < 20'000; x += 250) {
        for (double y = -16'000; y < 18'000; y += 250) {
            int owners = 0;
            for (std::size_t i = 0; i < kDistricts; ++i) owners += contains(outline_of(i), {x, y}) ? 1 : 0;
            ASSERT_LE(owners, 1) << x << ' ' << y;
            const bool land =
                contains(land_of(Bank::north), {x, y}) || contains(land_of(Bank::south), {x, y});
            inside += land ? 1 : 0;
            single += owners;
        }
    }
    EXPECT_GT(inside, 8'000);
    EXPECT_NEAR(single, inside, inside * 0.01);  // Bent outer borders move a little.
}

TEST(Districts, HoldTheirOwnCentresAndPlausibleAreas) {
    double total = 0;
    for (std::size_t i = 0; i < kDistricts; ++i) {
        const double km2 = area_m2(outline_of(i)) / 1e6;
        total += km2;
        EXPECT_EQ(district_at(to_plane(districts()[i].centre)), i) << districts()[i].name_en;
        EXPECT_GT(km2, 6.0) << districts()[i].name_en;
        EXPECT_LT(km2, 60.0) << districts()[i].name_en;
        EXPECT_LE(outline_of(i).size(), 40U) << districts()[i].name_en;
    }
    EXPECT_NEAR(total, 605.0, 60.0);  // The real city has 605 km2.
}

TEST(Land, TheRiverHasNoHousesHillsOrBridgeheads) {
    for (const Bridge& bridge : bridges()) {
        EXPECT_FALSE(in_river(to_plane(bridge.north))) << bridge.name_en;
        EXPECT_FALSE(in_river(to_plane(bridge.south))) << bridge.name_en;
        const Metres north = to_plane(bridge.north);
        const Metres south = to_plane(bridge.south);
        EXPECT_TRUE(in_river({(north.x + south.x) / 2, (north.y + south.y) / 2})) << bridge.name_en;
    }
    EXPECT_TRUE(in_green(to_plane(Position{127.0370, 37.5450})));
    EXPECT_TRUE(on_hill(to_plane(Position{126.9890, 37.5512})));
}

TEST(People, HaveUniqueLoginsAndLawfulCodes) {
    std::set<std::string_view> logins;
    std::set<std::string_view> roles;
    for (const Person& person : people()) {
        EXPECT_TRUE(logins.insert(person.login).second) << person.login;
        roles.insert(person.role);
        ASSERT_EQ(person.agency.size(), 11U) << person.login;
        EXPECT_TRUE(person.agency[0] >= 'A' && person.agency[0] <= 'Z');
        EXPECT_EQ(person.agency.find_first_not_of("0123456789", 1), std::string_view::npos);
        EXPECT_EQ(person.role == "agency", !person.send_cd.empty()) << person.login;
    }
    EXPECT_EQ(roles, (std::set<std::string_view>{"admin", "agency", "official", "operator", "police",
                                                 "supervisor"}));
}

}  // namespace
}  // namespace bongsu::place
