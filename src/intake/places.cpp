#include "intake/places.hpp"

#include <algorithm>

namespace bongsu::intake {

bool Places::come(Guest& guest) {
    if (door_.size() >= most_) {
        const auto unknown = std::find_if(door_.begin(), door_.end(), [](const Waiting& w) { return !w.is_known; });
        if (unknown == door_.end()) return false;
        unknown->guest->give_way();
    }
    door_.push_back({&guest});
    return true;
}

void Places::knock(Guest& guest, MonoTime now) {
    for (auto& each : door_) {
        if (each.guest == &guest) each.is_known = true;
    }
    let_in(now);
}

void Places::let_in(MonoTime now) {
    for (;;) {
        const auto first = std::find_if(door_.begin(), door_.end(), [](const Waiting& w) { return w.is_known; });
        if (first == door_.end() || !make_room(now)) return;
        auto* guest = first->guest;
        door_.erase(first);
        in_.push_back(guest);
        guest->go_in();
    }
}

/// The door does not change: only those who are in give way here.
bool Places::make_room(MonoTime now) {
    while (in_.size() >= most_) {
        Guest* longest = nullptr;
        std::optional<MonoTime> since;
        const auto ask = [&](std::optional<MonoTime> (Guest::*when)() const, MonoTime before) {
            for (auto* guest : in_) {
                const auto at = (guest->*when)();
                if (at && *at <= before && (!since || *at < *since)) {
                    longest = guest;
                    since = at;
                }
            }
        };
        const bool is_crowded = door_.size() >= most_;
        ask(&Guest::idle_since, is_crowded ? now : now - kIdleSpared);
        if (longest == nullptr) ask(&Guest::half_since, now - kHalfFrameSpared);
        if (longest == nullptr) return false;
        longest->give_way();
    }
    return true;
}

void Places::gone(Guest& guest) {
    std::erase_if(door_, [&](const Waiting& w) { return w.guest == &guest; });
    std::erase(in_, &guest);
}

bool Places::is_waited_for() const {
    return std::any_of(door_.begin(), door_.end(), [](const Waiting& w) { return w.is_known; });
}

}  // namespace bongsu::intake
