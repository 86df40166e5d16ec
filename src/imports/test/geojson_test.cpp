#include "imports/geojson.hpp"

#include "support.hpp"

namespace bongsu::imports {

namespace {
std::string error_of(const std::string& text) {
    const auto features = read_geojson(text);
    return features ? "" : features.error().message;
}
std::string collection(const std::string& features) {
    return R"({"type":"FeatureCollection","features":[)" + features + "]}";
}
}  // namespace

TEST(GeoJson, AFeatureIsARowAndItsPropertiesAreColumns) {
    const auto features = read_geojson(collection(
        R"({"type":"Feature","properties":{"a":"x","b":{"deep":[1]},"c":2.5},"geometry":{"type":"Point","coordinates":[126.9,37.5,12]}},
        {"geometry":{"coordinates":[[127,37]],"type":"MultiPoint"},"properties":{"d":true,"a":"y"},"type":"Feature"})"));

    ASSERT_TRUE(features.has_value());
    const auto& table = features->table;
    EXPECT_EQ(table.names, (std::vector<std::string>{"geometry.x", "geometry.y", "a", "c", "d"}));
    ASSERT_EQ(table.rows(), 2U);
    EXPECT_EQ(table.cell(0, 0), "126.9");
    EXPECT_EQ(table.cell(0, 1), "37.5");
    EXPECT_EQ(table.cell(0, 3), "2.5");
    EXPECT_EQ(table.cell(1, 0), "127");
    EXPECT_EQ(table.cell(1, 2), "y");
    EXPECT_EQ(table.cell(1, 4), "true");
    EXPECT_EQ(table.fault(1), nullptr);
}

TEST(GeoJson, LinesAreRefusedAndAFeatureWithoutAPlaceHasNone) {
    const auto reading = read_or_die(golden("wgs84.geojson"));

    EXPECT_EQ(reading.rows, 6U);
    EXPECT_EQ(reading.list.size(), 4U);
    EXPECT_EQ(refusal_of(reading, 5), "[] the geometry is a LineString, not a point");
    EXPECT_EQ(refusal_of(reading, 6), "[geometry.y] the row has no position");
}

TEST(GeoJson, WhatStandsInAFeaturesPlaceIsARowAndRefused) {
    const std::string good =
        R"({"type":"Feature","properties":{"관리번호":"A1","카메라대수":1},"geometry":{"type":"Point","coordinates":[127.04,37.5446]}})";
    const auto reading = read_or_die(collection("null,1,-1.5,\"x\",true,[" + good + ",[null]]," + good + ",{}"));
    EXPECT_EQ(reading.rows, 8U);
    ASSERT_EQ(reading.list.size(), 1U);
    EXPECT_EQ(reading.list[0].row, 7U);
    for (std::uint32_t row = 1; row <= 6; ++row) EXPECT_EQ(refusal_of(reading, row), "[] the feature is no object");
    EXPECT_EQ(refusal_of(reading, 8), "[geometry.y] the row has no position");
}

TEST(GeoJson, ItIsKnownInUtf16Too) {
    std::string wide = "\xFF\xFE";
    for (const char c : std::string(R"( {"type":"FeatureCollection","features":[{"geometry":{"type":"Point",)"
                                    R"("coordinates":[127.04,37.5]},"properties":{"cctv_type":"x","id":"A"}}]})"))
        wide.append(1, c).append(1, '\0');
    const auto reading = read_or_die(wide);
    EXPECT_EQ(detected(reading, "format"), "geojson");
    EXPECT_EQ(reading.list.size(), 1U);
    const auto question = read_or_die(wide.substr(2)).question;
    ASSERT_TRUE(question.has_value());
    EXPECT_EQ(question->parameter, "encoding");
    EXPECT_EQ(read_or_die(wide.substr(2), {.encoding = "utf-16"}).list.size(), 1U);
}

TEST(GeoJson, OnlyOnePositionOfTwoOrThreeNumbersIsAPoint) {
    const auto is_taken = [](const std::string& type, const std::string& coordinates) {
        const auto features = read_geojson(collection(R"({"geometry":{"type":")" + type + R"(","coordinates":)" +
                                                      coordinates + "}}"));
        EXPECT_TRUE(features.has_value());
        const bool is_sound = features->table.fault(0) == nullptr;
        EXPECT_EQ(features->table.cell(0, 1), is_sound ? "37.5" : "") << coordinates;
        return is_sound;
    };
    for (const std::string good : {"[127,37.5]", "[127,37.5,30]"}) {
        EXPECT_TRUE(is_taken("Point", good));
        EXPECT_TRUE(is_taken("MultiPoint", "[" + good + "]"));
        EXPECT_FALSE(is_taken("MultiPoint", good));
        EXPECT_FALSE(is_taken("Point", "[" + good + "]"));
    }
    for (const std::string bad : {"[127,null,37.5]", "[127,\"x\",37.5]", "[127,37.5,{}]", "[127,37.5,[]]", "[true,127,37.5]",
                                  "[127,37.5,30,1]", "[127]", "[]", "[\"127\",\"37.5\"]", "[[127],[37.5]]"}) {
        EXPECT_FALSE(is_taken("Point", bad)) << bad;
        EXPECT_FALSE(is_taken("MultiPoint", "[" + bad + "]")) << bad;
        EXPECT_FALSE(is_taken("MultiPoint", bad)) << bad;
    }
    EXPECT_FALSE(is_taken("MultiPoint", "[127,[37.5]]"));
    EXPECT_FALSE(is_taken("MultiPoint", "[[127,37.5],[127,37.6]]"));
}

TEST(GeoJson, WhatIsNoFeatureCollectionSaysSo) {
    EXPECT_EQ(error_of("[]"), "the file is a JSON list, not a GeoJSON FeatureCollection");
    EXPECT_EQ(error_of(R"({"type":"Feature","geometry":null})"),
              "type must be FeatureCollection, not Feature");
    EXPECT_EQ(error_of("{}"), "type must be FeatureCollection");
    EXPECT_EQ(error_of(R"({"type":"FeatureCollection","features":[)").substr(0, 27),
              "the file is not JSON at byt");
    EXPECT_NE(error_of(collection("") + "x"), "");
}

TEST(GeoJson, DepthAndWidthAreBounded) {
    EXPECT_NE(error_of(collection(R"({"properties":)" + std::string(1'000'000, '['))).find("not JSON"),
              std::string::npos);
    std::string properties;
    for (int i = 0; i < 300; ++i) properties += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
    EXPECT_EQ(error_of(collection(R"({"properties":{)" + properties + "}}")),
              "the features have more than 256 properties");
    EXPECT_EQ(error_of(collection(R"({"properties":{"a":")" + std::string(40'000, 'x') + "\"}}")),
              "feature 1: a text is too long");
}

}  // namespace bongsu::imports
