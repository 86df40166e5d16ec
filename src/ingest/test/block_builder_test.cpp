#include "ingest/block_builder.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bongsu::ingest {
namespace {

using namespace std::chrono_literals;
using Buffer = std::vector<std::uint8_t>;

const std::string kSps(
    "\x67\x42\xC0\x16\xDA\x02\x80\xBF\xE5\xC0\x44\x00\x00\x03\x00\x04\x00\x00\x03\x00\x78\x3C\x58\xBA\x80",
    25);
const std::string kPps("\x68\xCE\x0F\xC8", 4);
const media::Format kFormat{kSps, kPps, 640, 360};

Buffer bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// A camera that sends, and what came of it.
struct Camera {
    explicit Camera(const media::Format& format = kFormat) { builder.restart(99, format); }

    void send(const Buffer& payload, bool marker) {
        Buffer packet(media::kRtpHeaderSize);
        media::write_rtp_header(packet.data(), {marker, payload_type, sequence++, time, ssrc});
        packet.insert(packet.end(), payload.begin(), payload.end());
        builder.add(packet, now);
    }
    /// One picture of 40 ms: "K" a key picture of one packet, "d" a delta.
    void show(std::string_view pictures) {
        for (const char c : pictures) {
            send({static_cast<std::uint8_t>(c == 'K' ? 0x65 : 0x41), 0x88, 1, 2}, true);
            time += 3600;
            now += 40ms;
        }
    }
    std::string shown() const {
        std::string out;
        for (const auto& block : blocks) out += block->key ? 'K' : 'd';
        return out;
    }
    media::RtpHeader header(std::size_t block, std::size_t packet) const {
        return media::parse_rtp(blocks[block]->packet(packet))->header;
    }

