#pragma once
// The copies in other databases, for `bongsu verify` and `bongsu replay`.

#include <map>
#include <string>

#include "app/sites.hpp"
#include "base/result.hpp"
#include "journal/journal.hpp"

namespace bongsu::app {

/// Compares the rows of each copy that `path` (DATA or a site's folder) has settings of with its journal, entry by entry,
/// and prints a line each. False when one differs; one that cannot be reached proves nothing and is no fault.
bool verify_copies(const std::string& path);

/// What each fold comes to when the journal alone is replayed to its last entry: its name and its fingerprint.
using FoldDigests = std::map<std::string, std::string>;

/// Whether the site's settings name a database.
Result<bool> has_copy(const std::string& data, const SiteId& site);

/// Brings the copy of a site up to the journal's end, as its own thread would, and compares its folds, those of them that
/// `replayed` has. True without a copy. Errors: settings that cannot be, a database that cannot be reached.
Result<bool> replay_copy(const std::string& data, const SiteInfo& site, const journal::Journal& journal,
                         const FoldDigests& replayed);

}  // namespace bongsu::app
