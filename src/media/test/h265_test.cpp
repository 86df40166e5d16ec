#include "media/h265.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "media/format.hpp"

namespace bongsu::media::h265 {
namespace {

using Buffer = std::vector<std::uint8_t>;

// Made by libx265 (ffmpeg -f lavfi -i testsrc2=size=… -c:v libx265), read with ffprobe.
const Buffer kSmall{0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00,
                    0x00, 0x03, 0x00, 0x1E, 0xA0, 0x20, 0x81, 0x05, 0x96, 0x4A, 0x92, 0x4C, 0xAF, 0x01,
                    0x68, 0x08, 0x00, 0x00, 0x03, 0x00, 0x08, 0x00, 0x00, 0x03, 0x00, 0x50, 0x40};

Buffer unit_of(std::uint8_t unit_type, std::size_t size) {
    Buffer out(size);
    std::iota(out.begin(), out.end(), std::uint8_t{0});
    out[0] = static_cast<std::uint8_t>(unit_type << 1);
    out[1] = 1;
    return out;
}

/// Puts a block's NAL units together again: an independent reading of RFC 7798 4.4.1 to 4.4.3.
std::vector<Buffer> depacketise(const Block& block) {
    std::vector<Buffer> out;
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        const auto payload = block.packet(i).subspan(12);
        const int kind = payload[0] >> 1 & 63;
        if (kind == 49) {
            if ((payload[2] & 0x80) != 0)
                out.push_back(
                    {static_cast<std::uint8_t>((payload[0] & 0x81) | (payload[2] & 63) << 1), payload[1]});
            out.back().insert(out.back().end(), payload.begin() + 3, payload.end());
        } else if (kind == 48) {
            for (std::size_t at = 2; at < payload.size();) {
                const std::size_t size = payload[at] * 256U + payload[at + 1];
                out.emplace_back(payload.begin() + static_cast<std::ptrdiff_t>(at + 2),
                                 payload.begin() + static_cast<std::ptrdiff_t>(at + 2 + size));
                at += 2 + size;
            }
        } else {
            out.emplace_back(payload.begin(), payload.end());
        }
    }
    return out;
}

TEST(H265, AUnitIsOnePacketOrEqualFragments) {
    for (const std::size_t size : {3U, 1199U, 1200U, 1201U, 2396U, 2397U, 5000U, 300'000U}) {
        SCOPED_TRACE(size);
        Block block;
        const Buffer unit = unit_of(19, size);

        append_nal(block, unit);

        EXPECT_TRUE(depacketise(block) == std::vector<Buffer>{unit});
        for (std::size_t i = 0; i < block.packets.size(); ++i) {
            EXPECT_LE(block.packets[i].size, kFragmentMax + 12);
            EXPECT_TRUE(i + 1 == block.packets.size() || block.packets[i].size == block.packets[0].size);
        }
    }
    Block nothing;
    append_nal(nothing, Buffer{0x26, 1});
    EXPECT_TRUE(nothing.packets.empty());
}

TEST(H265, ACamerasLargePacketIsCutIntoTheSameUnit) {
    const Buffer unit = unit_of(1, 9000), small = unit_of(32, 700);
    Block single, fragment, aggregate;
    Buffer both{48 << 1, 1};
    for (const auto& part : {small, small, small}) {
        both.push_back(static_cast<std::uint8_t>(part.size() >> 8));
        both.push_back(static_cast<std::uint8_t>(part.size()));
        both.insert(both.end(), part.begin(), part.end());
    }

    ASSERT_TRUE(append_payload(single, unit));
    for (std::ptrdiff_t part = 0; part < 3; ++part) {
        Buffer payload{49 << 1, 1, static_cast<std::uint8_t>((part == 0 ? 0x80 : part == 2 ? 0x40 : 0) | 1)};
        payload.insert(payload.end(), unit.begin() + 2 + part * 3000,
                       part == 2 ? unit.end() : unit.begin() + 2 + (part + 1) * 3000);
        ASSERT_TRUE(append_payload(fragment, payload));
    }
    ASSERT_TRUE(append_payload(aggregate, both));

    EXPECT_TRUE(depacketise(single) == std::vector<Buffer>{unit});
    EXPECT_TRUE(depacketise(fragment) == std::vector<Buffer>{unit});
    EXPECT_TRUE(depacketise(aggregate) == (std::vector<Buffer>{small, small, small}));
    for (const auto& packet : fragment.packets) EXPECT_LE(packet.size, kForwardMax + 12);
    EXPECT_FALSE(append_payload(single, unit_of(50, 2000)));
}

TEST(H265, TheStartsOfUnitsAreFoundInEveryPacketForm) {
    const auto types = [](Buffer payload) {
        std::string out;
        return visit_nals(payload, [&](std::uint8_t unit, Bytes) { out += std::to_string(unit) + " "; })
                   ? out
                   : "bad";
    };

    EXPECT_EQ(types({19 << 1, 1, 0x80}), "19 ");
    EXPECT_EQ(types({48 << 1, 1, 0, 3, 32 << 1, 1, 9, 0, 3, 33 << 1, 1, 9}), "32 33 ");
    EXPECT_EQ(types({49 << 1, 1, 0x80 | 20, 7}), "20 ");
    EXPECT_EQ(types({49 << 1, 1, 20, 7}), "");  // Middle of a fragment.
    EXPECT_EQ(types({49 << 1, 1, 0x80 | 20}), "bad");
    EXPECT_EQ(types({48 << 1, 1, 0, 9, 32 << 1, 1}), "bad");
    EXPECT_EQ(types({48 << 1, 1, 0, 2, 32 << 1, 1}), "bad");  // A unit without a payload.
    EXPECT_EQ(types({50 << 1, 1, 0, 0}), "bad");              // PACI.
    EXPECT_EQ(types({19 << 1, 1}), "bad");
    EXPECT_EQ(types({}), "bad");
}

TEST(H265, AnSpsTellsSizeProfileAndLevel) {
    const auto sps = parse_sps(kSmall);

    ASSERT_TRUE(sps) << sps.error().message;
    EXPECT_EQ(sps->size.width, 64);
    EXPECT_EQ(sps->size.height, 64);
    EXPECT_EQ(sps->profile, 1);
    EXPECT_EQ(sps->level, 30);
    EXPECT_EQ(sps->chroma_format, 1);
    EXPECT_EQ(sps->bit_depth_luma, 8);
    for (std::size_t size = 0; size < 23; ++size) EXPECT_FALSE(parse_sps(Bytes(kSmall).first(size))) << size;
    Buffer enhancement = kSmall;
    enhancement[0] |= 1;
    EXPECT_FALSE(parse_sps(enhancement));
}

TEST(H265, ParameterSetsAreLearntEachForItself) {
    Format format{.codec = Codec::h265};
    const Buffer vps = unit_of(32, 20), pps{0x44, 1, 0xC1, 0x72}, other_pps{0x44, 1, 0x41, 0x72};

    EXPECT_EQ(learn(format, SetKind::pps, pps), Learned::changed);
    EXPECT_EQ(learn(format, SetKind::sps, kSmall), Learned::changed);
    EXPECT_EQ(learn(format, SetKind::vps, vps), Learned::changed);
    EXPECT_FALSE(format.known());  // A PPS of before the SPS is not its own.
    EXPECT_EQ(learn(format, SetKind::pps, pps), Learned::changed);
    EXPECT_TRUE(format.known());
    EXPECT_EQ(learn(format, SetKind::pps, other_pps), Learned::unchanged);  // Another id: in band only.
    EXPECT_EQ(format.pps, std::string(as_text(pps)));
    EXPECT_EQ(learn(format, SetKind::sps, Buffer{0x42, 1, 2, 3}), Learned::refused);
    EXPECT_EQ(learn(format, SetKind::vps, unit_of(32, kParameterSetMax + 2)), Learned::refused);
    EXPECT_TRUE(format.known());
}

TEST(H265, AnyBytesAreAnsweredWithoutHarm) {
    std::mt19937 seeded(4);
    for (int i = 0; i < 200'000; ++i) {
        Buffer bytes = kSmall;
        for (unsigned n = 0; n <= seeded() % 6; ++n)
            bytes[seeded() % bytes.size()] = static_cast<std::uint8_t>(seeded());
        if (seeded() % 2 == 0) bytes[0] = 0x42;
        const auto part = Bytes(bytes).first(1 + seeded() % bytes.size());
        Block block;

        const auto sps = parse_sps(part);
        const bool known =
            visit_nals(part, [&](std::uint8_t, Bytes whole) { ASSERT_LE(whole.size(), part.size()); });
        ASSERT_TRUE(!known || append_payload(block, part));

        if (sps) {
            ASSERT_GT(sps->size.width, 0);
            ASSERT_LE(sps->size.height, 16'384);
        }
    }
}

}  // namespace
}  // namespace bongsu::media::h265
