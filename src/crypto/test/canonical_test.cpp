#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "crypto/crypto.hpp"

namespace bongsu::crypto {
namespace {

std::string canonical(std::string_view text) { return canonical_json(boost::json::parse(text)).value(); }

TEST(CanonicalJson, SortsTheKeysOfRfc8785Section323ByUtf16CodeUnits) {
    const auto text = canonical(
        R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",)"
        R"("1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",)"
        R"("\u00f6":"Latin Small Letter O With Diaeresis"})");

    EXPECT_EQ(text,
              "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
              "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
              "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\","
              "\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

TEST(CanonicalJson, EscapesTheStringOfRfc8785Section322) {
    // The example's `string` member and literals; its numbers have fractions, which the journal refuses.
    const auto text = canonical(
        R"({"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]})");

    EXPECT_EQ(text,
              "{\"literals\":[null,true,false],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(CanonicalJson, EscapesEveryControlTheShortestWayAndNothingElse) {
    std::string controls;
    for (char letter = 0; letter < 0x20; ++letter) controls += letter;
    controls += '\x7f';

    const auto text = canonical_json(boost::json::value(controls)).value();

    EXPECT_EQ(
        text,
        "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f"
        "\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d"
        "\\u001e\\u001f\x7f\"");
}

TEST(CanonicalJson, KeepsKoreanAsItIs) {
    EXPECT_EQ(canonical(R"({"장소":"마포구 상암동","요약":"화재"})"),
              R"({"요약":"화재","장소":"마포구 상암동"})");
}

TEST(CanonicalJson, RefusesTextThatIsNotUtf8) {
    for (const auto* text :
         {"\xed\xa0\x80", "\xed\xbf\xbf", "\xc0\xaf", "\xf4\x90\x80\x80", "\xe3\x81", "\xff", "\x80"}) {
        const auto result = canonical_json(boost::json::object{{"text", text}});
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, ErrorKind::invalid);
        EXPECT_NE(result.error().message.find("text"), std::string::npos);
    }
}

TEST(CanonicalJson, WritesIntegersUpTo53BitsAndRefusesTheRest) {
    EXPECT_EQ(canonical("[0,-0,9007199254740991,-9007199254740991]"),
              "[0,0,9007199254740991,-9007199254740991]");
    for (const auto* text :
         {"9007199254740992", "-9007199254740992", "18446744073709551615", "1.5", "1e3", "1.0"}) {
        EXPECT_FALSE(canonical_json(boost::json::parse(text))) << text;
    }
}

TEST(CanonicalJson, NamesThePathOfWhatItRefuses) {
    const auto result = canonical_json(boost::json::parse(R"({"place":{"lon":126.9}})"));

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message.rfind("place: lon: ", 0), 0U) << result.error().message;
}

TEST(CanonicalJson, ReadsBackAtItsGreatestDepthAndRefusesOneMore) {
    const std::string deep = std::string(32, '[') + std::string(32, ']');
    EXPECT_EQ(canonical(deep), deep);

    boost::json::array deeper;
    deeper.push_back(boost::json::parse(deep));
    EXPECT_FALSE(canonical_json(deeper));
}

}  // namespace
}  // namespace bongsu::crypto
