#pragma once
// The parameter sets of a stream, as they are learnt from an SDP or from the stream itself. Pure.

#include <cstddef>
#include <cstdint>

#include "media/block.hpp"
#include "media/packets.hpp"

namespace bongsu::media {

/// A longer parameter set is not taken.
constexpr std::size_t kParameterSetMax = 4096;

enum class SetKind : std::uint8_t { none, vps, sps, pps };
constexpr SetKind set_kind(Codec codec, std::uint8_t nal_type) {
    if (codec == Codec::h264)
        return nal_type == 7 ? SetKind::sps : nal_type == 8 ? SetKind::pps : SetKind::none;
    if (codec == Codec::jpeg || nal_type < 32 || nal_type > 34) return SetKind::none;
    return nal_type == 32 ? SetKind::vps : nal_type == 33 ? SetKind::sps : SetKind::pps;
}

enum class Learned : std::uint8_t {
    refused,    ///< Unreadable or too long: what was known stays.
    unchanged,  ///< Known before; or a PPS with another id than the known one, which stays in band only.
    changed,
};
/// Takes a parameter set into `format`. A new SPS brings its width and height, and ends the PPS that was
/// known: it belonged to the old one (H.264 7.4.1.2.1).
Learned learn(Format& format, SetKind kind, Bytes whole);

}  // namespace bongsu::media
