#include "databases.hpp"

#include <array>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "journal/record.hpp"

namespace bongsu::simulation {

namespace {

struct Kept {
    std::unique_ptr<sql::Db> db;
    std::vector<std::string> emptying;  ///< A statement for each table, once they are made.
};

Result<std::vector<std::string>> statements_that_empty(sql::Db& db) {
    std::vector<std::string> statements;
    TRY(const auto tables, db.query("select name from sqlite_master where type = 'table' order by name"));
    for (const auto& row : tables) {
        // A fold without a position would make its tables anew.
        statements.push_back(row.text(0) == "fold_position"
                                 ? "update fold_position set seq = 0, digest = '" + std::string(journal::kNoDigest) + "'"
                                 : "delete from \"" + row.text(0) + "\"");
    }
    return statements;
}

Result<void> empty(Kept& kept) {
    (void)kept.db->exec("rollback");  // Fails where nothing is open.
    if (kept.emptying.empty()) {
        TRY(kept.emptying, statements_that_empty(*kept.db));
    }
    TRY_DO(kept.db->exec("begin immediate"));
    for (const auto& statement : kept.emptying) TRY_DO(kept.db->exec(statement));
    return kept.db->exec("commit");
}

}  // namespace

std::shared_ptr<sql::Db> empty_database(Holds what) {
    thread_local std::array<std::vector<Kept>, 2> shelves;
    auto& shelf = shelves[static_cast<std::size_t>(what)];
    if (shelf.empty()) {
        auto db = sql::open_sqlite(":memory:");
        BONGSU_CHECK(db);
        shelf.push_back({*std::move(db), {}});
    }
    auto kept = std::make_shared<Kept>(std::move(shelf.back()));
    shelf.pop_back();
    auto* const db = kept->db.get();
    return {db, [kept = std::move(kept), &shelf](sql::Db*) {
                if (empty(*kept)) shelf.push_back(std::move(*kept));
            }};
}

}  // namespace bongsu::simulation
