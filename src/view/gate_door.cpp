#include "view/gate_door.hpp"

#include <algorithm>
#include <utility>

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
constexpr auto kArrival = 1s;

}  // namespace

GateDoor::GateDoor(env::Env& env, Gate& gate, std::function<bool(const CameraId&)> is_here)
    : env_(env), gate_(gate), is_here_(std::move(is_here)) {}

void GateDoor::admit(const Ask& ask, std::function<void(Result<Admitted>)> done) {
    const bool waits = !is_here_(ask.camera) && arriving_.size() < kArrivingMax && gate_.check(ask.ticket, ask.camera, ask.kind);
    if (!waits) return done(judge(ask));
    arriving_.push_back({ask.camera, env_.clock.mono() + kArrival, [this, ask, done = std::move(done)] { done(judge(ask)); }});
}

Result<Admitted> GateDoor::judge(const Ask& ask) {
    const auto claims = gate_.check(ask.ticket, ask.camera, ask.kind);
    if (!claims) {
        gate_.record_refusal(ask.ticket, ask.camera, ask.way, ask.remote, claims.error());
        return tl::unexpected(claims.error());
    }
    if (!is_here_(ask.camera)) return fail(ErrorKind::not_found, "camera " + ask.camera.value + " is not served here");
    return Admitted{.height = claims->height, .relay = claims->kind == "relay"};
}

void GateDoor::serve_arrived() {
    std::vector<std::function<void()>> ready;
    std::erase_if(arriving_, [&](Arriving& one) {
        if (!is_here_(one.camera) && env_.clock.mono() < one.until) return false;
        ready.push_back(std::move(one.go));
        return true;
    });
    for (const auto& go : ready) go();
}

void GateDoor::open(Ask ask, Cut cut, std::function<void(Result<Pass>)> done) {
    auto lease = gate_.open(ask.ticket, ask.camera, ask.kind, ask.way, std::move(ask.remote));
    if (!lease) return done(tl::unexpected(std::move(lease).error()));
    const auto number = ++last_number_;
    Pass pass{number, lease->view, {.height = lease->height, .relay = lease->kind == "relay"}};
    views_.emplace(number, View{lease->view, std::move(cut), std::move(done), std::move(pass)});
    gate_.on_cut(lease->view, [this, number](const std::string& reason) { on_cut(number, reason); });
    gate_.spool().when_synced(lease->spool_n, [this, number] { on_synced(number); });
}

void GateDoor::on_synced(std::uint64_t number) {
    const auto found = views_.find(number);
    if (found == views_.end()) return;  // Cut meanwhile.
    const auto done = std::exchange(found->second.done, {});
    done(found->second.pass);
}

void GateDoor::on_cut(std::uint64_t number, const std::string& reason) {
    const auto found = views_.find(number);
    if (found == views_.end()) return;
    if (!found->second.done) {
        // Its owner closes it, maybe in there.
        const auto cut = std::exchange(found->second.cut, {});
        if (cut) cut(reason);
        return;
    }
    const auto done = std::move(found->second.done);
    close(number, reason, 0, 0);
    done(fail(ErrorKind::forbidden, reason));
}

void GateDoor::close(std::uint64_t number, const std::string& reason, std::uint64_t frames, std::uint64_t bytes) {
    const auto found = views_.find(number);
    if (found == views_.end()) return;
    const auto view = std::move(found->second.id);
    views_.erase(found);
    gate_.close(view, reason, frames, bytes);
}

bool GateDoor::allows_origin(std::string_view origin) const {
    const auto& allowed = gate_.origins();
    return std::find(allowed.begin(), allowed.end(), origin) != allowed.end();
}

}  // namespace bongsu::view
