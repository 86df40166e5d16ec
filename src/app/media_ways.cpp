#include "app/media_ways.hpp"

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
    const auto small = [find = own.find](const CameraId& id, int) { return find(id, ingest::Supervisor::kSubHeight); };
    view::WhepHooks hooks{.stream = own.find, .fallback = small, .on_sessions = own.on_whep_sessions, .prefix = std::to_string(own.index) + "."};
    out->whep_ = std::make_unique<view::Whep>(view::WhepSession::Tools{own.loop, own.env, own.door, *out->endpoint_}, std::move(hooks));
    out->rtsp_ = std::make_unique<view::RtspOut>(own.loop, own.env.clock, own.env.random, own.rtsp_fd, out->rtsp_hooks());
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
                auto cut = [this, lease](const std::string& reason) {
                    if (rtsp_) rtsp_->close(*lease, reason);
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

void MediaWays::forget(const CameraId& camera) { whep_->forget(camera, "the camera is not served here any more"); }

void MediaWays::stop() {
    whep_->stop("the media process is stopping");
    rtsp_.reset();
}

void MediaWays::add_stats(json::object& out) const {
    if (!rtsp_) return;  // While it stops there is nothing left to count.
    out["whep_sessions"] = number(whep_->sessions());
    out["rtsp_viewers"] = number(rtsp_->viewers());
    out["rtsp_overrun_total"] = number(rtsp_->counters().overrun);
    out["hostile_datagrams_total"] = number(endpoint_->stats().hostile);
    out["udp_blocked_total"] = number(endpoint_->stats().blocked);
}

}  // namespace bongsu::app
