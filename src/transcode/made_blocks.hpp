#pragma once
// What a transcode's process made, hostile until it was read, as blocks. Pure.

#include <cstdint>

#include "base/time.hpp"
#include "media/block.hpp"
#include "media/packets.hpp"

namespace bongsu::transcode {

/// One stream's: sequence numbers run on, whatever process made the pictures.
class MadeBlocks {
  public:
    static constexpr std::size_t kUnitsMax = 64;

    explicit MadeBlocks(std::uint32_t ssrc) : ssrc_(ssrc), next_sequence_(static_cast<std::uint16_t>(ssrc)) {}

    /// A picture of H.264 behind start codes, with the times of the one that it was made of. Its slices alone are taken, behind the
    /// parameter sets where it is a key picture. Null for what no viewer could use: no slice, more than kUnitsMax units, a key
    /// picture without sets, new sets without a key picture.
    media::BlockPtr take(media::Bytes bytes, std::uint32_t rtp_time, MonoTime received);
    /// As of the last key block.
    const media::Format& format() const { return format_; }

  private:
    const std::uint32_t ssrc_;
    std::uint16_t next_sequence_;
    media::Format format_;
};

}  // namespace bongsu::transcode
