#include "rtsp/client_session.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bongsu::rtsp {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kNow{1h};
constexpr const char* kSdp =
    "v=0\r\na=control:*\r\nm=audio 0 RTP/AVP 0\r\na=control:audio\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 "
    "H264/90000\r\n"
    "a=control:video\r\n";

ClientSession::Options options_for(const std::string& url) {
    ClientSession::Options out;
    out.url = *parse_url(url);
    out.credentials = {out.url.user, out.url.password};
    out.cnonce = "cn";
    return out;
}

/// A camera's answer to the request that was just sent.
struct Camera {
    explicit Camera(ClientSession::Options options) : session(std::move(options)) { sent = session.start(); }

    std::string method() const { return sent.substr(0, sent.find(' ')); }
    std::string url() const {
        const auto at = sent.find(' ') + 1;
        return sent.substr(at, sent.find(' ', at) - at);
    }
    Result<std::string> answer(const std::string& status, const std::string& headers = "",
                               const std::string& body = "") {
        const auto at = sent.find("CSeq: ") + 6;
        const std::string head = "RTSP/1.0 " + status +
                                 "\r\nCSeq: " + sent.substr(at, sent.find("\r\n", at) - at) +
                                 (headers.empty() ? "" : "\r\n" + headers);
        auto next = session.on_text(head, body, kNow);
        if (next && !next->empty()) sent = *next;
        return next;
    }
    /// OPTIONS, DESCRIBE, SETUP and PLAY answered as a friendly camera does.
    void play(const std::string& base = "",
              const std::string& setup = "Session: 7;timeout=60\r\nTransport: RTP/AVP/TCP;interleaved=0-1") {
        ASSERT_TRUE(answer("200 OK"));
        ASSERT_TRUE(answer("200 OK", base, kSdp));
        ASSERT_TRUE(answer("200 OK", setup));
        ASSERT_TRUE(answer("200 OK"));
    }

    ClientSession session;
    std::string sent;
};

TEST(ClientSession, ACameraIsPlayedInFourStepsAndOnlyItsVideoIsSetUp) {
    Camera camera(options_for("rtsp://h/live"));
    EXPECT_EQ(camera.method(), "OPTIONS");
    ASSERT_TRUE(camera.answer("200 OK", "Public: DESCRIBE, GET_PARAMETER"));
    EXPECT_EQ(camera.method(), "DESCRIBE");
    ASSERT_TRUE(camera.answer("200 OK", "Content-Type: application/sdp", kSdp));
    EXPECT_EQ(camera.method(), "SETUP");
    EXPECT_EQ(camera.url(), "rtsp://h/live/video");
    EXPECT_NE(camera.sent.find("RTP/AVP/TCP;unicast;interleaved=0-1"), std::string::npos);
    ASSERT_TRUE(
        camera.answer("200 OK", "Session: 7;timeout=20\r\nTransport: RTP/AVP/TCP;unicast;interleaved=4-5"));
    EXPECT_EQ(camera.method(), "PLAY");
    EXPECT_EQ(camera.url(), "rtsp://h/live");
    EXPECT_NE(camera.sent.find("Session: 7\r\n"), std::string::npos);

    ASSERT_TRUE(camera.answer("200 OK"));

    EXPECT_TRUE(camera.session.playing());
    EXPECT_EQ(camera.session.path().rtp_channel, 4);
    EXPECT_EQ(camera.session.track().payload_type, 96);
    EXPECT_EQ(camera.session.tick(kNow + 9s), "");
    EXPECT_EQ(camera.session.tick(kNow + 10s).substr(0, 13), "GET_PARAMETER");  // Half of the timeout.
    EXPECT_EQ(camera.session.tick(kNow + 11s), "");
    EXPECT_EQ(camera.session.teardown().substr(0, 8), "TEARDOWN");
}

