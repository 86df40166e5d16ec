#pragma once
// The least number of roads between where somebody can be and everywhere else.

#include "coverage/reach.hpp"

namespace bongsu::coverage {

/// A piece of a road between two crossings, or between the target and one.
struct Piece {
    std::uint32_t edge = 0;
    double from_m = 0, to_m = 0;
};

struct Cut {
    std::vector<Piece> pieces;
    std::vector<Piece> farther;  ///< As many as `pieces`, and as good: of all such cuts the one farthest from the target.
    bool is_whole = false;       ///< Nobody gets past them all; else there were more than `most`, and `pieces` are some.
};

/// Between what is reached by `near_s` and what is not reached by the reach's horizon (Ford and Fulkerson 1956, each road counts as one). `pieces` is
/// the cut nearest to the target. Dead ends are no ways out.
Cut least_cut(const Reach& reach, double near_s, std::size_t most);

}  // namespace bongsu::coverage
