#include "coverage/motion.hpp"

#include <algorithm>
#include <utility>

namespace bongsu::coverage {

namespace {

using namespace std::chrono_literals;

constexpr double kOnePlace = 10;  // Metres.
constexpr double kJump = 60;      // Metres a second.
constexpr std::chrono::seconds kPaceFor = 5min, kHeadingFor = 3min, kLegLeast = 1s;

Pace pace_at(double metres_per_s) {
    for (const auto pace : {Pace::walk, Pace::run}) {
        if (metres_per_s <= top_speed_of(pace)) return pace;
    }
    return Pace::car;
}

double seconds(WallTime::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

Motion motion_of(const std::vector<Fix>& trail) {
    Motion out;
    if (trail.empty()) return out;
    const auto newest = trail.back().time;
    auto place = trail.front(), before = place;
    double fastest = 0;
    for (const auto& fix : trail) {
        const auto last = std::exchange(before, fix);
        if (device::distance_m(place.at, fix.at) < kOnePlace) continue;
        out.moves = true;
        // From the last fix, not from the place: it may have stood there for long.
        const auto took = fix.time - last.time;
        const double speed = took >= kLegLeast ? device::distance_m(last.at, fix.at) / seconds(took) : kJump + 1;
        if (speed > kJump) {
            out = {};
            out.moves = true;
            fastest = 0;
        } else {
            out.speed_m_s = speed;
            out.heading_deg = newest - fix.time <= kHeadingFor ? std::optional(device::direction_deg(place.at, fix.at)) : std::nullopt;
            if (newest - fix.time <= kPaceFor) fastest = std::max(fastest, speed);
        }
        place = fix;
    }
    if (fastest > 0) out.pace = pace_at(fastest);
    return out;
}

}  // namespace bongsu::coverage