TEST(ClientSession, TheTracksUrlComesFromTheBaseThatTheCameraGives) {
    struct Case {
        const char *base, *url;
    };
    for (const auto& [base, url] :
         {Case{"", "rtsp://h/live?ch=1/video"}, Case{"Content-Base: rtsp://h/x/", "rtsp://h/x/video"},
          Case{"Content-Base: rtsp://h/x", "rtsp://h/x/video"},
          Case{"Content-Location: rtsp://h/y/", "rtsp://h/y/video"}}) {
        Camera camera(options_for("rtsp://u:p@h/live?ch=1"));
        ASSERT_TRUE(camera.answer("200 OK"));
        ASSERT_TRUE(camera.answer("200 OK", base, kSdp));
        EXPECT_EQ(camera.url(), url);
    }
}

TEST(ClientSession, AChallengeIsAnsweredOnceAndAWrongPasswordIsTheEnd) {
    Camera camera(options_for("rtsp://admin:pw@h/live"));
    ASSERT_TRUE(camera.answer("501 Not Implemented"));  // Knows no OPTIONS.
    EXPECT_EQ(camera.sent.find("Authorization"), std::string::npos);
    ASSERT_TRUE(camera.answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\""));
    EXPECT_EQ(camera.method(), "DESCRIBE");
    EXPECT_NE(camera.sent.find("Authorization: Digest username=\"admin\""), std::string::npos);
    // An old nonce is no wrong password.
    ASSERT_TRUE(
        camera.answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\", stale=true"));
    EXPECT_NE(camera.sent.find("nonce=\"n2\""), std::string::npos);

    const auto end = camera.answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n3\"");

    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(end.error().message.find("pw"), std::string::npos);
}

TEST(ClientSession, APasswordIsAskedForInWords) {
    Camera camera(options_for("rtsp://h/live"));

    const auto end = camera.answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"");

    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().message, "the camera wants a user name and password, none is set");
}

TEST(ClientSession, ARelaySendsItsTicketAtOnceAndRenewsOften) {
    auto options = options_for("rtsp://h/11440-0001");
    options.credentials = {"ticket", "a.b.c"};
    options.basic_at_once = true;
    options.renew_every = 300ms;
    Camera camera(std::move(options));

    EXPECT_NE(camera.sent.find("Authorization: Basic dGlja2V0OmEuYi5j\r\n"), std::string::npos)
        << camera.sent;
    camera.play();
    EXPECT_EQ(camera.session.tick(kNow + 299ms), "");
    camera.sent = camera.session.tick(kNow + 300ms);
    EXPECT_EQ(camera.method(), "GET_PARAMETER");

    const auto end = camera.answer("401 Unauthorized");

    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().kind, ErrorKind::unauthenticated);
}

TEST(ClientSession, EachRefusalHasItsKind) {
    struct Case {
        const char *status, *headers, *body;
        ErrorKind kind;
    };
    for (const auto& [status, headers, body, kind] :
         {Case{"403 Forbidden", "", "", ErrorKind::forbidden},
          Case{"404 Not Found", "", "", ErrorKind::not_found},
          Case{"503 Busy", "", "", ErrorKind::unavailable},
          Case{"302 Moved", "Location: http://elsewhere/", "", ErrorKind::forbidden},
          Case{"304 Not Modified", "Location: rtsp://elsewhere/", "", ErrorKind::unavailable},
          Case{"200 OK", "", "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n", ErrorKind::invalid},
          Case{"200 OK", "", "<html>", ErrorKind::corrupt}}) {
        Camera camera(options_for("rtsp://h/live"));
        ASSERT_TRUE(camera.answer("200 OK"));

        const auto end = camera.answer(status, headers, body);

        ASSERT_FALSE(end);
        EXPECT_EQ(end.error().kind, kind) << status;
    }
}

TEST(ClientSession, ARedirectEndsTheConversationAndKeepsOurCredentials) {
    for (const char* status : {"301 Moved", "302 Found", "303 See Other", "305 Use Proxy"}) {
        Camera camera(options_for("rtsp://admin:pw@h/live"));
        ASSERT_TRUE(camera.answer("200 OK"));
        const auto next = camera.answer(status, "Location: rtsp://root:x@10.0.0.2:8554/other");
        ASSERT_TRUE(next) << status;
        EXPECT_EQ(*next, "");
        ASSERT_TRUE(camera.session.redirect());
        EXPECT_EQ(camera.session.redirect()->without_secrets(), "rtsp://10.0.0.2:8554/other");
        EXPECT_EQ(camera.session.redirect()->user, "admin");
        EXPECT_EQ(camera.session.redirect()->password, "pw");
        EXPECT_EQ(*camera.answer("200 OK", "", kSdp), "");
    }
}

