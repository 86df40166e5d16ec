#include "app/media.hpp"

#include <unistd.h>

#include <set>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "app/camera_settings.hpp"
#include "app/listen.hpp"
#include "app/media_http.hpp"
#include "app/media_loop.hpp"
#include "app/media_settings.hpp"
#include "app/media_tls.hpp"
#include "app/media_sandbox.hpp"
#include "app/media_turns.hpp"
#include "app/picture_watch.hpp"
#include "app/site/fields.hpp"
#include "app/sites.hpp"
#include "base/log.hpp"
#include "bus/local.hpp"
#include "decode/client.hpp"
#include "env/posix.hpp"
#include "ingest/supervisor.hpp"
#include "view/far_door.hpp"
#include "view/gate.hpp"
#include "view/gate_door.hpp"
#include "view/spool.hpp"
#include "view/state_files.hpp"

namespace bongsu::app {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

constexpr int kVersion = 1;
constexpr std::size_t kSpoolItemsAtOnce = 500;

ingest::CameraSource source_of(const view::CameraWish& wish) {
    const auto mode = wish.mode == "always" ? ingest::Mode::always
                      : wish.mode == "warm" ? ingest::Mode::warm
                                            : ingest::Mode::demand;
    return {.id = wish.id, .main_url = wish.main, .sub_url = wish.sub, .mode = mode, .relay = wish.relay};
}

/// Wires the media rooms together: loops with their cameras and ways out; on the first one the gate, the spool and what
/// control says. One more thread writes to the disk.
class Media {
  public:
    Media(const MediaOptions& options, std::unique_ptr<view::Spool> spool, CameraSettings settings, MediaSettings media_settings)
        : options_(options),
          camera_settings_(std::move(settings)),
          settings_(std::move(media_settings)),
          env_(env::process_env()),
          spool_(std::move(spool)),
          gate_(env_, *spool_),
          files_(env_, folder()),
          loops_(make_loops()),
          loop_(loops_.front()->context()),
          decoder_(decode::connect_decoder(loop_, env_.clock, decoder_socket(options.data, options.site))),
          pictures_(env_.clock, *decoder_, loops(),
                    [this](const CameraId& camera, ingest::PictureVerdict verdict) {
                        auto* owner = loops_[MediaLoop::owner_of(camera, loops_.size())].get();
                        owner->post()([owner, camera, verdict] { owner->cameras().on_picture_verdict(camera, verdict); });
                    }),
          door_(env_, gate_, [this](const CameraId& camera) { return listed_->contains(camera); }),
          tick_(loop_),
          signals_(loop_, SIGTERM, SIGINT) {}

    ~Media() {
        for (const auto& loop : loops_) loop->end_thread();
        http_.reset();
        tls_.reset();
        // Twice: what one lets go of, another still holds.
        for (int round = 0; round < 2; ++round) {
            for (const auto& loop : loops_) loop->clear();
        }
    }

    Result<int> run() {
        TRY_DO(open_ways());
        spool_->on_work = [this] { flush_spool(); };
        flush_spool();
        // What was wanted before we died is wanted still; without it nothing is served.
        TRY(auto saved, files_.load());
        if (saved) apply(*std::move(saved));
        TRY(http_, MediaHttp::start(options_.http_fd, loops(), [this] { return ready(); }));
        control_ = bus::Dialer::dial(
            loop_, media_socket(options_.data, options_.site),
            [this](std::shared_ptr<bus::Peer> peer) { return control_events(std::move(peer)); });
        signals_.async_wait([this](boost::system::error_code code, int) {
            if (!code) stop();
        });
        tick();
        LOG_INFO("media.listening", {{"site", options_.site.value}, {"loops", loops_.size()}});
        for (std::size_t i = 1; i < loops_.size(); ++i) loops_[i]->start_thread();
        loop_.run();
        for (const auto& loop : loops_) loop->end_thread();
        disk_.join();
        // No thread writes any more, and what became of its last work nobody heard.
        files_.replaced();
        if (desired_) (void)files_.save(*desired_);  // It says so itself when it fails.
        return exit_code_;
    }

  private:
    std::string folder() const { return site_folder(options_.data, options_.site) + "/spool"; }

