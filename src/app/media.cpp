#include "app/media.hpp"

#include <unistd.h>

#include <set>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "app/camera_settings.hpp"
#include "app/media_sandbox.hpp"
#include "app/site/fields.hpp"
#include "app/sites.hpp"
#include "base/log.hpp"
#include "bus/local.hpp"
#include "env/posix.hpp"
#include "http/server.hpp"
#include "ingest/supervisor.hpp"
#include "view/gate.hpp"
#include "view/rtsp_out.hpp"
#include "view/spool.hpp"
#include "view/state_files.hpp"
#include "view/whep.hpp"
#include "webrtc/endpoint.hpp"

namespace bongsu::app {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

constexpr int kVersion = 1;
constexpr std::size_t kSpoolItemsAtOnce = 500;
constexpr std::size_t kArrivingMax = 256;
constexpr auto kArrival = 1s;

ingest::CameraSource source_of(const view::CameraWish& wish) {
    const auto mode = wish.mode == "always" ? ingest::Mode::always
                      : wish.mode == "warm" ? ingest::Mode::warm
                                            : ingest::Mode::demand;
    return {.id = wish.id, .main_url = wish.main, .sub_url = wish.sub, .mode = mode, .relay = wish.relay};
}

/// Wires the media rooms together. Everything lives on the loop but the one thread that writes to the disk.
class Media {
  public:
    Media(const MediaOptions& options, std::unique_ptr<view::Spool> spool, CameraSettings settings, sandbox::Layers layers)
        : options_(options),
          layers_(std::move(layers)),
          camera_settings_(std::move(settings)),
          env_(env::process_env()),
          spool_(std::move(spool)),
          gate_(env_, *spool_),
          files_(env_, folder()),
          cameras_(loop_, env_.clock, env_.random,
                   {.on_state = [this](const CameraId& id, ingest::State state,
                                       const std::string& cause) { tell_state(id, state, cause); },
                    .ticket_wanted =
                        [this](const CameraId& id, int height, ingest::CameraPuller::Reply reply) {
                            want_ticket(id, height, std::move(reply));
                        }},
                   camera_settings_.pull),
          tick_(loop_),
          signals_(loop_, SIGTERM, SIGINT) {}

    Result<int> run() {
        const auto candidate =
            webrtc::Address::parse("127.0.0.1", static_cast<std::uint16_t>(options_.udp_port));
        BONGSU_CHECK(candidate.has_value());
        TRY(endpoint_, webrtc::Endpoint::start(loop_, options_.udp_fd, env_,
                                               {.candidates = {*candidate}, .peers_max = 4096}));
        whep_ =
            std::make_unique<view::Whep>(view::WhepSession::Tools{loop_, env_, gate_, *endpoint_},
                                         view::WhepHooks{.stream = [this](const CameraId& id, int height) {
                                             return cameras_.find(id, height);
                                         }});
        rtsp_ =
            std::make_unique<view::RtspOut>(loop_, env_.clock, env_.random, options_.rtsp_fd, rtsp_hooks());
        spool_->on_work = [this] { flush_spool(); };
        flush_spool();
        // What was wanted before we died is wanted still; without it nothing is served.
        TRY(auto saved, files_.load());
        if (saved) apply(*std::move(saved));
        TRY(http_, http::Server::start(
                       loop_, options_.http_fd,
                       {.request = [this](http::Request r,
                                          http::Reply reply) { take(std::move(r), std::move(reply)); },
                        .upgrade = {}},
                       {.body_bytes_max = 64 << 10}));
        control_ = bus::Dialer::dial(
            loop_, media_socket(options_.data, options_.site),
            [this](std::shared_ptr<bus::Peer> peer) { return control_events(std::move(peer)); });
        signals_.async_wait([this](boost::system::error_code code, int) {
            if (!code) stop();
        });
        tick();
        LOG_INFO("media.listening", {{"site", options_.site.value}});
        loop_.run();
        disk_.join();
        // No thread writes any more, and what became of its last work nobody heard.
        files_.replaced();
        if (desired_) (void)files_.save(*desired_);  // It says so itself when it fails.
        return exit_code_;
    }

