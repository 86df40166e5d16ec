#pragma once
// Pictures out by RTSP: for partner VMSs, players and the relay of another site. No ticket, no frame.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "env/env.hpp"
#include "hub/stream.hpp"
#include "rtsp/tls.hpp"
#include "view/rtsp_udp.hpp"
#include "view/turns.hpp"

namespace bongsu::view {

/// rtsp://host:port/<camera id>, the ticket as the password of Basic or as `?ticket=`.
///
/// Opening: a ticket is looked at with DESCRIBE or SETUP and used by PLAY, once there is a picture to send: a view
///          is what sends frames. Who only describes, or is lost before PLAY, keeps the ticket; of two that play
///          with the same one the second is refused.
/// Sending: one send() of a block as it stands for each viewer and picture; a viewer that does not read keeps
/// its place
///          in the stream's ring, loses whole pictures, and is cut when its cursor is overrun.
/// Relay:   must ask something (GET_PARAMETER) at least once a second, else "relay lease ran out" (ADR 0004).
/// Waiting: at most 5 s for a camera's first picture, then 503; at most 30 s from accept to PLAY.
/// Bounds:  4,096 connections, 64 KiB of answers and 64 KiB behind a picture for each; more is turned away
/// and counted. Threads: the loop of the io_context. Destroy it there, or when the loop has ended; closed()
/// is then called for each view.
class RtspOut {
  public:
    /// What a ticket permits.
    struct Admitted {
        int height = 0;  ///< 0: the main stream.
        bool relay = false;
    };
    struct Hooks {
        /// Asked with a connection's first request, and again after a refusal. Changes nothing. `done` may be called
        /// at once or later. Unauthenticated answers 401, forbidden 403, not_found 404.
        std::function<void(const CameraId&, const std::string& ticket, const std::string& remote,
                           std::function<void(Result<Admitted>)> done)>
            admit;
        /// Asked once for each connection, at PLAY: uses the ticket. `done` gets the gate's name for the view; it may
        /// be called at once or later, also after the peer has left (then `closed` follows at once).
        std::function<void(const CameraId&, const std::string& ticket, const std::string& remote,
                           std::function<void(Result<std::uint64_t> lease)> done)>
            open;
        std::function<hub::Stream*(const CameraId&, int height)> stream;
        /// Once for each lease.
        std::function<void(std::uint64_t lease, const std::string& reason, std::uint64_t frames,
                           std::uint64_t bytes)>
            closed;
        /// Called with each accepted connection: true takes the socket over, for another loop to adopt().
        std::function<bool(int fd)> spread = {};
    };
    struct Counters {
        std::uint64_t accepted = 0, turned_away = 0, opened = 0, refused = 0, overrun = 0, leases_run_out = 0;
        std::uint64_t frames = 0, bytes = 0, skipped = 0;
    };

    /// Takes over `listen_fd`, a bound and listening TCP socket; without one (-1) it serves what it adopts.
    RtspOut(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, int listen_fd,
            Hooks hooks);
    ~RtspOut();

    /// From now on RTP over UDP is served too, to each viewer by the address of its connection. Before the first viewer.
    void serve_udp(std::unique_ptr<RtspUdp> udp) { udp_ = std::move(udp); }

    /// From now on only relays of other sites are admitted without TLS.
    void want_tls() { wants_tls_ = true; }

    /// Cuts a view at once: after this returns not a byte is given to the kernel for it, and what the kernel
    /// had not sent yet over TCP is thrown away (RST). `closed` is called with the reason. False when there is no such
    /// lease.
    bool close(std::uint64_t lease, const std::string& reason);

    /// Ends the connections of a camera whose streams are about to go.
    void forget(const CameraId& camera, const std::string& reason);

    /// Takes over a connected socket that another loop accepted.
    /// With `tls` its handshake is over, and all goes over TCP.
    void adopt(int fd, std::unique_ptr<rtsp::Tls> tls = nullptr);

    std::size_t viewers() const { return by_lease_.size(); }
    const Counters& counters() const { return counters_; }
    const RtspUdp* udp() const { return udp_.get(); }

  private:
    class Connection;
    friend class Connection;

    void accept();
    void take(boost::asio::ip::tcp::socket socket, std::unique_ptr<rtsp::Tls> tls);
    void spread(boost::asio::ip::tcp::socket socket);
    void tick();
    void forget(std::size_t place);
    void bury();
    std::string take_early_close(std::uint64_t lease);

    // Given to us.
    boost::asio::io_context& loop_;
    env::Clock& clock_;
    env::Random& random_;
    Hooks hooks_;
    // Owned by us.
    std::unique_ptr<RtspUdp> udp_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer timer_, pause_;
    struct Place {
        std::shared_ptr<Connection> who;
        MonoTime due;  // Of its tick().
    };
    std::vector<Place> connections_;
    std::vector<std::shared_ptr<Connection>> ended_;
    Turns<std::shared_ptr<Connection>> waiting_;  // Whose pictures wait.
    std::unordered_map<std::uint64_t, Connection*> by_lease_;
    // Closed while `open` was still being answered: no view may begin after its end.
    std::unordered_map<std::uint64_t, std::string> closed_early_;
    std::size_t opening_ = 0;
    bool refuse_openings_ = false, wants_tls_ = false;
    Counters counters_;
    std::shared_ptr<bool> alive_;
};

}  // namespace bongsu::view
