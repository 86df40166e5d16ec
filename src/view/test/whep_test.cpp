#include "view/whep.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include "view/gate_door.hpp"
#include "view/test/gate_fixture.hpp"
#include "webrtc/test/fake_viewer.hpp"
#include "webrtc/test/make_block.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
using webrtc::test::Bytes;
using webrtc::test::FakeViewer;
using webrtc::test::make_block;

int bound_udp(std::uint16_t& port) {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), 0);
    port = ntohs(at.sin_port);
    return fd;
}

struct WhepTest : test::GateFixture {
    void SetUp() override {
        GateFixture::SetUp();
        std::uint16_t own = 0;
        endpoint = *webrtc::Endpoint::start(loop, bound_udp(port), env,
                                            {{*webrtc::Address::parse("127.0.0.1", 1)}, 16});
        viewer_fd = bound_udp(own);
        viewer.out = [this](const Bytes& bytes) {
            sockaddr_in to{};
            to.sin_family = AF_INET;
            to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            to.sin_port = htons(port);
            sendto(viewer_fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
        };
        door = std::make_unique<GateDoor>(env, *gate, [this](const CameraId& id) { return id == camera; });
        WhepHooks hooks;
        hooks.stream = [this](const CameraId& id, int height) {
            asked_height = height;
            return id == camera ? &stream : nullptr;
        };
        hooks.others = {[this](const CameraId&, int) { return has_other ? &other : nullptr; },
                        [this](const CameraId&, int) { return has_made ? &made : nullptr; }};
        whep = std::make_unique<Whep>(WhepSession::Tools{loop, env, *door, *endpoint}, hooks);
    }
    void TearDown() override {
        whep.reset();
        endpoint.reset();
        ::close(viewer_fd);
    }
    http::Request request(const std::string& ticket) {
        http::Request out;
        out.method = "POST";
        out.path = "/whep/" + camera.value;
        out.headers["content-type"] = "application/sdp";
        if (!ticket.empty()) out.headers["authorization"] = "Bearer " + ticket;
        out.body = viewer.offer();
        out.remote = "127.0.0.1:5000";
        return out;
    }
    /// Runs the loop, the spool's thread and the viewer until `done`, or 4 s.
    template <class Done>
    bool run_until(Done done) {
        Bytes bytes(65'536);
        for (int i = 0; i < 2000 && !done(); ++i) {
            loop.run_for(2ms);
            loop.restart();
            if (spool->flush_due() && sync_spool) (void)spool->sync();
            door->serve_arrived();  // As the process does each 100 ms.
            for (ssize_t size; (size = recv(viewer_fd, bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0;) {
                viewer.take(std::span(bytes).first(static_cast<std::size_t>(size)));
            }
        }
        return done();
    }
    http::Response ask(const http::Request& request) {
        std::optional<http::Response> out;
        whep->handle(request, [&](http::Response response) { out = std::move(response); });
        EXPECT_TRUE(run_until([&] { return out.has_value(); }));
        return out.value_or(http::Response{0, "", "", {}});
    }
    void publish(bool is_key, std::uint8_t fill, std::size_t packets = 3) {
        rtp_time += 3600;
        stream.publish(make_block(rtp_time, is_key, packets, 500, fill, clock.mono()));
    }
    std::string connect() {
        const auto answer = ask(request(good()));
        EXPECT_EQ(answer.status, 201) << answer.body;
        viewer.accept(answer.body);
        viewer.consent();
        EXPECT_TRUE(run_until([&] { return viewer.stun_answers > 0; }));
        viewer.start_dtls();
        EXPECT_TRUE(run_until([&] { return viewer.connected() && !viewer.received.empty(); }));
        return answer.headers.at("Location");
    }

    boost::asio::io_context loop;
    std::uint16_t port = 0;
    int viewer_fd = -1, asked_height = -1;
    bool sync_spool = true;
    std::uint32_t rtp_time = 0;
    hub::Stream stream, other, made;
    bool has_other = true, has_made = false;
    std::unique_ptr<webrtc::Endpoint> endpoint;
    std::unique_ptr<GateDoor> door;
    std::unique_ptr<Whep> whep;
    FakeViewer viewer;
};

TEST_F(WhepTest, ShowsAPublishedStreamToAViewerFromItsNewestKeyBlock) {
    publish(true, 1), publish(false, 2), publish(true, 3), publish(false, 4);

    connect();
    run_until([&] { return viewer.received.size() == 6; });
    publish(false, 5);
    run_until([&] { return viewer.received.size() == 9; });

    ASSERT_EQ(viewer.received.size(), 9U);
    EXPECT_EQ(asked_height, 360);
    for (std::size_t i = 0; i < 9; ++i) {
        EXPECT_EQ(viewer.received[i].payload[0], 3 + i / 3);
        EXPECT_EQ(viewer.received[i].sequence, static_cast<std::uint16_t>(viewer.received[0].sequence + i));
        EXPECT_EQ(viewer.received[i].type, 102);
    }
    EXPECT_EQ(viewer.undecryptable, 0U);
}

TEST_F(WhepTest, EndsAViewWithDeleteAndRecordsWhatWasSeen) {
    publish(true, 1);
    const std::string location = connect();
    auto request_delete = request("");
    request_delete.method = "DELETE";
    request_delete.path = location;

    EXPECT_EQ(ask(request_delete).status, 200);
    EXPECT_EQ(ask(request_delete).status, 404);
    run_until([&] { return viewer.said_goodbye; });

    EXPECT_TRUE(viewer.said_goodbye);
    EXPECT_EQ(endpoint->peers(), 0U);
    EXPECT_EQ(stream.readers(), 0U);
    const auto closed = of_kind("view.closed");
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].reason, "viewer left");
    EXPECT_EQ(closed[0].frames, 1U);
    EXPECT_EQ(closed[0].bytes, 3U * (500 + 12 + 16) - 7);
}

TEST_F(WhepTest, SendsNotOnePacketAfterTheGrantIsRevoked) {
    publish(true, 1);
    connect();
    run_until([&] { return viewer.received.size() == 3; });

    gate->revoke({{{"grant-1"}, std::nullopt, "incident closed"}});
    publish(true, 9), publish(false, 9);
    run_until([&] { return viewer.said_goodbye; });

    EXPECT_EQ(viewer.received.size(), 3U);
    EXPECT_EQ(of_kind("view.closed").back().reason, "grant is revoked: incident closed");
    EXPECT_EQ(whep->sessions(), 0U);
}

TEST_F(WhepTest, GoesBackToTheNewestKeyBlockWhenThePictureIsLost) {
    publish(true, 1), publish(false, 2);
    connect();
    run_until([&] { return viewer.received.size() == 6; });

    viewer.picture_lost();
    run_until([&] { return viewer.received.size() == 12; });

    ASSERT_EQ(viewer.received.size(), 12U);
    EXPECT_EQ(viewer.received[6].payload[0], 1);
    EXPECT_EQ(viewer.received[6].sequence, static_cast<std::uint16_t>(viewer.received[5].sequence + 1));
}

TEST_F(WhepTest, AnswersOnlyAfterTheViewIsOnDisk) {
    publish(true, 1);
    sync_spool = false;
    std::optional<http::Response> answer;
    whep->handle(request(good()), [&](http::Response response) { answer = std::move(response); });
    for (int i = 0; i < 20; ++i) loop.run_for(1ms), loop.restart();
    EXPECT_FALSE(answer);

    ASSERT_TRUE(spool->sync());

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(spool->unacked()[0].kind, "view.opened");
}

TEST_F(WhepTest, PullsOnDemandAndWaitsForThePicture) {
    int wanted = 0;
    stream.on_wanted = [&] {
        ++wanted;
        boost::asio::post(loop, [this] { publish(true, 1); });
    };

    const auto answer = ask(request(good()));

    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(wanted, 1);
}

TEST_F(WhepTest, SaysUnavailableWithoutAPictureAndUsesNoTicketUp) {
    const std::string ticket = good();

    EXPECT_EQ(ask(request(ticket)).status, 503);
    EXPECT_EQ(stream.readers(), 0U);
    EXPECT_TRUE(of_kind("view.opened").empty());
    publish(true, 1);

    EXPECT_EQ(ask(request(ticket)).status, 201);
}

TEST_F(WhepTest, SaysThatACodecIsNotSentAndUsesNoTicketUp) {
    const std::string ticket = good();
    stream.set_format({.codec = media::Codec::h265});
    publish(true, 1);
    has_other = false;

    const auto answer = ask(request(ticket));

    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("/problems/codec_unsupported"), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find("the camera sends H265"), std::string::npos);
    EXPECT_TRUE(of_kind("view.opened").empty());
    stream.set_format({});
    EXPECT_EQ(ask(request(ticket)).status, 201);
}

TEST_F(WhepTest, GivesTheCamerasOtherStreamWhereTheViewerDoesNotTakeTheCodec) {
    stream.set_format({.codec = media::Codec::h265});
    publish(true, 1);
    boost::asio::post(loop, [&] { other.publish(make_block(3600, true, 3, 500, 7, clock.mono())); });

    connect();

    ASSERT_TRUE(run_until([&] { return viewer.received.size() == 3; }));
    EXPECT_EQ(viewer.received[0].payload[0], 7);
    EXPECT_EQ(viewer.received[0].type, 102);
    EXPECT_EQ(stream.readers(), 0U) << "it is not pulled for nobody";
    EXPECT_EQ(other.readers(), 1U);
}

TEST_F(WhepTest, WhereTheSmallStreamIsNoOtherCodecGivesWhatIsMadeOfIt) {
    stream.set_format({.codec = media::Codec::h265});
    other.set_format({.codec = media::Codec::h265});
    has_made = true;
    publish(true, 1);
    other.publish(make_block(3600, true, 3, 500, 6, clock.mono()));
    boost::asio::post(loop, [&] { made.publish(make_block(3600, true, 3, 500, 7, clock.mono())); });

    connect();

    ASSERT_TRUE(run_until([&] { return viewer.received.size() == 3; }));
    EXPECT_EQ(viewer.received[0].payload[0], 7);
    EXPECT_EQ(other.readers(), 0U);
    EXPECT_EQ(made.readers(), 1U);
}

TEST_F(WhepTest, ASmallStreamThatDoesNotComeKeepsNobodyFromWhatIsMade) {
    stream.set_format({.codec = media::Codec::h265});
    has_made = true;
    publish(true, 1);
    std::optional<http::Response> answer;
    whep->handle(request(good()), [&](http::Response response) { answer = std::move(response); });

    ASSERT_TRUE(run_until([&] { return made.readers() == 1; })) << "after 3 s";
    made.publish(make_block(3600, true, 3, 500, 7, clock.mono()));

    ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
    EXPECT_EQ(answer->status, 201) << answer->body;
}

TEST_F(WhepTest, SaysAtOnceWhyNothingIsMadeAndUsesNoTicketUp) {
    const std::string ticket = good();
    stream.set_format({.codec = media::Codec::h265});
    has_other = false;
    has_made = true;
    publish(true, 1);
    Error why{ErrorKind::unavailable, "all places for transcodes are taken", Where::here()};
    why.code = "transcode_busy";
    why.retry_after = 2s;
    boost::asio::post(loop, [&] { made.refuse(std::make_shared<const Error>(why)); });

    for (int i = 0; i < 2; ++i) {
        const auto answer = ask(request(ticket));

        EXPECT_EQ(answer.status, 503);
        EXPECT_EQ(answer.headers.at("Retry-After"), "2");
        EXPECT_NE(answer.body.find("/problems/transcode_busy"), std::string::npos) << answer.body;
    }
    EXPECT_EQ(made.readers(), 0U);
    EXPECT_TRUE(of_kind("view.opened").empty());
    made.publish(make_block(3600, true, 3, 500, 7, clock.mono()));
    EXPECT_EQ(ask(request(ticket)).status, 201);
}

TEST_F(WhepTest, SendsH265AsItIsWhereTheViewerTakesIt) {
    stream.set_format({.codec = media::Codec::h265});
    publish(true, 1);
    auto asked = request(good());
    const std::string vp8 = "a=rtpmap:96 VP8/90000\r\n";
    asked.body.replace(asked.body.find(vp8), vp8.size(), "a=rtpmap:96 H265/90000\r\n");

    const auto answer = ask(asked);

    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_NE(answer.body.find("a=rtpmap:96 H265/90000\r\n"), std::string::npos) << answer.body;
    EXPECT_EQ(other.readers(), 0U);
}

TEST_F(WhepTest, EndsAViewWhoseCameraComesBackWithAnotherCodec) {
    publish(true, 1);
    connect();
    stream.lose();
    stream.set_format({.codec = media::Codec::jpeg});
    publish(true, 2);

    ASSERT_TRUE(run_until([&] { return !of_kind("view.closed").empty(); }));
    EXPECT_EQ(stream.readers(), 0U);
}

TEST_F(WhepTest, RefusesATicketWithTheReason) {
    publish(true, 1);
    const std::string ticket = good();
    ASSERT_EQ(ask(request(ticket)).status, 201);

    const auto used = ask(request(ticket)), none = ask(request("")), junk = ask(request("junk"));

    for (const auto* answer : {&used, &none, &junk}) {
        EXPECT_EQ(answer->status, 401);
        EXPECT_EQ(answer->headers.at("WWW-Authenticate").find("Bearer"), 0U);
    }
    EXPECT_NE(used.headers.at("WWW-Authenticate").find("ticket has been used"), std::string::npos);
    EXPECT_NE(used.body.find("ticket has been used"), std::string::npos);
    EXPECT_EQ(of_kind("view.refused").size(), 3U);
}

TEST_F(WhepTest, TakesTheTicketFromTheQueryToo) {
    publish(true, 1);
    auto by_query = request("");
    by_query.query["ticket"] = good();

    EXPECT_EQ(ask(by_query).status, 201);
}

TEST_F(WhepTest, AnswersEachWrongRequestWithItsOwnStatus) {
    publish(true, 1);
    auto type = request(good()), sdp = request(good()), patch = request(""), get = request(""),
         unknown = request("");
    type.headers["content-type"] = "text/plain";
    sdp.body = "v=0\r\n";
    patch.method = "PATCH";
    patch.path = "/whep/session/abc";
    get.method = "GET";
    unknown.path = "/whep/session/abc";
    unknown.method = "DELETE";
    auto elsewhere = claims();
    elsewhere.camera = {"11440-0404"};
    auto missing = request(sign(elsewhere));
    missing.path = "/whep/11440-0404";

    EXPECT_EQ(ask(type).status, 415);
    EXPECT_EQ(ask(sdp).status, 400);
    EXPECT_EQ(ask(patch).status, 405);
    EXPECT_EQ(ask(get).status, 405);
    EXPECT_EQ(ask(unknown).status, 404);
    boost::asio::post(loop, [&] { clock.advance(1s); });  // It waits for its camera as long as that.
    EXPECT_EQ(ask(missing).status, 404);
    EXPECT_TRUE(of_kind("view.opened").empty());
}

TEST_F(WhepTest, AnOfferThatCanNeverWorkLeavesTheTicketAsGoodAsBefore) {
    publish(true, 1);
    const std::string ticket = good();
    const auto ask_with = [&](const std::function<void(std::string&)>& change) {
        auto asked = request(ticket);
        change(asked.body);
        return ask(asked);
    };
    const auto without = [](std::string_view attribute) {
        return [attribute](std::string& sdp) {
            const auto at = sdp.find(attribute);
            sdp.erase(at, sdp.find("\r\n", at) + 2 - at);
        };
    };
    const auto changed = [](std::string_view from, std::string_view to) {
        return [from, to](std::string& sdp) {
            for (auto at = sdp.find(from); at != std::string::npos; at = sdp.find(from, at + to.size()))
                sdp.replace(at, from.size(), to);
        };
    };
    const std::vector<std::pair<std::function<void(std::string&)>, std::string>> cases{
        {without("a=fingerprint"), "a=fingerprint"},
        {changed("sha-256", "md5"), "a=fingerprint"},
        {changed("sha-256", "sha-257"), "a=fingerprint"},
        {without("a=ice-ufrag"), "a=ice-ufrag"},
        {without("a=ice-pwd"), "a=ice-pwd"},
        {without("a=setup"), "a=setup"},
        {without("a=rtcp-mux"), "a=rtcp-mux"},
        {changed("a=recvonly", "a=inactive"), "m=video"},
        {changed("a=recvonly", "a=sendonly"), "m=video"},
        {changed("m=video", "m=audio"), "m=video"},
        {changed("H264", "VP8"), "a=rtpmap"},
        {[](std::string& sdp) { sdp += sdp.substr(sdp.find("m=video")); }, "m=video"},
        {[](std::string& sdp) { sdp.clear(); }, "v="},
    };
    for (const auto& [change, field] : cases) {
        const auto answer = ask_with(change);

        EXPECT_EQ(answer.status, 400) << field;
        EXPECT_EQ(answer.content_type, "application/problem+json");
        EXPECT_NE(answer.body.find("\"field\":\"" + field + "\""), std::string::npos) << answer.body;
    }
    EXPECT_TRUE(of_kind("view.opened").empty());
    EXPECT_EQ(whep->sessions(), 0U);
    EXPECT_EQ(ask(request(ticket)).status, 201);
}

TEST_F(WhepTest, LetsTheDesksOriginInAndNoOther) {
    publish(true, 1);
    auto desk = request(good()), foreign = request(good()), preflight = request("");
    desk.headers["origin"] = preflight.headers["origin"] = "http://127.0.0.1:8000";
    foreign.headers["origin"] = "http://evil.example";
    preflight.method = "OPTIONS";

    const auto allowed = ask(desk), refused = ask(foreign), before = ask(preflight);

    EXPECT_EQ(allowed.status, 201);
    EXPECT_EQ(allowed.headers.at("Access-Control-Allow-Origin"), "http://127.0.0.1:8000");
    EXPECT_EQ(refused.status, 403);
    EXPECT_FALSE(refused.headers.contains("Access-Control-Allow-Origin"));
    EXPECT_EQ(before.status, 204);
    EXPECT_NE(before.headers.at("Access-Control-Allow-Headers").find("Authorization"), std::string::npos);
    EXPECT_FALSE(ask(request(good())).headers.contains("Access-Control-Allow-Origin"));
}

TEST_F(WhepTest, EndsTheSessionsOfACameraThatGoes) {
    publish(true, 1);
    connect();

    whep->forget(camera, "camera removed");

    EXPECT_EQ(whep->sessions(), 0U);
    EXPECT_EQ(stream.readers(), 0U);
    EXPECT_EQ(of_kind("view.closed").back().reason, "camera removed");
}

TEST_F(WhepTest, AnswersEveryoneWhoWaitsWhenItStops) {
    std::optional<http::Response> answer;
    whep->handle(request(good()), [&](http::Response response) { answer = std::move(response); });

    whep.reset();

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
}

}  // namespace
}  // namespace bongsu::view
