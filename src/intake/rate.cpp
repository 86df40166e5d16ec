#include "intake/rate.hpp"

#include <algorithm>

namespace bongsu::intake {

namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

}  // namespace

RateBucket::RateBucket(std::int64_t per_second, std::int64_t burst, MonoTime now)
    : per_second_(std::max<std::int64_t>(per_second, 1)),
      full_us_(std::max<std::int64_t>(burst, 1) * kSecondUs),
      room_us_(full_us_),
      filled_at_(now) {}

void RateBucket::fill(MonoTime now) {
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - filled_at_).count();
    if (passed <= 0) return;
    // A long silence fills it; multiplied out it could overflow.
    const auto enough = full_us_ / per_second_ + 1;
    room_us_ = std::min(full_us_, room_us_ + std::min(passed, enough) * per_second_);
    filled_at_ = now;
}

void RateBucket::set_rate(std::int64_t per_second, std::int64_t burst, MonoTime now) {
    fill(now);
    per_second_ = std::max<std::int64_t>(per_second, 1);
    full_us_ = std::max<std::int64_t>(burst, 1) * kSecondUs;
    room_us_ = std::min(room_us_, full_us_);
}

bool RateBucket::take(MonoTime now) {
    fill(now);
    if (room_us_ < kSecondUs) return false;
    room_us_ -= kSecondUs;
    return true;
}

MonoTime RateBucket::next() const {
    if (room_us_ >= kSecondUs) return filled_at_;
    return filled_at_ + std::chrono::microseconds((kSecondUs - room_us_) / per_second_ + 1);
}

}  // namespace bongsu::intake
