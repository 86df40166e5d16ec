#pragma once
// For tests of the RTSP server's transports: a way out with one camera, whose pictures the test publishes by hand.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>
#include <set>

#include "env/posix.hpp"
#include "view/rtsp_out.hpp"
#include "view/test/udp_fixture.hpp"

namespace bongsu::view::test {

using namespace std::chrono_literals;
using Tcp = boost::asio::ip::tcp;

/// The machine's clock, and what the test adds to it.
class ShiftedClock final : public env::Clock {
  public:
    MonoTime mono() const override { return clock_.mono() + shift; }
    WallTime wall() const override { return clock_.wall() + shift; }
    std::chrono::seconds shift{0};

  private:
    env::PosixClock clock_;
};

inline int listen_on(const std::string& host, std::uint16_t& port) {
    const int family = host.find(':') == std::string::npos ? AF_INET : AF_INET6;
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    port = bind_any(fd, host);
    EXPECT_EQ(::listen(fd, 128), 0);
    return fd;
}

class WaysFixture : public testing::Test {
  protected:
    void SetUp() override { serve("127.0.0.1"); }

    void serve(const std::string& host) {
        out.reset();
        RtspOut::Hooks hooks;
        hooks.admit = [](const CameraId&, const std::string& ticket, const std::string&, const auto& done) {
            done(RtspOut::Admitted{0, ticket == "relay"});
        };
        hooks.open = [this](const CameraId&, const std::string& ticket, const std::string&, const auto& done) {
            if (!used.insert(ticket).second) return done(fail(ErrorKind::unauthenticated, "ticket has been used"));
            done(++leases);
        };
        hooks.stream = [this](const CameraId&, int) { return &stream; };
        hooks.closed = [this](std::uint64_t, const std::string& reason, std::uint64_t frames, std::uint64_t bytes) {
            reasons.push_back(reason);
            closed_frames = frames;
            closed_bytes = bytes;
        };
        const int fd = listen_on(host, port);
        out.emplace(loop, clock, random, fd, std::move(hooks));
        const PortPair ours(host);
        rtp_port = ours.port;
        auto udp = RtspUdp::start(loop, clock, random, ours.rtp, ours.rtcp);
        ASSERT_TRUE(udp) << udp.error().message;
        out->serve_udp(*std::move(udp));
        stream.set_format({.codec = media::Codec::jpeg});
        show(true);
    }

    /// One more picture of the camera.
    media::BlockPtr show(bool key, const std::vector<std::size_t>& sizes = {1400, 1400, 300}) {
        auto block = make_block(sizes, sequence, rtp_time, key, clock.mono());
        sequence = static_cast<std::uint16_t>(sequence + sizes.size());
        rtp_time += 3600;
        stream.publish(block);
        return block;
    }
    template <class Holds>
    bool runs_until(Holds holds, std::chrono::seconds most = 5s) {
        const auto end = real.mono() + most;
        while (!holds()) {
            if (real.mono() > end) return false;
            loop.run_one_for(5ms);
        }
        return true;
    }
    void runs_for(std::chrono::milliseconds time) {
        const auto end = real.mono() + time;
        while (real.mono() < end) loop.run_one_for(2ms);
    }
    std::string url() const { return "rtsp://h:" + std::to_string(port) + "/camera-1"; }

    env::PosixClock real;
    ShiftedClock clock;
    env::PosixRandom random;
    boost::asio::io_context loop;
    hub::Stream stream;
    std::uint16_t port = 0, rtp_port = 0, sequence = 65'500;
    std::uint32_t rtp_time = 77;
    std::uint64_t leases = 0, closed_frames = 0, closed_bytes = 0;
    std::set<std::string> used;
    std::vector<std::string> reasons;
    std::optional<RtspOut> out;
};

}  // namespace bongsu::view::test
