#pragma once
// One picture by itself: what a decoder takes of a key block, and what can be said of a decoded one in numbers. Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "media/block.hpp"

namespace bongsu::media {

/// Appends a key block's picture as one access unit: NAL units behind start codes (Annex B of H.264 and H.265), or a
/// JPEG file. Bounds: 1.2 KiB larger than the block at most. Errors: invalid (no key block), corrupt.
Result<void> append_still(std::vector<std::uint8_t>& out, const Block& block, const Format& format);

/// Appends any block's picture as one access unit of H.264 or H.265, NAL units behind start codes. Bounds: as append_still().
/// Errors: corrupt.
Result<void> append_access_unit(std::vector<std::uint8_t>& out, const Block& block, Codec codec);

/// Numbers of one decoded picture's luminance, 0 (black) to 255 (white), whatever range the camera codes it in.
///
/// `tiles`: the picture in 8 × 8 tiles of equal size, row by row. `mean` and `texture` (the mean difference of neighbours
/// in a row) are in 1/256 of a step: fine enough that the noise of a sensor moves them, also behind a coarse codec.
struct PictureNumbers {
    static constexpr std::size_t kTiles = 64;
    struct Tile {
        std::uint16_t mean = 0, texture = 0;
        friend bool operator==(const Tile&, const Tile&) = default;
    };
    int width = 0, height = 0;
    float mean = 0, deviation = 0;
    std::array<Tile, kTiles> tiles{};
};

/// A plane of 8-bit luminance. `stride` is in bytes, at least `width`; `limited`: 16 to 235 are black and white.
struct LumaPlane {
    const std::uint8_t* bytes = nullptr;
    int width = 0, height = 0;  ///< At least 16 each, or all numbers stay 0.
    std::ptrdiff_t stride = 0;
    bool limited = true;
};
PictureNumbers numbers_of(const LumaPlane& plane);

}  // namespace bongsu::media
