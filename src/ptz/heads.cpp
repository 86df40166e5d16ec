#include "ptz/heads.hpp"

#include <algorithm>
#include <set>

namespace bongsu::ptz {

void Heads::use(const CameraId& camera, const std::string& lease, MonoTime now) {
    auto& head = heads_[camera];
    if (head.lease != lease) head = {.lease = lease, .words_since = now};
    head.used = now;
}

bool Heads::has(const CameraId& camera, const std::string& lease) const {
    const auto at = heads_.find(camera);
    return at != heads_.end() && at->second.lease == lease;
}

void Heads::keep_only(const std::vector<Lease>& standing) {
    std::set<std::string> leases;
    for (const auto& lease : standing) leases.insert(lease.id);
    std::erase_if(heads_, [&](const auto& one) { return !leases.contains(one.second.lease); });
}

Result<void> Heads::count_word(const CameraId& camera, MonoTime now) {
    const auto at = heads_.find(camera);
    if (at == heads_.end()) return fail(ErrorKind::not_found, "nobody has the camera to turn");
    auto& head = at->second;
    if (now - head.words_since >= kWordsEach) {
        head.words_since = now;
        head.words = 0;
    }
    if (++head.words <= kWordsMost) return {};
    Error over{ErrorKind::exhausted, "at most " + std::to_string(kWordsMost) + " movements a second", Where::here()};
    over.retry_after = kWordsEach;
    return tl::unexpected(std::move(over));
}

bool Heads::goes_on(const CameraId& camera, const Speed& speed, std::chrono::milliseconds lasts, WallTime wall, MonoTime now) {
    const auto at = heads_.find(camera);
    if (at == heads_.end() || !at->second.motion) return false;
    auto& head = at->second;
    if (head.motion->speed != speed || now >= head.until) return false;
    head.used = now;
    head.until = now + lasts + kLate;
    head.motion->to = std::max(head.motion->to, wall + lasts);
    ++head.motion->count;
    return true;
}

void Heads::begin(const CameraId& camera, const std::string& motion, const Speed& speed, std::chrono::milliseconds lasts, WallTime wall, MonoTime now) {
    const auto at = heads_.find(camera);
    if (at == heads_.end()) return;
    auto& head = at->second;
    head.used = now;
    head.until = now + lasts + kLate;
    head.motion = Motion{.id = motion, .speed = speed, .from = wall, .to = wall + lasts, .count = 1};
}

std::optional<Motion> Heads::end(const CameraId& camera) {
    const auto at = heads_.find(camera);
    return at == heads_.end() ? std::nullopt : std::exchange(at->second.motion, std::nullopt);
}

const Motion* Heads::motion(const CameraId& camera) const {
    const auto at = heads_.find(camera);
    return at == heads_.end() || !at->second.motion ? nullptr : &*at->second.motion;
}

std::vector<CameraId> Heads::silent(MonoTime now) const {
    std::vector<CameraId> out;
    for (const auto& [camera, head] : heads_) {
        if (head.motion && now >= head.until) out.push_back(camera);
    }
    return out;
}

std::vector<CameraId> Heads::idle(MonoTime now) const {
    std::vector<CameraId> out;
    for (const auto& [camera, head] : heads_) {
        if (!head.motion && now - head.used >= kIdleMost) out.push_back(camera);
    }
    return out;
}

std::chrono::milliseconds Heads::left(const CameraId& camera, MonoTime now) const {
    const auto at = heads_.find(camera);
    if (at == heads_.end() || at->second.motion) return kIdleMost;
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(at->second.used + kIdleMost - now), std::chrono::milliseconds{0});
}

}  // namespace bongsu::ptz
