#include "media/format.hpp"

#include <array>
#include <optional>

#include "crypto/crypto.hpp"
#include "media/bits.hpp"
#include "media/h264.hpp"
#include "media/h265.hpp"

namespace bongsu::media {
namespace {

std::optional<Size> size_of(Codec codec, Bytes sps) {
    if (codec == Codec::h265) {
        const auto parsed = h265::parse_sps(sps);
        return parsed ? std::optional(parsed->size) : std::nullopt;
    }
    const auto parsed = parse_sps(sps);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

std::size_t header_size(Codec codec) { return codec == Codec::h265 ? h265::kNalHeaderSize : 1; }

std::uint32_t pps_id(Codec codec, Bytes pps) { return BitReader(pps.subspan(header_size(codec))).ue(); }

std::string hvc1(const h265::Sps& sps) {
    std::uint32_t mirrored = 0;
    for (int bit = 0; bit < 32; ++bit) mirrored |= (sps.compatibility >> bit & 1U) << (31 - bit);
    const auto hex = [](std::uint64_t value) {
        std::string out;
        for (; value != 0 || out.empty(); value >>= 4)
            out.insert(out.begin(), "0123456789abcdef"[value & 15U]);
        return out;
    };
    std::string out = "hvc1.";
    if (sps.profile_space != 0) out += static_cast<char>('A' + sps.profile_space - 1);
    out += std::to_string(sps.profile) + "." + hex(mirrored) + (sps.tier != 0 ? ".H" : ".L") +
           std::to_string(sps.level);
    for (std::uint64_t rest = sps.constraints << 16; rest != 0; rest <<= 8) out += "." + hex(rest >> 56);
    return out;
}

}  // namespace

std::string_view to_string(Codec codec) {
    switch (codec) {
        case Codec::h264:
            return "H264";
        case Codec::h265:
            return "H265";
        case Codec::jpeg:
            return "JPEG";
    }
    return "H264";
}

std::string codec_string(const Format& format) {
    if (format.codec == Codec::jpeg) return "mp4v.6C";
    if (!format.known()) return {};
    if (format.codec == Codec::h265) {
        const auto sps = h265::parse_sps(as_bytes(format.sps));
        return sps ? hvc1(*sps) : std::string{};
    }
    return format.sps.size() < 4 ? std::string{}
                                 : "avc1." + crypto::to_hex(std::string_view(format.sps).substr(1, 3));
}

Learned learn(Format& format, SetKind kind, Bytes whole) {
    whole = without_zeros(whole);
    if (kind == SetKind::none || whole.size() <= header_size(format.codec) || whole.size() > kParameterSetMax)
        return Learned::refused;
    std::string& known = kind == SetKind::vps ? format.vps : kind == SetKind::sps ? format.sps : format.pps;
    const auto text = as_text(whole);
    if (known == text) return Learned::unchanged;
    if (kind == SetKind::pps && !known.empty() &&
        pps_id(format.codec, whole) != pps_id(format.codec, as_bytes(known)))
        return Learned::unchanged;
    if (kind == SetKind::sps) {
        const auto size = size_of(format.codec, whole);
        if (!size) return Learned::refused;
        format.width = size->width;
        format.height = size->height;
        format.pps.clear();
    }
    known.assign(text);
    return Learned::changed;
}

}  // namespace bongsu::media
