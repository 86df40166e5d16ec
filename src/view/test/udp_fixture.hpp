#pragma once
// For tests of RTP over UDP: pairs of bound sockets, and blocks whose packets have chosen sizes.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "media/packets.hpp"

namespace bongsu::view::test {

inline std::uint16_t bind_any(int fd, const std::string& host, std::uint16_t port = 0) {
    sockaddr_storage at{};
    socklen_t size = sizeof(sockaddr_in);
    auto& v4 = reinterpret_cast<sockaddr_in&>(at);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(at);
    if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
    } else if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        size = sizeof(sockaddr_in6);
    }
    if (::bind(fd, reinterpret_cast<sockaddr*>(&at), size) != 0) return 0;
    size = sizeof at;
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), 0);
    return ntohs(at.ss_family == AF_INET ? v4.sin_port : v6.sin6_port);
}

/// An even UDP port and the next one.
struct PortPair {
    explicit PortPair(const std::string& host = "127.0.0.1") {
        const int family = host.find(':') == std::string::npos ? AF_INET : AF_INET6;
        for (int tries = 0; tries < 100; ++tries) {
            const int one = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            const int other = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            port = bind_any(one, host);
            if (port % 2 == 0 && bind_any(other, host, static_cast<std::uint16_t>(port + 1)) != 0) {
                rtp = one;
                rtcp = other;
                const int bytes = 4 << 20;
                ::setsockopt(rtp, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
                return;
            }
            ::close(one);
            ::close(other);
        }
        ADD_FAILURE() << "no pair of ports";
    }
    int rtp = -1, rtcp = -1;
    std::uint16_t port = 0;
};

/// A viewer's sockets.
struct Receiver : PortPair {
    using PortPair::PortPair;
    ~Receiver() {
        ::close(rtp);
        ::close(rtcp);
    }
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    struct Datagram {
        std::vector<std::uint8_t> bytes;
        std::string from;  ///< Address and port.
    };
    static std::vector<Datagram> read(int fd) {
        std::vector<Datagram> out;
        std::array<std::uint8_t, 65536> piece{};
        while (true) {
            sockaddr_storage from{};
            socklen_t size = sizeof from;
            const auto got = ::recvfrom(fd, piece.data(), piece.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
            if (got < 0) return out;
            std::array<char, 64> text{};
            const bool v4 = from.ss_family == AF_INET;
            const void* address = v4 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(from).sin_addr)
                                     : &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr;
            inet_ntop(from.ss_family, address, text.data(), text.size());
            const auto port = ntohs(v4 ? reinterpret_cast<const sockaddr_in&>(from).sin_port : reinterpret_cast<const sockaddr_in6&>(from).sin6_port);
            out.push_back({{piece.begin(), piece.begin() + got}, std::string(text.data()) + ":" + std::to_string(port)});
        }
    }
    std::vector<Datagram> pictures() const { return read(rtp); }
    std::vector<Datagram> reports() const { return read(rtcp); }
};

constexpr std::uint32_t kSsrc = 0x1234'5678;

/// A picture whose packets have these sizes, header included.
inline media::BlockPtr make_block(const std::vector<std::size_t>& sizes, std::uint16_t sequence, std::uint32_t rtp_time, bool key, MonoTime received) {
    auto block = std::make_shared<media::Block>();
    std::vector<std::uint8_t> payload(1500);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        for (std::size_t at = 0; at < payload.size(); ++at) payload[at] = static_cast<std::uint8_t>(sequence + i * 31 + at);
        media::append_packet(*block, {}, media::Bytes(payload).first(sizes[i] - media::kRtpHeaderSize));
    }
    media::write_headers(*block, {.sequence = sequence, .timestamp = rtp_time, .ssrc = kSsrc});
    block->rtp_time = rtp_time;
    block->received = received;
    block->key = key;
    return block;
}

}  // namespace bongsu::view::test
