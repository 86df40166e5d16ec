// RTSP viewers over UDP, by hand: what is agreed over the connection, and what then comes to their ports.
#include "media/rtcp.hpp"
#include "view/test/ways_fixture.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
using test::Receiver;

class UdpViewTest : public test::WaysFixture {
  protected:
    /// A viewer's RTSP connection and sockets.
    struct Viewer {
        Viewer(UdpViewTest& test, const std::string& ticket_, const std::string& host = "127.0.0.1") : owner(test), ticket(ticket_), ports(host), socket(test.loop) {
            socket.connect({boost::asio::ip::make_address(host), test.port});
            socket.non_blocking(true);
        }
        const std::string& ask(const std::string& method, const std::string& headers = "") {
            heard.clear();
            boost::asio::write(socket, boost::asio::buffer(method + " " + owner.url() + "?ticket=" + ticket + " RTSP/1.0\r\nCSeq: " + std::to_string(++cseq) + "\r\n" + headers + "\r\n"));
            owner.runs_until([&] { return listen().find("\r\n\r\n") != std::string::npos || closed; });
            return heard;
        }
        const std::string& listen() {
            std::array<char, 4096> piece{};
            const auto got = ::recv(socket.native_handle(), piece.data(), piece.size(), MSG_DONTWAIT);
            if (got > 0) heard.append(piece.data(), static_cast<std::size_t>(got));
            closed = closed || got == 0 || (got < 0 && errno != EAGAIN);
            return heard;
        }
        const std::string& set_up(const std::string& more = "") {
            return ask("SETUP", "Transport: RTP/AVP;unicast;client_port=" + std::to_string(ports.port) + "-" + std::to_string(ports.port + 1) + more + "\r\n");
        }
        void play() {
            EXPECT_NE(ask("DESCRIBE").find("RTSP/1.0 200"), std::string::npos) << heard;
            EXPECT_NE(set_up().find("RTSP/1.0 200"), std::string::npos) << heard;
            EXPECT_NE(ask("PLAY").find("RTSP/1.0 200"), std::string::npos) << heard;
        }
        UdpViewTest& owner;
        std::string ticket;
        Receiver ports;
        boost::asio::ip::tcp::socket socket;
        std::string heard;
        int cseq = 0;
        bool closed = false;
    };
    static void expect_bye(const Receiver& ports) {
        const auto came = ports.reports();
        ASSERT_FALSE(came.empty());
        const auto last = media::rtcp::parse(came.back().bytes);
        ASSERT_TRUE(last);
        EXPECT_EQ(last->goodbyes, std::vector<std::uint32_t>{test::kSsrc});
    }
    static void expect_pictures(const std::vector<media::BlockPtr>& shown, const std::vector<Receiver::Datagram>& got) {
        std::size_t at = 0;
        for (const auto& block : shown) {
            for (std::size_t i = 0; i < block->packets.size(); ++i, ++at) {
                ASSERT_LT(at, got.size());
                const auto packet = block->packet(i);
                EXPECT_TRUE(std::equal(packet.begin(), packet.end(), got[at].bytes.begin(), got[at].bytes.end())) << at;
            }
        }
        EXPECT_EQ(at, got.size());
    }
};

TEST_F(UdpViewTest, PicturesComeToThePortsThatWereAgreed) {
    Viewer viewer(*this, "t");
    viewer.ask("DESCRIBE");
    const auto agreed = viewer.set_up();
    EXPECT_NE(agreed.find(";server_port=" + std::to_string(rtp_port) + "-" + std::to_string(rtp_port + 1) + ";ssrc=12345678\r\n"), std::string::npos) << agreed;
    EXPECT_TRUE(viewer.ports.pictures().empty());  // Nothing before PLAY.
    std::vector<media::BlockPtr> shown{show(true)};

    viewer.ask("PLAY");
    for (const bool key : {false, false, true, false}) shown.push_back(show(key));

    const auto got = viewer.ports.pictures();
    expect_pictures(shown, got);
    EXPECT_EQ(got.at(0).from, "127.0.0.1:" + std::to_string(rtp_port));
    EXPECT_EQ(viewer.listen().find('$'), std::string::npos);
    ASSERT_TRUE(media::rtcp::parse(viewer.ports.reports().at(0).bytes)->sender);
    EXPECT_NE(viewer.ask("GET_PARAMETER").find("200"), std::string::npos);
    EXPECT_NE(viewer.ask("TEARDOWN").find("200"), std::string::npos);
    EXPECT_TRUE(runs_until([&] { return reasons == std::vector<std::string>{"viewer closed"}; }));
    EXPECT_EQ(closed_frames, 5U);
    EXPECT_EQ(closed_bytes, 5U * 3100U);
    expect_bye(viewer.ports);
}

