#pragma once
// The journal: append-only, hash-chained files with group commit.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "env/env.hpp"
#include "journal/entry.hpp"
#include "journal/sync.hpp"

namespace bongsu::journal {

struct JournalLimits {
    std::uint64_t segment_bytes_max = 64ULL << 20;  ///< A new segment file begins past this.
    std::size_t payload_bytes_max = 256 << 10;      ///< More is ErrorKind::invalid.
    std::uint64_t index_each_bytes = 8ULL << 20;    ///< Of the last segment: so much is read at a start, at most.
};

/// One site's journal in `folder` (DATA/<site>/journal).
///
/// append() chains and numbers an entry in memory; commit() writes all appended ones with one fdatasync.
/// An entry is durable, and may be acknowledged, once commit() returned without error, or the Sync that write() answered.
/// Threads: one, but for that Sync. Errors of commit() and write(): exhausted or unavailable from a write: the files are cut
/// back, the appended entries are gone, the journal stands at its last commit and goes on. When a sync fails or the
/// cut fails, the state on disk is unknown and every later call answers unavailable: the process has to end.
class Journal {
  public:
    /// Reads the segments' index files and what they do not cover, so that a year's journal opens at once; where one is
    /// missing or does not fit, its segments are read. What is not read here is for check_deep() to check.
    /// Recovers: an incomplete or torn record at the very end is cut off (it was never acknowledged);
    /// anything else that does not hold is ErrorKind::corrupt and names the segment, offset and seq.
    static Result<std::unique_ptr<Journal>> open(env::Env& env, std::string folder,
                                                 JournalLimits limits = {});

    /// Answers the entry as read() will answer it after commit(): its payload is in its canonical order. Errors: invalid names the field; exhausted at 32 MiB that wait for commit(). Bounds: kind 64
    /// bytes, actor and each subject 200 bytes, 256 subjects. An entry's time is never below that of the one
    /// before.
    Result<Entry> append(Draft draft);
    Result<void> commit();
    /// The first half of commit(): the entries stand in the file and count as committed, and may be told to nobody before the
    /// Sync answers. One at a time is on its way: this waits for the one before. With nothing appended it answers that one;
    /// null when nothing was ever written.
    Result<std::shared_ptr<Sync>> write();
    /// Everything that was written is durable when it returns without error.
    Result<void> settle();
    /// Writes the index files that became due: a sync and a rename once in 8 MiB. Nobody's answer waits for it: to be
    /// called when those of the last batch have left. Left out, the next start reads more.
    void tidy();
    /// False after a failed sync or cut: the state on disk is unknown and the process has to end and recover.
    bool usable() const;
    /// Forgets what was appended after `seq`, which must not be below committed_seq().
    void discard_after(std::uint64_t seq);

    std::uint64_t last_seq() const;  ///< Of the last committed or appended entry; 0 when empty.
    std::uint64_t committed_seq() const;
    const std::string& last_digest() const;    ///< Hex; 64 zeros when empty.
    std::uint64_t torn_bytes_at_open() const;  ///< For the log and `verify`.
    std::uint64_t index_failures() const;      ///< Index files that could not be written: the next start reads more.
    const std::string& folder() const;

    /// The committed `erasure.ordered` entries that no `erasure.done` closes, by seq.
    std::vector<std::uint64_t> open_erasures() const;
    /// Wipes the contents of what the committed entry `order` orders, for good; the chain stays whole. Doing it
    /// twice is no error; a crash in between is finished at open, on the word of the order and of nothing else.
    /// The caller closes it with an `erasure.done`. Errors: not_found; corrupt when the order names an entry
    /// under another kind (nothing is wiped then); unavailable leaves the journal as after a failed sync.
    Result<void> carry_out(std::uint64_t order);
    /// Whether a committed order names this entry.
    Result<bool> is_ordered_erased(std::uint64_t seq);

    /// Calls `each` for committed entries with seq > after, in order, until it answers false or an error.
    /// An
    /// erased one comes with what its order left of the payload. `each` must not call commit() or carry_out().
    Result<void> read(std::uint64_t after, const std::function<Result<bool>(Entry)>& each, Raw raw = Raw::parsed);

    ~Journal();
    struct State;  // In journal.cpp.

  private:
    explicit Journal(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace bongsu::journal
