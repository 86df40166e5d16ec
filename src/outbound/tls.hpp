#pragma once
// TLS towards a partner: what its profile asks for, made ready once, and connections that keep to it.

#include <memory>
#include <string>

#include "address/target.hpp"
#include "base/result.hpp"
#include "event/profile.hpp"
#include "outbound/wire.hpp"

namespace bongsu::outbound {

/// TLS 1.2 or newer, no renegotiation, no compression. The partner's certificate must lead to the profile's authorities
/// (without any: the machine's), stand for the target's host in its subject alternative names (RFC 9525: a common name
/// is none), be in its time, and with `server_sha256` be that very one. Our certificate is shown to who asks for one.
///
/// Immutable; threads: any. Ownership: shared with its wires.
class TlsClient {
  public:
    virtual ~TlsClient() = default;

    /// Of a `send` with is_tls(), its files read. Errors: invalid, naming the field; never the key's content.
    static Result<std::shared_ptr<const TlsClient>> make(const event::Profile::Send& send);

    /// A connection to `target`: its host is the name that is asked for and must be shown, its address is open()'s.
    /// Reasons begin with "tls: " where TLS is the cause: "tls: certificate has expired".
    virtual std::shared_ptr<Wire> wire(boost::asio::io_context& loop, const address::Target& target) const = 0;
};

}  // namespace bongsu::outbound
