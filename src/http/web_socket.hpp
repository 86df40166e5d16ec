#pragma once
// A WebSocket (RFC 6455) from its upgrade to its end. For server.cpp alone.

#include "http/beast_assertions.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <optional>
#include <variant>

#include "http/server.hpp"

namespace bongsu::http {

class WebSocket final : public Socket, public std::enable_shared_from_this<WebSocket> {
  public:
    using Stream = boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
    using UpgradeRequest = boost::beast::http::request<boost::beast::http::string_body>;

    /// `counted` is held for as long as this lives.
    WebSocket(boost::asio::io_context& loop, const ServerLimits& limits, std::shared_ptr<void> counted)
        : counted_(std::move(counted)), loop_(loop), limits_(limits), close_timer_(loop) {}

    void run(Stream stream, UpgradeRequest upgrade, SocketEvents events);
    /// It will never run: who still holds it talks to nobody.
    void refuse() { finished_ = true; }

    void send_text(std::string text) override;
    void send_binary(SharedBytes bytes, std::string_view prefix) override;
    void close(unsigned code, std::string reason) override;
    void must_arrive(std::chrono::milliseconds within) override;

  private:
    struct Message {
        std::variant<std::string, SharedBytes> body;
        std::array<char, kPrefixMax> prefix{};
        std::size_t prefix_size = 0;

        std::array<boost::asio::const_buffer, 2> buffers() const;
        std::size_t size() const { return boost::asio::buffer_size(buffers()); }
    };

    void queue(Message message);
    void read();
    void write();
    void written(boost::beast::error_code code);
    void start_close(unsigned code, const std::string& reason);
    void say_goodbye();
    void watch_arrival(std::uint64_t mark, std::int64_t looks_left);
    bool has_arrived(std::uint64_t mark);
    void reset();
    void finish();

    std::optional<boost::beast::websocket::stream<Stream>> socket_;  ///< From run() on.
    std::shared_ptr<void> counted_;
    boost::asio::io_context& loop_;
    ServerLimits limits_;
    SocketEvents events_;
    UpgradeRequest request_;
    boost::beast::flat_buffer buffer_;
    std::deque<Message> messages_;  ///< The first one is under way while writing_.
    std::size_t queued_bytes_ = 0;
    boost::asio::steady_timer close_timer_;
    boost::beast::websocket::close_reason goodbye_;
    bool open_ = false, writing_ = false, closing_ = false, finished_ = false;
};

}  // namespace bongsu::http
