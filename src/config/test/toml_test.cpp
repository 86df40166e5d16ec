#include "config/toml.hpp"

#include <gtest/gtest.h>

namespace bongsu::config {
namespace {

TEST(Toml, ValuesKeepTheirKind) {
    const auto value = parse_toml(
        "name = \"마포\"\nport = 8300\non = true\nlist = [1, 2]\n[site]\nid = \"11440\"\n", "city.toml");
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_EQ(value->at("name"), "마포");
    EXPECT_EQ(value->at("port"), 8300);
    EXPECT_EQ(value->at("on"), true);
    EXPECT_EQ(value->at("list").as_array().size(), 2U);
    EXPECT_EQ(value->at("site").at("id"), "11440");
}

TEST(Toml, AnErrorNamesFileAndLine) {
    const auto value = parse_toml("a = 1\nb = = 2\n", "city.toml");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().kind, ErrorKind::invalid);
    EXPECT_NE(value.error().message.find("city.toml, line 2"), std::string::npos) << value.error().message;
}

TEST(Toml, ATableNameThatBeginsLikeNoKeyIsAnErrorAndEndsNothing) {
    for (const auto* text : {"[$x]\n", "[[&a]]\n", "[;\n", "a = 1\n[[ ?]]\n", "[\x01\n"}) {
        const auto value = parse_toml(text, "city.toml");
        ASSERT_FALSE(value) << text;
        EXPECT_NE(value.error().message.find("city.toml, line "), std::string::npos) << value.error().message;
    }
}

TEST(Toml, LettersOutsideOfAsciiStandInTextsAndCommentsOnly) {
    for (const auto* text :
         {"café = 1\n", "a = é\n", "a = 1 \xC2\xA0\n", "\xE2\xB1\xA0\n", "a = 00\"é\"\n", "a = .\"é\"\n"}) {
        const auto value = parse_toml(text, "city.toml");
        ASSERT_FALSE(value) << text;
        EXPECT_NE(value.error().message.find("line 1, column "), std::string::npos) << value.error().message;
    }
    const auto value = parse_toml(
        "\xEF\xBB\xBF# 주석 \"\na = \"따옴표 \\\" 안\"\nb = '작은 \\'\nc = \"\"\"여러\n줄\"\"\"\"\n\"키\" = "
        "'é'\n",
        "city.toml");
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_EQ(value->at("a"), "따옴표 \" 안");
    EXPECT_EQ(value->at("b"), "작은 \\");
    EXPECT_EQ(value->at("c"), "여러\n줄\"");
    EXPECT_EQ(value->at("키"), "é");
}

}  // namespace
}  // namespace bongsu::config
