#include "view/hls_muxer.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "view/test/picture.hpp"

namespace bongsu::view {
namespace {

using test::broken_picture;
using test::kFormat;
using test::picture;

constexpr std::uint32_t kFrame = 3600;  // 25 a second.

struct HlsMuxerTest : testing::Test {
    /// `count` pictures at 25 a second, a key picture each `group`; the first is one.
    void play(HlsMuxer& muxer, std::size_t count, std::size_t group, std::uint32_t frame = kFrame, std::size_t size = 100) {
        for (std::size_t i = 0; i < count; ++i) {
            const auto done = muxer.push(picture(rtp, i % group == 0, size), format, wall);
            if (!done) failure = done.error();
            step(frame);
        }
    }
    void step(std::uint32_t ticks) {
        rtp += ticks;
        wall += std::chrono::microseconds(std::uint64_t{ticks} * 100 / 9);
    }
    static std::vector<std::string> lines(const HlsMuxer& muxer) {
        std::vector<std::string> out;
        std::istringstream in(muxer.playlist());
        for (std::string line; std::getline(in, line);) out.push_back(line);
        return out;
    }
    static std::size_t count(const HlsMuxer& muxer, std::string_view start) {
        const auto all = lines(muxer);
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& line) { return line.starts_with(start); }));
    }
    static std::ptrdiff_t breaks(const HlsMuxer& muxer) {
        const auto all = lines(muxer);
        return std::count(all.begin(), all.end(), "#EXT-X-DISCONTINUITY");
    }

    std::uint32_t rtp = 0xFFFFF000;  // Wraps soon.
    WallTime wall = from_us(1'790'000'000'000'000);
    media::Format format = kFormat;
    std::optional<Error> failure;
};

TEST_F(HlsMuxerTest, APlaylistLineByLine) {
    HlsMuxer muxer(2 * HlsMuxer::kSecond);
    play(muxer, 25 + 25 + 10, 25);

    EXPECT_EQ(muxer.playlist(),
              "#EXTM3U\n"
              "#EXT-X-VERSION:6\n"
              "#EXT-X-TARGETDURATION:2\n"
              "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.92403\n"
              "#EXT-X-PART-INF:PART-TARGET=0.30801\n"
              "#EXT-X-MEDIA-SEQUENCE:0\n"
              "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
              "#EXT-X-MAP:URI=\"init-1.mp4\"\n"
              "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:20.000Z\n"
              "#EXT-X-PART:DURATION=0.28000,URI=\"0.0.m4s\",INDEPENDENT=YES\n"
              "#EXT-X-PART:DURATION=0.28000,URI=\"0.1.m4s\"\n"
              "#EXT-X-PART:DURATION=0.28000,URI=\"0.2.m4s\"\n"
              "#EXT-X-PART:DURATION=0.16000,URI=\"0.3.m4s\"\n"
              "#EXTINF:1.00000,\n"
              "0.m4s\n"
              "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:21.000Z\n"
              "#EXT-X-PART:DURATION=0.28000,URI=\"1.0.m4s\",INDEPENDENT=YES\n"
              "#EXT-X-PART:DURATION=0.28000,URI=\"1.1.m4s\"\n"
              "#EXT-X-PART:DURATION=0.28000,URI=\"1.2.m4s\"\n"
              "#EXT-X-PART:DURATION=0.16000,URI=\"1.3.m4s\"\n"
              "#EXTINF:1.00000,\n"
              "1.m4s\n"
              "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:22.000Z\n"
              "#EXT-X-PART:DURATION=0.28000,URI=\"2.0.m4s\",INDEPENDENT=YES\n"
              "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"2.1.m4s\"\n");
    EXPECT_EQ(muxer.multivariant("../view/x/media.m3u8"),
              "#EXTM3U\n"
              "#EXT-X-VERSION:6\n"
              "#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(muxer.segment(0)->bytes * 8) +
                  ",CODECS=\"avc1.42c016\",RESOLUTION=640x360,FRAME-RATE=25.000\n"
                  "../view/x/media.m3u8\n");
}

