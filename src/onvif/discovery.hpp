#pragma once
// WS-Discovery (April 2005) as ONVIF Core 7 uses it: a Probe into the network, ProbeMatches back. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "env/env.hpp"

namespace bongsu::onvif {

inline constexpr std::string_view kDiscoveryGroup = "239.255.255.250";
inline constexpr std::uint16_t kDiscoveryPort = 3702;
inline constexpr std::size_t kDatagramBytesMax = 16 << 10;
inline constexpr std::size_t kMatchesMax = 16;   ///< Of one datagram.
inline constexpr std::size_t kXaddrsMax = 8;
inline constexpr std::size_t kScopesMax = 64;

struct Match {
    std::string endpoint;             ///< The device's own name for ever: "urn:uuid:…".
    std::vector<std::string> xaddrs;  ///< As it says; of several interfaces, IPv6 too. Nobody has checked them.
    std::string name, location, hardware;  ///< Of its scopes, percent-decoded; the first of each kind.
    std::vector<std::string> scopes;       ///< All of them.
    std::string from;                      ///< The address that the datagram came from.
};

/// "urn:uuid:xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx" (RFC 4122, version 4).
std::string make_message_id(env::Random& random);

/// Asks for video transmitters of any scope.
std::string write_probe(std::string_view message_id);

/// Errors: as xml::Document::parse; corrupt for what is no ProbeMatches; conflict for an answer to somebody else's probe.
Result<std::vector<Match>> read_probe_matches(std::string_view datagram, std::string_view message_id);

/// All that answer one probe. Bounds: 2,000 devices, 500 datagrams a second and 20,000 in all, 16 KiB each; what is
/// beyond is counted and dropped. Threads: none inside.
class Gathering {
  public:
    struct Counters {
        std::uint64_t datagrams = 0, repeats = 0, unread = 0, foreign = 0, dropped = 0;
    };
    explicit Gathering(std::string message_id) : message_id_(std::move(message_id)) {}

    /// `from` is the sender's address, without a port.
    void add(std::string_view datagram, std::string_view from, MonoTime now);
    const std::map<std::string, Match>& found() const { return found_; }  ///< By endpoint.
    const Counters& counters() const { return counters_; }

  private:
    std::string message_id_;
    std::map<std::string, Match> found_;
    Counters counters_;
    MonoTime second_{};
    std::uint64_t in_second_ = 0;
};

}  // namespace bongsu::onvif
