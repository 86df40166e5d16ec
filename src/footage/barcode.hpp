#pragma once
// Numbers that a program reads from the pixels of a picture.
//
// A row is 20 equal cells from 2 % to 42 % of the width, on grey: white, black (start), 16 bits (most
// significant first, white = 1), one bit that makes the number of white bits even, white (stop). The camera's
// row stands at 90 % to 96 % of the height and holds the synthetic camera's number plus one; the frame's row
// at 82 % to 88 % holds the frame's index in the clip. A row survives H.264 and tiles of 160 pixels.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace bongsu::footage {

inline constexpr std::size_t kBarCells = 20;
inline constexpr double kBarLeft = 0.02;
inline constexpr double kBarWidth = 0.40;

/// Shares of the picture's height.
struct BarRow {
    double top;
    double bottom;
};
inline constexpr BarRow kCameraRow{0.90, 0.96};
inline constexpr BarRow kFrameRow{0.82, 0.88};

/// True is white.
std::array<bool, kBarCells> encode_bar(std::uint16_t value);

/// Full or video range luma, `stride` bytes from row to row.
struct LumaView {
    std::span<const std::uint8_t> pixels;
    std::size_t width;
    std::size_t height;
    std::size_t stride;
};

/// The row's value, or nothing when the picture is smaller than 80 x 45, the view is too short, start, stop
/// or parity do not fit, or a cell is neither clearly white nor clearly black.
std::optional<std::uint16_t> decode_bar(const LumaView& picture, BarRow row = kCameraRow);

}  // namespace bongsu::footage
