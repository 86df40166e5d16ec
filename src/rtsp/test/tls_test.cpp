#include "rtsp/tls.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

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

/// Our serving side towards our own client.
class TlsServerTest : public testing::Test {
  protected:
    void SetUp() override {
        identity = *TlsIdentity::make(certificate.pem, certificate.key_pem);
        Tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
        const int small = 16 * 1024;  // So that a picture does not fit.
        ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        Tcp::socket near(loop), far(loop);
        near.open(Tcp::v4());
        near.set_option(asio::socket_base::receive_buffer_size(small));
        near.connect(acceptor.local_endpoint());
        acceptor.accept(far);
        auto tls = Tls::client(*TlsTrust::make(""), {.sha256 = certificate.sha256}, "camera", near.native_handle());
        viewer = std::make_shared<Wire>(std::move(near), *std::move(tls));
        auto ours = Tls::server(identity, far.native_handle());
        server = std::make_shared<Wire>(std::move(far), *std::move(ours));
    }
    template <class Holds>
    bool runs_until(Holds holds) {
        for (int i = 0; i < 2000 && !holds(); ++i) loop.run_one_for(5ms);
        return holds();
    }

    asio::io_context loop;
    test::TestCertificate certificate = test::make_certificate("DNS:bongsu");
    std::shared_ptr<const TlsIdentity> identity;
    std::shared_ptr<Wire> viewer, server;
};

/// Pictures and answers in turn, to one who reads only now and then: everything arrives, once and in order, whatever the socket
/// took of it at a time.
TEST_F(TlsServerTest, AViewerThatReadsSlowlyGetsEverythingInOrder) {
    constexpr std::size_t kPictures = 60, kPicture = 50'000;
    std::vector<std::uint8_t> picture;
    std::string sent, got;
    std::size_t shown = 0, at = 0;
    bool is_begun = false;  // A picture may be begun and none of it taken.
    const std::function<void()> go_on = [&] {
        while (shown < kPictures) {
            if (!std::exchange(is_begun, true)) {
                picture.assign(kPicture, static_cast<std::uint8_t>('a' + shown % 26));
                const std::string answer = "RTSP/1.0 200 OK\r\nCSeq: " + std::to_string(shown) + "\r\n\r\n";
                server->send(answer);
                for (std::size_t i = 0; i < kPicture; i += 5000) picture[i] = '$', picture[i + 1] = 0, picture[i + 2] = 4996 >> 8, picture[i + 3] = 4996 & 255;
                sent += answer;
                sent.append(picture.begin(), picture.end());
            }
            const auto taken = server->send_some(std::span(picture).subspan(at));
            ASSERT_TRUE(taken);
            at += *taken;
            if (at < picture.size()) return;
            at = 0;
            is_begun = false;
            ++shown;
        }
    };
    bool closed = false;
    server->start({.on_unit = [](const Unit&) { return true; }, .on_closed = [&](const Error&) { closed = true; }, .on_writable = go_on});
    viewer->start({.on_unit =
                       [&](const Unit& unit) {
                           if (const auto* text = std::get_if<Text>(&unit)) got += std::string(text->head) + "\r\n\r\n";
                           if (const auto* frame = std::get_if<Interleaved>(&unit)) {
                               got += {'$', 0, static_cast<char>(4996 >> 8), static_cast<char>(4996 & 255)};
                               got.append(frame->payload.begin(), frame->payload.end());
                           }
                           return true;
                       },
                   .on_closed = [&](const Error&) { closed = true; },
                   .on_writable = {}});
    ASSERT_TRUE(runs_until([&] { return server->is_secured() && viewer->is_secured(); }));

    go_on();

    EXPECT_LT(shown, kPictures);  // It was too much at once.
    ASSERT_TRUE(runs_until([&] { return shown == kPictures && got.size() >= sent.size(); }))
        << shown << " pictures, " << got.size() << " of " << sent.size() << " bytes";
    EXPECT_TRUE(got == sent);
    EXPECT_FALSE(closed);
}

TEST_F(TlsServerTest, WhoSpeaksNoTlsIsToldNothingAndEnds) {
    Tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
    for (const std::string words : {"OPTIONS rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\xff\xff"}) {
        Tcp::socket near(loop), far(loop);
        near.connect(acceptor.local_endpoint());
        acceptor.accept(far);
        far.non_blocking(true);
        const auto tls = *Tls::server(identity, far.native_handle());
        asio::write(near, asio::buffer(words));
        near.shutdown(Tcp::socket::shutdown_send);
        bool ended = false;
        ASSERT_TRUE(runs_until([&] { return ended = ended || (!tls->secure() && errno != EAGAIN); }));
        EXPECT_EQ(errno, EPROTO);
        EXPECT_TRUE(tls->why().starts_with("tls: ")) << tls->why();
        std::array<std::uint8_t, 64> piece{};
        EXPECT_EQ(tls->receive(piece), -1);
        EXPECT_EQ(tls->transmit(piece), -1);
    }
}

TEST(TlsIdentity, WhatCannotBeShownIsSaidByItsSetting) {
    const auto one = test::make_certificate("DNS:one"), other = test::make_certificate("DNS:other");
    const auto why = [](const std::string& certificate, const std::string& key) {
        const auto made = TlsIdentity::make(certificate, key);
        return made ? std::string("fine") : made.error().message;
    };
    EXPECT_EQ(why(one.pem, one.key_pem), "fine");
    EXPECT_EQ(why(one.pem + other.pem, one.key_pem), "fine");  // Its authority behind it.
    EXPECT_EQ(why("", one.key_pem), "certificate_file holds no certificate in PEM");
    EXPECT_EQ(why("nonsense", one.key_pem), "certificate_file holds no certificate in PEM");
    EXPECT_EQ(why(one.pem, ""), "key_file holds no private key in PEM without a pass phrase");
    EXPECT_EQ(why(one.pem, one.pem), "key_file holds no private key in PEM without a pass phrase");
    EXPECT_EQ(why(one.pem, other.key_pem), "key_file does not belong to certificate_file");
    const std::unique_ptr<BIO, decltype(&BIO_free)> locked(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(locked.get(), one.key.get(), EVP_aes_128_cbc(), reinterpret_cast<const unsigned char*>("secret"), 6, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(locked.get(), &text);
    EXPECT_EQ(why(one.pem, {text, static_cast<std::size_t>(size)}), "key_file holds no private key in PEM without a pass phrase");
}

}  // namespace
}  // namespace bongsu::rtsp