  private:
    std::string folder() const { return site_folder(options_.data, options_.site) + "/spool"; }

    void take(http::Request request, http::Reply reply) {
        if (request.path.starts_with("/whep/") && request.method == "POST") {
            const auto ticket = std::string(request.bearer().empty() ? request.param("ticket").value_or("")
                                                                     : request.bearer());
            const CameraId camera{request.path.substr(std::string_view("/whep/").size())};
            return when_here(camera, ticket, [this, request = std::move(request), reply = std::move(reply)] {
                whep_->handle(request, reply);
            });
        }
        if (request.path.starts_with("/whep")) return whep_->handle(request, std::move(reply));
        if (request.path == "/health") return reply(http::json_response(200, json::object{{"alive", true}}));
        if (request.path == "/ready") {
            const bool ready = gate_.has_state() && !spool_->broken();
            return reply(http::json_response(ready ? 200 : 503, json::object{{"ready", ready},
                                                                             {"site", options_.site.value},
                                                                             {"views", gate_.views()},
                                                                             {"sandbox", to_json(layers_.active)},
                                                                             {"sandboxMissing", to_json(layers_.missing)}}));
        }
        reply(http::problem(Error{ErrorKind::not_found, "there is no " + request.path, Where::here()}));
    }

    view::RtspOut::Hooks rtsp_hooks() {
        return {
            .admit =
                [this](const CameraId& camera, const std::string& ticket, const std::string& remote,
                       std::function<void(Result<view::RtspOut::Admitted>)> done) {
                    when_here(camera, ticket, [this, camera, ticket, remote, done = std::move(done)] {
                        done(admit_rtsp(camera, ticket, remote));
                    });
                },
            .open =
                [this](const CameraId& camera, const std::string& ticket, const std::string& remote,
                       const std::function<void(Result<std::uint64_t>)>& done) {
                    open_rtsp(camera, ticket, remote, done);
                },
            .stream = [this](const CameraId& camera, int height) { return cameras_.find(camera, height); },
            .closed =
                [this](std::uint64_t lease, const std::string& reason, std::uint64_t frames,
                       std::uint64_t bytes) {
                    const auto found = rtsp_views_.find(lease);
                    if (found == rtsp_views_.end()) return;
                    const auto view = found->second;
                    rtsp_views_.erase(found);
                    gate_.close(view, reason, frames, bytes);
                }};
    }

    /// What the ticket would open; it stays as it is.
    Result<view::RtspOut::Admitted> admit_rtsp(const CameraId& camera, const std::string& ticket,
                                               const std::string& remote) {
        const auto claims = gate_.check(ticket, camera, "");
        if (!claims) {
            gate_.record_refusal(ticket, camera, view::Way::rtsp, remote, claims.error());
            return tl::unexpected(claims.error());
        }
        // After the ticket: one that would not open anything must not tell an unknown camera from a known one.
        if (cameras_.find(camera, 0) == nullptr)
            return fail(ErrorKind::not_found, "camera " + camera.value + " is not served here");
        return view::RtspOut::Admitted{.height = claims->height, .relay = claims->kind == "relay"};
    }

    /// Not a frame before the record is on disk: `done` waits for the sync.
    void open_rtsp(const CameraId& camera, const std::string& ticket, const std::string& remote,
                   const std::function<void(Result<std::uint64_t>)>& done) {
        auto lease = gate_.open(ticket, camera, "", view::Way::rtsp, remote);
        if (!lease) return done(tl::unexpected(lease.error()));
        const auto number_of_lease = ++leases_;
        rtsp_views_[number_of_lease] = lease->view;
        gate_.on_cut(lease->view,
                     [this, number_of_lease](std::string reason) { rtsp_->close(number_of_lease, reason); });
        spool_->when_synced(lease->spool_n, [done, number_of_lease] { done(number_of_lease); });
    }

