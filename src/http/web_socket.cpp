#include "http/web_socket.hpp"

#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "base/result.hpp"
#include "http/arrival.hpp"
#include "http/head.hpp"

namespace bongsu::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using namespace std::chrono_literals;

constexpr std::size_t kMessageBytesMax = 64 << 10;
constexpr std::size_t kReasonBytesMax = 123;  // RFC 6455 5.5: 125 of a control frame less the code.
constexpr std::size_t kFrameHeadMax = 10;     // Unmasked: RFC 6455 5.2.
constexpr auto kCloseWithin = 700ms;
constexpr auto kLookEvery = 50ms;

std::string fitting(std::string reason) {
    if (reason.size() <= kReasonBytesMax) return reason;
    std::size_t size = kReasonBytesMax;
    while (size > 0 && (static_cast<unsigned char>(reason[size]) & 0xC0U) == 0x80U) --size;  // Whole letters.
    reason.resize(size);
    return reason;
}

}  // namespace

std::array<asio::const_buffer, 2> WebSocket::Message::buffers() const {
    const auto front = asio::buffer(prefix.data(), prefix_size);
    if (const auto* text = std::get_if<std::string>(&body)) return {front, asio::buffer(*text)};
    return {front, asio::buffer(*std::get<SharedBytes>(body))};
}

