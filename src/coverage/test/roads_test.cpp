#include "coverage/roads.hpp"

#include <gtest/gtest.h>

#include "coverage/test/town.hpp"

namespace bongsu::coverage {
namespace {

std::string feature(const std::string& properties, const std::string& geometry) {
    return R"({"type":"Feature","properties":{)" + properties + R"(},"geometry":{)" + geometry + "}}\n";
}

const std::string kStreet = R"("class":"street")", kLine = R"("type":"LineString","coordinates":[[127.0,37.5],[127.001,37.5]])";

TEST(Roads, AreReadByClass) {
    const auto read = read_roads(feature(kStreet, kLine) + "\n" + feature(R"("class":"lane","name":"길")", R"("type":"MultiLineString","coordinates":[[[127,37.5],[127,37.51]],[[127.1,37.5],[127.1,37.51],[127.2,37.51]]])"));
    EXPECT_EQ(read.refused, 0U) << read.first;
    ASSERT_EQ(read.roads.size(), 3U);
    EXPECT_EQ(read.roads[0].kind, RoadClass::street);
    EXPECT_EQ(read.roads[1].kind, RoadClass::lane);
    EXPECT_EQ(read.roads[2].line.size(), 3U);
}

TEST(Roads, ALineThatIsNoneNamesItsFieldAndTheRestIsRead) {
    struct Case {
        std::string line, says;
    };
    for (const auto& [line, says] : std::vector<Case>{
             {"{\n", "is no JSON object"},
             {R"({"type":"Feature"})" "\n", "has no properties or no geometry"},
             {feature("", kLine), "class must be arterial, street or lane"},
             {feature(R"("class":5)", kLine), "class must be arterial, street or lane"},
             {feature(R"("class":"path")", kLine), "class must be arterial, street or lane"},
             {feature(kStreet, R"("type":"Point","coordinates":[127,37.5])"), "geometry must be a LineString or a MultiLineString"},
             {feature(kStreet, R"("type":"LineString","coordinates":[[127,37.5]])"), "coordinates must be 2 to 10,000 points"},
             {feature(kStreet, R"("type":"LineString","coordinates":[[37.5,127],[37.6,127]])"), "coordinates must be [longitude, latitude] in degrees within Korea"},
             {feature(kStreet, R"("type":"LineString","coordinates":[[198000,451000],[198010,451000]])"), "coordinates must be [longitude, latitude] in degrees within Korea"},
             {feature(kStreet, R"("type":"MultiLineString","coordinates":[])"), "coordinates must not be empty"},
             {feature(kStreet, R"("type":"MultiLineString","coordinates":[[[127,37.5],[127,37.6]],[[127]]])"), "coordinates must be 2 to 10,000 points"},
             {std::string(2 << 20, 'x') + "\n", "is longer than 1 MiB"}}) {
        const auto read = read_roads(feature(kStreet, kLine) + line + feature(kStreet, kLine));
        EXPECT_EQ(read.roads.size(), 2U) << says;
        EXPECT_EQ(read.refused, 1U) << says;
        EXPECT_EQ(read.first, "line 2: " + says);
    }
    EXPECT_TRUE(read_roads("").roads.empty());
}

//        |
//   -----+-----   the one that crosses shares a point with the other, which goes on
//        |
TEST(Roads, MeetWhereTheyShareAPoint) {
    const Roads roads({road({{-100, 0}, {0, 0}, {100, 0}}), road({{0, -50}, {0, 0}, {0, 50}}), road({{-100, 30}, {100, 30}})});
    EXPECT_EQ(roads.size(), 5U) << "four arms, and one that goes over them without a crossing";
    EXPECT_EQ(roads.nodes(), 7U);
    std::size_t arms = 0;
    for (std::uint32_t node = 0; node < roads.nodes(); ++node) arms = std::max(arms, roads.edges_at(node).size());
    EXPECT_EQ(arms, 4U);
}

TEST(Roads, AreMeasuredAlongTheirBends) {
    const Roads roads({road({{0, 0}, {100, 0}, {100, 50}})});
    ASSERT_EQ(roads.size(), 1U);
    EXPECT_NEAR(roads.edge(0).length_m, 150, 0.01);
    const auto corner = roads.plane().spot_of(at(100, 20)), there = roads.spot(0, 120);
    EXPECT_NEAR(there.x, corner.x, 0.01);
    EXPECT_NEAR(there.y, corner.y, 0.01);
    EXPECT_NEAR(roads.direction_deg(0, 50), 90, 0.1);
    EXPECT_NEAR(roads.direction_deg(0, 120), 0, 0.1);
    EXPECT_EQ(roads.stretch(0, 90, 110).size(), 3U) << "with the bend in between";
    EXPECT_EQ(roads.stretch(0, 10, 20).size(), 2U);
    const auto beside = roads.near(roads.plane().spot_of(at(60, -7)), 20);
    ASSERT_EQ(beside.size(), 1U);
    EXPECT_NEAR(beside[0].along_m, 60, 0.01);
    EXPECT_NEAR(beside[0].away_m, 7, 0.01);
    EXPECT_TRUE(roads.near(roads.plane().spot_of(at(60, -30)), 20).empty());
}

TEST(Roads, NothingAndWhatHasNoLengthAreNoRoads) {
    const Roads none;
    EXPECT_TRUE(none.is_empty());
    EXPECT_TRUE(none.near({0, 0}, 1000).empty());
    const Roads odd({Road{}, road({{5, 5}}), road({{5, 5}, {5, 5}})});
    EXPECT_TRUE(odd.is_empty());
    EXPECT_TRUE(odd.near({0, 0}, 1000).empty());
}

TEST(Roads, OneStrayRoadMakesNoLargeIndex) {
    std::vector<Road> all = grid(3, 100);
    all.push_back(Road{{{131.9, 33.1}, {131.8, 38.9}}, RoadClass::street});
    const Roads roads(all);
    EXPECT_EQ(roads.near(roads.plane().spot_of(at(50, 3)), 10).size(), 1U);
}

}  // namespace
}  // namespace bongsu::coverage
