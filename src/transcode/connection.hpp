#pragma once
// Media's end of one transcode: pictures out, pictures in, on one Unix socket.

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "media/block.hpp"
#include "transcode/wire.hpp"

namespace bongsu::transcode {

/// Threads: the loop. Held by shared_ptr. Events come on the loop, never within open(), send() or close(), and none after close()
///          or `ended`.
/// Bounds:  one unit is written at a time, kWindow wait for their answer; a picture is at most kPictureBytesMax.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    static constexpr std::size_t kWindow = 3;

    struct Events {
        std::function<void()> accepted;
        /// H.264 behind start codes, hostile until it was read; good within the call.
        std::function<void(const Answer& answer, std::span<const std::uint8_t> bytes)> picture;
        /// A unit was looked at: one more may be sent.
        std::function<void(const Answer& answer)> done;
        std::function<void()> writable;
        /// exhausted: the budget is spent. unavailable: there is no transcoder, or the process went, or it speaks nonsense.
        std::function<void(const Error& error)> ended;
    };

    Connection(boost::asio::io_context& loop, std::string path, Events events);

    void open();
    /// Another unit may be sent now.
    bool can_send() const { return accepted_ && !writing_ && waiting_ < kWindow; }
    /// Only when can_send(). False: the block cannot be put together, and nothing was sent.
    bool send(Unit unit, const media::Block& block);
    void close();
    /// Units that were sent and not answered.
    std::size_t waiting() const { return waiting_; }
    bool is_over() const { return over_; }

  private:
    using Local = boost::asio::local::stream_protocol;
    void read_head();
    void take(const Answer& answer);
    void end(const Error& error);

    Local::socket socket_;
    std::string path_;
    Events events_;
    std::array<std::uint8_t, kAnswerSize> head_{};
    std::vector<std::uint8_t> out_, in_;
    std::size_t waiting_ = 0;
    bool accepted_ = false, writing_ = false, over_ = false;
};

}  // namespace bongsu::transcode
