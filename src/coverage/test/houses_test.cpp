#include "coverage/houses.hpp"

#include <gtest/gtest.h>

namespace bongsu::coverage {
namespace {

std::string feature(const std::string& properties, const std::string& geometry) {
    return R"({"type":"Feature","properties":{)" + properties + R"(},"geometry":{)" + geometry + "}}\n";
}

const std::string kSquare = "[[127.0,37.5],[127.0002,37.5],[127.0002,37.5002],[127.0,37.5002],[127.0,37.5]]";
const std::string kPolygon = R"("type":"Polygon","coordinates":[)" + kSquare + "]";

TEST(Houses, AreReadByHeightOrFloors) {
    const auto read = read_houses(feature(R"("height":12.5)", kPolygon) + "\n" + feature(R"("floors":4)", kPolygon) +
                                  feature(R"("height":9)", R"("type":"MultiPolygon","coordinates":[[)" + kSquare + "],[" + kSquare + "]]"));
    ASSERT_EQ(read.houses.size(), 4U);
    EXPECT_EQ(read.refused, 0U) << read.first;
    EXPECT_EQ(read.houses[0].height_m, 12.5);
    EXPECT_EQ(read.houses[0].outline.size(), 4U) << "without the closing point";
    EXPECT_EQ(read.houses[1].height_m, 12);
}

TEST(Houses, ALineThatIsNoneIsCountedAndTheRestIsRead) {
    const std::string metres = R"("type":"Polygon","coordinates":[[[198000,451000],[198010,451000],[198010,451010],[198000,451000]]])";
    const std::string swapped = R"("type":"Polygon","coordinates":[[[37.5,127.0],[37.6,127.0],[37.6,127.1],[37.5,127.0]]])";
    for (const auto& bad : {std::string("{\n"), std::string("[]\n"), feature("", kPolygon), feature(R"("height":-3)", kPolygon), feature(R"("height":"12")", kPolygon), feature(R"("height":5000)", kPolygon),
                            feature(R"("height":5)", R"("type":"Point","coordinates":[127,37.5])"), feature(R"("height":5)", metres), feature(R"("height":5)", swapped),
                            feature(R"("height":5)", R"("type":"Polygon","coordinates":[])"), feature(R"("height":5)", R"("type":"Polygon","coordinates":[[[127,37],[127]]])"), std::string(2 << 20, 'x') + "\n"}) {
        const auto read = read_houses(bad + feature(R"("height":5)", kPolygon));
        EXPECT_EQ(read.houses.size(), 1U) << bad.substr(0, 120);
        EXPECT_EQ(read.refused, 1U);
        EXPECT_EQ(read.first.rfind("line 1: ", 0), 0U) << read.first;
    }
    EXPECT_TRUE(read_houses("").houses.empty());
}

}  // namespace
}  // namespace bongsu::coverage
