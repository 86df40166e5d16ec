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
#include "ingest/cause.hpp"
#include "ingest/connect_gate.hpp"
#include "ingest/reach.hpp"
#include "ingest/rtp_in.hpp"
#include "rtsp/client_session.hpp"
#include "rtsp/datagrams.hpp"
#include "rtsp/wire.hpp"

namespace bongsu::ingest {

enum class State : std::uint8_t { idle, connecting, streaming, unreachable };
std::string_view to_string(State state);

enum class Mode : std::uint8_t {
    always,  ///< Pulled for as long as it is listed.
    demand,  ///< Pulled while somebody watches, and 10 s longer.
    warm,    ///< Pulled before anybody watches (where a target comes to next); of a relay the small picture alone, with which tiles begin.
};

/// What holds for all cameras of a process. Outlives the pullers.
struct PullSettings {
    Reach reach = {};  ///< Of cameras; other sites' streams are wherever those are.
    std::shared_ptr<const rtsp::TlsTrust> tls_trust = {};  ///< None: certificates by fingerprint alone.
    media::CameraClock::Limits clock = {};
    std::chrono::milliseconds linger{10'000};  ///< A camera on demand is pulled for so long after its last viewer.
    ConnectGate::Limits connects = {};
};

/// Where a camera said that a stream of it is.
struct Located {
    std::string url;
    rtsp::Credentials credentials;  ///< Secret.
    bool is_shared = false;         ///< The main stream's: it has no smaller one. Pulled while somebody watches it, then.
};

/// Ownership: held by the supervisor; its stream, settings and environment outlive it. stop() closes the sockets at once
///            and nothing of it calls back afterwards.
/// Health:    from whole pictures, not from the socket: 2 s without one, or three times as long as between the last where
///            they come slower (8 s most; 4 s for the second), and the connection is made anew. Pictures that none can begin
///            with (no key picture with parameter sets) are none after 2 s, and after 25 s the connection is made anew.
/// Retry:     after 200 ms, doubling to 2 s, with jitter, and so that a try begins at least every 4 s; 30 s when the
///            credentials are wrong. A step may take 2.5 s, a TLS handshake 5 s, an attempt 8 s. With a gate, once there is
///            a place.
/// Transport: automatic tries UDP, and TCP for ten minutes after nothing came by it within 2 s. TLS is TCP.
/// Address:   resolved once for each connection, checked, and that very address dialed; two redirects at most, each checked.
/// Threads:   the loop of the io_context.
class CameraPuller : public std::enable_shared_from_this<CameraPuller> {
  public:
    using Reply = std::function<void(Result<std::string>)>;
    using Found = std::function<void(Result<Located>, Cause)>;
    struct Options {
        std::string url;  ///< Secret where it holds a password.
        Mode mode = Mode::always;
        bool relay = false;      ///< Renewed each 300 ms (ADR 0004), a ticket instead of a password.
        std::uint32_t ssrc = 0;  ///< Of the stream that we make; the same for ever.
        rtsp::Transport transport = rtsp::Transport::tcp;
        rtsp::TlsProof tls = {};
        std::function<void(Reply)> password;  ///< Asked before each connection when set; wins over the URL's.
        std::function<void(Found)> locate;    ///< Asked before each connection when set; `url` is where it is asked then.
        std::function<void()> on_vain;        ///< What was located led to no picture.
        ConnectGate* gate = nullptr;          ///< Outlives the puller.
        std::function<void(State, const std::string& cause)> on_state;
        std::function<void(const media::CameraClock::State&)> on_clock;  ///< An alarm was set or cleared.
    };
    struct Counters {
        std::uint64_t connects = 0, failures = 0, bytes = 0, blocks = 0;
        std::uint64_t redirects = 0, udp_fallbacks = 0;
        std::uint64_t foreign_sources = 0;  ///< Datagrams of others than the camera.
    };

    CameraPuller(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, hub::Stream& stream,
                 const PullSettings& settings, Options options);

    void start();
    void stop();
    void wanted();
    void unwanted();
    /// Nothing that streams is interrupted: what nobody watches ends `linger` after it became `demand`.
    void set_mode(Mode mode);

