#pragma once
// The block: one access unit as RTP packets with their RTSP framing in place, written once, read by everyone.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace bongsu::media {

/// Where one RTP packet lies in Block::bytes. The 4 bytes before it are its `$ channel length` (RFC
/// 2326 10.12).
struct PacketSpan {
    std::uint32_t offset;
    std::uint32_t size;
};

/// One access unit (all NAL units of one instant) as RFC 6184 packets.
///
/// Units:     `rtp_time` in 90 kHz ticks. `received` is when its last packet left the socket.
/// Layout:    for each packet: '$', channel 0, length big-endian 16 bits, RTP packet. So an RTSP/TCP viewer
/// is
///            served by one send() of `bytes` as it stands.
/// Headers:   ingest has rewritten SSRC, sequence and timestamp, so that they run on without a jump when the
/// camera
///            reconnects; payload type is 96. A key block carries SPS and PPS before its IDR.
/// Ownership: frozen once published; shared as BlockPtr; immutable, so any thread may read it.
/// Bounds:    bytes.size() <= kBytesMax; ingest drops and counts anything larger.
struct Block {
    static constexpr std::size_t kBytesMax = 4U << 20;

    std::vector<std::uint8_t> bytes;
    std::vector<PacketSpan> packets;
    std::uint32_t rtp_time = 0;
    MonoTime received{};
    bool key = false;

    std::span<const std::uint8_t> packet(std::size_t i) const {
        return std::span(bytes).subspan(packets[i].offset, packets[i].size);
    }
};

using BlockPtr = std::shared_ptr<const Block>;

/// What a viewer must know before the first block; changes when the camera's parameter sets change.
struct Format {
    std::string sps, pps;  ///< NAL units without start code; empty until known.
    int width = 0, height = 0;
    bool known() const { return !sps.empty() && !pps.empty(); }
};

}  // namespace bongsu::media
