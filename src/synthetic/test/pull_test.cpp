// Synthetic cameras pulled by the real ingest over loopback.
#include "synthetic/test/pulls.hpp"

namespace bongsu::synthetic {
namespace {

TEST_F(PullTest, ALoopedFilmPlaysOverItsEndWithoutAJump) {
    serve(1);
    auto& supervisor = pull({{CameraId{"a"}, url("/cam/00/main"), "", ingest::Mode::always, false}});
    hub::Cursor cursor(*supervisor.find(CameraId{"a"}, 0), {});
    std::vector<media::BlockPtr> seen;

    ASSERT_TRUE(runs_until([&] {
        while (auto block = cursor.next(clock.mono())) seen.push_back(block);
        return seen.size() >= 60;  // The film has 45.
    }));

    EXPECT_TRUE(seen[0]->key);
    for (std::size_t i = 1; i < seen.size(); ++i) {
        EXPECT_EQ(seen[i]->rtp_time - seen[i - 1]->rtp_time, 6000U);
        EXPECT_EQ(seen[i]->key, i % 15 == 0);
    }
    EXPECT_EQ(supervisor.totals().packets_lost, 0U);
}

TEST_F(PullTest, FortyEightCamerasStreamAtOnce) {
    serve(48, {"admin", "pw", true});
    std::vector<ingest::CameraSource> sources;
    for (int i = 0; i < 48; ++i) {
        const std::string number = (i < 10 ? "0" : "") + std::to_string(i);
        sources.push_back({CameraId{number}, url("/cam/" + number + "/main", "admin:pw@"), "",
                           ingest::Mode::always, false});
    }
    auto& supervisor = pull(sources);

    ASSERT_TRUE(runs_until([&] { return supervisor.totals().streaming == 48; }));

    EXPECT_EQ(supervisor.totals().connects, 48U);
    EXPECT_EQ(server->readers(47), 1U);
}

TEST_F(PullTest, WhatKeepsACameraAwayIsSaidInWords) {
    serve(2, {"admin", "pw", false});
    server->set_fault(1, Fault::refuse);
    pull({{CameraId{"wrong password"}, url("/cam/00/main", "admin:no@"), "", ingest::Mode::always, false},
          {CameraId{"no password"}, url("/cam/00/main"), "", ingest::Mode::always, false},
          {CameraId{"no such path"}, url("/cam/07/main", "admin:pw@"), "", ingest::Mode::always, false},
          {CameraId{"no url"}, "http://127.0.0.1/", "", ingest::Mode::always, false},
          {CameraId{"nobody there"}, "rtsp://127.0.0.1:1/x", "", ingest::Mode::always, false},
          {CameraId{"hangs up"}, url("/cam/01/main", "admin:pw@"), "", ingest::Mode::always, false}});

    ASSERT_TRUE(runs_until([&] {
        return states.size() == 6 && std::all_of(states.begin(), states.end(), [](const auto& state) {
                   return state.second.starts_with("unreachable");
               });
    }));

    EXPECT_EQ(states["wrong password"], "unreachable: the camera refuses the user name or password");
    EXPECT_EQ(states["no password"], "unreachable: the camera wants a user name and password, none is set");
    EXPECT_EQ(states["no such path"], "unreachable: the camera answered 404 Not Found");
    EXPECT_EQ(states["no url"], "unreachable: URL does not begin with rtsp:// or rtsps://");
    EXPECT_EQ(states["nobody there"], "unreachable: cannot connect: Connection refused");
    EXPECT_EQ(states["hangs up"], "unreachable: the peer closed the connection");
    EXPECT_EQ(causes["wrong password"], ingest::Cause::credentials);
    EXPECT_EQ(causes["no such path"], ingest::Cause::denied);
    EXPECT_EQ(causes["no url"], ingest::Cause::settings);
    EXPECT_EQ(causes["nobody there"], ingest::Cause::refused);
    EXPECT_EQ(causes["hangs up"], ingest::Cause::hung_up);
}

TEST_F(PullTest, ARemovedCameraIsSilentAtOnceAndItsReaderUnharmed) {
    serve(1);
    const CameraId id{"a"};
    auto& supervisor = pull({{id, url("/cam/00/main"), "", ingest::Mode::always, false}});
    hub::Stream& stream = *supervisor.find(id, 0);
    std::optional<hub::Cursor> cursor;
    cursor.emplace(stream, [] {});
    ASSERT_TRUE(runs_until([&] { return stream.live(); }));

    supervisor.remove(id);

    EXPECT_EQ(supervisor.find(id, 0), nullptr);
    EXPECT_FALSE(stream.live());
    EXPECT_EQ(cursor->next(clock.mono()), nullptr);
    ASSERT_TRUE(runs_until([&] { return server->readers(0) == 0; }));
    cursor.reset();
    loop.run_for(20ms);
}

TEST_F(PullTest, AChangedListTouchesOnlyWhatChanged) {
    serve(3);
    const auto source = [&](const char* id, const char* path) {
        return ingest::CameraSource{CameraId{id}, url(path), "", ingest::Mode::always, false};
    };
    auto& supervisor = pull({source("a", "/cam/00/main"), source("b", "/cam/01/main")});
    ASSERT_TRUE(runs_until([&] { return supervisor.totals().streaming == 2; }));
    hub::Stream* kept = supervisor.find(CameraId{"b"}, 0);

    supervisor.replace_cameras({source("b", "/cam/02/main"), source("c", "/cam/00/main")});
    ASSERT_TRUE(runs_until([&] { return supervisor.totals().streaming == 2 && server->readers(2) == 1; }));
    const auto connects = supervisor.totals().connects;
    supervisor.replace_cameras({source("b", "/cam/02/main"), source("c", "/cam/00/main")});

    EXPECT_EQ(supervisor.find(CameraId{"a"}, 0), nullptr);
    EXPECT_EQ(supervisor.find(CameraId{"b"}, 0), kept);
    EXPECT_EQ(supervisor.totals().connects, connects);
    EXPECT_EQ(server->readers(1), 0U);
}

}  // namespace
}  // namespace bongsu::synthetic
