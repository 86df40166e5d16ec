#include "rtsp/tls.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>

#include "rtsp/test/certificate.hpp"
#include "rtsp/wire.hpp"

namespace bongsu::rtsp {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using Tcp = asio::ip::tcp;
using namespace std::chrono_literals;

/// A camera by Asio's own TLS: nothing of ours but the certificate.
struct Camera {
    Camera(asio::io_context& loop, const test::TestCertificate& certificate)
        : context(ssl::context::tls_server), acceptor(loop, {asio::ip::address_v4::loopback(), 0}), stream(loop, context) {
        SSL_use_certificate(stream.native_handle(), certificate.certificate.get());
        SSL_use_PrivateKey(stream.native_handle(), certificate.key.get());
        acceptor.async_accept(stream.next_layer(), [this](boost::system::error_code code) {
            if (code || silent) return;
            stream.async_handshake(ssl::stream_base::server, [this](boost::system::error_code failed) {
                if (!failed) read();
            });
        });
    }
    void read() {
        stream.async_read_some(asio::buffer(piece), [this](boost::system::error_code code, std::size_t n) {
            if (code) return;
            heard.append(piece.data(), n);
            read();
        });
    }
    ssl::context context;
    Tcp::acceptor acceptor;
    ssl::stream<Tcp::socket> stream;
    bool silent = false;
    std::array<char, 4096> piece{};
    std::string heard;
};

class TlsTest : public testing::Test {
  protected:
    Result<void> connect(const TlsProof& proof, const std::string& authorities = "", const std::string& host = "127.0.0.1") {
        camera.emplace(loop, certificate);
        Tcp::socket socket(loop);
        socket.connect(camera->acceptor.local_endpoint());
        TRY(const auto trust, TlsTrust::make(authorities));
        TRY(auto tls, Tls::client(trust, proof, host, socket.native_handle()));
        wire = std::make_shared<Wire>(std::move(socket), std::move(tls));
        wire->start({.on_unit =
                         [this](const Unit& unit) {
                             if (const auto* frame = std::get_if<Interleaved>(&unit)) got += frame->payload.size();
                             if (std::holds_alternative<Text>(unit)) ++texts;
                             return true;
                         },
                     .on_closed = [this](const Error& error) { closed = error; },
                     .on_writable = {}});
        wire->send("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n");
        return {};
    }
    template <class Holds>
    void run_until(Holds holds) {
        for (int i = 0; i < 500 && !holds(); ++i) loop.run_one_for(10ms);
    }
    void expect_spoken() {
        run_until([&] { return closed || !camera->heard.empty(); });
        EXPECT_EQ(camera->heard, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n") << (closed ? closed->message : "");
        EXPECT_TRUE(wire->is_secured());
    }
    void expect_refused(const std::string& words) {
        run_until([&] { return closed.has_value(); });
        ASSERT_TRUE(closed);
        EXPECT_EQ(closed->message, words);
        EXPECT_EQ(closed->code, "tls");
        EXPECT_EQ(camera->heard, "");
    }

    asio::io_context loop;
    test::TestCertificate certificate = test::make_certificate("IP:127.0.0.1,DNS:camera.city");
    std::optional<Camera> camera;
    std::shared_ptr<Wire> wire;
    std::size_t got = 0;
    int texts = 0;
    std::optional<Error> closed;
};

TEST_F(TlsTest, AnAuthorityIsBelieved) {
    ASSERT_TRUE(connect({}, certificate.pem));
    expect_spoken();
}

TEST_F(TlsTest, AFingerprintIsBelievedWhateverElseTheCertificateSays) {
    certificate = test::make_certificate("DNS:other", -60);  // Expired, of another name.
    ASSERT_TRUE(connect({.sha256 = certificate.sha256}));
    expect_spoken();
}

TEST_F(TlsTest, AnotherFingerprintIsRefusedAndNothingWasSaid) {
    ASSERT_TRUE(connect({.sha256 = std::string(64, 'a'), .insecure = true}));
    expect_refused("tls: the camera's certificate is not the one that is agreed (sha256)");
}

TEST_F(TlsTest, ACertificateOfAnotherAddressIsRefused) {
    certificate = test::make_certificate("IP:10.0.0.1");
    ASSERT_TRUE(connect({}, certificate.pem));
    expect_refused("tls: the camera's certificate stands for another address");
}

TEST_F(TlsTest, AnExpiredCertificateIsRefusedAndSaidSo) {
    certificate = test::make_certificate("IP:127.0.0.1", -60);
    ASSERT_TRUE(connect({}, certificate.pem));
    expect_refused("tls: certificate has expired");
}

TEST_F(TlsTest, ACertificateOfNobodyIsRefused) {
    ASSERT_TRUE(connect({}, test::make_certificate("IP:127.0.0.1").pem));
    run_until([&] { return closed.has_value(); });
    ASSERT_TRUE(closed);
    EXPECT_EQ(camera->heard, "");
}

TEST_F(TlsTest, InsecureTakesAnybody) {
    ASSERT_TRUE(connect({.sha256 = "", .insecure = true}));
    expect_spoken();
}

TEST_F(TlsTest, WithoutAnyProofNothingIsDone) {
    const auto made = connect({});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::invalid);
    EXPECT_NE(made.error().message.find("tls_insecure"), std::string::npos);
    EXPECT_FALSE(connect({.sha256 = "abc"}));
    EXPECT_FALSE(TlsTrust::make("no certificate"));
}

TEST_F(TlsTest, ACameraThatSpeaksNoTlsIsSaidSo) {
    Tcp::acceptor plain(loop, {asio::ip::address_v4::loopback(), 0});
    Tcp::socket socket(loop);
    socket.connect(plain.local_endpoint());
    auto peer = plain.accept();
    asio::write(peer, asio::buffer(std::string("RTSP/1.0 400 Bad Request\r\n\r\n")));
    auto tls = Tls::client(*TlsTrust::make(""), {.sha256 = "", .insecure = true}, "127.0.0.1", socket.native_handle());
    wire = std::make_shared<Wire>(std::move(socket), *std::move(tls));
    wire->start({.on_unit = [](const Unit&) { return true; }, .on_closed = [this](const Error& error) { closed = error; }, .on_writable = {}});
    run_until([&] { return closed.has_value(); });
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->message.substr(0, 5), "tls: ");
}

TEST_F(TlsTest, MuchInRecordsOfAnySizeArrivesWhole) {
    ASSERT_TRUE(connect({.sha256 = "", .insecure = true}));
    expect_spoken();
    std::string stream;
    std::size_t expected = 0;
    for (std::size_t i = 0; i < 300; ++i) {
        const std::size_t size = (i * 7919) % 40'000;
        stream += '$';
        stream += '\0';
        stream += static_cast<char>(size >> 8);
        stream += static_cast<char>(size);
        stream += std::string(size, 'x');
        expected += size;
    }
    bool written = false;
    asio::async_write(camera->stream, asio::buffer(stream), [&](boost::system::error_code, std::size_t) { written = true; });
    run_until([&] { return written && got == expected; });
    for (int i = 0; i < 2000 && got < expected; ++i) loop.run_one_for(10ms);
    EXPECT_EQ(got, expected);

    camera->stream.next_layer().close();
    run_until([&] { return closed.has_value(); });
    EXPECT_TRUE(closed);
}

}  // namespace
}  // namespace bongsu::rtsp
