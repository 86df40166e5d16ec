#include "media/packets.hpp"

#include <array>

namespace bongsu::media {

void append_packet(Block& block, Bytes prefix, Bytes payload) {
    const std::size_t size = kRtpHeaderSize + prefix.size() + payload.size();
    const std::size_t at = block.bytes.size();
    // The framing, and zeros where the RTP header will stand.
    const std::array<std::uint8_t, 4 + kRtpHeaderSize> framing{'$', 0, static_cast<std::uint8_t>(size >> 8),
                                                               static_cast<std::uint8_t>(size)};
    block.bytes.insert(block.bytes.end(), framing.begin(), framing.end());
    if (!prefix.empty()) block.bytes.insert(block.bytes.end(), prefix.begin(), prefix.end());
    block.bytes.insert(block.bytes.end(), payload.begin(), payload.end());
    block.packets.push_back({static_cast<std::uint32_t>(at + 4), static_cast<std::uint32_t>(size)});
}

std::uint16_t write_headers(Block& block, RtpHeader first) {
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        first.marker = i + 1 == block.packets.size();
        write_rtp_header(block.bytes.data() + block.packets[i].offset, first);
        ++first.sequence;
    }
    return first.sequence;
}

}  // namespace bongsu::media
