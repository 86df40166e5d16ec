#include "view/fmp4_out.hpp"

#include <algorithm>
#include <utility>

#include "view/played_codecs.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
constexpr std::string_view kMany = "/fmp4", kOne = "/fmp4/";
constexpr auto kTick = 250ms;

}  // namespace

Fmp4Out::Fmp4Out(boost::asio::io_context& loop, env::Env& env, Door& door, Hooks hooks)
    : tools_{loop, env, door, std::move(hooks.stream), std::move(hooks.others), [this](hub::Stream& of) { return muxer_of(of); }},
      on_viewers_(std::move(hooks.on_viewers)),
      timer_(loop) {}

Fmp4Out::~Fmp4Out() { stop("media stops"); }

Result<http::SocketEvents> Fmp4Out::upgrade(const http::Request& request, std::shared_ptr<http::Socket> socket) {
    const std::string origin(request.header("origin"));
    if (!origin.empty() && !tools_.door.allows_origin(origin)) return fail(ErrorKind::forbidden, "this origin is no desk of ours");
    const bool is_one = request.path.starts_with(kOne) && request.path.find('/', kOne.size()) == std::string::npos;
    const std::string camera = is_one ? request.path.substr(kOne.size()) : "";
    if (request.path != kMany && camera.empty()) return fail(ErrorKind::not_found, "there is no WebSocket at this path");
    TRY(auto codecs, codecs_of(request));
    if (sockets_.size() >= kSocketsMax && !make_room()) return fail(ErrorKind::exhausted, "too many sockets are open");
    const auto made = std::make_shared<Fmp4Socket>(tools_, std::move(socket), Fmp4Socket::Viewer{request.remote, std::move(codecs)});
    sockets_.insert(made);
    arm();
    count();
    if (is_one) {
        const auto bearer = request.bearer();
        made->watch(CameraId{camera}, bearer.empty() ? request.param("ticket").value_or("") : std::string(bearer));
    }
    return http::SocketEvents{.text = [made](const std::string& text) { made->hear(text); },
                              .closed =
                                  [this, alive = std::weak_ptr(alive_), made] {
                                      made->closed();
                                      if (!alive.expired()) sockets_.erase(made);
                                  },
                              .drained = [made] { made->drained(); }};
}

/// Whoever connects and shows no ticket must not keep out those who have one.
bool Fmp4Out::make_room() {
    std::shared_ptr<Fmp4Socket> idlest;
    for (const auto& socket : sockets_) {
        const auto since = socket->idle_since();
        if (since && (!idlest || *since < *idlest->idle_since())) idlest = socket;
    }
    if (!idlest) return false;
    idlest->stop("another takes its place");
    sockets_.erase(idlest);
    return true;
}

http::Response Fmp4Out::refuse_plain() {
    auto response = http::problem(426, "upgrade_required", "Upgrade required", "only a WebSocket is served here");
    response.headers["Upgrade"] = "websocket";
    return response;
}

Result<std::shared_ptr<Fmp4Muxer>> Fmp4Out::muxer_of(hub::Stream& stream) {
    if (const auto found = muxers_.find(&stream); found != muxers_.end()) {
        if (auto muxer = found->second.lock()) return muxer;
    }
    TRY(auto muxer, Fmp4Muxer::start(stream, tools_.env.clock));
    muxers_[&stream] = muxer;
    return muxer;
}

void Fmp4Out::arm() {
    if (std::exchange(ticking_, true)) return;
    timer_.expires_after(kTick);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& code) {
        if (!code && !alive.expired()) tick();
    });
}

void Fmp4Out::tick() {
    ticking_ = false;
    const MonoTime now = tools_.env.clock.mono();
    const auto checked = sockets_;
    for (const auto& socket : checked) socket->tick(now);
    std::erase_if(muxers_, [](const auto& entry) { return entry.second.expired(); });
    count();
    if (!sockets_.empty()) arm();
}

void Fmp4Out::count() {
    // A socket that has just come has no view yet.
    if (on_viewers_) on_viewers_(std::max(sockets_.size(), stats().views));
}

void Fmp4Out::forget(const CameraId& camera, const std::string& reason) {
    const auto ending = sockets_;
    for (const auto& socket : ending) socket->forget(camera, reason);
}

void Fmp4Out::stop(const std::string& reason) {
    const auto ending = sockets_;
    for (const auto& socket : ending) socket->stop(reason);
}

Fmp4Out::Stats Fmp4Out::stats() const {
    Stats out{.sockets = sockets_.size()};
    for (const auto& socket : sockets_) out.views += socket->views();
    for (const auto& [stream, muxer] : muxers_) out.muxers += muxer.expired() ? 0 : 1;
    return out;
}

}  // namespace bongsu::view
