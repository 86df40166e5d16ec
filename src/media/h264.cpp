#include "media/h264.hpp"

#include <algorithm>
#include <array>

namespace bongsu::media {
namespace {

/// Appends `$ 0 length`, room for the RTP header, then the two parts.
void append_packet(Block& block, Bytes prefix, Bytes payload) {
    const std::size_t size = kRtpHeaderSize + prefix.size() + payload.size();
    const std::size_t at = block.bytes.size();
    const std::array<std::uint8_t, 4> framing{'$', 0, static_cast<std::uint8_t>(size >> 8),
                                              static_cast<std::uint8_t>(size)};
    block.bytes.insert(block.bytes.end(), framing.begin(), framing.end());
    block.bytes.resize(block.bytes.size() + kRtpHeaderSize);
    block.bytes.insert(block.bytes.end(), prefix.begin(), prefix.end());
    block.bytes.insert(block.bytes.end(), payload.begin(), payload.end());
    block.packets.push_back({static_cast<std::uint32_t>(at + 4), static_cast<std::uint32_t>(size)});
}

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

/// Exp-Golomb reader over an RBSP (H.264 7.2, 9.1) that skips emulation prevention bytes.
class BitReader {
  public:
    explicit BitReader(Bytes bytes) : bytes_(bytes) {}
    std::uint32_t bit() {
        if (mask_ == 0) next_byte();
        if (at_ > bytes_.size()) return 0;
        const std::uint32_t value = (bytes_[at_ - 1] & mask_) != 0 ? 1U : 0U;
        mask_ = static_cast<std::uint8_t>(mask_ >> 1);
        return value;
    }
    std::uint32_t bits(int count) {
        std::uint32_t value = 0;
        while (count-- > 0) value = value << 1 | bit();
        return value;
    }
    std::uint32_t ue() {
        int zeros = 0;
        while (bit() == 0) {
            if (++zeros > 31 || overrun()) {
                at_ = bytes_.size() + 1;
                return 0;
            }
        }
        return (1U << zeros) - 1 + bits(zeros);
    }
    std::int64_t se() {
        const std::int64_t code = ue();
        return (code & 1) != 0 ? (code + 1) / 2 : -(code / 2);
    }
    bool overrun() const { return at_ > bytes_.size(); }

  private:
    void next_byte() {
        if (at_ < bytes_.size() && zeros_ >= 2 && bytes_[at_] == 3) {
            ++at_;
            zeros_ = 0;
        }
        if (at_ < bytes_.size()) zeros_ = bytes_[at_] == 0 ? zeros_ + 1 : 0;
        at_ = std::min(at_ + 1, bytes_.size() + 1);
        mask_ = 0x80;
    }
    Bytes bytes_;
    std::size_t at_ = 0;
    int zeros_ = 0;
    std::uint8_t mask_ = 0;
};

void skip_scaling_list(BitReader& bits, int size) {
    std::int64_t last = 8, next = 8;
    for (int i = 0; i < size && !bits.overrun(); ++i) {
        if (next != 0) next = (last + bits.se() + 256) & 0xFF;
        if (next != 0) last = next;
    }
}

/// Returns chroma_format_idc.
std::uint32_t read_high_profile(BitReader& bits) {
    const std::uint32_t chroma = bits.ue();
    if (chroma == 3) bits.bit();
    bits.ue();
    bits.ue();
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
        Bytes unit = bytes.subspan(code + 3, next - code - 3);
        while (!unit.empty() && unit.back() == 0) unit = unit.first(unit.size() - 1);
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

std::uint16_t write_headers(Block& block, RtpHeader first) {
    for (std::size_t i = 0; i < block.packets.size(); ++i) {
        first.marker = i + 1 == block.packets.size();
        write_rtp_header(block.bytes.data() + block.packets[i].offset, first);
        ++first.sequence;
    }
    return first.sequence;
}

Result<Size> parse_sps(Bytes sps) {
    if (sps.size() < 5 || nal::type(sps[0]) != nal::kSps) return fail(ErrorKind::corrupt, "not an H.264 SPS");
    const std::uint8_t profile = sps[1];
    BitReader bits(sps.subspan(4));
    bits.ue();
    std::uint32_t chroma = 1;
    constexpr std::array<std::uint8_t, 13> kHigh{100, 110, 122, 244, 44,  83, 86,
                                                 118, 128, 138, 139, 134, 135};
    if (std::find(kHigh.begin(), kHigh.end(), profile) != kHigh.end()) chroma = read_high_profile(bits);
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
    if (bits.overrun() || chroma > 3 || width_mbs > 1024 || height_units > 1024) {
        return fail(ErrorKind::corrupt, "H.264 SPS cut short or out of range");
    }
    const std::uint64_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
    const std::uint64_t unit_y = (chroma == 1 ? 2 : 1) * fields;
    const std::uint64_t width = width_mbs * 16, height = height_units * 16 * fields;
    const std::uint64_t cut_x = (crop[0] + crop[1]) * unit_x, cut_y = (crop[2] + crop[3]) * unit_y;
    if (cut_x >= width || cut_y >= height)
        return fail(ErrorKind::corrupt, "H.264 SPS crops the whole picture");
    return Size{static_cast<int>(width - cut_x), static_cast<int>(height - cut_y)};
}

}  // namespace bongsu::media
