#pragma once
// The verb that erases, and its fold: who ordered which erasure and whether it is done.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/book.hpp"
#include "journal/erasable.hpp"

namespace bongsu::journal {

struct ErasureRequest {
    std::string actor;                ///< "user:…": who orders it; stays for good.
    std::string reason;               ///< One of erasure_reasons().
    std::string basis;                ///< The legal basis in words, 1 to 300 bytes of UTF-8; stays: no names.
    std::vector<std::uint64_t> seqs;  ///< In any order; 1 to kErasureEntriesMax.
    /// Asked for each entry before it is ordered; an error refuses the whole request.
    std::function<Result<void>(const Entry&)> check;
};

constexpr std::size_t kErasureEntriesMax = 3000;  ///< In one request: ten full orders.

/// Appends one `erasure.ordered` for each kOrderEntriesMax entries, and with a message.received names its
/// message.continued. The folds forget at once; the files are wiped after the commit, by finish_erasures(). Only
/// between begin() and commit(). Errors: invalid names the field (also for a kind that stays), not_found an entry
/// that there is not (one of the same batch is there), conflict one that is already ordered erased, and what `check` answers.
Result<std::vector<ErasureOrder>> order_erasure(Book& book, const ErasureRequest& request);

/// Outside a batch: wipes what each open order names and closes it with an `erasure.done` by `actor`, one batch
/// each; before the first of these the folds' log is emptied, and while somebody is in its way none is closed. Errors: as Journal::carry_out() and Book::commit(); what is not done stays open.
Result<void> finish_erasures(Book& book, const std::string& actor);

/// Tables: erasure, one row an order.
std::unique_ptr<Fold> make_erasure_fold();

struct ErasureRecord {
    std::uint64_t seq = 0;
    std::string id, reason, basis, actor;
    WallTime ordered_at;
    std::int64_t entries = 0;
    std::uint64_t first = 0, last = 0;  ///< The entries that it names lie in here.
    std::optional<WallTime> done_at;
};

/// Newest first, seq < `before` (0: from the newest), at most `limit` (1 to 200).
Result<std::vector<ErasureRecord>> erasures(sql::Db& db, std::uint64_t before, std::size_t limit);

}  // namespace bongsu::journal
