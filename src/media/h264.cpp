#include "media/h264.hpp"

#include <algorithm>
#include <array>

#include "media/bits.hpp"

namespace bongsu::media {
namespace {

/// FU-A packets of one size; `starts` and `ends` say whether `body` holds the unit's first and last byte.
void append_fragments(Block& block, std::uint8_t nal_header, Bytes body, std::size_t payload_max, bool starts,
                      bool ends) {
    const std::size_t room = payload_max - 2;
    const std::size_t count = std::max<std::size_t>((body.size() + room - 1) / room, 1);
    const std::size_t each = (body.size() + count - 1) / count;
    for (std::size_t from = 0; from < body.size(); from += each) {
        const auto part = body.subspan(from, std::min(each, body.size() - from));
        const bool first = starts && from == 0;
        const bool last = ends && from + part.size() == body.size();
        const std::array<std::uint8_t, 2> prefix{
            static_cast<std::uint8_t>((nal_header & 0xE0U) | nal::kFuA),
            static_cast<std::uint8_t>((first ? 0x80U : 0U) | (last ? 0x40U : 0U) | nal::type(nal_header))};
        append_packet(block, prefix, part);
    }
}

void skip_scaling_list(BitReader& bits, int size) {
    std::int64_t last = 8, next = 8;
    for (int i = 0; i < size && !bits.overrun(); ++i) {
        if (next != 0) next = (last + bits.se() + 256) & 0xFF;
        if (next != 0) last = next;
    }
}

/// Returns chroma_format_idc.
std::uint32_t read_high_profile(BitReader& bits, std::uint32_t& luma, std::uint32_t& chroma_depth) {
    const std::uint32_t chroma = bits.ue();
    if (chroma == 3) bits.bit();
    luma = bits.ue();
    chroma_depth = bits.ue();
    bits.bit();
    if (bits.bit() != 0) {
        for (int i = 0; i < (chroma == 3 ? 12 : 8); ++i) {
            if (bits.bit() != 0) skip_scaling_list(bits, i < 6 ? 16 : 64);
        }
    }
    return chroma;
}

void skip_picture_order(BitReader& bits) {
    const std::uint32_t kind = bits.ue();
    if (kind == 0) bits.ue();
    if (kind != 1) return;
    bits.bit();
    bits.se();
    bits.se();
    const std::uint32_t cycle = bits.ue();
    for (std::uint32_t i = 0; i < cycle && i < 256 && !bits.overrun(); ++i) bits.se();
}

bool starts_picture(Bytes nal) {
    // first_mb_in_slice is ue(v): the value 0 is a single 1 bit.
    return nal.size() > 1 && (nal[1] & 0x80U) != 0;
}

}  // namespace

std::vector<Bytes> split_annex_b(Bytes bytes) {
    std::vector<Bytes> out;
    const auto find_code = [&](std::size_t from) {
        for (std::size_t i = from; i + 3 <= bytes.size(); ++i) {
            if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) return i;
        }
        return bytes.size();
    };
    for (std::size_t code = find_code(0); code < bytes.size();) {
        const std::size_t next = find_code(code + 3);
        const Bytes unit = without_zeros(bytes.subspan(code + 3, next - code - 3));
        if (!unit.empty()) out.push_back(unit);
        code = next;
    }
    return out;
}

std::vector<AccessUnit> split_access_units(const std::vector<Bytes>& nals) {
    std::vector<AccessUnit> out;
    bool has_picture = true;  // The first unit opens an access unit.
    for (const Bytes unit : nals) {
        const std::uint8_t type = nal::type(unit[0]);
        const bool picture = nal::is_picture(type);
        const bool opens = picture ? starts_picture(unit) : type >= nal::kSei && type <= nal::kAud;
        if (out.empty() || (has_picture && opens)) {
            out.emplace_back();
            has_picture = false;
        }
        out.back().nals.push_back(unit);
        out.back().key = out.back().key || type == nal::kIdr;
        has_picture = has_picture || picture;
    }
    if (!out.empty() && !has_picture) out.pop_back();
    return out;
}

