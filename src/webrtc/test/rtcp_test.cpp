#include "webrtc/rtcp.hpp"

#include <gtest/gtest.h>

#include <random>

#include "webrtc/test/fake_viewer.hpp"

namespace bongsu::webrtc {
namespace {

using test::Bytes;
using test::put;

Bytes receiver_report(std::uint32_t ssrc) {
    Bytes out{0x81, 201, 0, 7};
    put(out, 1, 4), put(out, ssrc, 4), put(out, 0x40000003, 4), put(out, 70'000, 4), put(out, 55, 4);
    put(out, 0, 4), put(out, 0, 4);
    return out;
}

TEST(Rtcp, ReadsNackPliAndReportOfACompound) {
    Bytes bytes = receiver_report(77);
    for (const std::uint8_t byte : Bytes{0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 77, 0xff, 0xff, 0x80, 0x01})
        bytes.push_back(byte);
    for (const std::uint8_t byte : Bytes{0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 77}) bytes.push_back(byte);

    const auto feedback = parse_rtcp(bytes, 77);

    ASSERT_TRUE(feedback);
    EXPECT_EQ(feedback->lost, (std::vector<std::uint16_t>{0xffff, 0, 15}));
    EXPECT_TRUE(feedback->picture_lost);
    ASSERT_TRUE(feedback->report);
    EXPECT_EQ(feedback->report->fraction_lost, 0x40);
    EXPECT_EQ(feedback->report->highest_sequence, 70'000U);
    EXPECT_EQ(feedback->report->jitter, 55U);
}

TEST(Rtcp, IgnoresFeedbackAboutAnotherStream) {
    const Bytes bytes{0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 78};

    const auto feedback = parse_rtcp(bytes, 77);

    ASSERT_TRUE(feedback);
    EXPECT_FALSE(feedback->picture_lost);
}

TEST(Rtcp, TakesAFullIntraRequestForALostPicture) {
    const Bytes bytes{0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 77, 1, 0, 0, 0};

    EXPECT_TRUE(parse_rtcp(bytes, 77)->picture_lost);
}

TEST(Rtcp, BoundsTheNumbersOfOneCompound) {
    Bytes bytes{0x81, 205, 0, 102, 0, 0, 0, 1, 0, 0, 0, 77};
    for (std::uint32_t i = 0; i < 100; ++i) put(bytes, i * 20, 2), put(bytes, 0xffff, 2);

    EXPECT_EQ(parse_rtcp(bytes, 77)->lost.size(), kLostMax);
}

TEST(Rtcp, RefusesLengthsThatReachBeyondThePacket) {
    Bytes bytes = receiver_report(77);
    bytes[3] = 8;

    EXPECT_FALSE(parse_rtcp(bytes, 77));
}

TEST(Rtcp, WritesASenderReportOfTheInstant) {
    const auto report = write_sender_report({77, from_us(1'000'000'500'000), 90'000, 3, 400, "abcde"});

    ASSERT_EQ(report.size(), 28U + 4 + 12);
    EXPECT_EQ(report[1], 200);
    const Bytes ntp(report.begin() + 8, report.begin() + 16);
    EXPECT_EQ(ntp, (Bytes{0x83, 0xb9, 0xc0, 0xc0, 0x80, 0, 0, 0})) << "1'000'000 s + 2'208'988'800 s";
    EXPECT_EQ(Bytes(report.begin() + 16, report.begin() + 28),
              (Bytes{0, 1, 0x5f, 0x90, 0, 0, 0, 3, 0, 0, 1, 0x90}));
    EXPECT_EQ(Bytes(report.begin() + 28, report.end()),
              (Bytes{0x81, 202, 0, 3, 0, 0, 0, 77, 1, 5, 'a', 'b', 'c', 'd', 'e', 0}));
    EXPECT_TRUE(parse_rtcp(report, 77));
    EXPECT_TRUE(parse_rtcp(write_bye(77), 77));
}

TEST(Rtcp, SurvivesRandomDatagrams) {
    std::mt19937 random(7);
    for (int i = 0; i < 50'000; ++i) {
        Bytes bytes(random() % 200);
        std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
        if (bytes.size() > 4)
            bytes[0] = 0x81, bytes[1] = static_cast<std::uint8_t>(200 + random() % 8), bytes[2] = 0;

        const auto feedback = parse_rtcp(bytes, 77);

        EXPECT_TRUE(!feedback || feedback->lost.size() <= kLostMax);
    }
}

}  // namespace
}  // namespace bongsu::webrtc
