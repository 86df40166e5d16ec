#pragma once
// One UDP socket for all WebRTC viewers of a loop: STUN by ufrag, everything else by remote address.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "env/env.hpp"
#include "webrtc/peer.hpp"
#include "webrtc/sdp.hpp"
#include "webrtc/wire.hpp"

namespace bongsu::webrtc {

struct EndpointSettings {
    std::vector<Address> candidates;  ///< Where viewers reach the socket; at least one, at most 8.
    std::size_t peers_max = 4096;
};

struct EndpointStats {
    std::uint64_t datagrams = 0,
                  hostile = 0;  ///< Received; of those, what belongs to nobody or is malformed.
    std::uint64_t gso_sends = 0, gso_refused = 0, plain_sends = 0, blocked = 0, failed = 0;
    bool gso = true;  ///< False once the kernel has proved to have no UDP_SEGMENT.
};

/// Threads: `loop`'s. Destroy it there, after its peers' owners.
class Endpoint final : public Wire {
  public:
    /// Takes over the bound UDP socket `fd`. Errors: invalid (candidates), unavailable (socket, OpenSSL).
    static Result<std::unique_ptr<Endpoint>> start(boost::asio::io_context& loop, int fd, env::Env& env,
                                                   EndpointSettings settings);
    ~Endpoint() override;

    struct Opened {
        std::shared_ptr<Peer> peer;
        std::string answer;  ///< SDP.
    };
    /// A peer for this offer, which takes `codec`. `stream_id` is shown in the SDP (a token). Errors: exhausted (peers_max),
    /// unavailable.
    Result<Opened> open(const Offer& offer, media::Codec codec, PeerEvents events, const std::string& stream_id);
    /// Stops the peer and forgets its addresses. Safe inside the peer's events.
    void close(const std::shared_ptr<Peer>& peer);

    std::size_t peers() const { return by_ufrag_.size(); }
    const EndpointStats& stats() const { return stats_; }

    Sent send(const Address& to, std::span<const std::uint8_t> bytes, std::size_t segment) override;
    std::span<std::uint8_t> scratch() override { return scratch_; }

  private:
    Endpoint(boost::asio::io_context& loop, env::Env& env, EndpointSettings settings);
    Result<void> prepare(int fd);
    void wait();
    void receive();
    void dispatch(std::span<std::uint8_t> datagram, const Address& from);
    void on_stun(std::span<const std::uint8_t> datagram, const Address& from);
    void forget(const Peer& peer);
    void tick();
    void arm();
    std::optional<Sent> send_run(const sockaddr_storage& to, socklen_t to_size,
                                 std::span<const std::uint8_t> bytes, std::size_t segment);
    Sent send_each(const sockaddr_storage& to, socklen_t to_size, std::span<const std::uint8_t> bytes,
                   std::size_t segment);
    Sent outcome_of(int error);
    std::string random_token(std::size_t letters);

    env::Env& env_;
    EndpointSettings settings_;

    boost::asio::posix::stream_descriptor socket_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<const DtlsContext> dtls_;
    int family_ = 0;
    std::unordered_map<std::string, std::shared_ptr<Peer>> by_ufrag_;
    std::unordered_map<Address, std::shared_ptr<Peer>> by_address_;
    std::vector<std::uint8_t> scratch_, in_;
    std::vector<std::shared_ptr<Peer>> ticking_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    EndpointStats stats_;
};

}  // namespace bongsu::webrtc
