#include "identity/attempts.hpp"

#include <algorithm>

namespace bongsu::identity {

namespace {

std::string pair_of(const Attempt& attempt) { return attempt.account + '\n' + attempt.address; }

std::size_t count(const std::deque<MonoTime>* times) { return times == nullptr ? 0 : times->size(); }

/// Until fewer than `most` are in the window.
std::chrono::seconds wait_of(const std::deque<MonoTime>* times, std::size_t most, MonoTime now) {
    if (count(times) < most) return {};
    return std::chrono::ceil<std::chrono::seconds>((*times)[times->size() - most] + Attempts::kWindow - now);
}

void forget_last(std::map<std::string, std::deque<MonoTime>>& times, const std::string& key) {
    const auto found = times.find(key);
    if (found == times.end()) return;
    if (!found->second.empty()) found->second.pop_back();
    if (found->second.empty()) times.erase(found);
}

}  // namespace

std::deque<MonoTime>* Attempts::of(Times& times, const std::string& key, MonoTime now) {
    const auto found = times.find(key);
    if (found == times.end()) return nullptr;
    auto& kept = found->second;
    while (!kept.empty() && kept.front() + kWindow <= now) kept.pop_front();
    return &kept;
}

std::chrono::seconds Attempts::begin(const Attempt& attempt, MonoTime now) {
    const auto pair = pair_of(attempt);
    const bool slow = count(of(by_account_, attempt.account, now)) >= kAccountMax;
    const auto most = attempt.familiar ? kFamiliarMax : slow ? kStrangerSlowMax : kStrangerMax;
    auto wait = wait_of(of(by_pair_, pair, now), most, now);
    if (!attempt.familiar) wait = std::max(wait, wait_of(of(by_address_, attempt.address, now), kAddressMax, now));
    if (wait > std::chrono::seconds{0}) return wait;
    add(by_pair_, pair, now);
    add(by_account_, attempt.account, now);
    if (!attempt.familiar) add(by_address_, attempt.address, now);
    return {};
}

void Attempts::succeeded(const Attempt& attempt) {
    by_pair_.erase(pair_of(attempt));
    forget_last(by_account_, attempt.account);
    if (!attempt.familiar) forget_last(by_address_, attempt.address);
}

void Attempts::add(Times& times, const std::string& key, MonoTime now) {
    if (times.size() >= kKeysMax && !times.contains(key)) make_room(times, now);
    auto& kept = times[key];
    if (kept.size() >= kAccountMax) kept.pop_front();  // More say nothing new.
    kept.push_back(now);
}

void Attempts::make_room(Times& times, MonoTime now) {
    std::erase_if(times, [now](const auto& entry) {
        return entry.second.empty() || entry.second.back() + kWindow <= now;
    });
    if (times.size() < kKeysMax) return;
    times.erase(std::min_element(times.begin(), times.end(), [](const auto& a, const auto& b) {
        return a.second.front() < b.second.front();
    }));
    ++forgotten_total_;
}

}  // namespace bongsu::identity
