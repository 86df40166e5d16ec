#pragma once
// Which address of a camera is dialed. Pure, but for is_this_machine().

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "address/networks.hpp"
#include "base/result.hpp"

namespace bongsu::ingest {

/// Where cameras may be.
struct Reach {
    std::optional<address::Networks> networks = {};  ///< None: anywhere.
    bool is_default = false;  ///< Nobody wrote `networks` down: a redirect stays on the camera's own address then, too.
    /// Ports of our own services: never dialed on an address of this machine, whatever the networks.
    std::vector<std::uint16_t> own_ports = {};

    /// Where nobody said where the cameras are: private networks (RFC 1918, RFC 4193), this machine alone where `loopback`
    /// is set. So neither link-local addresses, where clouds serve their metadata, nor public ones.
    static Reach of_private(bool loopback);
};

/// The first of a name's addresses, after every one was checked: all lie in the networks, if there are any, and none is
/// nobody's, a multicast or a broadcast one. With `first`, the address that was dialed before a redirect: it must be among
/// them and is the one, unless networks were written down.
/// Errors: not_found when there is none, forbidden.
Result<boost::asio::ip::address> choose_address(const std::vector<boost::asio::ip::address>& resolved, const Reach& reach,
                                                const std::optional<boost::asio::ip::address>& first);

/// Whether a port of this address may be dialed. Errors: forbidden, it is one of our own.
Result<void> check_port(const boost::asio::ip::address& address, std::uint16_t port, const Reach& reach);

/// One of this machine's addresses, by its routes.
bool is_this_machine(const boost::asio::ip::address& address);

}  // namespace bongsu::ingest
