#pragma once
// What one send gives the kernel: text and pictures one behind the other, where they lie. Pure.

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>

namespace bongsu::view {

/// What is added outlives it.
class Pieces {
  public:
    static constexpr std::size_t kMost = 64, kBytesMost = 512 * 1024;

    /// There is room: below kMost pieces and kBytesMost bytes.
    bool has_room() const { return count_ < kMost && size_ < kBytesMost; }
    template <class Bytes>
    void add(const Bytes& bytes) {
        if (bytes.size() == 0) return;
        pieces_[count_++] = {const_cast<typename Bytes::value_type*>(bytes.data()), bytes.size()};  // It is only read.
        size_ += bytes.size();
    }
    std::size_t size() const { return size_; }
    std::span<const iovec> all() const { return {pieces_.data(), count_}; }

  private:
    std::array<iovec, kMost> pieces_;
    std::size_t count_ = 0, size_ = 0;
};

}  // namespace bongsu::view
