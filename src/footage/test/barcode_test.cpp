#include "footage/barcode.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bongsu::footage {
namespace {

/// A grey picture with the row drawn in it, at any size.
std::vector<std::uint8_t> picture_of(std::uint16_t value, std::size_t width, std::size_t height,
                                     std::uint8_t black = 16, std::uint8_t white = 235) {
    std::vector<std::uint8_t> pixels(width * height, 126);
    const auto cells = encode_bar(value);
    for (std::size_t y = 0; y < height; ++y) {
        const double row = (static_cast<double>(y) + 0.5) / static_cast<double>(height);
        if (row < kCameraRow.top || row >= kCameraRow.bottom) continue;
        for (std::size_t x = 0; x < width; ++x) {
            const double at = ((static_cast<double>(x) + 0.5) / static_cast<double>(width) - kBarLeft) /
                              kBarWidth * kBarCells;
            if (at < 0 || at >= kBarCells) continue;
            pixels[y * width + x] = cells[static_cast<std::size_t>(at)] ? white : black;
        }
    }
    return pixels;
}

TEST(Barcode, HasStartParityAndStopWhereTheFormatSays) {
    const auto cells = encode_bar(0x8001);
    EXPECT_TRUE(cells[0]);
    EXPECT_FALSE(cells[1]);
    EXPECT_TRUE(cells[2]);    // The most significant bit first.
    EXPECT_TRUE(cells[17]);   // The least significant last.
    EXPECT_FALSE(cells[18]);  // Two ones are even already.
    EXPECT_TRUE(cells[19]);
    EXPECT_TRUE(encode_bar(0x0001)[18]);
}

TEST(Barcode, EveryValueIsReadBackAtEverySize) {
    for (const auto& [width, height] :
         {std::pair<std::size_t, std::size_t>{1920, 1080}, {640, 360}, {200, 112}, {160, 90}}) {
        for (std::uint32_t value = 0; value<65'536; value += width> 640 ? 4'111 : 37) {
            const auto pixels = picture_of(static_cast<std::uint16_t>(value), width, height);
            ASSERT_EQ(decode_bar({pixels, width, height, width}), value) << width;
        }
    }
}

TEST(Barcode, OneTurnedCellIsNoticed) {
    for (std::size_t cell = 0; cell < kBarCells; ++cell) {
        auto pixels = picture_of(0x1234, 640, 360);
        for (std::size_t y = 324; y < 346; ++y) {
            for (std::size_t x = 0; x < 13; ++x) {
                std::uint8_t& pixel =
                    pixels[y * 640 + static_cast<std::size_t>(12.8 + 12.8 * static_cast<double>(cell)) + x];
                pixel = pixel > 126 ? 16 : 235;
            }
        }
        EXPECT_EQ(decode_bar({pixels, 640, 360, 640}), std::nullopt) << "cell " << cell;
    }
}

TEST(Barcode, BlankSmallAndShortPicturesHoldNothing) {
    const std::vector<std::uint8_t> black(640 * 360, 16);
    EXPECT_EQ(decode_bar({black, 640, 360, 640}), std::nullopt);
    const auto faint = picture_of(7, 640, 360, 110, 140);
    EXPECT_EQ(decode_bar({faint, 640, 360, 640}), std::nullopt);
    const auto good = picture_of(7, 640, 360);
    EXPECT_EQ(decode_bar({good, 64, 36, 640}), std::nullopt);
    EXPECT_EQ(decode_bar({std::span(good).first(640 * 300), 640, 360, 640}), std::nullopt);
    EXPECT_EQ(decode_bar({good, 640, 360, 320}), std::nullopt);
}

TEST(Barcode, AnotherRowIsAnotherCode) {
    const auto pixels = picture_of(7, 640, 360);
    EXPECT_EQ(decode_bar({pixels, 640, 360, 640}, kFrameRow), std::nullopt);
}

}  // namespace
}  // namespace bongsu::footage