TEST_F(HlsMuxerTest, ASegmentIsItsPartsAndEachPartBeginsWhereTheLastEnded) {
    HlsMuxer muxer;
    play(muxer, 51, 25);

    const HlsSegment* segment = muxer.segment(0);
    ASSERT_NE(segment, nullptr);
    EXPECT_EQ(segment->pictures, 25U);
    std::uint64_t at = 10 * HlsMuxer::kSecond;
    std::size_t bytes = 0;
    for (const HlsPart& part : segment->parts) {
        const std::string text(part.bytes->begin(), part.bytes->end());
        const auto tfdt = text.find("tfdt");
        ASSERT_NE(tfdt, std::string::npos);
        EXPECT_EQ(media::read_u32(part.bytes->data() + tfdt + 12), at);
        at += part.duration;
        bytes += part.bytes->size();
    }
    EXPECT_EQ(segment->bytes, bytes);
    EXPECT_NE(muxer.init(1), nullptr);
    EXPECT_EQ(muxer.init(0), nullptr);
    EXPECT_EQ(muxer.init(2), nullptr);
    EXPECT_EQ(muxer.part(0, 4), nullptr);
    EXPECT_EQ(muxer.segment(2), nullptr);  // Under way.
    EXPECT_EQ(muxer.part(3, 0), nullptr);
}

TEST_F(HlsMuxerTest, PartsStayWithinTheirTargetAtEveryRate) {
    for (const std::uint32_t rate : {1U, 2U, 5U, 8U, 10U, 12U, 15U, 24U, 25U, 30U, 50U, 60U}) {
        HlsMuxer muxer(HlsMuxer::kSecond);
        rtp = 0;
        play(muxer, 12 * rate, rate, HlsMuxer::kSecond / rate);

        ASSERT_TRUE(muxer.ready()) << rate;
        for (std::uint64_t number = muxer.edge().segment; number-- > 0 && muxer.segment(number) != nullptr;) {
            const auto& parts = muxer.segment(number)->parts;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                EXPECT_LE(parts[i].duration, muxer.part_target()) << rate;
                if (!parts[i].independent && i + 1 < parts.size()) {
                    EXPECT_GE(parts[i].duration * 100, muxer.part_target() * 85) << rate;
                }
            }
            EXPECT_LE(muxer.segment(number)->duration, muxer.target_seconds() * HlsMuxer::kSecond + HlsMuxer::kSecond / 2);
        }
        EXPECT_LE(muxer.part_target(), std::max(HlsMuxer::kPartMax, HlsMuxer::kSecond / rate * 11 / 10 + 1)) << rate;
    }
}

