#pragma once
// Bits of a NAL unit's parameter sets. Pure.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "media/packets.hpp"

namespace bongsu::media {

/// Exp-Golomb reader over an RBSP (H.264 7.2, 9.1; H.265 the same) that skips emulation prevention bytes.
/// Past the end it answers zeros and overrun().
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
    void skip(int count) {
        while (count-- > 0) bit();
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

}  // namespace bongsu::media
