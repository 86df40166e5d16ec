#include "view/snapshot.hpp"

#include <optional>

#include "view/gate_door.hpp"
#include "view/test/gate_fixture.hpp"
#include "webrtc/test/make_block.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
using webrtc::test::make_block;

/// Answers when the test says so.
struct FakeDecoder final : decode::Decoder {
    struct Asked {
        decode::Ask ask;
        Done done;
    };
    std::vector<Asked> asked;
    Counters counts;
    void ask(decode::Ask ask, Done done) override { asked.push_back({std::move(ask), std::move(done)}); }
    const Counters& counters() const override { return counts; }
    std::size_t waiting() const override { return asked.size(); }
    void answer(std::size_t which = 0) {
        auto picture = std::make_shared<decode::Picture>();
        picture->jpeg = "JPEG of " + asked.at(which).ask.camera.value;
        asked.at(which).done(std::shared_ptr<const decode::Picture>(picture));
    }
    void refuse(ErrorKind kind, const char* why) { asked.at(0).done(fail(kind, why)); }
};

struct SnapshotTest : test::GateFixture {
    void SetUp() override {
        GateFixture::SetUp();
        door = std::make_unique<GateDoor>(env, *gate, [this](const CameraId& id) { return id == camera; });
        snapshot = std::make_unique<Snapshot>(Snapshot::Tools{loop, env, *door, decoder, [this](const CameraId& id, int height) {
                                                                  asked_height = height;
                                                                  return id == camera ? &stream : nullptr;
                                                              }});
    }
    void TearDown() override { snapshot.reset(); }
    std::string ticket(const char* kind = "snapshot", int height = 0) {
        auto out = claims();
        out.kind = kind;
        out.height = height;
        return sign(out);
    }
    http::Request request(const std::string& token) {
        http::Request out;
        out.method = "GET";
        out.path = "/snapshot/" + camera.value + ".jpg";
        out.headers["authorization"] = "Bearer " + token;
        out.remote = "127.0.0.1:5000";
        return out;
    }
    void ask(const http::Request& request) {
        snapshot->handle(request, [this](http::Response response) {
            ++replies;
            answer = std::move(response);
        });
    }
    void key(std::uint32_t time = 1) { stream.publish(make_block(time, true, 2, 100, 7, clock.mono())); }
    void turn() {
        loop.restart();
        loop.poll();
    }
    /// Up to where the JPEG is with the server.
    void ask_until_sent(const std::string& token) {
        key();
        ask(request(token));
        ASSERT_EQ(decoder.asked.size(), 1U);
        decoder.answer();
        ASSERT_TRUE(spool->sync());
    }
    std::string closed() {
        const auto items = of_kind("view.closed");
        return items.empty() ? "" : items.back().reason;
    }

    boost::asio::io_context loop{1};
    hub::Stream stream;
    FakeDecoder decoder;
    std::unique_ptr<GateDoor> door;
    std::unique_ptr<Snapshot> snapshot;
    http::Response answer;
    int replies = 0, asked_height = -1;
};

TEST_F(SnapshotTest, ThePictureLeavesWithItsViewOnRecordAndTheRecordClosesBehindIt) {
    key();
    ask(request(ticket()));
    decoder.answer();
    EXPECT_EQ(replies, 0) << "not a byte before the record is synced";
    ASSERT_TRUE(spool->sync());

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.content_type, "image/jpeg");
    EXPECT_EQ(answer.headers["Cache-Control"], "no-store");
    ASSERT_EQ(answer.pieces.size(), 1U);
    EXPECT_EQ(answer.pieces[0].bytes, "JPEG of " + camera.value);
    EXPECT_EQ(of_kind("view.opened").at(0).way, "snapshot");
    EXPECT_EQ(of_kind("view.opened").at(0).ticket_kind, "snapshot");
    EXPECT_TRUE(of_kind("view.closed").empty());
    answer.tap->count(answer.pieces[0].bytes.size());
    answer.ended(true);
    EXPECT_EQ(closed(), "snapshot sent");
    EXPECT_EQ(of_kind("view.closed").at(0).frames, 1U);
    EXPECT_EQ(of_kind("view.closed").at(0).bytes, answer.pieces[0].bytes.size());
    EXPECT_EQ(snapshot->under_way(), 0U);
}

TEST_F(SnapshotTest, TheTicketMayStandInTheAddressToo) {
    key();
    auto asked = request("");
    asked.headers.clear();
    asked.query["ticket"] = ticket();
    ask(asked);
    EXPECT_EQ(decoder.asked.size(), 1U);
}

TEST_F(SnapshotTest, AThumbnailIsNoHigherThanAskedForNorThanPermitted) {
    key();
    auto asked = request(ticket("snapshot", 360));
    asked.query["height"] = "180";
    ask(asked);
    EXPECT_EQ(asked_height, 180);
    asked = request(ticket("snapshot", 360));
    asked.query["height"] = "1080";
    ask(asked);
    EXPECT_EQ(asked_height, 360);
    EXPECT_EQ(decoder.asked.at(0).ask.height, 180);
    EXPECT_EQ(decoder.asked.at(1).ask.height, 360);
}

