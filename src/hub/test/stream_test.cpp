#include "hub/stream.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace bongsu::hub {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kStart{1h};

// Pictures read left to right: K is a key block, d a delta; 100 ms and ten bytes each unless told.
struct Camera {
    Stream stream;
    MonoTime now = kStart;
    std::chrono::milliseconds step{100};
    std::size_t size = 10;

    void show(std::string_view pictures) {
        for (const char c : pictures) {
            auto block = std::make_shared<media::Block>();
            block->bytes.resize(size);
            block->key = c == 'K';
            block->received = now;
            stream.publish(std::move(block));
            now += step;
        }
    }
};

std::string read(Cursor& cursor, MonoTime now) {
    std::string out;
    while (const auto block = cursor.next(now)) out += block->key ? 'K' : 'd';
    return out;
}

TEST(Stream, AViewerStartsAtTheNewestKeyBlock) {
    struct Case {
        const char* shown;
        const char* seen;
    };
    for (const Case& c : {Case{"", ""}, Case{"ddd", ""}, Case{"ddKd", "Kd"}, Case{"KddKd", "Kd"},
                          Case{"KddK", "K"}, Case{"Kdddddd", "Kdddddd"}}) {
        SCOPED_TRACE(c.shown);
        Camera camera;
        camera.show(c.shown);

        Cursor cursor(camera.stream, {});

        EXPECT_EQ(read(cursor, camera.now), c.seen);
        EXPECT_EQ(cursor.skipped_total(), 0U);
    }
}

TEST(Stream, AReaderThatKeepsUpSeesEveryPicture) {
    Camera camera;
    Cursor cursor(camera.stream, {});
    std::string seen;

    for (const char* part : {"ddK", "dd", "d", "Kd", "ddK"}) {
        camera.show(part);
        seen += read(cursor, camera.now);
    }

    EXPECT_EQ(seen, "KdddKdddK");
    EXPECT_EQ(cursor.skipped_total(), 0U);
}

TEST(Stream, AReaderMoreThanASecondBehindJumpsToTheNewestKeyBlockAndCountsWhatItSkipped) {
    struct Case {
        const char* missed;  // While the reader slept, after it had read "Kd".
        const char* seen;
        unsigned skipped;
    };
    for (const Case& c :
         {Case{"ddddKddd", "ddddKddd", 0},              // 0.7 s: nothing is lost.
          Case{"ddddKdddddddd", "Kdddddddd", 4},        // 1.2 s: jump.
          Case{"dddddddddddddd", "dddddddddddddd", 0},  // No newer key: a jump would not help.
          Case{"ddKdddKdddKdddK", "K", 14}}) {          // Its place has left the ring.
        SCOPED_TRACE(c.missed);
        Camera camera;
        Cursor cursor(camera.stream, {});
        camera.show("Kd");
        ASSERT_EQ(read(cursor, camera.now), "Kd");

        camera.show(c.missed);

        EXPECT_EQ(read(cursor, camera.now), c.seen);
        EXPECT_EQ(cursor.skipped_total(), c.skipped);
    }
}

TEST(Stream, AStalledReaderIsOverrunAfterFiveSeconds) {
    Camera camera;
    Cursor cursor(camera.stream, {});
    camera.show("Kd");
    read(cursor, camera.now);
    const MonoTime stalled = camera.now;

    camera.show("ddddKddddKddddKddddKddddKddddKddddKddddKddddKddddKddddKdddd");

    EXPECT_FALSE(cursor.overrun(stalled + 4900ms));
    EXPECT_TRUE(cursor.overrun(stalled + 5200ms));
}

TEST(Stream, AStalledReaderIsOverrunAfterFourMebibytes) {
    Camera camera;
    camera.size = 1U << 20;
    Cursor cursor(camera.stream, {});
    camera.show("K");
    read(cursor, camera.now);

    camera.show("dddd");
    EXPECT_FALSE(cursor.overrun(camera.now));
    camera.show("d");

    EXPECT_TRUE(cursor.overrun(camera.now));
}

TEST(Stream, AReaderThatWaitedForASilentCameraIsNotOverrun) {
    Camera camera;
    Cursor cursor(camera.stream, {});
    camera.show("Kd");
    read(cursor, camera.now);

    camera.now += 15s;
    camera.show("d");

    EXPECT_FALSE(cursor.overrun(camera.now));
    EXPECT_EQ(read(cursor, camera.now), "d");
}

TEST(Stream, ALongGroupIsAViewersHeadStartAndNoOverrun) {
    Camera camera;
    camera.size = 600 * 1024;
    camera.step = 800ms;
    camera.show("Kddddddddd");  // 8 s and 6 MB old at its key block.
    Cursor cursor(camera.stream, {});

    ASSERT_TRUE(cursor.next(camera.now));

    EXPECT_FALSE(cursor.overrun(camera.now + 1s));
    EXPECT_EQ(read(cursor, camera.now), "ddddddddd");
}

TEST(Stream, TheRingKeepsTwoGroupsEightMebibytesAndTwentySeconds) {
    Camera groups, bytes, age;
    bytes.size = 1U << 20;
    age.step = 1s;

    groups.show("KddKddKdd");
    bytes.show("Kddddddddd");
    age.show("Kdddddddddddddddddddddddd");

    EXPECT_EQ(groups.stream.keys_pushed_out_total(), 0U);
    EXPECT_EQ(bytes.stream.keys_pushed_out_total(), 1U);
    EXPECT_EQ(age.stream.keys_pushed_out_total(), 1U);
    Cursor late(bytes.stream, {});
    EXPECT_EQ(read(late, bytes.now), "");  // No key block left: the next one starts it.
    bytes.show("K");
    EXPECT_EQ(read(late, bytes.now), "K");
}

TEST(Stream, ALostCameraShowsNothingStaleAndStartsAgainAtAKeyBlock) {
    Camera camera;
    int woken = 0;
    Cursor cursor(camera.stream, [&woken] { ++woken; });
    camera.show("Kdd");
    ASSERT_EQ(read(cursor, camera.now), "Kdd");
    camera.show("dd");
    const int before = woken;

    camera.stream.lose();

    EXPECT_EQ(woken, before + 1);
    EXPECT_FALSE(camera.stream.live());
    EXPECT_EQ(read(cursor, camera.now), "");
    camera.show("ddKd");
    EXPECT_EQ(read(cursor, camera.now), "Kd");
}

TEST(Stream, AReaderIsWokenOnceUntilItHasCaughtUpAgain) {
    Camera camera;
    int woken = 0;
    Cursor cursor(camera.stream, [&woken] { ++woken; });

    camera.show("d");
    EXPECT_EQ(woken, 0);  // Nothing to start with.
    camera.show("Kd");
    EXPECT_EQ(woken, 1);
    read(cursor, camera.now);
    camera.show("dd");

    EXPECT_EQ(woken, 2);
}

TEST(Stream, TheFirstReaderWantsTheCameraAndTheLastOneLeavesIt) {
    Stream stream;
    std::string told;
    stream.on_wanted = [&told] { told += '+'; };
    stream.on_unwanted = [&told] { told += '-'; };

    {
        Cursor first(stream, {});
        Cursor second(stream, {});
        EXPECT_EQ(stream.readers(), 2U);
    }

    EXPECT_EQ(told, "+-");
    EXPECT_EQ(stream.readers(), 0U);
}

}  // namespace
}  // namespace bongsu::hub
