#pragma once
// The block: one access unit as RTP packets with their RTSP framing in place, written once, read by everyone.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "media/row.hpp"

namespace bongsu::media {

/// Where one RTP packet lies in Block::bytes. The 4 bytes before it are its `$ channel length` (RFC
/// 2326 10.12).
struct PacketSpan {
    std::uint32_t offset;
    std::uint32_t size;
};

/// One access unit (all NAL units of one instant) as RFC 6184 or RFC 7798 packets, or one JPEG picture as RFC
/// 2435 packets: the Format of its stream says which.
///
/// Units:     `rtp_time` in 90 kHz ticks. `received` is when its last packet left the socket.
/// Layout:    for each packet: '$', channel 0, length big-endian 16 bits, RTP packet. So an RTSP/TCP viewer
///            is served by one send() of `bytes` as it stands.
/// Headers:   ingest has rewritten SSRC, sequence and timestamp, so that they run on without a jump when the
///            camera reconnects; payload type is 96. A key block carries its parameter sets before its picture; each
///            JPEG picture is a key block and carries its quantisation tables.
/// Promise:   it can be put together: no fragment is without its beginning, no length beyond its packet.
/// Ownership: frozen once published; shared as BlockPtr; immutable, so any thread may read it.
/// Memory:    of new_block() exactly as large as asked for, in one piece; of any other the heap's.
/// Bounds:    bytes.size() <= kBytesMax; ingest drops and counts anything larger.
struct Block {
    static constexpr std::size_t kBytesMax = 4U << 20;

    Row<std::uint8_t> bytes;
    Row<PacketSpan> packets;
    std::uint32_t rtp_time = 0;
    MonoTime received{};
    bool key = false;

    std::span<const std::uint8_t> packet(std::size_t i) const {
        return std::span(bytes).subspan(packets[i].offset, packets[i].size);
    }
};

using BlockPtr = std::shared_ptr<const Block>;

/// An empty block with room for so many bytes and packets, everything of it in one piece of the Pool's memory. What is put in
/// beyond that comes from the heap.
std::shared_ptr<Block> new_block(std::size_t bytes, std::size_t packets);

enum class Codec : std::uint8_t { h264, h265, jpeg };
/// The encoding name of RTP and SDP: H264, H265, JPEG.
std::string_view to_string(Codec codec);

/// What a viewer must know before the first block; changes when the camera's parameter sets change.
struct Format {
    std::string sps = {},
                pps = {};       ///< NAL units without start code; empty until known, and always for JPEG.
    int width = 0, height = 0;  ///< Pixels after cropping; 0 where nothing told them.
    Codec codec = Codec::h264;
    std::string vps = {};  ///< H.265 only.

    /// A JPEG picture stands alone: a viewer needs to know nothing.
    bool known() const {
        return codec == Codec::jpeg ||
               (!sps.empty() && !pps.empty() && (codec != Codec::h265 || !vps.empty()));
    }
    friend bool operator==(const Format&, const Format&) = default;
};

/// The codec's name for browsers (RFC 6381, ISO/IEC 14496-15 annex E): `avc1.64001f`, `hvc1.1.6.L93.b0`,
/// `mp4v.6C` for JPEG (no browser plays it in MP4: asked with this name, it says so). Empty while the
/// parameter sets are not known.
std::string codec_string(const Format& format);

}  // namespace bongsu::media
