#include "media/fmp4.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include "media/format.hpp"
#include "media/h264.hpp"
#include "media/h265.hpp"

namespace bongsu::media::fmp4 {
namespace {

constexpr std::uint32_t kSync = 0x02000000;     // sample_depends_on = 2: on no other.
constexpr std::uint32_t kNonSync = 0x01010000;  // Depends on others, and is no sync sample.
constexpr std::size_t kLengthSize = 4;

/// Big-endian numbers and boxes at the end of a buffer. Sizes are written when a box ends.
class Writer {
  public:
    explicit Writer(std::vector<std::uint8_t>& out) : out_(out) {}
    void u8(unsigned value) { out_.push_back(static_cast<std::uint8_t>(value)); }
    void u16(unsigned value) {
        u8(value >> 8);
        u8(value);
    }
    void u32(std::uint32_t value) {
        u16(value >> 16);
        u16(value & 0xFFFFU);
    }
    void u64(std::uint64_t value) {
        u32(static_cast<std::uint32_t>(value >> 32));
        u32(static_cast<std::uint32_t>(value));
    }
    void zeros(std::size_t count) { out_.resize(out_.size() + count); }
    void put(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
    void put(std::string_view text) { put(as_bytes(text)); }
    std::size_t at() const { return out_.size(); }
    void patch(std::size_t at, std::uint32_t value) { write_u32(out_.data() + at, value); }
    void cut(std::size_t at) { out_.resize(at); }
    Bytes since(std::size_t at) const { return Bytes(out_).subspan(at); }

    template <class Body>
    void box(std::string_view name, Body&& body) {
        const std::size_t begin = at();
        u32(0);
        put(name);
        body();
        patch(begin, static_cast<std::uint32_t>(at() - begin));
    }
    template <class Body>
    void full_box(std::string_view name, unsigned version, std::uint32_t flags, Body&& body) {
        box(name, [&] {
            u32(version << 24 | flags);
            body();
        });
    }

  private:
    std::vector<std::uint8_t>& out_;
};

void write_unit(Writer& out, std::string_view unit) {
    out.u16(static_cast<unsigned>(unit.size()));
    out.put(unit);
}

void write_matrix(Writer& out) {
    for (const std::uint32_t value : {0x10000U, 0U, 0U, 0U, 0x10000U, 0U, 0U, 0U, 0x40000000U})
        out.u32(value);
}

/// AVCDecoderConfigurationRecord (14496-15 5.3.3.1).
void write_avcc(Writer& out, const Format& format, const H264Sps& sps) {
    out.box("avcC", [&] {
        out.u8(1);
        out.put(std::string_view(format.sps).substr(1, 3));
        out.u8(0xFC | (kLengthSize - 1));
        out.u8(0xE0 | 1);
        write_unit(out, format.sps);
        out.u8(1);
        write_unit(out, format.pps);
        const auto profile = static_cast<std::uint8_t>(format.sps[1]);
        if (profile != 100 && profile != 110 && profile != 122 && profile != 144) return;
        out.u8(0xFCU | sps.chroma_format);
        out.u8(0xF8U | (sps.bit_depth_luma - 8U));
        out.u8(0xF8U | (sps.bit_depth_chroma - 8U));
        out.u8(0);
    });
}

/// HEVCDecoderConfigurationRecord (14496-15 8.3.3.1).
void write_hvcc(Writer& out, const Format& format, const h265::Sps& sps) {
    out.box("hvcC", [&] {
        out.u8(1);
        out.u8(static_cast<unsigned>(sps.profile_space << 6 | sps.tier << 5 | sps.profile));
        out.u32(sps.compatibility);
        out.u16(static_cast<unsigned>(sps.constraints >> 32));
        out.u32(static_cast<std::uint32_t>(sps.constraints));
        out.u8(sps.level);
        out.u16(0xF000);  // Segmentation and parallelism: not told.
        out.u8(0xFC);
        out.u8(0xFCU | sps.chroma_format);
        out.u8(0xF8U | (sps.bit_depth_luma - 8U));
        out.u8(0xF8U | (sps.bit_depth_chroma - 8U));
        out.u16(0);  // Frame rate: not told.
        out.u8(static_cast<unsigned>(sps.sub_layers << 3 | (sps.temporal_nesting ? 4 : 0)) |
               (kLengthSize - 1));
        out.u8(3);
        for (const auto& [type, unit] :
             {std::tuple(h265::kVps, &format.vps), std::tuple(h265::kSps, &format.sps),
              std::tuple(h265::kPps, &format.pps)}) {
            out.u8(0x80U | type);
            out.u16(1);
            write_unit(out, *unit);
        }
    });
}

template <class Configuration>
void write_sample_entry(Writer& out, std::string_view name, Size size, Configuration&& configuration) {
    out.full_box("stsd", 0, 0, [&] {
        out.u32(1);
        out.box(name, [&] {
            out.zeros(6);
            out.u16(1);
            out.zeros(16);
            out.u16(static_cast<unsigned>(size.width));
            out.u16(static_cast<unsigned>(size.height));
            out.u32(0x00480000);
            out.u32(0x00480000);
            out.zeros(4);
            out.u16(1);
            out.zeros(32);
            out.u16(24);
            out.u16(0xFFFF);
            configuration();
        });
    });
}

template <class Entry>
void write_media(Writer& out, Entry&& entry) {
    out.box("mdia", [&] {
        out.full_box("mdhd", 0, 0, [&] {
            out.zeros(8);
            out.u32(kTimescale);
            out.u32(0);
            out.u16(0x55C4);  // "und"
            out.u16(0);
        });
        out.full_box("hdlr", 0, 0, [&] {
            out.u32(0);
            out.put("vide");
            out.zeros(13);  // And an empty name.
        });
        out.box("minf", [&] {
            out.full_box("vmhd", 0, 1, [&] { out.zeros(8); });
            out.box("dinf", [&] {
                out.full_box("dref", 0, 0, [&] {
                    out.u32(1);
                    out.full_box("url ", 0, 1, [] {});
                });
            });
            out.box("stbl", [&] {
                entry();
                for (const std::string_view empty : {"stts", "stsc", "stco"})
                    out.full_box(empty, 0, 0, [&] { out.u32(0); });
                out.full_box("stsz", 0, 0, [&] { out.zeros(8); });
            });
        });
    });
}

template <class Entry>
std::vector<std::uint8_t> write_init(Size size, Entry&& entry) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(2048);
    Writer out(bytes);
    out.box("ftyp", [&] {
        out.put("iso6");
        out.u32(0);
        out.put("iso6cmfc");
    });
    out.box("moov", [&] {
        out.full_box("mvhd", 0, 0, [&] {
            out.zeros(8);
            out.u32(kTimescale);
            out.u32(0);
            out.u32(0x10000);
            out.u16(0x100);
            out.zeros(10);
            write_matrix(out);
            out.zeros(24);
            out.u32(2);
        });
        out.box("trak", [&] {
            out.full_box("tkhd", 0, 3, [&] {
                out.zeros(8);
                out.u32(1);
                out.zeros(8 + 16);
                write_matrix(out);
                out.u32(static_cast<std::uint32_t>(size.width) << 16);
                out.u32(static_cast<std::uint32_t>(size.height) << 16);
            });
            write_media(out, [&] { entry(out); });
        });
        out.box("mvex", [&] {
            out.full_box("trex", 0, 0, [&] {
                out.u32(1);
                out.u32(1);
                out.zeros(12);
            });
        });
    });
    return bytes;
}

/// One block's NAL units, put together at the end of the buffer.
class Units {
  public:
    Units(Writer& out, const Format& format) : out_(out), format_(format) {}

