#include "ingest/camera_puller.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "media/rtp.hpp"

namespace bongsu::ingest {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kPictureTimeout = 2s, kPictureTimeoutMost = 8s, kSecondPicture = 4s;
constexpr auto kPauseFirst = 200ms, kPauseMost = 2000ms, kPauseHopeless = 30'000ms;
constexpr auto kTryEvery = 3500ms;  // At the latest, from begin to begin.
constexpr auto kKeyTimeout = 25s;  // The longest distance that cameras have ("smart" codecs) is 20 s.
constexpr const char* kNoKey = "pictures come, but none to begin with: no key picture with its parameter sets";
constexpr auto kReportEvery = 5s;
constexpr auto kTcpInstead = 10min;
constexpr auto kRestEach = 250ms, kRestFor = 100ms;  // How often somebody looks; for how long the kernel may gather.
constexpr std::size_t kRestLeast = 4096;             // Not worth the waiting below.

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
                           hub::Stream& stream, const PullSettings& settings, Options options)
    : loop_(loop),
      clock_(clock),
      random_(random),
      stream_(stream),
      settings_(settings),
      options_(std::move(options)),
      builder_(options_.ssrc,
               {.on_block = [this](media::BlockPtr block) { on_block(std::move(block)); },
                .on_format = [this](const media::Format& format) { stream_.set_format(format); }}),
      rtp_({.ssrc = static_cast<std::uint32_t>(random.below(1ULL << 32)), .clock = settings.clock}, builder_),
      timer_(loop) {}

bool CameraPuller::is_wanted() const {
    return options_.mode != Mode::demand || wanted_ || clock_.mono() < unwanted_at_ + settings_.linger;
}