    /// A grant's first viewer may be faster than the district's word that its camera may be pulled: a good
    /// ticket for a camera that is not here yet waits up to a second for it.
    void when_here(const CameraId& camera, const std::string& ticket, std::function<void()> go) {
        const bool waits = cameras_.find(camera, 0) == nullptr && arriving_.size() < kArrivingMax &&
                           gate_.check(ticket, camera, "");
        if (!waits) return go();
        arriving_.push_back({camera, env_.clock.mono() + kArrival, std::move(go)});
    }

    void serve_arrived() {
        std::vector<std::function<void()>> ready;
        std::erase_if(arriving_, [&](Arriving& one) {
            if (cameras_.find(one.camera, 0) == nullptr && env_.clock.mono() < one.until) return false;
            ready.push_back(std::move(one.go));
            return true;
        });
        for (const auto& go : ready) go();
    }

    bus::PeerEvents control_events(std::shared_ptr<bus::Peer> peer) {
        peer_ = peer;
        peer->send({{"t", "hello"}, {"v", kVersion}, {"site", options_.site.value}, {"pid", ::getpid()}});
        told_.clear();
        spool_told_ = spool_->acked();
        cameras_.for_each_state([this](const CameraId& id, ingest::State state, const std::string& cause) {
            tell_state(id, state, cause);
        });
        tell_spool();
        return {.message = [this](json::object message) { on_control(message); },
                .closed =
                    [this, gone = peer.get()] {  // By its address: a connection must not hold itself.
                        if (peer_.get() == gone) peer_.reset();
                    }};
    }

    void on_control(const json::object& message) {
        const auto kind = text_field(message, "t");
        if (kind == "spool_ack") {
            spool_->ack(static_cast<std::uint64_t>(number_field(message, "n")));
            spool_told_ = std::max(spool_told_, spool_->acked());
            return tell_spool();
        }
        if (kind == "ticket") return give_ticket(message);
        if (kind == "state") {
            if (number_field(message, "v") != kVersion)
                return LOG_ERROR("media.version", {{"theirs", number_field(message, "v")}});
            auto desired = view::parse_state(message);
            if (!desired) return LOG_ERROR("media.state_refused", {{"why", desired.error().message}});
            spool_->ack(desired->spool_from);
            apply(*std::move(desired));
            files_.replaced();
        } else if (auto changed = take_delta(kind, message); !changed) {
            LOG_ERROR("media.delta_refused", {{"message", kind}, {"why", changed.error().message}});
            // A full state leaves out what is over: with a new connection control sends one.
            if (changed.error().kind == ErrorKind::exhausted && peer_) peer_->close();
            return;
        }
        save();
    }

    /// First the cut, then the paper.
    Result<void> take_delta(const std::string& kind, const json::object& message) {
        if (!desired_) return fail(ErrorKind::unavailable, "there is no full state yet");
        if (kind == "revoke") {
            TRY(const auto revoked, view::parse_revoke(message));
            gate_.revoke(revoked);
        } else if (kind == "relays") {
            TRY(const auto relays, view::parse_relays(message));
            gate_.permit(relays);
        }
        TRY_DO(view::apply_delta(*desired_, message));
        files_.changed(message);
        if (kind == "cameras") pull_cameras();
        return {};
    }

    void apply(view::Desired desired) {
        desired_ = std::move(desired);
        gate_.set_state(*desired_);
        pull_cameras();
    }

    void pull_cameras() {
        std::vector<ingest::CameraSource> sources;
        std::set<CameraId> listed;
        for (const auto& [id, wish] : desired_->cameras) {
            sources.push_back(source_of(wish));
            if (!wish.relay) camera_settings_.apply(sources.back());
            listed.insert(id);
        }
        // A viewer of a camera that left the list would look at a stream that stays silent for ever.
        for (const auto& id : listed_) {
            if (!listed.contains(id)) whep_->forget(id, "the camera is not served here any more");
        }
        listed_ = std::move(listed);
        cameras_.replace_cameras(sources);
        serve_arrived();
    }

