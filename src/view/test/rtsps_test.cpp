// RTSP viewers under TLS: who gets in, what is served inside, what is not.
#include "rtsp/test/certificate.hpp"
#include "rtsp/wire.hpp"
#include "view/rtsps_listener.hpp"
#include "view/test/ways_fixture.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
using test::Tcp;

class RtspsTest : public test::WaysFixture {
  protected:
    void SetUp() override {
        WaysFixture::SetUp();
        const int fd = test::listen_on("127.0.0.1", tls_port);
        tls.emplace(loop, clock, fd, identity_of(certificate),
                    [this](Tcp::socket socket, std::unique_ptr<rtsp::Tls> agreed) { out->adopt(socket.release(), std::move(agreed)); });
    }
    static std::shared_ptr<const rtsp::TlsIdentity> identity_of(const rtsp::test::TestCertificate& shown) {
        return *rtsp::TlsIdentity::make(shown.pem, shown.key_pem);
    }
    Tcp::socket dial() {
        Tcp::socket out_(loop);
        out_.connect({boost::asio::ip::address_v4::loopback(), tls_port});
        return out_;
    }

    /// A viewer that believes one certificate.
    struct Viewer {
        Viewer(RtspsTest& test, const std::string& sha256) : owner(test) {
            auto socket = test.dial();
            auto agreed = rtsp::Tls::client(*rtsp::TlsTrust::make(""), {.sha256 = sha256}, "bongsu", socket.native_handle());
            wire = std::make_shared<rtsp::Wire>(std::move(socket), *std::move(agreed));
            wire->start({.on_unit =
                             [this](const rtsp::Unit& unit) {
                                 if (const auto* text = std::get_if<rtsp::Text>(&unit)) heard = text->head;
                                 if (const auto* frame = std::get_if<rtsp::Interleaved>(&unit)) packets.emplace_back(frame->payload.begin(), frame->payload.end());
                                 return true;
                             },
                         .on_closed = [this](const Error& error) { closed = error.message; },
                         .on_writable = {}});
        }
        ~Viewer() { wire->close(); }
        const std::string& ask(const std::string& method, const std::string& headers = "") {
            heard.clear();
            wire->send(method + " rtsps://h/camera-1?ticket=t RTSP/1.0\r\nCSeq: " + std::to_string(++cseq) + "\r\n" + headers + "\r\n");
            owner.runs_until([&] { return !heard.empty() || !closed.empty(); });
            return heard;
        }
        RtspsTest& owner;
        std::shared_ptr<rtsp::Wire> wire;
        std::string heard, closed;
        std::vector<std::vector<std::uint8_t>> packets;
        int cseq = 0;
    };

    rtsp::test::TestCertificate certificate = rtsp::test::make_certificate("DNS:bongsu");
    std::uint16_t tls_port = 0;
    std::optional<RtspsListener> tls;
};

TEST_F(RtspsTest, PicturesComeInsideAndNotBeside) {
    Viewer viewer(*this, certificate.sha256);
    EXPECT_NE(viewer.ask("DESCRIBE").find("Content-Base: rtsps://h/camera-1/"), std::string::npos) << viewer.heard;

    EXPECT_NE(viewer.ask("SETUP", "Transport: RTP/AVP;unicast;client_port=5000-5001\r\n").find("461 Unsupported Transport: RTP over UDP would leave TLS"),
              std::string::npos)
        << viewer.heard;

    EXPECT_NE(viewer.ask("SETUP", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n").find("200 OK"), std::string::npos) << viewer.heard;
    EXPECT_NE(viewer.ask("PLAY").find("200 OK"), std::string::npos) << viewer.heard;
    const auto shown = show(true, std::vector<std::size_t>(300, 1346));
    ASSERT_TRUE(runs_until([&] { return viewer.packets.size() == 303; }));
    for (std::size_t i = 0; i < 300; ++i) {
        const auto packet = shown->packet(i);
        EXPECT_TRUE(std::equal(packet.begin(), packet.end(), viewer.packets[3 + i].begin(), viewer.packets[3 + i].end())) << i;
    }
    EXPECT_EQ(tls->counters().secured, 1U);
    EXPECT_EQ(tls->waiting(), 0U);
}

TEST_F(RtspsTest, AfterTheCutNothingComes) {
    Viewer viewer(*this, certificate.sha256);
    viewer.ask("SETUP", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
    viewer.ask("PLAY");
    ASSERT_TRUE(runs_until([&] { return viewer.packets.size() == 3; }));

    EXPECT_TRUE(out->close(1, "grant ended"));
    show(true);

    ASSERT_TRUE(runs_until([&] { return !viewer.closed.empty(); }));
    EXPECT_EQ(viewer.packets.size(), 3U);
    EXPECT_EQ(reasons, std::vector<std::string>{"grant ended"});
}

TEST_F(RtspsTest, WhatIsNoTlsIsCountedAndReachesNobody) {
    for (const std::string words : {"DESCRIBE rtsp://h/camera-1?ticket=t RTSP/1.0\r\nCSeq: 1\r\n\r\n", "\x16\x03\x01\x7f\xff\x01", "$"}) {
        auto socket = dial();
        boost::asio::write(socket, boost::asio::buffer(words));
        socket.shutdown(Tcp::socket::shutdown_send);
        const auto before = tls->counters().failed;
        EXPECT_TRUE(runs_until([&] { return tls->counters().failed > before; })) << words;
    }
    EXPECT_EQ(tls->counters().failed, 3U);
    EXPECT_EQ(tls->waiting(), 0U);
    EXPECT_EQ(out->counters().accepted, 0U);
}

TEST_F(RtspsTest, ThoseWhoOnlyConnectAreFewAndSoonGone) {
    std::vector<Tcp::socket> silent;
    for (std::size_t i = 0; i < RtspsListener::kWaitingMax + 6; ++i) silent.push_back(dial());
    ASSERT_TRUE(runs_until([&] { return tls->counters().turned_away == 6; }));
    EXPECT_EQ(tls->waiting(), RtspsListener::kWaitingMax);
    clock.shift += 4s;
    runs_for(300ms);
    EXPECT_EQ(tls->waiting(), RtspsListener::kWaitingMax);

    clock.shift += 2s;

    ASSERT_TRUE(runs_until([&] { return tls->waiting() == 0; }));
    EXPECT_EQ(tls->counters().timed_out, RtspsListener::kWaitingMax);
    Viewer viewer(*this, certificate.sha256);
    EXPECT_NE(viewer.ask("OPTIONS").find("200 OK"), std::string::npos) << viewer.closed;
}

TEST_F(RtspsTest, ANewCertificateIsForNewConnections) {
    Viewer old(*this, certificate.sha256);
    old.ask("OPTIONS");
    const auto renewed = rtsp::test::make_certificate("DNS:bongsu");

    tls->set_identity(identity_of(renewed));

    Viewer fresh(*this, renewed.sha256), stale(*this, certificate.sha256);
    EXPECT_NE(fresh.ask("OPTIONS").find("200 OK"), std::string::npos) << fresh.closed;
    EXPECT_EQ(stale.ask("OPTIONS"), "");
    EXPECT_NE(stale.closed.find("certificate"), std::string::npos) << stale.closed;
    EXPECT_NE(old.ask("OPTIONS").find("200 OK"), std::string::npos) << old.closed;
}

}  // namespace
}  // namespace bongsu::view
