#pragma once
// The copies in other databases, for `bongsu verify` and `bongsu replay`.

#include <string>

#include "app/sites.hpp"
#include "base/result.hpp"
#include "journal/journal.hpp"

namespace bongsu::app {

/// Compares the rows of each copy that `path` (DATA or a site's folder) has settings of with its journal, entry by entry,
/// and prints a line each. False when one differs; one that cannot be reached proves nothing and is no fault.
bool verify_copies(const std::string& path);

/// Brings the copy of a site up to the journal's end, as its own thread would, and compares its folds (only the one of that
/// name, if given) with those that the journal alone gives. True without a copy. Errors: settings that cannot be, a
/// database that cannot be reached.
Result<bool> replay_copy(const std::string& data, const SiteInfo& site, journal::Journal& journal, const std::string& only);

}  // namespace bongsu::app
