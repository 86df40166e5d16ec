#pragma once
// TLS towards a camera over a non-blocking socket (rtsps://): which certificates are believed, and one connection's bytes.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"

namespace bongsu::rtsp {

/// How a camera proves who it is. One of them must be given: nothing is believed by default.
struct TlsProof {
    std::string sha256;     ///< Of its certificate (DER), 64 hexadecimal digits: this one and no other.
    bool insecure = false;  ///< Anybody will do: encrypted, and open to whoever stands between.
    bool operator==(const TlsProof&) const = default;
};

/// What all connections share. Immutable. Threads: any.
class TlsTrust {
  public:
    /// `authorities`: certificates of CAs in PEM, or empty. Errors: invalid.
    static Result<std::shared_ptr<const TlsTrust>> make(const std::string& authorities);
    virtual ~TlsTrust() = default;
};

/// One connection's TLS, client side, 1.2 at least. No byte of ours leaves before the certificate was judged.
///
/// Order:   a fingerprint wins over authorities, these over `insecure`.
/// Threads: the loop of its socket.
class Tls {
  public:
    /// `fd` stays the caller's. `host` is what the certificate must stand for when authorities decide.
    /// Errors: invalid, when nothing says which certificate to believe.
    static Result<std::unique_ptr<Tls>> client(const std::shared_ptr<const TlsTrust>& trust, const TlsProof& proof,
                                               const std::string& host, int fd);
    virtual ~Tls() = default;

    /// As recv(2) and send(2): -1 with errno EAGAIN, or EPROTO when why() tells.
    virtual ssize_t receive(std::span<std::uint8_t> to) = 0;
    virtual ssize_t transmit(std::span<const std::uint8_t> from) = 0;
    /// The handshake is over and the certificate believed.
    virtual bool is_secured() const = 0;
    /// What the last EAGAIN waits for: room to write, else bytes to read.
    virtual bool wants_write() const = 0;
    virtual const std::string& why() const = 0;
    /// Says goodbye if that needs no waiting.
    virtual void close() = 0;
};

}  // namespace bongsu::rtsp
