#pragma once
// Fragmented MP4 (ISO/IEC 14496-12 and -15, CMAF 23000-19): a stream's blocks for MSE, HLS and files. Pure.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "media/block.hpp"

namespace bongsu::media::fmp4 {

/// Of all times here, and of RTP's video.
constexpr std::uint32_t kTimescale = 90'000;
constexpr std::size_t kSamplesMax = 1024;
constexpr std::size_t kBytesMax = 64U << 20;

/// `ftyp` and `moov` with one track, number 1: `avc1` or `hvc1` with the parameter sets of `format`.
/// Errors: invalid (JPEG, or parameter sets not known), corrupt (a parameter set that cannot be read).
Result<std::vector<std::uint8_t>> init_segment(const Format& format);

struct Sample {
    const Block* block = nullptr;  ///< Outlives the call.
    std::uint32_t duration = 0;    ///< In 90 kHz ticks.
    /// Shown minus decoded, in 90 kHz ticks: other than 0 only with pictures out of order (B-frames).
    std::int32_t composition_offset = 0;
};
struct Place {
    std::uint32_t sequence = 1;  ///< Counts the fragments of a stream, from 1 on.
    /// Of the first sample, in 90 kHz ticks on the caller's timeline (wall time, say).
    std::uint64_t decode_time = 0;
};

/// Appends one `moof` and `mdat` to `out`: one sample a block, its NAL units put together from the packets
/// straight into `out`, each with 4 bytes of length. A key block is a sync sample.
///
/// Left out:  access unit delimiters, filler, and parameter sets that are those of `format`, which is the
///            init segment's. Others stay in band, so that a decoder goes on over a change in the middle until
///            the caller makes a new init segment.
/// Bounds:    kSamplesMax samples, kBytesMax bytes.
/// Errors:    invalid (JPEG, no or too many samples), corrupt (a block that cannot be put together); then
///            `out` is as it was.
Result<void> append_fragment(std::vector<std::uint8_t>& out, const Format& format, Place place,
                             std::span<const Sample> samples);

}  // namespace bongsu::media::fmp4
