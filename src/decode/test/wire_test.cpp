#include "decode/wire.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bongsu::decode {
namespace {

Answer whole_answer() {
    Answer out{.id = 7, .outcome = Outcome::too_large, .numbers = {.width = 1920, .height = 1080, .mean = 93.25F, .deviation = 12.5F, .tiles = {}}};
    out.width = 640;
    out.height = 360;
    out.bytes = 12345;
    for (std::size_t i = 0; i < out.numbers.tiles.size(); ++i) out.numbers.tiles[i] = {static_cast<std::uint16_t>(i * 1000), static_cast<std::uint16_t>(65535 - i)};
    return out;
}

TEST(DecodeWire, AQuestionComesThroughAsItWas) {
    const auto read = read_question(write(Question{.id = 0xFFFFFFFF, .codec = media::Codec::jpeg, .wants_jpeg = false, .height = 180, .bytes = 99}));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, 0xFFFFFFFFU);
    EXPECT_EQ(read->codec, media::Codec::jpeg);
    EXPECT_FALSE(read->wants_jpeg);
    EXPECT_EQ(read->height, 180);
    EXPECT_EQ(read->bytes, 99U);
}

TEST(DecodeWire, AnAnswerComesThroughAsItWas) {
    const auto whole = whole_answer();
    const auto read = read_answer(write(whole));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, 7U);
    EXPECT_EQ(read->outcome, Outcome::too_large);
    EXPECT_EQ(read->numbers.width, 1920);
    EXPECT_FLOAT_EQ(read->numbers.mean, 93.25F);
    EXPECT_FLOAT_EQ(read->numbers.deviation, 12.5F);
    EXPECT_EQ(read->numbers.tiles, whole.numbers.tiles);
    EXPECT_EQ(read->bytes, 12345U);
}

TEST(DecodeWire, WhatIsOutOfItsBoundsIsNoMessage) {
    EXPECT_FALSE(read_question(write(Question{.bytes = 0})));
    EXPECT_FALSE(read_question(write(Question{.bytes = kPictureBytesMax + 1})));
    auto codec = write(Question{.bytes = 1});
    codec[8] = 3;
    EXPECT_FALSE(read_question(codec));
    auto answer = whole_answer();
    answer.bytes = kJpegBytesMax + 1;
    EXPECT_FALSE(read_answer(write(answer)));
    answer = whole_answer();
    answer.numbers.width = kSideMax + 1;
    EXPECT_FALSE(read_answer(write(answer)));
    auto outcome = write(whole_answer());
    outcome[8] = 5;
    EXPECT_FALSE(read_answer(outcome));
}

TEST(DecodeWire, AnyBytesAreAMessageWithinItsBoundsOrNone) {
    std::mt19937 chance(2019);
    for (int i = 0; i < 20000; ++i) {
        auto bytes = write(whole_answer());
        for (int change = 0; change < 4; ++change) bytes[4 + chance() % (bytes.size() - 4)] = static_cast<std::uint8_t>(chance());
        const auto read = read_answer(bytes);
        if (!read) continue;
        EXPECT_LE(read->bytes, kJpegBytesMax);
        EXPECT_LE(read->numbers.height, kSideMax);
        EXPECT_LE(read->numbers.mean, 256.0F);
    }
}

}  // namespace
}  // namespace bongsu::decode
