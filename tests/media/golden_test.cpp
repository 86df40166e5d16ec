// The films of tests/golden/media, which other programs encoded and packetised, come through as they were.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <random>

#include "capture.hpp"
#include "media/fmp4.hpp"
#include "media/h264.hpp"
#include "media/h265.hpp"
#include "media/jpeg.hpp"

namespace bongsu::test {
namespace {

const std::string kFolder = std::string(BONGSU_SOURCE_DIR) + "/tests/golden/media/";

struct Golden {
    std::string capture;
    media::CameraTrack track;
    std::vector<Buffer> packets;
    std::vector<std::string> films;
    std::vector<std::vector<std::size_t>> keys;
    std::vector<std::size_t> frames;
    std::string codecs;
};

std::vector<Golden> all_golden() {
    std::vector<Golden> out;
    const auto text = read_file(kFolder + "expected.json");
    const auto rows = boost::json::parse(media::as_text(text));
    for (const auto& value : rows.as_array()) {
        const auto& row = value.as_object();
        Golden golden;
        golden.capture = row.at("capture").as_string().c_str();
        const auto sdp = read_file(kFolder + row.at("sdp").as_string().c_str());
        auto track = media::parse_camera_sdp(media::as_text(sdp));
        EXPECT_TRUE(track) << golden.capture << ": " << track.error().message;
        if (!track) continue;
        golden.track = *track;
        golden.packets = read_capture(kFolder + golden.capture);
        for (const auto& film : row.at("films").as_array())
            golden.films.emplace_back(film.as_string().c_str());
        for (const auto& part : row.at("keys").as_array()) {
            auto& keys = golden.keys.emplace_back();
            for (const auto& key : part.as_array()) keys.push_back(static_cast<std::size_t>(key.as_int64()));
        }
        for (const auto& count : row.at("frames").as_array())
            golden.frames.push_back(static_cast<std::size_t>(count.as_int64()));
        golden.codecs = row.at("codecs").as_string().c_str();
        out.push_back(std::move(golden));
    }
    EXPECT_GE(out.size(), 11U);
    return out;
}

const Golden& golden(std::string_view capture) {
    static const auto all = all_golden();
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const Golden& g) { return g.capture == capture; });
    EXPECT_NE(at, all.end()) << capture;
    return *at;
}

std::size_t header_size(media::Codec codec) { return codec == media::Codec::h265 ? 2 : 1; }

