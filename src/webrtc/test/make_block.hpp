#pragma once
// Blocks as ingest makes them, with bytes that a test can recognise.

#include <memory>

#include "media/block.hpp"

namespace bongsu::webrtc::test {

/// `packets` RTP packets of `size` payload bytes each (the last one 7 fewer), all of value `fill`.
inline media::BlockPtr make_block(std::uint32_t rtp_time, bool key, std::size_t packets, std::size_t size,
                                  std::uint8_t fill, MonoTime received = {}) {
    auto block = std::make_shared<media::Block>();
    block->rtp_time = rtp_time;
    block->key = key;
    block->received = received;
    for (std::size_t i = 0; i < packets; ++i) {
        const bool last = i + 1 == packets;
        const std::size_t rtp = 12 + size - (last && packets > 1 ? 7 : 0);
        auto& bytes = block->bytes;
        bytes.insert(bytes.end(),
                     {'$', 0, static_cast<std::uint8_t>(rtp >> 8), static_cast<std::uint8_t>(rtp)});
        block->packets.push_back({static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(rtp)});
        bytes.insert(bytes.end(), {0x80, static_cast<std::uint8_t>(last ? 0x80 | 96 : 96), 0xAB, 0xCD});
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<std::uint8_t>(rtp_time >> shift));
        bytes.insert(bytes.end(), {9, 9, 9, 9});
        bytes.insert(bytes.end(), rtp - 12, fill);
    }
    return block;
}

}  // namespace bongsu::webrtc::test
