#include "hub/stream.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
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

TEST(Stream, AViewerThatFlowedWellAndStandsStillForASecondIsNotCut) {
    struct Flows : Reader {
        bool flows = true;
        void on_ready() override {}
        bool take(const media::BlockPtr&) override { return flows; }
    } reader;
    Camera camera;
    camera.show("K");
    Cursor cursor(camera.stream, reader);
    ASSERT_TRUE(cursor.next(camera.now));
    for (int second = 0; second < 20; ++second) camera.show("ddddddddK");

    reader.flows = false;  // The kernel takes no more; a key picture comes, and what it did not get is dropped.
    camera.show("ddddddddddddK");

    EXPECT_FALSE(cursor.overrun(camera.now)) << "1.3 s are no 5 s";
    EXPECT_TRUE(cursor.overrun(camera.now + 5s));
}

TEST(Stream, AViewerThatFellOutOfARingWithoutAKeyWaitsForTheNextOne) {
    Camera camera;
    camera.size = 1 << 20;
    camera.show("Kdd");
    int woken = 0;
    Cursor cursor(camera.stream, [&] { ++woken; });
    ASSERT_TRUE(cursor.next(camera.now));
    camera.show("dddddddddd");  // The bound of 8 MiB pushes out the key and what the viewer would see next.

    EXPECT_EQ(cursor.next(camera.now), nullptr);
    EXPECT_FALSE(cursor.is_behind()) << "there is nothing that it could take";
    EXPECT_FALSE(cursor.overrun(camera.now + 6s));
    woken = 0;
    camera.show("K");
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(read(cursor, camera.now), "K");
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

TEST(Stream, TheRingKeepsOneGroupEightMebibytesAndTwentySeconds) {
    Camera groups, bytes, age;
    bytes.size = 1U << 20;
    age.step = 1s;

    groups.show("KddKddKdd");
    bytes.show("Kddddddddd");
    age.show("Kdddddddddddddddddddddddd");

    EXPECT_EQ(groups.stream.blocks_held(), 3U);
    EXPECT_EQ(groups.stream.bytes_held(), 30U);
    EXPECT_EQ(groups.stream.keys_pushed_out_total(), 0U);
    EXPECT_EQ(bytes.stream.blocks_held(), 8U);
    EXPECT_EQ(bytes.stream.keys_pushed_out_total(), 1U);
    EXPECT_EQ(age.stream.blocks_held(), 21U);
    EXPECT_EQ(age.stream.keys_pushed_out_total(), 1U);
    Cursor late(bytes.stream, {});
    EXPECT_EQ(read(late, bytes.now), "");  // No key block left: the next one starts it.
    bytes.show("K");
    EXPECT_EQ(read(late, bytes.now), "K");
    EXPECT_EQ(bytes.stream.blocks_held(), 1U);
}

TEST(Stream, AnOldGroupStaysForThoseWhoAreAboutToBeThroughWithItAndNoLonger) {
    Camera camera;
    Cursor quick(camera.stream, {}), late(camera.stream, {});
    camera.show("Kd");
    ASSERT_EQ(read(quick, camera.now), "Kd");
    ASSERT_EQ(read(late, camera.now), "Kd");
    camera.show("ddd");
    ASSERT_EQ(read(quick, camera.now), "ddd");
    ASSERT_TRUE(late.next(camera.now));  // The first of them.

    camera.show("Kd");
    EXPECT_EQ(camera.stream.blocks_held(), 4U);  // Two of the old group.
    camera.show("ddd");
    EXPECT_EQ(camera.stream.blocks_held(), 7U);
    EXPECT_EQ(read(late, camera.now), "ddKdddd");
    camera.show("d");
    EXPECT_EQ(camera.stream.blocks_held(), 6U);
    EXPECT_EQ(late.skipped_total(), 0U);
}

TEST(Stream, WhoIsMoreThanASecondBehindKeepsNoOldGroup) {
    Camera camera;
    Cursor late(camera.stream, {});
    camera.show("K");
    ASSERT_EQ(read(late, camera.now), "K");

    camera.show("ddddKddddd");
    EXPECT_EQ(camera.stream.blocks_held(), 10U);
    camera.show("d");  // 1 s.
    EXPECT_EQ(camera.stream.blocks_held(), 11U);
    camera.show("d");
    EXPECT_EQ(camera.stream.blocks_held(), 11U);
    camera.show("dddd");

    EXPECT_EQ(camera.stream.blocks_held(), 12U);
    EXPECT_EQ(read(late, camera.now), "Kddddddddddd");
    EXPECT_EQ(late.skipped_total(), 4U);
}

/// Takes what it is handed, or refuses; may do something in there.
struct Viewer final : Reader {
    explicit Viewer(Stream& stream) { cursor.emplace(stream, *this); }
    void on_ready() override {
        ++woken;
        if (meanwhile) meanwhile();
        while (cursor && reads) {
            const auto block = cursor->next(kStart);
            if (!block) return;
            seen += block->key ? 'K' : 'd';
        }
    }
    bool take(const media::BlockPtr& block) override {
        if (meanwhile) meanwhile();
        if (!takes) return false;
        taken += block->key ? 'K' : 'd';
        return true;
    }
    std::optional<Cursor> cursor;
    std::function<void()> meanwhile;
    std::string seen, taken;
    bool takes = true, reads = true;
    int woken = 0;
};

TEST(Stream, AViewerThatHadCaughtUpIsHandedTheBlockAndAnyOtherIsWoken) {
    Camera camera;
    Viewer viewer(camera.stream);

    camera.show("Kdd");
    EXPECT_EQ(viewer.seen, "K");  // To join it has to ask.
    EXPECT_EQ(viewer.taken, "dd");
    viewer.takes = false;
    camera.show("d");
    EXPECT_EQ(viewer.seen, "Kd");
    viewer.reads = false;
    camera.show("dd");  // Once: it is behind.
    EXPECT_EQ(viewer.woken, 3);
    viewer.takes = viewer.reads = true;
    camera.show("d");
    EXPECT_EQ(viewer.taken, "dd");
    viewer.on_ready();
    camera.show("d");

    EXPECT_EQ(viewer.seen, "Kdddd");
    EXPECT_EQ(viewer.taken, "ddd");
    EXPECT_FALSE(viewer.cursor->is_behind());
    EXPECT_FALSE(viewer.cursor->overrun(camera.now + 20s));
}

TEST(Stream, WhatAViewerTookCountsNotAsBehind) {
    Camera camera;
    camera.size = 1U << 20;
    Viewer viewer(camera.stream);
    camera.show("Kddddddd");
    viewer.takes = viewer.reads = false;

    camera.show("dddd");
    EXPECT_FALSE(viewer.cursor->overrun(camera.now));
    camera.show("d");

    EXPECT_TRUE(viewer.cursor->overrun(camera.now));
}

TEST(Stream, ViewersMayComeAndGoInTheMiddleOfABlock) {
    for (const bool by_taking : {true, false}) {
        Camera camera;
        Viewer first(camera.stream), second(camera.stream), third(camera.stream);
        std::optional<Viewer> fourth;
        camera.show("K");
        second.takes = by_taking;
        second.meanwhile = [&] {
            first.cursor.reset();
            second.cursor.reset();  // Itself,
            third.cursor.reset();   // one whose turn would come,
            if (!fourth) fourth.emplace(camera.stream);
            second.meanwhile = {};
        };

        camera.show("d");

        EXPECT_EQ(first.taken, "d");
        EXPECT_EQ(third.taken, "");
        EXPECT_EQ(camera.stream.readers(), 1U);
        EXPECT_EQ(fourth->woken, 0);
        camera.show("dK");
        EXPECT_EQ(fourth->seen, "K");
        EXPECT_EQ(first.taken, "d");
    }
}

TEST(Stream, AFunctionMayEndItsOwnCursor) {
    Camera camera;
    int woken = 0;
    std::optional<Cursor> cursor;
    cursor.emplace(camera.stream, [&woken, &cursor] {
        cursor.reset();
        ++woken;
    });

    camera.show("KddK");

    EXPECT_EQ(woken, 1);
    EXPECT_EQ(camera.stream.readers(), 0U);
}

TEST(Stream, ALostCameraLetsItsViewersGoInTheMiddle) {
    Camera camera;
    Viewer first(camera.stream), second(camera.stream);
    camera.show("Kdd");
    first.meanwhile = [&] {
        first.cursor.reset();
        second.cursor.reset();
    };

    camera.stream.lose();

    EXPECT_EQ(camera.stream.readers(), 0U);
    EXPECT_EQ(second.woken, 1);  // By its first block.
    EXPECT_EQ(camera.stream.blocks_held(), 0U);
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

TEST(Stream, AStreamThatIsRefusedSaysWhyUntilAPictureComes) {
    Stream stream;
    int woken = 0;
    Cursor viewer(stream, [&] { ++woken; });
    const auto why = std::make_shared<const Error>(Error{ErrorKind::unavailable, "no place", Where::here()});
    stream.refuse(why);
    EXPECT_EQ(stream.refusal(), why);
    EXPECT_EQ(woken, 1);
    stream.refuse(why);
    EXPECT_EQ(woken, 1) << "it knows that already";
    stream.refuse(nullptr);
    EXPECT_EQ(woken, 2);
    stream.refuse(why);
    auto block = std::make_shared<media::Block>();
    block->key = true;
    stream.publish(std::move(block));
    EXPECT_EQ(stream.refusal(), nullptr);
}

TEST(Stream, AReaderIsNotWokenWhileItIsBeingMade) {
    Stream stream;
    stream.on_wanted = [&] { stream.refuse(std::make_shared<const Error>(Error{ErrorKind::unavailable, "no place", Where::here()})); };
    bool made = false;
    Cursor viewer(stream, [&] { EXPECT_TRUE(made); });
    made = true;
    EXPECT_NE(stream.refusal(), nullptr);
    stream.refuse(nullptr);
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
