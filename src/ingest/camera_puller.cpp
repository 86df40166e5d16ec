#include "ingest/camera_puller.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "crypto/crypto.hpp"
#include "ingest/reach.hpp"
#include "media/rtp.hpp"

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
constexpr auto kKeyTimeout = 25s;  // The longest distance that cameras have ("smart" codecs) is 20 s.
constexpr const char* kNoKey = "pictures come, but none to begin with: no key picture with its parameter sets";
constexpr auto kRelayRenewal = 300ms;
constexpr auto kTlsTimeout = 5s;
constexpr auto kPauseFirst = 200ms, kPauseMost = 1000ms, kPauseHopeless = 30'000ms;
constexpr auto kReportEvery = 5s;
constexpr auto kTcpInstead = 10min;
constexpr int kRedirectsMost = 2;
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
    return options_.mode != Mode::demand || wanted_ || clock_.mono() < unwanted_at_ + kLinger;
}

void CameraPuller::start() {
    running_ = true;
    unwanted_at_ = clock_.mono() - kLinger;
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
}

void CameraPuller::unwanted() {
    wanted_ = false;
    unwanted_at_ = clock_.mono();
}

void CameraPuller::set_state(State state, Cause kind, std::string cause) {
    if (state == state_ && kind == kind_ && cause == cause_) return;
    state_ = state;
    kind_ = kind;
    cause_ = std::move(cause);
    if (running_ && options_.on_state) options_.on_state(state_, cause_);
}

void CameraPuller::connect() {
    hang_up();
    trying_ = true;
    redirects_ = 0;
    first_.reset();
    ++counters_.connects;
    attempt_end_ = clock_.mono() + kAttemptMost;
    deadline_ = options_.relay ? attempt_end_ : clock_.mono() + kAnswerTimeout;
    arm(deadline_);
    // A camera that was lost stays "unreachable" until its picture is back.
    if (state_ != State::unreachable) set_state(State::connecting, Cause::none, "");
    auto url = rtsp::parse_url(options_.url);
    if (!url) return attempt_failed(Cause::settings, url.error());
    url_ = *std::move(url);
    password_ = url_->password;
    if (options_.password) return ask_password();
    resolve();
}

