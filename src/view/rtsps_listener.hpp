#pragma once
// The door for rtsps://: accepts, shakes hands, and hands on connections whose TLS stands.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "env/env.hpp"
#include "rtsp/tls.hpp"

namespace bongsu::view {

/// Bounds:  kWaitingMax connections in the handshake, kHandshakeMax each; beyond that they are turned away. What is no TLS,
///          or none that we speak, ends there and is counted: no byte of it reaches RTSP.
/// Threads: the loop of the io_context. Destroy it there, or when the loop has ended.
class RtspsListener {
  public:
    static constexpr std::size_t kWaitingMax = 64;
    static constexpr std::chrono::seconds kHandshakeMax{5};

    using Secured = std::function<void(boost::asio::ip::tcp::socket, std::unique_ptr<rtsp::Tls>)>;
    struct Counters {
        std::uint64_t accepted = 0, secured = 0, turned_away = 0;
        std::uint64_t failed = 0, timed_out = 0;  ///< Handshakes.
    };

    /// Takes over `listen_fd`, a bound and listening TCP socket.
    RtspsListener(boost::asio::io_context& loop, env::Clock& clock, int listen_fd,
                  std::shared_ptr<const rtsp::TlsIdentity> identity, Secured secured);
    ~RtspsListener();

    /// For connections from now on; those that stand keep theirs.
    void set_identity(std::shared_ptr<const rtsp::TlsIdentity> identity) { identity_ = std::move(identity); }

    std::size_t waiting() const { return waiting_.size(); }
    const Counters& counters() const { return counters_; }

  private:
    struct Handshake;

    void accept();
    void begin(boost::asio::ip::tcp::socket socket);
    void go_on(const std::shared_ptr<Handshake>& one);
    void forget(const std::shared_ptr<Handshake>& one);
    void tick();

    boost::asio::io_context& loop_;
    env::Clock& clock_;
    std::shared_ptr<const rtsp::TlsIdentity> identity_;
    Secured secured_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer timer_, pause_;
    std::vector<std::shared_ptr<Handshake>> waiting_;
    Counters counters_;
    std::shared_ptr<bool> alive_;
};

}  // namespace bongsu::view
