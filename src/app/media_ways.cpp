#include "app/media_ways.hpp"

#include <unistd.h>

#include <utility>

#include "ingest/supervisor.hpp"

namespace bongsu::app {
namespace {

namespace json = boost::json;

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

Result<std::unique_ptr<MediaWays>> MediaWays::open(Given given) {
    std::unique_ptr<MediaWays> out(new MediaWays(std::move(given)));
    const Given& own = out->given_;
    const auto candidate = webrtc::Address::parse("127.0.0.1", static_cast<std::uint16_t>(own.udp_port));
    BONGSU_CHECK(candidate.has_value());
    TRY(out->endpoint_, webrtc::Endpoint::start(own.loop, own.udp_fd, own.env, {.candidates = {*candidate}, .peers_max = 4096}));
    // Where the main stream's codec is not taken, the small one's may be.
    std::vector<view::OtherStreams::Find> others{[find = own.find](const CameraId& id, int) { return find(id, ingest::Supervisor::kSubHeight); }};
    if (own.stand_in) others.push_back(own.stand_in);
    view::WhepHooks hooks{.stream = own.find, .others = others, .on_sessions = [ways = out.get()](std::size_t sessions) { ways->whep_viewers_ = sessions, ways->count(); }, .prefix = std::to_string(own.index) + "."};
    out->whep_ = std::make_unique<view::Whep>(view::WhepSession::Tools{own.loop, own.env, own.door, *out->endpoint_}, std::move(hooks));
    out->fmp4_ = std::make_unique<view::Fmp4Out>(own.loop, own.env, own.door, view::Fmp4Out::Hooks{
        own.find, others, [ways = out.get()](std::size_t viewers) { ways->fmp4_viewers_ = viewers, ways->count(); }});
    out->hls_ = std::make_unique<view::HlsOut>(view::HlsOut::Tools{own.loop, own.env, own.door},
                                               view::HlsOut::Hooks{.stream = own.find, .others = others, .prefix = std::to_string(own.index) + "-"});
    out->rtsp_ = std::make_unique<view::RtspOut>(own.loop, own.env.clock, own.env.random, own.rtsp_fd, out->rtsp_hooks());
    if (!own.plain_rtsp) out->rtsp_->want_tls();
    if (own.rtp_fd >= 0) {
        TRY(auto udp, view::RtspUdp::start(own.loop, own.env.clock, own.env.random, own.rtp_fd, own.rtcp_fd));
        out->rtsp_->serve_udp(std::move(udp));
    }
    if (own.decoder != nullptr)
        out->snapshot_ = std::make_unique<view::Snapshot>(view::Snapshot::Tools{own.loop, own.env, own.door, *own.decoder, own.find});
    return out;
}

view::RtspOut::Hooks MediaWays::rtsp_hooks() {
    const auto ask = [](const CameraId& camera, const std::string& ticket, const std::string& remote) {
        return view::Ask{camera, ticket, "", view::Way::rtsp, remote};
    };
    return {
        .admit =
            [this, ask](const CameraId& camera, const std::string& ticket, const std::string& remote,
                        std::function<void(Result<view::RtspOut::Admitted>)> done) {
                given_.door.admit(ask(camera, ticket, remote), [done = std::move(done)](const Result<view::Admitted>& admitted) {
                    if (!admitted) return done(tl::unexpected(admitted.error()));
                    done(view::RtspOut::Admitted{.height = admitted->height, .relay = admitted->relay});
                });
            },
        .open =
            [this, ask](const CameraId& camera, const std::string& ticket, const std::string& remote,
                        std::function<void(Result<std::uint64_t>)> done) {
                const auto lease = std::make_shared<std::uint64_t>(0);
                auto cut = [this, alive = std::weak_ptr(alive_), lease](const std::string& reason) {
                    if (!alive.expired() && rtsp_) rtsp_->close(*lease, reason);
                };
                given_.door.open(ask(camera, ticket, remote), std::move(cut), [lease, done = std::move(done)](const Result<view::Pass>& pass) {
                    if (!pass) return done(tl::unexpected(pass.error()));
                    done(*lease = pass->number);
                });
            },
        .stream = given_.find,
        .closed = [this](std::uint64_t lease, const std::string& reason, std::uint64_t frames,
                         std::uint64_t bytes) { given_.door.close(lease, reason, frames, bytes); },
        .spread = given_.rtsp_spread};
}

void MediaWays::count() const {
    if (given_.on_viewers) given_.on_viewers(whep_viewers_ + fmp4_viewers_);
}

void MediaWays::forget(const CameraId& camera) {
    constexpr auto kGone = "the camera is not served here any more";
    whep_->forget(camera, kGone);
    fmp4_->forget(camera, kGone);
    hls_->forget(camera, kGone);
    if (rtsp_) rtsp_->forget(camera, kGone);
    if (snapshot_) snapshot_->forget(camera, kGone);
}

void MediaWays::adopt_rtsp(int fd, std::unique_ptr<rtsp::Tls> tls) {
    if (!rtsp_) return (void)::close(fd);
    rtsp_->adopt(fd, std::move(tls));
}

void MediaWays::stop() {
    constexpr auto kStops = "the media process is stopping";
    whep_->stop(kStops);
    fmp4_->stop(kStops);
    hls_->stop(kStops);
    if (snapshot_) snapshot_->stop(kStops);
    rtsp_.reset();
}

void MediaWays::add_udp_stats(json::object& out) const {
    const auto* udp = rtsp_->udp();
    if (udp == nullptr) return;
    const auto& counters = udp->counters();
    out["rtsp_udp_viewers"] = number(udp->views());
    out["rtsp_udp_packets_total"] = number(counters.packets);
    out["rtsp_udp_pictures_dropped_total"] = number(counters.dropped);
    out["rtsp_udp_blocked_total"] = number(counters.blocked);
    out["rtsp_udp_reported_lost_total"] = number(counters.lost);
    out["rtsp_udp_viewers_losing"] = number(udp->losing());
    out["rtsp_udp_hostile_total"] = number(counters.hostile);
}

void MediaWays::add_stats(json::object& out) const {
    if (!rtsp_) return;  // While it stops there is nothing left to count.
    out["whep_sessions"] = number(whep_->sessions());
    const auto fmp4 = fmp4_->stats();
    out["fmp4_sockets"] = number(fmp4.sockets);
    out["fmp4_views"] = number(fmp4.views);
    out["fmp4_muxers"] = number(fmp4.muxers);
    out["hls_views"] = number(hls_->views());
    out["hls_muxers"] = number(hls_->muxers());
    out["rtsp_viewers"] = number(rtsp_->viewers());
    out["rtsp_overrun_total"] = number(rtsp_->counters().overrun);
    add_udp_stats(out);
    out["hostile_datagrams_total"] = number(endpoint_->stats().hostile);
    out["udp_blocked_total"] = number(endpoint_->stats().blocked);
    if (!snapshot_) return;
    const auto& shots = snapshot_->counters();
    out["snapshots_sent_total"] = number(shots.sent);
    out["snapshots_refused_total"] = number(shots.refused);
    out["snapshots_without_picture_total"] = number(shots.no_picture);
    const auto& pictures = given_.decoder->counters();
    out["decoder_waiting"] = number(given_.decoder->waiting());
    out["decoder_pictures_total"] = number(pictures.decoded);
    out["decoder_undecodable_total"] = number(pictures.undecodable + pictures.too_large);
    out["decoder_killed_total"] = number(pictures.too_slow + pictures.died);
    out["decoder_lost_total"] = number(pictures.lost);
    out["decoder_turned_away_total"] = number(pictures.turned_away);
}

}  // namespace bongsu::app
