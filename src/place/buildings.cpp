#include "place/buildings.hpp"

#include <algorithm>

#include "place/dice.hpp"
#include "place/land.hpp"

namespace bongsu::place {
namespace {

/// A point of the block by shares of its sides: bilinear between the four corners.
Metres within(const Streets& streets, const StreetBlock& block, double u, double v) {
    const Metres& a = streets.nodes[block.corner[0]].at;
    const Metres& b = streets.nodes[block.corner[1]].at;
    const Metres& c = streets.nodes[block.corner[2]].at;
    const Metres& d = streets.nodes[block.corner[3]].at;
    return {a.x * (1 - u) * (1 - v) + b.x * u * (1 - v) + c.x * u * v + d.x * (1 - u) * v,
            a.y * (1 - u) * (1 - v) + b.y * u * (1 - v) + c.y * u * v + d.y * (1 - u) * v};
}

struct Lot {
    double u0, v0, u1, v1;
};

void build(std::vector<Building>& built, const Streets& streets, const StreetBlock& block, Lot lot,
           int height) {
    if (in_water(within(streets, block, (lot.u0 + lot.u1) / 2, (lot.v0 + lot.v1) / 2))) return;
    Ring footprint{within(streets, block, lot.u0, lot.v0), within(streets, block, lot.u1, lot.v0),
                   within(streets, block, lot.u1, lot.v1), within(streets, block, lot.u0, lot.v1)};
    const bool blocked = std::any_of(footprint.begin(), footprint.end(),
                                     [](Metres corner) { return in_green(corner) || in_water(corner); });
    if (!blocked) built.push_back({std::move(footprint), height});
}

void build_dense(std::vector<Building>& built, const Streets& streets, const StreetBlock& block, Dice& dice) {
    const double middle_u = dice.between(0.42, 0.58);
    const double middle_v = dice.between(0.42, 0.58);
    for (int part = 0; part < 4; ++part) {
        if (dice.chance(0.08)) continue;  // A yard.
        const bool right = (part & 1) != 0;
        const bool upper = (part & 2) != 0;
        const Lot lot{right ? middle_u + 0.02 : 0.09, upper ? middle_v + 0.02 : 0.09,
                      right ? 0.91 : middle_u - 0.02, upper ? 0.91 : middle_v - 0.02};
        const int height = dice.chance(0.12) ? 30 + static_cast<int>(dice.below(31))
                                             : 6 + 3 * static_cast<int>(dice.below(6));
        build(built, streets, block, lot, height);
    }
}

/// Two rows of flats, or one, or none.
void build_sparse(std::vector<Building>& built, const Streets& streets, const StreetBlock& block,
                  Dice& dice) {
    const double u = dice.between(0.10, 0.52);
    const double v = dice.between(0.12, 0.40);
    const int height = 15 + 3 * static_cast<int>(dice.below(16));
    if (dice.chance(0.75)) build(built, streets, block, {u, v, u + 0.34, v + 0.10}, height);
    if (dice.chance(0.55)) build(built, streets, block, {u, v + 0.28, u + 0.34, v + 0.38}, height);
}

}  // namespace

std::vector<Building> draw_buildings(std::uint64_t seed, const Streets& streets) {
    Dice dice(seed, 2);
    std::vector<Building> built;
    for (const StreetBlock& block : streets.blocks) {
        if (block.dense)
            build_dense(built, streets, block, dice);
        else
            build_sparse(built, streets, block, dice);
    }
    return built;
}

}  // namespace bongsu::place
