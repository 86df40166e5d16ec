#include <gtest/gtest.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace bongsu {
namespace {

TEST(Time, Rfc3339RoundTripsToTheMicrosecond) {
    for (const auto* text :
         {"2026-11-23T14:17:54.000001Z", "1970-01-01T00:00:00.000000Z", "2024-02-29T23:59:59.999999Z"}) {
        const auto time = parse_rfc3339(text, "time");
        ASSERT_TRUE(time) << time.error().message;
        EXPECT_EQ(to_rfc3339(*time), text);
    }
}

TEST(Time, OffsetsAndShortFractionsAreRead) {
    EXPECT_EQ(to_rfc3339(parse_rfc3339("2026-11-23T09:00:00+09:00", "t").value()),
              "2026-11-23T00:00:00.000000Z");
    EXPECT_EQ(to_rfc3339(parse_rfc3339("2026-11-23T09:00:00.5Z", "t").value()),
              "2026-11-23T09:00:00.500000Z");
}

TEST(Time, ImpossibleTimesAreRefusedByName) {
    for (const auto* text :
         {"", "2026-02-30T00:00:00Z", "2026-11-23T25:00:00Z", "2026-11-23 14:17", "2026-11-23T14:17:54",
          "2026-11-23T14:17:54.Z", "2026-11-23T14:17:54+9:00", "yyyy-11-23T14:17:54Z"}) {
        const auto time = parse_rfc3339(text, "occurred");
        ASSERT_FALSE(time) << text;
        EXPECT_EQ(time.error().kind, ErrorKind::invalid);
        EXPECT_NE(time.error().message.find("occurred"), std::string::npos);
    }
}

TEST(Time, ALeapSecondOrAnOffsetDoesNotLeadOutOfTheYearsThatCanBeWritten) {
    EXPECT_EQ(to_rfc3339(parse_rfc3339("2016-12-31T23:59:60Z", "t").value()), "2017-01-01T00:00:00.000000Z");
    EXPECT_TRUE(parse_rfc3339("9999-12-31T23:59:59.999999Z", "t"));
    for (const auto* text :
         {"9999-12-31T23:59:60Z", "9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+09:00"}) {
        const auto time = parse_rfc3339(text, "occurred");
        ASSERT_FALSE(time) << text;
        EXPECT_EQ(time.error().field, "occurred");
    }
    EXPECT_EQ(parse_kst_digits("00000101000000", "t").error().field, "t");
}

TEST(Error, OfAFieldNamesItInTheMessageAndApart) {
    const Error error = fail_field("data.items.층", "must be a string").value();
    EXPECT_EQ(error.kind, ErrorKind::invalid);
    EXPECT_EQ(error.message, "data.items.층 must be a string");
    EXPECT_EQ(error.field, "data.items.층");
    std::string name;
    for (int i = 0; i < 100; ++i) name += "가";
    EXPECT_EQ(fail_field(name, "x").value().field, name.substr(0, 120)) << "cut between letters";
    EXPECT_EQ(fail_field("a" + name, "x").value().field.size(), 118U);
}

TEST(Letters, AreCodePoints) {
    EXPECT_EQ(letters(""), 0U);
    EXPECT_EQ(letters("abc"), 3U);
    EXPECT_EQ(letters("가나"), 2U);
    EXPECT_EQ(letters("\xF0\x9F\x9A\xA8!"), 2U);
}

TEST(Time, AgencyDigitsAreSeoulTime) {
    EXPECT_EQ(to_rfc3339(parse_kst_digits("20191120213005", "t").value()), "2019-11-20T12:30:05.000000Z");
    EXPECT_EQ(to_rfc3339(parse_kst_digits("20191120213005123", "t").value()), "2019-11-20T12:30:05.123000Z");
    EXPECT_EQ(to_kst_digits(parse_kst_digits("20191120213005", "t").value()), "20191120213005");
    for (const auto* text : {"20190230000000", "2019112021300", "2019112021300x", "20191120253005"}) {
        EXPECT_FALSE(parse_kst_digits(text, "t")) << text;
    }
}

TEST(Ulid, MatchesTheSpecificationsExampleAndSortsByTime) {
    // github.com/ulid/spec: time 1469918176385 is 01ARYZ6S41.
    const std::array<std::uint8_t, 10> zeros{};
    EXPECT_EQ(make_ulid(from_us(1469918176385000), zeros), "01ARYZ6S410000000000000000");
    std::array<std::uint8_t, 10> ones;
    ones.fill(0xff);
    EXPECT_EQ(make_ulid(from_us(1469918176385000), ones), "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
    EXPECT_LT(make_ulid(from_us(1469918176385000), ones), make_ulid(from_us(1469918176386000), zeros));
}

}  // namespace
}  // namespace bongsu
