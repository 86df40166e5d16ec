#include "journal/folds.hpp"

#include <algorithm>
#include <exception>

#include "crypto/crypto.hpp"
#include "journal/record.hpp"

namespace bongsu::journal {
namespace {

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

/// Type, length and bytes of each column from `first` on: no two rows have one text.
std::string text_of(const sql::Row& row, std::size_t first) {
    std::string text;
    for (std::size_t i = first; i < row.size(); ++i) {
        if (row.is_null(i)) {
            text += "n;";
        } else if (row.is_text(i)) {
            text += "t" + std::to_string(row.text(i).size()) + ":" + row.text(i) + ";";
        } else {
            text += "i" + std::to_string(row.integer(i)) + ";";
        }
    }
    return text;
}

constexpr std::int64_t kPageRows = 1000;

/// "a", "b" and $1, $2: a row that comes after another in the order of their key.
std::string listed(const std::vector<std::string>& columns) {
    std::string list;
    for (const auto& column : columns) list += (list.empty() ? "" : ", ") + quoted(column);
    return list;
}
std::string placeholders(std::size_t count) {
    std::string list;
    for (std::size_t i = 1; i <= count; ++i) list += (i == 1 ? "$" : ", $") + std::to_string(i);
    return list;
}

/// The rows of one table in the order of its key, a page after the other: each begins behind the last row of the one
/// before. Answers `digest` with all of them.
Result<std::string> digest_rows(sql::Db& db, const std::string& table, std::string digest) {
    TRY(const auto key, db.key_columns(table));
    const auto order = listed(key);
    const auto from = "select " + order + ", * from " + quoted(table);  // The key again, in its own order, to go on from.
    const auto first = from + " order by " + order + " limit $1";
    const auto next = from + " where (" + order + ") > (" + placeholders(key.size()) + ") order by " + order + " limit $" +
                      std::to_string(key.size() + 1);
    std::vector<sql::Value> values{kPageRows};
    for (std::int64_t seen = 0;;) {
        TRY(const auto rows, db.query(seen == 0 ? first : next, values));
        for (const auto& row : rows) digest = crypto::sha256(digest + text_of(row, key.size()));
        seen += static_cast<std::int64_t>(rows.size());
        if (static_cast<std::int64_t>(rows.size()) == kPageRows) {
            values.clear();
            for (std::size_t i = 0; i < key.size(); ++i) values.push_back(rows.back().value(i));
            values.emplace_back(kPageRows);
            continue;
        }
        TRY(const auto all, db.query("select count(*) from " + quoted(table)));
        if (all[0].integer(0) != seen) return fail(ErrorKind::corrupt, "table " + table + " has rows without a key of their own");
        return digest;
    }
}

Result<std::string> digest_fold(sql::Db& db, const Fold& fold, std::string digest) {
    for (const auto& table : fold.tables()) {
        TRY(digest, digest_rows(db, table, crypto::sha256(digest + "table " + table)));
    }
    return digest;
}

/// A table that its fold does not name would outlive a rebuild and stand in no comparison.
bool names_its_tables(const Fold& fold) {
    constexpr std::string_view kCreate = "create table if not exists ";
    const auto tables = fold.tables();
    const auto schema = fold.schema();
    for (auto at = schema.find(kCreate); at != std::string_view::npos; at = schema.find(kCreate, at)) {
        at += kCreate.size();
        const auto name = schema.substr(at, schema.find_first_of(" (", at) - at);
        if (std::find(tables.begin(), tables.end(), name) == tables.end()) return false;
    }
    return true;
}

}  // namespace

std::string schema_digest(const Fold& fold) { return crypto::to_hex(crypto::sha256(fold.schema())); }

Result<void> create_positions(sql::Db& db) {
    return db.exec(
        "create table if not exists fold_position("
        "name text primary key, seq integer not null, digest text not null, schema text not null)");
}

Result<std::vector<FoldPosition>> fold_positions(sql::Db& db, const FoldList& folds) {
    std::vector<FoldPosition> all;
    for (const auto& fold : folds) {
        TRY(const auto rows, db.query("select seq, digest, schema from fold_position where name = $1",
                                      {std::string(fold->name())}));
        FoldPosition position{fold.get(), 0, kNoDigest, ""};
        if (!rows.empty()) {
            position.seq = static_cast<std::uint64_t>(rows[0].integer(0));
            position.digest = rows[0].text(1);
            position.schema = rows[0].text(2);
        }
        all.push_back(std::move(position));
    }
    return all;
}

Result<void> save_position(sql::Db& db, const Fold& fold, std::uint64_t seq, const std::string& digest) {
    TRY_DO(db.query("insert into fold_position(name, seq, digest, schema) values($1, $2, $3, $4) "
                    "on conflict(name) do update set seq = $2, digest = $3, schema = $4",
                    {std::string(fold.name()), static_cast<std::int64_t>(seq), digest, schema_digest(fold)}));
    return {};
}

Result<void> drop_fold(sql::Db& db, Fold& fold) {
    BONGSU_CHECK(names_its_tables(fold));
    for (const auto& table : fold.tables()) TRY_DO(db.exec("drop table if exists " + quoted(table)));
    TRY_DO(db.exec(fold.schema()));
    return save_position(db, fold, 0, kNoDigest);
}

Result<void> apply_fold(sql::Db& db, Fold& fold, const Entry& entry) {
    if (is_raw(entry.kind)) return {};
    const auto where = [&] {
        return "fold " + std::string(fold.name()) + " at entry " + std::to_string(entry.seq) + " (" + entry.kind + "): ";
    };
    try {
        auto done = fold.apply(db, entry);
        if (!done) done.error().message = where() + done.error().message;
        return done;
    } catch (const std::exception& error) {
        // Boost.JSON's at() and as_…() throw on a payload of another shape.
        return fail(ErrorKind::corrupt, where() + error.what());
    }
}

Result<std::string> fingerprint_of(sql::Db& db, const FoldList& folds) {
    std::string digest = crypto::sha256("");
    for (const auto& fold : folds) {
        TRY(digest, digest_fold(db, *fold, std::move(digest)));
    }
    return crypto::to_hex(digest);
}

Result<std::string> fingerprint_of(sql::Db& db, const Fold& fold) {
    TRY(const auto digest, digest_fold(db, fold, crypto::sha256("")));
    return crypto::to_hex(digest);
}

}  // namespace bongsu::journal
