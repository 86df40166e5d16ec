#include "rtsp/wire.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

namespace bongsu::rtsp {
namespace {

namespace asio = boost::asio;

// Shared by all connections of a loop: bytes are cut or copied before the next read.
constexpr std::size_t kReadBytes = 64 * 1024;
thread_local std::array<std::uint8_t, kReadBytes> read_buffer;

// One busy connection must not starve the loop.
constexpr int kReadsPerTurn = 4;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Wire::Wire(asio::ip::tcp::socket socket) : Wire(std::move(socket), nullptr) {}

Wire::Wire(asio::ip::tcp::socket socket, std::unique_ptr<Tls> tls) : tls_(std::move(tls)), socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

ssize_t Wire::receive(std::span<std::uint8_t> to) {
    return tls_ ? tls_->receive(to) : ::recv(socket_.native_handle(), to.data(), to.size(), 0);
}

ssize_t Wire::transmit(std::span<const std::uint8_t> from) {
    return tls_ ? tls_->transmit(from)
                : ::send(socket_.native_handle(), from.data(), from.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t Wire::transmit(std::span<const iovec> pieces) {
    if (!tls_) {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(pieces.data());  // It only reads them.
        message.msg_iovlen = pieces.size();
        return ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    ssize_t taken = 0;
    for (const auto& piece : pieces) {
        const ssize_t sent = tls_->transmit({static_cast<const std::uint8_t*>(piece.iov_base), piece.iov_len});
        if (sent < 0) return taken > 0 ? taken : sent;
        taken += sent;
        if (static_cast<std::size_t>(sent) < piece.iov_len) break;
    }
    return taken;
}

std::size_t Wire::send_now(std::span<const std::uint8_t> bytes) {
    if (!events_ || tls_ || wants_more_ || !pending_.empty()) return 0;
    const ssize_t sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    const auto taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    bytes_out_ += taken;
    return taken;
}

Error Wire::error_now() const {
    if (errno == EPROTO && tls_) return {.kind = ErrorKind::unavailable, .message = tls_->why(), .where = Where::here(), .code = "tls"};
    return {ErrorKind::unavailable, "connection lost: " + std::generic_category().message(errno), Where::here()};
}

void Wire::start(Events events) {
    events_ = std::make_shared<Events>(std::move(events));
    if (tls_) return on_readable();  // Its first word is ours.
    wait_readable();
}

void Wire::wait_readable() {
    socket_.async_wait(asio::socket_base::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                           if (!error && self->events_) self->on_readable();
                       });
}

/// Some reads. False when the connection is over.
bool Wire::read_turn(int& turn) {
    for (; turn < kReadsPerTurn; ++turn) {
        const ssize_t got = receive(read_buffer);
        if (got == 0) return lost({ErrorKind::unavailable, "the peer closed the connection", Where::here()}), false;
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (got < 0) return lost(error_now()), false;
        bytes_in_ += static_cast<std::uint64_t>(got);
        const auto events = events_;
        reads_ = true;
        const auto fed =
            framer_.feed({read_buffer.data(), static_cast<std::size_t>(got)},
                         [&](const Unit& unit) { return events->on_unit(unit) && events_ != nullptr; });
        reads_ = false;
        if (!events_) return false;
        if (!fed) return lost(fed.error()), false;
        if (!tls_ && static_cast<std::size_t>(got) < read_buffer.size()) break;
    }
    return true;
}

void Wire::rest_until(std::size_t bytes) {
    if (!events_ || tls_) return;
    const int least = static_cast<int>(std::clamp<std::size_t>(bytes, 1, kRestMax));
    // Where the kernel does not take it we are woken as before.
    static_cast<void>(::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least));
}

void Wire::read_now() {
    const auto self = shared_from_this();
    int turn = 0;
    if (events_ && !tls_ && !reads_) read_turn(turn);  // The wait that is pending stays.
}

void Wire::on_readable() {
    const auto self = shared_from_this();
    int turn = 0;
    if (!read_turn(turn)) return;
    if (!tls_) return wait_readable();
    // TLS may have read more than it gave, and may have had to read before it could write.
    if (!pending_.empty() || wants_more_) on_writable();
    if (!events_) return;
    if (turn < kReadsPerTurn) return wait_readable();
    asio::post(socket_.get_executor(), [self] {
        if (self->events_) self->on_readable();
    });
}

void Wire::send(std::string_view text) {
    if (!events_ || text.empty()) return;
    if (pending_.empty()) {
        const ssize_t sent = transmit(bytes_of(text));
        if (sent > 0) {
            bytes_out_ += static_cast<std::uint64_t>(sent);
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        // A broken connection shows itself to the reader; there is nothing to add here.
    }
    if (tls_ && tls_->holds()) wait_writable();
    if (text.empty()) return;
    if (pending_.size() + text.size() > kPendingMax) {
        return lost({ErrorKind::exhausted, "the peer does not read our answers", Where::here()});
    }
    pending_ += text;
    wait_writable();
}

Result<std::size_t> Wire::send_some(std::span<const std::uint8_t> bytes) {
    if (!events_) return fail(ErrorKind::unavailable, "connection is closed");
    return sent_of(pending_.empty() ? transmit(bytes) : 0, bytes.size());
}

Result<std::size_t> Wire::send_some(std::span<const iovec> pieces) {
    if (!events_) return fail(ErrorKind::unavailable, "connection is closed");
    std::size_t size = 0;
    for (const auto& piece : pieces) size += piece.iov_len;
    return sent_of(pending_.empty() ? transmit(pieces) : 0, size);
}

/// What became of `size` bytes; asks for on_writable where some are left.
Result<std::size_t> Wire::sent_of(ssize_t sent, std::size_t size) {
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return tl::unexpected(error_now());
    const auto taken = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    bytes_out_ += taken;
    if (tls_ && tls_->holds()) wait_writable();
    if (taken == size) return taken;
    wants_more_ = true;
    wait_writable();
    return taken;
}

void Wire::wait_writable() {
    // TLS that has to read first goes on with the next bytes.
    if (waits_writable_ || (tls_ && !tls_->wants_write() && !tls_->is_secured())) return;
    waits_writable_ = true;
    socket_.async_wait(asio::socket_base::wait_write,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                           self->waits_writable_ = false;
                           if (!error && self->events_) self->on_writable();
                       });
}

void Wire::on_writable() {
    if (tls_ && tls_->holds()) {
        if (transmit(std::span<const std::uint8_t>{}) < 0 && errno != EAGAIN && errno != EINTR) return lost(error_now());
        if (tls_->holds()) return wait_writable();
    }
    if (!pending_.empty()) {
        const ssize_t sent = transmit(bytes_of(pending_));
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return lost(error_now());
        if (sent > 0) {
            bytes_out_ += static_cast<std::uint64_t>(sent);
            pending_.erase(0, static_cast<std::size_t>(sent));
        }
        if (!pending_.empty()) return wait_writable();
    }
    if (!wants_more_) return;
    wants_more_ = false;
    const auto events = events_;
    if (events->on_writable) events->on_writable();
}

void Wire::lost(Error error) {
    const auto events = events_;
    close();
    // Posted: the one who hears it may destroy everything around the call that found it out.
    if (events && events->on_closed) {
        asio::post(socket_.get_executor(), [events, error = std::move(error)] { events->on_closed(error); });
    }
}

void Wire::close(bool reset) {
    events_.reset();
    pending_.clear();
    boost::system::error_code ignored;
    if (tls_ && socket_.is_open() && !reset) tls_->close();
    if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

}  // namespace bongsu::rtsp
