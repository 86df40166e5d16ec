#include "media/rtp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace bongsu::media {
namespace {

TEST(Rtp, AHeaderIsReadAsItWasWritten) {
    std::vector<std::uint8_t> bytes(kRtpHeaderSize);
    write_rtp_header(
        bytes.data(),
        {.marker = true, .payload_type = 96, .sequence = 65535, .timestamp = 0xFFFFFFF0U, .ssrc = 7});
    bytes.insert(bytes.end(), {1, 2, 3});

    const auto packet = parse_rtp(bytes);

    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->header.marker);
    EXPECT_EQ(packet->header.payload_type, 96);
    EXPECT_EQ(packet->header.sequence, 65535);
    EXPECT_EQ(packet->header.timestamp, 0xFFFFFFF0U);
    EXPECT_EQ(packet->header.ssrc, 7U);
    EXPECT_EQ(packet->payload.size(), 3U);
}

TEST(Rtp, ContributorsExtensionAndPaddingAreLeftOut) {
    const std::vector<std::uint8_t> bytes{0xB1, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3,  // V2 P X CC=1.
                                          9,    9,    9, 9,                          // CSRC.
                                          0xAB, 0xAC, 0, 1, 8, 8, 8, 8,              // Extension of one word.
                                          0x65, 0x66, 0, 0, 3};  // Payload, padding of three.

    const auto packet = parse_rtp(bytes);

    ASSERT_TRUE(packet);
    EXPECT_EQ(std::vector<std::uint8_t>(packet->payload.begin(), packet->payload.end()),
              (std::vector<std::uint8_t>{0x65, 0x66}));
}

TEST(Rtp, LengthsThatDoNotFitAreRefused) {
    for (const auto& bytes :
         {std::vector<std::uint8_t>{}, std::vector<std::uint8_t>(11, 0x80),
          std::vector<std::uint8_t>{0x00, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3},  // Version 0.
          std::vector<std::uint8_t>{0x8F, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3},  // 15 CSRC.
          std::vector<std::uint8_t>{0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 9},
          std::vector<std::uint8_t>{0xA0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9}}) {
        EXPECT_FALSE(parse_rtp(bytes));
    }
}

TEST(Rtp, AnyBytesAreAnsweredWithinThem) {
    std::mt19937 seeded(1);
    std::array<std::uint8_t, 64> bytes{};
    for (int i = 0; i < 200'000; ++i) {
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(seeded());
        bytes[0] = static_cast<std::uint8_t>(bytes[0] & 0x3FU) | 0x80U;
        const auto whole = std::span<const std::uint8_t>(bytes).first(seeded() % (bytes.size() + 1));

        const auto packet = parse_rtp(whole);

        if (packet && !packet->payload.empty()) {
            ASSERT_GE(packet->payload.data(), whole.data() + kRtpHeaderSize);
            ASSERT_LE(packet->payload.data() + packet->payload.size(), whole.data() + whole.size());
        }
    }
}

}  // namespace
}  // namespace bongsu::media
