#pragma once
// Pictures that can be put into MP4, and what stands in the fragments made of them.

#include <memory>
#include <string>
#include <vector>

#include "media/h264.hpp"
#include "media/packets.hpp"

namespace bongsu::view::test {

inline const std::string kSps(
    "\x67\x42\xC0\x16\xDA\x02\x80\xBF\xE5\xC0\x44\x00\x00\x03\x00\x04\x00\x00\x03\x00\x78\x3C\x58\xBA\x80", 25);
inline const std::string kPps("\x68\xCE\x0F\xC8", 4);
inline const std::string kMime = "video/mp4; codecs=\"avc1.42c016\"";
inline const media::Format kFormat{kSps, kPps, 640, 360};

/// A picture of `size` bytes, all `fill` behind its first.
inline media::BlockPtr make_picture(std::uint32_t rtp_time, bool key, std::size_t size, std::uint8_t fill, MonoTime received) {
    auto block = std::make_shared<media::Block>();
    block->key = key;
    block->rtp_time = rtp_time;
    block->received = received;
    std::vector<std::uint8_t> slice(size, fill);
    slice[0] = key ? 0x65 : 0x41;
    if (key) media::append_parameter_sets(*block, kFormat);
    media::append_nal(*block, slice);
    media::write_headers(*block, {.timestamp = rtp_time});
    return block;
}

/// What MP4 says of the one picture in a fragment.
struct Seen {
    std::uint32_t sequence = 0;
    std::uint64_t decode_time = 0;
    std::uint32_t duration = 0, size = 0;
    std::int32_t offset = 0;
    bool key = false;
    std::uint8_t fill = 0;
    std::int64_t shown() const { return static_cast<std::int64_t>(decode_time) + offset; }
};
inline Seen read_fragment(const std::vector<std::uint8_t>& bytes) {
    const auto number = [&](std::size_t at) { return media::read_u32(bytes.data() + at); };
    // moof 8, mfhd 16, traf 8, tfhd 16, tfdt 20, then trun: 12, count 4, data offset 4, samples.
    Seen out;
    out.sequence = number(8 + 12);
    out.decode_time = static_cast<std::uint64_t>(number(60)) << 32 | number(64);
    const std::uint32_t flags = number(68 + 8) & 0xFFFFFFU;
    const std::size_t sample = 68 + 20;
    out.duration = number(sample);
    out.size = number(sample + 4);
    out.key = number(sample + 8) == 0x02000000U;
    const bool has_offset = (flags & 0x800U) != 0;
    if (has_offset) out.offset = static_cast<std::int32_t>(number(sample + 12));
    out.fill = bytes.back();
    return out;
}

}  // namespace bongsu::view::test
