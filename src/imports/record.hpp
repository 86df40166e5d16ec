#pragma once
// Imports in the journal: the two kinds of entries and the fold that knows which list stands.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "imports/diff.hpp"
#include "journal/book.hpp"

namespace bongsu::imports {

constexpr std::string_view kImported = "cameras.imported";
constexpr std::string_view kUndone = "cameras.import_undone";
constexpr std::string_view kDefaultList = "main";
constexpr std::size_t kListNameBytesMax = 40;
constexpr std::size_t kImportsPageMax = 1001;  ///< One more than a page says whether there is another.

/// One verb's outcome: an import, or the undo of one. Its list is kept in DATA/<site>/imports/<id>.list,
/// written before its entry, whose digest it must have.
struct Record {
    std::string id = {};      ///< ULID.
    SiteId site = {};         ///< Whose cameras.
    std::string list = {};    ///< A site may have several lists, each with its own history: "main", "parks".
    std::string user = {};    ///< "user:…"
    std::string base = {};    ///< The id of the list that stood before; empty for the first.
    std::string undoes = {};  ///< Of an undo: which import.
    std::string undone_by = {};                      ///< Of an import that was taken back.
    std::string list_digest = {}, file_digest = {};  ///< SHA-256, hex; an undo has no file.
    std::int64_t rows = 0, added = 0, changed = 0, unchanged = 0, removed = 0, refused = 0, cameras = 0;
    boost::json::array detected = {};  ///< [{"what","value"}]
    std::uint64_t seq = 0;             ///< Of its entry.
    WallTime time{};
};

/// Appends; seq, time and undone_by are the journal's business.
Result<void> record(journal::Book& book, const Record& record);

std::unique_ptr<journal::Fold> make_imports_fold();

/// The newest record of each (site, list): what stands.
Result<std::vector<Record>> standing(sql::Db& db);
/// The same of one list; nothing when nobody imported it yet.
Result<std::optional<Record>> standing(sql::Db& db, const SiteId& site, const std::string& list);
/// Errors: not_found.
Result<Record> find(sql::Db& db, const std::string& id);
/// The record is among the newest `kept` of its list: its files are kept.
Result<bool> is_kept(sql::Db& db, const std::string& id, std::size_t kept);
/// Newest first, those before `before` (a seq; 0 from the newest on).
Result<std::vector<Record>> page(sql::Db& db, std::uint64_t before, std::size_t limit);

}  // namespace bongsu::imports
