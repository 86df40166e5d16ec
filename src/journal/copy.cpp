#include "journal/copy.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.hpp"
#include "crypto/crypto.hpp"
#include "journal/erasable.hpp"
#include "journal/record.hpp"

namespace bongsu::journal {
namespace {

constexpr std::string_view kSchema =
    "create table if not exists journal_entry("
    "seq integer primary key, time integer not null, kind text not null, actor text not null, "
    "subjects text not null, payload text, salt text, payload_digest text not null, prev text not null, "
    "digest text not null, erased integer not null, remains text);"
    "create index if not exists journal_entry_by_kind on journal_entry(kind, seq);"
    "create table if not exists journal_copy("
    "one integer primary key check (one = 1), site text not null, seq integer not null, digest text not null)";

std::string subjects_text(const Entry& entry) {
    boost::json::array list;
    for (const auto& subject : entry.subjects) list.emplace_back(subject);
    return boost::json::serialize(list);
}

/// A row's values, in the order of the table. The payload is in its canonical form, as its digest was made of it; of an
/// erased entry there is none, and in `remains` stands what its order left.
Result<std::vector<sql::Value>> values_of(const Entry& entry) {
    sql::Value payload = nullptr;
    sql::Value salt = nullptr;
    sql::Value remains = nullptr;
    if (entry.erased) {
        TRY(remains, crypto::canonical_json(entry.payload));
    } else {
        payload = entry.payload_text;
        salt = crypto::to_hex(entry.salt);
    }
    return std::vector<sql::Value>{static_cast<std::int64_t>(entry.seq),
                                   to_us(entry.time),
                                   entry.kind,
                                   entry.actor,
                                   subjects_text(entry),
                                   std::move(payload),
                                   std::move(salt),
                                   entry.payload_digest,
                                   entry.prev,
                                   entry.digest,
                                   std::int64_t{entry.erased ? 1 : 0},
                                   std::move(remains)};
}

constexpr const char* kColumns[] = {"seq",  "time",           "kind", "actor",  "subjects", "payload",
                                    "salt", "payload_digest", "prev", "digest", "erased",   "remains"};
constexpr std::size_t kPayload = 5, kSalt = 6, kPayloadDigest = 7, kErased = 10;

std::string columns() {
    std::string all;
    for (const auto* column : kColumns) all += (all.empty() ? "" : ", ") + std::string(column);
    return all;
}

bool same(const sql::Row& row, std::size_t column, const sql::Value& value) {
    if (std::holds_alternative<std::nullptr_t>(value)) return row.is_null(column);
    if (const auto* number = std::get_if<std::int64_t>(&value)) return !row.is_null(column) && row.integer(column) == *number;
    return row.is_text(column) && row.text(column) == std::get<std::string>(value);
}

/// Of an entry that is erased in the journal: the row is of before the order, and whole.
bool is_whole(const sql::Row& row) {
    const auto salt = crypto::from_hex(row.text(kSalt), "salt");
    return row.integer(kErased) == 0 && salt &&
           crypto::to_hex(crypto::sha256(*salt + row.text(kPayload))) == row.text(kPayloadDigest);
}

}  // namespace

Result<void> Copy::open(const DigestOf& digest_of) {
    TRY_DO(db_.exec("begin immediate"));
    auto prepared = prepare(digest_of);
    if (prepared) prepared = db_.exec("commit");
    if (!prepared) (void)db_.exec("rollback");
    return prepared;
}

Result<void> Copy::prepare(const DigestOf& digest_of) {
    TRY_DO(db_.exec(kSchema));
    TRY(const auto rows, db_.query("select site, seq, digest from journal_copy"));
    seq_ = 0;
    if (!rows.empty()) {
        if (rows[0].text(0) != site_.value) {
            return fail(ErrorKind::conflict, "the copy is that of site " + rows[0].text(0) + ", not of " + site_.value);
        }
        seq_ = static_cast<std::uint64_t>(rows[0].integer(1));
        TRY(const auto digest, digest_of(seq_));
        if (seq_ > 0 && (!digest || *digest != rows[0].text(2))) {
            return fail(ErrorKind::conflict, "the copy's entry " + std::to_string(seq_) +
                                                 " is not the journal's: see docs/store.md, \"When copy and journal differ\"");
        }
    }
    TRY_DO(create_positions(db_));
    TRY(positions_, fold_positions(db_, folds_));
    for (auto& position : positions_) {
        bool confirmed = position.schema == schema_digest(*position.fold);
        if (confirmed && position.seq > 0) {
            TRY(const auto digest, digest_of(position.seq));
            confirmed = digest && *digest == position.digest;
        }
        if (confirmed) continue;
        if (!position.schema.empty()) {
            LOG_WARN("copy.fold_rebuilt", {{"fold", position.fold->name()}, {"seq", position.seq}});
        }
        TRY_DO(drop_fold(db_, *position.fold));
        position.seq = 0;
        position.digest = kNoDigest;
    }
    return {};
}

std::uint64_t Copy::position() const {
    auto least = seq_;
    for (const auto& position : positions_) least = std::min(least, position.seq);
    return least;
}

Result<void> Copy::insert(const Entry& entry) {
    TRY(const auto values, values_of(entry));
    static const std::string statement =
        "insert into journal_entry(" + columns() + ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    TRY_DO(db_.query(statement, values));
    return {};
}

/// The copy forgets with the order, which is before the wipe of the files or after it.
Result<void> Copy::erase(const Entry& order) {
    TRY(const auto ordered, order_of(order));
    for (const auto& named : ordered.entries) {
        TRY(const auto remains, crypto::canonical_json(named.left));
        TRY_DO(db_.query("update journal_entry set payload = null, salt = null, erased = 1, remains = $2 where seq = $1",
                         {static_cast<std::int64_t>(named.seq), remains}));
    }
    return {};
}

Result<void> Copy::take_all(std::span<const Entry> entries) {
    auto seq = seq_;
    auto positions = positions_;
    for (const auto& entry : entries) {
        if (entry.seq > seq) {
            TRY_DO(insert(entry));
            if (entry.kind == kErasureOrdered) TRY_DO(erase(entry));
            seq = entry.seq;
        }
        for (auto& position : positions) {
            if (position.seq >= entry.seq) continue;
            TRY_DO(apply_fold(db_, *position.fold, entry));
            position.seq = entry.seq;
            position.digest = entry.digest;
        }
    }
    for (const auto& position : positions) TRY_DO(save_position(db_, *position.fold, position.seq, position.digest));
    if (seq > seq_) {
        TRY_DO(db_.query("insert into journal_copy(one, site, seq, digest) values (1, $1, $2, $3) "
                         "on conflict(one) do update set seq = excluded.seq, digest = excluded.digest",
                         {site_.value, static_cast<std::int64_t>(seq), entries.back().digest}));
    }
    TRY_DO(db_.pipeline(false));
    TRY_DO(db_.exec("commit"));
    seq_ = seq;
    positions_ = std::move(positions);
    return {};
}

Result<void> Copy::take(std::span<const Entry> entries) {
    if (entries.empty()) return {};
    BONGSU_CHECK(entries.front().seq == position() + 1);
    TRY_DO(db_.exec("begin immediate"));
    auto done = db_.pipeline(entries.size() > 1);  // By itself an entry's failure names its statement.
    if (done) done = take_all(entries);
    if (!done) {
        (void)db_.pipeline(false);
        (void)db_.exec("rollback");  // The error that counts is the first one.
    }
    return done;
}

Result<void> follow_once(Copy& copy, Follower& follower, std::uint64_t upto, const CopyBatch& batch) {
    std::vector<Entry> entries;
    const auto bytes_before = follower.bytes_read();
    TRY_DO(follower.read(copy.position(), upto, [&](Entry entry) -> Result<bool> {
        entries.push_back(std::move(entry));
        return entries.size() < batch.entries_max && follower.bytes_read() - bytes_before < batch.bytes_max;
    }));
    return copy.take(entries);
}

Result<CopyReader> CopyReader::open(sql::Db& db, const SiteId& site) {
    const auto rows = db.query("select site, seq from journal_copy");
    if (!rows && rows.error().kind == ErrorKind::invalid)
        return fail(ErrorKind::not_found, "there is no copy of a journal in this schema");
    TRY(const auto found, rows);
    if (found.empty()) return CopyReader(db, 0);
    if (found[0].text(0) != site.value)
        return fail(ErrorKind::conflict, "the copy is that of site " + found[0].text(0) + ", not of " + site.value);
    return CopyReader(db, static_cast<std::uint64_t>(found[0].integer(1)));
}

Result<std::optional<std::string>> CopyReader::compare(std::span<const Entry> entries) {
    if (entries.empty()) return std::optional<std::string>{};
    static const std::string statement =
        "select " + columns() + " from journal_entry where seq >= $1 and seq <= $2 order by seq";
    TRY(const auto rows, db_->query(statement, {static_cast<std::int64_t>(entries.front().seq),
                                                static_cast<std::int64_t>(entries.back().seq)}));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto name = "entry " + std::to_string(entries[i].seq);
        if (i >= rows.size() || rows[i].integer(0) != static_cast<std::int64_t>(entries[i].seq))
            return std::optional(name + " is missing");
        TRY(const auto values, values_of(entries[i]));
        const bool is_older = entries[i].erased && is_whole(rows[i]);
        for (std::size_t column = 0; column < values.size(); ++column) {
            if (is_older && (column == kPayload || column == kSalt || column >= kErased)) continue;
            if (!same(rows[i], column, values[column]))
                return std::optional(name + ": its " + kColumns[column] + " is not the journal's");
        }
        if (entries[i].kind != kErasureOrdered) continue;
        TRY(auto here, still_here(entries[i]));
        if (here) return here;
    }
    return std::optional<std::string>{};
}

Result<std::optional<std::string>> CopyReader::still_here(const Entry& order) {
    TRY(const auto ordered, order_of(order));
    for (const auto& named : ordered.entries) {
        TRY(const auto rows, db_->query("select 1 from journal_entry where seq = $1 and (erased = 0 or payload is not null "
                                        "or salt is not null)",
                                        {static_cast<std::int64_t>(named.seq)}));
        if (!rows.empty()) {
            return std::optional("entry " + std::to_string(named.seq) + ": its contents are here, though entry " +
                                 std::to_string(order.seq) + " orders their erasure");
        }
    }
    return std::optional<std::string>{};
}

Result<std::optional<std::string>> CopyReader::beyond(std::uint64_t last) {
    TRY(const auto rows, db_->query("select seq from journal_entry where seq > $1 or seq < 1 order by seq limit 1",
                                    {static_cast<std::int64_t>(last)}));
    if (rows.empty()) return std::optional<std::string>{};
    return std::optional("entry " + std::to_string(rows[0].integer(0)) + " is in the copy and not in the journal");
}

}  // namespace bongsu::journal
