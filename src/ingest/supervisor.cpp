#include "ingest/supervisor.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "ingest/picture_health.hpp"
#include "crypto/crypto.hpp"

namespace bongsu::ingest {
namespace {

constexpr std::chrono::milliseconds kGateLeast{10}, kGateMost{100};

/// The same for ever and in every process, so that a viewer survives a restart of the relay before it.
std::uint32_t ssrc_of(const CameraId& id, int height) {
    const std::string digest = crypto::sha256(id.value + "/" + std::to_string(height));
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < 4; ++i) out = out << 8 | static_cast<std::uint8_t>(digest[i]);
    return out;
}

int rank(State state) {
    switch (state) {
        case State::streaming:
            return 3;
        case State::unreachable:
            return 2;
        case State::connecting:
            return 1;
        case State::idle:
            return 0;
    }
    return 0;
}

/// Another site's link carries a small picture ahead for who may come, not a large one.
Mode mode_of(const CameraSource& source, int height) {
    const bool is_spared = source.mode == Mode::warm && source.relay && height != Supervisor::kSubHeight && !source.sub_url.empty();
    return is_spared ? Mode::demand : source.mode;
}

/// Whoever watches must not notice.
bool differs_by_mode(CameraSource known, const CameraSource& source) {
    known.mode = source.mode;
    return known == source;
}

}  // namespace

Supervisor::Supervisor(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, Hooks hooks,
                       PullSettings settings)
    : loop_(loop),
      clock_(clock),
      random_(random),
      hooks_(std::move(hooks)),
      settings_(std::move(settings)),
      gate_(settings_.connects),
      gate_timer_(loop),
      alive_(std::make_shared<bool>(true)) {
    gate_.on_waiting = [this] { tend_gate(); };
    if (settings_.tls_trust) return;
    if (auto trust = rtsp::TlsTrust::make("")) settings_.tls_trust = *std::move(trust);
}

Supervisor::~Supervisor() {
    for (auto& [id, camera] : cameras_) {
        close(camera.main);
        close(camera.sub);
        close_onvif(camera);
    }
}

/// Places that are held too long are given to those that wait.
void Supervisor::tend_gate() {
    if (gate_.waiting() == 0) return;
    gate_timer_.expires_after(std::clamp<MonoClock::duration>(gate_.deadline() - clock_.mono(), kGateLeast, kGateMost));
    gate_timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired()) return;
        gate_.tick(clock_.mono());
        tend_gate();
    });
}

void Supervisor::set_cameras(const std::vector<CameraSource>& cameras) {
    for (const CameraSource& source : cameras) {
        Camera& camera = cameras_[source.id];
        if (camera.main.puller && camera.source == source) continue;
        if (camera.main.puller && differs_by_mode(camera.source, source)) {
            camera.source = source;
            camera.main.puller->set_mode(mode_of(source, kMainHeight));
            if (camera.sub.puller) camera.sub.puller->set_mode(mode_of(source, kSubHeight));
            continue;
        }
        camera.source = source;
        find_streams(camera);
        open(camera, camera.main, source.main_url, kMainHeight);
        if (camera.finder || !source.sub_url.empty()) {
            open(camera, camera.sub, source.sub_url, kSubHeight);
        } else {
            retire(camera.sub);
        }
        update(source.id);
    }
}

void Supervisor::replace_cameras(const std::vector<CameraSource>& cameras) {
    std::set<CameraId> listed;
    for (const auto& source : cameras) listed.insert(source.id);
    std::vector<CameraId> gone;
    for (const auto& [id, camera] : cameras_) {
        if (!listed.contains(id)) gone.push_back(id);
    }
    for (const auto& id : gone) remove(id);
    set_cameras(cameras);
}

void Supervisor::remove(const CameraId& camera) {
    const auto at = cameras_.find(camera);
    if (at == cameras_.end()) return;
    retire(at->second.main);
    retire(at->second.sub);
    close_onvif(at->second);
    cameras_.erase(at);
}

void Supervisor::close_onvif(Camera& camera) {
    if (const auto finder = std::exchange(camera.finder, nullptr)) finder->close();
    if (const auto turner = std::exchange(camera.turner, nullptr)) turner->close();
}

