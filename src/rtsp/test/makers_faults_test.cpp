// What cameras of real makers get wrong, one test named after each, and how their pictures come all the same.

#include <gtest/gtest.h>

#include "rtsp/client_session.hpp"

namespace bongsu::rtsp {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kNow{1h};

std::string sdp(const std::string& control, const std::string& fmtp = "packetization-mode=1") {
    return "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 " +
           fmtp + "\r\na=control:" + control + "\r\n";
}

class MakersFaults : public testing::Test {
  protected:
    void begin(const std::string& url = "rtsp://admin:pw@10.0.0.9/live", Transport transport = Transport::tcp) {
        ClientSession::Options options;
        options.url = *parse_url(url);
        options.credentials = {options.url.user, options.url.password};
        options.cnonce = "cn";
        options.transport = transport;
        options.client_port = 5000;
        options.peer = "10.0.0.9";
        session.emplace(std::move(options));
        sent = session->start();
    }
    std::string cseq() const {
        const auto at = sent.find("CSeq: ") + 6;
        return sent.substr(at, sent.find("\r\n", at) - at);
    }
    std::string method() const { return sent.substr(0, sent.find(' ')); }
    std::string url() const {
        const auto at = sent.find(' ') + 1;
        return sent.substr(at, sent.find(' ', at) - at);
    }
    bool raw(const std::string& head, const std::string& body = "") {
        const auto next = session->on_text(head, body, kNow);
        if (next && !next->empty()) sent = *next;
        if (!next) error = next.error();
        return next.has_value();
    }
    bool answer(const std::string& headers = "", const std::string& body = "", const std::string& status = "200 OK") {
        return raw("RTSP/1.0 " + status + "\r\nCSeq: " + cseq() + (headers.empty() ? "" : "\r\n" + headers), body);
    }
    bool described(const std::string& body, const std::string& headers = "") {
        return answer() && answer(headers, body);
    }

