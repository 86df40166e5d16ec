#include "media/jpeg.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bongsu::media::jpeg {
namespace {

using Buffer = std::vector<std::uint8_t>;

/// Main header of 64x48, then what comes behind it.
Buffer payload_of(std::uint32_t offset, std::uint8_t type, std::uint8_t q, Buffer rest) {
    Buffer out{0,
               static_cast<std::uint8_t>(offset >> 16),
               static_cast<std::uint8_t>(offset >> 8),
               static_cast<std::uint8_t>(offset),
               type,
               q,
               8,
               6};
    out.insert(out.end(), rest.begin(), rest.end());
    return out;
}

Buffer with_tables(std::uint8_t precision, std::size_t size, std::size_t scan) {
    Buffer out{0, precision, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    out.resize(4 + size, 17);
    out.resize(4 + size + scan, 0xAB);
    return out;
}

/// The scan of a block, and whether its packets follow each other.
Buffer scan_of(const Block& block) {
    Buffer out;
    Picture picture;
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        const auto packet = parse(block.packet(i).subspan(12));
        EXPECT_TRUE(packet && picture.take(*packet)) << i;
        EXPECT_LE(block.packets[i].size, kForwardMax + 12);
        if (packet) out.insert(out.end(), packet->scan.begin(), packet->scan.end());
    }
    return out;
}

TEST(Jpeg, HeadersAreReadInTheirOrder) {
    Buffer rest{0, 9, 0xC0, 5};  // Restart interval 9, F and L, count 5.
    const auto tables = with_tables(0, 128, 3);
    rest.insert(rest.end(), tables.begin(), tables.end());

    const auto bytes = payload_of(0, 65, 255, rest);
    const auto packet = parse(bytes);

    ASSERT_TRUE(packet) << packet.error().message;
    EXPECT_EQ(packet->type, 65);
    EXPECT_EQ(packet->q, 255);
    EXPECT_EQ(packet->width, 8);
    EXPECT_EQ(packet->height, 6);
    EXPECT_EQ(packet->interval, 9);
    EXPECT_EQ(packet->restart_count, 0xC005);
    EXPECT_EQ(packet->tables.size(), 128U);
    EXPECT_EQ(packet->scan.size(), 3U);
    EXPECT_EQ(parse(payload_of(4096, 1, 255, {1, 2}))->offset, 4096U);  // No tables but in the first packet.
}

TEST(Jpeg, WhatDoesNotFitIsRefusedInWords) {
    const auto words = [](const Buffer& payload) {
        const auto packet = parse(payload);
        return packet ? std::string("taken") : packet.error().message;
    };

    EXPECT_EQ(words({0, 0, 0}), "RTP/JPEG packet shorter than its header");
    EXPECT_EQ(words(payload_of(0, 2, 50, {1})), "RTP/JPEG type 2 is none of 0, 1, 64, 65");
    EXPECT_EQ(words(payload_of(0, 128, 50, {1})), "RTP/JPEG type 128 is none of 0, 1, 64, 65");
    EXPECT_EQ(words(payload_of(0, 1, 0, {1})), "RTP/JPEG Q 0 is reserved");
    EXPECT_EQ(words(payload_of(0, 1, 127, {1})), "RTP/JPEG Q 127 is reserved");
    EXPECT_EQ(words(payload_of(0, 64, 50, {0, 1, 0})), "RTP/JPEG restart marker header beyond the packet");
    EXPECT_EQ(words(payload_of(0, 64, 50, {0, 0, 0xFF, 0xFF})), "RTP/JPEG restart interval is zero");
    EXPECT_EQ(words(payload_of(0, 1, 200, {0, 0, 0})),
              "RTP/JPEG quantisation table header beyond the packet");
    EXPECT_EQ(words(payload_of(0, 1, 200, {0, 0, 0, 64, 1})),
              "RTP/JPEG quantisation tables beyond the packet");
    EXPECT_EQ(words(payload_of(0, 1, 200, with_tables(0, 65, 0))),
              "RTP/JPEG quantisation tables of no known size");
    EXPECT_EQ(words(payload_of(0, 1, 200, with_tables(1, 64, 0))),
              "RTP/JPEG quantisation tables of no known size");
    EXPECT_EQ(words(payload_of(0, 1, 255, with_tables(0, 0, 9))),
              "RTP/JPEG with Q 255 brings no quantisation tables");
    EXPECT_EQ(words(payload_of(0xFFFFFF, 1, 50, {1, 2})), "RTP/JPEG fragment beyond the largest picture");
    EXPECT_EQ(words(payload_of(0, 1, 200, with_tables(3, 256, 0))), "taken");
    EXPECT_EQ(words(payload_of(0, 1, 130, with_tables(0, 0, 9))), "taken");
}

TEST(Jpeg, FragmentsFollowEachOtherAndAreOfOnePicture) {
    const auto taken = [](std::initializer_list<Buffer> payloads) {
        Picture picture;
        for (const auto& payload : payloads) {
            const auto packet = parse(payload);
            if (!packet || !picture.take(*packet)) return false;
        }
        return true;
    };

    EXPECT_TRUE(taken({payload_of(0, 1, 50, {1, 2}), payload_of(2, 1, 50, {3})}));
    EXPECT_FALSE(taken({payload_of(2, 1, 50, {1, 2})}));
    EXPECT_FALSE(taken({payload_of(0, 1, 50, {1, 2}), payload_of(3, 1, 50, {3})}));
    EXPECT_FALSE(taken({payload_of(0, 1, 50, {1, 2}), payload_of(0, 1, 50, {3})}));
    EXPECT_FALSE(taken({payload_of(0, 1, 50, {1, 2}), payload_of(2, 1, 51, {3})}));
    EXPECT_FALSE(taken({payload_of(0, 1, 50, {1, 2}), payload_of(2, 0, 50, {3})}));
}

TEST(Jpeg, ALargePacketIsCutAndItsTablesStayInFront) {
    Tables tables;
    Block block;
    Buffer rest = with_tables(0, 128, 0);
    Buffer scan(9000);
    for (std::size_t i = 0; i < scan.size(); ++i) scan[i] = static_cast<std::uint8_t>(i % 251);
    rest.insert(rest.end(), scan.begin(), scan.end());
    const auto payload = payload_of(0, 1, 255, rest);
    const auto packet = parse(payload);
    ASSERT_TRUE(packet);

    ASSERT_TRUE(append_payload(block, payload, *packet, tables));

    EXPECT_TRUE(scan_of(block) == scan);
    EXPECT_EQ(parse(block.packet(0).subspan(12))->tables.size(), 128U);
    EXPECT_GT(block.packets.size(), 7U);
}

TEST(Jpeg, ACutChunkOfIntervalsBeginsInItsFirstPartAndEndsInItsLast) {
    Tables tables;
    Block block;
    Buffer rest{0, 9, 0xC0, 5};
    rest.resize(4 + 3000, 0xAB);
    const auto payload = payload_of(0, 64, 50, rest);

    ASSERT_TRUE(append_payload(block, payload, *parse(payload), tables));

    ASSERT_EQ(block.packets.size(), 3U);
    EXPECT_EQ(parse(block.packet(0).subspan(12))->restart_count, 0x8005);
    EXPECT_EQ(parse(block.packet(1).subspan(12))->restart_count, 0x0005);
    EXPECT_EQ(parse(block.packet(2).subspan(12))->restart_count, 0x4005);
}

TEST(Jpeg, APictureWithoutItsTablesGetsThoseOfTheLastOne) {
    Tables tables;
    Block nothing, first, second, other;
    const auto bringing = payload_of(0, 1, 130, with_tables(0, 128, 5)),
               lacking = payload_of(0, 1, 130, with_tables(0, 0, 5)),
               foreign = payload_of(0, 1, 131, with_tables(0, 0, 5));

    EXPECT_FALSE(append_payload(nothing, lacking, *parse(lacking), tables));
    ASSERT_TRUE(append_payload(first, bringing, *parse(bringing), tables));
    ASSERT_TRUE(append_payload(second, lacking, *parse(lacking), tables));

    EXPECT_TRUE(first.bytes == second.bytes);
    EXPECT_FALSE(append_payload(other, foreign, *parse(foreign), tables));
}

TEST(Jpeg, AFileOfAPictureTooLargeForItsFieldsHasTheSdpsSize) {
    Tables tables;
    Block block;
    auto payload = payload_of(0, 1, 50, {1, 2, 3});
    payload[6] = payload[7] = 0;
    ASSERT_TRUE(append_payload(block, payload, *parse(payload), tables));
    write_headers(block, {});

    const auto file = to_file(block, {.width = 3840, .height = 2160, .codec = Codec::jpeg});

    ASSERT_TRUE(file) << file.error().message;
    const Buffer size{0xFF, 0xC0, 0, 17, 8, 2160 >> 8, 2160 & 255, 3840 >> 8, 3840 & 255, 3};
    EXPECT_NE(std::search(file->begin(), file->end(), size.begin(), size.end()), file->end());
    EXPECT_EQ(file->back(), 0xD9);
    EXPECT_EQ(to_file(block, {.codec = Codec::jpeg}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(to_file(Block{}, {.codec = Codec::jpeg}).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(size_of(*parse(payload_of(0, 1, 50, {})), {.width = 62, .height = 48}).width, 62);
    EXPECT_EQ(size_of(*parse(payload_of(0, 1, 50, {})), {.width = 72, .height = 48}).width, 64);
}

}  // namespace
}  // namespace bongsu::media::jpeg
