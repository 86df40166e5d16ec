#pragma once
// DTLS 1.2 server for SRTP keys (RFC 5764, RFC 8827), datagram by datagram. OpenSSL's handshake, no socket.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "webrtc/srtp.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace bongsu::webrtc {

/// The process's certificate (P-256, self-signed, made at start, never stored) and DTLS settings.
class DtlsContext {
  public:
    static Result<std::shared_ptr<const DtlsContext>> make();
    /// SHA-256 of the certificate, raw 32 bytes; goes into the answer's a=fingerprint.
    const std::string& fingerprint() const { return fingerprint_; }
    ssl_ctx_st* get() const { return context_.get(); }

  private:
    DtlsContext() = default;
    struct Free {
        void operator()(ssl_ctx_st* context) const;
    };
    std::unique_ptr<ssl_ctx_st, Free> context_;
    std::string fingerprint_;
};

struct SrtpKeys {
    SrtpProfile profile{};
    SrtpMaster ours, theirs;
};

/// One handshake. Threads: one. `send` is called inside on_datagram, on_timer and close, one datagram each.
class DtlsSession {
  public:
    enum class State : std::uint8_t { handshaking, ready, closed, failed };
    using Send = std::function<void(std::span<const std::uint8_t>)>;

    /// `peer_fingerprint`: raw SHA-256 from the offer; another certificate ends the session as failed.
    static Result<std::unique_ptr<DtlsSession>> create(std::shared_ptr<const DtlsContext> context,
                                                       std::string peer_fingerprint, Send send);
    ~DtlsSession();
    DtlsSession(const DtlsSession&) = delete;
    DtlsSession& operator=(const DtlsSession&) = delete;

    State on_datagram(std::span<const std::uint8_t> datagram);
    /// Retransmits what is due; call about each 50 ms while handshaking.
    State on_timer();
    /// Sends close_notify once.
    void close();
    State state() const { return state_; }
    /// Once ready.
    const std::optional<SrtpKeys>& keys() const { return keys_; }
    /// Why it failed, for the log.
    const std::string& cause() const { return cause_; }

    /// For the BIO's callbacks alone.
    struct Datagrams {
        std::span<const std::uint8_t> in;
        Send send;
    };

  private:
    struct Free {
        void operator()(ssl_st* ssl) const;
    };
    DtlsSession() = default;
    void finish();
    void give_up(std::string cause);

    std::shared_ptr<const DtlsContext> context_;
    std::string peer_fingerprint_;
    Datagrams datagrams_;
    std::unique_ptr<ssl_st, Free> ssl_;
    State state_ = State::handshaking;
    std::optional<SrtpKeys> keys_;
    std::string cause_;
};

}  // namespace bongsu::webrtc