/// A block's NAL units: an independent reading of RFC 6184 5.6 to 5.8 and RFC 7798 4.4.
std::vector<Buffer> units_of(const media::Block& block, media::Codec codec) {
    const bool is_h265 = codec == media::Codec::h265;
    const std::size_t head = header_size(codec);
    std::vector<Buffer> out;
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        const auto payload = block.packet(i).subspan(12);
        const int type = is_h265 ? payload[0] >> 1 & 63 : payload[0] & 31;
        if (type == (is_h265 ? 49 : 28)) {
            const std::uint8_t fu = payload[head];
            if ((fu & 0x80) != 0) {
                out.push_back({static_cast<std::uint8_t>(is_h265 ? (payload[0] & 0x81) | (fu & 63) << 1
                                                                 : (payload[0] & 0xE0) | (fu & 31))});
                if (is_h265) out.back().push_back(payload[1]);
            }
            out.back().insert(out.back().end(), payload.begin() + static_cast<std::ptrdiff_t>(head + 1),
                              payload.end());
        } else if (type == (is_h265 ? 48 : 24)) {
            for (std::size_t at = head; at < payload.size();) {
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

bool is_slice(const Buffer& unit, media::Codec codec) {
    return codec == media::Codec::h265 ? (unit[0] >> 1 & 63) < 32 : (unit[0] & 31) <= 5;
}

/// The slices of the encoder's own files, one behind the other.
std::vector<Buffer> slices_of(const Golden& golden) {
    std::vector<Buffer> out;
    for (const auto& film : golden.films) {
        const Buffer bytes = read_file(kFolder + film);
        for (const auto unit : media::split_annex_b(bytes)) {
            Buffer copy(unit.begin(), unit.end());
            if (is_slice(copy, golden.track.format.codec)) out.push_back(std::move(copy));
        }
    }
    return out;
}

std::vector<Buffer> slices_of(const Film& film, media::Codec codec) {
    std::vector<Buffer> out;
    for (const auto& block : film.blocks) {
        for (auto& unit : units_of(*block, codec)) {
            // GStreamer leaves the first zero of the next start code in the unit before it.
            while (unit.back() == 0) unit.pop_back();
            if (is_slice(unit, codec)) out.push_back(std::move(unit));
        }
    }
    return out;
}

std::vector<std::size_t> keys_of(const Film& film) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < film.blocks.size(); ++i) {
        if (film.blocks[i]->key) out.push_back(i);
    }
    return out;
}

std::vector<std::size_t> keys_of(const Golden& golden) {
    std::vector<std::size_t> out;
    std::size_t before = 0;
    for (std::size_t part = 0; part < golden.keys.size(); before += golden.frames[part++]) {
        for (const auto key : golden.keys[part]) out.push_back(before + key);
    }
    return out;
}

void expect_well_formed(const Film& film) {
    for (const auto& block : film.blocks) {
        for (const auto span : block->packets)
            EXPECT_LE(span.size, media::kForwardMax + media::kRtpHeaderSize);
        EXPECT_TRUE(media::parse_rtp(block->packet(block->packets.size() - 1))->header.marker);
    }
}

class EachCapture : public testing::TestWithParam<const char*> {};

TEST_P(EachCapture, ComesThroughAsItsEncoderMadeIt) {
    const auto& g = golden(GetParam());
    const auto codec = g.track.format.codec;

    const auto film = show(g.track, g.packets);

    EXPECT_EQ(film.counters.malformed + film.counters.damaged + film.counters.foreign + film.counters.lost,
              0U);
    EXPECT_EQ(keys_of(film), keys_of(g));
    expect_well_formed(film);
    ASSERT_GE(film.parts.size(), g.films.size());
    EXPECT_EQ(media::codec_string(film.parts[0].format), g.codecs);
    if (codec != media::Codec::jpeg) {
        const auto got = slices_of(film, codec), wanted = slices_of(g);
        ASSERT_EQ(got.size(), wanted.size());
        for (std::size_t i = 0; i < got.size(); ++i) ASSERT_TRUE(got[i] == wanted[i]) << i;
        return;
    }
    Buffer all;
    for (const auto& block : film.blocks) {
        const auto file = media::jpeg::to_file(*block, film.parts.back().format);
        ASSERT_TRUE(file) << file.error().message;
        EXPECT_LE(file->size(), block->bytes.size() + 1200);
        all.insert(all.end(), file->begin(), file->end());
    }
    EXPECT_EQ(film.blocks.size(), g.frames[0]);
}

TEST_P(EachCapture, IsTheSameWithoutMarkers) {
    const auto& g = golden(GetParam());
    auto packets = g.packets;
    for (auto& packet : packets) packet[1] &= 0x7F;
    // The last picture has no successor to end it.
    packets.push_back(Buffer(packets.back()));
    media::write_u16(packets.back().data() + 2,
                     static_cast<std::uint16_t>(media::read_u16(&packets.back()[2]) + 1));
    media::write_u32(packets.back().data() + 4, media::read_u32(&packets.back()[4]) + 9000);

    const auto whole = show(g.track, g.packets), unmarked = show(g.track, packets);

    ASSERT_EQ(unmarked.blocks.size(), whole.blocks.size());
    for (std::size_t i = 0; i < whole.blocks.size(); ++i)
        EXPECT_TRUE(unmarked.blocks[i]->bytes == whole.blocks[i]->bytes) << i;
}

/// A block without the RTP headers, which depend on what came before.
Buffer payloads_of(const media::Block& block) {
    Buffer out;
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        const auto payload = block.packet(i).subspan(media::kRtpHeaderSize);
        out.insert(out.end(), payload.begin(), payload.end());
    }
    return out;
}

TEST_P(EachCapture, LosesNoMoreThanThePicturesAroundALostPacket) {
    const auto& g = golden(GetParam());
    std::vector<Buffer> whole;
    for (const auto& block : show(g.track, g.packets).blocks) whole.push_back(payloads_of(*block));
    // With the first one gone, jpeg_once has no tables at all: that is a test of its own.
    for (std::size_t lost = g.capture == "jpeg_once.rtp" ? 1 : 0; lost < g.packets.size(); ++lost) {
        auto packets = g.packets;
        packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(lost));

        const auto film = show(g.track, packets);

        ASSERT_GE(film.blocks.size() + 2, whole.size()) << lost;
        const bool seen =
            lost > 0 && lost + 1 < g.packets.size();  // Nobody misses what came before or after all else.
        ASSERT_EQ(film.counters.lost, seen ? 1U : 0U);
        ASSERT_LE(film.blocks.size() + (seen ? 1 : 0), whole.size()) << lost;
        for (const auto& block : film.blocks)
            ASSERT_TRUE(lost == 0 ||
                        std::find(whole.begin(), whole.end(), payloads_of(*block)) != whole.end())
                << lost;
    }
}

