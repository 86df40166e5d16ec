#include "ingest/camera_puller.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "crypto/crypto.hpp"

namespace bongsu::ingest {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// Of each step of an attempt: with the longest pause and a second to the key picture a camera that no longer
// hangs is back within 5 s. A slow one that does answer has up to kAttemptMost.
constexpr auto kAnswerTimeout = 2500ms;
// A relay's other end may have to wake its camera first: its DESCRIBE waits for up to 5 s.
constexpr auto kAttemptMost = 8s;
constexpr auto kPictureTimeout = 2s;
constexpr auto kRelayRenewal = 300ms;
constexpr auto kPauseFirst = 200ms, kPauseMost = 1000ms, kPauseHopeless = 30'000ms;
constexpr auto kLinger = 10s;
constexpr auto kTickMost = 250ms, kTickRelay = 100ms;

std::string random_hex(env::Random& random) {
    std::array<std::uint8_t, 8> bytes{};
    random.fill(bytes);
    return crypto::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::string_view to_string(State state) {
    switch (state) {
        case State::idle:
            return "idle";
        case State::connecting:
            return "connecting";
        case State::streaming:
            return "streaming";
        case State::unreachable:
            return "unreachable";
    }
    return "idle";
}

CameraPuller::CameraPuller(asio::io_context& loop, env::Clock& clock, env::Random& random,
                           hub::Stream& stream, Options options)
    : loop_(loop),
      clock_(clock),
      random_(random),
      stream_(stream),
      options_(std::move(options)),
      builder_(options_.ssrc,
               {.on_block = [this](media::BlockPtr block) { on_block(std::move(block)); },
                .on_format = [this](const media::Format& format) { stream_.set_format(format); }}),
      timer_(loop) {}

bool CameraPuller::is_wanted() const {
    return options_.mode != Mode::demand || wanted_ || clock_.mono() < unwanted_at_ + kLinger;
}

void CameraPuller::start() {
    running_ = true;
    unwanted_at_ = clock_.mono() - kLinger;
    wanted_ = stream_.readers() > 0;
    if (is_wanted()) {
        connect();
    } else {
        set_state(State::idle, "nobody watches");
    }
}

void CameraPuller::stop() {
    running_ = false;
    hang_up();
    timer_.cancel();
}

void CameraPuller::wanted() {
    wanted_ = true;
    if (running_ && !trying_ && state_ == State::idle) connect();
}

void CameraPuller::unwanted() {
    wanted_ = false;
    unwanted_at_ = clock_.mono();
}

void CameraPuller::set_state(State state, std::string cause) {
    if (state == state_ && cause == cause_) return;
    state_ = state;
    cause_ = std::move(cause);
    if (running_ && options_.on_state) options_.on_state(state_, cause_);
}

void CameraPuller::connect() {
    hang_up();
    trying_ = true;
    ++counters_.connects;
    attempt_end_ = clock_.mono() + kAttemptMost;
    deadline_ = options_.relay ? attempt_end_ : clock_.mono() + kAnswerTimeout;
    arm(deadline_);
    // A camera that was lost stays "unreachable" until its picture is back.
    if (state_ != State::unreachable) set_state(State::connecting, "");
    auto url = rtsp::parse_url(options_.url);
    if (!url) return attempt_failed(url.error());
    url_ = *std::move(url);
    password_ = url_->password;
    if (options_.password) return ask_password();
    resolve();
}

void CameraPuller::ask_password() {
    // Posted, so that an answer from within the question finds us ready.
    options_.password([take = of_this_attempt([](CameraPuller& self, Result<std::string> password) {
                           if (!password) return self.attempt_failed(password.error());
                           self.password_ = *std::move(password);
                           self.resolve();
                       }),
                       &loop = loop_](Result<std::string> password) {
        asio::post(loop, [take, password = std::move(password)] { take(password); });
    });
}

void CameraPuller::resolve() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(url_->host, error);
    if (!error) return dial({address, url_->port});
    resolver_.emplace(loop_);
    resolver_->async_resolve(
        url_->host, std::to_string(url_->port),
        of_this_attempt([](CameraPuller& self, const boost::system::error_code& failed,
                           const Tcp::resolver::results_type& found) {
            if (failed || found.empty()) {
                return self.attempt_failed(
                    {ErrorKind::unavailable, "the host name is not known", Where::here()});
            }
            self.dial(found.begin()->endpoint());
        }));
}

void CameraPuller::dial(const Tcp::endpoint& peer) {
    dialing_.emplace(loop_);
    dialing_->async_connect(
        peer, of_this_attempt([](CameraPuller& self, const boost::system::error_code& error) {
            if (error) {
                return self.attempt_failed(
                    {ErrorKind::unavailable, "cannot connect: " + error.message(), Where::here()});
            }
            auto socket = std::move(*self.dialing_);
            self.dialing_.reset();
            self.connected(std::move(socket));
        }));
}

void CameraPuller::connected(Tcp::socket socket) {
    rtsp::ClientSession::Options options;
    options.url = *url_;
    options.credentials = {options_.relay && url_->user.empty() ? "ticket" : url_->user, password_};
    options.basic_at_once = options_.relay;
    options.cnonce = random_hex(random_);
    if (options_.relay) options.renew_every = kRelayRenewal;
    session_.emplace(std::move(options));
    wire_ = std::make_shared<rtsp::Wire>(std::move(socket));
    wire_->start({.on_unit = [this](const rtsp::Unit& unit) { return on_unit(unit); },
                  .on_closed = of_this_attempt(
                      [](CameraPuller& self, const Error& error) { self.attempt_failed(error); }),
                  .on_writable = {}});
    wire_->send(session_->start());
}

bool CameraPuller::on_unit(const rtsp::Unit& unit) {
    if (const auto* text = std::get_if<rtsp::Text>(&unit)) return on_text(*text);
    const auto& frame = std::get<rtsp::Interleaved>(unit);
    counters_.bytes += frame.payload.size() + 4;
    // Cameras may send before they answered PLAY: those pictures count too once the track is known.
    if (builder_ready_ && frame.channel == session_->path().rtp_channel)
        builder_.add(frame.payload, clock_.mono());
    return wire_ != nullptr;
}

bool CameraPuller::on_text(const rtsp::Text& text) {
    const bool played = session_->playing();
    auto answer = session_->on_text(text.head, text.body, clock_.mono());
    if (!answer) {
        attempt_failed(answer.error());
        return false;
    }
    if (!builder_ready_ && session_->track().payload_type != 0) {
        builder_.restart(session_->track().payload_type, session_->track().format);
        builder_ready_ = true;
    }
    if (!played && session_->playing()) {
        deadline_ = clock_.mono() + kPictureTimeout;
        on_timer();
    } else if (!played && !options_.relay) {
        // Later than the timer thinks: it looks again when it finds the deadline moved.
        deadline_ = std::min(attempt_end_, clock_.mono() + kAnswerTimeout);
    }
    if (wire_) wire_->send(*answer);
    return wire_ != nullptr;
}

void CameraPuller::on_block(media::BlockPtr block) {
    ++counters_.blocks;
    deadline_ = clock_.mono() + kPictureTimeout;
    stream_.publish(std::move(block));
    if (!stream_.live()) return;  // Still waits for its first key block.
    pause_ = 0ms;
    set_state(State::streaming, "");
}

std::chrono::milliseconds CameraPuller::pause_after(const Error& error) {
    // A password or a codec does not mend itself; a relay's next ticket may well be good.
    const bool hopeless = error.kind == ErrorKind::unauthenticated || error.kind == ErrorKind::invalid;
    if (hopeless && !options_.relay) return kPauseHopeless;
    pause_ = pause_ == 0ms ? kPauseFirst : std::min<std::chrono::milliseconds>(pause_ * 2, kPauseMost);
    const auto half = static_cast<std::uint64_t>(pause_.count() / 2);
    return std::chrono::milliseconds(half + random_.below(half + 1));
}

void CameraPuller::attempt_failed(const Error& error) {
    hang_up();
    if (!running_) return;
    ++counters_.failures;
    retry_at_ = clock_.mono() + pause_after(error);
    arm(retry_at_);
    set_state(State::unreachable, error.message);
}

void CameraPuller::hang_up() {
    ++attempt_;
    trying_ = false;
    builder_ready_ = false;
    if (wire_) {
        if (session_ && session_->playing()) wire_->send(session_->teardown());
        wire_->close();
        wire_.reset();
    }
    dialing_.reset();
    resolver_.reset();
    // session_ stays until the next attempt: we may stand inside one of its calls.
    if (stream_.live()) stream_.lose();
}

void CameraPuller::arm(MonoTime at) {
    timer_.expires_after(std::max<MonoClock::duration>(at - clock_.mono(), 1ms));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (self && !error && self->running_) self->on_timer();
    });
}

void CameraPuller::on_timer() {
    const MonoTime now = clock_.mono();
    if (!is_wanted()) {
        hang_up();
        pause_ = 0ms;
        return set_state(State::idle, "nobody watches");
    }
    if (!trying_) {
        if (now >= retry_at_) return connect();
        return arm(retry_at_);
    }
    if (now >= deadline_) {
        const bool playing = session_ && wire_ && session_->playing();
        return attempt_failed(
            {ErrorKind::timeout,
             playing ? "no whole picture for 2 s" : "no answer to the connection's set-up in time",
             Where::here()});
    }
    const bool playing = session_ && wire_ && session_->playing();
    if (playing) wire_->send(session_->tick(now));
    // The deadline moves with each picture, so the timer looks again instead of being moved with it.
    const auto most = playing ? (options_.relay ? kTickRelay : kTickMost) : kTickMost;
    arm(std::min(deadline_, now + most));
}

}  // namespace bongsu::ingest