    Result<void> take(const Block& block) {
        for (std::size_t i = 0; i < block.packets.size(); ++i) {
            TRY(const RtpPacket rtp, parse_rtp(block.packet(i)));
            const bool fits = format_.codec == Codec::h265 ? take_h265(rtp.payload) : take_h264(rtp.payload);
            if (!fits) return fail(ErrorKind::corrupt, "a block's RTP payload cannot be put together");
        }
        finish();
        return {};
    }

  private:
    bool take_h264(Bytes payload) {
        const bool fits = visit_nals(payload, [&](std::uint8_t type, Bytes whole) {
            begin();
            if (!whole.empty()) return out_.put(whole);
            out_.u8((payload[0] & 0xE0U) | type);
        });
        if (!fits || !take_fragment(fragment_, payload)) return false;
        if (nal::type(payload[0]) == nal::kFuA) out_.put(payload.subspan(2));
        return true;
    }
    bool take_h265(Bytes payload) {
        const bool fits = h265::visit_nals(payload, [&](std::uint8_t type, Bytes whole) {
            begin();
            if (!whole.empty()) return out_.put(whole);
            out_.u8((payload[0] & 0x81U) | static_cast<unsigned>(type) << 1);
            out_.u8(payload[1]);
        });
        if (!fits || !h265::take_fragment(fragment_, payload)) return false;
        if (h265::type(payload[0]) == h265::kFu) out_.put(payload.subspan(3));
        return true;
    }
    void begin() {
        finish();
        unit_ = out_.at();
        open_ = true;
        out_.u32(0);
    }
    void finish() {
        if (!std::exchange(open_, false)) return;
        const Bytes unit = out_.since(unit_ + kLengthSize);
        if (is_left_out(unit)) return out_.cut(unit_);
        out_.patch(unit_, static_cast<std::uint32_t>(unit.size()));
    }
    bool is_left_out(Bytes unit) const {
        const bool is_h265 = format_.codec == Codec::h265;
        const std::uint8_t type = is_h265 ? h265::type(unit[0]) : nal::type(unit[0]);
        if (type == (is_h265 ? h265::kAud : nal::kAud) || type == (is_h265 ? h265::kFiller : nal::kFiller))
            return true;
        const auto text = as_text(without_zeros(unit));
        switch (set_kind(format_.codec, type)) {
            case SetKind::none:
                return false;
            case SetKind::vps:
                return text == format_.vps;
            case SetKind::sps:
                return text == format_.sps;
            case SetKind::pps:
                return text == format_.pps;
        }
        return false;
    }

