#include "transcode/stand_in.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <vector>

#include "env/posix.hpp"
#include "media/h264.hpp"
#include "media/h265.hpp"

namespace bongsu::transcode {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
using namespace std::chrono_literals;
using Buffer = std::vector<std::uint8_t>;

/// A key picture of 640 by 360, and one that follows it.
const Buffer kKey{0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x16, 0xDA, 0x02, 0x80, 0xBF, 0xE5, 0xC0, 0x44, 0,    0,    3, 0, 4, 0,
                  0, 3, 0, 0x78, 0x3C, 0x58, 0xBA, 0x80, 0, 0,    0,    1,    0x68, 0xCE, 0x3C, 0x80, 0,    0, 0, 1, 0x65, 0x88, 0x84, 1};
const Buffer kNext{0, 0, 0, 1, 0x41, 0x9A, 2, 3};

/// A transcoder that answers as the test says, on the stand-in's own loop.
struct StandInTest : testing::Test {
    asio::io_context loop;
    std::string path = testing::TempDir() + "stand-in-" + std::to_string(::getpid()) + ".sock";
    std::optional<Local::acceptor> acceptor;
    std::vector<std::shared_ptr<Local::socket>> sockets;
    std::vector<Unit> units;
    Say first = Say::accepted;
    /// What is answered to a unit before `done`.
    std::function<Buffer(const Unit&)> made = [](const Unit& unit) { return unit.key_wanted ? kKey : kNext; };
    bool answers = true;

    Counters counters;
    std::optional<hub::Stream> original{std::in_place};
    std::unique_ptr<StandIn> stand_in;
    std::optional<hub::Cursor> viewer;
    std::vector<media::BlockPtr> seen;
    StandInLimits limits{.linger = 300ms, .answer = 300ms, .away = 300ms, .rest_least = 50ms};

    void SetUp() override {
        listen();
        original->set_format({.codec = media::Codec::h265});
        stand_in = std::make_unique<StandIn>(StandIn::Given{loop, env::process_env().clock, counters, path, CameraId{"A"}, [this] { return original ? &*original : nullptr; }}, limits);
    }
    void TearDown() override {
        viewer.reset();
        stand_in.reset();
        ::unlink(path.c_str());
    }
    void listen() {
        ::unlink(path.c_str());
        acceptor.emplace(loop, Local::endpoint(path));
        accept();
    }
    void accept() {
        acceptor->async_accept([this](boost::system::error_code code, Local::socket socket) {
            if (code) return;
            sockets.push_back(std::make_shared<Local::socket>(std::move(socket)));
            asio::write(*sockets.back(), asio::buffer(write(Answer{.say = first})), code);
            if (first == Say::accepted) serve(sockets.back());
            else sockets.back()->close();
            accept();
        });
    }
    void serve(const std::shared_ptr<Local::socket>& socket) {
        const auto head = std::make_shared<std::array<std::uint8_t, kUnitSize>>();
        asio::async_read(*socket, asio::buffer(*head), [=, this](boost::system::error_code code, std::size_t) {
            if (code) return;
            const auto unit = *read_unit(*head);
            const auto body = std::make_shared<Buffer>(unit.bytes);
            asio::async_read(*socket, asio::buffer(*body), [=, this](boost::system::error_code failed, std::size_t) mutable {
                if (failed) return;
                units.push_back(unit);
                if (!answers) return serve(socket);
                if (const auto bytes = unit.shown ? made(unit) : Buffer{}; !bytes.empty()) {
                    asio::write(*socket, asio::buffer(write(Answer{.say = Say::picture, .id = unit.id, .key = true, .bytes = static_cast<std::uint32_t>(bytes.size())})), failed);
                    asio::write(*socket, asio::buffer(bytes), failed);
                }
                asio::write(*socket, asio::buffer(write(Answer{.say = Say::done, .id = unit.id})), failed);
                serve(socket);
            });
        });
    }
    void watch() {
        viewer.emplace(stand_in->stream(), [this] {
            while (auto block = viewer->next(now())) seen.push_back(std::move(block));
        });
    }
    static MonoTime now() { return env::process_env().clock.mono(); }
    void show(bool key = false, MonoClock::duration age = 0ms) {
        auto block = std::make_shared<media::Block>();
        const Buffer unit{static_cast<std::uint8_t>(key ? 19 << 1 : 1 << 1), 1, 9, 9};
        media::h265::append_nal(*block, unit);
        block->key = key;
        block->rtp_time = ++shown_ * 3'600;
        block->received = now() - age;
        media::write_headers(*block, {.timestamp = block->rtp_time});
        original->publish(std::move(block));
    }
    template <class Holds>
    bool run(Holds holds) {
        const auto until = now() + 5s;
        while (!holds() && now() < until) loop.run_one_for(20ms);
        return holds();
    }
    /// For as long as something must not happen.
    void run_for(MonoClock::duration time) {
        for (const auto until = now() + time; now() < until;) loop.run_one_for(10ms);
    }
    std::string why() const { return stand_in->stream().refusal() ? stand_in->stream().refusal()->code : ""; }

