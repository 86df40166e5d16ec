#include "media/h264.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace bongsu::media {
namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer unit_of(std::uint8_t header, std::size_t size) {
    Buffer out(size);
    std::iota(out.begin(), out.end(), std::uint8_t{0});
    out[0] = header;
    return out;
}

/// Puts a block's NAL units together again: an independent reading of RFC 6184 5.6 to 5.8.
std::vector<Buffer> depacketise(const Block& block) {
    std::vector<Buffer> out;
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        const auto payload = block.packet(i).subspan(12);
        if ((payload[0] & 0x1F) == 28) {
            if ((payload[1] & 0x80) != 0)
                out.push_back({static_cast<std::uint8_t>((payload[0] & 0xE0) | (payload[1] & 0x1F))});
            out.back().insert(out.back().end(), payload.begin() + 2, payload.end());
        } else if ((payload[0] & 0x1F) == 24) {
            for (std::size_t at = 1; at < payload.size();) {
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

TEST(H264, AnnexBIsSplitAtBothKindsOfStartCode) {
    const Buffer bytes{9, 9, 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 0, 1, 0x65, 4, 0, 0, 1};

    const auto units = split_annex_b(bytes);

    ASSERT_EQ(units.size(), 3U);
    EXPECT_EQ(Buffer(units[0].begin(), units[0].end()), (Buffer{0x67, 1, 2}));
    EXPECT_EQ(Buffer(units[1].begin(), units[1].end()), (Buffer{0x68, 3}));
    EXPECT_EQ(Buffer(units[2].begin(), units[2].end()), (Buffer{0x65, 4}));
}

TEST(H264, AccessUnitsBeginWithParameterSetsOrAFirstSlice) {
    const Buffer sps{0x67, 1}, pps{0x68, 1}, idr{0x65, 0x88}, idr_more{0x65, 0x40}, slice{0x41, 0x9A},
        sei{0x06, 5};

    const auto units = split_access_units({sps, pps, idr, idr_more, slice, slice, sei, slice, sps});

    ASSERT_EQ(units.size(), 4U);
    EXPECT_EQ(units[0].nals.size(), 4U);
    EXPECT_TRUE(units[0].key);
    EXPECT_FALSE(units[1].key);
    EXPECT_EQ(units[3].nals.size(), 2U);  // The trailing SPS belongs to no picture.
}

TEST(H264, AUnitIsOnePacketOrEqualFragments) {
    for (const std::size_t size : {1U, 2U, 1199U, 1200U, 1201U, 2397U, 2398U, 5000U, 300'000U}) {
        SCOPED_TRACE(size);
        Block block;
        const Buffer unit = unit_of(0x65, size);

        append_nal(block, unit);

        EXPECT_EQ(depacketise(block), std::vector<Buffer>{unit});
        for (std::size_t i = 0; i < block.packets.size(); ++i) {
            EXPECT_LE(block.packets[i].size, kFragmentMax + 12);
            if (i + 1 < block.packets.size()) {
                EXPECT_EQ(block.packets[i].size, block.packets[0].size);
            } else {
                EXPECT_LE(block.packets[i].size, block.packets[0].size);
            }
            EXPECT_EQ(block.bytes[block.packets[i].offset - 4], '$');
            EXPECT_EQ(read_u16(&block.bytes[block.packets[i].offset - 2]), block.packets[i].size);
        }
    }
}

TEST(H264, ACamerasLargePacketIsCutIntoTheSameUnit) {
    const Buffer unit = unit_of(0x65, 9000);
    Block single, fragment;

    ASSERT_TRUE(append_payload(single, unit));
    // One camera's 64 KiB fragments over TCP: start, middle, end.
    for (int part = 0; part < 3; ++part) {
        Buffer payload{0x7C, static_cast<std::uint8_t>((part == 0 ? 0x80 : part == 2 ? 0x40 : 0) | 5)};
        payload.insert(payload.end(), unit.begin() + 1 + part * 3000,
                       part == 2 ? unit.end() : unit.begin() + 1 + (part + 1) * 3000);
        ASSERT_TRUE(append_payload(fragment, payload));
    }

    EXPECT_EQ(depacketise(single), std::vector<Buffer>{unit});
    EXPECT_EQ(depacketise(fragment), std::vector<Buffer>{unit});
    for (const auto& packet : fragment.packets) EXPECT_LE(packet.size, kForwardMax + 12);
}

TEST(H264, ParameterSetsTravelInOnePacketWhenTheyFit) {
    Block block, large;

    append_parameter_sets(block, {.sps = "\x67"
                                         "abc",
                                  .pps = "\x68"
                                         "d"});
    append_parameter_sets(large, {.sps = "\x67" + std::string(1300, 'a'),
                                  .pps = "\x68"
                                         "d"});

    EXPECT_EQ(block.packets.size(), 1U);
    EXPECT_EQ(depacketise(block), (std::vector<Buffer>{{0x67, 'a', 'b', 'c'}, {0x68, 'd'}}));
    EXPECT_EQ(depacketise(large).size(), 2U);
}

TEST(H264, HeadersRunOnOverTheSequenceWrapAndMarkTheLast) {
    Block block;
    append_nal(block, unit_of(0x65, 3000));

    const auto next = write_headers(block, {.sequence = 65534, .timestamp = 90, .ssrc = 5});

    ASSERT_EQ(block.packets.size(), 3U);
    EXPECT_EQ(next, 1);
    EXPECT_EQ(parse_rtp(block.packet(2))->header.sequence, 0);
    EXPECT_TRUE(parse_rtp(block.packet(2))->header.marker);
    EXPECT_FALSE(parse_rtp(block.packet(1))->header.marker);
}

TEST(H264, TheStartsOfUnitsAreFoundInEveryPacketForm) {
    const auto types = [](Buffer payload) {
        std::string out;
        return visit_nals(payload, [&](std::uint8_t type, Bytes) { out += std::to_string(type) + " "; })
                   ? out
                   : "bad";
    };

    EXPECT_EQ(types({0x65, 1}), "5 ");
    EXPECT_EQ(types({0x78, 0, 2, 0x67, 1, 0, 1, 0x68, 0, 1, 0x65}), "7 8 5 ");
    EXPECT_EQ(types({0x7C, 0x85, 1}), "5 ");
    EXPECT_EQ(types({0x7C, 0x05, 1}), "");  // Middle of a fragment.
    EXPECT_EQ(types({0x7C, 0x85}), "bad");
    EXPECT_EQ(types({0x78, 0, 9, 0x67}), "bad");
    EXPECT_EQ(types({0x78, 0, 0}), "bad");
    EXPECT_EQ(types({0x7D, 0x85, 1}), "bad");  // FU-B: mode 2 only.
    EXPECT_EQ(types({}), "bad");
}

TEST(H264, AnSpsTellsWidthAndHeight) {
    // Made by x264 (ffmpeg -f lavfi -i testsrc2=size=… -c:v libx264), read with ffprobe.
    struct Case {
        Buffer sps;
        int width, height;
    };
    for (const auto& [sps, width, height] :
         {Case{{0x67, 0x42, 0xC0, 0x16, 0xDA, 0x02, 0x80, 0xBF, 0xE5, 0xC0, 0x44, 0,   0,
                3,    0,    4,    0,    0,    3,    0,    0x78, 0x3C, 0x58, 0xBA, 0x80},
               640,
               360},
          Case{{0x67, 0x42, 0xC0, 0x28, 0xDA, 0x01, 0xE0, 0x08, 0x9F, 0x97, 0x01, 0x10, 0,
                0,    3,    0,    0x10, 0,    0,    3,    1,    0xE0, 0xF1, 0x83, 0x2A},
               1920,
               1080},
          Case{{0x67, 0x64, 0x00, 0x28, 0xAC, 0xE8, 0x07, 0x80, 0x44, 0xFD, 0xE0, 0x22, 0,
                0,    3,    0,    2,    0,    0,    3,    0,    0x3C, 0x3E, 0x2C, 0x5D, 0x40},
               1920,
               1080},  // High profile, interlaced.
          Case{{0x67, 0x64, 0x00, 0x20, 0xAC, 0xB4, 0x02, 0xB0, 0x30, 0xF3, 0x78, 0x08, 0x80,
                0,    0,    3,    0,    0x80, 0,    0,    0x0F, 7,    0x8C, 0x19, 0x50},
               1366,
               768}}) {
        const auto size = parse_sps(sps);

        ASSERT_TRUE(size);
        EXPECT_EQ(size->width, width);
        EXPECT_EQ(size->height, height);
    }
    EXPECT_FALSE(parse_sps(Buffer{0x67, 0x42}));
    EXPECT_FALSE(parse_sps(Buffer{0x68, 0x42, 0xC0, 0x1E, 0xD9}));
}

TEST(H264, AnyBytesAreAnsweredWithoutHarm) {
    std::mt19937 seeded(2);
    Buffer bytes(96);
    for (int i = 0; i < 200'000; ++i) {
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(seeded() % 3 == 0 ? seeded() : 0);
        bytes[0] = static_cast<std::uint8_t>(seeded() % 2 == 0 ? 0x67 : seeded());
        const auto part = Bytes(bytes).first(1 + seeded() % bytes.size());
        Block block;

        const auto size = parse_sps(part);
        visit_nals(part, [&](std::uint8_t, Bytes whole) { ASSERT_LE(whole.size(), part.size()); });
        split_access_units(split_annex_b(part));

        if (size) {
            ASSERT_GT(size->width, 0);
            ASSERT_LE(size->height, 32768);
        }
    }
}

}  // namespace
}  // namespace bongsu::media
