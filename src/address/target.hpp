#pragma once
// An address that somebody else wrote, taken apart strictly.

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::address {

inline constexpr std::size_t kTargetBytesMax = 2000;

struct Target {
    std::string scheme;  ///< "http", "https", "tcp", "tls".
    std::string host;    ///< A name in lower case, or the text of an address without brackets.
    std::uint16_t port = 0;
    std::string path;  ///< With its query, "/" at least for http and https; empty for the others.
    std::optional<boost::asio::ip::address> literal;  ///< When the host is an address already.
};

/// "http://host:port/path", "tcp://host:port". The port may be absent for http (80) and https (443) alone.
/// Errors: invalid, saying what is wrong; also for a host of digits, dots and x that is no dotted quad (decimal, octal and
/// hexadecimal disguises), for user@, fragments, spaces and control bytes.
Result<Target> parse_target(std::string_view text);

}  // namespace bongsu::address
