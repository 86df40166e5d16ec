#include "media/clock.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace bongsu::media {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr auto kOddReport = 10s;
// Pictures may be late by a whole congestion; early they cannot be.
constexpr auto kPictureAhead = 2s, kPictureBehind = 10s;
constexpr double kClearAt = 0.8;

constexpr std::int64_t ns(MonoTime time) { return time.time_since_epoch().count(); }
constexpr std::int64_t ns(WallTime time) { return to_us(time) * 1000; }
constexpr std::int64_t ns_of_ticks(std::int64_t ticks) { return ticks * 100'000 / 9; }
constexpr std::int64_t apart(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b); }

WallTime wall_of(std::int64_t time_ns) { return from_us(time_ns / 1000); }

template <class Values>
auto median(Values& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

bool alarm(bool before, double value, double limit) { return value >= (before ? limit * kClearAt : limit); }

}  // namespace

void Envelope::add(MonoTime at, std::int64_t ahead) {
    const MonoTime bucket{at.time_since_epoch() / kBucket * nanoseconds(kBucket)};
    if (size_ > 0 && bucket <= samples_[size_ - 1].bucket) {
        Sample& now = samples_[size_ - 1];
        if (ahead + static_cast<std::int64_t>(drift_ * static_cast<double>((now.at - at).count())) > now.ahead) {
            now.at = at;
            now.ahead = ahead;
        }
        return;
    }
    if (size_ > 0) fit();
    if (size_ == kBuckets) {
        std::move(samples_.begin() + 1, samples_.end(), samples_.begin());
        --size_;
    }
    samples_[size_++] = {bucket, at, ahead};
}

void Envelope::fit() {
    if (size_ < kBucketsForDrift) return;
    std::vector<double> slopes;
    slopes.reserve(kBuckets * kBuckets / 2);
    for (std::size_t i = 0; i < size_; ++i) {
        for (std::size_t j = i + 1; j < size_; ++j) {
            const auto time = static_cast<double>((samples_[j].at - samples_[i].at).count());
            if (time > 0) slopes.push_back(static_cast<double>(samples_[j].ahead - samples_[i].ahead) / time);
        }
    }
    if (!slopes.empty()) drift_ = median(slopes);
}

std::int64_t Envelope::ahead(MonoTime now) const {
    std::array<std::int64_t, kBuckets> values{};
    for (std::size_t i = 0; i < size_; ++i) {
        values[i] = samples_[i].ahead + std::llround(drift_ * static_cast<double>((now - samples_[i].at).count()));
    }
    std::span used(values.data(), size_);
    return median(used);
}

std::optional<double> Envelope::drift_ppm() const {
    return size_ <= kBucketsForDrift ? std::nullopt : std::optional(drift_ * 1e6);
}

void CameraClock::restart() {
    rtp_.clear();
    anchor_.reset();
    last_rtp_.reset();
    rtp_unwrapped_ = 0;
    suspected_ = false;
}

void CameraClock::begin_epoch() {
    ++state_.epoch;
    last_ours_.reset();
    suspected_ = false;
}

void CameraClock::on_picture(std::uint32_t rtp_time, MonoTime arrived) {
    if (last_rtp_) rtp_unwrapped_ += apart(rtp_time, *last_rtp_);
    last_rtp_ = rtp_time;
    std::int64_t ahead = ns_of_ticks(rtp_unwrapped_) - ns(arrived);
    if (!rtp_.empty()) {
        const nanoseconds off(ahead - rtp_.ahead(arrived));
        if (off > kPictureAhead || off < -kPictureBehind) {
            rtp_.clear();
            anchor_.reset();
            rtp_unwrapped_ = 0;
            ahead = -ns(arrived);
            begin_epoch();
        }
    }
    rtp_.add(arrived, ahead);
}

/// Late is no jump: its RTP time went on as its NTP time did, or, where that says nothing, it happened only once.
bool CameraClock::jumped(std::int64_t ahead, WallTime ntp, std::uint32_t rtp_time, MonoTime arrived) {
    const nanoseconds off(ahead - ntp_.ahead(arrived));
    if (std::chrono::abs(off) <= limits_.jump) return false;
    if (off > 0ns) return true;
    if (anchor_) {
        const std::int64_t by_rtp = ns_of_ticks(apart(rtp_time, anchor_->rtp_time));
        return std::chrono::abs(nanoseconds(ns(ntp) - ns(anchor_->ntp) - by_rtp)) > limits_.jump;
    }
    return std::exchange(suspected_, true);
}

void CameraClock::on_report(rtcp::Ntp ntp, std::uint32_t rtp_time, MonoTime arrived, WallTime wall) {
    ++state_.reports;
    if (ntp == 0) {
        ++state_.odd_reports;
        return;
    }
    const bool of_pictures =
        last_rtp_ && std::abs(ns_of_ticks(apart(rtp_time, *last_rtp_))) <= nanoseconds(kOddReport).count();
    if (last_rtp_ && !of_pictures) ++state_.odd_reports;
    const WallTime shown = rtcp::from_ntp(ntp);
    const std::int64_t ahead = ns(shown) - ns(arrived);
    if (!ntp_.empty() && jumped(ahead, shown, rtp_time, arrived)) {
        ntp_.clear();
        begin_epoch();
    }
    ntp_.add(arrived, ahead);
    if (of_pictures) {
        anchor_ = Anchor{shown, rtp_time, arrived};
    } else {
        anchor_.reset();
    }
    judge(arrived, wall);
}

void CameraClock::judge(MonoTime arrived, WallTime wall) {
    const nanoseconds offset(ntp_.ahead(arrived) - (ns(wall) - ns(arrived)));
    state_.offset = std::chrono::duration_cast<std::chrono::microseconds>(offset);
    state_.offset_alarm =
        alarm(state_.offset_alarm, std::abs(static_cast<double>(offset.count())),
              static_cast<double>(nanoseconds(limits_.offset_alarm).count()));
    state_.drift_ppm = ntp_.drift_ppm();
    state_.drift_alarm =
        state_.drift_ppm && alarm(state_.drift_alarm, std::abs(*state_.drift_ppm), limits_.drift_alarm_ppm);
}

std::optional<WallTime> CameraClock::camera_time(std::uint32_t rtp_time) const {
    if (!anchor_) return std::nullopt;
    return wall_of(ns(anchor_->ntp) + ns_of_ticks(apart(rtp_time, anchor_->rtp_time)));
}

WallTime CameraClock::our_time(std::uint32_t rtp_time, MonoTime now, WallTime wall) {
    WallTime out = wall;
    if (const auto shown = camera_time(rtp_time)) {
        const std::int64_t mono = ns(*shown) - ntp_.ahead(now);
        out = wall_of(ns(wall) - (ns(now) - mono));
    } else if (!rtp_.empty()) {
        const std::int64_t mono = ns_of_ticks(rtp_unwrapped_ + apart(rtp_time, *last_rtp_)) - rtp_.ahead(now);
        out = wall_of(ns(wall) - (ns(now) - mono));
    }
    out = std::min(out, wall);
    // Our own clock was set back: what is shown from now on is another epoch.
    if (last_ours_ && *last_ours_ > wall + 1s) begin_epoch();
    if (last_ours_) out = std::max(out, *last_ours_);
    last_ours_ = out;
    return out;
}

}  // namespace bongsu::media
