#pragma once
// A UDP address as a value: map key, STUN answer and sendmsg() argument alike.

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace bongsu::webrtc {

struct Address {
    std::array<std::uint8_t, 16>
        ip{};  ///< Network order; an IPv4 address is in the first 4 bytes, the rest 0.
    std::uint16_t port = 0;
    bool v6 = false;
    friend auto operator<=>(const Address&, const Address&) = default;

    /// An IPv4-mapped IPv6 address becomes IPv4. Empty for other families.
    static std::optional<Address> of(const sockaddr_storage& from);
    /// "127.0.0.1" or "::1"; empty when `host` is no numeric address.
    static std::optional<Address> parse(const std::string& host, std::uint16_t port);
    /// For a socket of `family` (AF_INET or AF_INET6; the latter gets IPv4 mapped). Returns the length.
    socklen_t to_sockaddr(sockaddr_storage& out, int family) const;
    std::string host() const;
    std::string to_string() const;  ///< "127.0.0.1:5000", "[::1]:5000"
};

}  // namespace bongsu::webrtc

template <>
struct std::hash<bongsu::webrtc::Address> {
    std::size_t operator()(const bongsu::webrtc::Address& a) const noexcept {
        const std::string_view ip(reinterpret_cast<const char*>(a.ip.data()), a.ip.size());
        return std::hash<std::string_view>{}(ip)*31 + a.port * 2U + (a.v6 ? 1U : 0U);
    }
};
