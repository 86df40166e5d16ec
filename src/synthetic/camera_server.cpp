#include "synthetic/camera_server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <charconv>
#include <chrono>
#include <utility>

#include "crypto/crypto.hpp"
#include "media/h264.hpp"
#include "media/sdp.hpp"
#include "rtsp/server_session.hpp"
#include "rtsp/wire.hpp"

namespace bongsu::synthetic {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using namespace std::chrono_literals;
using rtsp::ServerSession;

constexpr std::size_t kBacklogMax = 2U << 20;
constexpr auto kReportEvery = 5s;
constexpr std::uint64_t kNtpEpoch = 2'208'988'800;  // 1900 to 1970, RFC 3550 4.
constexpr std::int64_t kTicks = 90'000;

std::string random_hex(env::Random& random, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    random.fill(bytes);
    return crypto::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

rtsp::Challenge challenge_of(const CameraServer::Options& options, env::Random& random) {
    if (options.user.empty()) return {};
    rtsp::Challenge out;
    out.scheme = options.sha256 ? rtsp::Scheme::digest_sha256 : rtsp::Scheme::digest_md5;
    out.realm = "camera";
    out.nonce = random_hex(random, 16);
    out.qop_auth = true;
    return out;
}

/// RTCP sender report (RFC 3550 6.4.1) with its framing on channel 1.
std::array<std::uint8_t, 32> sender_report(std::uint32_t ssrc, WallTime wall, std::uint32_t rtp_time,
                                           std::uint32_t packets, std::uint32_t bytes) {
    std::array<std::uint8_t, 32> out{'$', 1, 0, 28, 0x80, 200, 0, 6};
    const auto us = static_cast<std::uint64_t>(to_us(wall));
    media::write_u32(&out[8], ssrc);
    media::write_u32(&out[12], static_cast<std::uint32_t>(us / 1'000'000 + kNtpEpoch));
    media::write_u32(&out[16], static_cast<std::uint32_t>(((us % 1'000'000) << 32) / 1'000'000));
    media::write_u32(&out[20], rtp_time);
    media::write_u32(&out[24], packets);
    media::write_u32(&out[28], bytes);
    return out;
}

}  // namespace

/// One connection of somebody who pulls a camera.
class CameraServer::Reader : public std::enable_shared_from_this<Reader> {
  public:
    Reader(CameraServer& server, Tcp::socket socket)
        : server_(server),
          challenge_(challenge_of(server.options_, server.random_)),
          session_(challenge_, random_hex(server.random_, 8), server.clock_.mono()),
          wire_(std::make_shared<rtsp::Wire>(std::move(socket))),
          timer_(server.loop_) {}

    void start() {
        wire_->start({.on_unit = [this](const rtsp::Unit& unit) { return on_unit(unit); },
                      .on_closed =
                          [weak = weak_from_this()](const Error&) {
                              if (const auto self = weak.lock()) self->end();
                          },
                      .on_writable = [this] { drain(); }});
        arm(server_.clock_.mono() + 1s);
    }

    void end() {
        wire_->close();
        timer_.cancel();
        server_.forget(this);
    }

    bool is_of(std::size_t camera) const { return clip_ && camera_ == camera; }
    bool is_playing() const { return session_.playing(); }

  private:
    bool on_unit(const rtsp::Unit& unit) {
        const MonoTime now = server_.clock_.mono();
        const auto* text = std::get_if<rtsp::Text>(&unit);
        if (!text) {
            session_.on_life(now);
            return true;
        }
        if (clip_ && server_.fault_of(camera_) == Fault::hang) return true;
        act(session_.on_text(text->head, text->body, now));
        return wire_->is_open();
    }

    void act(ServerSession::Step step) {
        const MonoTime now = server_.clock_.mono();
        bool begins = false;
        while (true) {
            if (!step.send.empty()) say(step.send);
            if (step.want == ServerSession::Want::admit) {
                const auto verdict = admit();
                if (clip_ && server_.fault_of(camera_) == Fault::refuse) return end();
                if (clip_ && server_.fault_of(camera_) == Fault::hang) return;
                step = session_.admitted(verdict, now);
            } else if (step.want == ServerSession::Want::describe) {
                step = session_.described(media::write_sdp(clip_->format, "synthetic camera"), now);
            } else if (step.want == ServerSession::Want::play) {
                begins = true;
                step = session_.played({}, now);
            } else {
                break;
            }
        }
        if (step.want == ServerSession::Want::close) return end();
        if (begins) begin(now);
    }

