#include "media/h265.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "media/bits.hpp"

namespace bongsu::media::h265 {
namespace {

constexpr std::uint32_t kSideMax = 16'384;

/// The first byte of `header` with another type in it.
std::uint8_t retyped(std::uint8_t header, std::uint8_t type) {
    return static_cast<std::uint8_t>((header & 0x81U) | static_cast<unsigned>(type) << 1);
}

/// FUs of one size; `starts` and `ends` say whether `body` holds the unit's first and last byte.
void append_fragments(Block& block, Bytes header, std::uint8_t unit_type, Bytes body, std::size_t payload_max,
                      bool starts, bool ends) {
    const std::size_t room = payload_max - 3;
    const std::size_t count = std::max<std::size_t>((body.size() + room - 1) / room, 1);
    const std::size_t each = (body.size() + count - 1) / count;
    for (std::size_t from = 0; from < body.size(); from += each) {
        const auto part = body.subspan(from, std::min(each, body.size() - from));
        const bool first = starts && from == 0;
        const bool last = ends && from + part.size() == body.size();
        const std::array<std::uint8_t, 3> prefix{
            retyped(header[0], kFu), header[1],
            static_cast<std::uint8_t>((first ? 0x80U : 0U) | (last ? 0x40U : 0U) | unit_type)};
        append_packet(block, prefix, part);
    }
}

void read_profile(BitReader& bits, Sps& out) {
    out.profile_space = static_cast<std::uint8_t>(bits.bits(2));
    out.tier = static_cast<std::uint8_t>(bits.bit());
    out.profile = static_cast<std::uint8_t>(bits.bits(5));
    out.compatibility = bits.bits(32);
    out.constraints = std::uint64_t{bits.bits(24)} << 24;
    out.constraints |= bits.bits(24);
    out.level = static_cast<std::uint8_t>(bits.bits(8));
    const int more = out.sub_layers - 1;
    if (more == 0) return;
    std::array<std::uint32_t, 8> present{};
    for (auto& layer : present)
        layer = bits.bits(2);  // The reserved pairs of missing layers are read with them.
    for (int i = 0; i < more; ++i) {
        const std::uint32_t flags = present[static_cast<std::size_t>(i)];
        if ((flags & 2U) != 0) bits.skip(88);
        if ((flags & 1U) != 0) bits.skip(8);
    }
}

}  // namespace

void append_nal(Block& block, Bytes unit, std::size_t payload_max) {
    if (unit.size() <= kNalHeaderSize) return;
    if (unit.size() <= payload_max) {
        append_packet(block, {}, unit);
    } else {
        append_fragments(block, unit, type(unit[0]), unit.subspan(kNalHeaderSize), payload_max, true, true);
    }
}

Result<void> append_payload(Block& block, Bytes payload) {
    if (payload.size() <= kForwardMax) {
        append_packet(block, {}, payload);
        return {};
    }
    if (type(payload[0]) == kFu) {
        append_fragments(block, payload, payload[2] & 0x3FU, payload.subspan(3), kFragmentMax,
                         (payload[2] & 0x80U) != 0, (payload[2] & 0x40U) != 0);
        return {};
    }
    const bool known = visit_nals(payload, [&](std::uint8_t, Bytes whole) { append_nal(block, whole); });
    if (!known) return fail(ErrorKind::corrupt, "RTP payload of H.265 is neither single NAL, AP nor FU");
    return {};
}

void append_parameter_sets(Block& block, const Format& format) {
    const std::array<Bytes, 3> units{as_bytes(format.vps), as_bytes(format.sps), as_bytes(format.pps)};
    std::size_t size = kNalHeaderSize;
    for (const Bytes unit : units) size += 2 + unit.size();
    if (size > kFragmentMax) {
        for (const Bytes unit : units) append_nal(block, unit);
        return;
    }
    std::vector<std::uint8_t> packet{retyped(0, kAp), 1};  // Base layer, lowest temporal id (RFC 7798 4.4.2).
    packet.reserve(size);
    for (const Bytes unit : units) {
        packet.push_back(static_cast<std::uint8_t>(unit.size() >> 8));
        packet.push_back(static_cast<std::uint8_t>(unit.size()));
        packet.insert(packet.end(), unit.begin(), unit.end());
    }
    append_packet(block, {}, packet);
}

Result<Sps> parse_sps(Bytes sps) {
    const bool ours = sps.size() > kNalHeaderSize && type(sps[0]) == kSps && (sps[0] & 1U) == 0 && sps[1] < 8;
    if (!ours) return fail(ErrorKind::corrupt, "not an H.265 SPS of the base layer");
    Sps out;
    BitReader bits(sps.subspan(kNalHeaderSize));
    bits.skip(4);
    out.sub_layers = static_cast<std::uint8_t>(bits.bits(3) + 1);
    out.temporal_nesting = bits.bit() != 0;
    read_profile(bits, out);
    const std::uint32_t id = bits.ue(), chroma = bits.ue();
    if (chroma == 3) bits.bit();
    const std::uint32_t width = bits.ue(), height = bits.ue();
    std::array<std::uint64_t, 4> crop{};
    if (bits.bit() != 0) {
        for (auto& side : crop) side = bits.ue();
    }
    const std::uint32_t luma = bits.ue(), chroma_depth = bits.ue();
    if (bits.overrun() || out.sub_layers > 7 || id > 15 || chroma > 3 || width == 0 || width > kSideMax ||
        height == 0 || height > kSideMax || luma > 8 || chroma_depth > 8) {
        return fail(ErrorKind::corrupt, "H.265 SPS cut short or out of range");
    }
    const std::uint64_t cut_x = (crop[0] + crop[1]) * (chroma == 1 || chroma == 2 ? 2 : 1);
    const std::uint64_t cut_y = (crop[2] + crop[3]) * (chroma == 1 ? 2 : 1);
    if (cut_x >= width || cut_y >= height)
        return fail(ErrorKind::corrupt, "H.265 SPS crops the whole picture");
    out.size = {static_cast<int>(width - cut_x), static_cast<int>(height - cut_y)};
    out.chroma_format = static_cast<std::uint8_t>(chroma);
    out.bit_depth_luma = static_cast<std::uint8_t>(luma + 8);
    out.bit_depth_chroma = static_cast<std::uint8_t>(chroma_depth + 8);
    return out;
}

}  // namespace bongsu::media::h265
