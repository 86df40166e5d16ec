#include "webrtc/endpoint.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include "env/posix.hpp"
#include "webrtc/test/fake_viewer.hpp"
#include "webrtc/test/make_block.hpp"

namespace bongsu::webrtc {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::FakeViewer;
using test::make_block;

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

/// A FakeViewer on a socket of its own.
struct SocketViewer {
    explicit SocketViewer(std::uint16_t server_port) {
        std::uint16_t port = 0;
        fd = bound_udp(port);
        const int room = 4 << 20;
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        to.sin_port = htons(server_port);
        EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        viewer.out = [this](const Bytes& bytes) { EXPECT_GT(::send(fd, bytes.data(), bytes.size(), 0), 0); };
    }
    ~SocketViewer() { ::close(fd); }
    void poll() {
        Bytes bytes(65'536);
        for (ssize_t size; (size = recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0;) {
            viewer.take(std::span(bytes).first(static_cast<std::size_t>(size)));
        }
    }
    int fd;
    FakeViewer viewer;
};

struct EndpointTest : testing::Test {
    void SetUp() override {
        const int fd = bound_udp(port);
        auto started =
            Endpoint::start(loop, fd, env::process_env(), {{*Address::parse("127.0.0.1", port)}, 8});
        ASSERT_TRUE(started) << started.error().message;
        endpoint = *std::move(started);
    }
    template <class Done>
    bool run_until(Done done, SocketViewer& viewer) {
        for (int i = 0; i < 2000 && !done(); ++i) {
            loop.run_for(2ms);
            loop.restart();
            viewer.poll();
        }
        return done();
    }
    std::shared_ptr<Peer> connect(SocketViewer& at, PeerEvents events = {}) {
        const auto offer = parse_offer(at.viewer.offer());
        EXPECT_TRUE(offer);
        auto opened = endpoint->open(*offer, media::Codec::h264, std::move(events), "cam");
        EXPECT_TRUE(opened);
        at.viewer.accept(opened->answer);
        at.viewer.consent();
        EXPECT_TRUE(run_until([&] { return at.viewer.stun_answers > 0; }, at));
        at.viewer.start_dtls();
        EXPECT_TRUE(run_until([&] { return at.viewer.connected() && opened->peer->ready(); }, at));
        return opened->peer;
    }

    boost::asio::io_context loop;
    std::uint16_t port = 0;
    std::unique_ptr<Endpoint> endpoint;
};

TEST_F(EndpointTest, CarriesABlockOverTheRealSocketInSegments) {
    SocketViewer at(port);
    const auto peer = connect(at);

    ASSERT_TRUE(peer->send_block(make_block(1, true, 100, 1200, 0x65), env::process_env().clock.mono()));
    run_until([&] { return at.viewer.received.size() == 100; }, at);

    ASSERT_EQ(at.viewer.received.size(), 100U);
    EXPECT_EQ(at.viewer.undecryptable, 0U);
    EXPECT_EQ(at.viewer.received[99].payload.size(), 1193U);
    EXPECT_TRUE(endpoint->stats().gso_sends > 0 || endpoint->stats().plain_sends >= 100);
}

TEST_F(EndpointTest, CarriesPacketsLargerThanASegmentAlone) {
    SocketViewer at(port);
    const auto peer = connect(at);

    ASSERT_TRUE(peer->send_block(make_block(1, true, 3, 9000, 0x65), env::process_env().clock.mono()));
    run_until([&] { return at.viewer.received.size() == 3; }, at);

    EXPECT_EQ(at.viewer.received.size(), 3U);
}

TEST_F(EndpointTest, TellsViewersOfOnePortApart) {
    SocketViewer one(port), two(port);
    const auto first = connect(one), second = connect(two);

    first->send_block(make_block(1, true, 1, 100, 0x11), env::process_env().clock.mono());
    second->send_block(make_block(1, true, 1, 100, 0x22), env::process_env().clock.mono());
    run_until([&] { return !one.viewer.received.empty(); }, one);
    run_until([&] { return !two.viewer.received.empty(); }, two);

    ASSERT_EQ(one.viewer.received.size(), 1U);
    ASSERT_EQ(two.viewer.received.size(), 1U);
    EXPECT_EQ(one.viewer.received[0].payload[0], 0x11);
    EXPECT_EQ(two.viewer.received[0].payload[0], 0x22);
}

TEST_F(EndpointTest, CountsHostileDatagramsAndGoesOn) {
    SocketViewer enemy(port);
    std::mt19937 random(3);
    for (int i = 0; i < 500; ++i) {
        Bytes noise(1 + random() % 1500);
        for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
        enemy.viewer.out(noise);
        if (i % 50 == 0)
            run_until([&] { return endpoint->stats().datagrams > static_cast<unsigned>(i); }, enemy);
    }
    run_until([&] { return endpoint->stats().hostile >= 500; }, enemy);
    SocketViewer at(port);

    const auto peer = connect(at);

    EXPECT_TRUE(peer->ready());
    EXPECT_GE(endpoint->stats().hostile, 500U);
    EXPECT_EQ(enemy.viewer.stun_answers, 0U);
}

TEST_F(EndpointTest, RefusesMoreViewersThanItsBound) {
    SocketViewer at(port);
    const auto offer = parse_offer(at.viewer.offer());
    ASSERT_TRUE(offer);
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(endpoint->open(*offer, media::Codec::h264, {}, "cam"));

    const auto ninth = endpoint->open(*offer, media::Codec::h264, {}, "cam");

    ASSERT_FALSE(ninth);
    EXPECT_EQ(ninth.error().kind, ErrorKind::exhausted);
}

TEST_F(EndpointTest, ForgetsAViewerThatLeft) {
    SocketViewer at(port);
    std::string why;
    connect(at, {.ready = {}, .key_wanted = {}, .closed = [&](const std::string& reason) { why = reason; }});
    ASSERT_EQ(endpoint->peers(), 1U);

    at.viewer.close();
    run_until([&] { return endpoint->peers() == 0; }, at);

    EXPECT_EQ(endpoint->peers(), 0U);
    EXPECT_EQ(why, "viewer left");
}

TEST_F(EndpointTest, RefusesASocketThatIsNoUdpSocket) {
    const int tcp = socket(AF_INET, SOCK_STREAM, 0);

    const auto started =
        Endpoint::start(loop, tcp, env::process_env(), {{*Address::parse("127.0.0.1", 1)}, 8});

    EXPECT_FALSE(started);
}

}  // namespace
}  // namespace bongsu::webrtc