TEST_F(UdpViewTest, AfterTheCutNotADatagramComesButBye) {
    Viewer viewer(*this, "t"), other(*this, "u");
    viewer.play();
    other.play();
    show(true, std::vector<std::size_t>(200, 1346));  // In the midst of a picture that leaves in slices.
    EXPECT_GE(viewer.ports.pictures().size(), RtspUdp::kSlice);

    EXPECT_TRUE(out->close(1, "grant ended"));

    (void)viewer.ports.pictures();
    expect_bye(viewer.ports);
    for (int i = 0; i < 10; ++i) {
        runs_for(5ms);
        show(i == 5);
    }
    EXPECT_TRUE(viewer.ports.pictures().empty());
    EXPECT_TRUE(viewer.ports.reports().empty());
    EXPECT_EQ(reasons, std::vector<std::string>{"grant ended"});
    EXPECT_TRUE(runs_until([&] { return viewer.listen(), viewer.closed; }));
    EXPECT_EQ(other.ports.pictures().size(), 3U + 200U + 10U * 3U);
}

TEST_F(UdpViewTest, AViewEndsWithItsConnection) {
    Viewer viewer(*this, "t");
    viewer.play();
    show(false);
    (void)viewer.ports.pictures();

    viewer.socket.close();

    ASSERT_TRUE(runs_until([&] { return reasons.size() == 1; }));
    show(true);
    EXPECT_TRUE(viewer.ports.pictures().empty());
    expect_bye(viewer.ports);
    EXPECT_EQ(out->udp()->views(), 0U);
}

TEST_F(UdpViewTest, WithoutASignOfLifeForAMinuteItEnds) {
    Viewer silent(*this, "t"), reports(*this, "u"), asks(*this, "v");
    for (auto* viewer : {&silent, &reports, &asks}) viewer->play();
    clock.shift += 40s;
    asks.ask("GET_PARAMETER");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(rtp_port + 1));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto report = media::rtcp::write_receiver_report(9, {}, "viewer");
    ASSERT_GT(::sendto(reports.ports.rtcp, report.data(), report.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    runs_for(100ms);
    EXPECT_EQ(out->viewers(), 3U);

    clock.shift += 30s;

    ASSERT_TRUE(runs_until([&] { return out->viewers() == 2; }));
    EXPECT_EQ(reasons, std::vector<std::string>{"no sign of life from the viewer"});
    runs_for(100ms);
    EXPECT_EQ(out->viewers(), 2U);
    expect_bye(silent.ports);
}

TEST_F(UdpViewTest, NobodyElseIsShotAt) {
    Viewer viewer(*this, "t"), relay(*this, "relay");
    viewer.ask("DESCRIBE");
    relay.ask("DESCRIBE");

    EXPECT_NE(viewer.set_up(";destination=127.0.0.2").find("403 Forbidden: destination"), std::string::npos) << viewer.heard;
    EXPECT_NE(relay.set_up().find("461 Unsupported Transport: a relay takes RTP over TCP"), std::string::npos) << relay.heard;
    EXPECT_NE(viewer.set_up(";destination=127.0.0.1").find("200 OK"), std::string::npos) << viewer.heard;
}

TEST_F(UdpViewTest, PortsThatAnotherViewHasAreRefusedAndTheTicketIsKept) {
    Viewer viewer(*this, "t"), thief(*this, "u");
    viewer.play();
    thief.ask("DESCRIBE");
    thief.ask("SETUP", "Transport: RTP/AVP;unicast;client_port=" + std::to_string(viewer.ports.port) + "\r\n");

    EXPECT_NE(thief.ask("PLAY").find("503"), std::string::npos) << thief.heard;

    EXPECT_EQ(leases, 1U);
    Viewer again(*this, "u");
    again.play();
    EXPECT_EQ(leases, 2U);
}

TEST_F(UdpViewTest, AViewerWhoseSocketsAreGoneCostsNobodyAPicture) {
    Viewer gone(*this, "t"), stays(*this, "u");
    gone.play();
    stays.play();
    (void)stays.ports.pictures();
    ::close(gone.ports.rtp);
    ::close(gone.ports.rtcp);
    gone.ports.rtp = gone.ports.rtcp = ::dup(STDERR_FILENO);

    for (int i = 0; i < 20; ++i) {
        show(i % 5 == 0);
        runs_for(2ms);
    }

    EXPECT_EQ(stays.ports.pictures().size(), 60U);
    EXPECT_EQ(out->udp()->counters().failed, 0U);
    EXPECT_EQ(out->udp()->counters().dropped, 0U);
}

TEST_F(UdpViewTest, Ipv6IsAsIpv4) {
    serve("::1");
    Viewer viewer(*this, "t", "::1");
    viewer.play();
    show(false);
    EXPECT_EQ(viewer.ports.pictures().size(), 6U);
    serve("::");
    Viewer old(*this, "u");
    old.ask("DESCRIBE");
    EXPECT_NE(old.set_up(";destination=127.0.0.1").find("200 OK"), std::string::npos) << old.heard;
    old.ask("PLAY");
    EXPECT_EQ(old.ports.pictures().size(), 3U);
}

}  // namespace
}  // namespace bongsu::view