void append_nal(Block& block, Bytes unit, std::size_t payload_max) {
    if (unit.empty()) return;
    if (unit.size() <= payload_max) {
        append_packet(block, {}, unit);
    } else {
        append_fragments(block, unit[0], unit.subspan(1), payload_max, true, true);
    }
}

Result<void> append_payload(Block& block, Bytes payload) {
    if (payload.size() <= kForwardMax) {
        append_packet(block, {}, payload);
        return {};
    }
    const std::uint8_t kind = nal::type(payload[0]);
    if (kind == nal::kFuA) {
        const auto header = static_cast<std::uint8_t>((payload[0] & 0xE0U) | nal::type(payload[1]));
        append_fragments(block, header, payload.subspan(2), kFragmentMax, (payload[1] & 0x80U) != 0,
                         (payload[1] & 0x40U) != 0);
        return {};
    }
    const bool known = visit_nals(payload, [&](std::uint8_t, Bytes whole) { append_nal(block, whole); });
    if (!known)
        return fail(ErrorKind::corrupt, "RTP payload of H.264 is neither single NAL, STAP-A nor FU-A");
    return {};
}

void append_parameter_sets(Block& block, const Format& format) {
    const Bytes sps = as_bytes(format.sps), pps = as_bytes(format.pps);
    if (sps.size() + pps.size() + 5 > kFragmentMax) {
        append_nal(block, sps);
        append_nal(block, pps);
        return;
    }
    std::vector<std::uint8_t> packet{static_cast<std::uint8_t>((sps[0] & 0x60U) | nal::kStapA)};
    for (const Bytes unit : {sps, pps}) {
        packet.push_back(static_cast<std::uint8_t>(unit.size() >> 8));
        packet.push_back(static_cast<std::uint8_t>(unit.size()));
        packet.insert(packet.end(), unit.begin(), unit.end());
    }
    append_packet(block, {}, packet);
}

Result<H264Sps> parse_sps(Bytes sps) {
    if (sps.size() < 5 || nal::type(sps[0]) != nal::kSps) return fail(ErrorKind::corrupt, "not an H.264 SPS");
    const std::uint8_t profile = sps[1];
    BitReader bits(sps.subspan(4));
    bits.ue();
    std::uint32_t chroma = 1, luma = 0, chroma_depth = 0;
    constexpr std::array<std::uint8_t, 13> kHigh{100, 110, 122, 244, 44,  83, 86,
                                                 118, 128, 138, 139, 134, 135};
    if (std::find(kHigh.begin(), kHigh.end(), profile) != kHigh.end())
        chroma = read_high_profile(bits, luma, chroma_depth);
    bits.ue();
    skip_picture_order(bits);
    bits.ue();
    bits.bit();
    const std::uint64_t width_mbs = std::uint64_t{bits.ue()} + 1, height_units = std::uint64_t{bits.ue()} + 1;
    const std::uint64_t fields = 2 - std::uint64_t{bits.bit()};
    if (fields == 2) bits.bit();
    bits.bit();
    std::array<std::uint64_t, 4> crop{};
    if (bits.bit() != 0) {
        for (auto& side : crop) side = bits.ue();
    }
    if (bits.overrun() || chroma > 3 || luma > 6 || chroma_depth > 6 || width_mbs > 1024 ||
        height_units > 1024) {
        return fail(ErrorKind::corrupt, "H.264 SPS cut short or out of range");
    }
    const std::uint64_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
    const std::uint64_t unit_y = (chroma == 1 ? 2 : 1) * fields;
    const std::uint64_t width = width_mbs * 16, height = height_units * 16 * fields;
    const std::uint64_t cut_x = (crop[0] + crop[1]) * unit_x, cut_y = (crop[2] + crop[3]) * unit_y;
    if (cut_x >= width || cut_y >= height)
        return fail(ErrorKind::corrupt, "H.264 SPS crops the whole picture");
    H264Sps out;
    out.width = static_cast<int>(width - cut_x);
    out.height = static_cast<int>(height - cut_y);
    out.chroma_format = static_cast<std::uint8_t>(chroma);
    out.bit_depth_luma = static_cast<std::uint8_t>(luma + 8);
    out.bit_depth_chroma = static_cast<std::uint8_t>(chroma_depth + 8);
    return out;
}

}  // namespace bongsu::media
