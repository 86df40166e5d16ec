#include "duty/patrol.hpp"

#include <algorithm>

namespace bongsu::duty {
namespace {

constexpr std::size_t kTilesMax = 16;  // More on a screen and nothing is seen on it (PSDB, Aldridge).

/// `place` counts among the cameras of one risk, so that each pass has its share of them.
bool is_in(int risk, std::uint64_t place, std::uint64_t pass) {
    if (risk >= 3) return true;
    return (place + pass) % (risk == 2 ? 2U : 3U) == 0;
}

}  // namespace

std::vector<Stop> pass_of(const std::vector<Patrolled>& cameras, std::uint64_t pass, std::size_t tiles) {
    tiles = std::clamp<std::size_t>(tiles, 1, kTilesMax);
    std::vector<Stop> out;
    std::uint64_t seldom = 0, often = 0;
    for (const auto& camera : cameras) {
        const auto place = camera.risk >= 3 ? 0 : camera.risk == 2 ? often++ : seldom++;
        if (!is_in(camera.risk, place, pass)) continue;
        if (out.empty() || out.back().cameras.size() == tiles) out.emplace_back();
        out.back().cameras.push_back(camera.id);
        out.back().dwell = std::max(out.back().dwell, camera.dwell);
    }
    return out;
}

}  // namespace bongsu::duty
