#pragma once
// One reading of a journal for all folds that somebody wants anew: one thread reads and verifies, one folds.

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "env/env.hpp"
#include "journal/folds.hpp"
#include "journal/journal.hpp"

namespace bongsu::app {

/// A fold, and the entries at which somebody looks at what it has come to.
struct FoldRun {
    journal::Fold* fold = nullptr;
    std::vector<std::uint64_t> stops;     ///< Ascending, 0 for before all entries; none: it does not run.
    std::chrono::nanoseconds spent{};     ///< In this fold alone, up to the last stop.
};

/// What a pass came to.
struct PassFigures {
    std::uint64_t entries = 0;         ///< Read, up to the last stop of all.
    std::chrono::nanoseconds took{};   ///< Without what was done at the stops.
    std::uint64_t reader_waited = 0;   ///< Times the queue was full: folding is the slower one.
    std::uint64_t folder_waited = 0;   ///< Times it was empty.
};

/// Makes the tables of all runs in `scratch` and applies the journal's entries up to each one's last stop. A fold reads
/// its own tables alone, so each takes a batch of entries by itself, after one another.
///
/// Threads:  the caller's reads the journal, which must be its; another one, which ends before this returns, has
///           `scratch`, the folds and `at_stop`.
/// Bounds:   4 batches of 256 entries wait, of payloads of at most 256 KiB.
/// Errors:   the journal's, a fold's, at_stop's; corrupt when the journal ends before the last stop.
Result<PassFigures> replay_pass(env::Clock& clock, journal::Journal& journal, sql::Db& scratch, std::vector<FoldRun>& runs,
                                const std::function<Result<void>(const FoldRun&, std::uint64_t seq)>& at_stop);

}  // namespace bongsu::app
