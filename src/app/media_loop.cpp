#include "app/media_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace bongsu::app {
namespace {

constexpr int kSmall = ingest::Supervisor::kSubHeight;

/// As /metrics names them.
boost::json::object figures_of(const ingest::Supervisor::Totals& totals) {
    const auto n = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    return {{"cameras", n(totals.cameras)},
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
            {"cameras_black", n(totals.black)},
            {"cameras_frozen", n(totals.frozen)},
            {"ingest_connects_total", n(totals.connects)},
            {"ingest_connects_delayed_total", n(totals.connects_delayed)},
            {"ingest_connecting", n(totals.connecting)},
            {"ingest_connects_waiting", n(totals.connects_waiting)}};
}

void add_transcodes(const transcode::Counters& counters, boost::json::object& out) {
    const auto n = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    out["transcodes_running"] = n(counters.running);
    out["transcodes_begun_total"] = n(counters.begun);
    out["transcodes_refused_total"] = n(counters.refused);
    out["transcodes_died_total"] = n(counters.died);
    out["transcodes_away_total"] = n(counters.away);
    out["transcode_pictures_total"] = n(counters.pictures);
    out["transcode_pictures_hurried_total"] = n(counters.hurried);
    out["transcode_pictures_behind_total"] = n(counters.behind);
    out["transcode_pictures_undecodable_total"] = n(counters.undecodable);
}

}  // namespace

MediaLoop::MediaLoop(env::Env& env, std::size_t index, ingest::Hooks hooks, const ingest::PullSettings& pull, std::string transcoder)
    : env_(env),
      index_(index),
      post_([this](std::function<void()> task) { hand_over(std::move(task)); }),
      cameras_(loop_, env.clock, env.random, std::move(hooks), pull),
      transcoder_(std::move(transcoder)) {}

MediaLoop::~MediaLoop() { end_thread(); }

std::size_t MediaLoop::owner_of(const CameraId& camera, std::size_t loops) {
    return std::hash<CameraId>{}(camera) % loops;
}

/// One wake for all that came since the last turn.
void MediaLoop::hand_over(std::function<void()> task) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = handed_over_.empty();
        handed_over_.push_back(std::move(task));
    }
    if (first) boost::asio::post(loop_, [this] { take_turn(); });
}

void MediaLoop::take_turn() {
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(handed_over_);
    }
    for (const auto& task : tasks) task();
}

hub::Stream* MediaLoop::find(const CameraId& camera, int height) {
    if (owner_of(camera, all_.size()) == index_) return cameras_.find(camera, height);
    return find_mirror(camera, height > 0 && height <= ingest::Supervisor::kSubHeightMax ? Which::small : Which::main);
}

hub::Stream* MediaLoop::find_stand_in(const CameraId& camera) {
    if (transcoder_.empty()) return nullptr;
    return owner_of(camera, all_.size()) == index_ ? own_stand_in(camera) : find_mirror(camera, Which::stand_in);
}

hub::Stream* MediaLoop::find_mirror(const CameraId& camera, Which which) {
    if (!listed_->contains(camera)) return nullptr;
    auto& mirror = mirrors_[{camera, which}];
    if (!mirror) {
        MediaLoop* theirs = all_[owner_of(camera, all_.size())];
        mirror = std::make_unique<hub::Mirror>(hub::Mirror::Ends{
            .to_owner = theirs->post(),
            .to_here = post_,
            .find = [theirs, camera, which] {
                return which == Which::stand_in ? theirs->own_stand_in(camera) : theirs->cameras().find(camera, which == Which::small ? kSmall : 0);
            },
            .now = [&clock = env_.clock] { return clock.mono(); }});
    }
    return &mirror->stream();
}

hub::Stream* MediaLoop::own_stand_in(const CameraId& camera) {
    if (transcoder_.empty() || cameras_.find(camera, 0) == nullptr) return nullptr;
    auto& one = stand_ins_[camera];
    if (!one) {
        one = std::make_unique<transcode::StandIn>(transcode::StandIn::Given{.loop = loop_,
                                                                             .clock = env_.clock,
                                                                             .counters = transcodes_,
                                                                             .socket_path = transcoder_,
                                                                             .camera = camera,
                                                                             .original = [this, camera] { return original_of(camera); }});
    }
    return &one->stream();
}

/// The small stream where that is one of H.265: it costs least. A camera's only stream may be there under both names.
hub::Stream* MediaLoop::original_of(const CameraId& camera) {
    auto* main = cameras_.find(camera, 0);
    auto* small = cameras_.find(camera, kSmall);
    if (small == nullptr || small == main || !small->live() || small->format().codec != media::Codec::h265) return main;
    const bool is_smaller = !main->live() || small->format().width < main->format().width;
    return is_smaller ? small : main;
}

void MediaLoop::set_cameras(const std::vector<ingest::CameraSource>& own, std::shared_ptr<const CameraSet> listed) {
    // A viewer of a camera that left the list would look at a stream that stays silent for ever.
    for (const auto& camera : *listed_) {
        if (!listed->contains(camera) && ways) ways->forget(camera);
    }
    listed_ = std::move(listed);
    end_stand_ins();
    cameras_.replace_cameras(own);
    std::erase_if(mirrors_, [&](const auto& one) { return !listed_->contains(one.first.first) && one.second->stream().readers() == 0; });
}

void MediaLoop::end_stand_ins() {
    for (auto at = stand_ins_.begin(); at != stand_ins_.end();) {
        if (listed_->contains(at->first)) {
            ++at;
            continue;
        }
        at->second->end();
        ended_stand_ins_.push_back(std::move(at->second));
        at = stand_ins_.erase(at);
    }
    std::erase_if(ended_stand_ins_, [](const auto& one) { return one->stream().readers() == 0; });
}

void MediaLoop::refresh() {
    for (const auto& [key, mirror] : mirrors_) mirror->refresh();
}

boost::json::object MediaLoop::figures() const {
    auto out = figures_of(cameras_.totals());
    add_transcodes(transcodes_, out);
    if (ways) ways->add_stats(out);
    return out;
}

void MediaLoop::start_thread() {
    thread_ = std::thread([this] {
        const auto stays = boost::asio::make_work_guard(loop_);
        loop_.run();
    });
}

void MediaLoop::end_thread() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
}

void MediaLoop::clear() {
    ways.reset();
    mirrors_.clear();
    for (const auto& [camera, stand_in] : stand_ins_) stand_in->end();
    loop_.restart();
    loop_.poll();
}

}  // namespace bongsu::app