TEST_F(HlsMuxerTest, TheWindowIsBoundedInTime) {
    HlsMuxer muxer(HlsMuxer::kSecond);
    play(muxer, 25 * 60, 25);

    EXPECT_EQ(muxer.edge().segment, 59U);
    EXPECT_EQ(muxer.segment(50), nullptr);
    ASSERT_NE(muxer.segment(51), nullptr);  // 8 s are kept, 6 listed.
    const auto list = lines(muxer);
    EXPECT_NE(std::find(list.begin(), list.end(), "#EXT-X-MEDIA-SEQUENCE:53"), list.end());
    EXPECT_EQ(count(muxer, "#EXTINF"), 6U);
    EXPECT_LT(muxer.bytes(), 40'000U);
}

TEST_F(HlsMuxerTest, AGroupLongerThanTheTargetIsCutAtAPartAndStaysInTheWindow) {
    HlsMuxer muxer;  // Nothing is known of its groups.
    play(muxer, 25 * 12, 25 * 12);

    EXPECT_EQ(muxer.target_seconds(), 2U);
    ASSERT_NE(muxer.segment(0), nullptr);
    EXPECT_TRUE(muxer.segment(0)->key);
    ASSERT_NE(muxer.segment(1), nullptr);
    EXPECT_FALSE(muxer.segment(1)->key);
    EXPECT_EQ(count(muxer, "#EXT-X-MEDIA-SEQUENCE:0"), 1U);  // A decoder can begin.

    play(muxer, 25, 25);  // The next key picture begins a segment at once.
    EXPECT_TRUE(muxer.part(muxer.edge().segment, 0)->independent);
}

TEST_F(HlsMuxerTest, AGroupAsLongAsItWasSeenToBeIsOneSegment) {
    HlsMuxer muxer(4 * HlsMuxer::kSecond);
    play(muxer, 25 * 30, 100);

    EXPECT_EQ(muxer.target_seconds(), 4U);
    for (std::uint64_t number = 4; number < muxer.edge().segment; ++number)
        EXPECT_EQ(muxer.segment(number)->duration, 4 * HlsMuxer::kSecond);
}

TEST_F(HlsMuxerTest, InHasteTheFirstSegmentEndsEarly) {
    HlsMuxer muxer, patient;
    muxer.hurry();
    const auto begin = rtp;
    play(muxer, 22, 50);
    rtp = begin;
    play(patient, 22, 50);

    EXPECT_TRUE(muxer.ready());
    EXPECT_FALSE(patient.ready());
    EXPECT_EQ(muxer.segment(0)->pictures, 21U);
}

TEST_F(HlsMuxerTest, AGapIsADiscontinuityAndGoesOnAtAKeyPicture) {
    HlsMuxer muxer(HlsMuxer::kSecond);
    play(muxer, 30, 25);
    muxer.gap();
    EXPECT_EQ(muxer.edge(), (HlsEdge{2, 0}));
    EXPECT_EQ(muxer.segment(1)->pictures, 5U);
    step(20 * HlsMuxer::kSecond);
    for (int i = 0; i < 5; ++i, step(kFrame)) ASSERT_TRUE(muxer.push(picture(rtp, false), format, wall));
    EXPECT_EQ(muxer.edge(), (HlsEdge{2, 0}));
    play(muxer, 30, 25);

    const auto list = lines(muxer);
    const auto at = std::find(list.begin(), list.end(), "#EXT-X-DISCONTINUITY");
    ASSERT_NE(at, list.end());
    EXPECT_EQ(at[-1], "1.m4s");
    EXPECT_EQ(at[1], "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:41.400Z");
    EXPECT_EQ(at[2], "#EXT-X-PART:DURATION=0.28000,URI=\"2.0.m4s\",INDEPENDENT=YES");
    EXPECT_EQ(count(muxer, "#EXT-X-MAP"), 1U);
}

TEST_F(HlsMuxerTest, TimesThatJumpAreAGap) {
    for (const std::uint32_t jump : {5 * HlsMuxer::kSecond, 0U - 5 * HlsMuxer::kSecond}) {
        HlsMuxer muxer(HlsMuxer::kSecond);
        play(muxer, 30, 25);
        step(jump);
        play(muxer, 30, 25);

        EXPECT_EQ(breaks(muxer), 1);
        EXPECT_FALSE(failure);
    }
}

TEST_F(HlsMuxerTest, DiscontinuitiesThatLeftTheWindowAreCounted) {
    HlsMuxer muxer(HlsMuxer::kSecond);
    for (int i = 0; i < 20; ++i, step(5 * HlsMuxer::kSecond)) play(muxer, 25, 25);

    EXPECT_EQ(count(muxer, "#EXT-X-DISCONTINUITY-SEQUENCE:12"), 1U) << muxer.playlist();
    EXPECT_EQ(count(muxer, "#EXT-X-MEDIA-SEQUENCE:13"), 1U);
}

TEST_F(HlsMuxerTest, AShortStallIsALongPictureAndNoGap) {
    HlsMuxer muxer(HlsMuxer::kSecond);
    play(muxer, 20, 25);
    step(HlsMuxer::kSecond);
    for (int i = 0; i < 40; ++i, step(kFrame)) ASSERT_TRUE(muxer.push(picture(rtp, i == 20), format, wall));

    EXPECT_EQ(breaks(muxer), 0);
    for (std::uint64_t number = 0; number < muxer.edge().segment; ++number)
        EXPECT_LT(muxer.segment(number)->duration, HlsMuxer::kSecond * 5 / 2);
}

TEST_F(HlsMuxerTest, OtherParameterSetsHaveAnInitSegmentOfTheirOwn) {
    HlsMuxer muxer(HlsMuxer::kSecond);
    play(muxer, 50, 25);
    format.pps += "x";
    play(muxer, 50, 25);

    const auto list = lines(muxer);
    const auto at = std::find(list.begin(), list.end(), "#EXT-X-MAP:URI=\"init-2.mp4\"");
    ASSERT_NE(at, list.end());
    EXPECT_EQ(at[-1], "#EXT-X-DISCONTINUITY");
    EXPECT_NE(muxer.init(1), nullptr);
    EXPECT_NE(*muxer.init(1), *muxer.init(2));
    play(muxer, 25 * 20, 25);
    EXPECT_EQ(muxer.init(1), nullptr);
    EXPECT_EQ(count(muxer, "#EXT-X-MAP:URI=\"init-2.mp4\""), 1U);
}

TEST_F(HlsMuxerTest, AnotherCodecEndsIt) {
    HlsMuxer muxer;
    play(muxer, 30, 25);
    format.codec = media::Codec::h265;
    play(muxer, 1, 1);

    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->message, "the camera changed its codec");
    EXPECT_EQ(failure->code, "codec_unsupported");

    HlsMuxer jpeg;
    format = {.codec = media::Codec::jpeg};
    play(jpeg, 1, 1);
    EXPECT_EQ(failure->message, "the camera sends JPEG, which is not sent by HLS");
    EXPECT_EQ(failure->code, "codec_unsupported");
    HlsMuxer unreadable;
    format = kFormat;
    format.sps = "\x67xyz";
    play(unreadable, 2, 1);
    EXPECT_EQ(failure->kind, ErrorKind::corrupt);
    EXPECT_FALSE(unreadable.ready());
}