    std::vector<media::BlockPtr> blocks;
    std::vector<media::Format> formats;
    MonoTime now{1h};
    std::uint16_t sequence = 100;
    std::uint32_t time = 5000, ssrc = 77;
    std::uint8_t payload_type = 99;
    BlockBuilder builder{0xB0B0B0B0U,
                         {.on_block = [this](media::BlockPtr block) { blocks.push_back(std::move(block)); },
                          .on_format = [this](const media::Format& format) { formats.push_back(format); }}};
};

TEST(BlockBuilder, PicturesCloseAtTheMarkerOrWhenTheTimeChanges) {
    Camera camera;
    camera.send({0x65, 0x88}, false);
    EXPECT_TRUE(camera.blocks.empty());
    camera.send({0x65, 0x40}, true);
    EXPECT_EQ(camera.blocks.size(), 1U);
    camera.time += 3600;
    camera.send({0x41, 0x88}, false);  // Its camera sets no marker.
    EXPECT_EQ(camera.blocks.size(), 1U);
    camera.time += 3600;

    camera.send({0x41, 0x88}, true);

    EXPECT_EQ(camera.shown(), "Kdd");
}

TEST(BlockBuilder, HeadersAreOursAndRunOn) {
    Camera camera;

    camera.show("Kdd");

    ASSERT_EQ(camera.blocks.size(), 3U);
    EXPECT_EQ(camera.header(0, 0).ssrc, 0xB0B0B0B0U);
    EXPECT_EQ(camera.header(0, 0).payload_type, 96);
    EXPECT_EQ(camera.header(1, 0).sequence, static_cast<std::uint16_t>(camera.header(0, 1).sequence + 1));
    EXPECT_EQ(camera.header(1, 0).timestamp - camera.header(0, 0).timestamp, 3600U);
    EXPECT_EQ(camera.blocks[1]->rtp_time, camera.header(1, 0).timestamp);
    EXPECT_LT(camera.blocks[0]->bytes.capacity(), camera.blocks[0]->bytes.size() + 100);
}

TEST(BlockBuilder, ParameterSetsComeBeforeAKeyPictureThatBroughtNone) {
    Camera camera;
    camera.show("K");
    camera.send(bytes_of(kSps), false);
    camera.send(bytes_of(kPps), false);
    camera.show("K");

    ASSERT_EQ(camera.shown(), "KK");
    ASSERT_EQ(camera.blocks[0]->packets.size(), 2U);
    EXPECT_EQ(camera.blocks[0]->packet(0)[12] & 0x1F, 24);
    EXPECT_FALSE(camera.header(0, 0).marker);
    EXPECT_TRUE(camera.header(0, 1).marker);
    EXPECT_EQ(camera.blocks[1]->packets.size(), 3U);  // In band: nothing added.
    EXPECT_EQ(camera.formats.size(), 1U);             // And nothing new.
}

TEST(BlockBuilder, WithoutParameterSetsNothingIsAKeyPictureUntilTheyCome) {
    Camera camera{media::Format{}};

    camera.show("K");
    camera.send(bytes_of(kSps), true);  // Some cameras mark each parameter set as if it were a picture.
    camera.send(bytes_of(kPps), true);
    camera.show("K");

    EXPECT_EQ(camera.shown(), "dK");
    ASSERT_EQ(camera.formats.size(), 1U);
    EXPECT_EQ(camera.formats[0].width, 640);
    EXPECT_EQ(camera.blocks[1]->packets.size(), 2U);
}

TEST(BlockBuilder, APictureWithALostPacketIsDroppedAndCounted) {
    Camera camera;
    camera.show("K");
    camera.send({0x41, 0x88}, false);
    ++camera.sequence;
    camera.send({0x41, 0x40}, true);
    camera.time += 3600;

    camera.show("d");

    EXPECT_EQ(camera.shown(), "Kd");
    EXPECT_EQ(camera.builder.counters().lost, 1U);
    EXPECT_EQ(camera.builder.counters().damaged, 1U);
    EXPECT_EQ(camera.header(1, 0).sequence, static_cast<std::uint16_t>(camera.header(0, 1).sequence + 1));
}

TEST(BlockBuilder, ForeignAndMalformedPacketsAreCountedAndLeftOut) {
    Camera camera;
    camera.show("K");
    camera.ssrc = 78;
    camera.show("d");
    camera.ssrc = 77;
    camera.payload_type = 98;
    camera.show("d");
    camera.builder.add(Buffer{1, 2, 3}, camera.now);

    EXPECT_EQ(camera.shown(), "K");
    EXPECT_EQ(camera.builder.counters().foreign, 2U);
    EXPECT_EQ(camera.builder.counters().malformed, 1U);
}

TEST(BlockBuilder, TimeRunsOnOverAReconnectByTheTimeThatPassed) {
    Camera camera;
    camera.show("Kd");
    const auto last = camera.blocks.back()->rtp_time;
    camera.now += 2s - 40ms;  // show() already moved on by one picture.
    camera.builder.restart(99, kFormat);
    camera.time = 0xFFFFFF00U;  // Its clock began anew and wraps soon.
    camera.ssrc = 4711;
    camera.sequence = 9;

    camera.show("Kd");

    ASSERT_EQ(camera.shown(), "KdKd");
    EXPECT_EQ(camera.blocks[2]->rtp_time - last, 2U * 90'000);
    EXPECT_EQ(camera.blocks[3]->rtp_time - camera.blocks[2]->rtp_time, 3600U);
    EXPECT_EQ(camera.header(2, 0).sequence, static_cast<std::uint16_t>(camera.header(1, 0).sequence + 1));
    EXPECT_EQ(camera.header(2, 0).ssrc, camera.header(0, 0).ssrc);
}

TEST(BlockBuilder, ACamerasClockJumpIsNoJumpForViewers) {
    Camera camera;
    camera.show("Kd");
    camera.time += 90'000U * 3600;

    camera.show("d");

    EXPECT_EQ(camera.blocks[2]->rtp_time - camera.blocks[1]->rtp_time, 3600U);
}

TEST(BlockBuilder, APictureWhoseEndMayHaveBeenLostIsDroppedToo) {
    Camera camera;
    camera.show("K");
    camera.send({0x41, 0x88}, false);
    ++camera.sequence;  // Its last packet, with the marker, is lost.
    camera.time += 3600;

    camera.show("dd");

    EXPECT_EQ(camera.shown(), "Kd");  // The one behind the gap may lack its first packet.
    EXPECT_EQ(camera.builder.counters().damaged, 2U);
    EXPECT_EQ(camera.builder.counters().lost, 1U);
}

TEST(BlockBuilder, AFragmentWithoutItsBeginningIsDamage) {
    Camera camera;
    camera.show("K");
    camera.send({0x7C, 0x05, 1, 2}, true);
    camera.time += 3600;
    camera.send({0x7C, 0x85, 1}, false);
    camera.send({0x7C, 0x01, 1}, true);  // Of another unit.
    camera.time += 3600;
    camera.send({0x7C, 0x81, 1},
                false);  // A camera that forgets the mark of the last fragment harms nothing.
    camera.send({0x41, 0x40}, true);
    camera.time += 3600;

    camera.show("d");

    EXPECT_EQ(camera.shown(), "Kdd");
    EXPECT_EQ(camera.builder.counters().malformed, 2U);
    EXPECT_EQ(camera.builder.counters().damaged, 2U);
}

TEST(BlockBuilder, AMarkerWithinAFragmentedUnitIsNone) {
    Camera camera;
    camera.send({0x7C, 0x85, 0x88, 1}, true);  // Some cameras set it on each packet.
    EXPECT_TRUE(camera.blocks.empty());
    camera.send({0x7C, 0x45, 2, 3}, true);
    EXPECT_EQ(camera.shown(), "K");
    camera.time += 3600;

    camera.send({0x7C, 0x81, 0x88, 1}, true);  // Its end never comes.
    camera.time += 3600;
    camera.show("d");

    EXPECT_EQ(camera.shown(), "Kd");
    EXPECT_EQ(camera.builder.counters().damaged, 1U);
}

TEST(BlockBuilder, NewParameterSetsAreAnnouncedBeforeTheirPictureEvenIfTheyCameInADamagedOne) {
    Camera camera;
    camera.show("K");
    auto other = bytes_of(kSps);
    other[3] = 0x1F;  // Another level.
    camera.send(other, false);
    camera.send(bytes_of(kPps), false);
    ++camera.sequence;
    camera.send({0x65, 0x88}, true);
    camera.time += 3600;
    EXPECT_EQ(camera.formats.size(), 1U);

    camera.show("K");

    ASSERT_EQ(camera.formats.size(), 2U);
    EXPECT_EQ(camera.formats[1].sps, std::string(other.begin(), other.end()));
    ASSERT_EQ(camera.shown(), "KK");
    EXPECT_EQ(camera.blocks[1]->packets.size(), 2U);  // The new sets are put before it.
}

TEST(BlockBuilder, ANewSpsEndsTheOldPps) {
    Camera camera;
    camera.show("K");
    auto other = bytes_of(kSps);
    other[3] = 0x1F;
    camera.send(other, false);
    camera.show("K");  // Nothing could decode it: its PPS is still to come.
    camera.send(bytes_of(kPps), false);
    camera.show("K");

    EXPECT_EQ(camera.shown(), "KdK");
    EXPECT_EQ(camera.formats.size(), 2U);
}

TEST(BlockBuilder, ACameraMayComeBackWithAnotherCodec) {
    Camera camera;
    camera.show("Kd");
    camera.builder.restart(26, {.codec = media::Codec::jpeg});
    camera.payload_type = 26;
    camera.send({0, 0, 0, 0, 1, 50, 8, 6, 1, 2, 3}, false);
    camera.send({0, 0, 0, 3, 1, 50, 8, 6, 4}, true);
    camera.time += 3600;
    camera.send({0, 0, 0, 1, 1, 50, 8, 6, 4}, true);  // Not at its place.

    EXPECT_EQ(camera.shown(), "KdK");
    ASSERT_EQ(camera.formats.size(), 3U);
    EXPECT_EQ(camera.formats[1].codec, media::Codec::jpeg);
    EXPECT_EQ(camera.formats[2].width, 64);
    EXPECT_EQ(camera.formats[2].height, 48);
    EXPECT_EQ(camera.builder.counters().damaged, 1U);
    EXPECT_EQ(camera.header(2, 0).payload_type, 96);
}

TEST(BlockBuilder, APictureLargerThanABlockMayBeIsDroppedAndCounted) {
    Camera camera;
    Buffer fragment(60'000, 1);
    fragment[0] = 0x7C;
    for (int i = 0; i < 80; ++i) {
        fragment[1] = static_cast<std::uint8_t>((i == 0 ? 0x80 : 0) | 5);
        camera.send(fragment, i == 79);
    }
    camera.time += 3600;

    camera.show("K");

    EXPECT_EQ(camera.shown(), "K");
    EXPECT_EQ(camera.builder.counters().oversize, 1U);
}

TEST(BlockBuilder, AnyPacketsMakeWellFormedBlocks) {
    std::mt19937 seeded(9);
    Camera camera;
    for (int i = 0; i < 200'000; ++i) {
        Buffer packet(12 + seeded() % 60);
        for (auto& byte : packet) byte = static_cast<std::uint8_t>(seeded());
        media::write_rtp_header(packet.data(), {seeded() % 4 == 0, 99, camera.sequence++, camera.time, 77});
        if (seeded() % 50 == 0) packet[0] = static_cast<std::uint8_t>(seeded());
        if (seeded() % 3 == 0) camera.time += static_cast<std::uint32_t>(seeded() % 7200);
        if (packet.size() > 12 && seeded() % 2 == 0) packet[12] = static_cast<std::uint8_t>(seeded() % 32);
        camera.now += 1ms;

        camera.builder.add(packet, camera.now);

        for (const auto& block : camera.blocks) {
            std::size_t at = 0;
            for (const auto span : block->packets) {
                ASSERT_EQ(span.offset, at + 4);
                at += 4 + span.size;
            }
            ASSERT_EQ(at, block->bytes.size());
        }
        camera.blocks.clear();
    }
    EXPECT_GT(camera.builder.counters().packets, 100'000U);
}

}  // namespace
}  // namespace bongsu::ingest
