#pragma once
// Keeps one camera's one stream coming: connects, reads, and connects again for as long as somebody wants it.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/id.hpp"
#include "env/env.hpp"
#include "hub/stream.hpp"
#include "ingest/block_builder.hpp"
#include "rtsp/client_session.hpp"
#include "rtsp/wire.hpp"

namespace bongsu::ingest {

enum class State : std::uint8_t { idle, connecting, streaming, unreachable };
std::string_view to_string(State state);

enum class Mode : std::uint8_t {
    always,  ///< Pulled for as long as it is listed.
    demand,  ///< Pulled while somebody watches, and 10 s longer.
    warm,    ///< Pulled now and while it is listed (the cameras of an incident).
};

/// Ownership: held by the supervisor; its stream and the environment outlive it. stop() closes the socket at
/// once
///            and nothing of it calls back afterwards.
/// Health:    from whole pictures, not from the socket: 2 s without one and the connection is made anew.
/// Retry:     after 200 ms, doubling to 1 s, with jitter; 30 s when only a person can help (wrong password,
/// no codec that we relay).
/// Threads:   the loop of the io_context.
class CameraPuller : public std::enable_shared_from_this<CameraPuller> {
  public:
    using Reply = std::function<void(Result<std::string>)>;
    struct Options {
        std::string url;  ///< Secret where it holds a password.
        Mode mode = Mode::always;
        bool relay = false;      ///< Renewed each 300 ms (ADR 0004), a ticket instead of a password.
        std::uint32_t ssrc = 0;  ///< Of the stream that we make; the same for ever.
        std::function<void(Reply)> password;  ///< Asked before each connection when set; wins over the URL's.
        std::function<void(State, const std::string& cause)> on_state;
    };
    struct Counters {
        std::uint64_t connects = 0, failures = 0, bytes = 0, blocks = 0;
    };

    CameraPuller(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, hub::Stream& stream,
                 Options options);

    void start();
    void stop();
    void wanted();
    void unwanted();

    State state() const { return state_; }
    const std::string& cause() const { return cause_; }
    const Counters& counters() const { return counters_; }
    const BlockBuilder::Counters& packets() const { return builder_.counters(); }

  private:
    using Tcp = boost::asio::ip::tcp;

    void connect();
    void ask_password();
    void resolve();
    void dial(const Tcp::endpoint& peer);
    void connected(Tcp::socket socket);
    bool on_unit(const rtsp::Unit& unit);
    bool on_text(const rtsp::Text& text);
    void on_block(media::BlockPtr block);
    void attempt_failed(const Error& error);
    void hang_up();
    void arm(MonoTime at);
    void on_timer();
    void set_state(State state, std::string cause);
    std::chrono::milliseconds pause_after(const Error& error);
    bool is_wanted() const;
    /// A handler for this attempt only: after hang_up() it does nothing.
    template <class Function>
    auto of_this_attempt(Function function) {
        return [weak = weak_from_this(), attempt = attempt_, function](auto&&... args) {
            const auto self = weak.lock();
            if (self && self->attempt_ == attempt) function(*self, std::forward<decltype(args)>(args)...);
        };
    }

    // Given to us.
    boost::asio::io_context& loop_;
    env::Clock& clock_;
    env::Random& random_;
    hub::Stream& stream_;
    Options options_;
    // Owned by us.
    BlockBuilder builder_;
    std::optional<rtsp::Url> url_;
    std::string password_;
    std::shared_ptr<rtsp::Wire> wire_;
    std::optional<Tcp::socket> dialing_;
    std::optional<Tcp::resolver> resolver_;
    std::optional<rtsp::ClientSession> session_;
    boost::asio::steady_timer timer_;
    std::uint64_t attempt_ = 0;
    bool running_ = false, wanted_ = false, trying_ = false;
    std::chrono::milliseconds pause_{0};
    MonoTime deadline_{};  // Of the attempt: its next answer, then the next whole picture.
    MonoTime attempt_end_{};
    MonoTime retry_at_{};
    MonoTime unwanted_at_{};
    bool builder_ready_ = false;
    State state_ = State::idle;
    std::string cause_;
    Counters counters_;
};

}  // namespace bongsu::ingest
