#pragma once
// Reads a journal that its site is writing at the same time, without touching it.

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "env/env.hpp"
#include "journal/entry.hpp"
#include "journal/erasures.hpp"

namespace bongsu::journal {

/// Reads `folder` up to an entry that the reader knows to be committed: what lies behind it may be torn or be taken back,
/// and is never looked at. It goes on where it stopped; from elsewhere it looks through one segment.
///
/// Threads: one, which need not be the journal's. Bounds: one record and 256 KiB in memory.
class Follower {
  public:
    Follower(env::Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

    /// Calls `each` for the entries with after < seq <= upto, in order, until it answers false or an error.
    /// An erased one comes with what its order left of the payload; the first one costs a look through the journal.
    /// Errors: the disk's; corrupt for what does not hold; not_found when the journal ends before `upto`; unavailable when
    /// an entry was erased by an order behind `upto`, which the reader will soon be told of.
    Result<void> read(std::uint64_t after, std::uint64_t upto, const std::function<Result<bool>(Entry)>& each);
    /// The bytes of all records that `each` was called for.
    std::uint64_t bytes_read() const { return bytes_read_; }

    /// The digest of one entry; nothing for entry 0 and for what lies behind `upto`. Errors: as read().
    Result<std::optional<std::string>> digest_of(std::uint64_t seq, std::uint64_t upto);

  private:
    using Each = std::function<Result<bool>(Entry)>;
    Result<void> read_records(std::uint64_t after, std::uint64_t upto, const Each& each);
    Result<void> fill_erased(Entry& entry, std::uint64_t upto);
    Result<const OrderedEntry*> find_order(std::uint64_t seq);
    Result<void> seek(std::uint64_t after);

    env::Disk& disk_;
    std::string folder_;
    std::string segment_;       // The file that is read; empty before the first.
    std::uint64_t offset_ = 0;  // Of the record of entry next_ in it, or its end.
    std::uint64_t next_ = 0;
    std::uint64_t bytes_read_ = 0;
    Erasures erasures_;                  // Of the entries up to orders_upto_.
    std::uint64_t orders_upto_ = 0;
    std::deque<ErasureOrder> orders_;    // The ones read last: neighbours were erased by one order.
};

}  // namespace bongsu::journal