    std::optional<ClientSession> session;
    std::string sent;
    Error error{};
};

constexpr const char* kSetUp = "Session: 7\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1";

TEST_F(MakersFaults, HeaderOrder) {
    // mediamtx #2887: a camera that answers 400 unless headers come in the order that live555 has.
    begin();
    ASSERT_TRUE(answer("WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"", "", "401 Unauthorized"));
    ASSERT_TRUE(described(sdp("t1")));
    const auto order = [this](std::initializer_list<const char*> names) {
        std::size_t at = 0;
        for (const char* name : names) {
            const auto found = sent.find(std::string("\r\n") + name + ": ");
            if (found == std::string::npos || found < at) return false;
            at = found;
        }
        return true;
    };
    EXPECT_TRUE(order({"CSeq", "Authorization", "User-Agent", "Transport"})) << sent;
    ASSERT_TRUE(answer(kSetUp));
    EXPECT_TRUE(order({"CSeq", "Authorization", "User-Agent", "Session", "Range"})) << sent;
}

TEST_F(MakersFaults, MissingSlashBetweenBaseAndControl) {
    begin();
    ASSERT_TRUE(described(sdp("trackID=1"), "Content-Base: rtsp://10.0.0.9/live"));
    EXPECT_EQ(url(), "rtsp://10.0.0.9/live/trackID=1");
}

TEST_F(MakersFaults, TwoSlashesBetweenBaseAndControl) {
    // mediamtx #3517, Verint: 404 for a doubled slash.
    begin();
    ASSERT_TRUE(described(sdp("/media/1/video/1"), "Content-Base: rtsp://10.0.0.9/"));
    EXPECT_EQ(url(), "rtsp://10.0.0.9/media/1/video/1");
}

TEST_F(MakersFaults, SetupPathFromTheRoot) {
    begin();
    ASSERT_TRUE(described(sdp("/track1")));
    EXPECT_EQ(url(), "rtsp://10.0.0.9/live/track1");
    ASSERT_TRUE(answer("", "", "404 Not Found"));
    EXPECT_EQ(method(), "SETUP");
    EXPECT_EQ(url(), "rtsp://10.0.0.9/track1");
    EXPECT_FALSE(answer("", "", "404 Not Found"));  // Once.
}

TEST_F(MakersFaults, SetupPathBesideTheStream) {
    begin("rtsp://10.0.0.9:10554/tcp/av0_0");
    ASSERT_TRUE(described(sdp("track0")));
    EXPECT_EQ(url(), "rtsp://10.0.0.9:10554/tcp/av0_0/track0");
    ASSERT_TRUE(answer("", "", "400 Bad Request"));
    EXPECT_EQ(url(), "rtsp://10.0.0.9:10554/tcp/track0");
}

TEST_F(MakersFaults, SetupPathBeforeTheQuery) {
    begin("rtsp://10.0.0.9/live?channel=1&sub=0");
    ASSERT_TRUE(described(sdp("trackID=0")));
    EXPECT_EQ(url(), "rtsp://10.0.0.9/live?channel=1&sub=0/trackID=0");
    ASSERT_TRUE(answer("", "", "404 Not Found"));
    EXPECT_EQ(url(), "rtsp://10.0.0.9/live/trackID=0?channel=1&sub=0");
}

TEST_F(MakersFaults, BaseThatIsNoUrl) {
    begin();
    ASSERT_TRUE(described(sdp("t1"), "Content-Base: /live/"));
    EXPECT_EQ(url(), "rtsp://10.0.0.9/live/t1");
}

TEST_F(MakersFaults, OddChannels) {
    const struct {
        const char* channels;
        int rtp, rtcp;
    } cases[] = {{"4-5", 4, 5}, {"1-0", 1, 0}, {"7", 7, 8}, {"2-2", 2, -1}, {"255", 255, -1}, {" 2 - 3 ", 2, 3}, {"", 0, 1}};
    for (const auto& [channels, rtp, rtcp] : cases) {
        begin();
        ASSERT_TRUE(described(sdp("t1")));
        ASSERT_TRUE(answer(std::string("Session: 7\r\nTransport: RTP/AVP/TCP;unicast;interleaved=") + channels)) << channels;
        EXPECT_EQ(session->path().rtp_channel, rtp) << channels;
        EXPECT_EQ(session->path().rtcp_channel ? *session->path().rtcp_channel : -1, rtcp) << channels;
    }
    for (const char* channels : {"256-257", "a-b", "0-", "-1"}) {
        begin();
        ASSERT_TRUE(described(sdp("t1")));
        EXPECT_FALSE(answer(std::string("Session: 7\r\nTransport: RTP/AVP/TCP;interleaved=") + channels)) << channels;
    }
}

TEST_F(MakersFaults, ParametersInAnyOrder) {
    // retina #120.
    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer("Session: 7\r\nTransport: RTP/AVP/TCP;ssrc=22345684;interleaved=2-3"));
    EXPECT_EQ(session->path().rtp_channel, 2);
    EXPECT_EQ(session->path().ssrc, 0x22345684U);
}

TEST_F(MakersFaults, BlanksInSsrcAndSession) {
    // retina's hikvision_setup_ssrc_space; sessions as "  7 ; timeout = 20".
    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer("Session:   7 ; timeout = 20\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=  30a98ee7"));
    EXPECT_NE(sent.find("Session: 7\r\n"), std::string::npos);
    EXPECT_EQ(session->path().ssrc, 0x30a98ee7U);
    ASSERT_TRUE(answer());
    EXPECT_EQ(session->tick(kNow + 9s), "");
    EXPECT_NE(session->tick(kNow + 10s), "");
}

TEST_F(MakersFaults, SsrcThatIsNoNumber) {
    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer("Session: 7\r\nTransport: RTP/AVP/TCP;interleaved=0-1;ssrc=123456789"));
    EXPECT_FALSE(session->path().ssrc);
}

TEST_F(MakersFaults, TwoTransportChoices) {
    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer("Session: 7\r\nTransport: RTP/AVP;unicast;client_port=1-2,RTP/AVP/TCP;unicast;interleaved=6-7"));
    EXPECT_EQ(session->path().rtp_channel, 6);

    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer("Session: 7\r\nTransport: RTP/AVP;unicast;client_port=1-2\r\nTransport: rtp/avp/tcp;interleaved=8-9"));
    EXPECT_EQ(session->path().rtp_channel, 8);
}

TEST_F(MakersFaults, NoTransportInTheAnswer) {
    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer("Session: 7"));
    EXPECT_EQ(session->path().rtp_channel, 0);
    EXPECT_FALSE(session->path().udp);
}

TEST_F(MakersFaults, ChannelsWithoutTheWordTcp) {
    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer("Session: 7\r\nTransport: RTP/AVP;unicast;interleaved=2-3"));
    EXPECT_EQ(session->path().rtp_channel, 2);
}