    State state() const { return state_; }
    const std::string& cause() const { return cause_; }  ///< In words.
    Cause cause_kind() const { return kind_; }
    bool is_udp() const { return datagrams_ != nullptr && session_ && session_->path().udp; }
    const Counters& counters() const { return counters_; }
    const BlockBuilder::Counters& packets() const { return builder_.counters(); }
    const RtpIn& rtp() const { return rtp_; }

  private:
    // Of each step of an attempt: with the longest pause and a second to the key picture a camera that no longer
    // hangs is back within 5 s. A slow one that does answer has the whole attempt's time.
    static constexpr std::chrono::milliseconds kAnswerTimeout{2500};
    static constexpr std::chrono::milliseconds kTickMost{1000};

    using Tcp = boost::asio::ip::tcp;
    using Address = boost::asio::ip::address;

    void connect();
    void begin_attempt();
    void locate();
    void located(const Located& place);
    void ask_password();
    void resolve();
    void choose(const std::vector<Address>& resolved);
    void dial(const Tcp::endpoint& peer);
    void connected(Tcp::socket socket);
    Result<std::shared_ptr<rtsp::Wire>> make_wire(Tcp::socket socket);
    bool on_unit(const rtsp::Unit& unit);
    bool on_text(const rtsp::Text& text);
    void on_played();
    void open_datagrams(const Address& local);
    void listen_to_datagrams();
    void after_packets();
    void tell_alarms();
    void follow_redirect();
    void report();
    void on_block(media::BlockPtr block);
    void attempt_failed(Cause cause, const Error& error);
    void hang_up();
    void close_connection();
    void arm(MonoTime at);
    void on_timer();
    void on_deadline();
    void set_state(State state, Cause kind, std::string cause);
    MonoTime retry_after(Cause cause);
    MonoTime next_tick() const;
    bool can_rest() const;
    void rest(MonoTime now);
    void wake();
    void stop_wanting();
    bool is_wanted() const;
    rtsp::Transport transport_now() const;
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
    const PullSettings& settings_;
    Options options_;
    Mode own_mode_ = options_.mode;  // As asked for; a shared ONVIF stream is pulled on demand.
    bool is_shared_ = false;
    // Owned by us.
    BlockBuilder builder_;
    RtpIn rtp_;
    std::optional<rtsp::Url> url_;
    std::string password_;
    std::shared_ptr<rtsp::Wire> wire_;
    std::shared_ptr<rtsp::DatagramPair> datagrams_;
    std::optional<Tcp::socket> dialing_;
    std::optional<Tcp::resolver> resolver_;
    std::optional<rtsp::ClientSession> session_;
    boost::asio::steady_timer timer_;
    ConnectGate::Place place_;  // While we connect.
    std::uint64_t attempt_ = 0;
    bool running_ = false, wanted_ = false, trying_ = false;
    bool waits_ = false;  // For a place; part of trying.
    bool rests_ = false;  // The kernel gathers for us, as nobody watches.
    MonoTime rested_at_{};
    std::uint64_t bytes_rested_ = 0;
    std::chrono::milliseconds pause_{0};
    MonoTime attempt_begin_{};
    MonoTime last_block_{};  // Of this connection; none yet: zero.
    MonoClock::duration rhythm_{};  // Between whole pictures, the longest of late.
    MonoTime deadline_{};  // Of the attempt: its next answer, then the next whole picture.
    MonoTime attempt_end_{};
    MonoTime played_at_{};
    MonoTime armed_at_{};
    MonoTime retry_at_{};
    MonoTime report_at_{};
    MonoTime unwanted_at_{};
    MonoTime tcp_until_{};  // UDP was silent.
    int redirects_ = 0;
    Address peer_;                 // Dialed.
    std::optional<Address> first_;  // Dialed first, before any redirect.
    bool described_ = false;
    bool off_ = false, drifts_ = false;  // The clock's alarms, as they were told.
    State state_ = State::idle;
    Cause kind_ = Cause::none;
    std::string cause_;
    Counters counters_;
};

}  // namespace bongsu::ingest