    /// What happens on a camera's loop is told on the first one.
    std::vector<std::unique_ptr<MediaLoop>> make_loops() {
        std::vector<std::unique_ptr<MediaLoop>> out;
        const auto count = std::max<std::size_t>(options_.udp_fds.size(), 1);
        const auto transcoder = settings_.transcodes == 0 ? std::string() : transcoder_socket(options_.data, options_.site);
        camera_settings_.pull.connects = camera_settings_.pull.connects.share_of(count);
        for (std::size_t i = 0; i < count; ++i) {
            ingest::Hooks hooks;
            hooks.on_state = [this](const CameraId& id, const ingest::Health& health) {
                on_first([this, id, health] { tell_state(id, health); });
            };
            hooks.ticket_wanted = [this, i](const CameraId& id, int height, ingest::CameraPuller::Reply reply) {
                auto back = [to_loop = loops_[i]->post(), reply = std::move(reply)](Result<std::string> ticket) {
                    to_loop([reply, ticket = std::move(ticket)] { reply(ticket); });
                };
                on_first([this, id, height, back = std::move(back)] { want_ticket(id, height, back); });
            };
            out.push_back(std::make_unique<MediaLoop>(env_, i, std::move(hooks), camera_settings_.pull, transcoder));
        }
        std::vector<MediaLoop*> all;
        for (const auto& loop : out) all.push_back(loop.get());
        for (const auto& loop : out) loop->meet(all);
        return out;
    }
    void on_first(std::function<void()> task) { loops_.front()->post()(std::move(task)); }
    std::vector<MediaLoop*> loops() const {
        std::vector<MediaLoop*> out;
        for (const auto& loop : loops_) out.push_back(loop.get());
        return out;
    }

    Result<void> open_ways() {
        for (const auto& loop : loops_) {
            const auto i = loop->index();
            view::Door* door = &door_;
            if (i > 0) {
                far_doors_.push_back(std::make_unique<view::FarDoor>(door_, loops_.front()->post(), loop->post()));
                door = far_doors_.back().get();
            }
            MediaWays::Given given{.loop = loop->context(),
                                   .env = env_,
                                   .door = *door,
                                   .find = [own = loop.get()](const CameraId& id, int height) { return own->find(id, height); },
                                   .stand_in = [own = loop.get()](const CameraId& id, int) { return own->find_stand_in(id); },
                                   .index = i,
                                   .udp_fd = options_.udp_fds.at(i),
                                   .udp_port = options_.udp_port + static_cast<int>(i)};
            given.on_viewers = [own = loop.get()](std::size_t viewers) { own->viewers = viewers; };
            if (!options_.rtp_fds.empty()) {
                given.rtp_fd = options_.rtp_fds.at(i);
                given.rtcp_fd = options_.rtcp_fds.at(i);
            }
            given.plain_rtsp = settings_.plain_rtsp;
            if (i == 0) {
                given.decoder = decoder_.get();
                given.rtsp_fd = options_.rtsp_fd;
                if (loops_.size() > 1) given.rtsp_spread = [this](int fd) { return spread_rtsp(fd); };
            }
            TRY(loop->ways, MediaWays::open(std::move(given)));
        }
        if (options_.rtsps_fd < 0 || !settings_.rtsps) return {};
        TRY(tls_, MediaTls::open({loop_, disk_, env_, options_.rtsps_fd, *settings_.rtsps,
                                  [this](int fd, std::unique_ptr<rtsp::Tls> tls) { spread_rtsps(fd, std::move(tls)); }}));
        return {};
    }

    /// RTSP connections go round the loops: what they want to see is not known yet.
    bool spread_rtsp(int fd) {
        auto& loop = *loops_[++rtsp_connections_ % loops_.size()];
        if (loop.index() == 0) return false;
        loop.post()([&loop, fd] { loop.ways ? loop.ways->adopt_rtsp(fd) : void(::close(fd)); });
        return true;
    }
    void spread_rtsps(int fd, std::unique_ptr<rtsp::Tls> tls) {
        auto& loop = *loops_[++rtsp_connections_ % loops_.size()];
        if (loop.index() == 0) return loop.ways->adopt_rtsp(fd, std::move(tls));
        const auto held = std::make_shared<std::unique_ptr<rtsp::Tls>>(std::move(tls));
        loop.post()([&loop, fd, held] { loop.ways ? loop.ways->adopt_rtsp(fd, std::move(*held)) : void(::close(fd)); });
    }

    http::Response ready() const {
        const bool ready = gate_.has_state() && !spool_->broken();
        return http::json_response(ready ? 200 : 503, json::object{{"ready", ready},
                                                                   {"site", options_.site.value},
                                                                   {"views", gate_.views()},
                                                                   {"loops", loops_.size()},
                                                                   {"sandbox", to_json(options_.layers.active)},
                                                                   {"sandboxMissing", to_json(options_.layers.missing)}});
    }

