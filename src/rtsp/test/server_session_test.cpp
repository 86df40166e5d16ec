#include "rtsp/server_session.hpp"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace bongsu::rtsp {
namespace {

using namespace std::chrono_literals;
using Want = ServerSession::Want;

constexpr MonoTime kNow{1h};
const std::string kUrl = "rtsp://h:8554/11440-0001";
const std::string kTcp = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1";

struct Served {
    Served() : session(basic(), "sess", kNow) {}
    static Challenge basic() {
        Challenge out;
        out.realm = "r";
        return out;
    }
    ServerSession::Step ask(const std::string& method, const std::string& url,
                            const std::string& headers = "", MonoTime now = kNow) {
        return session.on_text(method + " " + url + " RTSP/1.0\r\nCSeq: " + std::to_string(++cseq) +
                                   (headers.empty() ? "" : "\r\n" + headers),
                               "", now);
    }
    static std::string status(const ServerSession::Step& step) {
        return step.send.size() > 12 ? step.send.substr(9, 3) : "";
    }
    void play() {
        ASSERT_EQ(ask("DESCRIBE", kUrl + "?ticket=t").want, Want::admit);
        ASSERT_EQ(session.admitted({}, kNow).want, Want::describe);
        ASSERT_EQ(status(session.described("v=0\r\n", kNow)), "200");
        ASSERT_EQ(status(ask("SETUP", kUrl + "/trackID=0", kTcp)), "200");
        ASSERT_EQ(ask("PLAY", kUrl, "Session: sess").want, Want::play);
        ASSERT_EQ(status(session.played({}, kNow)), "200");
    }
    ServerSession session;
    int cseq = 0;
};

TEST(ServerSession, ATicketIsAdmittedOnceAndThenPlayed) {
    Served served;

    EXPECT_EQ(Served::status(served.ask("OPTIONS", kUrl)), "200");
    EXPECT_EQ(served.ask("DESCRIBE", kUrl + "/?ticket=a.b.c&x=y").want, Want::admit);
    EXPECT_EQ(served.session.admission().path, "/11440-0001");
    EXPECT_EQ(served.session.admission().ticket, "a.b.c");
    EXPECT_EQ(served.session.admitted({}, kNow).want, Want::describe);
    const auto described = served.session.described("v=0\r\n", kNow);
    EXPECT_NE(described.send.find("Content-Base: " + kUrl + "/\r\n"), std::string::npos) << described.send;
    EXPECT_NE(described.send.find("\r\n\r\nv=0\r\n"), std::string::npos);
    EXPECT_EQ(described.send.find("a.b.c"), std::string::npos);
    const auto set_up = served.ask("SETUP", kUrl + "/trackID=0", kTcp);
    EXPECT_NE(set_up.send.find("Session: sess;timeout=60"), std::string::npos);
    const auto asked = served.ask("PLAY", kUrl + "/", "Session: sess");
    EXPECT_EQ(asked.want, Want::play);
    EXPECT_EQ(asked.send, "");
    EXPECT_FALSE(served.session.playing());
    EXPECT_EQ(Served::status(served.session.played({}, kNow)), "200");
    EXPECT_TRUE(served.session.playing());
    EXPECT_EQ(served.ask("PLAY", kUrl + "/", "Session: sess").want, Want::nothing);
    EXPECT_EQ(Served::status(served.ask("GET_PARAMETER", kUrl, "Session: sess")), "200");
    EXPECT_EQ(served.ask("TEARDOWN", kUrl, "Session: sess").want, Want::close);
}

TEST(ServerSession, WithoutCredentialsNobodyIsAskedAnything) {
    Served served;

    const auto step = served.ask("DESCRIBE", kUrl);

    EXPECT_EQ(Served::status(step), "401");
    EXPECT_EQ(step.want, Want::nothing);
    EXPECT_NE(step.send.find("WWW-Authenticate: Basic realm=\"r\""), std::string::npos);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(served.ask("DESCRIBE", kUrl).want, Want::nothing);
    EXPECT_EQ(served.ask("DESCRIBE", kUrl).want, Want::close);  // Guessing has an end.
}

TEST(ServerSession, EachRefusalHasItsStatus) {
    struct Case {
        ErrorKind kind;
        const char* status;
        Want want;
    };
    for (const auto& [kind, status, want] :
         {Case{ErrorKind::unauthenticated, "401", Want::nothing},
          Case{ErrorKind::forbidden, "403", Want::close}, Case{ErrorKind::not_found, "404", Want::close},
          Case{ErrorKind::exhausted, "453", Want::close}, Case{ErrorKind::unavailable, "503", Want::close}}) {
        Served served;
        served.ask("DESCRIBE", kUrl + "?ticket=t");

        const auto step = served.session.admitted(fail(kind, "why"), kNow);

        EXPECT_EQ(Served::status(step), status);
        EXPECT_EQ(step.want, want);
    }
}

TEST(ServerSession, WhatComesOutOfTurnIsToldSo) {
    Served stranger;
    EXPECT_EQ(Served::status(stranger.ask("PLAY", kUrl + "?ticket=t")), "455");
    EXPECT_EQ(Served::status(stranger.ask("ANNOUNCE", kUrl)), "501");
    EXPECT_EQ(Served::status(stranger.ask("DESCRIBE", "nonsense")), "400");
    EXPECT_EQ(stranger.session.on_text("DESCRIBE x RTSP/1.0", "", kNow).want, Want::close);  // No CSeq.
    EXPECT_EQ(stranger.session.on_text("garbage", "", kNow).want, Want::close);

    Served served;
    served.ask("SETUP", kUrl + "/trackID=0?ticket=t", "Transport: RTP/AVP;unicast;client_port=1-2");
    EXPECT_EQ(Served::status(served.session.admitted({}, kNow)), "461");
    EXPECT_EQ(Served::status(served.ask("PLAY", kUrl)), "455");
    EXPECT_EQ(Served::status(served.ask("SETUP", kUrl + "/trackID=1", kTcp)), "404");
    EXPECT_EQ(Served::status(served.ask("SETUP", kUrl,
                                        "Transport: RTP/AVP;unicast;client_port=1-2, " + kTcp.substr(11))),
              "200");
    EXPECT_EQ(Served::status(served.ask("PLAY", kUrl, "Session: other")), "454");
    EXPECT_EQ(Served::status(served.ask("PLAY", "rtsp://h:8554/11440-0002", "Session: sess")), "403");
}

/// RFC 2326 12.39: two different numbers from 0 to 255.
TEST(ServerSession, ATransportThatCannotBeServedIsRefused) {
    const auto set_up = [](const std::string& transport) {
        Served served;
        served.ask("DESCRIBE", kUrl + "?ticket=t");
        served.session.admitted({}, kNow);
        served.session.described("v=0\r\n", kNow);
        return Served::status(served.ask("SETUP", kUrl + "/trackID=0", "Transport: " + transport));
    };
    for (const auto* channels : {"255-256", "-1-0", "0-0", "256", "", "-", "0-", "0-1-2", "0001-0002", "a-b", "0x0-1",
                                 "0--1", "+0-1"}) {
        EXPECT_EQ(set_up(std::string("RTP/AVP/TCP;unicast;interleaved=") + channels), "400") << channels;
    }
    for (const auto* fine : {"RTP/AVP/TCP;unicast;interleaved=0-1", "RTP/AVP/TCP;interleaved=254-255", "rtp/avp/tcp",
                             "RTP/AVP/TCP; unicast ; INTERLEAVED = 7-6 ;mode=\"PLAY\"", "RTP/AVP/TCP;interleaved=255",
                             "RTP/AVP/TCP;interleaved=0-0,RTP/AVP/TCP;interleaved=0-1"}) {
        EXPECT_EQ(set_up(fine), "200") << fine;
    }
    for (const auto* other : {"", "RTP/AVP;unicast;client_port=1-2", "RTP/AVP/TCP;multicast", "RTP/AVP/TCP;mode=RECORD",
                              "RTP/SAVP/TCP;interleaved=0-1"}) {
        EXPECT_EQ(set_up(other), "461") << other;
    }
}

/// RFC 2326 12.39: where its packets go, a viewer says by an even port and the next one, and nothing else.
TEST(ServerSession, UdpGoesToTheViewersOwnPortsAndNowhereElse) {
    const auto set_up = [](const std::string& transport, std::string_view refusal = "") {
        Served served;
        if (refusal.empty()) served.session.serve_udp("192.0.2.7", {6000, 6001, 0xC0FFEE01});
        else served.session.refuse_udp(refusal);
        served.ask("DESCRIBE", kUrl + "?ticket=t");
        served.session.admitted({}, kNow);
        served.session.described("v=0\r\n", kNow);
        auto answer = served.ask("SETUP", kUrl + "/trackID=0", "Transport: " + transport).send;
        EXPECT_EQ(served.session.transport().udp, answer.find(";server_port=") != std::string::npos);
        return answer;
    };
    for (const auto* fine :
         {"RTP/AVP;unicast;client_port=5000-5001", "RTP/AVP/UDP;unicast;client_port=5000-5001", "rtp/avp;client_port=5000",
          "RTP/AVP;unicast;destination=192.0.2.7;client_port=5000-5001;mode=\"PLAY\"", "RTP/AVP;unicast;destination=0.0.0.0;client_port=5000-5001",
          "RTP/SAVP;unicast;client_port=4000-4001,RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP",
          "RTP/AVP;multicast;port=6000-6001,RTP/AVP ; unicast ; CLIENT_PORT = 5000-5001 ",
          "RTP/AVP;unicast;client_port=80-81, RTP/AVP;unicast;client_port=5000-5001"}) {
        const auto answer = set_up(fine);
        EXPECT_NE(answer.find("RTSP/1.0 200 OK"), std::string::npos) << fine << answer;
        EXPECT_NE(answer.find("Transport: RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001;ssrc=C0FFEE01\r\n"), std::string::npos) << answer;
    }
    for (const auto& [transport, said] : std::vector<std::pair<const char*, const char*>>{
             {"RTP/AVP;unicast", "400 Bad Request: RTP/AVP over UDP needs client_port"},
             {"RTP/AVP;unicast;client_port=0-1", "400 Bad Request: client_port must not be 0"},
             {"RTP/AVP;unicast;client_port=1022-1023", "400 Bad Request: client_port must not be below 1024"},
             {"RTP/AVP;unicast;client_port=53", "400 Bad Request: client_port must not be below 1024"},
             {"RTP/AVP;unicast;client_port=5001-5002", "400 Bad Request: client_port must begin with an even port"},
             {"RTP/AVP;unicast;client_port=5000-5000", "400 Bad Request: client_port must be an even port and the next one"},
             {"RTP/AVP;unicast;client_port=5000-5002", "400 Bad Request: client_port must be an even port and the next one"},
             {"RTP/AVP;unicast;client_port=65536-65537", "400 Bad Request: client_port must be two numbers"},
             {"RTP/AVP;unicast;client_port=-5000", "400 Bad Request: client_port must be two numbers"},
             {"RTP/AVP;unicast;client_port=5000-", "400 Bad Request: client_port must be two numbers"},
             {"RTP/AVP;unicast;client_port=0x5000-0x5001", "400 Bad Request: client_port must be two numbers"},
             {"RTP/AVP;unicast;client_port=005000-005001", "400 Bad Request: client_port must be two numbers"},
             {"RTP/AVP;unicast;client_port=5000 -5001", "400 Bad Request: client_port must be two numbers"},
             {"RTP/AVP;unicast;destination=198.51.100.9;client_port=5000-5001", "403 Forbidden: destination must be the address of this connection"},
             {"RTP/AVP;unicast;destination=victim.example;client_port=5000-5001", "403 Forbidden: destination must be"},
             {"RTP/AVP;multicast;port=5000-5001", "461 Unsupported Transport: multicast is not served"},
             {"RTP/AVP;unicast;mode=RECORD;client_port=5000-5001", "461 Unsupported Transport: only mode=PLAY is served"},
             {"RTP/SAVPF;unicast;client_port=5000-5001", "461 Unsupported Transport: only RTP/AVP is served"},
             {"", "461 Unsupported Transport: SETUP needs a Transport"}}) {
        EXPECT_NE(set_up(transport).find(std::string("RTSP/1.0 ") + said), std::string::npos) << transport << "\n" << set_up(transport);
    }
    EXPECT_NE(set_up("RTP/AVP;unicast;client_port=5000-5001", "it would leave TLS").find("461 Unsupported Transport: it would leave TLS"), std::string::npos);
    EXPECT_NE(set_up("RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP", "it would leave TLS").find("Transport: RTP/AVP/TCP;unicast;interleaved=0-1"), std::string::npos);
}

TEST(ServerSession, ARelayGetsTcpAlone) {
    Served served;
    served.session.serve_udp("192.0.2.7", {6000, 6001, {}});
    served.ask("DESCRIBE", kUrl + "?ticket=t");
    served.session.set_lease(1000ms);
    served.session.admitted({}, kNow);
    served.session.described("v=0\r\n", kNow);

    EXPECT_EQ(Served::status(served.ask("SETUP", kUrl, "Transport: RTP/AVP;unicast;client_port=5000-5001")), "461");
    EXPECT_EQ(Served::status(served.ask("SETUP", kUrl, kTcp)), "200");
}

TEST(ServerSession, TheLastSetupBeforePlayHolds) {
    Served served;
    served.session.serve_udp("2001:db8::7", {6000, 6001, {}});
    served.ask("DESCRIBE", kUrl + "?ticket=t");
    served.session.admitted({}, kNow);
    served.session.described("v=0\r\n", kNow);

    const auto udp = served.ask("SETUP", kUrl, "Transport: RTP/AVP;unicast;destination=\"2001:DB8::7\";client_port=5000-5001");
    EXPECT_NE(udp.send.find("server_port=6000-6001\r\n"), std::string::npos) << udp.send;
    EXPECT_TRUE(served.session.transport().udp);
    EXPECT_EQ(Served::status(served.ask("SETUP", kUrl, kTcp)), "200");
    EXPECT_FALSE(served.session.transport().udp);
}

TEST(ServerSession, APlayThatIsRefusedEndsTheConnectionWithoutAPicture) {
    Served served;
    served.ask("SETUP", kUrl + "?ticket=t", kTcp);
    served.session.admitted({}, kNow);
    ASSERT_EQ(served.ask("PLAY", kUrl).want, Want::play);

    const auto step = served.session.played(fail(ErrorKind::unauthenticated, "ticket has been used"), kNow);

    EXPECT_EQ(Served::status(step), "401");
    EXPECT_EQ(step.want, Want::close);
    EXPECT_FALSE(served.session.playing());
}

TEST(ServerSession, RequestsWaitForAnOpenQuestionInTheirOrder) {
    Served served;
    ASSERT_EQ(served.ask("DESCRIBE", kUrl + "?ticket=t").want, Want::admit);
    EXPECT_EQ(served.ask("SETUP", kUrl + "/trackID=0", kTcp).send, "");
    EXPECT_EQ(served.ask("PLAY", kUrl).send, "");
    ASSERT_EQ(served.session.admitted({}, kNow).want, Want::describe);

    EXPECT_EQ(served.ask("GET_PARAMETER", kUrl).send, "");

    const auto step = served.session.described("v=0\r\n", kNow);

    EXPECT_EQ(step.want, Want::play);
    const auto first = step.send.find("CSeq: 1"), second = step.send.find("CSeq: 2");
    EXPECT_TRUE(first < second && second != std::string::npos) << step.send;
    const auto played = served.session.played({}, kNow).send;
    const auto third = played.find("CSeq: 3"), fourth = played.find("CSeq: 4");
    EXPECT_TRUE(third < fourth && fourth != std::string::npos) << played;
    Served flooding;
    flooding.ask("DESCRIBE", kUrl + "?ticket=t");
    for (int i = 0; i < 16; ++i) ASSERT_EQ(flooding.ask("OPTIONS", kUrl).want, Want::nothing);
    EXPECT_EQ(flooding.ask("OPTIONS", kUrl).want, Want::close);
}

TEST(ServerSession, WhoAsksTooMuchAtOnceIsToldSoForEachRequestInItsOrder) {
    Served flooding;
    flooding.ask("SETUP", kUrl + "/trackID=0?ticket=t", kTcp);
    ASSERT_EQ(Served::status(flooding.session.admitted({}, kNow)), "200");
    ASSERT_EQ(flooding.ask("PLAY", kUrl).want, Want::play);
    for (int i = 0; i < 16; ++i) ASSERT_EQ(flooding.ask("GET_PARAMETER", kUrl).send, "");

    const auto step = flooding.ask("GET_PARAMETER", kUrl);

    EXPECT_EQ(step.want, Want::close);
    std::size_t at = 0;
    for (int cseq = 2; cseq <= 19; ++cseq) {
        const std::string head = "RTSP/1.0 503 Service Unavailable\r\nCSeq: " + std::to_string(cseq) + "\r\n";
        at = step.send.find(head, at);
        ASSERT_NE(at, std::string::npos) << cseq << ": " << step.send;
    }
    EXPECT_EQ(step.send.find("503", at + 20), std::string::npos);
}

TEST(ServerSession, WhatWaitedBehindPlayIsAnsweredAsItWasAsked) {
    Served served;
    served.ask("SETUP", kUrl + "/trackID=0?ticket=t", kTcp);
    ASSERT_EQ(Served::status(served.session.admitted({}, kNow)), "200");
    ASSERT_EQ(served.ask("PLAY", kUrl).want, Want::play);
    served.ask("DESCRIBE", kUrl);

    const auto played = served.session.played({}, kNow);
    const auto described = served.session.described("v=0\r\n", kNow);

    EXPECT_EQ(Served::status(played), "200");
    EXPECT_EQ(played.want, Want::describe);
    EXPECT_NE(described.send.find("CSeq: 3\r\n"), std::string::npos) << described.send;
    EXPECT_NE(described.send.find("Content-Base: " + kUrl + "/\r\n"), std::string::npos) << described.send;
}

TEST(ServerSession, ItsDeadlinesFollowItsState) {
    Served stranger;
    EXPECT_EQ(stranger.session.deadline(), kNow + 10s);
    stranger.ask("OPTIONS", kUrl, "", kNow + 25s);
    EXPECT_EQ(stranger.session.deadline(), kNow + 30s);
    stranger.ask("DESCRIBE", kUrl + "?ticket=t", "", kNow + 26s);
    EXPECT_EQ(stranger.session.deadline(), MonoTime::max());  // Our own question is open.

    Served describer;  // Keeps alive what never plays.
    describer.ask("DESCRIBE", kUrl + "?ticket=t");
    describer.session.admitted({}, kNow);
    describer.session.described("v=0\r\n", kNow);
    describer.ask("GET_PARAMETER", kUrl, "", kNow + 29s);
    EXPECT_EQ(describer.session.deadline(), kNow + 30s);

    Served player;
    player.play();
    EXPECT_EQ(player.session.deadline(), kNow + 60s);
    player.session.on_life(kNow + 5s);
    EXPECT_EQ(player.session.deadline(), kNow + 65s);

    Served relay;
    relay.play();
    relay.session.set_lease(1000ms);
    relay.session.on_life(kNow + 5s);
    EXPECT_EQ(relay.session.deadline(), kNow + 1s);  // RTCP renews nothing.
    relay.ask("GET_PARAMETER", kUrl, "Session: sess", kNow + 600ms);
    EXPECT_EQ(relay.session.deadline(), kNow + 1600ms);
}

TEST(ServerSession, AnyRequestIsAnsweredWithoutHarmAndNothingPlaysWithoutAdmission) {
    std::mt19937 seeded(8);
    const std::string all[] = {"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN"};
    for (int i = 0; i < 50'000; ++i) {
        Served served;
        for (int step = 0; step < 6; ++step) {
            std::string head = all[seeded() % 6] + " " + kUrl + "?ticket=t RTSP/1.0\r\nCSeq: 1\r\n" + kTcp;
            for (unsigned n = 0; n < seeded() % 3; ++n)
                head[seeded() % head.size()] = static_cast<char>(seeded());
            auto answer = served.session.on_text(head, "", kNow);
            if (answer.want == Want::admit)
                answer = served.session.admitted(fail(ErrorKind::unauthenticated, ""), kNow);
            ASSERT_NE(answer.want, Want::play);
            ASSERT_NE(answer.want, Want::describe);
        }
    }
}

}  // namespace
}  // namespace bongsu::rtsp