TEST_P(EachCapture, WithAnyByteChangedIsAnsweredWithoutHarm) {
    const auto& g = golden(GetParam());
    std::mt19937 seeded(11);
    for (int round = 0; round < 300; ++round) {
        auto packets = g.packets;
        for (int change = 0; change < 20; ++change) {
            auto& packet = packets[seeded() % packets.size()];
            if (packet.empty()) continue;
            // The first bytes of payloads are where lengths, types and offsets stand.
            const std::size_t at = seeded() % 2 == 0 ? 12 + seeded() % 24 : seeded() % packet.size();
            if (at < packet.size()) packet[at] = static_cast<std::uint8_t>(seeded());
            if (seeded() % 16 == 0) packet.resize(seeded() % (packet.size() + 1));
        }

        const auto film = show(g.track, packets);

        media::Format format = g.track.format;
        std::size_t part = 0;
        for (std::size_t i = 0; i < film.blocks.size(); ++i) {
            while (part < film.parts.size() && film.parts[part].first_block <= i)
                format = film.parts[part++].format;
            const auto& block = *film.blocks[i];
            if (format.codec == media::Codec::jpeg) {
                ASSERT_TRUE(media::jpeg::to_file(block, format));
                continue;
            }
            std::vector<std::uint8_t> out;
            const media::fmp4::Sample sample{&block, 9000};
            const auto written = media::fmp4::append_fragment(out, format, {}, std::span(&sample, 1));
            ASSERT_TRUE(written) << written.error().message;
            ASSERT_TRUE(!block.key || media::fmp4::init_segment(format));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Golden, EachCapture,
                         testing::Values("h264_ffmpeg.rtp", "h264_gstreamer.rtp", "h264_resized.rtp",
                                         "h265_ffmpeg.rtp", "h265_gstreamer.rtp", "h265_sdp_only.rtp",
                                         "jpeg_ffmpeg.rtp", "jpeg_gstreamer.rtp", "jpeg_restart.rtp",
                                         "jpeg_q40.rtp", "jpeg_once.rtp"),
                         [](const auto& parameter) {
                             const std::string name = parameter.param;
                             return name.substr(0, name.find('.'));
                         });

TEST(Golden, ANewSizeIsAnnouncedBeforeThePictureThatHasIt) {
    const auto& g = golden("h264_resized.rtp");

    const auto film = show(g.track, g.packets);

    ASSERT_EQ(film.parts.size(), 2U);
    EXPECT_EQ(film.parts[0].format.width, 64);
    EXPECT_EQ(film.parts[1].first_block, 10U);
    EXPECT_EQ(film.parts[1].format.width, 96);
    EXPECT_EQ(film.parts[1].format.height, 64);
    EXPECT_TRUE(film.blocks[10]->key);
}

TEST(Golden, ParameterSetsOfTheSdpAreBeforeEachKeyPicture) {
    const auto& g = golden("h265_sdp_only.rtp");

    const auto film = show(g.track, g.packets);

    for (const auto& block : film.blocks) {
        const auto units = units_of(*block, media::Codec::h265);
        if (!block->key) continue;
        ASSERT_GE(units.size(), 4U);
        EXPECT_EQ(media::as_text(units[0]), g.track.format.vps);
        EXPECT_EQ(media::as_text(units[1]), g.track.format.sps);
        EXPECT_EQ(media::as_text(units[2]), g.track.format.pps);
    }
}

TEST(Golden, APictureCarriesTheTablesThatItsCameraSentOnce) {
    const auto& g = golden("jpeg_once.rtp");
    const auto film = show(g.track, g.packets);
    auto late = g.packets;
    while (late.size() > 1 && media::read_u32(&late[0][4]) == media::read_u32(&g.packets[0][4]))
        late.erase(late.begin());

    const auto without = show(g.track, late);

    EXPECT_EQ(film.blocks.size(), 5U);
    EXPECT_EQ(without.blocks.size(), 0U);  // Nobody could decode them.
    EXPECT_EQ(without.counters.malformed, 4U);
}

}  // namespace
}  // namespace bongsu::test
