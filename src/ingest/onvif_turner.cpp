#include "ingest/onvif_turner.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace bongsu::ingest {
namespace {

using namespace std::chrono_literals;
using Act = TurnOrder::Act;

constexpr auto kLockedOut = 25s;
constexpr std::size_t kAskersMost = 16;
/// The least that is asked of cameras; ours ends a move before it.
constexpr auto kCamerasOwnTimeout = 1s;

onvif::Call call_of(const TurnOrder& order, const std::string& profile) {
    switch (order.act) {
        case Act::move: return onvif::ask_continuous_move(profile, order.speed, kCamerasOwnTimeout);
        case Act::stop: return onvif::ask_stop(profile);
        case Act::preset: return onvif::ask_goto_preset(profile, order.preset);
        case Act::home: return onvif::ask_goto_home(profile);
        case Act::presets: return onvif::ask_presets(profile);
    }
    return onvif::ask_stop(profile);
}

Result<std::vector<onvif::Preset>> read(const TurnOrder& order, const onvif::soap::Answer& answer) {
    if (order.act == Act::presets) return onvif::read_presets(answer.body);
    return std::vector<onvif::Preset>{};
}

}  // namespace

OnvifTurner::OnvifTurner(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, const Reach& reach, OnvifSource source)
    : loop_(loop), clock_(clock), random_(random), reach_(reach), source_(std::move(source)), stop_(loop) {}

void OnvifTurner::close() {
    stop_.cancel();
    movement_.reset();
    question_.reset();
    if (const auto client = std::exchange(client_, nullptr)) client->close();
}

void OnvifTurner::order(TurnOrder order, Turned done) {
    if (locked_out_ && clock_.mono() < locked_until_) return done(tl::unexpected(*locked_out_));
    if (order.act == Act::presets) {
        take(question_, std::move(order), std::move(done));
    } else {
        order.lasts = std::clamp<std::chrono::milliseconds>(order.lasts, 0ms, TurnOrder::kMoveMost);
        // The desk vouches for a move from now on, not from when the camera has heard of it.
        if (order.act == Act::move) stop_after(order.lasts);
        else stop_.cancel();
        take(movement_, std::move(order), std::move(done));
    }
    next();
}

void OnvifTurner::take(std::optional<Asked>& place, TurnOrder order, Turned done) {
    if (!place) place.emplace();
    if (place->askers.size() == kAskersMost) {
        // The newest order stands all the same: a stop among them must not be lost.
        place->order = std::move(order);
        return done(fail(ErrorKind::exhausted, "the camera is slow to answer"));
    }
    place->order = std::move(order);
    if (done) place->askers.push_back(std::move(done));
}

void OnvifTurner::stop_after(std::chrono::milliseconds span) {
    stop_.expires_after(span);
    stop_.async_wait([weak = weak_from_this()](boost::system::error_code code) {
        const auto self = weak.lock();
        if (!self || code) return;
        self->take(self->movement_, {.act = Act::stop}, [device = self->source_.device.authority()](const Result<std::vector<onvif::Preset>>& got) {
            // Its own timeout stops it.
            if (!got) LOG_WARN("camera.not_stopped", {{"device", device}, {"why", got.error().message}});
        });
        self->next();
    });
}

void OnvifTurner::next() {
    if (is_busy_ || (!movement_ && !question_)) return;
    is_busy_ = true;
    if (profile_.empty()) return describe();
    auto& place = movement_ ? movement_ : question_;
    auto asked = *std::exchange(place, std::nullopt);
    ask(std::move(asked));
}

/// A camera without a zoom refuses a move that names one, even of 0.
onvif::Motion OnvifTurner::told_speed(const onvif::Motion& wanted) {
    onvif::Motion out;
    const bool is_turn = wanted.pan.value_or(0) != 0 || wanted.tilt.value_or(0) != 0, is_zoom = wanted.zoom.value_or(0) != 0;
    if (is_turn || turns_ || !is_zoom) out.pan = wanted.pan.value_or(0), out.tilt = wanted.tilt.value_or(0);
    if (is_zoom || zooms_) out.zoom = wanted.zoom.value_or(0);
    turns_ = turns_ || is_turn;
    zooms_ = zooms_ || is_zoom;
    return out;
}

void OnvifTurner::describe() {
    client_ = std::make_shared<onvif::Client>(loop_, clock_, random_, client_options(source_, reach_, onvif::Scope::turning));
    client_->describe([weak = weak_from_this()](Result<onvif::Description> got) {
        if (const auto self = weak.lock()) self->described(std::move(got));
    });
}

void OnvifTurner::described(Result<onvif::Description> got) {
    is_busy_ = false;
    if (got && got->failed) got = tl::unexpected(*got->failed);
    if (got) profile_ = onvif::ptz_profile(*got);
    if (got && profile_.empty()) got = fail_code(ErrorKind::conflict, "does_not_turn", "the camera names no profile by which it turns");
    if (!got) return fail_all(got.error());
    next();
}

void OnvifTurner::ask(Asked asked) {
    if (asked.order.act == Act::move) asked.order.speed = told_speed(asked.order.speed);
    else if (asked.order.act != Act::presets) turns_ = zooms_ = false;
    auto call = call_of(asked.order, profile_);
    client_->call(std::move(call), [weak = weak_from_this(), asked = std::move(asked)](Result<onvif::soap::Answer> got) {
        if (const auto self = weak.lock()) self->answered(asked, std::move(got));
    });
}

void OnvifTurner::answered(const Asked& asked, Result<onvif::soap::Answer> got) {
    is_busy_ = false;
    const auto result = got ? read(asked.order, *got) : tl::unexpected(got.error());
    if (!got && got.error().kind != ErrorKind::invalid) {
        // Whatever became of it, it is asked anew who it is.
        profile_.clear();
        if (got.error().kind == ErrorKind::unauthenticated) {
            locked_out_ = got.error();
            locked_until_ = clock_.mono() + kLockedOut;
        }
    }
    for (const auto& done : asked.askers) done(result);
    next();
}

/// Nobody waits for a camera that cannot be asked.
void OnvifTurner::fail_all(const Error& error) {
    if (error.kind == ErrorKind::unauthenticated) {
        locked_out_ = error;
        locked_until_ = clock_.mono() + kLockedOut;
    }
    auto movement = std::exchange(movement_, std::nullopt), question = std::exchange(question_, std::nullopt);
    stop_.cancel();
    for (const auto& asked : {std::move(movement), std::move(question)}) {
        if (!asked) continue;
        for (const auto& done : asked->askers) done(tl::unexpected(error));
    }
}

}  // namespace bongsu::ingest
