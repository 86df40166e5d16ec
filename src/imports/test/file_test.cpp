#include "imports/file.hpp"

#include <set>

#include "imports/rows.hpp"
#include "support.hpp"

namespace bongsu::imports {

namespace {

std::vector<std::string> locals(const Reading& reading) {
    std::vector<std::string> out;
    for (const auto& place : reading.list) out.push_back(place.local);
    return out;
}

Question question_of(const std::string& name, const Asked& asked = {}) {
    const auto reading = read_or_die(golden(name), asked);
    EXPECT_TRUE(reading.question.has_value()) << name;
    return reading.question.value_or(Question{});
}

}  // namespace

TEST(File, EachGenerationOfTheStandardInEachEncodingGivesTheSamePlaces) {
    for (const std::string form : {"2017", "2019", "2024"}) {
        std::vector<Listed> first;
        for (const std::string encoding : {"utf8", "bom", "cp949"}) {
            const auto name = "standard_" + form + "_" + encoding + ".csv";
            const auto reading = read_or_die(golden(name));
            EXPECT_TRUE(reading.refused.empty()) << name;
            ASSERT_EQ(reading.list.size(), 4U) << name;
            EXPECT_EQ(reading.list[0].name, "서울특별시 마포구 월드컵로 212");
            EXPECT_EQ(reading.list[0].lon_e7, 1269014640);
            EXPECT_EQ(reading.list[0].lat_e7, 375662830);
            EXPECT_EQ(reading.list[0].cameras, 4);
            EXPECT_EQ(reading.list[0].purpose, "crime");
            EXPECT_EQ(reading.list[1].purpose, "child");
            EXPECT_EQ(reading.list[1].bearing, 45);
            EXPECT_EQ(reading.list[2].name, "서울특별시 마포구 망원동 205-4");
            EXPECT_EQ(reading.list[3].purpose, "traffic");
            if (first.empty()) first = reading.list;
            for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(same(first[i], reading.list[i])) << name;
        }
    }
    EXPECT_EQ(locals(read_or_die(golden("standard_2024_utf16.csv"))),
              locals(read_or_die(golden("standard_2024_utf8.csv"))));
}

TEST(File, TheOwnersNumberIsTheIdWhenItIsUrlSafeAndItsDigestElse) {
    const auto reading = read_or_die(golden("standard_2024_cp949.csv"));
    const auto ids = locals(reading);
    EXPECT_EQ(ids[0], "MP-0001");
    EXPECT_EQ(ids[3], local_of_number("마포 4호"));
    EXPECT_EQ(ids[3].size(), 17U);
    EXPECT_NE(reading.list[3].name.find("(마포 4호)"), std::string::npos);
}

TEST(File, ATitleAboveTheHeaderIsPassedOver) {
    const auto reading = read_or_die(golden("standard_title_rows.csv"));
    EXPECT_EQ(reading.rows, 4U);
    EXPECT_EQ(reading.list.front().row, 4U);
}

TEST(File, WorkbooksGiveTheSamePlacesAsTheirCsv) {
    const auto csv = read_or_die(golden("standard_2024_utf8.csv"));
    for (const auto* name : {"standard_shared.xlsx", "standard_inline.xlsx"}) {
        const auto reading = read_or_die(golden(name));
        ASSERT_EQ(reading.list.size(), 4U) << name;
        for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(same(csv.list[i], reading.list[i])) << name << i;
    }
}

TEST(File, TheHeaderlessListIsKnownByItsColumnsAndEachFaultyRowIsNamed) {
    for (const auto* name : {"ansim_no_header.csv", "ansim_cp949.csv"}) {
        const auto reading = read_or_die(golden(name));
        EXPECT_EQ(reading.rows, 100U);
        EXPECT_EQ(reading.list.size(), 92U);
        EXPECT_EQ(reading.refused.size(), 8U);
        EXPECT_EQ(
            refusal_of(reading, 10),
            "[3] latitude and longitude are swapped (37.561000, 126.901000); swapped=turn takes such rows");
        EXPECT_EQ(refusal_of(reading, 20), "[3] the position is 0, 0");
        EXPECT_EQ(refusal_of(reading, 30), "[3] the position 121.473700, 31.250000 lies outside Korea");
        EXPECT_EQ(refusal_of(reading, 40), "[3] the row has no position");
        EXPECT_EQ(refusal_of(reading, 50), "[5] \"셋\" is not a number of cameras");
        EXPECT_EQ(refusal_of(reading, 60), "[5] \"0\" cameras: a row has 1 to 500");
        EXPECT_EQ(refusal_of(reading, 70), "[3] \"37.56O12\" is not a number");
        EXPECT_EQ(
            refusal_of(reading, 80),
            "[3] the position 129.0756, 35.1796 lies outside the city's area; area=korea takes such rows");
    }
}

TEST(File, SwappedRowsAreTurnedWhenAPersonSaysSo) {
    const auto reading = read_or_die(golden("ansim_no_header.csv"), {.swapped = "turn"});
    EXPECT_EQ(reading.turned, 1U);
    EXPECT_EQ(refusal_of(reading, 10), "");
    EXPECT_EQ(reading.list[9].lat_e7, 375610000);
}

TEST(File, RepeatedNumbersLongRowsAndBrokenQuotesAreRefusedAlone) {
    const auto reading = read_or_die(golden("standard_mess.csv"));
    EXPECT_EQ(reading.rows, 9U);
    EXPECT_EQ(refusal_of(reading, 6), "[관리번호] MP-0001 stands in row 2 already");
    EXPECT_EQ(refusal_of(reading, 7), "[19] the row has 19 cells, the header 18");
    EXPECT_EQ(refusal_of(reading, 10), "[] letters follow a closing quote");
    EXPECT_EQ(reading.list.size(), 6U);
    EXPECT_EQ(reading.list[4].name, "서울특별시 마포구 토정로 줄바꿈 37");
    EXPECT_EQ(reading.list[5].name, "MP-0007");
}

TEST(File, SystemsThatOneAloneFitsAreFoundWhicheverAxisComesFirst) {
    for (const std::string epsg : {"5179", "5186"}) {
        for (const std::string order : {"", "_north_first"}) {
            const auto reading = read_or_die(golden("metres_" + epsg + order + ".csv"));
            EXPECT_EQ(detected(reading, "crs"), "EPSG:" + epsg);
            ASSERT_EQ(reading.list.size(), 4U);
            EXPECT_NEAR(reading.list[0].lon_e7, 1269014640, 2);
            EXPECT_NEAR(reading.list[0].lat_e7, 375662830, 2);
        }
    }
}

TEST(File, SystemsThatDifferBySomeHundredMetresAreAskedFor) {
    for (const std::string epsg : {"5181", "5174"}) {
        const auto question = question_of("metres_" + epsg + ".csv");
        EXPECT_EQ(question.parameter, "crs");
        std::set<std::string> values;
        for (const auto& candidate : question.candidates) values.insert(candidate.value);
        EXPECT_EQ(values, (std::set<std::string>{"5174", "5181"}));

        const auto reading = read_or_die(golden("metres_" + epsg + "_north_first.csv"), {.crs = epsg});
        ASSERT_EQ(reading.list.size(), 4U);
        EXPECT_NEAR(reading.list[0].lon_e7, 1269014640, 2);
        EXPECT_NEAR(reading.list[0].lat_e7, 375662830, 2);
    }
}

TEST(File, WhatCanBeAskedAtOnceIsAskedAtOnce) {
    const std::string file = "관리번호,주소,X,Y\nA,월드컵로 212,191294.6170,451865.2825\nB,와우산로 94,193423.0499,450153.1059\n";
    const auto reading = read_or_die(file);
    ASSERT_TRUE(reading.question.has_value());
    EXPECT_EQ(reading.question->parameter, "columns") << "nothing says that they are cameras";
    ASSERT_EQ(reading.further.size(), 1U);
    EXPECT_EQ(reading.further[0].parameter, "crs");
    ASSERT_FALSE(reading.further[0].candidates.empty());

    const auto answered =
        read_or_die(file, {.crs = reading.further[0].candidates[0].value, .columns = reading.question->candidates.at(0).value});
    EXPECT_FALSE(answered.question.has_value()) << answered.question->detail;
    EXPECT_EQ(answered.list.size(), 2U);
    EXPECT_TRUE(read_or_die("관리번호,주소\nA,월드컵로 212\n").further.empty()) << "the system of which numbers?";
    EXPECT_TRUE(read_or_die(golden("names_swapped.csv")).further.empty());
}

TEST(File, ASystemThatTheFileNamesIsTaken) {
    EXPECT_EQ(detected(read_or_die(golden("metres_named_5174.csv")), "crs"), "EPSG:5174");
    const auto reading = read_or_die(golden("named_5186.geojson"));
    EXPECT_EQ(detected(reading, "crs"), "EPSG:5186");
    EXPECT_NEAR(reading.list.at(0).lat_e7, 375662830, 2);
}

TEST(File, NamesTheWrongWayRoundAreAskedAboutAndTheAnswerIsTaken) {
    const auto question = question_of("names_swapped.csv");
    EXPECT_EQ(question.parameter, "columns");
    ASSERT_EQ(question.candidates.size(), 1U);
    EXPECT_EQ(question.candidates[0].value, "lat:경도,lon:위도");
    const auto reading = read_or_die(golden("names_swapped.csv"), {.columns = question.candidates[0].value});
    EXPECT_EQ(reading.list.size(), 4U);
}

TEST(File, ListsOfOtherThingsAndListsWithoutAPlaceAreAskedAbout) {
    EXPECT_NE(question_of("bells.csv").detail.find("안전비상벨관리번호"), std::string::npos);
    EXPECT_EQ(question_of("addresses_only.csv").detail, "no pair of columns says where the rows are");
    EXPECT_EQ(read_or_die(golden("bells.csv"), {.columns = "lat:WGS84위도,lon:WGS84경도"}).list.size(), 4U);
}

TEST(File, BadLettersRefuseTheirRowAloneOnceTheEncodingIsSaid) {
    const auto reading = read_or_die(golden("broken_cp949.csv"), {.encoding = "cp949"});
    EXPECT_EQ(reading.list.size(), 3U);
    EXPECT_EQ(refusal_of(reading, 4), "[소재지지번주소] bytes that are no letters in this encoding");
}

TEST(File, ADistrictTakesNoRowOfAnother) {
    Owner owner{.site = {"11650"}, .district = "서초구", .others = {"마포구", "송파구"}, .city = kSeoul};
    const auto reading = read_or_die(golden("ansim_no_header.csv"), {}, owner);
    EXPECT_TRUE(reading.list.empty());
    EXPECT_EQ(refusal_of(reading, 1), "[1] the row is 마포구's, this list is 서초구's");
}

TEST(File, AListOfAnotherPlaceIsShownButAskedAboutBeforeItIsApplied) {
    Owner owner = centre();
    owner.city = {129, 35, 129.3, 35.4};
    const auto reading = read_or_die(golden("standard_2024_utf8.csv"), {}, owner);
    EXPECT_EQ(reading.list.size(), 4U);
    ASSERT_TRUE(reading.before_apply.has_value());
    EXPECT_EQ(reading.before_apply->parameter, "area");
    EXPECT_EQ(read_or_die(golden("standard_2024_utf8.csv"), {.area = "city"}, owner).refused.size(), 4U);
    EXPECT_EQ(read_or_die(golden("standard_2024_utf8.csv"), {.area = "korea"}, owner).list.size(), 4U);
}

TEST(File, WhatIsSaidWronglyNamesTheParameter) {
    const auto bytes = golden("standard_2024_utf8.csv");
    const auto error = [&](const Asked& asked) {
        const auto reading = read_file(bytes, asked, centre());
        return reading ? "" : reading.error().message;
    };
    EXPECT_EQ(error({.format = "xml"}), "format must be csv, xlsx or geojson");
    EXPECT_EQ(error({.encoding = "latin1"}), "encoding must be utf-8, cp949 or utf-16");
    EXPECT_EQ(error({.crs = "3857"}), "crs must be 4326, 5179, 5181, 5186 or 5174");
    EXPECT_EQ(error({.columns = "lat:없음"}), "columns must name columns of the file, which has no column 없음");
    EXPECT_EQ(error({.columns = "breadth:1"}).substr(0, 20), "columns must be a li");
    EXPECT_EQ(error({.swapped = "yes"}), "swapped must be turn");
    EXPECT_EQ(error({.area = "moon"}), "area must be city or korea");
    EXPECT_EQ(read_file("", {}, centre()).error().message, "the file is empty");
    EXPECT_EQ(read_file("\xD0\xCF\x11\xE0 old", {}, centre()).error().message.substr(0, 26),
              "the file is an old .xls or");
}

}  // namespace bongsu::imports
