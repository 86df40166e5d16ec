#pragma once
// The choice of cameras for a place: near, looking there, healthy, and not all from one side.

#include <functional>
#include <string>
#include <vector>

#include "coverage/occluders.hpp"
#include "device/directory.hpp"

namespace bongsu::coverage {

struct Rule {
    std::size_t count = 6;   ///< At most this many; 6 fills a screen of six panes.
    double radius_m = 1000;  ///< Metres; none farther away.
    /// When set, only cameras for which it answers true: a purpose or a contract may exclude some. Must be
    /// pure.
    std::function<bool(const device::Camera&)> permitted;
    const Occluders* houses = nullptr;  ///< What stands in the way; null: nothing is known of it. Outlives the call.
};

struct Choice {
    CameraId id;
    int score = 0;  ///< 0 … 1000, when it was chosen; later ones count what is already chosen.
    std::vector<std::string> reasons;  ///< See README.md.
};

/// The best views of the place, best first, ties by id. Live cameras only: registered-not-connected and
/// unreachable ones are never chosen. Empty when there is none within the radius.
std::vector<Choice> choose(const device::Directory& directory, double lon, double lat, const Rule& rule = {});

}  // namespace bongsu::coverage
