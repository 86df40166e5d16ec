#include "outbound/schedule.hpp"

#include <algorithm>

namespace bongsu::outbound {

std::chrono::milliseconds wait_after(const event::Profile::Retry& retry, std::int64_t failures, env::Random& random) {
    auto wait = retry.first;
    for (std::int64_t i = 1; i < failures && wait < retry.cap; ++i) wait *= 2;
    wait = std::min(wait, retry.cap);
    const auto half = static_cast<std::uint64_t>(wait.count() / 2);
    return wait - std::chrono::milliseconds{static_cast<std::int64_t>(random.below(half + 1))};
}

bool Schedule::begin(const std::string& partner, MonoTime now) {
    if (!may_begin(partner, now)) return false;
    partners_[partner].under_way = true;
    return true;
}

void Schedule::ended(const std::string& partner) { partners_[partner] = {}; }

MonoTime Schedule::failed(const std::string& partner, const event::Profile::Retry& retry, MonoTime now,
                          env::Random& random) {
    auto& known = partners_[partner];
    known.under_way = false;
    known.not_before = now + wait_after(retry, ++known.failures, random);
    return known.not_before;
}

void Schedule::forget(const std::string& partner) {
    if (const auto found = partners_.find(partner); found != partners_.end()) found->second.under_way = false;
}

bool Schedule::may_begin(const std::string& partner, MonoTime now) const {
    const auto found = partners_.find(partner);
    return found == partners_.end() || (!found->second.under_way && now >= found->second.not_before);
}

}  // namespace bongsu::outbound
