#pragma once
// Which checkpoints this site made and which of other sites it keeps.

#include <optional>

#include "journal/book.hpp"
#include "journal/checkpoint.hpp"

namespace bongsu::federation {

/// Tables `held` (newest seq per site) and `held_made` (our own newest), from checkpoint.held and checkpoint.made.
std::unique_ptr<journal::Fold> make_held_fold();

/// The newest seq of `site` that this journal keeps a checkpoint of; 0 when none.
Result<std::uint64_t> held_seq(sql::Db& db, const SiteId& site);
/// Our own newest checkpoint.
Result<std::optional<journal::Checkpoint>> last_made(sql::Db& db);

/// Appends checkpoint.held when it is newer than what is kept and `public_key` signed it. Answers whether it was new.
/// Errors: forbidden for a false signature.
Result<bool> hold(journal::Book& book, const journal::Checkpoint& checkpoint, std::string_view public_key);

}  // namespace bongsu::federation
