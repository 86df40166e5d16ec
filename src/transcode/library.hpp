#pragma once
// H.265 to H.264 by libavcodec and its libx264, in the process that transcodes and in no other.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "transcode/wire.hpp"

namespace bongsu::transcode {

/// A picture that was made. `bytes` are good within the call that gives it.
struct Made {
    std::uint32_t id;  ///< Of the unit whose picture it is.
    bool key;
    std::span<const std::uint8_t> bytes;
};

/// One stream's decoder and encoder.
///
/// What is made: H.264 constrained baseline without pictures out of order, at most kWidthMax by kHeightMax with even sides and the
/// camera's own proportions, some 30 pictures a second, at most 2.5 Mbit/s and less for smaller pictures; a key picture
/// each 2 s, when it is wanted, and when the camera's size changes.
class Film {
  public:
    using Give = std::function<void(const Made&)>;
    virtual ~Film() = default;
    /// `bytes` is followed by kPadding zeros. Gives a picture, or none, or some that had waited to be put in order. Never an
    /// error: the outcome says it, and with the next key unit it goes on.
    virtual Outcome take(const Unit& unit, std::span<const std::uint8_t> bytes, const Give& give) = 0;
};

/// Threads: one; it starts none.
class Library {
  public:
    static constexpr std::size_t kPadding = 64;
    /// Opens the libraries and has them make one picture, so that what they build for themselves is there before the
    /// sandbox is closed. Errors: unavailable, naming what is missing.
    static Result<std::unique_ptr<Library>> open();
    virtual ~Library() = default;
    /// The library outlives its films. Null without memory.
    virtual std::unique_ptr<Film> begin() = 0;
};

}  // namespace bongsu::transcode
