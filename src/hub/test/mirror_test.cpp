#include "hub/mirror.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "hub/test/hand_loop.hpp"

namespace bongsu::hub {
namespace {

using namespace std::chrono_literals;

using test::HandLoop;

struct MirrorTest : testing::Test {
    HandLoop owner, here;
    Stream original, other;
    Stream* found = &original;
    MonoTime now{1h};
    std::optional<Mirror> mirror;
    int key_width = 640;

    void SetUp() override {
        mirror.emplace(Mirror::Ends{owner.post, here.post, [this] { return found; }, [this] { return now; }});
    }
    void TearDown() override {
        mirror.reset();
        turn();  // The owner's end lets go of the stream.
    }
    void show(Stream& stream, std::string_view pictures) {
        for (const char c : pictures) {
            auto block = std::make_shared<media::Block>();
            block->key = c == 'K';
            block->received = now;
            now += 10ms;
            stream.publish(std::move(block));
        }
    }
    void turn() {
        for (int i = 0; i < 3; ++i) owner.turn(), here.turn();
    }
    std::string read(Cursor& cursor) {
        std::string out;
        while (const auto block = cursor.next(now)) out += block->key ? 'K' : 'd';
        return out;
    }
};

TEST_F(MirrorTest, AsksForTheOriginalWhileItHasReadersOnly) {
    show(original, "KdKd");
    turn();
    EXPECT_EQ(original.readers(), 0U);
    {
        Cursor viewer(mirror->stream(), {});
        turn();
        EXPECT_EQ(original.readers(), 1U);
        EXPECT_EQ(read(viewer), "Kd") << "what the ring held from its newest key block on";
        Cursor second(mirror->stream(), {});
        turn();
        EXPECT_EQ(original.readers(), 1U) << "one for all of this loop";
        EXPECT_EQ(read(second), "Kd");
    }
    turn();
    EXPECT_EQ(original.readers(), 0U);
    EXPECT_FALSE(mirror->stream().live()) << "nothing old is kept to be shown as live";
}

TEST_F(MirrorTest, BlocksFormatsAndLossesComeInTheirOrder) {
    std::string seen;
    std::optional<Cursor> viewer;
    viewer.emplace(mirror->stream(), [&] {
        if (!mirror->stream().live()) seen += '-';
        while (const auto block = viewer->next(now)) {
            seen += (block->key ? "K" : "d") + std::to_string(mirror->stream().format().width) + " ";
        }
    });
    turn();
    original.set_format({.sps = "s", .pps = "p", .width = 640});
    show(original, "Kd");
    original.set_format({.sps = "s", .pps = "p", .width = 1280});
    show(original, "K");
    turn();
    original.lose();
    show(original, "Kd");
    turn();
    EXPECT_EQ(seen, "K640 d640 K1280 -K1280 d1280 ");
    viewer.reset();
}

TEST_F(MirrorTest, ALoopThatStandsStillLosesWholePicturesUpToAKeyBlock) {
    Cursor viewer(mirror->stream(), {});
    turn();
    original.set_format({.sps = "s", .pps = "p", .width = 640});
    show(original, "K");
    turn();
    EXPECT_EQ(read(viewer), "K");

    now -= 600 * 10ms;  // All of it within a second, so that nothing but the bound decides.
    for (std::size_t i = 0; i < Mirror::kWaitingMax; ++i) show(original, "d"), now -= 10ms;
    original.set_format({.sps = "s", .pps = "p", .width = 1280});
    show(original, "Kd");
    here.turn();
    show(original, "dKd");
    turn();
    EXPECT_EQ(mirror->dropped_total(), 3U);
    EXPECT_EQ(read(viewer), std::string(Mirror::kWaitingMax, 'd') + "Kd");
    EXPECT_EQ(mirror->stream().format().width, 1280) << "the format that a dropped block would have brought";
}

TEST_F(MirrorTest, WhyThereIsNoPictureComesOverToo) {
    const auto why = std::make_shared<const Error>(Error{ErrorKind::unavailable, "no place", Where::here()});
    original.refuse(why);
    {
        Cursor early(mirror->stream(), {});
        turn();
        EXPECT_EQ(mirror->stream().refusal(), why);
        original.refuse(nullptr);
        turn();
        EXPECT_EQ(mirror->stream().refusal(), nullptr);
        original.refuse(why);
        show(original, "K");
        turn();
        EXPECT_EQ(mirror->stream().refusal(), nullptr) << "a picture came";
        EXPECT_TRUE(mirror->stream().live());
        original.refuse(why);
        turn();
    }
    EXPECT_EQ(mirror->stream().refusal(), nullptr) << "nobody asks any more";
}

TEST_F(MirrorTest, FollowsTheCameraToAnotherStream) {
    Cursor viewer(mirror->stream(), {});
    show(original, "K");
    turn();
    EXPECT_EQ(read(viewer), "K");

    found = &other;
    mirror->refresh();
    show(other, "Kd");
    turn();
    EXPECT_EQ(original.readers(), 0U);
    EXPECT_EQ(read(viewer), "Kd");

    found = nullptr;
    mirror->refresh();
    turn();
    EXPECT_EQ(other.readers(), 0U);
    EXPECT_FALSE(mirror->stream().live());
}

TEST_F(MirrorTest, FindsACameraThatComesAfterItsViewer) {
    found = nullptr;
    Cursor viewer(mirror->stream(), {});
    turn();
    found = &original;
    show(original, "K");
    mirror->refresh();
    turn();
    EXPECT_EQ(read(viewer), "K");
}

TEST_F(MirrorTest, GoesWhileThingsAreUnderWay) {
    {
        Cursor viewer(mirror->stream(), {});
        owner.turn();
        show(original, "Kd");
    }
    mirror.reset();
    show(original, "Kd");
    turn();
    EXPECT_EQ(original.readers(), 0U);
}

/// A loop of its own thread.
struct ThreadLoop {
    std::mutex mutex;
    std::condition_variable woken;
    std::deque<std::function<void()>> tasks;
    bool ends = false;
    Post post = [this](std::function<void()> task) {
        const std::lock_guard lock(mutex);
        tasks.push_back(std::move(task));
        woken.notify_one();
    };
    std::thread thread{[this] {
        for (;;) {
            std::unique_lock lock(mutex);
            woken.wait(lock, [this] { return ends || !tasks.empty(); });
            if (tasks.empty()) return;
            const auto task = std::move(tasks.front());
            tasks.pop_front();
            lock.unlock();
            task();
        }
    }};
    void end() {
        {
            const std::lock_guard lock(mutex);
            ends = true;
        }
        woken.notify_one();
        thread.join();
    }
};

TEST(MirrorThreads, ViewersComeAndGoOnOneLoopWhileTheOtherPublishes) {
    ThreadLoop owner, here;
    Stream original;
    std::atomic<std::int64_t> time{0};
    const auto now = [&time] { return MonoTime{1h} + std::chrono::milliseconds(time); };
    std::optional<Mirror> mirror;
    std::atomic<std::uint64_t> seen = 0, out_of_order = 0;
    std::atomic<bool> over = false;

    here.post([&] { mirror.emplace(Mirror::Ends{owner.post, here.post, [&] { return &original; }, now}); });
    std::function<void(int)> watch = [&](int round) {
        // A viewer for a while: each task is one turn of the loop.
        struct Viewer {
            std::optional<Cursor> cursor;
            std::optional<std::uint32_t> last;
        };
        const auto viewer = std::make_shared<Viewer>();
        viewer->cursor.emplace(mirror->stream(), [&, raw = viewer.get()] {
            while (const auto block = raw->cursor->next(now())) {
                if (raw->last && block->rtp_time <= *raw->last) ++out_of_order;
                raw->last = block->rtp_time;
                ++seen;
            }
        });
        // The next one once the owner has heard of this one: else this loop could ask faster than that one answers.
        owner.post([&, viewer, round] {
            here.post([&, viewer, round] {
                viewer->cursor.reset();
                if (!over) watch(round + 1);
            });
        });
    };
    here.post([&] { watch(0); });
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        owner.post([&, i] {
            auto block = std::make_shared<media::Block>();
            block->key = i % 10 == 0;
            block->rtp_time = i;
            block->received = now();
            original.publish(std::move(block));
            ++time;
        });
        if (i % 64 == 0) std::this_thread::yield();
    }
    while (seen == 0) std::this_thread::yield();
    over = true;
    std::atomic<bool> gone = false;
    here.post([&] {
        owner.post([&] {
            here.post([&] {
                owner.post([&] {
                    here.post([&] { mirror.reset(), gone = true; });
                });
            });
        });
    });
    while (!gone) std::this_thread::yield();
    here.end();
    owner.end();
    EXPECT_EQ(out_of_order, 0U);
    EXPECT_EQ(original.readers(), 0U);
}

}  // namespace
}  // namespace bongsu::hub
