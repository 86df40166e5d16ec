#pragma once
// How somebody moves, from where it was seen.

#include <optional>
#include <vector>

#include "base/time.hpp"
#include "coverage/reach.hpp"

namespace bongsu::coverage {

struct Fix {
    device::Position at;
    WallTime time;
};

struct Motion {
    bool moves = false;         ///< It was seen at two places.
    Pace pace = Pace::unknown;  ///< The fastest of the last five minutes: who walks now may have run.
    std::optional<double> heading_deg = {};
    double speed_m_s = 0;  ///< Of the last two places, straight.
};

/// `trail` oldest first. Fixes within 10 m are one place; one that nobody reaches (60 m/s) is a jump of the device or a correction, and what was
/// before it tells nothing. A heading is that of the last 3 minutes.
Motion motion_of(const std::vector<Fix>& trail);

}  // namespace bongsu::coverage
