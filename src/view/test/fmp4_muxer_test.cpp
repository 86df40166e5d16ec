#include "view/fmp4_muxer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "env/sim/sim_world.hpp"
#include "view/test/fmp4_blocks.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
using test::make_picture;
using test::read_fragment;

constexpr std::int64_t kNoon = 1'790'000'000'000'000;
constexpr std::int64_t kNoonTicks = kNoon / 100 * 9;

/// What MSE's coded frame processing asks of what follows without a key picture.
void expect_goes_on(const Fmp4Timeline::Spot& before, const Fmp4Timeline::Spot& after) {
    EXPECT_GT(after.decode_time, before.decode_time);
    EXPECT_LE(after.decode_time - before.decode_time, 2 * before.duration);
}
std::int64_t shown(const Fmp4Timeline::Spot& spot) { return static_cast<std::int64_t>(spot.decode_time) + spot.composition_offset; }

TEST(Fmp4Timeline, AFirstPictureStandsAtItsArrivalAndTheRestByTheCamerasClock) {
    Fmp4Timeline line;
    const auto first = line.place(0xFFFFF000U, true, from_us(kNoon));
    EXPECT_EQ(first.decode_time, static_cast<std::uint64_t>(kNoonTicks));
    // It arrives late; the RTP clock runs over; 25 pictures a second.
    const auto second = line.place(0xFFFFF000U + 3600U, false, from_us(kNoon + 70'000));
    EXPECT_EQ(shown(second), kNoonTicks + 3600);
    expect_goes_on(first, second);
}

TEST(Fmp4Timeline, AnyGapKeepsDecodeTimesCloseAndShowsPicturesWhereTheyBelong) {
    for (const std::uint32_t gap : {7'200U, 9'000U, 36'000U, 180'000U, 890'000U}) {
        Fmp4Timeline line;
        std::uint32_t rtp = 5;
        std::int64_t at = kNoon;
        auto before = line.place(rtp, true, from_us(at));
        for (int i = 0; i < 200; ++i) {
            const std::uint32_t way = i == 20 ? gap : 3600;
            rtp += way;
            at += static_cast<std::int64_t>(way) * 100 / 9;
            const auto now = line.place(rtp, false, from_us(at));
            expect_goes_on(before, now);
            EXPECT_NEAR(static_cast<double>(shown(now)), static_cast<double>(at / 100 * 9), 20) << gap;
            before = now;
        }
        EXPECT_LE(std::abs(before.composition_offset), gap > 500'000 ? 400'000 : 0) << "caught up";
    }
}

TEST(Fmp4Timeline, AKeyPictureAfterALongGapTakesItsPlaceAtOnce) {
    Fmp4Timeline line;
    line.place(0, true, from_us(kNoon));
    const auto key = line.place(4 * 90'000, true, from_us(kNoon + 4'000'000));
    EXPECT_EQ(key.composition_offset, 0);
    EXPECT_EQ(key.decode_time, static_cast<std::uint64_t>(kNoonTicks + 4 * 90'000));
}

TEST(Fmp4Timeline, PicturesOutOfOrderAreDecodedForwards) {
    Fmp4Timeline line;
    auto before = line.place(0, true, from_us(kNoon));
    int i = 0;
    for (const std::uint32_t rtp : {10'800U, 3'600U, 7'200U, 21'600U, 14'400U, 18'000U}) {
        const auto now = line.place(rtp, false, from_us(kNoon + ++i * 40'000));
        expect_goes_on(before, now);
        EXPECT_EQ(shown(now), kNoonTicks + rtp);
        before = now;
    }
}

TEST(Fmp4Timeline, ACamerasClockThatDriftsStaysWithOurs) {
    Fmp4Timeline line;
    std::int64_t at = kNoon;
    for (std::uint32_t i = 0; i < 90'000; ++i, at += 40'000) {  // An hour; 3,603 ticks are told for 40 ms: 833 ppm fast.
        const auto spot = line.place(i * 3603, i % 25 == 0, from_us(at + (i % 7) * 3'000));
        if (i > 100) {
            ASSERT_NEAR(static_cast<double>(shown(spot) - at / 100 * 9), 0, 9'000 * 0.2) << i;
        }
    }
}

TEST(Fmp4Timeline, ABurstAtTheBeginningIsMadeGoodWithinSeconds) {
    Fmp4Timeline line;
    std::uint32_t rtp = 0;
    for (int i = 0; i < 50; ++i, rtp += 3600) line.place(rtp, i % 25 == 0, from_us(kNoon));  // Two seconds at once.
    std::int64_t at = kNoon;
    Fmp4Timeline::Spot last{};
    for (int i = 50; i < 50 + 25 * 24; ++i, rtp += 3600) {
        at += 40'000;
        const auto now = line.place(rtp, i % 25 == 0, from_us(at));
        if (last.duration > 0) expect_goes_on(last, now);
        last = now;
    }
    EXPECT_NEAR(static_cast<double>(shown(last) - at / 100 * 9), 0, 90'000 * 0.06);
}

TEST(Fmp4Timeline, AClockThatWasSetBeginsAnewAndNeverGoesBack) {
    Fmp4Timeline line;
    const auto before = line.place(9'000'000, true, from_us(kNoon));
    const auto after = line.place(5, true, from_us(kNoon - 60'000'000));
    EXPECT_GT(after.decode_time, before.decode_time);
    EXPECT_GT(shown(after), shown(before));
}

struct Fmp4MuxerTest : testing::Test {
    void publish(bool key, std::uint8_t fill, std::size_t size = 3000) {
        rtp_time += 3600;
        clock.advance(40ms);
        stream.publish(last = make_picture(rtp_time, key, size, fill, clock.mono()));
    }
    env::sim::SimClock clock{from_us(kNoon)};
    hub::Stream stream;
    std::uint32_t rtp_time = 0;
    media::BlockPtr last;
};

TEST_F(Fmp4MuxerTest, WritesEachPictureOnceForAll) {
    stream.set_format(test::kFormat);
    publish(true, 1), publish(false, 2);
    auto muxer = Fmp4Muxer::start(stream, clock).value();
    hub::Cursor one(stream, nullptr), two(stream, nullptr);
    EXPECT_EQ(muxer->init()->mime, test::kMime);

    for (int i = 0; i < 2; ++i) {
        const auto block = one.next(clock.mono());
        ASSERT_EQ(two.next(clock.mono()), block);
        const auto bytes = muxer->fragment_of(block)->bytes;
        EXPECT_EQ(muxer->fragment_of(block)->bytes, bytes);
        const auto seen = read_fragment(*bytes);
        EXPECT_EQ(seen.sequence, static_cast<std::uint32_t>(i + 1));
        EXPECT_EQ(seen.fill, i + 1);
        EXPECT_EQ(seen.key, i == 0);
        EXPECT_EQ(seen.size, 3004U) << "the parameter sets of the init segment are left out";
    }
    EXPECT_EQ(muxer->counters().fragments, 2U);
}

TEST_F(Fmp4MuxerTest, KeepsWhatACursorCanStillGive) {
    stream.set_format(test::kFormat);
    publish(true, 1);
    auto muxer = Fmp4Muxer::start(stream, clock).value();
    std::vector<media::BlockPtr> blocks{last};
    for (int i = 1; i < 100; ++i) {
        publish(i % 10 == 0, 7);
        blocks.push_back(last);
    }
    // Ten pictures since the newest key, and a second before that: nothing older.
    EXPECT_NE(muxer->fragment_of(blocks[99]), nullptr);
    EXPECT_NE(muxer->fragment_of(blocks[75]), nullptr);
    EXPECT_EQ(muxer->fragment_of(blocks[60]), nullptr);
}

TEST_F(Fmp4MuxerTest, ANewFormatBeginsWithItsKeyPicture) {
    stream.set_format(test::kFormat);
    publish(true, 1);
    auto muxer = Fmp4Muxer::start(stream, clock).value();
    const auto before = muxer->init();
    auto other = test::kFormat;
    other.pps += '\x80';
    stream.set_format(other);
    publish(false, 2);
    EXPECT_EQ(muxer->fragment_of(last)->init, before);
    publish(true, 3);
    EXPECT_NE(muxer->fragment_of(last)->init, before);
    EXPECT_NE(*muxer->init()->bytes, *before->bytes);
}

TEST_F(Fmp4MuxerTest, SaysWhatItCannotPutIntoMp4) {
    stream.set_format({.codec = media::Codec::jpeg});
    const auto jpeg = Fmp4Muxer::start(stream, clock);
    ASSERT_FALSE(jpeg);
    EXPECT_EQ(jpeg.error().code, "codec_unsupported");

    stream.set_format({});
    EXPECT_EQ(Fmp4Muxer::start(stream, clock).error().kind, ErrorKind::unavailable);

    stream.set_format(test::kFormat);
    publish(true, 1);
    auto muxer = Fmp4Muxer::start(stream, clock).value();
    stream.set_format({.codec = media::Codec::jpeg});
    publish(true, 2);
    EXPECT_EQ(muxer->fragment_of(last)->init, nullptr);
    EXPECT_EQ(muxer->fragment_of(last)->bytes, nullptr);
}

TEST_F(Fmp4MuxerTest, MemoryStaysWithinItsBoundOverAGopWithoutEnd) {
    stream.set_format(test::kFormat);
    publish(true, 1);
    auto muxer = Fmp4Muxer::start(stream, clock).value();
    const auto key = last;
    for (int i = 0; i < 15; ++i) publish(false, 2, 1 << 20);
    EXPECT_EQ(muxer->fragment_of(key), nullptr);
    EXPECT_NE(muxer->fragment_of(last), nullptr);
}

}  // namespace
}  // namespace bongsu::view