    Writer& out_;
    const Format& format_;
    OpenFragment fragment_;
    std::size_t unit_ = 0;
    bool open_ = false;
};

/// Writes `moof` with room for the samples' sizes; returns where the first one's stands.
std::size_t write_moof(Writer& out, Place place, std::span<const Sample> samples, bool reordered) {
    const std::size_t begin = out.at();
    std::size_t data_offset = 0, first_size = 0;
    out.box("moof", [&] {
        out.full_box("mfhd", 0, 0, [&] { out.u32(place.sequence); });
        out.box("traf", [&] {
            out.full_box("tfhd", 0, 0x020000, [&] { out.u32(1); });  // default-base-is-moof
            out.full_box("tfdt", 1, 0, [&] { out.u64(place.decode_time); });
            // Of each sample: duration, size, flags, and where pictures are out of order its composition
            // offset.
            out.full_box("trun", 1, 0x000701U | (reordered ? 0x800U : 0U), [&] {
                out.u32(static_cast<std::uint32_t>(samples.size()));
                data_offset = out.at();
                out.u32(0);
                first_size = out.at() + 4;
                for (const Sample& sample : samples) {
                    out.u32(sample.duration);
                    out.u32(0);
                    out.u32(sample.block->key ? kSync : kNonSync);
                    if (reordered) out.u32(static_cast<std::uint32_t>(sample.composition_offset));
                }
            });
        });
    });
    out.patch(data_offset, static_cast<std::uint32_t>(out.at() - begin + 8));
    return first_size;
}

Result<void> write_fragment(Writer& out, const Format& format, Place place, std::span<const Sample> samples) {
    const bool reordered = std::any_of(samples.begin(), samples.end(),
                                       [](const Sample& sample) { return sample.composition_offset != 0; });
    std::size_t size_at = write_moof(out, place, samples, reordered);
    const std::size_t mdat = out.at();
    out.u32(0);
    out.put("mdat");
    for (const Sample& sample : samples) {
        const std::size_t begin = out.at();
        TRY_DO(Units(out, format).take(*sample.block));
        if (out.at() == begin) return fail(ErrorKind::corrupt, "a block holds no picture");
        out.patch(size_at, static_cast<std::uint32_t>(out.at() - begin));
        size_at += reordered ? 16 : 12;
    }
    out.patch(mdat, static_cast<std::uint32_t>(out.at() - mdat));
    return {};
}

}  // namespace

Result<std::vector<std::uint8_t>> init_segment(const Format& format) {
    if (format.codec == Codec::jpeg) return fail(ErrorKind::invalid, "JPEG video is not put into MP4");
    if (!format.known()) return fail(ErrorKind::invalid, "the stream's parameter sets are not known yet");
    const std::size_t largest = std::max({format.vps.size(), format.sps.size(), format.pps.size()});
    if (largest > 0xFFFF) return fail(ErrorKind::corrupt, "a parameter set is longer than 64 KiB");
    if (format.codec == Codec::h265) {
        TRY(const h265::Sps sps, h265::parse_sps(as_bytes(format.sps)));
        return write_init(sps.size, [&](Writer& out) {
            write_sample_entry(out, "hvc1", sps.size, [&] { write_hvcc(out, format, sps); });
        });
    }
    TRY(const H264Sps sps, parse_sps(as_bytes(format.sps)));
    return write_init(sps, [&](Writer& out) {
        write_sample_entry(out, "avc1", sps, [&] { write_avcc(out, format, sps); });
    });
}

Result<void> append_fragment(std::vector<std::uint8_t>& out, const Format& format, Place place,
                             std::span<const Sample> samples) {
    if (format.codec == Codec::jpeg) return fail(ErrorKind::invalid, "JPEG video is not put into MP4");
    if (samples.empty() || samples.size() > kSamplesMax)
        return fail(ErrorKind::invalid, "a fragment holds 1 to 1024 samples");
    std::size_t bytes = 0;
    for (const Sample& sample : samples) bytes += sample.block->bytes.size();
    if (bytes > kBytesMax) return fail(ErrorKind::invalid, "a fragment holds at most 64 MiB");
    const std::size_t before = out.size();
    // The packets' framing and headers are larger than the lengths that replace them.
    out.reserve(before + bytes + 256 + 16 * samples.size());
    Writer writer(out);
    auto written = write_fragment(writer, format, place, samples);
    if (!written) out.resize(before);
    return written;
}

}  // namespace bongsu::media::fmp4
