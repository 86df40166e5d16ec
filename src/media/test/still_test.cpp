#include "media/still.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "media/h264.hpp"
#include "media/h265.hpp"

namespace bongsu::media {
namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer unit_of(std::uint8_t first, std::size_t size) {
    Buffer out(size, 0x55);
    out[0] = first;
    return out;
}

Block key_block() {
    Block out;
    out.key = true;
    return out;
}

void expect_units(const Buffer& still, const std::vector<Buffer>& units) {
    const auto found = split_annex_b(still);
    ASSERT_EQ(found.size(), units.size());
    for (std::size_t i = 0; i < units.size(); ++i) EXPECT_TRUE(std::equal(found[i].begin(), found[i].end(), units[i].begin(), units[i].end())) << i;
}

TEST(Still, AnH264PictureIsItsUnitsBehindStartCodes) {
    Format format{.sps = "\x67sps", .pps = "\x68pps"};
    Block block = key_block();
    append_parameter_sets(block, format);
    const auto slice = unit_of(0x65, 5000), second = unit_of(0x65, 100);
    append_nal(block, slice);
    append_nal(block, second);
    write_headers(block, {});

    Buffer still;
    ASSERT_TRUE(append_still(still, block, format));

    expect_units(still, {{0x67, 's', 'p', 's'}, {0x68, 'p', 'p', 's'}, slice, second});
}

TEST(Still, AnH265PictureToo) {
    Format format{.codec = Codec::h265};
    Block block = key_block();
    Buffer slice = unit_of(19U << 1, 5000);
    slice[1] = 1;
    h265::append_nal(block, slice);
    write_headers(block, {});

    Buffer still;
    ASSERT_TRUE(append_still(still, block, format));

    expect_units(still, {slice});
}

TEST(Still, WhatIsNoKeyPictureIsRefusedAndSoAreFragmentsWithoutTheirBeginning) {
    Block block;
    append_nal(block, unit_of(0x61, 100));
    write_headers(block, {});
    Buffer still;
    EXPECT_EQ(append_still(still, block, {}).error().kind, ErrorKind::invalid);

    Block torn = key_block();
    append_nal(torn, unit_of(0x65, 5000));
    torn.packets.erase(torn.packets.begin(), torn.packets.begin() + 1);
    write_headers(torn, {});
    EXPECT_EQ(append_still(still, torn, {}).error().kind, ErrorKind::corrupt);
}

struct Plane {
    int width, height;
    Buffer bytes;
    PictureNumbers numbers(bool limited) const {
        return numbers_of({.bytes = bytes.data(), .width = width, .height = height, .stride = width, .limited = limited});
    }
};

Plane flat(int width, int height, std::uint8_t value) {
    return {width, height, Buffer(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), value)};
}

TEST(Still, BlackIsZeroAndWhiteIs255InBothRanges) {
    EXPECT_FLOAT_EQ(flat(64, 64, 16).numbers(true).mean, 0);
    EXPECT_FLOAT_EQ(flat(64, 64, 235).numbers(true).mean, 255);
    EXPECT_FLOAT_EQ(flat(64, 64, 255).numbers(false).mean, 255);
    EXPECT_FLOAT_EQ(flat(64, 64, 100).numbers(false).deviation, 0);
    EXPECT_EQ(flat(64, 64, 100).numbers(false).tiles[63].mean, 100 * 256);
}

TEST(Still, TexturesAndDeviationTellAFlatTileFromABusyOne) {
    auto plane = flat(160, 160, 50);
    for (std::size_t i = 0; i < plane.bytes.size(); i += 2) plane.bytes[i] = 60;

    const auto numbers = plane.numbers(false);

    EXPECT_NEAR(numbers.mean, 55, 0.5);
    EXPECT_NEAR(numbers.deviation, 5, 0.1);
    EXPECT_NEAR(numbers.tiles[9].texture, 10 * 256, 1);
}

TEST(Still, AClockInACornerMovesItsTilesAlone) {
    auto plane = flat(640, 360, 80);
    const auto before = plane.numbers(true);
    for (int y = 10; y < 40; ++y) std::fill_n(plane.bytes.begin() + y * 640 + 10, 200, std::uint8_t{200});
    const auto after = plane.numbers(true);

    int moved = 0;
    for (std::size_t i = 0; i < PictureNumbers::kTiles; ++i) moved += before.tiles[i] == after.tiles[i] ? 0 : 1;
    EXPECT_EQ(moved, 3);
}

TEST(Still, OneStepOfNoiseMovesATilesMean) {
    std::mt19937 chance(2019);
    const auto noisy = [&] {
        auto plane = flat(640, 360, 80);
        for (auto& byte : plane.bytes) byte = static_cast<std::uint8_t>(byte + chance() % 3);
        return plane.numbers(true);
    };
    const auto first = noisy(), second = noisy();
    int moved = 0;
    for (std::size_t i = 0; i < PictureNumbers::kTiles; ++i) moved += first.tiles[i] == second.tiles[i] ? 0 : 1;
    EXPECT_GT(moved, 55);
}

TEST(Still, APictureTooSmallForTilesHasNoNumbers) {
    EXPECT_FLOAT_EQ(flat(15, 64, 200).numbers(true).mean, 0);
    EXPECT_EQ(flat(16, 16, 200).numbers(false).tiles[0].mean, 200 * 256);
}

}  // namespace
}  // namespace bongsu::media
