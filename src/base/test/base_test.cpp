#include <gtest/gtest.h>

#include "base/id.hpp"
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
