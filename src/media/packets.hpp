#pragma once
// What all codecs share when pictures become RTP packets in a block. Pure.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "media/block.hpp"
#include "media/rtp.hpp"

namespace bongsu::media {

using Bytes = std::span<const std::uint8_t>;

inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A NAL unit without zeros behind it: payloaders leave those there that belong to the next start code's four
/// bytes.
inline Bytes without_zeros(Bytes unit) {
    while (!unit.empty() && unit.back() == 0) unit = unit.first(unit.size() - 1);
    return unit;
}

/// Our own fragments. With UDP, IP, SRTP and a tunnel they stay below 1280 bytes.
constexpr std::size_t kFragmentMax = 1200;
/// A camera's packet up to this size is passed on as it is; a larger one is cut, or no datagram could carry
/// it.
constexpr std::size_t kForwardMax = 1400;

struct Size {
    int width = 0, height = 0;  ///< Pixels after cropping.
};

/// A unit that comes in several packets: whether one is open, and its header byte.
/// A camera that forgets the mark of the last fragment harms nothing: the next unit's beginning ends it too.
struct OpenFragment {
    bool open = false;
    std::uint8_t type = 0;
    /// Whether a fragment may stand here: at its beginning always, else only behind one of the same unit.
    bool take(std::uint8_t unit_type, bool starts, bool ends) {
        const bool fits = starts || (open && type == unit_type);
        open = fits && !ends;
        type = unit_type;
        return fits;
    }
};

/// Appends `$ 0 length`, room for the RTP header, then the two parts of the payload.
void append_packet(Block& block, Bytes prefix, Bytes payload);

/// Writes all RTP headers of a block: sequence numbers from `first.sequence` on, the marker on the last
/// packet. Returns the sequence number after the last.
std::uint16_t write_headers(Block& block, RtpHeader first);

}  // namespace bongsu::media
