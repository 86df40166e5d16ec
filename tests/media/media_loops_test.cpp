// How cameras, viewers and connections are laid out over the media process's loops.
#include <gtest/gtest.h>

#include "app/media_http.hpp"
#include "app/media_loop.hpp"
#include "env/posix.hpp"

namespace bongsu::app {
namespace {

TEST(MediaLoops, CamerasAreSpreadEvenly) {
    std::vector<int> of_loop(4);
    for (int i = 0; i < 4'000; ++i) ++of_loop[MediaLoop::owner_of(CameraId{"11440-" + std::to_string(i)}, 4)];
    for (const int cameras : of_loop) EXPECT_NEAR(cameras, 1'000, 150);
}

TEST(MediaLoops, AViewerGoesToItsCamerasLoopUnlessThatHasManyMore) {
    EXPECT_EQ(MediaHttp::choose(1, {0, 0}), 1U);
    EXPECT_EQ(MediaHttp::choose(1, {0, MediaHttp::kLeanMax}), 1U);
    EXPECT_EQ(MediaHttp::choose(1, {0, MediaHttp::kLeanMax + 1}), 0U);
    EXPECT_EQ(MediaHttp::choose(0, {100, 90, 10}), 2U);
    EXPECT_EQ(MediaHttp::choose(0, {7}), 0U);
}

TEST(MediaLoops, ASessionsNameSaysItsLoop) {
    EXPECT_EQ(MediaHttp::loop_of_session("/whep/session/1.Xy-_9", 2), 1U);
    for (const char* odd : {"/whep/session/2.Xy", "/whep/session/-1.Xy", "/whep/session/1", "/whep/session/", "/whep/session/1Xy", "/whep/11440-0001",
                            "/whep/session/99999999999999999999.Xy"}) {
        EXPECT_EQ(MediaHttp::loop_of_session(odd, 2), 0U) << odd;
    }
}

TEST(MediaLoops, HlsIsServedOnTheLoopOfItsCameraOrOfItsView) {
    EXPECT_EQ(MediaHttp::loop_of_hls("/hls/view/1-Xy-_9/media.m3u8", 2), 1U);
    EXPECT_EQ(MediaHttp::loop_of_hls("/hls/view/1-Xy", 2), 1U);
    const CameraId camera{"11440-0001"};
    EXPECT_EQ(MediaHttp::loop_of_hls("/hls/11440-0001/index.m3u8", 7), MediaLoop::owner_of(camera, 7));
    for (const char* odd : {"/hls", "/hlsx", "/hls/view/2-Xy/1.m4s", "/hls/view/-1-Xy", "/hls/view/1", "/hls/view/", "/hls/view/1.Xy",
                            "/hls/view/99999999999999999999-Xy"}) {
        EXPECT_EQ(MediaHttp::loop_of_hls(odd, 2), 0U) << odd;
    }
}

struct TwoLoops : testing::Test {
    env::Env& env = env::process_env();
    MediaLoop first{env, 0, {}, {}}, second{env, 1, {}, {}};
    CameraId firsts, seconds;
    ingest::CameraSource source(const CameraId& id) { return {.id = id, .main_url = "rtsp://127.0.0.1:1/x", .sub_url = "rtsp://127.0.0.1:1/y", .mode = ingest::Mode::demand}; }

    void SetUp() override {
        first.meet({&first, &second});
        second.meet({&first, &second});
        for (int i = 0; firsts.value.empty() || seconds.value.empty(); ++i) {
            const CameraId id{"11440-" + std::to_string(i)};
            (MediaLoop::owner_of(id, 2) == 0 ? firsts : seconds) = id;
        }
        list({firsts, seconds});
    }
    void TearDown() override {
        for (int round = 0; round < 2; ++round) first.clear(), second.clear();
    }
    void list(const CameraSet& cameras) {
        const auto listed = std::make_shared<const CameraSet>(cameras);
        first.set_cameras(cameras.contains(firsts) ? std::vector{source(firsts)} : std::vector<ingest::CameraSource>{}, listed);
        second.set_cameras(cameras.contains(seconds) ? std::vector{source(seconds)} : std::vector<ingest::CameraSource>{}, listed);
        first.refresh(), second.refresh();
    }
    void turn() {
        for (int i = 0; i < 3; ++i) {
            for (auto* loop : {&first, &second}) loop->context().restart(), loop->context().poll();
        }
    }
};

TEST_F(TwoLoops, OnlyListedCamerasAreThere) {
    EXPECT_NE(first.find(firsts, 0), nullptr);
    EXPECT_NE(first.find(seconds, 0), nullptr);
    EXPECT_EQ(first.find({"11440-none"}, 0), nullptr);
    EXPECT_EQ(second.find({"11440-none"}, 0), nullptr);
}

TEST_F(TwoLoops, AViewerOfAnotherLoopsCameraIsOneReaderThere) {
    auto* original = second.find(seconds, 360);
    {
        hub::Cursor viewer(*first.find(seconds, 360), {}), other(*first.find(seconds, 300), {}), large(*first.find(seconds, 0), {});
        turn();
        EXPECT_EQ(original->readers(), 1U);
        EXPECT_EQ(second.find(seconds, 0)->readers(), 1U) << "the main stream is another one";
        list({firsts});  // The original goes with its readers.
        turn();
        EXPECT_EQ(first.find(seconds, 360), nullptr) << "the camera is not listed any more";
        list({firsts, seconds});
        turn();
        EXPECT_EQ(second.find(seconds, 360)->readers(), 1U) << "back as another stream";
    }
    turn();
    EXPECT_EQ(second.find(seconds, 360)->readers(), 0U);
}

struct TwoLoopsTranscoding : TwoLoops {
    MediaLoop third{env, 0, {}, {}, "/nowhere.sock"}, fourth{env, 1, {}, {}, "/nowhere.sock"};
    void SetUp() override {
        TwoLoops::SetUp();
        third.meet({&third, &fourth});
        fourth.meet({&third, &fourth});
        show({firsts, seconds});
    }
    void TearDown() override {
        TwoLoops::TearDown();
        for (int round = 0; round < 2; ++round) third.clear(), fourth.clear();
    }
    void show(const CameraSet& cameras) {
        const auto listed = std::make_shared<const CameraSet>(cameras);
        third.set_cameras(cameras.contains(firsts) ? std::vector{source(firsts)} : std::vector<ingest::CameraSource>{}, listed);
        fourth.set_cameras(cameras.contains(seconds) ? std::vector{source(seconds)} : std::vector<ingest::CameraSource>{}, listed);
        third.refresh(), fourth.refresh();
    }
    void run() {
        for (int i = 0; i < 5; ++i) {
            for (auto* loop : {&third, &fourth}) loop->context().restart(), loop->context().poll();
        }
    }
};

TEST_F(TwoLoopsTranscoding, WhatStandsInForACameraIsOnItsOwnLoopAndAViewerOfTheOtherReadsAMirror) {
    EXPECT_EQ(first.find_stand_in(firsts), nullptr) << "nothing is transcoded here";
    EXPECT_EQ(third.find_stand_in({"11440-none"}), nullptr);
    EXPECT_EQ(third.find_stand_in(firsts), third.find_stand_in(firsts));
    EXPECT_NE(third.find_stand_in(firsts), third.find(firsts, 0));
    {
        hub::Cursor viewer(*third.find_stand_in(seconds), {});
        run();
        EXPECT_EQ(fourth.find_stand_in(seconds)->readers(), 1U);
        EXPECT_EQ(fourth.find(seconds, 0)->readers(), 1U) << "the camera is pulled for it";
        show({firsts});
        run();
        EXPECT_EQ(third.find_stand_in(seconds), nullptr);
        EXPECT_EQ(fourth.find_stand_in(seconds), nullptr);
        show({firsts, seconds});
        run();
        EXPECT_EQ(fourth.find_stand_in(seconds)->readers(), 1U) << "back as another stream";
    }
    run();
    EXPECT_EQ(fourth.find_stand_in(seconds)->readers(), 0U);
}

}  // namespace
}  // namespace bongsu::app
