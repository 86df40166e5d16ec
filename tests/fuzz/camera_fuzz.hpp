#pragma once
// What the fuzz targets of cameras' connections share.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "base/time.hpp"

namespace bongsu::fuzz {

/// A property that does not hold ends the run; libFuzzer keeps the input.
inline void require(bool holds) {
    if (!holds) std::abort();
}

/// An input read front to back; beyond its end all is zero.
class Script {
  public:
    Script(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
    bool more() const { return !rest_.empty(); }
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const std::uint8_t out = rest_[0];
        rest_ = rest_.subspan(1);
        return out;
    }
    /// Up to `most` bytes.
    std::span<const std::uint8_t> bytes(std::size_t most) {
        const auto out = rest_.first(std::min(most, rest_.size()));
        rest_ = rest_.subspan(out.size());
        return out;
    }
    /// Up to `mark`, which is left out.
    std::string_view text(char mark) {
        const std::string_view all(reinterpret_cast<const char*>(rest_.data()), rest_.size());
        const auto at = all.find(mark);
        const auto out = all.substr(0, at);
        rest_ = rest_.subspan(at == std::string_view::npos ? all.size() : at + 1);
        return out;
    }

  private:
    std::span<const std::uint8_t> rest_;
};

}  // namespace bongsu::fuzz
