#pragma once
// One WebRTC viewer: ICE-lite consent, DTLS, SRTP out, RTCP in. No socket and no clock of its own.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "media/block.hpp"
#include "webrtc/address.hpp"
#include "webrtc/dtls.hpp"
#include "webrtc/rtcp.hpp"
#include "webrtc/srtp.hpp"
#include "webrtc/stun.hpp"
#include "webrtc/wire.hpp"

namespace bongsu::webrtc {

struct PeerSettings {
    std::string ufrag, pwd;          ///< Ours; the viewer's requests are signed with our pwd.
    std::string remote_ufrag;        ///< The viewer's: the second half of USERNAME.
    std::string remote_fingerprint;  ///< Raw SHA-256.
    std::uint8_t payload_type = 96;
    std::uint32_t ssrc = 0;
    std::uint16_t first_sequence =
        0;  ///< Below 2^15, so that an early loss cannot confuse the ROC (RFC 3711 3.3.1).
    std::string cname;
};

/// Called on the loop, inside the endpoint's receive or timer. The receiver may stop() the peer, and must not
/// drop its last reference to it, in there: the endpoint keeps one while it calls.
struct PeerEvents {
    std::function<void()> ready;              ///< SRTP is keyed: send_block() works from now on.
    std::function<void()> key_wanted;         ///< PLI or FIR, at most two a second.
    std::function<void(std::string)> closed;  ///< The viewer left or was lost; never after stop().
};

struct PeerStats {
    std::uint64_t blocks = 0, packets = 0, bytes = 0;  ///< Sent; bytes are UDP payload, without resends.
    std::uint64_t blocks_dropped = 0;  ///< Left out from a full socket on to the next key block.
    std::uint64_t nacked = 0, resent = 0, key_requests = 0, hostile = 0;
    std::uint8_t fraction_lost = 0;  ///< Of 256, from the last receiver report.
};

/// Threads: its endpoint's loop.
/// Bounds:  constant memory; the resend history holds references to at most kHistory packets of the last
/// second.
class Peer {
  public:
    static constexpr std::uint64_t kHistory = 512;
    static constexpr unsigned kResendsPerSecond = 512;
    static constexpr std::chrono::seconds kConsent{30};    ///< RFC 7675 5.1.
    static constexpr std::chrono::seconds kHandshake{30};  ///< From the answer to SRTP keys.
    static constexpr std::size_t kAddressesMax = 8;
    /// Larger packets go alone: a GSO segment may not exceed the path's MTU.
    static constexpr std::size_t kSegmentBytesMax = 1452;

    static Result<std::shared_ptr<Peer>> create(Wire& wire, std::shared_ptr<const DtlsContext> context,
                                                PeerSettings settings, PeerEvents events, MonoTime now);

    /// True if the request is authentic; then it has been answered and `from` belongs to this peer.
    bool on_stun(const StunRequest& request, const Address& from, MonoTime now);
    /// DTLS or SRTCP from an address that on_stun() accepted. SRTCP is decrypted in place.
    void on_datagram(std::span<std::uint8_t> datagram, const Address& from, MonoTime now);
    /// Handshake timers, consent, sender report. Each 50 ms.
    void tick(MonoTime now, WallTime wall);

    /// Sends the block with our SSRC, payload type and a sequence of our own without gaps; its timestamp
    /// stays. False if it was not sent whole: not ready, waiting for a key block after a full socket, or
    /// ended.
    bool send_block(const media::BlockPtr& block, MonoTime now);

    /// Ends it from our side: no RTP from here on; says BYE and close_notify.
    void stop();
    bool ready() const { return state_ == State::ready; }
    bool done() const { return state_ == State::done; }
    const PeerSettings& settings() const { return settings_; }
    const PeerStats& stats() const { return stats_; }
    /// Addresses that proved to be this viewer's, for the endpoint's map.
    const std::deque<Address>& addresses() const { return addresses_; }

  private:
    enum class State : std::uint8_t { connecting, ready, done };
    struct Past {
        media::BlockPtr block;
        std::uint64_t first;  ///< Index of its first packet.
        MonoTime at;
    };

    Peer(Wire& wire, PeerSettings settings, PeerEvents events, MonoTime now);
    void start_srtp(MonoTime now);
    void on_rtcp(std::span<std::uint8_t> datagram, MonoTime now);
    void resend(std::uint16_t sequence, MonoTime now);
    void report(MonoTime now, WallTime wall);
    void send_rtcp(std::span<const std::uint8_t> compound);
    void remember(const media::BlockPtr& block, MonoTime now);
    std::size_t build(std::span<std::uint8_t> out, std::span<const std::uint8_t> packet, std::uint64_t index);
    Sent send_packets(const media::Block& block, std::uint64_t first);
    void end(std::string reason);

    Wire& wire_;
    PeerSettings settings_;
    PeerEvents events_;

    std::unique_ptr<DtlsSession> dtls_;
    std::optional<SrtpSender> srtp_;
    std::optional<SrtcpReceiver> srtcp_;
    State state_ = State::connecting;
    std::deque<Address> addresses_;
    std::optional<Address> to_;  ///< The nominated pair, or the first that proved its consent.
    MonoTime created_, consent_, reported_{}, key_asked_{}, resend_second_{};
    bool key_ever_asked_ = false;
    bool waiting_for_key_ = false;
    unsigned resends_in_second_ = 0;
    std::uint64_t next_index_;  ///< ROC << 16 | sequence of the next packet.
    std::deque<Past> past_;
    std::uint32_t last_rtp_time_ = 0, octets_ = 0;
    MonoTime last_received_{};
    PeerStats stats_;
};

}  // namespace bongsu::webrtc
