#include "app/media.hpp"

#include <unistd.h>

#include <set>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "app/camera_settings.hpp"
#include "app/media_sandbox.hpp"
#include "app/media_ways.hpp"
#include "app/site/fields.hpp"
#include "app/sites.hpp"
#include "base/log.hpp"
#include "bus/local.hpp"
#include "env/posix.hpp"
#include "ingest/supervisor.hpp"
#include "view/gate.hpp"
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

/// Wires the media rooms together. Everything lives on the loop but the one thread that writes to the disk.
class Media {
  public:
    Media(const MediaOptions& options, std::unique_ptr<view::Spool> spool, CameraSettings settings)
        : options_(options),
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
          ways_(loop_, env_, options_, gate_, cameras_),
          tick_(loop_),
          signals_(loop_, SIGTERM, SIGINT) {}

    Result<int> run() {
        TRY_DO(ways_.open());
        spool_->on_work = [this] { flush_spool(); };
        flush_spool();
        // What was wanted before we died is wanted still; without it nothing is served.
        TRY(auto saved, files_.load());
        if (saved) apply(*std::move(saved));
        TRY_DO(ways_.listen());
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
            if (!listed.contains(id)) ways_.forget(id);
        }
        listed_ = std::move(listed);
        cameras_.replace_cameras(sources);
        ways_.serve_arrived();
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
            ways_.serve_arrived();
            flush_spool();
            save();
            if (++ticks_ % 20 == 0) tell_stats();
            tick();
        });
    }

    void tell_stats() {
        if (!peer_ || ways_.stopped()) return;  // While it stops there is nothing left to count.
        const auto totals = cameras_.totals();
        const auto n = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
        json::object stats{{"t", "stats"},
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
                     {"camera_clocks_drifting", n(totals.clocks_drifting)}};
        ways_.add_stats(stats);
        peer_->send(stats);
    }

    void stop() {
        LOG_INFO("media.stopping", {{"site", options_.site.value}});
        ways_.stop();
        auto linger =
            std::make_shared<asio::steady_timer>(loop_, 200ms);  // view.closed reaches disk and control.
        linger->async_wait([this, linger](boost::system::error_code) { loop_.stop(); });
    }

    MediaOptions options_;
    CameraSettings camera_settings_;
    env::Env& env_;
    asio::io_context loop_{1};
    asio::thread_pool disk_{1};
    std::unique_ptr<view::Spool> spool_;
    view::Gate gate_;
    view::StateFiles files_;
    std::optional<view::Desired> desired_;
    ingest::Supervisor cameras_;
    MediaWays ways_;
    std::unique_ptr<bus::Dialer> control_;
    std::shared_ptr<bus::Peer> peer_;
    asio::steady_timer tick_;
    asio::signal_set signals_;
    std::map<std::pair<CameraId, int>, std::vector<ingest::CameraPuller::Reply>> tickets_waiting_;
    std::map<CameraId, std::string> told_;
    std::set<CameraId> listed_;
    std::uint64_t spool_told_ = 0, ticks_ = 0;
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
    auto closed = options;
    closed.layers = close_media(options.data, options.site);
    Media media(closed, std::move(spool), std::move(settings));
    return media.run();
}

}  // namespace bongsu::app
