#include "view/fmp4_timeline.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace bongsu::view {
namespace {

constexpr std::int64_t kSecond = 90'000;
constexpr std::int64_t kFirstDuration = kSecond / 30, kDurationMin = kSecond / 250, kDurationMax = kSecond;
constexpr std::int64_t kBegins = 10 * kSecond;      // A longer way between two pictures is none.
constexpr std::int64_t kAtOnce = 3 * kSecond;       // From here on a key picture leaves a gap.
constexpr std::int64_t kFarOff = kSecond / 20;
constexpr std::int64_t kSlowShare = 500, kFastShare = 8;

std::int64_t ticks_of(WallTime time) { return to_us(time) * 9 / 100; }

}  // namespace

Fmp4Timeline::Spot Fmp4Timeline::place(std::uint32_t rtp_time, bool key, WallTime arrived) {
    const std::int64_t shown = shown_of(rtp_time, key, ticks_of(arrived));
    const std::int64_t decoded = begun_ ? decoded_of(shown, key) : shown;
    begun_ = true;
    rtp_time_ = rtp_time;
    shown_ = shown;
    decoded_ = decoded;
    told_duration_ = duration_;
    constexpr std::int64_t kOffsetMax = std::numeric_limits<std::int32_t>::max();
    return {static_cast<std::uint64_t>(std::max<std::int64_t>(decoded, 0)), static_cast<std::uint32_t>(duration_),
            static_cast<std::int32_t>(std::clamp(shown - decoded, -kOffsetMax, kOffsetMax))};
}

std::int64_t Fmp4Timeline::shown_of(std::uint32_t rtp_time, bool key, std::int64_t arrived) {
    const std::int64_t way = static_cast<std::int32_t>(rtp_time - rtp_time_);
    if (!begun_ || std::abs(way) > kBegins) {
        duration_ = begun_ ? duration_ : kFirstDuration;
        lead_ = owed_ = 0;
        return begun_ ? std::max(arrived, shown_ + 1) : arrived;
    }
    if (way > 0 && way <= kDurationMax) duration_ = std::clamp((duration_ * 7 + way) / 8, kDurationMin, kDurationMax);
    if (key) {
        owed_ += lead_;
        lead_ = std::numeric_limits<std::int64_t>::max();
    }
    const std::int64_t most = std::abs(way) / (std::abs(owed_) > kFarOff ? kFastShare : kSlowShare);
    const std::int64_t made_good = std::clamp(owed_, -most, most);
    owed_ -= made_good;
    const std::int64_t shown = shown_ + way + made_good;
    lead_ = std::min(lead_, arrived - shown - owed_);
    return shown;
}

std::int64_t Fmp4Timeline::decoded_of(std::int64_t shown, bool key) const {
    if (key && shown - decoded_ > kAtOnce) return shown;
    return std::clamp(shown, decoded_ + 1, decoded_ + 2 * told_duration_ - 1);
}

}  // namespace bongsu::view