void CameraPuller::start() {
    running_ = true;
    unwanted_at_ = clock_.mono() - settings_.linger;
    wanted_ = stream_.readers() > 0;
    if (is_wanted()) {
        connect();
    } else {
        set_state(State::idle, Cause::nobody_watches, "nobody watches");
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
    if (rests_) wake();
}

void CameraPuller::unwanted() {
    wanted_ = false;
    unwanted_at_ = clock_.mono();
    // The timer may be set for later than what now has to end.
    const auto until = unwanted_at_ + settings_.linger;
    if (running_ && options_.mode == Mode::demand && trying_ && until < armed_at_) arm(until);
}

void CameraPuller::set_mode(Mode mode) {
    own_mode_ = mode;
    options_.mode = is_shared_ ? Mode::demand : mode;
    if (!running_) return;
    if (options_.mode != Mode::demand) {
        if (!trying_ && state_ == State::idle) connect();
    } else if (!wanted_) {
        unwanted();
    }
}

void CameraPuller::stop_wanting() {
    hang_up();
    pause_ = 0ms;
    set_state(State::idle, Cause::nobody_watches, "nobody watches");
}

void CameraPuller::set_state(State state, Cause kind, std::string cause) {
    if (state == state_ && kind == kind_ && cause == cause_) return;
    state_ = state;
    kind_ = kind;
    cause_ = std::move(cause);
    if (running_ && options_.on_state) options_.on_state(state_, cause_);
}

void CameraPuller::open_datagrams(const Address& local) {
    auto opened = rtsp::DatagramPair::open(loop_, local);
    if (opened) datagrams_ = *std::move(opened);
}

bool CameraPuller::on_unit(const rtsp::Unit& unit) {
    if (const auto* text = std::get_if<rtsp::Text>(&unit)) return on_text(*text);
    const auto& frame = std::get<rtsp::Interleaved>(unit);
    counters_.bytes += frame.payload.size() + 4;
    // Cameras may send before they answered PLAY: those pictures count too once the track is known.
    if (described_) {
        rtp_.on_interleaved(frame.channel, frame.payload, clock_.mono(), clock_.wall());
        tell_alarms();
    }
    return wire_ != nullptr;
}

bool CameraPuller::on_text(const rtsp::Text& text) {
    const bool played = session_->playing(), set_up = session_->is_set_up();
    auto answer = session_->on_text(text.head, text.body, clock_.mono());
    if (!answer) {
        attempt_failed(answer.error().message.starts_with("the camera redirects") ? Cause::address : cause_of(answer.error()),
                       answer.error());
        return false;
    }
    if (session_->redirect()) {
        follow_redirect();
        return false;
    }
    if (!described_ && session_->track().payload_type != 0) {
        described_ = true;
        rtp_.begin(session_->track());
    }
    if (!set_up && session_->is_set_up()) {
        rtp_.set_path(session_->path());
        listen_to_datagrams();
    }
    if (wire_) wire_->send(*answer);
    if (!played && session_->playing()) {
        on_played();
    } else if (!played && !options_.relay) {
        // Later than the timer thinks: it looks again when it finds the deadline moved.
        deadline_ = std::min(attempt_end_, clock_.mono() + kAnswerTimeout);
    }
    return wire_ != nullptr;
}

void CameraPuller::on_played() {
    place_.reset();
    last_block_ = {};
    played_at_ = clock_.mono();
    deadline_ = played_at_ + std::clamp<MonoClock::duration>(rhythm_ * 3, kPictureTimeout, kPictureTimeoutMost);
    if (is_udp()) {
        // Opens the way back through a firewall that lets answers in alone.
        std::array<std::uint8_t, media::kRtpHeaderSize> greeting{};
        media::write_rtp_header(greeting.data(), {.payload_type = session_->track().payload_type});
        datagrams_->send_rtp(greeting, session_->path().server_rtp);
    }
    report_at_ = clock_.mono();
    // Within a read: the first look is the timer's.
    rested_at_ = played_at_;
    bytes_rested_ = counters_.bytes;
    on_timer();
}

void CameraPuller::listen_to_datagrams() {
    if (!datagrams_) return;
    if (!session_->path().udp) {
        datagrams_->close();
        datagrams_.reset();
        return;
    }
    const auto on_rtp = [this](std::span<const std::uint8_t> packet) {
        counters_.bytes += packet.size();
        rtp_.on_packet(packet, clock_.mono(), clock_.wall());
        after_packets();
    };
    const auto on_rtcp = [this](std::span<const std::uint8_t> packet) {
        counters_.bytes += packet.size();
        rtp_.on_rtcp(packet, clock_.mono(), clock_.wall());
        tell_alarms();
    };
    datagrams_->start(peer_, {.on_rtp = on_rtp, .on_rtcp = on_rtcp});
}

void CameraPuller::tell_alarms() {
    const auto& now = rtp_.clock().state();
    if (now.offset_alarm == off_ && now.drift_alarm == drifts_) return;
    off_ = now.offset_alarm;
    drifts_ = now.drift_alarm;
    if (options_.on_clock) options_.on_clock(now);
}

/// A gap is given up in time, also when nothing more comes.
void CameraPuller::after_packets() {
    const auto due = rtp_.deadline();
    if (due && *due < armed_at_) arm(*due);
}

/// Over the connection's channel, or from our second port to the camera's.
void CameraPuller::report() {
    const auto bytes = rtp_.report(clock_.mono());
    const auto& path = session_->path();
    if (path.udp) {
        if (datagrams_) datagrams_->send_rtcp(bytes, path.server_rtcp);
        return;
    }
    if (!path.rtcp_channel) return;
    std::string frame{'$', static_cast<char>(*path.rtcp_channel), static_cast<char>(bytes.size() >> 8),
                      static_cast<char>(bytes.size())};
    frame.append(bytes.begin(), bytes.end());
    wire_->send(frame);
}

void CameraPuller::on_block(media::BlockPtr block) {
    ++counters_.blocks;
    const MonoTime now = clock_.mono();
    const bool is_first = last_block_ == MonoTime{};
    if (!is_first) rhythm_ = std::max<MonoClock::duration>(now - last_block_, rhythm_ - rhythm_ / 8);
    last_block_ = now;
    const MonoClock::duration least = is_first ? kSecondPicture : kPictureTimeout;
    deadline_ = now + std::clamp<MonoClock::duration>(rhythm_ * 3, least, kPictureTimeoutMost);
    stream_.publish(std::move(block));
    if (!stream_.live()) {  // Still waits for its first key block.
        const bool playing = session_ && session_->playing();
        if (playing && now >= played_at_ + kPictureTimeout) set_state(State::unreachable, Cause::no_frames, kNoKey);
        if (playing) deadline_ = std::min(deadline_, played_at_ + kKeyTimeout);
        return;
    }
    pause_ = 0ms;
    set_state(State::streaming, Cause::none, "");
}

MonoTime CameraPuller::retry_after(Cause cause) {
    const MonoTime now = clock_.mono();
    // A relay's next ticket may well be good.
    if (is_hopeless(cause) && !options_.relay) return now + kPauseHopeless;
    const auto drawn = [this](std::chrono::milliseconds pause) {
        const auto half = static_cast<std::uint64_t>(pause.count() / 2);
        return std::chrono::milliseconds(half + random_.below(half + 1));
    };
    pause_ = pause_ == 0ms ? kPauseFirst : std::min<std::chrono::milliseconds>(pause_ * 2, kPauseMost);
    const auto retry = std::min<MonoTime>(now + drawn(pause_), attempt_begin_ + kTryEvery);
    return std::max<MonoTime>(retry, now + kPauseFirst / 2);
}

void CameraPuller::attempt_failed(Cause cause, const Error& error) {
    const std::string words = error.message;  // It may live in what hang_up() lets go of.
    const bool was_shown = last_block_ != MonoTime{};
    hang_up();
    if (!running_) return;
    ++counters_.failures;
    if (!was_shown && options_.on_vain) options_.on_vain();
    retry_at_ = retry_after(cause);
    arm(retry_at_);
    set_state(State::unreachable, cause, words);
}

void CameraPuller::close_connection() {
    described_ = false;
    if (datagrams_) {
        counters_.foreign_sources += datagrams_->counters().foreign;
        datagrams_->close();
        datagrams_.reset();
    }
    if (wire_) {
        if (session_ && session_->playing()) wire_->send(session_->teardown());
        wire_->close();
        wire_.reset();
    }
}

void CameraPuller::hang_up() {
    ++attempt_;
    trying_ = waits_ = rests_ = false;
    last_block_ = {};
    place_.reset();
    close_connection();
    dialing_.reset();
    resolver_.reset();
    // session_ stays until the next attempt: we may stand inside one of its calls.
    if (stream_.live()) stream_.lose();
}

void CameraPuller::arm(MonoTime at) {
    armed_at_ = at;
    timer_.expires_after(std::max<MonoClock::duration>(at - clock_.mono(), 1ms));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (self && !error && self->running_) self->on_timer();
    });
}

