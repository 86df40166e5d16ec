#pragma once
// Walks every record of a journal folder and stops at the first that does not hold: at start and for
// `verify`.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "env/env.hpp"
#include "journal/entry.hpp"
#include "journal/erasures.hpp"
#include "journal/record.hpp"

namespace bongsu::journal {

constexpr std::uint64_t kMarkEvery = 64;  ///< Entries between two remembered offsets.

/// A segment file as far as it holds.
struct Segment {
    std::string name;  ///< `<first seq, 20 digits>.bj`
    std::uint64_t first_seq = 0;
    std::uint64_t size = 0;
    std::vector<std::uint64_t> marks;  ///< Offsets of the entries first_seq, +64, +128, …
};

/// The first thing that does not hold.
struct Problem {
    std::string segment;
    std::uint64_t offset = 0;
    std::uint64_t seq = 0;  ///< Of the entry that stands there or should.
    std::string what;
};
std::string to_string(const Problem& problem);

struct Walk {
    std::vector<Segment> segments;
    std::optional<Problem> problem;
    std::uint64_t last_seq = 0;
    std::string last_digest = kNoDigest;
    WallTime last_time{};
    std::uint64_t erased = 0;
    std::uint64_t last_batch_at = 0;  ///< Where the last whole batch of the last segment begins in it.
    Erasures erasures;                ///< Every order of the chain, and which of them are not closed.
    /// Orders of which something is still to be wiped, by seq: Journal::open() does it.
    std::vector<std::uint64_t> unfinished_orders;
    /// Of a closed order: its contents are back. Journal::open() wipes them again; `verify` does not hold.
    std::optional<Problem> returned;
    std::uint64_t torn_bytes = 0;              ///< At the end of the last segment, beyond its `size`.
    std::uint64_t torn_entries = 0;            ///< Whole ones among them, of a batch that is not whole.
};

std::string segment_name(std::uint64_t first_seq);

/// Checks structure, CRCs, digests, chain, numbers without gaps, times that do not go back and that an entry
/// of the chain orders each erasure, and calls `each` for every entry that holds (an erased one without what
/// its order left). Errors: the disk's. Bounds: a segment of more than 1 GiB is a problem.
/// Threads: any.
Result<Walk> walk(env::Disk& disk, const std::string& folder,
                  const std::function<void(const Entry&)>& each = {});

}  // namespace bongsu::journal