    bus::PeerEvents control_events(std::shared_ptr<bus::Peer> peer) {
        peer_ = peer;
        peer->send({{"t", "hello"}, {"v", kVersion}, {"site", options_.site.value}, {"pid", ::getpid()}, {"turns", turning_cameras(camera_settings_)}});
        told_.clear();
        tickets_waiting_.clear();  // What the connection before was asked is not answered any more.
        spool_told_ = spool_->acked();
        for (const auto& [id, now] : states_) tell_state(id, now);
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
        if (kind == "turn") return turn(message);
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
        } else if (kind == "off_duty") {
            TRY(auto holders, view::parse_off_duty(message));
            gate_.set_off_duty(std::move(holders));
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
        std::vector<std::vector<ingest::CameraSource>> sources(loops_.size());
        auto listed = std::make_shared<CameraSet>();
        for (const auto& [id, wish] : desired_->cameras) {
            auto& own = sources[MediaLoop::owner_of(id, loops_.size())];
            own.push_back(source_of(wish));
            if (!wish.relay) camera_settings_.apply(own.back());
            listed->insert(id);
        }
        listed_ = listed;
        std::erase_if(states_, [&](const auto& one) { return !listed->contains(one.first); });
        each_loop([this, sources = std::make_shared<decltype(sources)>(std::move(sources)), listed](MediaLoop& loop) {
            loop.set_cameras((*sources)[loop.index()], listed);
        });
        each_loop([](MediaLoop& loop) { loop.refresh(); });
        for (std::size_t i = 0; i < far_doors_.size(); ++i) {
            loops_[i + 1]->post()([door = far_doors_[i].get(), origins = gate_.origins()] { door->set_origins(origins); });
        }
        door_.serve_arrived();
    }

