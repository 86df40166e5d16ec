#include "app/media_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace bongsu::app {
namespace {

constexpr int kSmall = ingest::Supervisor::kSubHeight;

}  // namespace

MediaLoop::MediaLoop(env::Env& env, std::size_t index, ingest::Hooks hooks, const ingest::PullSettings& pull)
    : env_(env),
      index_(index),
      post_([this](std::function<void()> task) { hand_over(std::move(task)); }),
      cameras_(loop_, env.clock, env.random, std::move(hooks), pull) {}

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
    const auto owner = owner_of(camera, all_.size());
    if (owner == index_) return cameras_.find(camera, height);
    if (!listed_->contains(camera)) return nullptr;
    const bool small = height > 0 && height <= ingest::Supervisor::kSubHeightMax;
    auto& mirror = mirrors_[{camera, small}];
    if (!mirror) {
        MediaLoop* theirs = all_[owner];
        mirror = std::make_unique<hub::Mirror>(hub::Mirror::Ends{
            .to_owner = theirs->post(),
            .to_here = post_,
            .find = [theirs, camera, small] { return theirs->cameras().find(camera, small ? kSmall : 0); },
            .now = [&clock = env_.clock] { return clock.mono(); }});
    }
    return &mirror->stream();
}

void MediaLoop::set_cameras(const std::vector<ingest::CameraSource>& own, std::shared_ptr<const CameraSet> listed) {
    // A viewer of a camera that left the list would look at a stream that stays silent for ever.
    for (const auto& camera : *listed_) {
        if (!listed->contains(camera) && ways) ways->forget(camera);
    }
    listed_ = std::move(listed);
    cameras_.replace_cameras(own);
    std::erase_if(mirrors_, [&](const auto& one) { return !listed_->contains(one.first.first) && one.second->stream().readers() == 0; });
}

void MediaLoop::refresh() {
    for (const auto& [key, mirror] : mirrors_) mirror->refresh();
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
    loop_.restart();
    loop_.poll();
}

}  // namespace bongsu::app