    /// One write at a time, of everything that came meanwhile: a thousand revocations in a row are a few writes, and the
    /// views' spool, which shares the disk's thread, never stands behind more than one of them.
    void save() {
        if (!desired_ || !files_.is_due()) return;
        auto work = std::make_shared<view::StateWrite>(files_.begin(*desired_));
        asio::post(disk_, [this, work] {
            auto outcome = std::make_shared<Result<void>>(files_.write(*work));
            asio::post(loop_, [this, outcome] {
                files_.end(*outcome);
                save();
            });
        });
    }

    void flush_spool() {
        if (!spool_->flush_due()) return;
        auto batch = std::make_shared<view::SpoolBatch>(spool_->begin_sync());
        asio::post(disk_, [this, batch] {
            auto outcome = std::make_shared<Result<void>>(spool_->write(*batch));
            asio::post(loop_, [this, outcome] {
                spool_->end_sync(*outcome);
                if (spool_->broken()) {
                    LOG_ERROR("media.spool_broken", {{"why", outcome->error().message}});
                    exit_code_ = 3;
                    return loop_.stop();
                }
                tell_spool();
                flush_spool();
            });
        });
    }

    void tell_spool() {
        if (!peer_) return;
        json::array items;
        for (const auto& item : spool_->unacked(kSpoolItemsAtOnce)) {
            if (item.n <= spool_told_) continue;
            spool_told_ = item.n;
            items.push_back(view::to_message(item));
        }
        if (!items.empty()) peer_->send({{"t", "spool"}, {"items", items}});
    }

    void tell_state(const CameraId& id, ingest::State state, const std::string& cause) {
        if (!peer_) return;
        // Outside there are three words: a camera that is being connected has no picture yet.
        const std::string_view word = state == ingest::State::streaming ? "streaming"
                                      : state == ingest::State::idle    ? "idle"
                                                                        : "unreachable";
        auto& told = told_[id];
        const auto now = std::string(word) + cause;
        if (told == now) return;
        told = now;
        peer_->send({{"t", "camera"},
                     {"id", id.value},
                     {"state", word},
                     {"cause", cause},
                     {"at", to_us(env_.clock.wall())}});
    }

    void want_ticket(const CameraId& camera, int height, ingest::CameraPuller::Reply reply) {
        if (!peer_) return reply(fail(ErrorKind::unavailable, "no ticket to be had while control is away"));
        auto& waiting = tickets_waiting_[{camera, height}];
        waiting.push_back(std::move(reply));
        peer_->send({{"t", "ticket_wanted"}, {"camera", camera.value}, {"height", height}});
    }

    void give_ticket(const json::object& message) {
        const auto found = tickets_waiting_.find(
            {CameraId{text_field(message, "camera")}, static_cast<int>(number_field(message, "height"))});
        if (found == tickets_waiting_.end() || found->second.empty()) return;
        auto reply = std::move(found->second.front());  // One ticket opens one connection.
        found->second.erase(found->second.begin());
        if (found->second.empty()) tickets_waiting_.erase(found);
        const auto ticket = text_field(message, "ticket");
        if (ticket.empty()) return reply(fail(ErrorKind::forbidden, text_field(message, "error")));
        reply(ticket);
    }

    void tick() {
        tick_.expires_after(100ms);
        tick_.async_wait([this](boost::system::error_code code) {
            if (code) return;
            gate_.tick(env_.clock.wall());
            serve_arrived();
            flush_spool();
            save();
            if (++ticks_ % 20 == 0) tell_stats();
            tick();
        });
    }

