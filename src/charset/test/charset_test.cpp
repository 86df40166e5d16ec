#include <gtest/gtest.h>

#include "charset/convert.hpp"
#include "charset/utf8.hpp"

namespace bongsu::charset {
namespace {

TEST(Utf8, IsShortestFormWithoutSurrogatesUpToTheLastPlane) {
    EXPECT_TRUE(is_utf8("가나다 abc \xF0\x9F\x9A\xA8"));
    EXPECT_EQ(first_not_utf8("a\xC0\x80"), 1U);
    EXPECT_EQ(first_not_utf8("\xED\xA0\x80"), 0U);
    EXPECT_EQ(first_not_utf8("\xF4\x90\x80\x80"), 0U);
    EXPECT_EQ(first_not_utf8("가\xEA\xB0"), 3U);
    EXPECT_EQ(first_letter("\xF4\x8F\xBF\xBF").code, 0x10FFFFU);
}

TEST(Convert, EachWrongByteIsMarkedAndCounted) {
    const auto plain = to_utf8("a\xFF\xFE가", Charset::utf8).value();
    EXPECT_EQ(plain.utf8, "a\xEF\xBF\xBD\xEF\xBF\xBD가");
    EXPECT_EQ(plain.bad, 2U);
    EXPECT_EQ(plain.first_bad, 1U);
    const auto korean = to_utf8("\xB0\xA1\xFF\xB3\xAA", Charset::cp949).value();
    EXPECT_EQ(korean.utf8, "가\xEF\xBF\xBD나");
    EXPECT_EQ(korean.first_bad, 2U);
}

TEST(Convert, ALetterCutAtTheEndIsWrongToo) {
    EXPECT_EQ(to_utf8("\xB0\xA1\xB0", Charset::cp949).value().bad, 1U);
    EXPECT_EQ(to_utf8(std::string_view("\xFF\xFE\x00\xAC\x01", 5), Charset::utf16).value().utf8,
              "가\xEF\xBF\xBD");
}

TEST(Convert, StopsAtTheBoundOfWrongBytes) {
    const auto many = to_utf8(std::string(5000, '\xFF'), Charset::cp949, 1000).value();
    EXPECT_EQ(many.bad, 1000U);
    EXPECT_EQ(to_utf8(std::string(5000, '\xFF'), Charset::utf8, 10).value().bad, 10U);
}

TEST(Convert, GoesThroughTextLongerThanItsPieces) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "똠방각하";
    const auto bytes = from_utf8(text, Charset::cp949);
    EXPECT_EQ(bytes.size(), 20'000U * 8);
    EXPECT_EQ(to_utf8(bytes, Charset::cp949).value().utf8, text);
}

TEST(Convert, ALetterThatTheCharsetLacksBecomesAQuestionMark) {
    EXPECT_EQ(from_utf8("가🔥나", Charset::cp949), from_utf8("가?나", Charset::cp949));
    EXPECT_EQ(from_utf8("🔥", Charset::utf8), "🔥");
}

}  // namespace
}  // namespace bongsu::charset
