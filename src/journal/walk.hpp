#pragma once
// Walks every record of a journal folder and stops at the first that does not hold: at start and for
// `verify`.

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "env/env.hpp"
#include "journal/entry.hpp"
#include "journal/erasures.hpp"
#include "journal/index.hpp"
#include "journal/record.hpp"

namespace bongsu::journal {

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
    std::vector<SegmentIndex> indexes;  ///< Of each segment that was walked to its end: what saves the next start that.
    Erasures erasures;                ///< Every order of the chain, and which of them are not closed.
    /// Orders of which something is still to be wiped, by seq: Journal::open() does it.
    std::vector<std::uint64_t> unfinished_orders;
    /// Of a closed order: its contents are back. Journal::open() wipes them again; `verify` does not hold.
    std::optional<Problem> returned;
    std::uint64_t torn_bytes = 0;              ///< At the end of the last segment, beyond its `size`.
    std::uint64_t torn_entries = 0;            ///< Whole ones among them, of a batch that is not whole.
};

/// Where a walk begins that does not begin at the first entry: everything before is taken as it is told.
struct WalkStart {
    std::vector<Segment> done;          ///< Not read again; `prev` and `place` of the last one must fit what follows.
    std::optional<SegmentIndex> within;  ///< The segment after them, up to the end of one of its batches.
    Place place;                        ///< The chain there.
    Erasures erasures;                  ///< Of everything before.
};

std::string segment_name(std::uint64_t first_seq);

/// How far each payload is read. The chain alone does not say that one stands in the form that the journal writes, RFC 8785 with
/// integers: two readers may take another form for different contents. Only writing it anew shows that, which a start need not.
enum class Payloads : std::uint8_t { as_objects, as_written };

/// Checks structure, CRCs, digests, chain, numbers without gaps, times that do not go back and that an entry
/// of the chain orders each erasure, and calls `each` for every entry that holds (an erased one without what
/// its order left). Errors: the disk's. Bounds: a segment of more than 1 GiB is a problem.
/// Stops with ErrorKind::cancelled once `stop` is true. Threads: any.
Result<Walk> walk(env::Disk& disk, const std::string& folder, const std::function<void(const Entry&)>& each = {},
                  const std::atomic<bool>* stop = nullptr, Payloads payloads = Payloads::as_objects);
/// From `start` on. Erasures are judged as far as they are seen: an order of entries before is carried out again
/// when it is open, and believed when it is closed.
Result<Walk> walk_from(env::Disk& disk, const std::string& folder, WalkStart start);

}  // namespace bongsu::journal