TEST_F(SnapshotTest, OtherTicketsOpenNoSnapshotAndASnapshotsOpensNothingElse) {
    key();
    ask(request(ticket("live")));
    EXPECT_EQ(answer.status, 401);
    EXPECT_NE(answer.headers["WWW-Authenticate"].find("another kind"), std::string::npos);
    ask(request("x.y.z"));
    EXPECT_EQ(answer.status, 401);
    EXPECT_TRUE(decoder.asked.empty());
    EXPECT_EQ(of_kind("view.refused").size(), 2U);
    EXPECT_EQ(refusal(ticket(), ""), "ticket is of another kind");
}

TEST_F(SnapshotTest, WhatIsAskedWronglyIsNamed) {
    auto asked = request(ticket());
    asked.query["at"] = "2026-11-29T12:00:00+09:00";
    ask(asked);
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find(R"("field":"at")"), std::string::npos);
    for (const auto* height : {"0", "15", "4321", "-1", "1e3", "180px", ""}) {
        asked = request(ticket());
        asked.query["height"] = height;
        ask(asked);
        EXPECT_EQ(answer.status, 400) << height;
        EXPECT_NE(answer.body.find(R"("field":"height")"), std::string::npos);
    }
    for (const auto* path : {"/snapshot/", "/snapshot/.jpg", "/snapshot/11440-0001", "/snapshot/a/b.jpg"}) {
        asked = request(ticket());
        asked.path = path;
        ask(asked);
        EXPECT_EQ(answer.status, 404) << path;
    }
    asked = request(ticket());
    asked.method = "POST";
    ask(asked);
    EXPECT_EQ(answer.status, 405);
    asked = request(ticket());
    asked.is_head = true;
    ask(asked);
    EXPECT_EQ(answer.status, 405);
    asked = request(ticket());
    asked.headers["origin"] = "http://evil.example";
    ask(asked);
    EXPECT_EQ(answer.status, 403);
    EXPECT_TRUE(decoder.asked.empty());
}

TEST_F(SnapshotTest, AWaitingSnapshotTakesTheFirstKeyPicture) {
    ask(request(ticket()));
    EXPECT_EQ(stream.readers(), 1U) << "which asks for the camera";
    EXPECT_TRUE(decoder.asked.empty());
    key();
    turn();
    EXPECT_EQ(decoder.asked.size(), 1U);
}

TEST_F(SnapshotTest, WhatCannotBeDecodedIsSaidAndKeepsTheTicket) {
    key();
    const auto token = ticket();
    ask(request(token));
    decoder.refuse(ErrorKind::corrupt, "the camera's picture cannot be decoded: too slow");
    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.body.find("cannot be decoded"), std::string::npos);
    EXPECT_TRUE(of_kind("view.opened").empty());
    EXPECT_TRUE(gate->check(token, camera, "snapshot"));
    EXPECT_EQ(stream.readers(), 0U);
}

TEST_F(SnapshotTest, WithoutAPictureWithinThreeSecondsItSaysSo) {
    const auto token = ticket();
    ask(request(token));
    loop.restart();
    loop.run_for(3500ms);
    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.body.find("no picture of this camera within 3 s"), std::string::npos);
    EXPECT_TRUE(gate->check(token, camera, "snapshot"));
}

TEST_F(SnapshotTest, ARevokedGrantsPictureDoesNotLeave) {
    key();
    ask(request(ticket()));
    gate->revoke({{{"grant-1"}, std::nullopt, "incident closed"}});
    decoder.answer();
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(replies, 1);
    EXPECT_TRUE(of_kind("view.opened").empty());
}

TEST_F(SnapshotTest, ARevocationBetweenRecordAndDiskIsARefusal) {
    key();
    ask(request(ticket()));
    decoder.answer();
    gate->revoke({{{"grant-1"}, std::nullopt, "incident closed"}});
    ASSERT_TRUE(spool->sync());
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(closed(), "grant is revoked: incident closed");
}

TEST_F(SnapshotTest, ACutOnTheWayEndsTheConnection) {
    ask_until_sent(ticket());
    gate->revoke({{{"grant-1"}, std::nullopt, "incident closed"}});
    EXPECT_TRUE(answer.tap->is_closed());
    EXPECT_EQ(closed(), "grant is revoked: incident closed");
    EXPECT_EQ(of_kind("view.closed").at(0).frames, 0U);
    answer.ended(false);
    EXPECT_EQ(replies, 1);
}

TEST_F(SnapshotTest, AViewerWhoLeavesOnTheWayIsOnRecordAsThat) {
    ask_until_sent(ticket());
    answer.ended(false);
    EXPECT_EQ(closed(), "viewer left");
}

TEST_F(SnapshotTest, ATicketOpensOneSnapshot) {
    const auto token = ticket();
    ask_until_sent(token);
    answer.ended(true);
    ask(request(token));
    EXPECT_EQ(answer.status, 401);
}

TEST_F(SnapshotTest, ACameraThatLeavesTheListEndsWhatWaitsForIt) {
    ask(request(ticket()));
    snapshot->forget(camera, "the camera is not served here any more");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(stream.readers(), 0U);
}

}  // namespace
}  // namespace bongsu::view
