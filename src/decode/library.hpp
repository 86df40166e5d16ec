#pragma once
// libavcodec, libavutil and libswscale, opened by the process that decodes and by no other.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "decode/wire.hpp"

namespace bongsu::decode {

struct Decoded {
    Outcome outcome = Outcome::undecodable;
    media::PictureNumbers numbers;
    int width = 0, height = 0;  ///< Of the JPEG.
    std::vector<std::uint8_t> jpeg;
};

/// Threads: one; it starts none.
class Library {
  public:
    /// Opens the libraries and has each codec decode nothing once, so that what they build for themselves is there
    /// before the sandbox is closed. Errors: unavailable, naming the library or the function.
    static Result<std::unique_ptr<Library>> open();
    virtual ~Library() = default;

    /// One picture: an access unit with its parameter sets, or a JPEG file. `bytes` is followed by kPadding zeros.
    /// Bounds: kSideMax a side, kJpegBytesMax. Never an error: the outcome says it.
    static constexpr std::size_t kPadding = 64;
    virtual Decoded decode(const Question& question, std::span<const std::uint8_t> bytes) = 0;
};

}  // namespace bongsu::decode
