#pragma once
// The RTP header (RFC 3550 5.1): read strictly, written in its shortest form. Pure.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"

namespace bongsu::media {

constexpr std::size_t kRtpHeaderSize = 12;
constexpr std::uint8_t kPayloadType = 96;  ///< The only one that a Block carries.

struct RtpHeader {
    bool marker = false;
    std::uint8_t payload_type = kPayloadType;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;  ///< 90 kHz ticks.
    std::uint32_t ssrc = 0;
};

struct RtpPacket {
    RtpHeader header;
    std::span<const std::uint8_t> payload;  ///< Without CSRC list, extension and padding; not owned.
};

constexpr std::uint16_t read_u16(const std::uint8_t* at) {
    return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}
constexpr std::uint32_t read_u32(const std::uint8_t* at) {
    return static_cast<std::uint32_t>(at[0]) << 24 | static_cast<std::uint32_t>(at[1]) << 16 |
           static_cast<std::uint32_t>(at[2]) << 8 | at[3];
}
constexpr void write_u16(std::uint8_t* to, std::uint16_t value) {
    to[0] = static_cast<std::uint8_t>(value >> 8);
    to[1] = static_cast<std::uint8_t>(value);
}
constexpr void write_u32(std::uint8_t* to, std::uint32_t value) {
    write_u16(to, static_cast<std::uint16_t>(value >> 16));
    write_u16(to + 2, static_cast<std::uint16_t>(value));
}

/// Errors: corrupt, when a length in the packet does not fit the packet.
inline Result<RtpPacket> parse_rtp(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < kRtpHeaderSize) return fail(ErrorKind::corrupt, "RTP packet shorter than its header");
    if (bytes[0] >> 6 != 2) return fail(ErrorKind::corrupt, "RTP version is not 2");
    std::size_t from = kRtpHeaderSize + 4U * (bytes[0] & 0x0FU);
    std::size_t to = bytes.size();
    if ((bytes[0] & 0x10U) != 0) {  // Extension: profile, length in words, words.
        if (from + 4 > to) return fail(ErrorKind::corrupt, "RTP extension beyond the packet");
        from += 4U + 4U * read_u16(bytes.data() + from + 2);
    }
    if ((bytes[0] & 0x20U) != 0) {
        const std::size_t padding = bytes[to - 1];
        if (padding == 0 || from + padding > to)
            return fail(ErrorKind::corrupt, "RTP padding beyond the packet");
        to -= padding;
    }
    if (from > to) return fail(ErrorKind::corrupt, "RTP header beyond the packet");
    return RtpPacket{{.marker = (bytes[1] & 0x80U) != 0,
                      .payload_type = static_cast<std::uint8_t>(bytes[1] & 0x7FU),
                      .sequence = read_u16(bytes.data() + 2),
                      .timestamp = read_u32(bytes.data() + 4),
                      .ssrc = read_u32(bytes.data() + 8)},
                     bytes.subspan(from, to - from)};
}

/// Writes kRtpHeaderSize bytes: version 2, no CSRC, no extension, no padding.
constexpr void write_rtp_header(std::uint8_t* to, const RtpHeader& header) {
    to[0] = 0x80;
    to[1] = static_cast<std::uint8_t>((header.marker ? 0x80U : 0U) | header.payload_type);
    write_u16(to + 2, header.sequence);
    write_u32(to + 4, header.timestamp);
    write_u32(to + 8, header.ssrc);
}

}  // namespace bongsu::media