/// What is asked of it before this waits.
void WebSocket::run(Stream stream, UpgradeRequest upgrade, SocketEvents events) {
    socket_.emplace(std::move(stream));
    events_ = std::move(events);
    request_ = std::move(upgrade);
    auto& lowest = beast::get_lowest_layer(*socket_);
    lowest.expires_never();
    if (limits_.socket_kernel_bytes > 0) {
        const auto bytes = limits_.socket_kernel_bytes;
        ::setsockopt(lowest.socket().native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
    }
    socket_->set_option(websocket::stream_base::timeout{10s, 30s, true});
    socket_->set_option(websocket::stream_base::decorator([](websocket::response_type& answer) { answer.set(beast::http::field::server, "Bongsu"); }));
    socket_->read_message_max(kMessageBytesMax);
    socket_->auto_fragment(false);  // A message is one frame and one write.
    socket_->async_accept(request_, [self = shared_from_this()](beast::error_code code) {
        if (code) return self->finish();
        self->open_ = true;
        self->read();
        if (self->closing_ && self->messages_.empty()) return self->say_goodbye();
        self->write();
    });
}

void WebSocket::send_text(std::string text) { queue({.body = std::move(text)}); }

void WebSocket::send_binary(SharedBytes bytes, std::string_view prefix) {
    BONGSU_CHECK(bytes && prefix.size() <= kPrefixMax);
    Message message{.body = std::move(bytes)};
    std::copy(prefix.begin(), prefix.end(), message.prefix.begin());
    message.prefix_size = prefix.size();
    queue(std::move(message));
}

void WebSocket::queue(Message message) {
    asio::dispatch(loop_, [self = shared_from_this(), message = std::move(message)]() mutable {
        if (self->finished_ || self->closing_) return;
        self->queued_bytes_ += message.size();
        if (self->queued_bytes_ > self->limits_.socket_queue_bytes_max) {
            return self->close(1013, "the reader is too slow");
        }
        self->messages_.push_back(std::move(message));
        self->write();
    });
}

void WebSocket::read() {
    socket_->async_read(buffer_, [self = shared_from_this()](beast::error_code code, std::size_t) {
        if (code) return self->finish();
        std::string text = beast::buffers_to_string(self->buffer_.data());
        self->buffer_.consume(self->buffer_.size());
        if (self->closing_) return;  // The close reads the rest itself; a read beside it may wait in the stream for ever.
        if (!self->socket_->got_text()) return self->start_close(websocket::close_code::unknown_data, "only text is taken");
        // Beast 1.81 forgets to ask at the end where a message's last frame is empty.
        if (!is_utf8(text)) return self->start_close(websocket::close_code::bad_payload, "a text is UTF-8");
        if (self->events_.text) self->events_.text(std::move(text));
        self->read();
    });
}

void WebSocket::write() {
    if (writing_ || messages_.empty() || finished_ || !open_) return;
    writing_ = true;
    const Message& message = messages_.front();
    socket_->binary(!std::holds_alternative<std::string>(message.body));
    socket_->async_write(message.buffers(), [self = shared_from_this()](beast::error_code code, std::size_t) {
        self->written(code);
    });
}

void WebSocket::written(beast::error_code code) {
    writing_ = false;
    if (code || finished_) return finish();
    queued_bytes_ -= messages_.front().size();
    messages_.pop_front();
    if (messages_.empty() && closing_) return say_goodbye();
    if (messages_.empty() && events_.drained) events_.drained();
    write();
}

void WebSocket::close(unsigned code, std::string reason) {
    asio::post(loop_, [self = shared_from_this(), code, reason = fitting(std::move(reason))] {
        self->start_close(code, reason);
    });
}

void WebSocket::start_close(unsigned code, const std::string& reason) {
    if (finished_ || closing_) return;
    closing_ = true;
    goodbye_ = {static_cast<websocket::close_code>(code), reason};
    const auto is_binary = [](const Message& message) { return !std::holds_alternative<std::string>(message.body); };
    messages_.erase(std::remove_if(messages_.begin() + (writing_ ? 1 : 0), messages_.end(), is_binary), messages_.end());
    close_timer_.expires_after(kCloseWithin);
    close_timer_.async_wait([self = shared_from_this()](beast::error_code ended) {
        if (!ended) self->reset();
    });
    if (open_ && messages_.empty()) say_goodbye();
}

void WebSocket::say_goodbye() {
    socket_->async_close(goodbye_, [self = shared_from_this()](beast::error_code) { self->finish(); });
}

void WebSocket::must_arrive(std::chrono::milliseconds within) {
    asio::post(loop_, [self = shared_from_this(), within] {
        if (self->finished_ || !self->socket_) return;
        const int fd = beast::get_lowest_layer(*self->socket_).socket().native_handle();
        const auto now = arrival_of(fd);
        if (!now) return self->reset();  // What cannot be watched is not left to a slow reader.
        // A part of the message under way may be with the kernel already: then a little more than was asked must arrive.
        const std::size_t rest = self->queued_bytes_ + kFrameHeadMax * self->messages_.size();
        self->watch_arrival(now->acknowledged + now->under_way + rest, within / kLookEvery);
    });
}

void WebSocket::watch_arrival(std::uint64_t mark, std::int64_t looks_left) {
    if (finished_ || has_arrived(mark)) return;
    if (looks_left <= 0) return reset();
    auto look = std::make_shared<asio::steady_timer>(loop_, kLookEvery);
    look->async_wait([self = shared_from_this(), look, mark, looks_left](beast::error_code) {
        self->watch_arrival(mark, looks_left - 1);
    });
}

bool WebSocket::has_arrived(std::uint64_t mark) {
    const auto now = arrival_of(beast::get_lowest_layer(*socket_).socket().native_handle());
    return now && (now->acknowledged >= mark || (!writing_ && now->under_way == 0));
}

/// What our kernel holds back is thrown away.
void WebSocket::reset() {
    if (finished_) return;
    beast::error_code ignored;
    beast::get_lowest_layer(*socket_).socket().set_option(asio::socket_base::linger(true, 0), ignored);
    finish();
}

void WebSocket::finish() {
    if (finished_) return;
    finished_ = true;
    close_timer_.cancel();
    beast::error_code ignored;
    beast::get_lowest_layer(*socket_).socket().close(ignored);
    if (!writing_) messages_.clear();  // Else it stays until its write has ended.
    const SocketEvents events = std::exchange(events_, {});
    if (events.closed) events.closed();
}

}  // namespace bongsu::http
