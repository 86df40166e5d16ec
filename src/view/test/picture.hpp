#pragma once
// H.264 pictures as ingest makes them: real enough for an MP4.

#include <memory>
#include <string>
#include <vector>

#include "media/h264.hpp"

namespace bongsu::view::test {

inline const std::string kSps(
    "\x67\x42\xC0\x16\xDA\x02\x80\xBF\xE5\xC0\x44\x00\x00\x03\x00\x04\x00\x00\x03\x00\x78\x3C\x58\xBA\x80", 25);
inline const std::string kPps("\x68\xCE\x0F\xC8", 4);
inline const media::Format kFormat{kSps, kPps, 640, 360};

inline media::BlockPtr picture(std::uint32_t rtp_time, bool key, std::size_t size = 100, MonoTime received = {}) {
    auto block = std::make_shared<media::Block>();
    std::vector<std::uint8_t> slice(size, 7);
    slice[0] = key ? 0x65 : 0x41;
    block->rtp_time = rtp_time;
    block->key = key;
    block->received = received;
    if (key) {
        media::append_nal(*block, media::as_bytes(kSps));
        media::append_nal(*block, media::as_bytes(kPps));
    }
    media::append_nal(*block, slice);
    media::write_headers(*block, {.timestamp = rtp_time});
    return block;
}

/// One that cannot be put together: a fragment without its beginning.
inline media::BlockPtr broken_picture(std::uint32_t rtp_time) {
    auto block = std::make_shared<media::Block>();
    block->rtp_time = rtp_time;
    const std::vector<std::uint8_t> payload{0x7C, 0x05, 1, 2};
    media::append_packet(*block, {}, payload);
    media::write_headers(*block, {.timestamp = rtp_time});
    return block;
}

}  // namespace bongsu::view::test
