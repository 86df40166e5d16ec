#pragma once
// H.265: NAL units into RTP payloads and found again within them (RFC 7798), what an SPS says. Pure.
//
// Decoding order numbers (sprop-max-don-diff above 0) are refused by name where the SDP is read, so no
// payload here has any.

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "media/block.hpp"
#include "media/packets.hpp"

namespace bongsu::media::h265 {

constexpr std::uint8_t kVps = 32, kSps = 33, kPps = 34, kAud = 35, kFiller = 38, kAp = 48, kFu = 49;
constexpr std::size_t kNalHeaderSize = 2;
constexpr std::uint8_t type(std::uint8_t first_byte) { return (first_byte >> 1) & 0x3FU; }
constexpr bool is_picture(std::uint8_t type) { return type < kVps; }
/// Where a decoder may begin: BLA, IDR or CRA (H.265 3.69: IRAP).
constexpr bool is_key(std::uint8_t type) { return type >= 16 && type <= 21; }

/// As media::append_nal(): a single packet, or FUs of equal size. A unit shorter than its header adds
/// nothing.
void append_nal(Block& block, Bytes nal, std::size_t payload_max = kFragmentMax);

/// As media::append_payload(): as it stands up to kForwardMax bytes, else cut into smaller ones.
/// Errors: corrupt, when it has to be cut and is no single NAL, AP or FU.
Result<void> append_payload(Block& block, Bytes payload);

/// Appends VPS, SPS and PPS in one AP packet, or in three when they do not fit one.
void append_parameter_sets(Block& block, const Format& format);

/// What a description of the stream needs of an SPS (H.265 7.3.2.2, 7.3.3).
struct Sps {
    Size size;
    std::uint8_t profile_space = 0, tier = 0, profile = 0, level = 0;  ///< level in thirtieths: 93 is 3.1.
    std::uint32_t compatibility = 0;                                   ///< First flag in the highest bit.
    std::uint64_t constraints = 0;                                     ///< 48 bits, the first one highest.
    std::uint8_t chroma_format = 1, bit_depth_luma = 8, bit_depth_chroma = 8;
    std::uint8_t sub_layers = 1;
    bool temporal_nesting = false;
};
/// Bounds: 16,384 pixels a side, base layer. Errors: corrupt.
Result<Sps> parse_sps(Bytes sps);

/// Calls `visit(type, whole)` for each NAL unit that begins in an RTP payload; `whole` is empty for a
/// fragment. Returns false for a payload that is not single NAL, AP or FU (a PACI, say), or whose lengths do
/// not fit.
template <class Visit>
bool visit_nals(Bytes payload, Visit&& visit) {
    if (payload.size() < kNalHeaderSize + 1) return false;
    const std::uint8_t kind = type(payload[0]);
    if (kind < kAp) {
        visit(kind, payload);
        return true;
    }
    if (kind == kFu) {
        if (payload.size() < 4) return false;
        if ((payload[2] & 0x80U) != 0) visit(static_cast<std::uint8_t>(payload[2] & 0x3FU), Bytes{});
        return true;
    }
    if (kind != kAp) return false;
    for (Bytes rest = payload.subspan(kNalHeaderSize); !rest.empty();) {
        if (rest.size() < 2) return false;
        const std::size_t size = read_u16(rest.data());
        if (size <= kNalHeaderSize || size > rest.size() - 2) return false;
        visit(type(rest[2]), rest.subspan(2, size));
        rest = rest.subspan(2 + size);
    }
    return true;
}

/// Whether a payload that visit_nals() took may stand behind those before it: a fragment needs its beginning.
inline bool take_fragment(OpenFragment& fragment, Bytes payload) {
    if (type(payload[0]) == kFu)
        return fragment.take(payload[2] & 0x3FU, (payload[2] & 0x80U) != 0, (payload[2] & 0x40U) != 0);
    fragment.open = false;
    return true;
}

}  // namespace bongsu::media::h265
