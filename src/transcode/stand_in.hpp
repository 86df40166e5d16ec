#pragma once
// A camera's stream in H.264, made of its H.265 while somebody watches who cannot play that.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/id.hpp"
#include "env/env.hpp"
#include "hub/stream.hpp"
#include "transcode/connection.hpp"
#include "transcode/made_blocks.hpp"

namespace bongsu::transcode {

/// Of all stand-ins of a loop.
struct Counters {
    std::uint64_t running = 0;  ///< Now.
    std::uint64_t begun = 0;
    std::uint64_t refused = 0;      ///< The budget was spent.
    std::uint64_t died = 0;         ///< The process went, was silent, or spoke nonsense.
    std::uint64_t away = 0;         ///< There was no transcoder.
    std::uint64_t pictures = 0;     ///< Made.
    std::uint64_t hurried = 0;      ///< Decoded and not shown, to catch up.
    std::uint64_t behind = 0;       ///< Dropped up to the next key picture, as it was further behind.
    std::uint64_t undecodable = 0;  ///< Of the camera's, or made and of no use.
};

struct StandInLimits {
    std::chrono::milliseconds linger{10'000};   ///< It is made for so long after the last viewer.
    std::chrono::milliseconds answer{3'000};    ///< For a unit; then its process hangs.
    std::chrono::milliseconds away{1'000};      ///< How long a transcoder that is not there is waited for.
    std::chrono::milliseconds hurry{150};       ///< A picture that old is decoded alone, while others wait behind it.
    std::chrono::milliseconds late{1'000};      ///< One that old goes, and all others up to the next key picture.
    std::chrono::milliseconds head_start{3'000};  ///< What lay in the ring at the beginning is not late for so long.
    std::chrono::milliseconds rest_least{500}, rest_most{8'000};  ///< After its process was lost; doubling.
};

/// Begins with the first reader at the key picture that the original's ring has, and shows that one at once; the others of the ring
/// are decoded alone. Blocks have the original's times (`rtp_time`, `received`), so ages and reports stay right.
///
/// Errors:  hub::Stream::refuse(): unavailable with the code `transcode_busy` (the budget is spent), `transcode_failed` (its process was
///          lost over it, or is away; it is tried again), codec_unsupported (the camera sends no H.265).
/// Lost:    a process that dies or is silent is a lost camera to its viewers (hub::Stream::lose()); it is begun again by itself.
/// Threads: the loop of the original. Destroyed outside Stream::publish(), after its readers.
/// Bounds:  Connection's; 64 times of pictures on their way.
class StandIn {
  public:
    struct Given {
        boost::asio::io_context& loop;
        env::Clock& clock;
        Counters& counters;
        std::string socket_path;
        CameraId camera;  ///< For the log, and its SSRC.
        /// What it is made of; asked at each beginning. Null: the camera is gone. Lives while a cursor is on it.
        std::function<hub::Stream*()> original;
    };
    explicit StandIn(Given given, StandInLimits limits = {});
    ~StandIn();
    StandIn(const StandIn&) = delete;
    StandIn& operator=(const StandIn&) = delete;

    hub::Stream& stream() { return stream_; }
    /// For good: the camera is not served any more.
    void end();

  private:
    enum class State : std::uint8_t { idle, opening, running, resting, ended };
    struct Sent {
        std::uint32_t id, rtp_time;
        MonoTime received, sent;
    };
    void wanted();
    void unwanted();
    void begin();
    void connect();
    void on_accepted();
    void on_picture(const Answer& answer, std::span<const std::uint8_t> bytes);
    void on_done(const Answer& answer);
    void on_ended(const Error& error);
    void pump();
    bool is_to_go(const media::Block& block, MonoTime now);
    void send(const media::Block& block, MonoTime now, bool shown);
    void original_lost();
    void refuse(ErrorKind kind, const char* code, std::string why);
    void stop(std::string_view reason);
    void fall(const Error& error);
    void arm();
    void tick();

    const Given given_;
    const StandInLimits limits_;
    MadeBlocks made_;
    hub::Stream stream_;
    State state_ = State::idle;
    std::shared_ptr<Connection> connection_;
    std::unique_ptr<hub::Cursor> cursor_;
    boost::asio::steady_timer timer_;
    bool armed_ = false;
    bool wanted_ = false, busy_ = false;
    MonoTime unwanted_at_{}, begun_at_{}, rest_until_{};
    std::chrono::milliseconds rest_{0};
    // Of the attempt.
    std::deque<Sent> sent_;  // The newest ones, answered ones among them: pictures may come later.
    MonoTime answered_at_{};
    std::uint64_t skipped_ = 0;
    bool live_ = false, caught_up_ = false, dropping_ = false, key_wanted_ = true;
    std::uint32_t oldest_good_ = 0;  // Pictures of units before it are of before a loss.
    // Of the stream.
    std::uint32_t next_id_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bongsu::transcode
