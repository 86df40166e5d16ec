// Where a file's pairs come to lie: systems that it names wrongly, rows whose metres are swapped.
#include "imports/positions.hpp"

#include <set>

#include "imports/rows.hpp"
#include "support.hpp"

namespace bongsu::imports {

namespace {

/// The four places of tests/golden/imports in metres of 5186, under columns that say another system.
std::string named(const std::string& x, const std::string& y) {
    auto text = golden("metres_5186.csv");
    return text.replace(text.find("X,Y"), 3, x + "," + y);
}

}  // namespace

TEST(Positions, ASystemInAColumnsNameThatPutsTheListElsewhereIsAskedAbout) {
    const auto file = named("X좌표(EPSG:5181)", "Y좌표(EPSG:5181)");  // A degree of latitude north: still Korea.
    const auto reading = read_or_die(file);

    ASSERT_TRUE(reading.question.has_value());
    EXPECT_EQ(reading.question->parameter, "crs");
    EXPECT_EQ(reading.question->detail,
              "the file says EPSG:5181, but most of its positions lie outside the city's area then, and within it in "
              "another system");
    ASSERT_EQ(reading.question->candidates.size(), 2U);
    EXPECT_EQ(reading.question->candidates[0].value, "5181");
    EXPECT_NE(reading.question->candidates[0].why.find("0 % of the positions lie in the city's area"), std::string::npos);
    EXPECT_EQ(reading.question->candidates[1].value, "5186");
    EXPECT_NE(reading.question->candidates[1].why.find("100 % of the positions lie in the city's area"),
              std::string::npos);
    EXPECT_EQ(read_or_die(file, {.crs = "5186"}).list.size(), 4U);
}

TEST(Positions, ANamedSystemIsTakenForAListOfAnotherPlaceThatNoSystemPutsHere) {
    Owner busan = centre();
    busan.city = {128.7, 34.9, 129.4, 35.4};
    EXPECT_FALSE(read_or_die(named("X(EPSG:5186)", "Y(EPSG:5186)"), {}, busan).question.has_value());
}

TEST(Positions, ANamedSystemThatPutsTheListAbroadIsAskedAboutWithThoseThatFit) {
    const auto reading = read_or_die(named("X(EPSG:5179)", "Y(EPSG:5179)"));
    ASSERT_TRUE(reading.question.has_value());
    ASSERT_EQ(reading.question->candidates.size(), 1U);
    EXPECT_EQ(reading.question->candidates[0].value, "5186");
}

TEST(Positions, ASystemThatWeDoNotReadIsAskedAboutWithThoseThatPutTheListHere) {
    for (const auto& [file, says] :
         {std::pair{named("X(EPSG:5187)", "Y(EPSG:5187)"), std::string("EPSG:5187")},
          {std::string(R"({"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:3857"}},"features":[
{"type":"Feature","properties":{"관리번호":"A","카메라대수":1},"geometry":{"type":"Point","coordinates":[191294.617,551865.2825]}}]})"),
           "EPSG:3857"}}) {
        const auto question = read_or_die(file).question;
        ASSERT_TRUE(question.has_value());
        EXPECT_EQ(question->parameter, "crs");
        EXPECT_EQ(question->detail, "the file says " + says +
                                        ", which is none of the systems that we read: 4326, 5179, 5181, 5186 and 5174");
        ASSERT_EQ(question->candidates.size(), 1U);
        EXPECT_EQ(question->candidates[0].value, "5186");
        EXPECT_FALSE(read_or_die(file, {.crs = "5186"}).list.empty());
    }
}

TEST(Positions, TheFormsOfASystemsNameAreRead) {
    for (const std::string crs :
         {R"({"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::5186"}})",
          R"({"type":"name","properties":{"name":"http://www.opengis.net/def/crs/EPSG/0/5186"}})",
          R"({"type":"name","properties":{"name":"http://www.opengis.net/gml/srs/epsg.xml#5186"}})",
          R"({"type":"EPSG","properties":{"code":5186}})"}) {
        const auto reading = read_or_die(
            R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"관리번호":"A","카메라대수":1},)"
            R"("geometry":{"type":"Point","coordinates":[191294.617,551865.2825]}}],"crs":)" +
            crs + "}");
        ASSERT_EQ(reading.detected.back().what, "crs") << crs;
        EXPECT_EQ(reading.detected.back().why.find("the file's crs member says so"), 0U) << crs;
        EXPECT_NEAR(reading.list.at(0).lat_e7, 375662830, 2);
    }
}

TEST(Positions, EveryCandidateOfASystemLeadsToWhatItShows) {
    // A list of another city: no system puts it here, and either way round it lies somewhere in Korea.
    Owner far = centre();
    far.city = {129.2, 35.0, 129.4, 35.3};
    for (const std::string file : {"metres_5186.csv", "metres_5186_north_first.csv"}) {
        const auto question = read_or_die(golden(file), {}, far).question;
        ASSERT_TRUE(question.has_value());
        std::set<std::string> values;
        for (const auto& candidate : question->candidates) {
            EXPECT_TRUE(values.insert(candidate.value).second) << candidate.value << " is offered twice";
            const auto reading = read_or_die(golden(file), {.crs = candidate.value}, far);
            ASSERT_FALSE(reading.list.empty());
            const auto& first = reading.list.front();
            EXPECT_NE(candidate.why.find("puts row " + std::to_string(first.row) + " at " + degrees_text(first.lon_e7) +
                                         ", " + degrees_text(first.lat_e7)),
                      std::string::npos)
                << candidate.value << ": " << candidate.why;
        }
        EXPECT_TRUE(values.contains("5186-east") && values.contains("5186-north"));
    }
    EXPECT_NEAR(read_or_die(golden("metres_5186_north_first.csv"), {.crs = "EPSG:5186-north"}, far).list.at(0).lat_e7,
                375662830, 2);
}

TEST(Positions, OneRowOfSwappedMetresIsToldByTheCityThoughItLiesInKorea) {
    const auto file = golden("metres_5186.csv") + "MP-0009,가,1,551865.2825,191294.6170\n";
    const auto reading = read_or_die(file, {.area = "korea"});
    EXPECT_EQ(refusal_of(reading, 6),
              "[Y] X and Y are swapped (551865.2825, 191294.6170); swapped=turn takes such rows");
    const auto turned = read_or_die(file, {.swapped = "turn"});
    EXPECT_EQ(turned.turned, 1U);
    ASSERT_EQ(turned.list.size(), 5U);
    EXPECT_EQ(turned.list[4].lat_e7, turned.list[0].lat_e7);
}

}  // namespace bongsu::imports
