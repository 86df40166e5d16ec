#include "journal/book.hpp"

#include <algorithm>
#include <map>

#include "base/log.hpp"
#include "journal/record.hpp"

namespace bongsu::journal {
namespace {

constexpr std::uint64_t kReplayBatch =
    5000;  // Entries in one transaction of a replay: some megabytes of WAL.

/// All folds came to one entry together: one statement at each settle() instead of one for each of them, while each has
/// its row.
Result<void> move_positions(sql::Db& db, const FoldList& folds, std::uint64_t seq, const std::string& digest) {
    if (folds.empty()) return {};
    std::string statement = "update fold_position set seq = $1, digest = $2 where name in (";
    std::vector<sql::Value> values{static_cast<std::int64_t>(seq), digest};
    for (const auto& fold : folds) {
        statement += (values.size() > 2 ? ", $" : "$") + std::to_string(values.size() + 1);
        values.emplace_back(std::string(fold->name()));
    }
    TRY_DO(db.query(statement + ")", values));
    if (db.changes() == static_cast<std::int64_t>(folds.size())) return {};
    for (const auto& fold : folds) TRY_DO(save_position(db, *fold, seq, digest));
    return {};
}

/// The entry that all of them have seen.
std::uint64_t least_of(const std::vector<FoldPosition>& all) {
    const auto is_less = [](const FoldPosition& a, const FoldPosition& b) { return a.seq < b.seq; };
    return std::min_element(all.begin(), all.end(), is_less)->seq;
}

}  // namespace

Book::Book(env::Env& env, Journal& journal, sql::Db& db, std::vector<std::unique_ptr<Fold>> folds)
    : env_(env), journal_(journal), db_(db), folds_(std::move(folds)) {}

/// Inside a transaction: each fold has its tables and a position that the journal confirms.
Result<void> Book::prepare_tables(bool drop_all) {
    TRY_DO(create_positions(db_));
    TRY(const auto all, fold_positions(db_, folds_));
    std::map<std::uint64_t, std::string> digests;  // Of the journal's entries at which folds stand: most stand at one.
    for (const auto& position : all) {
        bool confirmed = !drop_all && position.schema == schema_digest(*position.fold) &&
                         position.seq <= journal_.committed_seq();
        if (confirmed && position.seq > 0) {
            if (!digests.contains(position.seq)) {
                TRY_DO(journal_.read(position.seq - 1, [&](Entry entry) -> Result<bool> {
                    digests[position.seq] = std::move(entry.digest);
                    return false;
                }));
            }
            confirmed = digests[position.seq] == position.digest;
        }
        if (confirmed) {
            if (!tables_seen_) TRY_DO(db_.exec(position.fold->schema()));
            continue;
        }
        if (!position.schema.empty() && !drop_all) {
            LOG_WARN("fold.rebuilt", {{"fold", position.fold->name()}, {"seq", position.seq}});
        }
        TRY_DO(drop_fold(db_, *position.fold));
    }
    tables_seen_ = true;
    return {};
}

/// Inside a transaction: applies up to `most` entries, entry after entry, to the folds that have not seen them.
Result<void> Book::apply_some(std::vector<FoldPosition>& all, std::uint64_t most) {
    const auto least = least_of(all);
    const auto step = [&](Entry entry) -> Result<bool> {
        for (auto& position : all) {
            if (position.seq >= entry.seq) continue;
            TRY_DO(apply_fold(db_, *position.fold, entry));
            position.seq = entry.seq;
            position.digest = entry.digest;
        }
        return entry.seq < least + most;
    };
    TRY_DO(journal_.read(least, step, Raw::as_text));
    for (const auto& position : all) TRY_DO(save_position(db_, *position.fold, position.seq, position.digest));
    return {};
}

/// Outside a transaction.
Result<void> Book::apply_journal() {
    TRY(auto all, fold_positions(db_, folds_));
    while (!all.empty() && least_of(all) < journal_.committed_seq()) {
        TRY_DO(db_.exec("begin immediate"));
        auto done = apply_some(all, env_.buggify("book.replay_one_by_one") ? 1 : kReplayBatch);
        if (done) done = db_.exec("commit");
        if (!done) {
            (void)db_.exec("rollback");  // The error that counts is the first one.
            return done;
        }
    }
    return {};
}

Result<void> Book::catch_up() {
    BONGSU_CHECK(!in_batch_);
    settle();
    TRY_DO(journal_.settle());  // No fold is ahead of what is on disk.
    behind_ = true;
    TRY_DO(db_.exec("begin immediate"));
    auto prepared = prepare_tables(false);
    if (prepared) prepared = db_.exec("commit");
    if (!prepared) {
        (void)db_.exec("rollback");
        return prepared;
    }
    TRY_DO(apply_journal());
    behind_ = false;
    return {};
}

Result<std::string> Book::rebuild() {
    BONGSU_CHECK(!in_batch_);
    settle();
    TRY_DO(journal_.settle());
    behind_ = true;
    TRY_DO(db_.exec("begin immediate"));
    auto prepared = prepare_tables(true);
    if (prepared) prepared = db_.exec("commit");
    if (!prepared) {
        (void)db_.exec("rollback");
        return tl::unexpected(std::move(prepared).error());
    }
    TRY_DO(apply_journal());
    behind_ = false;
    return fingerprint();
}

Result<std::string> Book::fingerprint() { return fingerprint_of(db_, folds_); }

Result<void> Book::begin() {
    BONGSU_CHECK(!in_batch_);
    if (behind_ && env_.buggify("book.still_behind"))
        return fail(ErrorKind::exhausted, "the folds' database does not take what it is behind");
    if (behind_) TRY_DO(catch_up());
    if (!open_) TRY_DO(db_.exec("begin immediate"));
    in_batch_ = true;
    has_mark_ = fold_failed_ = is_look_ = false;
    appended_.clear();
    return {};
}

Result<void> Book::begin_look() {
    BONGSU_CHECK(!in_batch_);
    settle();
    TRY_DO(db_.exec("begin immediate"));
    in_batch_ = is_look_ = true;
    has_mark_ = fold_failed_ = false;
    appended_.clear();
    if (!behind_) return {};
    const auto done = [&]() -> Result<void> {
        TRY(auto all, fold_positions(db_, folds_));
        if (all.empty()) return {};
        if (journal_.committed_seq() > least_of(all) + kReplayBatch)
            return fail(ErrorKind::unavailable, "the folds are more entries behind than can be held for a look");
        return apply_some(all, kReplayBatch);
    }();
    if (!done) take_back();
    return done;
}

Result<const Entry*> Book::append(Draft draft) {
    BONGSU_CHECK(in_batch_);
    if (is_look_) return fail(ErrorKind::exhausted, "the record cannot be written");
    if (fold_failed_) return fail(ErrorKind::corrupt, "a fold failed before in this batch");
    if (!session_.empty() && draft.actor.starts_with("user:") && !draft.payload.contains("session")) draft.payload["session"] = session_;
    TRY(auto entry, journal_.append(std::move(draft)));
    for (const auto& fold : folds_) {
        if (auto done = apply_fold(db_, *fold, entry); !done) {
            fold_failed_ = true;
            return tl::unexpected(std::move(done).error());
        }
    }
    appended_.push_back(std::move(entry));
    return &appended_.back();
}

Result<Entry> Book::entry_at(std::uint64_t seq) {
    if (seq > journal_.committed_seq() && !appended_.empty() && seq >= appended_.front().seq && seq <= appended_.back().seq)
        return appended_[seq - appended_.front().seq];
    std::optional<Entry> found;
    if (seq > 0 && seq <= journal_.committed_seq()) {
        TRY_DO(journal_.read(seq - 1, [&](Entry entry) -> Result<bool> {
            found = std::move(entry);
            return false;
        }));
    }
    if (!found) return fail(ErrorKind::not_found, "there is no entry " + std::to_string(seq));
    return *std::move(found);
}

/// The folds go back to the last settle(): what was kept since then is in the journal, and applied again.
void Book::take_back() {
    journal_.discard_after(journal_.committed_seq());
    if (auto done = db_.exec("rollback"); !done) LOG_WARN("book.rollback", {{"error", done.error().message}});
    if (open_) fall_behind();
    in_batch_ = has_mark_ = fold_failed_ = false;
    appended_.clear();
}

void Book::fall_behind() {
    open_.reset();
    behind_ = lost_ = true;
}

tl::unexpected<Error> Book::fail_batch(Error error) {
    take_back();
    return tl::unexpected(std::move(error));
}

Result<void> Book::keep() {
    TRY_DO(write());
    if (auto synced = journal_.settle(); !synced) return fail_batch(std::move(synced).error());
    return {};
}

Result<std::shared_ptr<Sync>> Book::write() {
    BONGSU_CHECK(in_batch_);
    BONGSU_CHECK(!is_look_);
    if (fold_failed_) return fail_batch({ErrorKind::corrupt, "a fold failed in this batch", Where::here()});
    if (!db_.in_transaction())
        return fail_batch({ErrorKind::unavailable, "the folds' database ended the transaction by itself", Where::here()});
    // Or one savepoint of each batch would stay open in the next, and each page be kept for all of them.
    if (has_mark_) {
        if (auto done = db_.exec("release book_mark"); !done) return fail_batch(std::move(done).error());
    }
    const auto begun = env_.clock.mono();
    auto written = journal_.write();
    journal_took_ = env_.clock.mono() - begun;
    if (!written) return fail_batch(std::move(written).error());
    in_batch_ = has_mark_ = false;
    if (!open_) open_ = {0, begun};
    open_->entries += appended_.size();
    return written;
}

/// Inside the transaction that several batches share: all folds stand at its last entry.
Result<void> Book::end_open() {
    TRY_DO(journal_.settle());
    if (!db_.in_transaction()) return fail(ErrorKind::unavailable, "the folds' database ended the transaction by itself");
    if (open_->entries > 0) TRY_DO(move_positions(db_, folds_, journal_.last_seq(), journal_.last_digest()));
    if (env_.buggify("book.folds_behind"))
        return fail(ErrorKind::unavailable, "the folds' database does not take the batch");
    return db_.exec("commit");
}

void Book::settle() {
    BONGSU_CHECK(!in_batch_);
    if (!open_) return;
    if (const auto done = end_open(); !done) {
        LOG_ERROR("book.folds_behind", {{"error", done.error().message}, {"seq", journal_.committed_seq()}});
        (void)db_.exec("rollback");
        return fall_behind();
    }
    open_.reset();
}

Result<void> Book::commit() {
    TRY_DO(keep());
    settle();
    return {};
}

void Book::abort() {
    if (in_batch_) take_back();
}

Result<void> Book::mark() {
    BONGSU_CHECK(in_batch_);
    // A sick disk makes SQLite take the whole transaction back by itself: the rest of the batch is refused, not a bug.
    if (fold_failed_) return fail(ErrorKind::corrupt, "a fold failed before in this batch");
    if (has_mark_) TRY_DO(db_.exec("release book_mark"));
    has_mark_ = false;
    TRY_DO(db_.exec("savepoint book_mark"));
    has_mark_ = true;
    marked_ = appended_.size();
    marked_seq_ = journal_.last_seq();
    return {};
}

void Book::undo() {
    if (!in_batch_ || !has_mark_) return;
    journal_.discard_after(marked_seq_);
    appended_.resize(marked_);
    has_mark_ = false;
    // When the tables cannot go back the batch must not be committed.
    const auto back = db_.exec("rollback to book_mark; release book_mark");
    fold_failed_ = !back;
    if (!back) LOG_ERROR("book.undo", {{"error", back.error().message}});
}

}  // namespace bongsu::journal