    Result<void> admit() {
        const auto& asked = session_.admission();
        clip_ = server_.clip_of(asked.path, camera_);
        if (!clip_) return fail(ErrorKind::not_found, "no such camera");
        const rtsp::Credentials right{server_.options_.user, server_.options_.password};
        if (right.user.empty() || rtsp::digest_holds(asked.authorization, challenge_, right, asked.method))
            return {};
        return fail(ErrorKind::unauthenticated, "wrong user name or password");
    }

    /// Text goes behind what waits of a picture, or it would land in the middle of it.
    void say(std::string_view text) {
        if (backlog_.empty()) return wire_->send(text);
        backlog_.insert(backlog_.end(), text.begin(), text.end());
    }

    void begin(MonoTime now) {
        const std::int64_t newest = picture_at(now);
        const auto count = static_cast<std::int64_t>(clip_->pictures.size());
        const auto in_loop = newest % count;
        next_ = newest - (in_loop - clip_->key_before[static_cast<std::size_t>(in_loop)]);
        ssrc_ = static_cast<std::uint32_t>(server_.random_.below(1ULL << 32));
        sequence_ = static_cast<std::uint16_t>(server_.random_.below(1U << 16));
        report_at_ = now;
        on_timer();
    }

    /// Cameras are spread over a picture's time: the golden ratio spreads any number of them evenly.
    MonoClock::duration phase() const {
        const auto part = static_cast<std::uint32_t>(camera_ * 2654435769U);
        return period() * (part >> 16) / 65536;
    }
    MonoClock::duration period() const { return MonoClock::duration(1s) / clip_->fps; }
    std::int64_t picture_at(MonoTime now) const {
        return std::max<std::int64_t>((now - server_.epoch_ - phase()) / period(), 0);
    }
    MonoTime time_of(std::int64_t picture) const { return server_.epoch_ + phase() + period() * picture; }
    std::uint32_t rtp_time(std::int64_t picture) const {
        const auto start = to_us(server_.epoch_wall_) / 1000 * (kTicks / 1000);
        return static_cast<std::uint32_t>(start + picture * kTicks / clip_->fps);
    }

    void on_timer() {
        const MonoTime now = server_.clock_.mono();
        if (!session_.playing()) {
            if (now >= session_.deadline()) return end();
            return arm(now + 1s);
        }
        if (server_.fault_of(camera_) == Fault::hang) {
            next_ = picture_at(now) + 1;
            return arm(now + 100ms);
        }
        if (now >= session_.deadline()) return end();
        while (next_ <= picture_at(now)) {
            send_picture(next_++);
            if (!wire_->is_open()) return;
        }
        if (now >= report_at_) report(now);
        arm(time_of(next_));
    }

    void send_picture(std::int64_t number) {
        auto& block = clip_->pictures[static_cast<std::size_t>(number) % clip_->pictures.size()];
        const std::uint32_t time = rtp_time(number);
        sequence_ = media::write_headers(block, {.sequence = sequence_, .timestamp = time, .ssrc = ssrc_});
        packets_ += static_cast<std::uint32_t>(block.packets.size());
        octets_ += static_cast<std::uint32_t>(block.bytes.size() - 16 * block.packets.size());
        ++server_.counters_.pictures;
        server_.counters_.bytes += block.bytes.size();
        put(block.bytes);
    }

    void report(MonoTime now) {
        report_at_ = now + kReportEvery;
        put(sender_report(ssrc_, server_.clock_.wall(), rtp_time(next_ - 1), packets_, octets_));
    }

    void put(std::span<const std::uint8_t> bytes) {
        if (backlog_.empty()) {
            const auto sent = wire_->send_some(bytes);
            if (!sent) return end();
            bytes = bytes.subspan(*sent);
        }
        if (backlog_.size() + bytes.size() > kBacklogMax) {
            ++server_.counters_.cut_slow;
            return end();
        }
        backlog_.insert(backlog_.end(), bytes.begin(), bytes.end());
    }

