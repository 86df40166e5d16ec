#include "app/media_ways.hpp"

#include <utility>

#include "app/media_sandbox.hpp"

namespace bongsu::app {
namespace {

namespace json = boost::json;

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

MediaWays::MediaWays(boost::asio::io_context& loop, env::Env& env, const MediaOptions& options, view::Gate& gate,
                     ingest::Supervisor& cameras)
    : loop_(loop),
      env_(env),
      options_(options),
      gate_(gate),
      cameras_(cameras),
      door_(env, gate, [this](const CameraId& camera) { return cameras_.find(camera, 0) != nullptr; }) {}

Result<void> MediaWays::open() {
    const auto candidate = webrtc::Address::parse("127.0.0.1", static_cast<std::uint16_t>(options_.udp_port));
    BONGSU_CHECK(candidate.has_value());
    TRY(endpoint_, webrtc::Endpoint::start(loop_, options_.udp_fd, env_, {.candidates = {*candidate}, .peers_max = 4096}));
    const auto stream = [this](const CameraId& id, int height) { return cameras_.find(id, height); };
    whep_ = std::make_unique<view::Whep>(view::WhepSession::Tools{loop_, env_, door_, *endpoint_}, view::WhepHooks{.stream = stream});
    rtsp_ = std::make_unique<view::RtspOut>(loop_, env_.clock, env_.random, options_.rtsp_fd, rtsp_hooks());
    return {};
}

Result<void> MediaWays::listen() {
    TRY(http_, http::Server::start(loop_, options_.http_fd,
                                   {.request = [this](http::Request r, http::Reply reply) { take(std::move(r), std::move(reply)); }, .upgrade = {}},
                                   {.body_bytes_max = 64 << 10}));
    return {};
}

void MediaWays::take(http::Request request, http::Reply reply) {
    if (request.path.starts_with("/whep")) return whep_->handle(request, std::move(reply));
    if (request.path == "/health") return reply(http::json_response(200, json::object{{"alive", true}}));
    if (request.path == "/ready") return reply(ready());
    reply(http::problem(Error{ErrorKind::not_found, "there is no " + request.path, Where::here()}));
}

http::Response MediaWays::ready() const {
    const bool ready = gate_.has_state() && !gate_.spool().broken();
    return http::json_response(ready ? 200 : 503, json::object{{"ready", ready},
                                                               {"site", options_.site.value},
                                                               {"views", gate_.views()},
                                                               {"sandbox", to_json(options_.layers.active)},
                                                               {"sandboxMissing", to_json(options_.layers.missing)}});
}

view::RtspOut::Hooks MediaWays::rtsp_hooks() {
    const auto ask = [](const CameraId& camera, const std::string& ticket, const std::string& remote) {
        return view::Ask{camera, ticket, "", view::Way::rtsp, remote};
    };
    return {
        .admit =
            [this, ask](const CameraId& camera, const std::string& ticket, const std::string& remote,
                        std::function<void(Result<view::RtspOut::Admitted>)> done) {
                door_.admit(ask(camera, ticket, remote), [done = std::move(done)](const Result<view::Admitted>& admitted) {
                    if (!admitted) return done(tl::unexpected(admitted.error()));
                    done(view::RtspOut::Admitted{.height = admitted->height, .relay = admitted->relay});
                });
            },
        .open =
            [this, ask](const CameraId& camera, const std::string& ticket, const std::string& remote,
                        std::function<void(Result<std::uint64_t>)> done) {
                const auto lease = std::make_shared<std::uint64_t>(0);
                auto cut = [this, lease](const std::string& reason) { rtsp_->close(*lease, reason); };
                door_.open(ask(camera, ticket, remote), std::move(cut), [lease, done = std::move(done)](const Result<view::Pass>& pass) {
                    if (!pass) return done(tl::unexpected(pass.error()));
                    done(*lease = pass->number);
                });
            },
        .stream = [this](const CameraId& camera, int height) { return cameras_.find(camera, height); },
        .closed = [this](std::uint64_t lease, const std::string& reason, std::uint64_t frames,
                         std::uint64_t bytes) { door_.close(lease, reason, frames, bytes); }};
}

void MediaWays::forget(const CameraId& camera) { whep_->forget(camera, "the camera is not served here any more"); }

void MediaWays::stop() {
    http_.reset();
    whep_->stop("the media process is stopping");
    rtsp_.reset();
}

void MediaWays::add_stats(json::object& out) const {
    const auto& gate = gate_.stats();
    out["views"] = number(gate_.views());
    out["views_opened_total"] = number(gate.opened);
    out["views_cut_total"] = number(gate.cut);
    out["views_refused_total"] = number(gate.refused);
    out["whep_sessions"] = number(whep_->sessions());
    out["rtsp_viewers"] = number(rtsp_->viewers());
    out["rtsp_overrun_total"] = number(rtsp_->counters().overrun);
    out["hostile_datagrams_total"] = number(endpoint_->stats().hostile);
    out["udp_blocked_total"] = number(endpoint_->stats().blocked);
}

}  // namespace bongsu::app
