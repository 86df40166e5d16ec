#pragma once
// What somebody who checks a journal brings along: checkpoints and entries that were kept away from it.

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "journal/verify.hpp"

namespace bongsu::journal {

constexpr std::size_t kBroughtBytesMax = 64 << 20;  ///< Of one file.

/// Holder: the file's name.
struct BroughtCheckpoints {
    std::vector<HeldCheckpoint> checkpoints;
    std::map<std::string, CheckpointKeys> keys;  ///< By site: keys that were written down with them.
};
/// One checkpoint, a list, or an answer of GET /api/v1/journal/checkpoints; an item may have `publicKey` (64 hex), the same for each
/// of a kid. A BOM before it is passed over, and 2.0 read as 2.
/// Errors: invalid names the file, the item and its field.
Result<BroughtCheckpoints> checkpoints_of(std::string_view text, const std::string& file);

/// One entry, a list, or an answer of GET /api/v1/journal. Errors: as above; an entry without a seq is none.
Result<std::vector<BroughtEntry>> entries_of(std::string_view text, const std::string& file);

/// Whether a journal holds the entry, whose own digests must hold first.
struct Inclusion {
    bool holds = false;
    std::string what;  ///< For a person.
};
/// `agreed`: up to which entry checkpoints kept elsewhere agree with the journal.
Inclusion inclusion(const VerifyReport& report, const boost::json::object& entry, std::uint64_t agreed);

}  // namespace bongsu::journal