TEST_F(MakersFaults, LowerCaseHeaderNames) {
    begin();
    ASSERT_TRUE(raw("RTSP/1.0 200 OK\r\ncseq: 1\r\npublic: OPTIONS, PLAY"));
    ASSERT_TRUE(raw("RTSP/1.0 200 OK\r\ncseq: 2\r\ncontent-base: rtsp://10.0.0.9/x/", sdp("t1")));
    EXPECT_EQ(url(), "rtsp://10.0.0.9/x/t1");
    ASSERT_TRUE(raw("RTSP/1.0 200 OK\r\ncseq: 3\r\nsession: 7;Timeout=20\r\ntransport: rtp/avp/tcp;Interleaved=2-3"));
    ASSERT_TRUE(raw("RTSP/1.0 200 OK\r\ncseq: 4"));
    EXPECT_TRUE(session->playing());
    EXPECT_EQ(session->tick(kNow + 10s).substr(0, 7), "OPTIONS");
}

TEST_F(MakersFaults, MissingCSeqInAnswers) {
    begin();
    ASSERT_TRUE(raw("RTSP/1.0 200 OK"));
    ASSERT_TRUE(raw("RTSP/1.0 200 OK", sdp("t1")));
    ASSERT_TRUE(raw(std::string("RTSP/1.0 200 OK\r\n") + kSetUp));
    ASSERT_TRUE(raw("RTSP/1.0 200 OK"));
    EXPECT_TRUE(session->playing());
}

TEST_F(MakersFaults, CSeqCountedFromZero) {
    // homebridge-foscamcamera #6: "Cseq: 0" for our 1.
    begin();
    ASSERT_TRUE(raw("RTSP/1.0 200 OK\r\nCseq: 0"));
    ASSERT_TRUE(raw("RTSP/1.0 200 OK\r\nCseq: 1", sdp("t1")));
    EXPECT_EQ(method(), "SETUP");
}

TEST_F(MakersFaults, AnswersToQuestionsNotAsked) {
    begin();
    ASSERT_TRUE(answer());
    ASSERT_TRUE(raw("RTSP/1.0 200 OK\r\nCSeq: 99"));
    ASSERT_TRUE(raw("RTSP/1.0 200 OK\r\nCSeq: 1"));
    EXPECT_EQ(method(), "DESCRIBE");
    ASSERT_TRUE(answer("", sdp("t1")));
    EXPECT_EQ(method(), "SETUP");
}

TEST_F(MakersFaults, SessionGoneInTheMiddle) {
    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer(kSetUp));
    EXPECT_FALSE(answer("", "", "454 Session Not Found"));
    EXPECT_EQ(error.kind, ErrorKind::unavailable);

    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer(kSetUp));
    ASSERT_TRUE(answer());
    sent = session->tick(kNow + 31s);
    EXPECT_FALSE(answer("", "", "454 Session Not Found"));
}

TEST_F(MakersFaults, RtpInfoAbsentOrBad) {
    for (const char* headers : {"", "RTP-Info: url=trackID=1;seq=-1;rtptime=99999999999", "RTP-Info: ;;=,"}) {
        begin();
        ASSERT_TRUE(described(sdp("t1")));
        ASSERT_TRUE(answer(kSetUp));
        ASSERT_TRUE(answer(headers));
        EXPECT_TRUE(session->playing());
    }
}

TEST_F(MakersFaults, PacketizationModeZeroOrAbsent) {
    for (const char* fmtp : {"packetization-mode=0", "profile-level-id=42e01f"}) {
        begin();
        ASSERT_TRUE(described(sdp("t1", fmtp)));
        EXPECT_EQ(session->track().payload_type, 96);
    }
}

TEST_F(MakersFaults, PlayWithARangeIsRefused) {
    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer(kSetUp));
    EXPECT_NE(sent.find("Range:"), std::string::npos);
    ASSERT_TRUE(answer("", "", "457 Invalid Range"));
    EXPECT_EQ(method(), "PLAY");
    EXPECT_EQ(sent.find("Range:"), std::string::npos);
    EXPECT_FALSE(answer("", "", "457 Invalid Range"));
}

TEST_F(MakersFaults, GetParameterIsNotKnown) {
    begin();
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer(kSetUp));
    ASSERT_TRUE(answer());
    sent = session->tick(kNow + 31s);
    EXPECT_EQ(method(), "GET_PARAMETER");
    ASSERT_TRUE(answer("", "", "501 Not Implemented"));
    EXPECT_EQ(session->tick(kNow + 62s).substr(0, 7), "OPTIONS");
}

TEST_F(MakersFaults, UdpAnsweredWithoutPorts) {
    begin("rtsp://10.0.0.9/live", Transport::udp);
    ASSERT_TRUE(described(sdp("t1")));
    ASSERT_TRUE(answer("Session: 7\r\nTransport: RTP/AVP;unicast"));
    EXPECT_TRUE(session->path().udp);
    EXPECT_EQ(session->path().server_rtp, 0);
}

}  // namespace
}  // namespace bongsu::rtsp
