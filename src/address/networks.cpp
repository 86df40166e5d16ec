#include "address/networks.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace bongsu::address {

namespace ip = boost::asio::ip;

namespace {

using Bytes = ip::address_v6::bytes_type;
constexpr unsigned kMappedBits = 96;

Bytes bytes_of(const ip::address& address) {
    if (address.is_v6()) return address.to_v6().to_bytes();
    return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
}

bool is_in(const Bytes& address, const Bytes& network, unsigned bits) {
    const auto whole = bits / 8;
    if (!std::equal(network.begin(), network.begin() + whole, address.begin())) return false;
    const auto rest = bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<unsigned>(0xFF00U >> rest) & 0xFFU;
    return (address.at(whole) & mask) == (network.at(whole) & mask);
}

struct Closed {
    const char* network;
    unsigned bits;
};

// RFC 6890 and its registry.
constexpr std::array kClosed4{
    Closed{"0.0.0.0", 8},       Closed{"10.0.0.0", 8},     Closed{"100.64.0.0", 10}, Closed{"127.0.0.0", 8},
    Closed{"169.254.0.0", 16},  Closed{"172.16.0.0", 12},  Closed{"192.0.0.0", 24},  Closed{"192.0.2.0", 24},
    Closed{"192.88.99.0", 24},  Closed{"192.168.0.0", 16}, Closed{"198.18.0.0", 15}, Closed{"198.51.100.0", 24},
    Closed{"203.0.113.0", 24},  Closed{"224.0.0.0", 4},    Closed{"240.0.0.0", 4},
};
/// Everything outside of 2000::/3 is closed already.
constexpr std::array kClosed6{Closed{"2001::", 23}, Closed{"2001:db8::", 32}, Closed{"2002::", 16}, Closed{"3fff::", 20}};

bool is_public4(const ip::address_v4& address) {
    const auto bytes = bytes_of(address);
    return std::none_of(kClosed4.begin(), kClosed4.end(), [&](const Closed& closed) {
        return is_in(bytes, bytes_of(ip::make_address(closed.network)), kMappedBits + closed.bits);
    });
}

}  // namespace

Result<Networks> Networks::parse(const std::vector<std::string>& texts) {
    if (texts.size() > kNetworksMax) return fail(ErrorKind::invalid, "networks must be at most 100");
    Networks out;
    for (const auto& text : texts) {
        const auto slash = text.find('/');
        boost::system::error_code code;
        const auto address = ip::make_address(text.substr(0, slash), code);
        const auto bits_max = address.is_v4() ? 32U : 128U;
        unsigned bits = bits_max;
        bool is_right = !code;
        if (is_right && slash != std::string::npos) {
            const auto* end = text.data() + text.size();
            const auto [at, error] = std::from_chars(text.data() + slash + 1, end, bits);
            is_right = error == std::errc{} && at == end && bits <= bits_max;
        }
        if (!is_right) return fail(ErrorKind::invalid, "networks: \"" + text + "\" is no network such as 10.1.0.0/16");
        out.networks_.push_back({bytes_of(address), address.is_v4() ? kMappedBits + bits : bits});
    }
    return out;
}

bool Networks::contains(const ip::address& address) const {
    const auto bytes = bytes_of(address);
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const Network& network) { return is_in(bytes, network.bytes, network.bits); });
}

bool is_public(const ip::address& address) {
    if (address.is_v4()) return is_public4(address.to_v4());
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return is_public4(ip::make_address_v4(ip::v4_mapped, v6));
    const auto bytes = v6.to_bytes();
    if (v6.scope_id() != 0 || (bytes[0] & 0xE0U) != 0x20U) return false;
    return std::none_of(kClosed6.begin(), kClosed6.end(), [&](const Closed& closed) {
        return is_in(bytes, bytes_of(ip::make_address(closed.network)), closed.bits);
    });
}

bool is_allowed(const ip::address& address, const Networks& opened) {
    return is_public(address) || opened.contains(address);
}

Result<ip::address> choose(const std::vector<ip::address>& resolved, const Networks& opened) {
    if (resolved.empty()) return fail(ErrorKind::not_found, "the name has no address");
    for (const auto& address : resolved) {
        if (!is_allowed(address, opened))
            return fail(ErrorKind::forbidden, "the address " + address.to_string() + " is not in an allowed network");
    }
    return resolved.front();
}

}  // namespace bongsu::address