    void tell_stats() {
        if (!peer_ || !rtsp_) return;  // While it stops there is nothing left to count.
        const auto totals = cameras_.totals();
        const auto& gate = gate_.stats();
        const auto& out = rtsp_->counters();
        const auto& udp = endpoint_->stats();
        const auto n = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
        peer_->send({{"t", "stats"},
                     {"views", n(gate_.views())},
                     {"views_opened_total", n(gate.opened)},
                     {"views_cut_total", n(gate.cut)},
                     {"views_refused_total", n(gate.refused)},
                     {"whep_sessions", n(whep_->sessions())},
                     {"rtsp_viewers", n(rtsp_->viewers())},
                     {"rtsp_overrun_total", n(out.overrun)},
                     {"cameras", n(totals.cameras)},
                     {"cameras_streaming", n(totals.streaming)},
                     {"ingest_bytes_total", n(totals.bytes)},
                     {"ingest_blocks_total", n(totals.blocks)},
                     {"ingest_failures_total", n(totals.failures)},
                     {"ingest_udp_streams", n(totals.udp_streams)},
                     {"ingest_packets_lost_total", n(totals.packets_lost)},
                     {"ingest_packets_reordered_total", n(totals.packets_reordered)},
                     {"ingest_packets_duplicate_total", n(totals.packets_duplicate)},
                     {"ingest_packets_late_total", n(totals.packets_late)},
                     {"ingest_packets_foreign_total", n(totals.packets_foreign)},
                     {"ingest_packets_malformed_total", n(totals.packets_malformed)},
                     {"ingest_foreign_sources_total", n(totals.foreign_sources)},
                     {"ingest_pictures_damaged_total", n(totals.pictures_damaged)},
                     {"ingest_rtcp_malformed_total", n(totals.rtcp_malformed)},
                     {"ingest_ssrc_changes_total", n(totals.ssrc_changes)},
                     {"ingest_redirects_total", n(totals.redirects)},
                     {"ingest_udp_fallbacks_total", n(totals.udp_fallbacks)},
                     {"camera_clocks_off", n(totals.clocks_off)},
                     {"camera_clocks_drifting", n(totals.clocks_drifting)},
                     {"hostile_datagrams_total", n(udp.hostile)},
                     {"udp_blocked_total", n(udp.blocked)}});
    }

    void stop() {
        LOG_INFO("media.stopping", {{"site", options_.site.value}});
        http_.reset();
        whep_->stop("the media process is stopping");
        rtsp_.reset();
        auto linger =
            std::make_shared<asio::steady_timer>(loop_, 200ms);  // view.closed reaches disk and control.
        linger->async_wait([this, linger](boost::system::error_code) { loop_.stop(); });
    }

    struct Arriving {
        CameraId camera;
        MonoTime until;
        std::function<void()> go;
    };

    MediaOptions options_;
    sandbox::Layers layers_;
    CameraSettings camera_settings_;
    env::Env& env_;
    asio::io_context loop_{1};
    asio::thread_pool disk_{1};
    std::unique_ptr<view::Spool> spool_;
    view::Gate gate_;
    view::StateFiles files_;
    std::optional<view::Desired> desired_;
    ingest::Supervisor cameras_;
    std::unique_ptr<webrtc::Endpoint> endpoint_;
    std::unique_ptr<view::Whep> whep_;
    std::unique_ptr<view::RtspOut> rtsp_;
    std::unique_ptr<http::Server> http_;
    std::unique_ptr<bus::Dialer> control_;
    std::shared_ptr<bus::Peer> peer_;
    asio::steady_timer tick_;
    asio::signal_set signals_;
    std::map<std::uint64_t, ViewId> rtsp_views_;
    std::map<std::pair<CameraId, int>, std::vector<ingest::CameraPuller::Reply>> tickets_waiting_;
    std::map<CameraId, std::string> told_;
    std::set<CameraId> listed_;
    std::vector<Arriving> arriving_;  // At most kArrivingMax.
    std::uint64_t leases_ = 0, spool_told_ = 0, ticks_ = 0;
    int exit_code_ = 0;
};

}  // namespace

Result<int> run_media(const MediaOptions& options) {
    auto& env = env::process_env();
    const auto folder = site_folder(options.data, options.site) + "/spool";
    TRY_DO(env.disk.make_folders(folder));
    TRY(auto spool, view::Spool::open(env.disk, env.clock, folder));
    TRY(auto settings, read_camera_settings(env.disk, options.data, options.site));
    // Nothing that a camera or a viewer sent was read yet, and no thread was started.
    auto layers = close_media(options.data, options.site);
    Media media(options, std::move(spool), std::move(settings), std::move(layers));
    return media.run();
}

}  // namespace bongsu::app
