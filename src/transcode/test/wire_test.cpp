#include "transcode/wire.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bongsu::transcode {
namespace {

TEST(TranscodeWire, AUnitComesThroughAsItWas) {
    for (const bool flag : {false, true}) {
        const auto read = read_unit(write(Unit{.id = 0xFFFFFFFE, .rtp_time = 0x89ABCDEF, .key = flag, .shown = !flag, .key_wanted = flag, .bytes = kUnitBytesMax}));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->id, 0xFFFFFFFEU);
        EXPECT_EQ(read->rtp_time, 0x89ABCDEFU);
        EXPECT_EQ(read->key, flag);
        EXPECT_EQ(read->shown, !flag);
        EXPECT_EQ(read->key_wanted, flag);
        EXPECT_EQ(read->bytes, kUnitBytesMax);
    }
}

TEST(TranscodeWire, AnAnswerComesThroughAsItWas) {
    const auto picture = read_answer(write(Answer{.say = Say::picture, .id = 7, .key = true, .bytes = kPictureBytesMax}));
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->say, Say::picture);
    EXPECT_EQ(picture->id, 7U);
    EXPECT_TRUE(picture->key);
    EXPECT_EQ(picture->bytes, kPictureBytesMax);
    const auto done = read_answer(write(Answer{.say = Say::done, .id = 8, .outcome = Outcome::too_large}));
    ASSERT_TRUE(done);
    EXPECT_EQ(done->outcome, Outcome::too_large);
    for (const auto say : {Say::accepted, Say::refused}) EXPECT_EQ(read_answer(write(Answer{.say = say}))->say, say);
}

TEST(TranscodeWire, WhatIsOutOfItsBoundsIsNoMessage) {
    EXPECT_FALSE(read_unit(write(Unit{.bytes = 0})));
    EXPECT_FALSE(read_unit(write(Unit{.bytes = kUnitBytesMax + 1})));
    EXPECT_FALSE(read_answer(write(Answer{.say = Say::picture, .bytes = 0})));
    EXPECT_FALSE(read_answer(write(Answer{.say = Say::picture, .bytes = kPictureBytesMax + 1})));
    for (const auto say : {Say::accepted, Say::refused, Say::done}) EXPECT_FALSE(read_answer(write(Answer{.say = say, .bytes = 1}))) << "only pictures have bytes";
    auto kind = write(Answer{.say = Say::done});
    kind[12] = 4;
    EXPECT_FALSE(read_answer(kind));
    auto outcome = write(Answer{.say = Say::done});
    outcome[13] = 3;
    EXPECT_FALSE(read_answer(outcome));
}

TEST(TranscodeWire, AnyBytesAreAMessageWithinItsBoundsOrNone) {
    std::mt19937 chance(2026);
    int units = 0, answers = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto unit = write(Unit{.id = 1, .bytes = 1000});
        auto answer = write(Answer{.say = Say::picture, .id = 1, .bytes = 1000});
        for (int changes = 0; changes < 3; ++changes) {
            unit[chance() % unit.size()] = static_cast<std::uint8_t>(chance());
            answer[chance() % answer.size()] = static_cast<std::uint8_t>(chance());
        }
        if (const auto read = read_unit(unit)) {
            ++units;
            ASSERT_TRUE(read->bytes > 0 && read->bytes <= kUnitBytesMax);
        }
        if (const auto read = read_answer(answer)) {
            ++answers;
            ASSERT_LE(read->bytes, kPictureBytesMax);
            ASSERT_EQ(read->bytes > 0, read->say == Say::picture);
            ASSERT_FALSE(to_string(read->outcome).empty());
        }
    }
    EXPECT_GT(units, 1000);
    EXPECT_GT(answers, 1000);
}

}  // namespace
}  // namespace bongsu::transcode
