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

}  // namespace
}  // namespace bongsu::config
