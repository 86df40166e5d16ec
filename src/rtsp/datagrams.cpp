#include "rtsp/datagrams.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <optional>

namespace bongsu::rtsp {
namespace {

namespace asio = boost::asio;
using Udp = asio::ip::udp;

// A key picture comes at once: some hundred packets. The kernel gives what its limit (net.core.rmem_max) allows.
constexpr int kReceiveBuffer = 1 << 20;
constexpr int kTries = 16;

/// Shared by all pairs of a loop: packets are handed on or copied before the next read.
struct Batch {
    std::array<std::array<std::uint8_t, DatagramPair::kDatagramMax>, DatagramPair::kBatch> bytes;
    std::array<Udp::endpoint, DatagramPair::kBatch> from;
    std::array<iovec, DatagramPair::kBatch> parts;
    std::array<mmsghdr, DatagramPair::kBatch> messages;

    Batch() {
        for (std::size_t i = 0; i < DatagramPair::kBatch; ++i) {
            parts[i] = {bytes[i].data(), bytes[i].size()};
            messages[i] = {};
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
            messages[i].msg_hdr.msg_name = from[i].data();
        }
    }
    int read(int fd) {
        for (std::size_t i = 0; i < DatagramPair::kBatch; ++i)
            messages[i].msg_hdr.msg_namelen = static_cast<socklen_t>(from[i].capacity());
        return ::recvmmsg(fd, messages.data(), DatagramPair::kBatch, MSG_DONTWAIT, nullptr);
    }
};
thread_local std::unique_ptr<Batch> batch;

std::optional<Udp::socket> bound(asio::io_context& loop, const asio::ip::address& local, std::uint16_t port) {
    boost::system::error_code code;
    Udp::socket socket(loop);
    const Udp::endpoint at(local, port);
    socket.open(at.protocol(), code);
    if (!code) socket.bind(at, code);
    if (!code) socket.non_blocking(true, code);
    if (code) return std::nullopt;
    socket.set_option(asio::socket_base::receive_buffer_size(kReceiveBuffer), code);
    return socket;
}

/// IPv4 in IPv6's clothes is IPv4.
asio::ip::address plain(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address;
}

}  // namespace

Result<std::shared_ptr<DatagramPair>> DatagramPair::open(asio::io_context& loop, const asio::ip::address& local) {
    for (int i = 0; i < kTries; ++i) {
        auto one = bound(loop, local, 0);
        if (!one) break;
        boost::system::error_code code;
        const std::uint16_t port = one->local_endpoint(code).port();
        if (code || port < 1024 || port == 65'535) continue;
        const bool even = port % 2 == 0;
        auto other = bound(loop, local, static_cast<std::uint16_t>(even ? port + 1 : port - 1));
        if (!other) continue;
        if (!even) std::swap(one, other);
        const auto rtp_port = static_cast<std::uint16_t>(even ? port : port - 1);
        return std::shared_ptr<DatagramPair>(new DatagramPair(std::move(*one), std::move(*other), rtp_port));
    }
    return fail(ErrorKind::exhausted, "no pair of UDP ports is free");
}

void DatagramPair::start(const asio::ip::address& peer, Events events) {
    peer_ = plain(peer);
    events_ = std::make_shared<Events>(std::move(events));
    wait(rtp_);
    wait(rtcp_);
}

void DatagramPair::wait(Udp::socket& socket) {
    socket.async_wait(asio::socket_base::wait_read,
                      [self = shared_from_this(), &socket](const boost::system::error_code& error) {
                          if (!error && self->events_) self->read(socket);
                      });
}

void DatagramPair::read(Udp::socket& socket) {
    const auto self = shared_from_this();
    if (!batch) batch = std::make_unique<Batch>();
    const auto events = events_;
    const auto& sink = &socket == &rtp_ ? events->on_rtp : events->on_rtcp;
    // An error such as ECONNREFUSED belongs to what we sent; the next wait reads on.
    const int got = batch->read(socket.native_handle());
    for (int i = 0; i < got && events_; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const auto& message = batch->messages[at];
        boost::system::error_code ignored;
        batch->from[at].resize(message.msg_hdr.msg_namelen);
        if (plain(batch->from[at].address()) != peer_) {
            ++counters_.foreign;
        } else if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
            ++counters_.oversize;
        } else {
            counters_.bytes += message.msg_len;
            sink({batch->bytes[at].data(), message.msg_len});
        }
    }
    if (events_) wait(socket);
}

void DatagramPair::send(Udp::socket& socket, std::span<const std::uint8_t> packet, std::uint16_t port) {
    if (port == 0 || !events_) return;
    boost::system::error_code ignored;
    socket.send_to(asio::buffer(packet.data(), packet.size()), {peer_, port}, 0, ignored);
}

void DatagramPair::send_rtp(std::span<const std::uint8_t> packet, std::uint16_t port) { send(rtp_, packet, port); }
void DatagramPair::send_rtcp(std::span<const std::uint8_t> packet, std::uint16_t port) { send(rtcp_, packet, port); }

void DatagramPair::close() {
    events_.reset();
    boost::system::error_code ignored;
    rtp_.close(ignored);
    rtcp_.close(ignored);
}

}  // namespace bongsu::rtsp
