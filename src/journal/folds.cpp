#include "journal/folds.hpp"

#include <exception>

#include "crypto/crypto.hpp"
#include "journal/record.hpp"

namespace bongsu::journal {
namespace {

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

/// Type, length and bytes of each column: no two rows have one text.
std::string text_of(const sql::Row& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
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
    for (const auto& table : fold.tables()) TRY_DO(db.exec("drop table if exists " + quoted(table)));
    TRY_DO(db.exec(fold.schema()));
    return save_position(db, fold, 0, kNoDigest);
}

Result<void> apply_fold(sql::Db& db, Fold& fold, const Entry& entry) {
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
        for (const auto& table : fold->tables()) {
            digest = crypto::sha256(digest + "table " + table);
            TRY(const auto columns, db.key_columns(table));
            std::string key;
            for (const auto& column : columns) key += (key.empty() ? "" : ", ") + quoted(column);
            TRY(const auto rows, db.query("select * from " + quoted(table) + " order by " + key));
            for (const auto& row : rows) digest = crypto::sha256(digest + text_of(row));
        }
    }
    return crypto::to_hex(digest);
}

}  // namespace bongsu::journal