    void drain() {
        const auto sent = wire_->send_some(backlog_);
        if (!sent) return end();
        backlog_.erase(backlog_.begin(), backlog_.begin() + static_cast<std::ptrdiff_t>(*sent));
    }

    void arm(MonoTime at) {
        timer_.expires_after(std::max<MonoClock::duration>(at - server_.clock_.mono(), 0ns));
        timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            const auto self = weak.lock();
            if (self && !error && self->wire_->is_open()) self->on_timer();
        });
    }

    CameraServer& server_;
    rtsp::Challenge challenge_;
    ServerSession session_;
    std::shared_ptr<rtsp::Wire> wire_;
    asio::steady_timer timer_;
    std::shared_ptr<Clip> clip_;
    std::size_t camera_ = 0;
    std::vector<std::uint8_t> backlog_;
    std::int64_t next_ = 0;
    std::uint32_t ssrc_ = 0, packets_ = 0, octets_ = 0;
    std::uint16_t sequence_ = 0;
    MonoTime report_at_{};
};

CameraServer::CameraServer(asio::io_context& loop, env::Clock& clock, env::Random& random, int listen_fd,
                           std::vector<SyntheticCamera> cameras, Options options)
    : loop_(loop),
      clock_(clock),
      random_(random),
      acceptor_(loop),
      pause_(loop),
      cameras_(std::move(cameras)),
      faults_(cameras_.size(), Fault::none),
      options_(std::move(options)),
      epoch_(clock.mono()),
      epoch_wall_(clock.wall()),
      alive_(std::make_shared<bool>(true)) {
    boost::system::error_code error;
    acceptor_.assign(Tcp::v4(), listen_fd, error);
    BONGSU_CHECK(!error);
    acceptor_.non_blocking(true, error);
    accept();
}

CameraServer::~CameraServer() {
    for (const auto& reader : std::vector(readers_)) reader->end();
}

void CameraServer::accept() {
    acceptor_.async_accept(loop_, [this, alive = std::weak_ptr(alive_)](
                                      const boost::system::error_code& error, Tcp::socket socket) {
        if (alive.expired() || error == asio::error::operation_aborted) return;
        if (error) {
            // Out of descriptors: trying again at once would spin.
            pause_.expires_after(100ms);
            return pause_.async_wait([this, alive](const boost::system::error_code& stopped) {
                if (!stopped && !alive.expired()) accept();
            });
        }
        if (readers_.size() >= options_.connections_max) {
            ++counters_.turned_away;
        } else {
            ++counters_.accepted;
            readers_.push_back(std::make_shared<Reader>(*this, std::move(socket)));
            readers_.back()->start();
        }
        accept();
    });
}

void CameraServer::forget(Reader* reader) {
    const auto at =
        std::find_if(readers_.begin(), readers_.end(), [&](const auto& one) { return one.get() == reader; });
    if (at == readers_.end()) return;
    // It may be in the middle of one of its own functions.
    asio::post(loop_, [kept = std::move(*at)] {});
    readers_.erase(at);
}

std::shared_ptr<Clip> CameraServer::clip_of(const std::string& path, std::size_t& camera) const {
    constexpr std::string_view kPrefix = "/cam/";
    if (!path.starts_with(kPrefix)) return nullptr;
    const std::string_view rest = std::string_view(path).substr(kPrefix.size());
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || number >= cameras_.size()) return nullptr;
    camera = number;
    const std::string_view size(end, static_cast<std::size_t>(rest.data() + rest.size() - end));
    if (size == "/main") return cameras_[number].main;
    return size == "/sub" ? cameras_[number].sub : nullptr;
}

void CameraServer::set_fault(std::size_t camera, Fault fault) {
    if (camera >= faults_.size()) return;
    faults_[camera] = fault == Fault::close ? Fault::none : fault;
    if (fault != Fault::refuse && fault != Fault::close) return;
    for (const auto& reader : std::vector(readers_)) {
        if (reader->is_of(camera)) reader->end();
    }
}

std::size_t CameraServer::readers(std::size_t camera) const {
    return static_cast<std::size_t>(std::count_if(readers_.begin(), readers_.end(), [&](const auto& reader) {
        return reader->is_of(camera) && reader->is_playing();
    }));
}

}  // namespace bongsu::synthetic
