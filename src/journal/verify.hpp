#pragma once
// Verification of journals, offline, without database or secret: each by itself, and against the checkpoints
// that other sites hold.

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "env/env.hpp"
#include "journal/checkpoint.hpp"
#include "journal/walk.hpp"

namespace bongsu::journal {

using RawDigest = std::array<char, 32>;

struct VerifyReport {
    std::string folder;
    std::optional<Problem> problem;  ///< The first; what comes after it was not looked at.
    std::uint64_t entries = 0;       ///< That hold, from the first on.
    std::uint64_t erased = 0;        ///< Of them, erased by an order of the chain.
    std::uint64_t unfinished_erasures = 0;  ///< Orders that are not closed yet: the site's next start does it.
    std::uint64_t last_seq = 0;
    std::string last_digest = kNoDigest;
    std::uint64_t torn_entries = 0;  ///< Whole entries of a last batch that is not whole.
    std::uint64_t torn_bytes = 0;    ///< A last write that was never acknowledged; not tampering by itself.
    std::vector<RawDigest> digests;  ///< Of the entries that hold; entry 1 is first. 32 bytes each.
};

/// A checkpoint and who keeps it ("site 11000 entry 17").
struct HeldCheckpoint {
    Checkpoint checkpoint;
    std::string holder;
};

/// Public keys of one site by kid, 32 raw bytes each.
using CheckpointKeys = std::map<std::string, std::string, std::less<>>;

/// A history that is not the one that was signed: the first changed or missing entry is in [from, to].
struct Finding {
    std::uint64_t from = 0;  ///< 0 when a checkpoint itself does not hold.
    std::uint64_t to = 0;    ///< Equal to `from` when the entry is known exactly.
    std::string what;
};

/// Walks one folder of segments. A folder that is missing or empty holds, with no entries.
/// Errors: the disk's. Threads: any; works on a copy, and beside the site that writes (a batch being written
/// then counts as torn).
Result<VerifyReport> verify_folder(env::Disk& disk, const std::string& folder);

/// What check_deep() read.
struct DeepCheck {
    std::uint64_t entries = 0;
    std::optional<Problem> problem;
};

/// Reads a whole journal beside the site that writes it, which believed index files when it started: the chain must
/// hold and lead through `known`, where the site began. What does not hold is looked at three times, since a site may
/// be wiping what an order named. Errors: the disk's; cancelled once `stop` is true. Threads: any.
Result<DeepCheck> check_deep(env::Disk& disk, const std::string& folder, const Place& known,
                             const std::atomic<bool>& stop);

/// Compares what verify_folder() saw with checkpoints of this site that are kept elsewhere. A cut tail names
/// the first entry that is lost, a rewritten history the range after the last checkpoint that still holds. Entries
/// past the report's problem are not compared: the problem names the first of them.
std::vector<Finding> verify_against(const VerifyReport& report, std::vector<HeldCheckpoint> held,
                                    const CheckpointKeys& keys);

/// An entry as the API shows it, and where it came from.
struct BroughtEntry {
    std::string from;
    boost::json::object entry;
};

struct SiteReport {
    SiteId site;  ///< Empty for a single folder.
    VerifyReport journal;
    std::vector<Finding> findings;
    std::uint64_t checkpoints = 0;             ///< Of this site, held by other sites here or brought.
    std::uint64_t agreed = 0;                  ///< Up to this entry they agree with the journal.
    std::uint64_t checkpoints_held = 0;        ///< Of other sites, in this journal.
    std::vector<std::string> bad_checkpoints;  ///< `checkpoint.held` entries that are none, and why the journal itself is none of this site.
};

struct DataReport {
    bool holds = false;  ///< The exit decision: 0 when true.
    std::vector<SiteReport> sites;
    std::vector<std::string> lines;  ///< For a person, in English, in order.
};

/// What DATA is compared with.
struct DataQuestion {
    std::optional<std::vector<SiteId>> joined{};   ///< The sites that DATA says it has.
    std::vector<HeldCheckpoint> checkpoints{};     ///< Kept away from DATA.
    std::map<std::string, CheckpointKeys> keys{};  ///< By site, kept with them: they count more than one that lies in DATA.
    std::vector<BroughtEntry> entries{};           ///< Whether a journal here has them.
};

/// Verifies `path`: a folder of segments, a site's folder that has journal/, or DATA with its sites, whose
/// journals are then checked against one another's checkpoints with the keys in
/// DATA/<site>/keys/checkpoint.pub (a line `<kid> <64 hex>` for each key, each kid once). With `joined` a journal of one of them, or of
/// any site that another one holds checkpoints of, must be here; without it `path` may be a copy of a few sites. An empty
/// journal does not hold, nor an entry that was asked for and is in none. Disk errors are lines and do not hold, nor does
/// a folder with segments anywhere below `path` that is none of these journals: nobody read it (100,000 folders and 16 levels are
/// looked through, more does not hold), nor a journal whose first entry is of another site than its folder's: it is no holder. Links
/// are followed; a journal that two folders lead to is one's alone. Beside
/// the sites that write: what they hold of one another is read before the journals that it speaks of.
DataReport verify_data(env::Disk& disk, const std::string& path, const DataQuestion& question = {});

}  // namespace bongsu::journal