TEST(ClientSession, ARedirectFromTlsToPlainIsNotFollowedNorOneOfARelay) {
    Camera secure(options_for("rtsps://h/live"));
    const auto end = secure.answer("302 Found", "Location: rtsp://h/live");
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().kind, ErrorKind::forbidden);
    EXPECT_TRUE(Camera(options_for("rtsps://h/live")).answer("302 Found", "Location: rtsps://h/other"));

    auto options = options_for("rtsp://h/live");
    options.basic_at_once = true;
    EXPECT_FALSE(Camera(std::move(options)).answer("302 Found", "Location: rtsp://h/other"));
}

TEST(ClientSession, UdpAsksForAPairOfPortsAndTakesTheCamerasOwn) {
    auto options = options_for("rtsp://h/live");
    options.transport = Transport::udp;
    options.client_port = 5000;
    options.peer = "10.0.0.9";
    Camera camera(std::move(options));
    ASSERT_TRUE(camera.answer("200 OK"));
    ASSERT_TRUE(camera.answer("200 OK", "", kSdp));
    EXPECT_NE(camera.sent.find("Transport: RTP/AVP;unicast;client_port=5000-5001\r\n"), std::string::npos);
    ASSERT_TRUE(camera.answer("200 OK",
                              "Session: 7\r\nTransport: "
                              "RTP/AVP/UDP;unicast;source=10.0.0.9;client_port=5000-5001;server_port=6000-6001;ssrc=0A0B0C0D"));
    EXPECT_TRUE(camera.session.path().udp);
    EXPECT_EQ(camera.session.path().server_rtp, 6000);
    EXPECT_EQ(camera.session.path().server_rtcp, 6001);
    EXPECT_EQ(camera.session.path().ssrc, 0x0A0B0C0DU);
}

TEST(ClientSession, AutomaticFallsBackToTcpWhereUdpIsRefused) {
    for (const bool by_461 : {true, false}) {
        auto options = options_for("rtsp://h/live");
        options.transport = Transport::automatic;
        Camera camera(std::move(options));
        ASSERT_TRUE(camera.answer("200 OK"));
        ASSERT_TRUE(camera.answer("200 OK", "", kSdp));
        if (by_461) {
            ASSERT_TRUE(camera.answer("461 Unsupported Transport"));
            EXPECT_NE(camera.sent.find("RTP/AVP/TCP"), std::string::npos);
        }
        ASSERT_TRUE(camera.answer("200 OK", "Session: 7\r\nTransport: RTP/AVP/TCP;unicast;interleaved=2-3"));
        EXPECT_FALSE(camera.session.path().udp);
        EXPECT_EQ(camera.session.path().rtp_channel, 2);
    }
    auto options = options_for("rtsp://h/live");
    options.transport = Transport::udp;
    Camera camera(std::move(options));
    ASSERT_TRUE(camera.answer("200 OK"));
    ASSERT_TRUE(camera.answer("200 OK", "", kSdp));
    EXPECT_FALSE(camera.answer("461 Unsupported Transport"));
}

TEST(ClientSession, AnotherSourceThanTheCameraIsRefused) {
    struct Case {
        const char* parameters;
        bool taken;
    };
    for (const auto& [parameters, taken] :
         {Case{";source=10.0.0.9", true}, Case{";source=\"10.0.0.9\"", true}, Case{";source=CAM", true}, Case{";source=0.0.0.0", true},
          Case{";source=", true}, Case{"", true}, Case{";source=10.0.0.8", false}, Case{";source=other", false},
          Case{";multicast;source=10.0.0.9", false}, Case{";source=127.0.0.1", false}}) {
        auto options = options_for("rtsp://cam/live");
        options.transport = Transport::udp;
        options.peer = "10.0.0.9";
        Camera camera(std::move(options));
        ASSERT_TRUE(camera.answer("200 OK"));
        ASSERT_TRUE(camera.answer("200 OK", "", kSdp));
        const auto next = camera.answer("200 OK", std::string("Session: 7\r\nTransport: RTP/AVP;unicast") + parameters);
        EXPECT_EQ(next.has_value(), taken) << parameters;
        EXPECT_TRUE(next || next.error().kind == ErrorKind::forbidden);
    }
}