void Supervisor::turn(const CameraId& camera, TurnOrder order, Turned done) {
    const auto at = cameras_.find(camera);
    if (at == cameras_.end()) return done(fail(ErrorKind::not_found, "there is no such camera"));
    auto& one = at->second;
    if (!one.source.onvif || one.source.relay) return done(fail_code(ErrorKind::conflict, "does_not_turn", "the camera is not reached by ONVIF"));
    if (!one.turner) one.turner = std::make_shared<OnvifTurner>(loop_, clock_, random_, settings_.reach, *one.source.onvif);
    one.turner->order(std::move(order), std::move(done));
}

void Supervisor::find_streams(Camera& camera) {
    close_onvif(camera);
    if (!camera.source.onvif || camera.source.relay) return;
    camera.finder = std::make_shared<OnvifFinder>(loop_, clock_, random_, settings_.reach, *camera.source.onvif);
}

CameraPuller::Options Supervisor::options_for(const Camera& camera, const std::string& url, int height) {
    const CameraId id = camera.source.id;
    CameraPuller::Options options;
    options.url = url;
    options.mode = mode_of(camera.source, height);
    options.relay = camera.source.relay;
    options.ssrc = ssrc_of(id, height);
    options.transport = camera.source.transport;
    options.tls = camera.source.tls;
    options.gate = &gate_;
    options.on_state = [this, id](State, const std::string&) { update(id); };
    options.on_clock = [this, id](const media::CameraClock::State& state) { tell_clock(id, state); };
    if (camera.finder) {
        options.url = camera.source.onvif->device.host;
        options.locate = [finder = camera.finder, is_small = height == kSubHeight](CameraPuller::Found found) {
            finder->locate(is_small, std::move(found));
        };
        options.on_vain = [finder = camera.finder] { finder->vain(); };
    }
    if (camera.source.relay) {
        options.password = [this, id, height](CameraPuller::Reply reply) {
            if (hooks_.ticket_wanted) return hooks_.ticket_wanted(id, height, std::move(reply));
            reply(fail(ErrorKind::unavailable, "no tickets for relays here"));
        };
    }
    return options;
}

void Supervisor::open(Camera& camera, Channel& channel, const std::string& url, int height) {
    close(channel);
    if (!channel.stream) channel.stream = std::make_unique<hub::Stream>();
    channel.puller =
        std::make_shared<CameraPuller>(loop_, clock_, random_, *channel.stream, settings_,
                                       options_for(camera, url, height));
    channel.stream->on_wanted = [puller = channel.puller.get()] { puller->wanted(); };
    channel.stream->on_unwanted = [puller = channel.puller.get()] { puller->unwanted(); };
    channel.puller->start();
}

void Supervisor::close(Channel& channel) {
    if (!channel.puller) return;
    channel.puller->stop();
    // Destroyed later: we may have been called from within it.
    boost::asio::post(loop_, [kept = std::move(channel.puller)] {});
    channel.puller = nullptr;
    channel.stream->on_wanted = channel.stream->on_unwanted = {};
}

void Supervisor::retire(Channel& channel) {
    close(channel);
    if (!channel.stream) return;
    channel.stream->on_unwanted = [this, alive = std::weak_ptr(alive_)] {
        boost::asio::post(loop_, [this, alive] {
            if (!alive.expired()) sweep();
        });
    };
    retired_.push_back(std::move(channel.stream));
    sweep();
}

void Supervisor::sweep() {
    std::erase_if(retired_, [](const auto& stream) { return stream->readers() == 0; });
}

hub::Stream* Supervisor::find(const CameraId& camera, int height) {
    const auto at = cameras_.find(camera);
    if (at == cameras_.end()) return nullptr;
    const bool small = height > 0 && height <= kSubHeightMax && at->second.sub.stream;
    return small ? at->second.sub.stream.get() : at->second.main.stream.get();
}

void Supervisor::update(const CameraId& id) {
    const auto at = cameras_.find(id);
    if (at == cameras_.end()) return;
    Camera& camera = at->second;
    const CameraPuller* best = nullptr;
    for (const auto* channel : {&camera.main, &camera.sub}) {
        const auto* puller = channel->puller.get();
        if (puller && (!best || rank(puller->state()) > rank(best->state()))) best = puller;
    }
    if (!best) return;
    Health now{best->state(), best->cause_kind(), best->cause()};
    if (now.state != State::streaming) camera.verdict = PictureVerdict::ok;
    if (camera.verdict != PictureVerdict::ok) {
        now.cause = cause_of(camera.verdict);
        now.words = now.cause == Cause::black ? "its pictures are black" : "its pictures do not change";
    }
    if (camera.told && camera.health == now) return;
    camera.told = true;
    camera.health = now;
    LOG_INFO("camera.state", {{"camera", id.value}, {"state", to_string(now.state)}, {"cause", to_string(now.cause)}, {"words", now.words}});
    if (hooks_.on_state) hooks_.on_state(id, now);
}

