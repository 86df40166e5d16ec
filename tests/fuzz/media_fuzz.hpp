#pragma once
// What the media targets share: a capture as input, and what holds of every block that comes of any packets.

#include <cstdlib>
#include <optional>
#include <vector>

#include "ingest/block_builder.hpp"
#include "media/fmp4.hpp"
#include "media/jpeg.hpp"

namespace bongsu::media::fuzz {

constexpr std::uint32_t kSsrc = 0xB0B0B0B0U, kCameraSsrc = 7;
constexpr std::uint8_t kCameraType = 97;

/// A property that does not hold ends the run; libFuzzer keeps the input.
inline void require(bool holds) {
    if (!holds) std::abort();
}

/// Holds the blocks of one stream to their promises.
class Judge {
  public:
    void on_format(const Format& format) {
        require(format.known() && !codec_string(format).empty());
        require(format.codec == Codec::jpeg ||
                (init_segment_of(format) && format.width > 0 && format.height > 0));
        format_ = format;
    }
    void on_block(const Block& block, Codec codec) {
        require_packets(block);
        // Without parameter sets nothing is a key block.
        require(!block.key || (format_ && format_->codec == codec));
        const Format format = format_.value_or(Format{.codec = codec});
        if (codec == Codec::jpeg) return require_file(block, format);
        std::vector<std::uint8_t> out;
        const fmp4::Sample sample{&block, 3600};
        require(fmp4::append_fragment(out, format, {}, std::span(&sample, 1)).has_value());
    }

  private:
    static bool init_segment_of(const Format& format) { return fmp4::init_segment(format).has_value(); }

    void require_packets(const Block& block) {
        require(!block.packets.empty() && block.bytes.size() <= Block::kBytesMax);
        std::size_t at = 0;
        for (std::size_t i = 0; i < block.packets.size(); ++i) {
            const auto span = block.packets[i];
            require(span.offset == at + 4 && span.size <= kForwardMax + kRtpHeaderSize);
            require(block.bytes[at] == '$' && block.bytes[at + 1] == 0 &&
                    read_u16(&block.bytes[at + 2]) == span.size);
            at = span.offset + span.size;
            require(at <= block.bytes.size());
            const auto rtp = parse_rtp(block.packet(i));
            require(rtp.has_value() && rtp->header.payload_type == kPayloadType && rtp->header.ssrc == kSsrc);
            require(rtp->header.timestamp == block.rtp_time &&
                    rtp->header.marker == (i + 1 == block.packets.size()));
            require(!sequence_ || rtp->header.sequence == static_cast<std::uint16_t>(*sequence_ + 1));
            sequence_ = rtp->header.sequence;
        }
        require(at == block.bytes.size());
    }

    static void require_file(const Block& block, const Format& format) {
        require(block.key);
        const auto file = jpeg::to_file(block, format);
        const bool sized = format.width > 0 && format.height > 0;
        require(file ? file->size() <= block.bytes.size() + 1200
                     : !sized && file.error().kind == ErrorKind::invalid);
        require(!file || (file->front() == 0xFF && file->back() == 0xD9));
    }

    std::optional<Format> format_;
    std::optional<std::uint16_t> sequence_;
};

/// A camera's packets, each behind its length in 16 bits (RFC 4571): as in tests/golden/media. Sequence
/// numbers run on but behind a packet that says 0xFFFF, payload type and SSRC are right, so that the input's
/// bytes go into what is behind them.
inline void show(const Format& described, std::span<const std::uint8_t> input) {
    Judge judge;
    ingest::BlockBuilder builder(
        kSsrc, {.on_block = [&](const BlockPtr& block) { judge.on_block(*block, described.codec); },
                .on_format = [&](const Format& format) { judge.on_format(format); }});
    builder.restart(kCameraType, described);
    MonoTime now{std::chrono::hours(1)};
    std::uint16_t sequence = 1;
    while (input.size() >= 2) {
        const std::size_t size = std::min<std::size_t>(read_u16(input.data()), input.size() - 2);
        std::vector<std::uint8_t> packet(input.begin() + 2,
                                         input.begin() + 2 + static_cast<std::ptrdiff_t>(size));
        input = input.subspan(2 + size);
        if (packet.size() >= kRtpHeaderSize) {
            sequence = static_cast<std::uint16_t>(sequence + (read_u16(packet.data() + 2) == 0xFFFF ? 2 : 1));
            packet[1] = static_cast<std::uint8_t>((packet[1] & 0x80U) | kCameraType);
            write_u16(packet.data() + 2, sequence);
            write_u32(packet.data() + 8, kCameraSsrc);
        }
        builder.add(packet, now += std::chrono::milliseconds(1));
    }
}

}  // namespace bongsu::media::fuzz
