#pragma once
// One RTSP connection: a non-blocking TCP socket, maybe under TLS, cut into units. The thin driver under both sides.

#include <sys/uio.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "rtsp/framer.hpp"
#include "rtsp/tls.hpp"

namespace bongsu::rtsp {

/// Ownership: shared with its own pending waits; close() ends them and lets go of the events.
/// Threads:   the loop of its socket.
/// Bounds:    64 KiB of text that the kernel did not take; beyond that the peer is cut.
class Wire : public std::enable_shared_from_this<Wire> {
  public:
    struct Events {
        std::function<bool(const Unit&)> on_unit;  ///< False stops reading (close() does it too).
        std::function<void(const Error&)>
            on_closed;                      ///< The peer left or broke the protocol; not after our close().
        std::function<void()> on_writable;  ///< After send_some() fell short: go on.
    };

    explicit Wire(boost::asio::ip::tcp::socket socket);
    /// The same under TLS. What is sent before the handshake is over waits for it.
    Wire(boost::asio::ip::tcp::socket socket, std::unique_ptr<Tls> tls);

    /// Starts reading. The events are kept until close().
    void start(Events events);
    /// Sends all of `text` in order, keeping what the kernel does not take now.
    void send(std::string_view text);
    /// Sends what the kernel takes now and answers how much; 0 while text is waiting. When it fell short,
    /// on_writable follows. Errors: unavailable, the connection is gone (on_closed is not called for it).
    Result<std::size_t> send_some(std::span<const std::uint8_t> bytes);
    /// The same for many pieces in one go (at most IOV_MAX).
    Result<std::size_t> send_some(std::span<const iovec> pieces);
    /// The shortest way for a picture: sends what the kernel takes now and answers how much. 0 as well while only send_some()
    /// may go on: the kernel has no room, text waits, TLS is between, or the connection is gone.
    std::size_t send_now(std::span<const std::uint8_t> bytes);
    /// For who is in no hurry: the kernel wakes us when so many bytes are there (SO_RCVLOWAT), 1 to 64 KiB, instead of for each packet. Under TLS
    /// nothing changes. 1: at once again.
    void rest_until(std::size_t bytes);
    /// False under TLS.
    bool can_rest() const { return !tls_; }
    /// Reads what there is, however little; nothing from within on_unit(), which is told of it anyway.
    void read_now();
    /// Closes the socket at once. With `reset`, what the kernel still holds is thrown away (RST).
    void close(bool reset = false);

    bool is_open() const { return events_ != nullptr; }
    /// TLS was agreed on, or there is none.
    bool is_secured() const { return !tls_ || tls_->is_secured(); }
    /// Something that was sent is not the kernel's yet: close() would lose it.
    bool holds() const { return !pending_.empty() || (tls_ && tls_->holds()); }
    std::uint64_t bytes_in() const { return bytes_in_; }
    std::uint64_t bytes_out() const { return bytes_out_; }

  private:
    static constexpr std::size_t kPendingMax = 64 * 1024, kRestMax = 64 * 1024;

    ssize_t receive(std::span<std::uint8_t> to);
    ssize_t transmit(std::span<const std::uint8_t> from);
    ssize_t transmit(std::span<const iovec> pieces);
    Result<std::size_t> sent_of(ssize_t sent, std::size_t size);
    Error error_now() const;
    void wait_readable();
    void wait_writable();
    void on_readable();
    bool read_turn(int& turn);
    void on_writable();
    void lost(Error error);

    // What a picture touches stands first.
    std::shared_ptr<Events> events_;
    std::unique_ptr<Tls> tls_;
    bool waits_writable_ = false;
    bool wants_more_ = false;
    bool reads_ = false;  // A unit is being told: the buffer and the framer are in use.
    boost::asio::ip::tcp::socket socket_;
    std::string pending_;
    Framer framer_;
    std::uint64_t bytes_out_ = 0, bytes_in_ = 0;
};

}  // namespace bongsu::rtsp
