#pragma once
// The book: a journal with its folds. A verb reads folds, appends entries, and the folds follow at once.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "env/env.hpp"
#include "journal/folds.hpp"
#include "journal/journal.hpp"
#include "sql/sql.hpp"

namespace bongsu::journal {

/// A batch at a time:
///   begin(); … verbs append() …; keep(): the journal synced; settle(): the folds' transaction committed.
/// A verb that fails half-way is undone by its Attempt, the rest of the batch stands. Nothing may be answered
/// before keep().
///
/// Several batches may be kept in one transaction of the folds: they can be made again from the journal, and a page that
/// many batches change is written once. What was written beside the folds since the last settle() is gone with a process
/// that dies, or a database that does not take it (take_lost()).
///
/// Threads: one (the site's store thread). Ownership: env, journal and db outlive it.
class Book {
  public:
    Book(env::Env& env, Journal& journal, sql::Db& db, std::vector<std::unique_ptr<Fold>> folds);

    /// Creates tables, then applies what the folds have not seen. A fold that is ahead of the journal (a
    /// journal restored from elsewhere) is dropped and rebuilt.
    Result<void> catch_up();
    /// Drops all folds, applies the whole journal and answers the sha256 of all rows, table by table.
    Result<std::string> rebuild();
    /// sha256 over all folds' tables and rows in key order.
    Result<std::string> fingerprint();

    Result<void> begin();
    /// As begin(), for a batch that only reads and ends by abort(): where the database takes nothing (its disk is full), what
    /// it has not of the durable entries is applied in this transaction alone. Errors: unavailable, more than 5,000 entries
    /// behind; the database's. An append() in it is refused: exhausted.
    Result<void> begin_look();
    /// Until the next call: what a person does has this login of theirs in its payload, as `session` (which says nothing of the
    /// token). An account may be logged in twice, from two places. Empty: nobody's.
    void speak_for(std::string session) { session_ = std::move(session); }
    /// Appends and applies the folds. Only between begin() and commit(). The entry stands in appended().
    Result<const Entry*> append(Draft draft);
    /// The entry, also one that this batch appended and that no commit wrote yet. Errors: not_found; as Journal::read().
    Result<Entry> entry_at(std::uint64_t seq);
    /// Durable when it returns without error. On error everything since begin() is undone, in journal and
    /// folds.
    Result<void> keep();
    /// keep() but for its sync: nothing may be answered before that says so (Journal::write()), and the next batch may begin.
    Result<std::shared_ptr<Sync>> write();
    /// Commits what keep() left open, once it is durable; nothing when nothing is. A database that does not take it: behind().
    void settle();
    /// keep(), and settle() at once.
    Result<void> commit();
    /// Entries that are kept and not settled, and since when the first of them is; nothing: all is settled.
    struct Open {
        std::uint64_t entries = 0;
        MonoTime since{};
    };
    const std::optional<Open>& open() const { return open_; }
    void abort();

    /// Marks a point inside a batch; undo() takes journal and folds back to it (SQL savepoint). One open at a
    /// time. Errors: corrupt, after a fold failed in this batch and the tables could not go back: only abort() and a
    /// commit() that fails come after it.
    Result<void> mark();
    void undo();

    /// The database did not take the last batches: their entries are durable and applied by the next begin(), what was
    /// written beside the folds is gone.
    bool behind() const { return behind_; }
    /// True once after each time that it was gone.
    bool take_lost() { return std::exchange(lost_, false); }

    /// Of the last write(): how long the journal took, with the sync of the batch before.
    MonoTime::duration journal_took() const { return journal_took_; }

    /// Entries appended since begin(), for reactions after commit(); each stays where it is until the next begin().
    const std::deque<Entry>& appended() const { return appended_; }
    /// The same, for who lets them go on a thread that has the time. Not between begin() and keep().
    std::deque<Entry> take_appended() {
        BONGSU_CHECK(!in_batch_);
        return std::exchange(appended_, {});
    }

    sql::Db& db() { return db_; }
    env::Env& env() { return env_; }
    Journal& journal() { return journal_; }

  private:
    Result<void> prepare_tables(bool drop_all);
    Result<void> apply_journal();
    Result<void> apply_some(std::vector<FoldPosition>& all, std::uint64_t most);
    tl::unexpected<Error> fail_batch(Error error);
    Result<void> end_open();
    void take_back();
    void fall_behind();

    env::Env& env_;
    Journal& journal_;
    sql::Db& db_;
    std::vector<std::unique_ptr<Fold>> folds_;
    std::deque<Entry> appended_;
    MonoTime::duration journal_took_{};
    std::size_t marked_ = 0;
    std::uint64_t marked_seq_ = 0;
    std::optional<Open> open_;
    std::string session_;
    bool in_batch_ = false;
    bool lost_ = false;
    bool is_look_ = false;
    bool has_mark_ = false;
    bool fold_failed_ = false;  // Since the mark or begin(): the tables hold a part of an entry.
    bool behind_ = true;        // The journal may have entries that the tables have not.
    bool tables_seen_ = false;  // Since this book was opened: nobody else drops any.
};

}  // namespace bongsu::journal