void CameraPuller::on_timer() {
    const MonoTime now = clock_.mono();
    if (!is_wanted()) return stop_wanting();
    if (waits_) return arm(now + kTickMost);
    if (!trying_) {
        if (now >= retry_at_) return connect();
        return arm(retry_at_);
    }
    const bool playing = session_ && wire_ && session_->playing();
    if (playing) rtp_.tick(now);
    if (playing && can_rest()) rest(now);
    if (!trying_) return;  // What was given up or read may have ended the attempt.
    if (now >= deadline_) return on_deadline();
    if (playing) wire_->send(session_->tick(now));
    if (playing && wire_ && now >= report_at_) {
        report_at_ = now + kReportEvery;
        report();
    }
    if (!trying_) return;
    arm(next_tick());
}

/// The deadline moves with each picture, so the timer looks again instead of being moved with it: of thousands of cameras
/// that play, each costs a look every two seconds.
MonoTime CameraPuller::next_tick() const {
    auto next = deadline_;
    if (session_ && wire_ && session_->playing())
        next = std::min({next, session_->renew_at(), report_at_, rtp_.deadline().value_or(MonoTime::max())});
    if (!wanted_ && can_rest() && session_ && session_->playing()) next = std::min(next, rested_at_ + kRestEach);
    if (options_.mode == Mode::demand && !wanted_) next = std::min(next, unwanted_at_ + settings_.linger);
    return next;
}

bool CameraPuller::can_rest() const { return wire_ != nullptr && wire_->can_rest() && !is_udp(); }

/// Nobody watches: the pictures are kept for who comes, and a tenth of a second later does as well. The kernel wakes us for about so many
/// bytes as come in that time; what is less, after a change in the picture, is read with the next look.
void CameraPuller::rest(MonoTime now) {
    const auto elapsed = now - rested_at_;
    if (elapsed < kRestEach) return;
    const auto came = counters_.bytes - bytes_rested_;
    const bool is_steady = elapsed < 2 * kRestEach;
    rested_at_ = now;
    bytes_rested_ = counters_.bytes;
    if (wanted_) return;
    const auto due = is_steady ? static_cast<std::size_t>(came * kRestFor / std::chrono::duration_cast<std::chrono::milliseconds>(elapsed)) : 0;
    rests_ = due >= kRestLeast;
    wire_->rest_until(rests_ ? due : 1);
    wire_->read_now();
}

/// Behind whoever is just being added to the stream.
void CameraPuller::wake() {
    rests_ = false;
    asio::post(loop_, of_this_attempt([](CameraPuller& self) {
                   if (!self.wire_) return;
                   self.wire_->rest_until(1);
                   self.wire_->read_now();
               }));
}

void CameraPuller::on_deadline() {
    const auto failed = [this](Cause cause, const char* words) {
        attempt_failed(cause, {ErrorKind::timeout, words, Where::here()});
    };
    const bool playing = session_ && wire_ && session_->playing();
    if (playing && is_udp() && !rtp_.heard_any()) {
        if (options_.transport != rtsp::Transport::automatic) return failed(Cause::no_frames, "nothing came by UDP for 2 s");
        ++counters_.udp_fallbacks;
        tcp_until_ = clock_.mono() + kTcpInstead;
        return connect();
    }
    const bool keyless = playing && !stream_.live() && clock_.mono() >= played_at_ + kKeyTimeout;
    if (playing) return failed(Cause::no_frames, keyless ? kNoKey : "no whole picture for 2 s");
    if (wire_ && !wire_->is_secured()) return failed(Cause::tls, "tls: no end of the handshake within 5 s");
    if (wire_) return failed(Cause::no_answer, "no answer to the connection's set-up in time");
    if (dialing_) return failed(Cause::timed_out, "no answer to the connection in time");
    if (resolver_) return failed(Cause::unknown_name, "no answer about its host name in time");
    if (options_.locate) return failed(Cause::onvif, "ONVIF: no answer in time");
    failed(Cause::no_answer, "no ticket in time");
}

}  // namespace bongsu::ingest