    /// At once on the first loop, or before they run; soon on the others.
    void each_loop(const std::function<void(MediaLoop&)>& task) {
        for (const auto& loop : loops_) {
            if (loop->index() == 0) {
                task(*loop);
            } else {
                loop->post()([task, own = loop.get()] { task(*own); });
            }
        }
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

    void tell_state(const CameraId& id, const ingest::Health& health) {
        states_[id] = health;
        if (!peer_) return;
        // Outside there are three words: a camera that is being connected has no picture yet.
        const std::string_view word = health.state == ingest::State::streaming ? "streaming"
                                      : health.state == ingest::State::idle    ? "idle"
                                                                               : "unreachable";
        const auto code = to_string(health.cause);
        auto now = std::string(word).append(code).append(health.words);
        auto& told = told_[id];
        if (told == now) return;
        told = std::move(now);
        peer_->send({{"t", "camera"},
                     {"id", id.value},
                     {"state", word},
                     {"cause", health.words},
                     {"code", code},
                     {"at", to_us(env_.clock.wall())}});
    }

    void want_ticket(const CameraId& camera, int height, ingest::CameraPuller::Reply reply) {
        if (!peer_) return reply(fail(ErrorKind::unavailable, "no ticket to be had while control is away"));
        tickets_waiting_[{camera, height}] = std::move(reply);  // An earlier attempt's is over.
        peer_->send({{"t", "ticket_wanted"}, {"camera", camera.value}, {"height", height}});
    }

    void give_ticket(const json::object& message) {
        const auto found = tickets_waiting_.find({CameraId{text_field(message, "camera")}, static_cast<int>(number_field(message, "height"))});
        if (found == tickets_waiting_.end()) return;
        const auto reply = std::move(found->second);  // One ticket opens one connection.
        tickets_waiting_.erase(found);
        const auto ticket = text_field(message, "ticket");
        if (ticket.empty()) return reply(fail(ErrorKind::forbidden, text_field(message, "error")));
        reply(ticket);
    }

    /// The answer goes to whoever is connected then: control knows its own question by the id.
    void turn(const json::object& message) {
        take_turn(message, loops(), [this](json::object answer) { on_first([this, answer = std::move(answer)] { if (peer_) peer_->send(answer); }); });
    }

    void tick() {
        tick_.expires_after(100ms);
        tick_.async_wait([this](boost::system::error_code code) {
            if (code) return;
            gate_.tick(env_.clock.wall());
            door_.serve_arrived();
            flush_spool();
            save();
            pictures_.tick();
            if (++ticks_ % 20 == 0) count();
            tick();
        });
    }

    /// Asks each loop for its figures and tells those that came since the last time.
    void count() {
        each_loop([this](MediaLoop& loop) {
            on_first([this, i = loop.index(), own = loop.figures()] { counted_[i] = own; });
        });
        tell_stats();
    }

    void tell_stats() {
        if (!peer_) return;
        const auto& gate = gate_.stats();
        const auto n = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
        json::object stats{{"t", "stats"},
                           {"views", n(gate_.views())},
                           {"views_opened_total", n(gate.opened)},
                           {"views_cut_total", n(gate.cut)},
                           {"views_refused_total", n(gate.refused)}};
        stats["transcodes_budget"] = n(settings_.transcodes);
        if (tls_) tls_->add_stats(stats);
        for (const auto& [index, own] : counted_) {
            for (const auto& one : own) {
                auto& sum = stats[one.key()];
                sum = (sum.is_int64() ? sum.get_int64() : 0) + one.value().get_int64();
            }
        }
        peer_->send(stats);
    }

    void stop() {
        LOG_INFO("media.stopping", {{"site", options_.site.value}});
        http_.reset();
        tls_.reset();
        each_loop([](MediaLoop& loop) { loop.ways->stop(); });
        gate_.sum_up_refusals();
        auto linger =
            std::make_shared<asio::steady_timer>(loop_, 200ms);  // view.closed reaches disk and control.
        linger->async_wait([this, linger](boost::system::error_code) { loop_.stop(); });
    }

    MediaOptions options_;
    CameraSettings camera_settings_;
    MediaSettings settings_;
    env::Env& env_;
    asio::thread_pool disk_{1};
    std::unique_ptr<view::Spool> spool_;
    view::Gate gate_;
    view::StateFiles files_;
    std::optional<view::Desired> desired_;
    std::shared_ptr<const CameraSet> listed_ = std::make_shared<CameraSet>();
    std::vector<std::unique_ptr<MediaLoop>> loops_;
    asio::io_context& loop_;  // The first one's.
    std::unique_ptr<decode::Decoder> decoder_;
    PictureWatch pictures_;
    view::GateDoor door_;
    std::vector<std::unique_ptr<view::FarDoor>> far_doors_;  // Of the loops behind the first.
    std::unique_ptr<MediaHttp> http_;
    std::unique_ptr<MediaTls> tls_;
    std::unique_ptr<bus::Dialer> control_;
    std::shared_ptr<bus::Peer> peer_;
    asio::steady_timer tick_;
    asio::signal_set signals_;
    std::map<std::pair<CameraId, int>, ingest::CameraPuller::Reply> tickets_waiting_;
    std::map<CameraId, std::string> told_;
    std::map<CameraId, ingest::Health> states_;
    std::map<std::size_t, json::object> counted_;  // By loop.
    std::size_t rtsp_connections_ = 0;
    std::uint64_t spool_told_ = 0, ticks_ = 0;
    int exit_code_ = 0;
};

}  // namespace

Result<int> run_media(const MediaOptions& options) {
    const auto pairs = options.rtp_fds.size();
    if (pairs != options.rtcp_fds.size() || (pairs != 0 && pairs != options.udp_fds.size()))
        return fail(ErrorKind::invalid, "--rtp-fd and --rtcp-fd: one for each --udp-fd, or none");
    auto& env = env::process_env();
    raise_descriptors();  // One for each camera and viewer.
    const auto folder = site_folder(options.data, options.site) + "/spool";
    TRY_DO(env.disk.make_folders(folder));
    TRY(auto spool, view::Spool::open(env.disk, env.clock, folder));
    MediaPlace place{.is_on_loopback = is_on_loopback(options.http_fd) && is_on_loopback(options.rtsp_fd)};
    if (env.disk.exists(options.data + "/city/sites.json")) {  // One that runs by itself has no neighbours.
        TRY(const auto city, load_city(env.disk, options.data));
        place.own_ports = own_ports(city);
    }
    TRY(auto settings, read_camera_settings(env.disk, options.data, options.site, place));
    TRY(auto media_settings, read_media_settings(env.disk, options.data, options.site));
    // Nothing that a camera or a viewer sent was read yet, and no thread was started.
    auto closed = options;
    closed.layers = close_media(options.data, options.site, media_settings);
    Media media(closed, std::move(spool), std::move(settings), std::move(media_settings));
    return media.run();
}

}  // namespace bongsu::app
