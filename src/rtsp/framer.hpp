#pragma once
// Cuts an RTSP byte stream into interleaved frames and text messages. Pure: no socket, no clock.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace bongsu::rtsp {

/// `$ channel length payload` (RFC 2326 10.12). Valid until the sink returns.
struct Interleaved {
    std::uint8_t channel = 0;
    std::span<const std::uint8_t> payload;
};

/// A request or an answer. Valid until the sink returns.
struct Text {
    std::string_view head;  ///< Start line and headers, without the blank line.
    std::string_view body;
};

using Unit = std::variant<Interleaved, Text>;

/// Feed it bytes as they arrive; it hands on the units that they complete, without copying those that came
/// whole.
///
/// Invariant: the units depend on the bytes only, never on how they were split into calls.
/// Bounds:    keeps at most one unfinished unit: 64 KiB of frame, or 16 KiB of head and 64 KiB of body.
/// Errors:    corrupt: too long, a bad Content-Length, bytes that begin neither, or kNothingMax blank bytes and empty frames in a
///            row (a flood of nothing costs more than one of pictures). The framer is finished then.
class Framer {
  public:
    static constexpr std::size_t kHeadMax = 16 * 1024;
    static constexpr std::size_t kBodyMax = 64 * 1024;
    static constexpr std::uint32_t kNothingMax = 4096;

    /// Return false to stop; the framer is finished then too, without an error.
    using Sink = std::function<bool(const Unit&)>;

    Result<void> feed(std::span<const std::uint8_t> bytes, const Sink& sink);

  private:
    Result<std::size_t> cut(std::span<const std::uint8_t> bytes, const Sink& sink);
    std::vector<std::uint8_t> pending_;
    std::uint32_t nothing_ = 0;
    bool finished_ = false;
    bool stopped_ = false;
};

}  // namespace bongsu::rtsp
