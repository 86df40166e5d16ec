#include "app/picture_watch.hpp"

#include <utility>

namespace bongsu::app {
namespace {

using namespace std::chrono_literals;
constexpr auto kGather = 10s;

std::vector<CameraId> streaming(const ingest::Supervisor& cameras) {
    std::vector<CameraId> out;
    cameras.for_each_state([&](const CameraId& id, const ingest::Health& health) {
        if (health.state == ingest::State::streaming) out.push_back(id);
    });
    return out;
}

}  // namespace

PictureWatch::PictureWatch(env::Clock& clock, decode::Decoder& decoder, std::vector<MediaLoop*> loops, Told told)
    : clock_(clock), decoder_(decoder), loops_(std::move(loops)), told_(std::move(told)), showing_(loops_.size()) {}

void PictureWatch::gather() {
    gathered_ = clock_.mono();
    for (auto* loop : loops_) {
        loop->post()([this, loop, alive = std::weak_ptr(alive_), back = loops_.front()->post()] {
            back([this, alive, index = loop->index(), cameras = streaming(loop->cameras())] {
                if (!alive.expired()) showing_[index] = cameras;
            });
        });
    }
}

void PictureWatch::tick() {
    const auto now = clock_.mono();
    if (now - gathered_ >= kGather) gather();
    const auto camera = rounds_.next(now, [this] {
        std::vector<CameraId> all;
        for (const auto& own : showing_) all.insert(all.end(), own.begin(), own.end());
        return all;
    });
    if (camera) look_at(*camera);
}

/// The small stream's newest key picture where that is pulled: it costs less to decode.
PictureWatch::Found PictureWatch::find(MediaLoop& loop, const CameraId& camera) {
    for (const int height : {ingest::Supervisor::kSubHeight, 0}) {
        const auto* stream = loop.cameras().find(camera, height);
        if (stream == nullptr || !stream->live()) continue;
        if (auto block = stream->newest_key_block()) return {std::move(block), stream->format()};
    }
    return {};
}

void PictureWatch::look_at(const CameraId& camera) {
    auto* loop = loops_[MediaLoop::owner_of(camera, loops_.size())];
    loop->post()([this, loop, camera, alive = std::weak_ptr(alive_), back = loops_.front()->post()] {
        back([this, alive, camera, found = find(*loop, camera)] {
            if (!alive.expired()) judge(camera, found);
        });
    });
}

void PictureWatch::judge(const CameraId& camera, const Found& found) {
    if (!found.block) return tell(camera, rounds_.lose(camera));
    decoder_.ask({.camera = camera, .block = found.block, .format = found.format, .wants_jpeg = false},
                 [this, camera, sent = found.block->received](const Result<std::shared_ptr<const decode::Picture>>& picture) {
                     tell(camera, picture ? rounds_.take(camera, (*picture)->numbers, sent, clock_.mono()) : rounds_.lose(camera));
                 });
}

void PictureWatch::tell(const CameraId& camera, std::optional<ingest::PictureVerdict> verdict) {
    if (verdict) told_(camera, *verdict);
}

}  // namespace bongsu::app
