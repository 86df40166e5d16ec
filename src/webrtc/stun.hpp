#pragma once
// STUN binding requests and their answers (RFC 8489, RFC 8445), as an ICE-lite server needs them. Pure.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "webrtc/address.hpp"

namespace bongsu::webrtc {

/// A binding request; views point into the datagram.
struct StunRequest {
    std::span<const std::uint8_t> datagram;
    std::array<std::uint8_t, 12> transaction{};
    std::string_view username;     ///< "<our ufrag>:<their ufrag>"
    std::size_t integrity_at = 0;  ///< Offset of MESSAGE-INTEGRITY; 0 when absent.
    bool use_candidate = false;    ///< RFC 8445 7.1.1
    bool controlled = false;       ///< The peer claims the role that an ICE-lite agent has.
    std::vector<std::uint16_t>
        unknown;  ///< Comprehension-required attributes that we do not know (at most 8).

    std::string_view our_ufrag() const { return username.substr(0, username.find(':')); }
};

/// RFC 8489 section 5 and 14: cookie, lengths, padding; FINGERPRINT last (RFC 8445 7.1). Bounds: 1500 bytes,
/// 32 attributes.
Result<StunRequest> parse_stun_request(std::span<const std::uint8_t> datagram);

/// MESSAGE-INTEGRITY (RFC 8489 14.5, HMAC-SHA1 keyed by the short-term password) in constant time.
bool stun_integrity_holds(const StunRequest& request, std::string_view password);

/// Binding success with XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY and FINGERPRINT.
std::vector<std::uint8_t> write_stun_success(const StunRequest& request, const Address& from,
                                             std::string_view password);
/// 420 (with UNKNOWN-ATTRIBUTES) or 487 role conflict, signed likewise. Never larger than twice a minimal
/// request.
std::vector<std::uint8_t> write_stun_error(const StunRequest& request, int code, std::string_view password);

}  // namespace bongsu::webrtc
