#include "ingest/picture_health.hpp"

#include <algorithm>
#include <cstdlib>

namespace bongsu::ingest {
namespace {

constexpr std::size_t kSide = 8;

/// Where cameras write their clock and name: the outer rows, and the corners of the rows next to them.
bool is_border(std::size_t tile) {
    const auto row = tile / kSide, column = tile % kSide;
    if (row == 0 || row == kSide - 1) return true;
    return (row == 1 || row == kSide - 2) && (column <= 2 || column >= kSide - 3);
}

float steps(std::uint16_t fine) { return static_cast<float>(fine) / 256; }

}  // namespace

std::string_view to_string(PictureVerdict verdict) {
    static constexpr std::string_view kNames[]{"ok", "black", "frozen"};
    return kNames[static_cast<std::size_t>(verdict)];
}

bool PictureHealth::is_black(const media::PictureNumbers& numbers) const {
    for (std::size_t i = 0; i < numbers.tiles.size(); ++i) {
        if (is_border(i)) continue;
        if (steps(numbers.tiles[i].mean) > rules_.black_mean || steps(numbers.tiles[i].texture) > rules_.black_texture) return false;
    }
    return true;
}

bool PictureHealth::is_still(const media::PictureNumbers& before, const media::PictureNumbers& now) const {
    if (before.width != now.width || before.height != now.height) return false;
    std::size_t telling = 0, quiet = 0;
    for (std::size_t i = 0; i < now.tiles.size(); ++i) {
        const float change = std::abs(steps(now.tiles[i].mean) - steps(before.tiles[i].mean));
        if (!is_border(i) && change > rules_.movement) return false;
        if (steps(now.tiles[i].texture) < rules_.telling_texture) continue;
        ++telling;
        quiet += change <= rules_.noise ? 1 : 0;
    }
    return telling >= rules_.telling_min && static_cast<float>(quiet) >= rules_.noise_share * static_cast<float>(telling);
}

PictureVerdict PictureHealth::take(const media::PictureNumbers& numbers, MonoTime at) {
    if (last_ && at <= last_at_) return verdict_;
    const bool black = is_black(numbers);
    if (black && black_pictures_++ == 0) black_since_ = at;
    if (!black) black_pictures_ = 0;
    if (!last_ || !is_still(*last_, numbers)) {
        still_pictures_ = 1;
        still_since_ = at;
    } else {
        ++still_pictures_;
    }
    last_ = numbers;
    last_at_ = at;
    const bool is_black_long = black_pictures_ >= rules_.black_pictures && at - black_since_ >= rules_.black_after;
    const bool is_still_long = still_pictures_ >= rules_.frozen_pictures && at - still_since_ >= rules_.frozen_after;
    // Black first: a covered lens without noise is also still.
    if (is_black_long) verdict_ = PictureVerdict::black;
    else if (is_still_long) verdict_ = PictureVerdict::frozen;
    else if (!is_suspect()) verdict_ = PictureVerdict::ok;
    return verdict_;
}

std::optional<CameraId> PictureRounds::next(MonoTime now, const std::function<std::vector<CameraId>()>& showing) {
    if (now - last_ < kBetween) return std::nullopt;
    auto due = visits_.end();
    for (auto visit = visits_.begin(); visit != visits_.end(); ++visit) {
        if (!visit->second.is_out && visit->second.due <= now && (due == visits_.end() || visit->second.due < due->second.due)) due = visit;
    }
    // In turn: many that are suspect must not keep all others from being looked at.
    suspects_turn_ = due != visits_.end() && !suspects_turn_;
    if (!suspects_turn_) {
        if (round_.empty() && (!round_began_ || now - *round_began_ >= kRound)) {
            round_began_ = now;
            for (auto& camera : showing()) round_.push_back(std::move(camera));
        }
        while (!round_.empty()) {
            const auto camera = round_.front();
            round_.pop_front();
            auto [visit, is_new] = visits_.try_emplace(camera, Visit{PictureHealth(rules_)});
            if (!is_new) continue;
            visit->second.is_out = true;
            last_ = now;
            return camera;
        }
        if (due == visits_.end()) return std::nullopt;
    }
    due->second.is_out = true;
    last_ = now;
    return due->first;
}

void PictureRounds::plan(std::map<CameraId, Visit>::iterator visit, MonoTime now) {
    auto& it = visit->second;
    it.is_out = false;
    const bool is_well = it.health.verdict() == PictureVerdict::ok;
    if (is_well && it.pictures >= 2 && !it.health.is_suspect()) visits_.erase(visit);
    else it.due = now + (is_well ? kPauses[std::min<std::size_t>(it.pictures, kPauses.size()) - 1] : kAgain);
}

std::optional<PictureVerdict> PictureRounds::take(const CameraId& camera, const media::PictureNumbers& numbers, MonoTime sent, MonoTime now) {
    const auto visit = visits_.find(camera);
    if (visit == visits_.end()) return std::nullopt;
    const auto before = visit->second.health.verdict();
    const auto after = visit->second.health.take(numbers, sent);
    ++visit->second.pictures;
    plan(visit, now);
    // Told again while it is not well: a camera that was away for a moment has lost its verdict.
    return after == before && after == PictureVerdict::ok ? std::nullopt : std::optional(after);
}

std::optional<PictureVerdict> PictureRounds::lose(const CameraId& camera) {
    const auto visit = visits_.find(camera);
    if (visit == visits_.end()) return std::nullopt;
    const auto before = visit->second.health.verdict();
    visits_.erase(visit);
    return before == PictureVerdict::ok ? std::nullopt : std::optional(PictureVerdict::ok);
}

}  // namespace bongsu::ingest