TEST_F(HlsMuxerTest, WhatCannotBePutTogetherIsLeftOutUpToTheNextKeyPicture) {
    HlsMuxer muxer(HlsMuxer::kSecond);
    play(muxer, 30, 25);
    ASSERT_TRUE(muxer.push(broken_picture(rtp), format, wall));
    step(kFrame);
    play(muxer, 50, 25);

    EXPECT_EQ(muxer.damaged_total(), 1U);
    EXPECT_EQ(breaks(muxer), 1);
}

TEST_F(HlsMuxerTest, PicturesOutOfOrderKeepTheirTimes) {
    HlsMuxer muxer(HlsMuxer::kSecond);
    const std::uint32_t begin = rtp;
    for (std::uint32_t group = 0; group < 30; ++group) {
        for (const std::uint32_t place : {3U, 1U, 2U}) {
            rtp = begin + (3 * group + place) * kFrame;
            ASSERT_TRUE(muxer.push(picture(rtp, group % 10 == 0 && place == 3), format, wall));
        }
    }

    EXPECT_EQ(breaks(muxer), 0);
    ASSERT_TRUE(muxer.ready());
    const HlsSegment* segment = muxer.segment(0);
    EXPECT_NEAR(static_cast<double>(segment->duration), 30.0 * kFrame, 4.0 * kFrame);
}

TEST_F(HlsMuxerTest, MemoryIsBoundedAndMoreIsRefusedInWords) {
    HlsMuxer heavy(2 * HlsMuxer::kSecond);
    play(heavy, 25 * 20, 50, kFrame, 200'000);  // 40 Mbit/s: fewer seconds, but they go on.
    EXPECT_FALSE(failure);
    EXPECT_LE(heavy.bytes(), HlsMuxer::kBytesMax);
    EXPECT_TRUE(heavy.ready());

    HlsMuxer endless(2 * HlsMuxer::kSecond);
    play(endless, 25 * 20, 25 * 20, kFrame, 200'000);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->kind, ErrorKind::exhausted);
    EXPECT_EQ(failure->message, "the camera sends more than 24 MiB from one key picture to the next, which HLS does not keep");
    EXPECT_LE(endless.bytes(), HlsMuxer::kBytesMax + (8U << 20));
}

TEST_F(HlsMuxerTest, TimesThatStandStillDoNotGrowIt) {
    HlsMuxer muxer;
    play(muxer, 20'000, 1, 0, 10);
    play(muxer, 20'000, 20'000, 0, 10);

    EXPECT_LE(muxer.edge().part, HlsMuxer::kPartsMax);
    EXPECT_LE(muxer.bytes(), HlsMuxer::kBytesMax);
    EXPECT_FALSE(failure);
}

TEST_F(HlsMuxerTest, KnowsWhatAReloadMayWaitFor) {
    HlsMuxer muxer(HlsMuxer::kSecond);
    play(muxer, 60, 25);
    ASSERT_EQ(muxer.edge(), (HlsEdge{2, 1}));

    EXPECT_TRUE(muxer.has(1, std::nullopt));
    EXPECT_TRUE(muxer.has(2, 0));
    EXPECT_FALSE(muxer.has(2, 1));
    EXPECT_FALSE(muxer.has(2, std::nullopt));
    EXPECT_TRUE(muxer.has(1, 3));
    EXPECT_TRUE(muxer.has(1, 4));  // The first of the next.
    EXPECT_TRUE(muxer.has(1, 1'000'000));
    EXPECT_TRUE(muxer.has(0, 0));
    EXPECT_FALSE(muxer.has(~std::uint64_t{0}, ~std::uint64_t{0}));

    EXPECT_TRUE(muxer.may_wait(2, std::nullopt));
    EXPECT_TRUE(muxer.may_wait(3, std::nullopt));
    EXPECT_TRUE(muxer.may_wait(3, 0));
    EXPECT_TRUE(muxer.may_wait(2, 11));
    EXPECT_FALSE(muxer.may_wait(2, 12));
    EXPECT_FALSE(muxer.may_wait(4, std::nullopt));
    EXPECT_FALSE(muxer.may_wait(~std::uint64_t{0}, ~std::uint64_t{0}));
    muxer.gap();
    EXPECT_FALSE(muxer.has(2, 7));  // It ended, and the next has no part yet.
}

}  // namespace
}  // namespace bongsu::view
