#pragma once
// Which address of a camera is dialed. Pure.

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <vector>

#include "address/networks.hpp"
#include "base/result.hpp"

namespace bongsu::ingest {

/// The first of a name's addresses, after every one was checked: with `networks` all lie in them; without, any host's
/// address will do, unless `only` is set (a redirect): then it must be among them and is the one. Never nobody's address,
/// a multicast or a broadcast one.
/// Errors: unavailable when there is none, forbidden.
Result<boost::asio::ip::address> choose_address(const std::vector<boost::asio::ip::address>& resolved,
                                                const std::optional<address::Networks>& networks,
                                                const std::optional<boost::asio::ip::address>& only);

}  // namespace bongsu::ingest
