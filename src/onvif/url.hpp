#pragma once
// Addresses that a camera says of itself, made ones that can be reached. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::onvif {

/// Where a service is reached. Its host is always the one that was dialled.
struct Place {
    bool is_tls = false;
    std::string host;  ///< A name or an address without brackets.
    std::uint16_t port = 80;
    std::string path = "/onvif/device_service";  ///< With its query.
    bool operator==(const Place&) const = default;

    std::string authority() const;  ///< "host:port", an IPv6 address in brackets; without the scheme's own port.
    std::string text() const;       ///< The whole URL.
};

/// "192.168.1.64", "cam.local:8080", "[fd00::1]", "https://…/onvif/device_service". Errors: invalid.
Result<Place> parse_place(std::string_view text);

struct Reached {
    Place place;
    std::string note;  ///< Empty, or what the camera said otherwise.
};
/// An XAddr as seen from `dialled`. A camera behind NAT names its inner address: then scheme, host and port stay those that
/// were dialled, and the path is the camera's. With the host that was dialled, scheme and port are the camera's too.
/// A path alone is one of `dialled`. Errors: invalid, also for schemes other than http and https.
Result<Reached> reach(std::string_view xaddr, const Place& dialled);

struct StreamUrl {
    std::string url;   ///< Its host is the one that was dialled; without a user. May hold a maker's secret in path or query.
    std::string note;  ///< Empty, or what the camera said otherwise.
};
/// A stream's or snapshot's URI as seen from `dialled`; `schemes` are those that are taken, the first of them where there
/// is none. The port stays the camera's, as nobody knows what it became outside. Errors: invalid.
Result<StreamUrl> reach_stream(std::string_view uri, const Place& dialled, std::initializer_list<std::string_view> schemes);

/// A URL as it may be shown: no user, no password, and stars for what makers hide in paths and queries
/// (`password=`, `pwd=`, `passwd=`, `psw=`, `pass=`, `auth=`, `token=`).
std::string without_secrets(std::string_view url);

}  // namespace bongsu::onvif
