// When cameras are pulled, what is said of them, and how thousands come back.
#include "synthetic/test/pulls.hpp"

namespace bongsu::synthetic {
namespace {

using ingest::Cause;
using ingest::Mode;
using ingest::PictureVerdict;

class SupervisorTest : public PullTest {
  protected:
    ingest::CameraSource source(const std::string& id, const std::string& path, Mode mode, const std::string& sub = "") {
        return {.id = CameraId{id}, .main_url = url(path), .sub_url = sub.empty() ? "" : url(sub), .mode = mode};
    }
    std::unique_ptr<hub::Cursor> watch(hub::Stream& stream) {
        return std::make_unique<hub::Cursor>(stream, [] {});
    }
    const CameraId a{"a"};
};

TEST_F(SupervisorTest, OnDemandACameraIsPulledFromItsFirstViewerUntilAWhileAfterItsLast) {
    serve(1);
    auto& supervisor = pull({source("a", "/cam/00/main", Mode::demand)}, {.linger = 500ms});
    hub::Stream& stream = *supervisor.find(a, 0);
    loop.run_for(100ms);
    EXPECT_EQ(causes["a"], Cause::nobody_watches);
    EXPECT_EQ(server->counters().accepted, 0U);

    auto viewer = watch(stream);
    ASSERT_TRUE(runs_until([&] { return stream.live(); }));
    loop.run_for(600ms);
    EXPECT_TRUE(stream.live());  // Somebody watches.
    viewer.reset();
    const auto left = clock.mono();
    loop.run_for(300ms);
    EXPECT_TRUE(stream.live());  // Not at once.

    viewer = watch(stream);
    EXPECT_NE(viewer->next(clock.mono()), nullptr);  // The ring is warm: its first picture is there already.
    loop.run_for(600ms);
    EXPECT_TRUE(stream.live());
    EXPECT_EQ(server->counters().accepted, 1U);

    viewer.reset();
    ASSERT_TRUE(runs_until([&] { return states["a"] == "idle: nobody watches"; }, 2s));
    EXPECT_GE(clock.mono() - left, 500ms);
    EXPECT_FALSE(stream.live());
    ASSERT_TRUE(runs_until([&] { return server->readers(0) == 0; }));
}

TEST_F(SupervisorTest, TheWaitAfterTheLastViewerIsTenSeconds) {
    EXPECT_EQ(ingest::PullSettings{}.linger, 10s);
}

TEST_F(SupervisorTest, OnDemandTheSizeThatIsWatchedIsPulledAlone) {
    serve(2);
    auto& supervisor = pull({source("a", "/cam/00/main", Mode::demand, "/cam/01/main")});
    const auto small = watch(*supervisor.find(a, 360));
    ASSERT_TRUE(runs_until([&] { return supervisor.find(a, 360)->live(); }));
    EXPECT_FALSE(supervisor.find(a, 0)->live());
    EXPECT_EQ(server->readers(0), 0U);
    EXPECT_EQ(server->readers(1), 1U);
    EXPECT_EQ(states["a"], "streaming: ");
}

TEST_F(SupervisorTest, AlwaysACameraIsPulledInBothSizesAndGoesOnWithoutViewers) {
    serve(2);
    auto& supervisor = pull({source("a", "/cam/00/main", Mode::always, "/cam/01/main")}, {.linger = 100ms});
    ASSERT_TRUE(runs_until([&] { return server->readers(0) == 1 && server->readers(1) == 1; }));
    watch(*supervisor.find(a, 0)).reset();
    loop.run_for(400ms);
    EXPECT_EQ(server->readers(0), 1U);
    EXPECT_TRUE(supervisor.find(a, 360)->live());
}

TEST_F(SupervisorTest, ALateViewersEndIsSeenWhileTheCameraIsAway) {
    serve(1);
    server->set_fault(0, Fault::refuse);
    auto& supervisor = pull({source("a", "/cam/00/main", Mode::demand)}, {.linger = 200ms});
    auto viewer = watch(*supervisor.find(a, 0));
    ASSERT_TRUE(runs_until([&] { return causes["a"] == Cause::hung_up; }));
    viewer.reset();
    ASSERT_TRUE(runs_until([&] { return causes["a"] == Cause::nobody_watches; }, 4s));
}

TEST_F(SupervisorTest, AStreamingCamerasFrozenOrBlackPictureIsItsCauseWhileItGoesOn) {
    serve(1);
    auto& supervisor = pull({source("a", "/cam/00/main", Mode::always)});
    supervisor.on_picture_verdict(a, PictureVerdict::black);  // Not before it streams.
    ASSERT_TRUE(runs_until([&] { return states["a"] == "streaming: "; }));
    supervisor.on_picture_verdict(a, PictureVerdict::frozen);
    EXPECT_EQ(states["a"], "streaming: its pictures do not change");
    EXPECT_EQ(causes["a"], Cause::frozen);
    EXPECT_EQ(supervisor.totals().frozen, 1U);
    EXPECT_EQ(supervisor.totals().streaming, 1U);
    supervisor.on_picture_verdict(a, PictureVerdict::black);
    EXPECT_EQ(states["a"], "streaming: its pictures are black");
    EXPECT_EQ(supervisor.totals().black, 1U);
    supervisor.on_picture_verdict(a, PictureVerdict::ok);
    EXPECT_EQ(states["a"], "streaming: ");

    supervisor.on_picture_verdict(a, PictureVerdict::frozen);
    server->set_fault(0, Fault::close);  // Its return is judged anew.
    ASSERT_TRUE(runs_until([&] { return states["a"].starts_with("unreachable"); }));
    EXPECT_EQ(causes["a"], Cause::hung_up);
    ASSERT_TRUE(runs_until([&] { return states["a"] == "streaming: "; }));
    EXPECT_EQ(causes["a"], Cause::none);
    supervisor.on_picture_verdict(CameraId{"nobody's"}, PictureVerdict::black);
    EXPECT_EQ(states.size(), 1U);
}

TEST_F(SupervisorTest, ManyThatReturnAtOnceConnectAFewAtATime) {
    serve(100);
    std::vector<ingest::CameraSource> sources;
    for (int i = 0; i < 100; ++i) sources.push_back(source(std::to_string(i), "/cam/" + std::to_string(i) + "/main", Mode::always));
    auto& supervisor = pull(sources, {.connects = {.process = 64, .host = 8, .hold = 5s}});
    std::uint64_t most = 0, waiting = 0;
    ASSERT_TRUE(runs_until([&] {
        const auto totals = supervisor.totals();
        most = std::max(most, totals.connecting);
        waiting = std::max(waiting, totals.connects_waiting);
        return totals.streaming == 100;
    }));
    EXPECT_EQ(most, 8U);
    EXPECT_GT(waiting, 50U);
    EXPECT_EQ(supervisor.totals().connects_delayed, 92U);
    EXPECT_EQ(supervisor.totals().connecting, 0U);

    for (std::size_t i = 0; i < 100; ++i) server->set_fault(i, Fault::refuse);
    ASSERT_TRUE(runs_until([&] { return supervisor.totals().streaming == 0; }));
    loop.run_for(2s);
    const auto back = clock.mono();
    for (std::size_t i = 0; i < 100; ++i) server->set_fault(i, Fault::none);
    ASSERT_TRUE(runs_until([&] { return supervisor.totals().streaming == 100; }));
    EXPECT_LT(clock.mono() - back, 5s);
}

TEST_F(SupervisorTest, TheSilentDoNotHoldUpTheOneThatIsBack) {
    serve(60);
    std::vector<ingest::CameraSource> sources;
    for (int i = 0; i < 60; ++i) sources.push_back(source(std::to_string(i), "/cam/" + std::to_string(i) + "/main", Mode::always));
    for (std::size_t i = 0; i < 60; ++i) server->set_fault(i, Fault::hang);
    auto& supervisor = pull(sources, {.connects = {.process = 64, .host = 16, .hold = 200ms}});
    ASSERT_TRUE(runs_until([&] { return supervisor.totals().failures >= 60; }, 30s));
    const auto back = clock.mono();
    server->set_fault(59, Fault::none);
    ASSERT_TRUE(runs_until([&] { return supervisor.totals().streaming == 1; }));
    EXPECT_LT(clock.mono() - back, 5s);
}

}  // namespace
}  // namespace bongsu::synthetic
