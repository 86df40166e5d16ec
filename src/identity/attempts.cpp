#include "identity/attempts.hpp"

#include <algorithm>

namespace bongsu::identity {

bool Attempts::begin(const std::string& key, MonoTime now) {
    if (begun_.size() >= kKeysMax && !begun_.contains(key)) make_room(now);
    auto& times = begun_[key];
    while (!times.empty() && times.front() + kWindow <= now) times.pop_front();
    if (times.size() >= kFailuresMax) return false;
    times.push_back(now);
    return true;
}

void Attempts::succeeded(const std::string& key) { begun_.erase(key); }

void Attempts::make_room(MonoTime now) {
    std::erase_if(begun_, [now](const auto& entry) {
        return entry.second.empty() || entry.second.back() + kWindow <= now;
    });
    if (begun_.size() < kKeysMax) return;
    begun_.erase(std::min_element(begun_.begin(), begun_.end(), [](const auto& a, const auto& b) {
        return a.second.front() < b.second.front();
    }));
    ++forgotten_total_;
}

}  // namespace bongsu::identity