void Supervisor::on_picture_verdict(const CameraId& camera, PictureVerdict verdict) {
    const auto at = cameras_.find(camera);
    if (at == cameras_.end() || at->second.health.state != State::streaming) return;
    if (at->second.verdict != verdict) LOG_INFO("camera.picture", {{"camera", camera.value}, {"verdict", to_string(verdict)}});
    at->second.verdict = verdict;
    update(camera);
}

void Supervisor::tell_clock(const CameraId& id, const media::CameraClock::State& state) {
    const auto offset_ms = state.offset ? state.offset->count() / 1000 : 0;
    LOG_WARN("camera.clock", {{"camera", id.value},
                              {"off", state.offset_alarm ? "yes" : "no"},
                              {"drifts", state.drift_alarm ? "yes" : "no"},
                              {"offset_ms", offset_ms},
                              {"drift_ppm", state.drift_ppm.value_or(0)}});
    if (hooks_.on_clock) hooks_.on_clock(id, state);
}

void Supervisor::for_each_puller(
    const std::function<void(const CameraId&, int, const CameraPuller&)>& visit) const {
    for (const auto& [id, camera] : cameras_) {
        if (camera.main.puller) visit(id, kMainHeight, *camera.main.puller);
        if (camera.sub.puller) visit(id, kSubHeight, *camera.sub.puller);
    }
}

void Supervisor::for_each_state(const std::function<void(const CameraId&, const Health&)>& visit) const {
    for (const auto& [id, camera] : cameras_) visit(id, camera.health);
}

void Supervisor::add_network(const CameraPuller& puller, Totals& out) {
    const auto& rtp = puller.rtp().counters();
    const auto& order = puller.rtp().order();
    out.packets_malformed += puller.packets().malformed + rtp.malformed + order.odd;
    out.packets_foreign += puller.packets().foreign + rtp.foreign;
    out.packets_reordered += order.reordered;
    out.packets_duplicate += order.duplicates;
    out.packets_late += order.late;
    out.rtcp_malformed += rtp.rtcp_malformed;
    out.ssrc_changes += rtp.ssrc_changes;
    out.foreign_sources += puller.counters().foreign_sources;
    out.redirects += puller.counters().redirects;
    out.udp_fallbacks += puller.counters().udp_fallbacks;
    if (puller.is_udp() && puller.state() == State::streaming) ++out.udp_streams;
}

Supervisor::Totals Supervisor::totals() const {
    Totals out;
    for (const auto& [id, camera] : cameras_) {
        ++out.cameras;
        if (camera.health.state == State::streaming) ++out.streaming;
        if (camera.health.cause == Cause::black) ++out.black;
        if (camera.health.cause == Cause::frozen) ++out.frozen;
        for (const auto* channel : {&camera.main, &camera.sub}) {
            if (!channel->puller) continue;
            ++out.streams;
            out.readers += channel->stream->readers();
            const auto& counters = channel->puller->counters();
            const auto& packets = channel->puller->packets();
            out.connects += counters.connects;
            out.failures += counters.failures;
            out.bytes += counters.bytes;
            out.blocks += counters.blocks;
            out.packets_lost += packets.lost;
            out.pictures_damaged += packets.damaged;
            add_network(*channel->puller, out);
        }
        const auto has = [&camera = camera](auto alarm) {
            const auto of = [alarm](const Channel& one) { return one.puller && one.puller->rtp().clock().state().*alarm; };
            return of(camera.main) || of(camera.sub);
        };
        if (has(&media::CameraClock::State::offset_alarm)) ++out.clocks_off;
        if (has(&media::CameraClock::State::drift_alarm)) ++out.clocks_drifting;
    }
    out.connecting = gate_.in_flight();
    out.connects_waiting = gate_.waiting();
    out.connects_delayed = gate_.counters().delayed;
    return out;
}

}  // namespace bongsu::ingest
