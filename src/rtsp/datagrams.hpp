#pragma once
// A pair of UDP ports for one track: RTP on the even one, RTCP on the next (RFC 3550 11). A thin driver.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/result.hpp"

namespace bongsu::rtsp {

/// Ownership: shared with its own pending waits; close() ends them and lets go of the events.
/// Source:    datagrams of other addresses than the peer's are counted and dropped; its ports are not looked at, as
///            cameras send from others than they say.
/// Bounds:    datagrams up to kDatagramMax bytes, longer ones are counted and dropped; at most kBatch at a turn of the loop.
/// Threads:   the loop.
class DatagramPair : public std::enable_shared_from_this<DatagramPair> {
  public:
    static constexpr std::size_t kDatagramMax = 4'096, kBatch = 16;

    struct Events {
        std::function<void(std::span<const std::uint8_t>)> on_rtp, on_rtcp;
    };
    struct Counters {
        std::uint64_t foreign = 0, oversize = 0, bytes = 0;
    };

    /// Binds both at `local`, by ports that the kernel gives. Errors: exhausted.
    static Result<std::shared_ptr<DatagramPair>> open(boost::asio::io_context& loop, const boost::asio::ip::address& local);

    std::uint16_t rtp_port() const { return rtp_port_; }
    /// Reads what comes from `peer`. The events are kept until close(); they may call it.
    void start(const boost::asio::ip::address& peer, Events events);
    /// Lost when the kernel does not take it now. Ports of 0 are sent nothing.
    void send_rtp(std::span<const std::uint8_t> packet, std::uint16_t port);
    void send_rtcp(std::span<const std::uint8_t> packet, std::uint16_t port);
    void close();

    const Counters& counters() const { return counters_; }

  private:
    using Udp = boost::asio::ip::udp;

    DatagramPair(Udp::socket rtp, Udp::socket rtcp, std::uint16_t rtp_port)
        : rtp_(std::move(rtp)), rtcp_(std::move(rtcp)), rtp_port_(rtp_port) {}
    void wait(Udp::socket& socket);
    void read(Udp::socket& socket);
    void send(Udp::socket& socket, std::span<const std::uint8_t> packet, std::uint16_t port);

    Udp::socket rtp_, rtcp_;
    std::uint16_t rtp_port_;
    boost::asio::ip::address peer_;
    std::shared_ptr<Events> events_;
    Counters counters_;
};

}  // namespace bongsu::rtsp
