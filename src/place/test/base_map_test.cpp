#include "place/base_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <string>

namespace bongsu::place {
namespace {

void expect_in_seoul(const boost::json::value& coordinates) {
    const boost::json::array& array = coordinates.as_array();
    if (!array[0].is_number()) {
        for (const boost::json::value& inner : array) expect_in_seoul(inner);
        return;
    }
    ASSERT_EQ(array.size(), 2U);
    ASSERT_NEAR(array[0].to_number<double>(), 126.98, 0.25);
    ASSERT_NEAR(array[1].to_number<double>(), 37.56, 0.16);
}

TEST(BaseMap, IsGeoJsonWithTheLayersTheMapDraws) {
    const std::string text = base_map(draw_city(1));
    const boost::json::object map = boost::json::parse(text).as_object();
    EXPECT_EQ(map.at("type").as_string(), "FeatureCollection");
    std::map<std::string, int> layers;
    for (const boost::json::value& item : map.at("features").as_array()) {
        const boost::json::object& properties = item.at("properties").as_object();
        const std::string layer(properties.at("layer").as_string());
        ++layers[layer];
        if (layer == "building") {
            EXPECT_GT(properties.at("height").as_int64(), 0);
        }
        if (layer == "street") {
            EXPECT_TRUE(properties.contains("class"));
        }
        if (layer == "district") {
            EXPECT_TRUE(properties.at("joined").is_bool());
        }
        if (layer == "district" || layer == "park" || layer == "place") {
            EXPECT_FALSE(properties.at("name").as_string().empty());
            EXPECT_FALSE(properties.at("nameEn").as_string().empty());
        }
        const boost::json::object& geometry = item.at("geometry").as_object();
        expect_in_seoul(geometry.at("coordinates"));
        if (geometry.at("type").as_string() != "Polygon") continue;
        const boost::json::array& ring = geometry.at("coordinates").at(0).as_array();
        ASSERT_GE(ring.size(), 4U);
        EXPECT_EQ(ring.front(), ring.back());  // RFC 7946 section 3.1.6.
    }
    EXPECT_EQ(layers["district"], 25);
    EXPECT_GE(layers["park"], 10);
    EXPECT_GE(layers["water"], 4);
    EXPECT_GT(layers["building"], 3'000);
    EXPECT_GT(layers["street"], 30);
    EXPECT_GT(layers["place"], 150);
    EXPECT_EQ(layers.size(), 6U);
}

TEST(BaseMap, StaysBelowThreeMegabytesAndIsTheSameForTheSameSeed) {
    const std::string text = base_map(draw_city(1));
    EXPECT_LT(text.size(), 3'000'000U);
    EXPECT_EQ(text, base_map(draw_city(1)));
    EXPECT_NE(text, base_map(draw_city(2)));
}

TEST(BaseMap, CoordinatesHaveAtMostSixDecimals) {
    const std::string text = base_map(draw_city(1));
    std::size_t digits = 0;
    bool decimals = false;
    for (const char letter : text) {
        const bool digit = letter >= '0' && letter <= '9';
        digits = digit && decimals ? digits + 1 : 0;
        ASSERT_LE(digits, 6U);
        ASSERT_FALSE(decimals && (letter == 'e' || letter == 'E'));
        decimals = letter == '.' || (digit && decimals);
    }
}

TEST(BaseMap, ItsRoadsAreItsStreetsOneALine) {
    const City city = draw_city(1);
    const std::string lines = roads(city);
    EXPECT_EQ(static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')), city.streets.edges.size());
    for (const auto* word : {"\"class\":\"arterial\"", "\"class\":\"street\"", "\"class\":\"lane\""}) EXPECT_NE(lines.find(word), std::string::npos) << word;
    EXPECT_EQ(lines, roads(draw_city(1)));
}

}  // namespace
}  // namespace bongsu::place
