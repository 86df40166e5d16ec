#pragma once
// H.264: NAL units out of Annex B, into RTP payloads and found again within them (RFC 6184). Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "media/block.hpp"
#include "media/packets.hpp"
#include "media/rtp.hpp"

namespace bongsu::media {

namespace nal {
constexpr std::uint8_t kIdr = 5, kSei = 6, kSps = 7, kPps = 8, kAud = 9, kFiller = 12, kStapA = 24, kFuA = 28;
constexpr std::uint8_t type(std::uint8_t first_byte) { return first_byte & 0x1FU; }
constexpr bool is_picture(std::uint8_t type) { return type >= 1 && type <= kIdr; }
}  // namespace nal

/// NAL units between start codes (ITU-T H.264 Annex B), without their trailing zero bytes; views into
/// `bytes`.
std::vector<Bytes> split_annex_b(Bytes bytes);

struct AccessUnit {
    std::vector<Bytes> nals;
    bool key = false;  ///< Holds an IDR slice.
};
/// Groups NAL units into pictures (H.264 7.4.1.2.3: a new one begins with AUD, SPS, PPS, SEI after a slice,
/// or with a slice whose first_mb_in_slice is 0). Leading units without a picture join the next one.
std::vector<AccessUnit> split_access_units(const std::vector<Bytes>& nals);

/// Appends one NAL unit to a block: a single packet, or FU-A fragments of equal size (the last may be
/// shorter), none larger than `payload_max`. The RTP headers are left for write_headers(). An empty unit adds
/// nothing.
void append_nal(Block& block, Bytes nal, std::size_t payload_max = kFragmentMax);

/// Appends an RTP payload of a camera: as it stands up to kForwardMax bytes, else cut into smaller ones.
/// Errors: corrupt, when it has to be cut and is no form that RFC 6184 mode 1 knows.
Result<void> append_payload(Block& block, Bytes payload);

/// Appends SPS and PPS in one STAP-A packet, or in two packets when they do not fit one.
void append_parameter_sets(Block& block, const Format& format);

/// What a description of the stream needs of an SPS.
struct H264Sps : Size {
    std::uint8_t chroma_format = 1, bit_depth_luma = 8, bit_depth_chroma = 8;
};
/// Reads an SPS (H.264 7.3.2.1.1). Bounds: 16,384 pixels wide, 32,768 high. Errors: corrupt.
Result<H264Sps> parse_sps(Bytes sps);

/// Calls `visit(type, whole)` for each NAL unit that begins in an RTP payload; `whole` is empty for a
/// fragment. Returns false for a payload that is not single NAL, STAP-A or FU-A, or whose lengths do not fit.
template <class Visit>
bool visit_nals(Bytes payload, Visit&& visit) {
    if (payload.empty()) return false;
    const std::uint8_t kind = nal::type(payload[0]);
    if (kind >= 1 && kind < nal::kStapA) {
        visit(kind, payload);
        return true;
    }
    if (kind == nal::kFuA) {
        if (payload.size() < 3) return false;
        if ((payload[1] & 0x80U) != 0) visit(nal::type(payload[1]), Bytes{});
        return true;
    }
    if (kind != nal::kStapA) return false;
    for (Bytes rest = payload.subspan(1); !rest.empty();) {
        if (rest.size() < 2) return false;
        const std::size_t size = read_u16(rest.data());
        if (size == 0 || size > rest.size() - 2) return false;
        visit(nal::type(rest[2]), rest.subspan(2, size));
        rest = rest.subspan(2 + size);
    }
    return true;
}

/// Whether a payload that visit_nals() took may stand behind those before it: a fragment needs its beginning.
inline bool take_fragment(OpenFragment& fragment, Bytes payload) {
    if (nal::type(payload[0]) == nal::kFuA)
        return fragment.take(nal::type(payload[1]), (payload[1] & 0x80U) != 0, (payload[1] & 0x40U) != 0);
    fragment.open = false;
    return true;
}

}  // namespace bongsu::media