TEST(ClientSession, StaleNoncesAreAnsweredThreeTimesAndNotForEver) {
    Camera camera(options_for("rtsp://admin:pw@h/live"));
    ASSERT_TRUE(camera.answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"0\""));
    int answered = 0;
    while (answered < 10 && camera.answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", stale=true, nonce=\"n" +
                                                                  std::to_string(answered) + "\"")) {
        ++answered;
    }
    EXPECT_EQ(answered, 3);
}

TEST(ClientSession, BasicIsNotSentAfterARedirectToAnotherHost) {
    auto options = options_for("rtsp://admin:pw@h/live");
    options.basic_allowed = false;
    Camera camera(std::move(options));
    const auto end = camera.answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"");
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().kind, ErrorKind::unauthenticated);
}

TEST(ClientSession, AKeepAliveWhoseNonceGrewOldIsSentAgainWithTheNewOne) {
    Camera camera(options_for("rtsp://admin:pw@h/live"));
    ASSERT_TRUE(camera.answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\""));
    camera.play();
    camera.sent = camera.session.tick(kNow + 31s);
    ASSERT_TRUE(camera.answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\""));
    EXPECT_EQ(camera.method(), "GET_PARAMETER");
    EXPECT_NE(camera.sent.find("nonce=\"n2\""), std::string::npos);

    EXPECT_FALSE(camera.answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n3\""));
}

TEST(ClientSession, AKeepAliveThatACameraDoesNotKnowEndsNothing) {
    Camera camera(options_for("rtsp://h/live"));
    camera.play();
    camera.sent = camera.session.tick(kNow + 31s);

    EXPECT_TRUE(camera.answer("405 Method Not Allowed"));
    EXPECT_TRUE(camera.session.playing());
    EXPECT_FALSE(camera.answer("454 Session Not Found"));
}

TEST(ClientSession, ACamerasOwnQuestionsAreAnswered) {
    Camera camera(options_for("rtsp://h/live"));

    const auto options = camera.session.on_text("OPTIONS * RTSP/1.0\r\nCSeq: 99", "", kNow);
    const auto other = camera.session.on_text("SET_PARAMETER * RTSP/1.0\r\nCSeq: 100", "", kNow);

    EXPECT_EQ(options->substr(0, 15), "RTSP/1.0 200 OK");
    EXPECT_EQ(other->substr(0, 12), "RTSP/1.0 501");
    EXPECT_NE(other->find("CSeq: 100"), std::string::npos);
}

TEST(ClientSession, AnyAnswerIsTakenWithoutHarm) {
    std::mt19937 seeded(7);
    const std::string good =
        "RTSP/1.0 200 OK\r\nCSeq: 1\r\nSession: 7;timeout=60\r\nTransport: RTP/AVP/TCP;interleaved=0-1";
    for (int i = 0; i < 50'000; ++i) {
        Camera camera(options_for("rtsp://a:b@h/live"));
        for (int step = 1; step <= 5; ++step) {
            std::string head = good;
            head[23] = static_cast<char>('0' + step);
            if (seeded() % 2 == 0) head[24 + seeded() % (head.size() - 24)] = static_cast<char>(seeded());
            std::string body = kSdp;
            if (seeded() % 2 == 0) body[seeded() % body.size()] = static_cast<char>(seeded());
            if (!camera.session.on_text(head, body, kNow)) break;
        }
        camera.session.tick(kNow + 2h);
        ASSERT_EQ(camera.session.teardown().find('\0'), std::string::npos);
    }
}

}  // namespace
}  // namespace bongsu::rtsp
