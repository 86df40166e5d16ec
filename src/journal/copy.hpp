#pragma once
// The copy: a journal's entries and its folds in another database, which follows and is never waited for (ADR 0008).

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "journal/folds.hpp"
#include "journal/follow.hpp"

namespace bongsu::journal {

/// Tables beside the folds' own: `journal_entry`, a row an entry, whose contents go with the order that erases them, and `journal_copy`, one row that says of which site's
/// journal and up to which entry. Entries and folds move in one transaction: a copy is never half an entry.
///
/// Threads: one. Ownership: db outlives it.
class Copy {
  public:
    Copy(sql::Db& db, SiteId site, FoldList folds) : db_(db), site_(std::move(site)), folds_(std::move(folds)) {}

    /// Answers the digest of a committed entry of the journal; nothing for one that the journal does not have.
    using DigestOf = std::function<Result<std::optional<std::string>>(std::uint64_t seq)>;

    /// Makes the tables and compares with the journal. A fold of another version, or that does not stand where the journal
    /// says, is dropped and comes again. Errors: conflict when the entries are not this journal's, or more than it has:
    /// then nothing is touched, for they may be all that is left of them; else the database's.
    Result<void> open(const DigestOf& digest_of);

    /// From which entry on take() wants them: the copy's own position, or that of a fold which is behind.
    std::uint64_t position() const;
    /// The last entry whose row is here.
    std::uint64_t copied() const { return seq_; }

    /// Takes the entries that follow position() in one transaction; on an error none of them, and open() comes before the
    /// next call.
    Result<void> take(std::span<const Entry> entries);

    Result<std::string> fingerprint() { return fingerprint_of(db_, folds_); }

  private:
    Result<void> prepare(const DigestOf& digest_of);
    Result<void> take_all(std::span<const Entry> entries);
    Result<void> insert(const Entry& entry);
    Result<void> erase(const Entry& order);

    sql::Db& db_;
    SiteId site_;
    FoldList folds_;
    std::vector<FoldPosition> positions_;
    std::uint64_t seq_ = 0;
};

struct CopyBatch {
    std::size_t entries_max = 1000;
    std::uint64_t bytes_max = 4 << 20;  ///< Of records; the entry that reaches it is the last.
};
/// Reads the entries that follow the copy's position, at most one batch, and takes them. Nothing to do is no error.
Result<void> follow_once(Copy& copy, Follower& follower, std::uint64_t upto, const CopyBatch& batch = {});

/// The first row that is not the journal's, for verification; nothing when all rows up to the copy's position are.
class CopyReader {
  public:
    /// Errors: not_found when the schema holds no copy; conflict when it is another site's; else the database's.
    static Result<CopyReader> open(sql::Db& db, const SiteId& site);
    std::uint64_t copied() const { return copied_; }
    /// Compares the rows of these entries, which follow one another. Answers what differs, naming the entry; contents that
    /// an order among these entries erases and that are still in the copy are a difference too.
    Result<std::optional<std::string>> compare(std::span<const Entry> entries);
    /// Answers what is in the table beyond entry `last`.
    Result<std::optional<std::string>> beyond(std::uint64_t last);

  private:
    CopyReader(sql::Db& db, std::uint64_t copied) : db_(&db), copied_(copied) {}
    Result<std::optional<std::string>> still_here(const Entry& order);
    sql::Db* db_;
    std::uint64_t copied_;
};

}  // namespace bongsu::journal
