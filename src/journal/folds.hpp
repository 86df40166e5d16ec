#pragma once
// Folds in one database: their tables, how far each has come, and the digest of what they hold.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "journal/entry.hpp"
#include "sql/sql.hpp"

namespace bongsu::journal {

/// A pure function (tables, entry) -> tables. Reads no clock, no chance, no network, no other room's tables.
class Fold {
  public:
    virtual ~Fold() = default;
    virtual std::string_view name() const = 0;
    /// `create table if not exists …`: tables are named `<fold name>_…` or `<fold name>`.
    virtual std::string_view schema() const = 0;
    /// Must not fail on any entry that a verb of this version wrote; unknown kinds are ignored. It is shown no raw one.
    virtual Result<void> apply(sql::Db& db, const Entry& entry) = 0;
    /// Its tables in the order for dropping and comparing.
    virtual std::vector<std::string> tables() const = 0;
};
using FoldList = std::vector<std::unique_ptr<Fold>>;

/// The entry up to which a fold has come, and the digest of its schema: empty when it has no tables yet.
struct FoldPosition {
    Fold* fold = nullptr;
    std::uint64_t seq = 0;
    std::string digest, schema;
};

std::string schema_digest(const Fold& fold);
/// The table `fold_position` itself.
Result<void> create_positions(sql::Db& db);
Result<std::vector<FoldPosition>> fold_positions(sql::Db& db, const FoldList& folds);
Result<void> save_position(sql::Db& db, const Fold& fold, std::uint64_t seq, const std::string& digest);
/// Its tables empty, at position 0.
Result<void> drop_fold(sql::Db& db, Fold& fold);
/// Errors name the fold and the entry; what a fold throws at a payload of another shape is corrupt.
Result<void> apply_fold(sql::Db& db, Fold& fold, const Entry& entry);
/// sha256 over all folds' tables and rows in key order, in hex: the same on every database. Reads 1,000 rows at a time:
/// where somebody else writes meanwhile it belongs inside a transaction. Errors: corrupt when a row has no key.
Result<std::string> fingerprint_of(sql::Db& db, const FoldList& folds);
/// Of one: as of a list with nothing else in it.
Result<std::string> fingerprint_of(sql::Db& db, const Fold& fold);

}  // namespace bongsu::journal
