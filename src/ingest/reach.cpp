#include "ingest/reach.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/udp.hpp>
#include <string>

namespace bongsu::ingest {
namespace {

namespace ip = boost::asio::ip;

ip::address unmapped(const ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    return address;
}

bool is_a_hosts(const ip::address& address) {
    return !address.is_unspecified() && !address.is_multicast() &&
           !(address.is_v4() && address.to_v4() == ip::address_v4::broadcast());
}

/// A cloud's metadata service that lies in a private network: fd00:ec2::254. The others' are link-local.
bool is_metadata(const ip::address& address) {
    static const auto of_private = ip::make_address("fd00:ec2::254");
    return address == of_private;
}

}  // namespace

Reach Reach::of_private(bool loopback) {
    std::vector<std::string> networks{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"};
    if (loopback) networks.insert(networks.end(), {"127.0.0.0/8", "::1"});
    auto parsed = address::Networks::parse(networks);
    BONGSU_CHECK(parsed.has_value());
    return {.networks = *std::move(parsed), .is_default = true};
}

Result<ip::address> choose_address(const std::vector<ip::address>& resolved, const Reach& reach,
                                   const std::optional<ip::address>& first) {
    if (resolved.empty()) return fail(ErrorKind::not_found, "the host name is not known");
    for (const auto& one : resolved) {
        // A zone is a link-local address's; on another one it is ignored by the kernel, and would hide it from what follows.
        if (one.is_v6() && one.to_v6().scope_id() != 0 && !one.to_v6().is_link_local())
            return fail(ErrorKind::forbidden, "the address " + one.to_string() + " has a zone and is not link-local");
        const bool is_inside = !reach.networks || (reach.networks->contains(one) && !(reach.is_default && is_metadata(one)));
        if (is_a_hosts(unmapped(one)) && is_inside) continue;
        return fail(ErrorKind::forbidden, "the address " + one.to_string() + (reach.is_default
                                              ? " is not a private one, and cameras.toml names no networks"
                                              : " is not in the cameras' networks"));
    }
    if (!first || (reach.networks && !reach.is_default)) return resolved.front();
    if (std::find(resolved.begin(), resolved.end(), *first) == resolved.end())
        return fail(ErrorKind::forbidden, "the camera redirects to another host, " + resolved.front().to_string());
    return *first;
}

Result<void> check_port(const ip::address& address, std::uint16_t port, const Reach& reach) {
    const bool is_own_port = std::find(reach.own_ports.begin(), reach.own_ports.end(), port) != reach.own_ports.end();
    if (!is_own_port || !is_this_machine(unmapped(address))) return {};
    return fail(ErrorKind::forbidden, "port " + std::to_string(port) + " of this machine is one of our own");
}

bool is_this_machine(const ip::address& address) {
    if (address.is_loopback()) return true;
    // Connecting a UDP socket sends nothing: the kernel chooses the source by its routes, and our own address's is itself.
    const ip::udp::endpoint peer(address, 9);
    const int fd = ::socket(peer.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    ip::udp::endpoint source;
    auto size = static_cast<socklen_t>(source.capacity());
    const bool is_known = ::connect(fd, peer.data(), static_cast<socklen_t>(peer.size())) == 0 &&
                          ::getsockname(fd, source.data(), &size) == 0;
    ::close(fd);
    return is_known && source.address() == address;
}

}  // namespace bongsu::ingest
