#include "webrtc/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace bongsu::webrtc {

std::optional<Address> Address::of(const sockaddr_storage& from) {
    Address address;
    if (from.ss_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, &from, sizeof v4);
        std::memcpy(address.ip.data(), &v4.sin_addr, 4);
        address.port = ntohs(v4.sin_port);
        return address;
    }
    if (from.ss_family != AF_INET6) return std::nullopt;
    sockaddr_in6 v6;
    std::memcpy(&v6, &from, sizeof v6);
    address.port = ntohs(v6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        std::memcpy(address.ip.data(), &v6.sin6_addr.s6_addr[12], 4);
    } else {
        address.v6 = true;
        std::memcpy(address.ip.data(), &v6.sin6_addr, 16);
    }
    return address;
}

std::optional<Address> Address::parse(const std::string& host, std::uint16_t port) {
    Address address;
    address.port = port;
    if (inet_pton(AF_INET, host.c_str(), address.ip.data()) == 1) return address;
    address.v6 = true;
    if (inet_pton(AF_INET6, host.c_str(), address.ip.data()) == 1) return address;
    return std::nullopt;
}

socklen_t Address::to_sockaddr(sockaddr_storage& out, int family) const {
    if (family == AF_INET && !v6) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, ip.data(), 4);
        std::memcpy(&out, &v4, sizeof v4);
        return sizeof v4;
    }
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(port);
    if (v6) {
        std::memcpy(&to.sin6_addr, ip.data(), 16);
    } else {
        to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
        std::memcpy(&to.sin6_addr.s6_addr[12], ip.data(), 4);
    }
    std::memcpy(&out, &to, sizeof to);
    return sizeof to;
}

std::string Address::host() const {
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(v6 ? AF_INET6 : AF_INET, ip.data(), text, sizeof text);
    return text;
}

std::string Address::to_string() const {
    const std::string name = v6 ? "[" + host() + "]" : host();
    return name + ":" + std::to_string(port);
}

}  // namespace bongsu::webrtc
