// The public lists that lie beside the checkout, when they do: each as an official would give it in.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "imports/diff.hpp"

namespace bongsu::imports {

namespace {

namespace fs = std::filesystem;

constexpr device::Box kSeoul{126.65, 37.3, 127.25, 37.75};

/// ../shared/data/cctv beside the checkout, or under BONGSU_SHARED; empty when neither is there.
fs::path folder() {
    const auto* told = std::getenv("BONGSU_SHARED");
    const fs::path shared = told != nullptr ? fs::path(told) : fs::path(BONGSU_SOURCE_DIR) / ".." / "shared";
    const auto found = shared / "data" / "cctv";
    return fs::is_directory(found) ? found : fs::path();
}

class ImportFiles : public testing::Test {
  protected:
    void SetUp() override {
        if (folder().empty())
            GTEST_SKIP() << "the public lists are not beside this checkout (../shared/data/cctv): skipped";
    }
    /// Nothing when this list is not among them.
    std::optional<Reading> read(const std::string& name, const Asked& asked = {}) {
        const auto path = folder() / name;
        if (!fs::exists(path)) return std::nullopt;
        std::ifstream in(path, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        auto reading = read_file(bytes, asked, {.site = {"11000"}, .district = "", .others = {}, .city = kSeoul});
        EXPECT_TRUE(reading.has_value()) << name << ": " << (reading ? "" : reading.error().message);
        if (!reading) return std::nullopt;
        EXPECT_EQ(reading->rows, reading->list.size() + reading->refused.size()) << name;
        return *std::move(reading);
    }
    static std::size_t cameras(const Reading& reading) { return compare({}, reading.list).cameras; }
};

}  // namespace

TEST_F(ImportFiles, SeoulsStandardListOf2020IsTakenButForFiveRowsElsewhere) {
    const auto reading = read("CCTV_서울_2020.csv");
    if (!reading) return;
    EXPECT_EQ(reading->rows, 6280U);
    EXPECT_EQ(reading->refused.size(), 5U);
    for (const auto& row : reading->refused)
        EXPECT_NE(row.reason.find("outside the city's area"), std::string::npos) << row.row;
    EXPECT_EQ(cameras(*reading), 12'207U);
}

TEST_F(ImportFiles, TheNationalExtractIsShownAndAskedAboutBeforeItIsApplied) {
    const auto reading = read("전국CCTV_표준데이터_일부_2020.csv");
    if (!reading) return;
    EXPECT_EQ(reading->rows, 17'212U);
    ASSERT_TRUE(reading->before_apply.has_value());
    EXPECT_EQ(reading->before_apply->parameter, "area");
    EXPECT_EQ(reading->refused.size(), 3U);  // No camera in them, says their own count.
    const auto here = read("전국CCTV_표준데이터_일부_2020.csv", {.area = "city"});
    EXPECT_EQ(here->list.size() + here->refused.size(), 17'212U);
    EXPECT_FALSE(here->before_apply.has_value());
}

TEST_F(ImportFiles, TheHeaderlessListOfAllDistrictsIsTakenButForItsSwappedAndFarRows) {
    const auto reading = read("서울시_안심이_CCTV_연계현황_ando_37340.csv");
    if (!reading) return;
    EXPECT_EQ(reading->rows, 37'340U);
    std::size_t swapped = 0;
    for (const auto& row : reading->refused)
        swapped += row.reason.find("swapped") != std::string::npos ? 1 : 0;
    EXPECT_EQ(swapped, 110U);
    EXPECT_EQ(reading->refused.size(), 120U);
    const auto turned =
        read("서울시_안심이_CCTV_연계현황_ando_37340.csv", {.swapped = "turn", .area = "korea"});
    EXPECT_EQ(turned->turned, 110U);
    EXPECT_EQ(turned->refused.size(), 2U);  // One says its latitude twice, one lies north of the map.
    EXPECT_EQ(cameras(*turned), 66'287U);
}

TEST_F(ImportFiles, ADistrictsFirstFormAndItsEnglishListAreTakenWhole) {
    if (const auto gangnam = read("gangnam_cctv_hw79.csv")) {
        EXPECT_EQ(gangnam->list.size(), 1699U);
        EXPECT_EQ(cameras(*gangnam), 4387U);
    }
    if (const auto gwanak = read("gwanak_cctv_info.csv")) {
        EXPECT_EQ(gwanak->list.size(), 5366U);
    }
}

TEST_F(ImportFiles, BellsSchoolZonesAndPoliceStationsAreAskedAbout) {
    for (const auto* name :
         {"12_04_09_E_안전비상벨위치정보.csv", "전국어린이보호구역표준데이터.csv", "ando_police_cp949.csv"}) {
        const auto reading = read(name);
        if (!reading) continue;
        ASSERT_TRUE(reading->question.has_value()) << name;
        EXPECT_EQ(reading->question->parameter, "columns");
        EXPECT_FALSE(reading->question->candidates.empty());
    }
}

TEST_F(ImportFiles, TheSameFileTwiceChangesNothing) {
    for (const auto* name :
         {"CCTV_서울_2020.csv", "gangnam_cctv_hw79.csv", "서울시_안심이_CCTV_연계현황_ando_37340.csv"}) {
        const auto first = read(name), second = read(name);
        if (!first) continue;
        const auto diff = compare(first->list, second->list);
        EXPECT_EQ(diff.unchanged, first->list.size()) << name;
        EXPECT_EQ(diff.added + diff.changed + diff.removed, 0U) << name;
        const auto from_nothing = compare({}, first->list);
        EXPECT_EQ(from_nothing.added, first->list.size()) << name << ": an id twice";
    }
}

}  // namespace bongsu::imports
