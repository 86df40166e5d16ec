#pragma once
// How far a campaign of many seeds came over its runs, and which of them failed: a file, a line a piece.

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "campaign.hpp"

namespace bongsu::simulation {

/// A line: "FIRST LAST failures N deaths D faults F checks C failed 12,15" (the last two words only where seeds failed). Lines
/// go on from each other; one that lies behind them is of seeds that were run again, and what it says of them holds from then
/// on. A line with failures that names no seed is of an older program: it counts for nothing, nor does what follows it.
struct Ledger {
    std::uint64_t done = 0;          ///< All seeds up to this one were run.
    std::set<std::uint64_t> failed;  ///< Of those; they are no credit until they hold.

    void take(const std::string& line);
    static Ledger read(const std::string& path);
};

/// The line for the seeds from `first` to done_up_to() of `campaign`.
std::string ledger_line(std::uint64_t first, const Campaign& campaign);

/// Runs first what failed before, then, when all of that holds, the seeds behind, 500 at a time, up to `last`: each piece stands
/// in the ledger at once. Ends after the first piece in which one fails. Answers what to say of the failures; empty: none.
std::vector<std::string> add_up(const std::string& path, std::uint64_t last, const std::function<bool()>& stop, const Run& run = simulation::run);

}  // namespace bongsu::simulation
