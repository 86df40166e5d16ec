#pragma once
// The four neighbourhoods whose cameras really stream: the centre's own park and one in each joined district.

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "place/geometry.hpp"

namespace bongsu::place {

inline constexpr std::size_t kGroups = 4;
inline constexpr std::size_t kGroupCameras = 12;  ///< At most, per group.
inline constexpr double kGroupRadius = 500.0;     ///< Metres: all of a group's cameras stand within.

struct StreamGroup {
    std::string_view site;   ///< "11000" the centre's own, else the joined district's code.
    std::string_view owner;  ///< Organisation code of the cameras' owner.
    std::string_view owner_ko;
    std::string_view prefix_ko;  ///< Camera names begin with it: "마포 홍대입구역".
    std::string_view place_ko;
    std::string_view purpose;
    Position middle;  ///< From here, at least six of the full group's cameras see the spot.
};

/// In the order of the synthetic cameras' numbers: group g has the numbers g*n to g*n+n-1.
std::span<const StreamGroup, kGroups> groups();

}  // namespace bongsu::place
