#pragma once
// What the ground looks like before anybody builds: the river, its streams and bridges, parks and hills. All
// of it is drawn by hand for the demonstration; no outline comes from a data file.

#include <span>
#include <string_view>
#include <vector>

#include "place/geometry.hpp"

namespace bongsu::place {

enum class Bank : unsigned char { north, south };

struct Water {
    std::string_view name_ko;
    std::string_view name_en;
    Outline outline;
};

struct Park {
    std::string_view name_ko;
    std::string_view name_en;
    bool hill;  ///< A hill has no streets; a park has paths.
    Outline outline;
};

struct Bridge {
    std::string_view name_ko;
    std::string_view name_en;
    Position north;
    Position south;
};

/// The city north and south of the river's middle line, on the plane. Immutable; threads: any.
const Ring& land_of(Bank bank);
const std::vector<Water>& waters();
const std::vector<Park>& parks();
std::span<const Bridge> bridges();

/// In the Han river; the streams are built over.
bool in_river(Metres point);
/// In the river or one of its streams.
bool in_water(Metres point);
/// In a hill's forest, where no street runs.
bool on_hill(Metres point);
/// In a park or on a hill, where no house stands.
bool in_green(Metres point);

}  // namespace bongsu::place