  private:
    std::uint32_t shown_ = 0;
};

TEST_F(StandInTest, NothingIsAskedForWhileNobodyWatches) {
    show(true);
    run_for(50ms);
    EXPECT_TRUE(sockets.empty());
    EXPECT_EQ(original->readers(), 0U);
}

TEST_F(StandInTest, TheRingsKeyPictureIsShownAtOnceAndThenTheNewest) {
    show(true, 1s);
    for (int i = 0; i < 5; ++i) show(false, 900ms);
    watch();
    ASSERT_TRUE(run([&] { return units.size() == 6 && seen.size() == 2; }));
    std::string order;
    for (const auto& unit : units) order += unit.shown ? 'S' : '-';
    EXPECT_EQ(order, "S----S");
    EXPECT_TRUE(units[0].key && units[0].key_wanted);
    EXPECT_FALSE(units[5].key_wanted);
    EXPECT_TRUE(seen[0]->key && !seen[1]->key);
    EXPECT_EQ(seen[0]->rtp_time, 3'600U);
    EXPECT_EQ(seen[1]->rtp_time, 6 * 3'600U);
    EXPECT_GT(now() - seen[1]->received, 900ms) << "the time at which the camera's came";
    EXPECT_EQ(stand_in->stream().format().width, 640);
    EXPECT_EQ(counters.hurried, 4U);
    show();
    ASSERT_TRUE(run([&] { return seen.size() == 3; }));
    EXPECT_TRUE(units.back().shown);
}

TEST_F(StandInTest, ItEndsAWhileAfterTheLastViewerAndTheNextOneFindsItRunningUntilThen) {
    show(true);
    watch();
    ASSERT_TRUE(run([&] { return seen.size() == 1; }));
    viewer.reset();
    run_for(100ms);
    EXPECT_EQ(counters.running, 1U);
    watch();
    run_for(500ms);
    EXPECT_EQ(counters.begun, 1U);
    EXPECT_EQ(counters.running, 1U);
    viewer.reset();
    ASSERT_TRUE(run([&] { return counters.running == 0; }));
    EXPECT_EQ(original->readers(), 0U);
    EXPECT_FALSE(stand_in->stream().live()) << "nothing old is kept to be shown as live";
    watch();
    ASSERT_TRUE(run([&] { return counters.begun == 2; }));
}

TEST_F(StandInTest, ASpentBudgetIsToldAtOnceAndEachNextViewerAsksAnew) {
    first = Say::refused;
    show(true);
    watch();
    ASSERT_TRUE(run([&] { return why() == "transcode_busy"; }));
    EXPECT_EQ(stand_in->stream().refusal()->kind, ErrorKind::unavailable);
    EXPECT_EQ(counters.refused, 1U);
    viewer.reset();
    first = Say::accepted;
    watch();
    EXPECT_EQ(why(), "") << "it may be had now";
    ASSERT_TRUE(run([&] { return seen.size() == 1; }));
}

TEST_F(StandInTest, ATranscoderThatIsAwayIsWaitedForAMomentAndThenSaid) {
    acceptor.reset();
    ::unlink(path.c_str());
    show(true);
    watch();
    ASSERT_TRUE(run([&] { return why() == "transcode_failed"; }));
    EXPECT_EQ(counters.away, 1U);
    EXPECT_EQ(counters.died, 0U);
    listen();
    ASSERT_TRUE(run([&] { return seen.size() == 1; })) << "a viewer who stays has it once it is there";
    EXPECT_EQ(why(), "");
}

TEST_F(StandInTest, AProcessThatGoesOrIsSilentIsALostCameraAndBegunAgain) {
    show(true);
    watch();
    ASSERT_TRUE(run([&] { return seen.size() == 1; }));
    sockets.back()->close();
    ASSERT_TRUE(run([&] { return counters.died == 1; }));
    EXPECT_FALSE(stand_in->stream().live());
    EXPECT_EQ(why(), "transcode_failed");
    ASSERT_TRUE(run([&] { return seen.size() == 2; })) << "from the ring's key picture";
    EXPECT_TRUE(seen.back()->key);
    answers = false;
    show();
    ASSERT_TRUE(run([&] { return counters.died == 2; }));
    answers = true;
    ASSERT_TRUE(run([&] { return counters.begun == 3; }));
}

TEST_F(StandInTest, ALostCameraIsLostHereTooAndComesBackWithAKeyPicture) {
    show(true);
    watch();
    ASSERT_TRUE(run([&] { return seen.size() == 1; }));
    original->lose();
    EXPECT_FALSE(stand_in->stream().live());
    show(true);
    ASSERT_TRUE(run([&] { return seen.size() == 2; }));
    EXPECT_TRUE(units.back().key_wanted);
    EXPECT_TRUE(seen.back()->key);
    EXPECT_EQ(counters.begun, 1U) << "its process stays";
}

TEST_F(StandInTest, PicturesMuchTooLateGoUpToTheNextKeyPicture) {
    show(true);
    watch();
    ASSERT_TRUE(run([&] { return seen.size() == 1; }));
    show();
    show(false, 2s);
    show();
    show(true);
    ASSERT_TRUE(run([&] { return units.size() == 3; }));
    run_for(30ms);
    EXPECT_EQ(units.size(), 3U);
    EXPECT_TRUE(units.back().key);
    EXPECT_EQ(counters.behind, 2U);
}

TEST_F(StandInTest, AnotherCodecThanH265IsNotTranscoded) {
    original->set_format({.codec = media::Codec::jpeg});
    show(true);
    watch();
    EXPECT_EQ(why(), "codec_unsupported");
    EXPECT_TRUE(sockets.empty());
    viewer.reset();
    original->set_format({.codec = media::Codec::h265});
    run_for(300ms);
    watch();
    ASSERT_TRUE(run([&] { return seen.size() == 1; }));
    original->set_format({.sps = "s", .pps = "p"});
    show(true);
    ASSERT_TRUE(run([&] { return counters.running == 0; }));
}

TEST_F(StandInTest, WhatNoViewerCouldUseDoesNotGetThrough) {
    const Buffer many = [] {
        Buffer out = kKey;
        for (int i = 0; i < 70; ++i) out.insert(out.end(), {0, 0, 1, 0x41, 0x80});
        return out;
    }();
    const Buffer words = [] {
        Buffer out{0, 0, 1, 6, 5, 4, 3};  // What only a player would read: not ours to pass on.
        out.insert(out.end(), kKey.begin(), kKey.end());
        return out;
    }();
    const Buffer no_sets{0, 0, 1, 0x65, 0x88}, bad_set{0, 0, 1, 0x67, 0x42, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 0x88}, nothing{7, 7, 7, 7};
    const Buffer* next = &no_sets;
    made = [&](const Unit&) { return *next; };
    show(true);
    watch();
    for (const auto* bytes : {&no_sets, &bad_set, &nothing, &many}) {
        next = bytes;
        show(true);
        const auto before = counters.undecodable;
        run([&] { return counters.undecodable > before; });
    }
    run_for(30ms);
    EXPECT_TRUE(seen.empty());
    EXPECT_EQ(counters.undecodable, units.size() - (counters.pictures));
    next = &words;
    show(true);
    ASSERT_TRUE(run([&] { return seen.size() == 1; }));
    for (std::size_t i = 0; i < seen[0]->packets.size(); ++i) {
        const auto rtp = media::parse_rtp(seen[0]->packet(i));
        ASSERT_TRUE(rtp);
        EXPECT_NE(media::nal::type(rtp->payload[0]), media::nal::kSei);
    }
}

TEST_F(StandInTest, AProcessThatSpeaksNonsenseIsHungUpOn) {
    show(true);
    watch();
    ASSERT_TRUE(run([&] { return seen.size() == 1; }));
    for (const auto& answer : {Answer{.say = Say::accepted}, Answer{.say = Say::refused}, Answer{.say = Say::done}}) {
        const auto died = counters.died;
        boost::system::error_code none;
        asio::write(*sockets.back(), asio::buffer(write(answer)), none);
        ASSERT_TRUE(run([&] { return counters.died == died + 1; })) << static_cast<int>(answer.say);
        const auto count = seen.size();
        ASSERT_TRUE(run([&] { return seen.size() > count; }));
    }
}

TEST_F(StandInTest, ACameraThatIsNotServedAnyMoreEndsIt) {
    show(true);
    watch();
    ASSERT_TRUE(run([&] { return seen.size() == 1; }));
    stand_in->end();
    EXPECT_EQ(counters.running, 0U);
    EXPECT_EQ(original->readers(), 0U);
    EXPECT_FALSE(stand_in->stream().live());
    viewer.reset();
    watch();
    run_for(300ms);
    EXPECT_EQ(counters.begun, 1U);
}

}  // namespace
}  // namespace bongsu::transcode
