#include "place/gazetteer.hpp"

#include <gtest/gtest.h>

#include <set>

#include "place/districts.hpp"
#include "place/groups.hpp"

namespace bongsu::place {
namespace {

TEST(Gazetteer, KnowsDistrictsByEveryNameTheyHave) {
    for (const std::string_view name : {"마포구", "마포", "Mapo", "mapo-gu", "MAPO", "11440"}) {
        const auto found = find(name);
        ASSERT_TRUE(found.has_value()) << name;
        EXPECT_EQ(found->name, "마포구");
    }
    for (const District& district : districts()) {
        EXPECT_EQ(find(district.name_ko)->name, district.name_ko);
        EXPECT_EQ(find(std::string(district.name_en) + "-gu")->name, district.name_ko);
        EXPECT_EQ(find(district.code)->name, district.name_ko);
    }
    EXPECT_EQ(find("Jung-gu")->name, "중구");
}

TEST(Gazetteer, AJoinedDistrictMeansTheNeighbourhoodThatHasPictures) {
    EXPECT_EQ(find("서초구")->position, groups()[3].middle);
}

TEST(Gazetteer, KnowsStationsInBothLanguagesAndWithoutTheirEnding) {
    for (const std::string_view name :
         {"홍대입구역", "홍대입구", "홍대 입구역", "Hongik Univ. Station", "hongik univ"}) {
        const auto found = find(name);
        ASSERT_TRUE(found.has_value()) << name;
        EXPECT_EQ(found->name, "홍대입구역");
    }
    EXPECT_EQ(find("서울숲")->name, "서울숲");
    EXPECT_EQ(find("서울숲역")->name, "서울숲역");
    EXPECT_EQ(find("혜화동")->name, "혜화동");
    EXPECT_EQ(find("Hyehwa-dong")->name, "혜화동");
}

TEST(Gazetteer, ReadsLongitudeAndLatitude) {
    const auto found = find("127.0374512, 37.5446");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->position, (Position{127.0374512, 37.5446}));
    const auto swapped = find("37.5446,127.0374512");
    ASSERT_FALSE(swapped.has_value());
    EXPECT_NE(swapped.error().message.find("longitude comes first"), std::string::npos);
    const auto busan = find("129.07,35.18");
    ASSERT_FALSE(busan.has_value());
    EXPECT_EQ(busan.error().kind, ErrorKind::invalid);
}

TEST(Gazetteer, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(find("아틀란티스").error().kind, ErrorKind::not_found);
    EXPECT_EQ(find("").error().kind, ErrorKind::invalid);
    EXPECT_EQ(find("...").error().kind, ErrorKind::invalid);
    EXPECT_EQ(find(std::string(101, 'a')).error().kind, ErrorKind::invalid);
    EXPECT_EQ(find("nan,nan").error().kind, ErrorKind::not_found);
    EXPECT_EQ(find("1e2,37").error().kind, ErrorKind::not_found);
}

TEST(Gazetteer, EveryNameIsFoundAndLiesInItsDistrict) {
    std::set<std::string> names;
    for (const Landmark& landmark : landmarks()) {
        EXPECT_TRUE(find(landmark.name_ko).has_value()) << landmark.name_ko;
        EXPECT_TRUE(find(landmark.name_en).has_value()) << landmark.name_en;
        EXPECT_EQ(district_at(to_plane(landmark.position)), landmark.district) << landmark.name_ko;
        EXPECT_TRUE(names.insert(landmark.name_ko).second) << landmark.name_ko;
    }
}

}  // namespace
}  // namespace bongsu::place
