#pragma once
// Which addresses the program may connect to by itself.

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bongsu::address {

inline constexpr std::size_t kNetworksMax = 100;

/// A list of networks, empty by default. Immutable once parsed. Threads: any.
class Networks {
  public:
    /// "10.1.0.0/16", "fd00:1::/32", "192.0.2.7" (a single address). Errors: invalid, naming the text.
    static Result<Networks> parse(const std::vector<std::string>& texts);

    bool contains(const boost::asio::ip::address& address) const;

  private:
    struct Network {
        boost::asio::ip::address_v6::bytes_type bytes{};  ///< IPv4 as ::ffff:a.b.c.d.
        unsigned bits = 128;
    };
    std::vector<Network> networks_;
};

/// False for every address that is not of the public internet: this machine, private and local networks, carriers'
/// shared ones, documentation, benchmarks, multicast, broadcast, reserved, and IPv4 of these kinds inside IPv6
/// (mapped, compatible, 6to4, NAT64, Teredo).
bool is_public(const boost::asio::ip::address& address);

/// May be connected to: public, or within `opened`.
bool is_allowed(const boost::asio::ip::address& address, const Networks& opened);

/// The first of a name's addresses, after every one of them was checked: a name that also leads inside is not used.
/// Errors: not_found when there is none; forbidden.
Result<boost::asio::ip::address> choose(const std::vector<boost::asio::ip::address>& resolved, const Networks& opened);

}  // namespace bongsu::address
