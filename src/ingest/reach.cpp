#include "ingest/reach.hpp"

#include <algorithm>

namespace bongsu::ingest {
namespace {

namespace ip = boost::asio::ip;

bool is_a_hosts(const ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return is_a_hosts(ip::make_address_v4(ip::v4_mapped, address.to_v6()));
    return !address.is_unspecified() && !address.is_multicast() &&
           !(address.is_v4() && address.to_v4() == ip::address_v4::broadcast());
}

}  // namespace

Result<ip::address> choose_address(const std::vector<ip::address>& resolved,
                                   const std::optional<address::Networks>& networks,
                                   const std::optional<ip::address>& only) {
    if (resolved.empty()) return fail(ErrorKind::unavailable, "the host name is not known");
    for (const auto& one : resolved) {
        if (!is_a_hosts(one) || (networks && !networks->contains(one)))
            return fail(ErrorKind::forbidden, "the address " + one.to_string() + " is not in the cameras' networks");
    }
    if (networks || !only) return resolved.front();
    if (std::find(resolved.begin(), resolved.end(), *only) == resolved.end())
        return fail(ErrorKind::forbidden, "the camera redirects to another host, " + resolved.front().to_string());
    return *only;
}

}  // namespace bongsu::ingest
