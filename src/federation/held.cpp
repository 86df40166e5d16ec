#include "federation/held.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace bongsu::federation {

namespace {

constexpr std::string_view kMade = "checkpoint.made";

class HeldFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "held"; }
    std::vector<std::string> tables() const override { return {"held", "held_made"}; }
    std::string_view schema() const override {
        return R"sql(
create table if not exists held (
  site text primary key,
  seq  integer not null);
create table if not exists held_made (
  one        integer primary key check (one = 1),
  checkpoint text not null);     -- JSON, as in the entry
)sql";
    }
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override {
        if (entry.kind == journal::kCheckpointHeld) {
            TRY(const auto checkpoint, journal::checkpoint_from_json(entry.payload));
            TRY_DO(db.query(
                "insert into held values ($1,$2) on conflict (site) do update set seq=excluded.seq "
                "where held.seq<excluded.seq",
                {checkpoint.site.value, static_cast<std::int64_t>(checkpoint.seq)}));
        } else if (entry.kind == kMade) {
            TRY_DO(
                db.query("insert into held_made values (1,$1) on conflict (one) do update set "
                         "checkpoint=excluded.checkpoint",
                         {boost::json::serialize(entry.payload)}));
        }
        return {};
    }
};

}  // namespace

std::unique_ptr<journal::Fold> make_held_fold() { return std::make_unique<HeldFold>(); }

Result<std::uint64_t> held_seq(sql::Db& db, const SiteId& site) {
    TRY(const auto rows, db.query("select seq from held where site=$1", {site.value}));
    return rows.empty() ? 0 : static_cast<std::uint64_t>(rows.front().integer(0));
}

Result<std::optional<journal::Checkpoint>> last_made(sql::Db& db) {
    TRY(const auto rows, db.query("select checkpoint from held_made"));
    if (rows.empty()) return std::optional<journal::Checkpoint>{};
    boost::system::error_code code;
    const auto value = boost::json::parse(rows.front().text(0), code);
    if (code || !value.is_object()) return fail(ErrorKind::corrupt, "held_made is not JSON");
    TRY(auto checkpoint, journal::checkpoint_from_json(value.get_object()));
    return std::optional{std::move(checkpoint)};
}

Result<bool> hold(journal::Book& book, const journal::Checkpoint& checkpoint, std::string_view public_key) {
    // What is held already is told again at each connection: it is not worth a signature's check.
    TRY(const auto held, held_seq(book.db(), checkpoint.site));
    if (checkpoint.seq <= held) return false;
    if (!journal::check(checkpoint, public_key))
        return fail(ErrorKind::forbidden, "a checkpoint with a false signature");
    TRY_DO(book.append({std::string(journal::kCheckpointHeld),
                        "site:" + checkpoint.site.value,
                        {"site:" + checkpoint.site.value},
                        journal::to_json(checkpoint)}));
    return true;
}

}  // namespace bongsu::federation
