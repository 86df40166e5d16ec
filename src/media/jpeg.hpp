#pragma once
// Motion JPEG over RTP (RFC 2435): its packets read, cut, and made a file again. Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "media/block.hpp"
#include "media/packets.hpp"

namespace bongsu::media::jpeg {

/// Four tables of 16 bits each; a camera sends two of 8.
constexpr std::size_t kTablesMax = 512;

/// The headers of one packet (RFC 2435 3.1); views into its payload.
struct Packet {
    std::uint8_t type_specific = 0, type = 0, q = 0;
    std::uint32_t offset = 0;            ///< Of `scan` within the picture's entropy-coded data, in bytes.
    std::uint8_t width = 0, height = 0;  ///< In units of 8 pixels; 0 for more than 2,040 pixels.
    std::uint16_t interval = 0;          ///< Restart interval in MCUs; 0 without a restart marker header.
    std::uint16_t restart_count = 0;     ///< With its F and L bits in the two highest.
    std::uint8_t precision = 0;          ///< Bit i: table i has 16 bits.
    Bytes tables;  ///< Of the first packet when q is 128 or more; may be empty then too.
    Bytes scan;

    bool has_restarts() const { return (type & 0x40U) != 0; }
    bool brings_tables() const { return q >= 128 && offset == 0; }
};
/// Takes types 0, 1, 64 and 65 (4:2:2 and 4:2:0, without and with restart markers), the only ones that the
/// RFC fixes. Errors: corrupt.
Result<Packet> parse(Bytes payload);

/// Quantisation tables that a camera sent with one picture and relies on with the next (RFC 2435 3.1.8).
struct Tables {
    std::uint8_t q = 0, precision = 0;
    std::uint16_t size = 0;
    std::array<std::uint8_t, kTablesMax> bytes{};
};

/// The packets of one picture, in their order.
class Picture {
  public:
    /// Whether a packet goes on where the last one ended, as part of the same picture.
    bool take(const Packet& packet);

  private:
    bool begun_ = false;
    Packet first_;
    std::uint32_t next_ = 0;
};

/// Appends a camera's packet: as it stands up to kForwardMax bytes, else cut. A first packet without the
/// tables that it needs gets `tables`, so that each picture stands alone; one with tables leaves them in
/// `tables`. Errors: corrupt, when the tables that it needs never came.
Result<void> append_payload(Block& block, Bytes payload, const Packet& packet, Tables& tables);

/// Width and height of a picture: those of `format` where the packet's fields are 0 or are the same in units
/// of 8 pixels, else the packet's.
Size size_of(const Packet& packet, const Format& format);

/// The picture of a block as a JPEG file (JFIF; RFC 2435 appendices A and B), with the tables of Huffman
/// codes that RTP leaves out. `format` tells width and height where they are too large for the packets' own
/// fields.
/// Bounds: a file is 1.2 KiB larger than the block at most.
/// Errors: corrupt (not such a block), invalid (no width and height).
Result<std::vector<std::uint8_t>> to_file(const Block& block, const Format& format);

}  // namespace bongsu::media::jpeg
