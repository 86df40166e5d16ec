#include "imports/record.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace bongsu::imports {

namespace json = boost::json;

namespace {

constexpr std::string_view kColumns =
    "id, site, list, actor, base, undoes, undone_by, list_digest, file_digest, rows, added, changed, "
    "unchanged, removed, refused, cameras, "
    "detected, seq, time";

std::string text_of(const json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

class ImportsFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "imports"; }
    std::vector<std::string> tables() const override { return {"imports"}; }
    std::string_view schema() const override {
        return R"sql(
create table if not exists imports (
  id          text primary key,
  site        text not null,
  list        text not null,
  actor       text not null,
  base        text not null,      -- the list that stood before; '' for the first
  undoes      text not null,      -- '' for an import
  undone_by   text not null,
  list_digest text not null,
  file_digest text not null,
  rows        integer not null,
  added       integer not null,
  changed     integer not null,
  unchanged   integer not null,
  removed     integer not null,
  refused     integer not null,
  cameras     integer not null,
  detected    text not null,      -- JSON, as in the entry
  seq         integer not null,
  time        integer not null);
create index if not exists imports_by_list on imports (site, list, seq);
)sql";
    }
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override {
        if (entry.kind != kImported && entry.kind != kUndone) return {};
        const auto& p = entry.payload;
        const auto* detected = p.if_contains("detected");
        TRY_DO(db.query(
            "insert into imports values ($1,$2,$3,$4,$5,$6,'',$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)",
            {text_of(p, "import"), text_of(p, "site"), text_of(p, "list"), entry.actor, text_of(p, "base"),
             text_of(p, "undoes"), text_of(p, "listDigest"), text_of(p, "fileDigest"), number_of(p, "rows"),
             number_of(p, "added"), number_of(p, "changed"), number_of(p, "unchanged"),
             number_of(p, "removed"), number_of(p, "refused"), number_of(p, "cameras"),
             detected != nullptr ? json::serialize(*detected) : std::string("[]"),
             static_cast<std::int64_t>(entry.seq), to_us(entry.time)}));
        if (entry.kind == kUndone)
            TRY_DO(db.query("update imports set undone_by = $1 where id = $2",
                            {text_of(p, "import"), text_of(p, "undoes")}));
        return {};
    }
};

Record record_of(const sql::Row& row) {
    Record record{.id = row.text(0),
                  .site = {row.text(1)},
                  .list = row.text(2),
                  .user = row.text(3),
                  .base = row.text(4),
                  .undoes = row.text(5),
                  .undone_by = row.text(6),
                  .list_digest = row.text(7),
                  .file_digest = row.text(8),
                  .rows = row.integer(9),
                  .added = row.integer(10),
                  .changed = row.integer(11),
                  .unchanged = row.integer(12),
                  .removed = row.integer(13),
                  .refused = row.integer(14),
                  .cameras = row.integer(15),
                  .detected = {},
                  .seq = static_cast<std::uint64_t>(row.integer(17)),
                  .time = from_us(row.integer(18))};
    boost::system::error_code code;
    auto detected = json::parse(row.text(16), code);
    if (!code && detected.is_array()) record.detected = std::move(detected.get_array());
    return record;
}

Result<std::vector<Record>> ask(sql::Db& db, const std::string& rest, const std::vector<sql::Value>& values) {
    TRY(const auto rows, db.query("select " + std::string(kColumns) + " from imports " + rest, values));
    std::vector<Record> found;
    for (const auto& row : rows) found.push_back(record_of(row));
    return found;
}

}  // namespace

Result<void> record(journal::Book& book, const Record& record) {
    const bool is_undo = !record.undoes.empty();
    std::vector<std::string> subjects{"site:" + record.site.value, "import:" + record.id};
    if (is_undo) subjects.push_back("import:" + record.undoes);
    json::object payload{
        {"import", record.id},       {"site", record.site.value},        {"list", record.list},
        {"base", record.base},       {"listDigest", record.list_digest}, {"added", record.added},
        {"changed", record.changed}, {"unchanged", record.unchanged},    {"removed", record.removed},
        {"cameras", record.cameras}};
    if (is_undo) {
        payload["undoes"] = record.undoes;
    } else {
        payload["fileDigest"] = record.file_digest;
        payload["rows"] = record.rows;
        payload["refused"] = record.refused;
        payload["detected"] = record.detected;
    }
    TRY_DO(book.append(
        {std::string(is_undo ? kUndone : kImported), record.user, std::move(subjects), std::move(payload)}));
    return {};
}

std::unique_ptr<journal::Fold> make_imports_fold() { return std::make_unique<ImportsFold>(); }

Result<std::vector<Record>> standing(sql::Db& db) {
    return ask(db, "where seq in (select max(seq) from imports group by site, list) order by seq", {});
}

Result<std::optional<Record>> standing(sql::Db& db, const SiteId& site, const std::string& list) {
    TRY(auto found, ask(db, "where site = $1 and list = $2 order by seq desc limit 1", {site.value, list}));
    return found.empty() ? std::optional<Record>{} : std::optional(std::move(found.front()));
}

Result<Record> find(sql::Db& db, const std::string& id) {
    TRY(auto found, ask(db, "where id = $1", {id}));
    if (found.empty()) return fail(ErrorKind::not_found, "there is no import " + id.substr(0, 40));
    return std::move(found.front());
}

Result<bool> is_kept(sql::Db& db, const std::string& id, std::size_t kept) {
    TRY(const auto rows,
        db.query(
            "select count(*) from imports newer, imports it where it.id = $1 and newer.site = it.site and "
            "newer.list = it.list and newer.seq >= it.seq",
            {id}));
    const auto place = rows[0].integer(0);  // 0: nobody knows it; 1: it stands.
    return place >= 1 && place <= static_cast<std::int64_t>(kept);
}

Result<std::vector<Record>> page(sql::Db& db, std::uint64_t before, std::size_t limit) {
    const auto top =
        before == 0 ? std::int64_t{9'000'000'000'000'000'000} : static_cast<std::int64_t>(before);
    return ask(db, "where seq < $1 order by seq desc limit $2",
               {top, static_cast<std::int64_t>(std::min(limit, kImportsPageMax))});
}

}  // namespace bongsu::imports
