// Which columns are what: names that nobody has met yet, owners that number alike.
#include "imports/layout.hpp"

#include "imports/diff.hpp"
#include "imports/rows.hpp"
#include "support.hpp"

namespace bongsu::imports {

namespace {

std::string said(const Question& question) {
    std::string out;
    for (const auto& item : question.candidates) out += item.value + "\n";
    return out;
}

std::string locals_of(const Reading& reading) {
    std::string out;
    for (const auto& place : reading.list) out += place.local + " ";
    return out;
}

std::string joined(const Reading& reading) {
    std::string out;
    for (const auto& place : reading.list) out += place.local + " " + place.name + "\n";
    return out;
}

constexpr std::string_view kOwners = "개방자치단체코드,관리번호,소재지도로명주소,카메라대수,위도,경도\n";
std::string owned(const std::string& code, const std::string& number, const std::string& latitude = "37.5") {
    return code + "," + number + ",로 " + code + " " + number + ",1," + latitude + ",127.03\n";
}

}  // namespace

TEST(Layout, SeveralOwnersMayNumberAlike) {
    const auto reading =
        read_or_die(std::string(kOwners) + owned("3000000", "1") + owned("3010000", "1") + owned("3010000", "1"));
    EXPECT_EQ(joined(reading), "3000000-1 로 3000000 1\n3010000-1 로 3010000 1\n");
    EXPECT_EQ(refusal_of(reading, 4), "[관리번호] 1 stands in row 3 already");
    EXPECT_EQ(detected(reading, "ids"), "owner and number");
    const auto alone = read_or_die(std::string(kOwners) + owned("3000000", "1") + owned("3000000", "2"));
    EXPECT_EQ(locals_of(alone), "1 2 ");
    EXPECT_EQ(detected(alone, "ids"), "");
}

TEST(Layout, AgenciesTellNumbersApartOnlyWhenOneNumberStandsUnderTwo) {
    const std::string head = "관리기관명,관리번호,소재지도로명주소,카메라대수,위도,경도\n";
    const auto apart = read_or_die(head + "종로구청,1,가 1,1,37.5,127.03\n종로구 교통과,2,가 2,1,37.5,127.03\n");
    EXPECT_EQ(locals_of(apart), "1 2 ");
    const auto alike = read_or_die(head + "종로구청,1,가 1,1,37.5,127.03\n중구청,1,가 2,1,37.5,127.03\n");
    ASSERT_EQ(alike.list.size(), 2U);
    EXPECT_EQ(alike.list[0].local, local_of_number("종로구청", "1"));
    EXPECT_EQ(alike.list[0].local.size(), 17U);
    EXPECT_EQ(alike.list[0].name, "가 1");
    const auto unsaid = read_or_die(head + "종로구청,77,가,1,37.5,127.03\n중구청,77,나,1,37.5,127.03\n");
    EXPECT_EQ(unsaid.list[0].name, "가 (77)") << "the id does not show it";
    const auto coded = read_or_die(std::string(kOwners) + "3000000,77,가,1,37.5,127.03\n3010000,77,나,1,37.5,127.03\n");
    EXPECT_EQ(coded.list[0].name, "가");
}

TEST(Layout, RowsOfOtherDistrictsMakeNoSecondOwner) {
    const Owner owner{.site = {"11650"}, .district = "서초구", .others = {"마포구"}, .city = kSeoul};
    const std::string head = "개방자치단체코드,관리번호,자치구,카메라대수,위도,경도\n";
    const auto reading = read_or_die(head + "1,A,서초구,1,37.5,127.03\n2,A,마포구,1,37.5,127.03\n", {}, owner);
    EXPECT_EQ(locals_of(reading), "A ");
}

TEST(Layout, ACameraKeepsItsIdWhenASecondOwnerComesOrGoes) {
    const auto one = read_or_die(std::string(kOwners) + owned("3000000", "1") + owned("3000000", "2"));
    auto two = read_or_die(std::string(kOwners) + owned("3000000", "1") + owned("3000000", "2") +
                           owned("3010000", "1") + owned("3010000", "2", "x"));
    keep_ids_of_owners(one.list, two.list);
    EXPECT_EQ(locals_of(two), "1 2 3010000-1 ");
    auto again = read_or_die(std::string(kOwners) + owned("3010000", "1"));
    keep_ids_of_owners(two.list, again.list);
    EXPECT_EQ(locals_of(again), "3010000-1 ");
    auto broken = read_or_die(std::string(kOwners) + owned("3000000", "1", "x") + owned("3010000", "1"));
    keep_ids_of_owners(two.list, broken.list);
    keep_refused(two.list, broken);
    EXPECT_EQ(locals_of(broken), "3010000-1 1 ");
}

TEST(Layout, AnAddressColumnOfAnUnknownNameIsAskedForWithWhatItHolds) {
    const std::string file =
        "카메라위치주소,위도,경도,카메라대수,점검일\n역삼로 1,37.5,127.03,1,2024-01-02\n역삼로 2,37.51,127.04,2,2024-01-02\n";
    const auto reading = read_or_die(file);

    ASSERT_TRUE(reading.question.has_value());
    EXPECT_EQ(reading.question->parameter, "columns");
    EXPECT_EQ(said(*reading.question), "address:카메라위치주소\nlat:위도,lon:경도\n");
    EXPECT_EQ(reading.question->candidates[0].why, "100 % of its cells are words, the first \"역삼로 1\"");
    EXPECT_EQ(read_or_die(file, {.columns = "address:카메라위치주소"}).list.at(1).name, "역삼로 2");
    const auto unnamed = read_or_die(file, {.columns = "lat:위도,lon:경도"});
    EXPECT_EQ(unnamed.list.at(0).name, "37.5, 127.03");
    EXPECT_EQ(unnamed.notes.back(),
              "2 rows have neither an address nor a name nor a number: called by their position");
}

TEST(Layout, TwoPairsOfPositionsAreOfferedWithWhatTheyHold) {
    const std::string file =
        "관리번호,위도,경도,WGS84위도,WGS84경도,카메라대수\nA,37.5,127.03,37.6,127.04,1\nB,37.5,127.03,37.6,127.04,1\n";
    const auto question = read_or_die(file).question;
    ASSERT_TRUE(question.has_value());
    EXPECT_EQ(question->detail, "more than one column is a position's lat");
    EXPECT_EQ(said(*question), "lat:위도,lon:경도\nlat:WGS84위도,lon:WGS84경도\n");
    EXPECT_EQ(question->candidates[1].why, "row 2 holds 37.6, 127.04");
    EXPECT_EQ(read_or_die(file, {.columns = question->candidates[1].value}).list.at(0).lat_e7, 376000000);
    const auto twice = read_or_die("관리번호,위도,경도,경도,카메라대수\nA,37.5,127.03,127.04,1\n").question;
    ASSERT_TRUE(twice.has_value());
    EXPECT_EQ(said(*twice), "lat:위도,lon:경도\nlat:위도,lon:4\n");
}

TEST(Layout, ColumnsOfOneNameThatHoldDifferentThingsAreAskedAbout) {
    const std::string file =
        "관리번호,관리번호,카메라대수,카메라 대수,위도,경도\nA1,A1,1,1,37.5446,127.04\nA2,B2,1,3,37.5446,127.04\n";
    const auto question = read_or_die(file).question;
    ASSERT_TRUE(question.has_value());
    EXPECT_EQ(question->parameter, "columns");
    EXPECT_EQ(question->detail, "more than one column is called 관리번호, 카메라대수");
    EXPECT_EQ(said(*question), "id:관리번호,count:카메라대수\nid:2,count:4\n");
    EXPECT_EQ(question->candidates[1].why, "row 3 holds B2, 3");
    const auto second = read_or_die(file, {.columns = question->candidates[1].value});
    EXPECT_EQ(locals_of(second), "A1 B2 ");
    EXPECT_EQ(second.list.at(1).cameras, 3);
    EXPECT_EQ(locals_of(read_or_die(file, {.columns = question->candidates[0].value})), "A1 A2 ");

    // What was said is kept in what is offered for the rest.
    const auto rest = read_or_die(file, {.columns = "count:4,"}).question;
    ASSERT_TRUE(rest.has_value());
    EXPECT_EQ(said(*rest), "count:4,id:관리번호\ncount:4,id:2\n");
    EXPECT_EQ(read_or_die(file, {.columns = rest->candidates[1].value}).list.at(1).cameras, 3);
}

TEST(Layout, AColumnThatStandsTwiceWithTheSameContentsIsTaken) {
    const auto reading = read_or_die("관리번호,카메라대수,위도,경도,관리번호\nA1,1,37.5,127.03,A1 \nA2,2,37.5,127.03,A2\n");
    EXPECT_FALSE(reading.question.has_value());
    EXPECT_EQ(locals_of(reading), "A1 A2 ");
}

TEST(Layout, TwoPairsOfPositionsAreAskedAboutWhateverElseIsSaid) {
    const std::string file = "관리번호,관리번호,위도,경도,위도,경도,카메라대수\nA,B,37.5,127.03,37.6,127.04,1\n";
    const auto place = read_or_die(file, {.columns = "count:7"}).question;
    ASSERT_TRUE(place.has_value());
    EXPECT_EQ(said(*place), "count:7,lat:위도,lon:경도\ncount:7,lat:5,lon:6\n");
    const auto number = read_or_die(file, {.columns = place->candidates[1].value}).question;
    ASSERT_TRUE(number.has_value());
    const auto reading = read_or_die(file, {.columns = number->candidates.at(1).value});
    EXPECT_EQ(joined(reading), "B B\n");
    EXPECT_EQ(reading.list.at(0).lat_e7, 376000000);
}

TEST(Layout, AnAnswerNamesItsColumnsHoweverTheyAreCalled) {
    const std::string file = "\"위도, WGS84\",\"경도:\",주소\n37.5,127.03,역삼로 1\n";
    const auto question = read_or_die(file).question;
    ASSERT_TRUE(question.has_value());
    EXPECT_EQ(read_or_die(file, {.columns = question->candidates.at(0).value}).list.size(), 1U);
}

TEST(Layout, MinutesAndSecondsInColumnsOfTheirOwnAreNotLeftOutUnasked) {
    const std::string rows = "A,1,37,32,40.5,127,2,24\n", count = "관리번호,카메라대수,";
    const auto question = read_or_die(count + "위도,위도분,위도초,경도,경도분,경도초\n" + rows).question;
    ASSERT_TRUE(question.has_value());
    EXPECT_EQ(question->parameter, "columns");
    EXPECT_EQ(question->detail.find("the column 위도분 says that positions are degrees, minutes and seconds"), 0U);
    EXPECT_EQ(said(*question), "lat:위도,lon:경도\n");
    const auto apart = read_or_die(count + "위도(도),위도(분),위도(초),경도(도),경도(분),경도(초)\n" + rows).question;
    ASSERT_TRUE(apart.has_value());
    EXPECT_EQ(apart->detail.find("the column 위도(분) says"), 0U);
    EXPECT_TRUE(apart->candidates.empty());
    const auto beside = read_or_die(count + "위도,위도분,경도,경도분\nA,1,37.5446,32,127.04,2\n");
    EXPECT_FALSE(beside.question.has_value()) << "decimals stand beside their parts";
    EXPECT_EQ(beside.list.size(), 1U);
}

TEST(Layout, AColumnWhoseNameCannotBeSaidIsSaidByItsNumber) {
    const auto reading = read_or_die("\"구분:장소,비고\",위도,경도,카메라대수\n역삼로 1,37.5,127.03,1\n");
    ASSERT_TRUE(reading.question.has_value());
    EXPECT_EQ(reading.question->candidates.at(0).value, "address:1");
}

TEST(Layout, PositionsAloneAreTakenAndCalledByTheirPosition) {
    const auto reading = read_or_die("위도,경도,카메라대수\n37.5,127.03,1\n37.5,127.03,1\n37.6,127.03,1\n");
    EXPECT_FALSE(reading.question.has_value());
    ASSERT_EQ(reading.list.size(), 3U);
    EXPECT_NE(reading.list[0].local, reading.list[1].local);
}

TEST(Layout, AFeaturesIdIsItsNumberUnlessAColumnIsCalledOne) {
    const auto feature = [](const std::string& properties) {
        return R"({"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point",)"
               R"("coordinates":[127.03,37.5]},"properties":{)" +
               properties + "}}]}";
    };
    EXPECT_EQ(joined(read_or_die(feature(R"("id":"C-7","cctv_type":"방범")"))), "C-7 C-7\n");
    EXPECT_EQ(joined(read_or_die(feature(R"("gid":12,"관리번호":"M-1","cctv_type":"방범")"))), "M-1 M-1\n");
}

TEST(Layout, NamesOfRealListsAreKnown) {
    for (const std::string name : {"위치주소", "설치장소주소", "설치위치(주소)", "도로명", "지번", "시설물ID", "CCTV번호"}) {
        const auto reading = read_or_die(name + ",위도,경도,카메라 대수\n가-1,37.5,127.03,1\n");
        EXPECT_FALSE(reading.question.has_value()) << name;
        ASSERT_EQ(reading.list.size(), 1U) << name;
        EXPECT_EQ(reading.list[0].name.substr(0, 5), "가-1") << name;
    }
}

}  // namespace bongsu::imports
