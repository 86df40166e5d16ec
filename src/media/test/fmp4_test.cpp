#include "media/fmp4.hpp"

#include <gtest/gtest.h>

#include <string>

#include "media/h264.hpp"

namespace bongsu::media::fmp4 {
namespace {

using Buffer = std::vector<std::uint8_t>;

const std::string kSps(
    "\x67\x42\xC0\x16\xDA\x02\x80\xBF\xE5\xC0\x44\x00\x00\x03\x00\x04\x00\x00\x03\x00\x78\x3C\x58\xBA\x80",
    25);
const std::string kPps("\x68\xCE\x0F\xC8", 4);
const Format kFormat{kSps, kPps, 640, 360};

/// What stands in a box found by its path ("moof/traf/trun"), without its 8 bytes of header.
Buffer box(Bytes bytes, std::string_view path) {
    const auto name = path.substr(0, path.find('/'));
    for (std::size_t at = 0; at + 8 <= bytes.size();) {
        const std::size_t size = read_u32(bytes.data() + at);
        if (size < 8 || at + size > bytes.size()) break;
        const Bytes body = bytes.subspan(at + 8, size - 8);
        if (as_text(bytes.subspan(at + 4, 4)) == name) {
            if (name.size() < path.size()) return box(body, path.substr(name.size() + 1));
            return {body.begin(), body.end()};
        }
        at += size;
    }
    ADD_FAILURE() << "no " << path;
    return {};
}

Block block_of(std::initializer_list<Buffer> units, bool key) {
    Block out;
    out.key = key;
    for (const auto& unit : units) append_nal(out, unit);
    write_headers(out, {});
    return out;
}

Buffer slice(std::uint8_t header, std::size_t size) {
    Buffer out(size, 7);
    out[0] = header;
    return out;
}

TEST(Fmp4, AFragmentSaysWhatItsSamplesAre) {
    const Block key = block_of(
                    {Buffer(kSps.begin(), kSps.end()), Buffer(kPps.begin(), kPps.end()), slice(0x65, 5000)},
                    true),
                delta = block_of({{0x09, 0xF0}, slice(0x41, 10), slice(0x41, 20)}, false);
    const std::vector<Sample> samples{{&key, 3600}, {&delta, 3000}};
    Buffer out{1, 2, 3};

    ASSERT_TRUE(append_fragment(out, kFormat, {.sequence = 9, .decode_time = 161'640'000'000'123}, samples));

    const auto fragment = Bytes(out).subspan(3);
    EXPECT_EQ(read_u32(box(fragment, "moof/mfhd").data() + 4), 9U);
    const auto tfdt = box(fragment, "moof/traf/tfdt"), tfhd = box(fragment, "moof/traf/tfhd"),
               trun = box(fragment, "moof/traf/trun"), mdat = box(fragment, "mdat");
    EXPECT_EQ(std::uint64_t{read_u32(tfdt.data() + 4)} << 32 | read_u32(tfdt.data() + 8),
              161'640'000'000'123U);
    EXPECT_EQ(read_u32(tfhd.data()), 0x020000U);
    ASSERT_EQ(trun.size(), 4 + 4 + 4 + 2 * 12U);
    EXPECT_EQ(read_u32(trun.data() + 4), 2U);
    EXPECT_EQ(read_u32(trun.data() + 8) + mdat.size(), fragment.size());
    const auto field = [&](std::size_t sample, std::size_t at) {
        return read_u32(trun.data() + 12 + 12 * sample + 4 * at);
    };
    EXPECT_EQ(field(0, 0), 3600U);
    EXPECT_EQ(field(0, 1), 5004U);  // Parameter sets stand in the init segment.
    EXPECT_EQ(field(0, 2), 0x02000000U);
    EXPECT_EQ(field(1, 0), 3000U);
    EXPECT_EQ(field(1, 1), 38U);  // Without the delimiter.
    EXPECT_EQ(field(1, 2), 0x01010000U);
    ASSERT_EQ(mdat.size(), 5042U);
    EXPECT_EQ(read_u32(mdat.data()), 5000U);
    EXPECT_EQ(mdat[4], 0x65);
    EXPECT_EQ(read_u32(mdat.data() + 5004), 10U);
    EXPECT_EQ(read_u32(mdat.data() + 5018), 20U);
    EXPECT_LE(out.capacity(), key.bytes.size() + delta.bytes.size() + 300);
}

TEST(Fmp4, ParameterSetsOtherThanTheInitSegmentsStayInBand) {
    Format other = kFormat;
    other.pps = "\x68other";
    const Block key = block_of(
        {Buffer(kSps.begin(), kSps.end()), Buffer(kPps.begin(), kPps.end()), slice(0x65, 100)}, true);
    const Sample sample{&key, 3600};
    Buffer out;

    ASSERT_TRUE(append_fragment(out, other, {}, std::span(&sample, 1)));

    EXPECT_EQ(box(out, "mdat").size(), 4 + kPps.size() + 4 + 100);
}

TEST(Fmp4, APictureOfZerosIsNoParameterSet) {
    const Block zeros = block_of({{0x01, 0, 0, 0}}, false);
    const Sample sample{&zeros, 3600};
    Buffer out;

    ASSERT_TRUE(append_fragment(out, {}, {}, std::span(&sample, 1)));

    EXPECT_EQ(box(out, "mdat").size(), 8U);
}

TEST(Fmp4, PicturesOutOfOrderHaveTheirOffset) {
    const Block delta = block_of({slice(0x41, 10)}, false);
    const std::vector<Sample> samples{{&delta, 3600, 7200}, {&delta, 3600, -3600}};
    Buffer out;

    ASSERT_TRUE(append_fragment(out, kFormat, {}, samples));

    const auto trun = box(out, "moof/traf/trun");
    EXPECT_EQ(read_u32(trun.data()), 0x01000F01U);
    EXPECT_EQ(read_u32(trun.data() + 12 + 12), 7200U);
    EXPECT_EQ(static_cast<std::int32_t>(read_u32(trun.data() + 12 + 16 + 12)), -3600);
}

TEST(Fmp4, WhatCannotBePutTogetherLeavesNothingBehind) {
    Block middle;
    const Buffer payload{0x7C, 0x05, 1, 2};  // A fragment without its beginning.
    append_packet(middle, {}, payload);
    write_headers(middle, {});
    const Block sets = block_of({Buffer(kPps.begin(), kPps.end())}, false),
                good = block_of({slice(0x65, 9)}, true);
    Buffer out{42};
    const auto refused = [&](const Format& format, const std::vector<Sample>& samples) {
        const auto done = append_fragment(out, format, {}, samples);
        EXPECT_EQ(out, Buffer{42});
        return done ? std::string("taken") : done.error().message;
    };

    EXPECT_EQ(refused(kFormat, {{&good, 1}, {&middle, 1}}), "a block's RTP payload cannot be put together");
    EXPECT_EQ(refused(kFormat, {{&sets, 1}}), "a block holds no picture");
    EXPECT_EQ(refused(kFormat, {}), "a fragment holds 1 to 1024 samples");
    EXPECT_EQ(refused(kFormat, std::vector<Sample>(1025, {&good, 1})), "a fragment holds 1 to 1024 samples");
    EXPECT_EQ(refused({.codec = Codec::jpeg}, {{&good, 1}}), "JPEG video is not put into MP4");
    EXPECT_FALSE(init_segment({.codec = Codec::jpeg}));
    EXPECT_EQ(init_segment({.codec = Codec::h265}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(init_segment({.sps = "\x67xyz", .pps = "\x68"}).error().kind, ErrorKind::corrupt);
}

TEST(Fmp4, AnInitSegmentNamesTheCodecAndTheSize) {
    const auto init = init_segment(kFormat);

    ASSERT_TRUE(init);
    const auto stsd = box(*init, "moov/trak/mdia/minf/stbl/stsd");
    const auto entry = box(Bytes(stsd).subspan(8), "avc1");
    EXPECT_EQ(entry[24] << 8 | entry[25], 640);
    EXPECT_EQ(entry[26] << 8 | entry[27], 360);
    const auto avcc = box(Bytes(entry).subspan(78), "avcC");
    EXPECT_EQ(avcc, (Buffer{1,    0x42, 0xC0, 0x16, 0xFF, 0xE1, 0, 25, 0x67, 0x42, 0xC0, 0x16, 0xDA, 0x02,
                            0x80, 0xBF, 0xE5, 0xC0, 0x44, 0,    0, 3,  0,    4,    0,    0,    3,    0,
                            0x78, 0x3C, 0x58, 0xBA, 0x80, 1,    0, 4,  0x68, 0xCE, 0x0F, 0xC8}));
    EXPECT_EQ(codec_string(kFormat), "avc1.42c016");
}

}  // namespace
}  // namespace bongsu::media::fmp4
