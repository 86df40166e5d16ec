#pragma once
// In which order and how long a set of cameras is looked at: pass after pass. Pure.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/id.hpp"

namespace bongsu::duty {

struct Patrolled {
    CameraId id;
    int risk = 2;  ///< 1: each third pass, 2: each second, 3: each.
    std::chrono::seconds dwell{15};
};

/// One screen of a pass.
struct Stop {
    std::vector<CameraId> cameras;
    std::chrono::seconds dwell{0};  ///< The longest of its cameras.
    bool operator==(const Stop&) const = default;
};

/// Pass number `pass` over cameras in walking order, `tiles` (1 … 16) on a screen. Whatever the risk, three passes show each
/// camera; passes one after the other take about as long.
std::vector<Stop> pass_of(const std::vector<Patrolled>& cameras, std::uint64_t pass, std::size_t tiles);

}  // namespace bongsu::duty