void CameraPuller::ask_password() {
    // Posted, so that an answer from within the question finds us ready.
    options_.password([take = of_this_attempt([](CameraPuller& self, Result<std::string> password) {
                           if (!password) return self.attempt_failed(cause_of(password.error()), password.error());
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
    if (!error) return choose({address});
    resolver_.emplace(loop_);
    resolver_->async_resolve(
        url_->host, std::to_string(url_->port),
        of_this_attempt([](CameraPuller& self, const boost::system::error_code& failed,
                           const Tcp::resolver::results_type& found) {
            std::vector<Address> addresses;
            if (!failed) {
                for (const auto& one : found) addresses.push_back(one.endpoint().address());
            }
            self.choose(addresses);
        }));
}

void CameraPuller::choose(const std::vector<Address>& resolved) {
    auto address = choose_address(resolved, settings_.networks, first_);
    if (!address) {
        const bool is_closed = address.error().kind == ErrorKind::forbidden;
        return attempt_failed(is_closed ? Cause::address : Cause::unreachable, address.error());
    }
    peer_ = *address;
    if (!first_) first_ = peer_;
    dial({peer_, url_->port});
}

void CameraPuller::dial(const Tcp::endpoint& peer) {
    dialing_.emplace(loop_);
    dialing_->async_connect(
        peer, of_this_attempt([](CameraPuller& self, const boost::system::error_code& error) {
            if (error) {
                const bool refused = error == asio::error::connection_refused;
                return self.attempt_failed(
                    refused ? Cause::refused : Cause::unreachable,
                    {ErrorKind::unavailable, "cannot connect: " + error.message(), Where::here()});
            }
            auto socket = std::move(*self.dialing_);
            self.dialing_.reset();
            self.connected(std::move(socket));
        }));
}

rtsp::Transport CameraPuller::transport_now() const {
    const bool silent = options_.transport == rtsp::Transport::automatic && clock_.mono() < tcp_until_;
    return silent || url_->secure || options_.relay ? rtsp::Transport::tcp : options_.transport;
}

Result<std::shared_ptr<rtsp::Wire>> CameraPuller::make_wire(Tcp::socket socket) {
    if (!url_->secure) return std::make_shared<rtsp::Wire>(std::move(socket));
    TRY(auto tls, rtsp::Tls::client(settings_.tls_trust, options_.tls, url_->host, socket.native_handle()));
    deadline_ = clock_.mono() + kTlsTimeout;
    return std::make_shared<rtsp::Wire>(std::move(socket), std::move(tls));
}

void CameraPuller::connected(Tcp::socket socket) {
    rtsp::ClientSession::Options options;
    options.url = *url_;
    options.credentials = {options_.relay && url_->user.empty() ? "ticket" : url_->user, password_};
    options.basic_at_once = options_.relay;
    options.basic_allowed = peer_ == *first_;
    options.cnonce = random_hex(random_);
    if (options_.relay) options.renew_every = kRelayRenewal;
    options.transport = transport_now();
    options.peer = peer_.to_string();
    boost::system::error_code ignored;
    if (options.transport != rtsp::Transport::tcp) {
        open_datagrams(socket.local_endpoint(ignored).address());
        if (datagrams_) {
            options.client_port = datagrams_->rtp_port();
        } else {  // No ports are left: TCP needs none.
            options.transport = rtsp::Transport::tcp;
        }
    }
    session_.emplace(std::move(options));
    auto wire = make_wire(std::move(socket));
    if (!wire) return attempt_failed(Cause::settings, wire.error());
    wire_ = *std::move(wire);
    wire_->start({.on_unit = [this](const rtsp::Unit& unit) { return on_unit(unit); },
                  .on_closed = of_this_attempt([](CameraPuller& self, const Error& error) {
                      self.attempt_failed(cause_of(error), error);
                  }),
                  .on_writable = {}});
    if (wire_) wire_->send(session_->start());
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
    played_at_ = clock_.mono();
    deadline_ = played_at_ + kPictureTimeout;
    if (is_udp()) {
        // Opens the way back through a firewall that lets answers in alone.
        std::array<std::uint8_t, media::kRtpHeaderSize> greeting{};
        media::write_rtp_header(greeting.data(), {.payload_type = session_->track().payload_type});
        datagrams_->send_rtp(greeting, session_->path().server_rtp);
    }
    report_at_ = clock_.mono();
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

void CameraPuller::follow_redirect() {
    ++counters_.redirects;
    auto target = *session_->redirect();
    if (++redirects_ > kRedirectsMost) {
        return attempt_failed(Cause::refused, {ErrorKind::unavailable, "the camera redirects more than twice", Where::here()});
    }
    close_connection();
    ++attempt_;
    url_ = std::move(target);
    deadline_ = std::min(attempt_end_, clock_.mono() + kAnswerTimeout);
    resolve();
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
    deadline_ = now + kPictureTimeout;
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

std::chrono::milliseconds CameraPuller::pause_after(Cause cause) {
    // A relay's next ticket may well be good.
    if (is_hopeless(cause) && !options_.relay) return kPauseHopeless;
    pause_ = pause_ == 0ms ? kPauseFirst : std::min<std::chrono::milliseconds>(pause_ * 2, kPauseMost);
    const auto half = static_cast<std::uint64_t>(pause_.count() / 2);
    return std::chrono::milliseconds(half + random_.below(half + 1));
}

void CameraPuller::attempt_failed(Cause cause, const Error& error) {
    const std::string words = error.message;  // It may live in what hang_up() lets go of.
    hang_up();
    if (!running_) return;
    ++counters_.failures;
    retry_at_ = clock_.mono() + pause_after(cause);
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
    trying_ = false;
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
    if (!is_wanted()) {
        hang_up();
        pause_ = 0ms;
        return set_state(State::idle, Cause::nobody_watches, "nobody watches");
    }
    if (!trying_) {
        if (now >= retry_at_) return connect();
        return arm(retry_at_);
    }
    const bool playing = session_ && wire_ && session_->playing();
    if (playing) rtp_.tick(now);
    if (!trying_) return;  // What was given up may have ended the attempt.
    if (now >= deadline_) return on_deadline();
    if (playing) wire_->send(session_->tick(now));
    if (playing && wire_ && now >= report_at_) {
        report_at_ = now + kReportEvery;
        report();
    }
    if (!trying_) return;
    // The deadline moves with each picture, so the timer looks again instead of being moved with it.
    const auto most = playing && options_.relay ? kTickRelay : kTickMost;
    arm(std::min({deadline_, now + most, rtp_.deadline().value_or(MonoTime::max())}));
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
    failed(Cause::unreachable, "no answer to the connection's set-up in time");
}

}  // namespace bongsu::ingest
