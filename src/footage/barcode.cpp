#include "footage/barcode.hpp"

#include <algorithm>
#include <bit>

namespace bongsu::footage {
namespace {

constexpr double kContrastMin = 60;  // Of 219 between video black and white.

/// The mean of the cell's middle: its borders are blurred by scaling.
double cell_mean(const LumaView& picture, BarRow row, std::size_t cell) {
    const auto width = static_cast<double>(picture.width);
    const auto height = static_cast<double>(picture.height);
    const double cell_width = kBarWidth / kBarCells;
    const double left = kBarLeft + cell_width * static_cast<double>(cell);
    const auto x0 = static_cast<std::size_t>((left + cell_width * 0.3) * width + 0.5);
    const auto x1 = std::max(x0 + 1, static_cast<std::size_t>((left + cell_width * 0.7) * width + 0.5));
    const double tall = row.bottom - row.top;
    const auto y0 = static_cast<std::size_t>((row.top + tall * 0.3) * height + 0.5);
    const auto y1 = std::max(y0 + 1, static_cast<std::size_t>((row.top + tall * 0.7) * height + 0.5));
    double sum = 0;
    for (std::size_t y = y0; y < y1; ++y) {
        for (std::size_t x = x0; x < x1; ++x) sum += picture.pixels[y * picture.stride + x];
    }
    return sum / static_cast<double>((x1 - x0) * (y1 - y0));
}

}  // namespace

std::array<bool, kBarCells> encode_bar(std::uint16_t value) {
    std::array<bool, kBarCells> cells{};
    cells[0] = true;
    for (std::size_t bit = 0; bit < 16; ++bit) cells[2 + bit] = ((value >> (15 - bit)) & 1) != 0;
    cells[18] = std::popcount(value) % 2 != 0;
    cells[19] = true;
    return cells;
}

std::optional<std::uint16_t> decode_bar(const LumaView& picture, BarRow row) {
    if (picture.width < 80 || picture.height < 45 || picture.stride < picture.width ||
        picture.pixels.size() / picture.stride < picture.height) {
        return std::nullopt;
    }
    std::array<double, kBarCells> means;
    for (std::size_t cell = 0; cell < kBarCells; ++cell) means[cell] = cell_mean(picture, row, cell);
    const double contrast = means[0] - means[1];
    if (contrast < kContrastMin) return std::nullopt;
    std::array<bool, kBarCells> cells{};
    for (std::size_t cell = 0; cell < kBarCells; ++cell) {
        const double share = (means[cell] - means[1]) / contrast;
        if (share > 0.4 && share < 0.6) return std::nullopt;
        cells[cell] = share > 0.5;
    }
    std::uint16_t value = 0;
    for (std::size_t bit = 0; bit < 16; ++bit)
        value = static_cast<std::uint16_t>(value * 2 + (cells[2 + bit] ? 1 : 0));
    if (cells != encode_bar(value)) return std::nullopt;
    return value;
}

}  // namespace bongsu::footage
