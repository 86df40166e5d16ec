#pragma once
// TLS over a non-blocking socket (rtsps://), towards cameras and towards viewers: which certificates are believed, which one
// we show, and one connection's bytes.

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

/// What we show to viewers. Immutable. Threads: any.
class TlsIdentity {
  public:
    /// Both in PEM; the certificate may be followed by up to 8 of its authorities. Errors: invalid, naming certificate_file
    /// or key_file (no PEM, a pass phrase, two that do not belong together).
    static Result<std::shared_ptr<const TlsIdentity>> make(const std::string& certificate, const std::string& key);
    virtual ~TlsIdentity() = default;
};

/// One connection's TLS, 1.2 at least. As a client: no byte of ours leaves before the certificate was judged.
///
/// Order:   a fingerprint wins over authorities, these over `insecure`.
/// Bounds:  a sealed record (16 KiB) that the socket did not take, beside OpenSSL's own buffers.
/// Threads: the loop of its socket.
class Tls {
  public:
    /// `fd` stays the caller's. `host` is what the certificate must stand for when authorities decide.
    /// Errors: invalid, when nothing says which certificate to believe.
    static Result<std::unique_ptr<Tls>> client(const std::shared_ptr<const TlsTrust>& trust, const TlsProof& proof,
                                               const std::string& host, int fd);
    /// The serving side. No certificate of the peer is asked for: its ticket says who it is. Errors: unavailable.
    static Result<std::unique_ptr<Tls>> server(const std::shared_ptr<const TlsIdentity>& identity, int fd);
    virtual ~Tls() = default;

    /// Goes on with the handshake, as receive() and transmit() do by themselves. False with errno EAGAIN or EPROTO.
    virtual bool secure() = 0;
    /// As recv(2) and send(2): -1 with errno EAGAIN, or EPROTO when why() tells.
    virtual ssize_t receive(std::span<std::uint8_t> to) = 0;
    virtual ssize_t transmit(std::span<const std::uint8_t> from) = 0;
    /// The handshake is over and the certificate believed.
    virtual bool is_secured() const = 0;
    /// What the last EAGAIN waits for: room to write, else bytes to read.
    virtual bool wants_write() const = 0;
    /// Bytes that transmit() took are still here: transmit() again, of nothing, once the socket takes more.
    virtual bool holds() const = 0;
    virtual const std::string& why() const = 0;
    /// Says goodbye if that needs no waiting.
    virtual void close() = 0;
};

}  // namespace bongsu::rtsp
