#include "journal/erasable.hpp"
#include "journal/payload.hpp"
#include "ptz/lease.hpp"

namespace bongsu::ptz {
namespace {

using journal::text_of;

std::int64_t seq_of(const journal::Entry& entry) { return static_cast<std::int64_t>(entry.seq); }

Result<void> leased(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("insert into ptz_lease(id, seq, camera, holder, agency, rank, grant_id, incident, purpose, reason, leased_at, motions, motion, why, taken_by) "
                    "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, '', '', '')",
                    {text_of(p, "lease"), seq_of(entry), text_of(p, "camera"), text_of(p, "user"), text_of(p, "agency"), text_of(p, "rank"), text_of(p, "grant"),
                     text_of(p, "incident"), text_of(p, "purpose"), text_of(p, "reason"), to_us(entry.time)}));
    return {};
}

/// That somebody had the camera stays, what they said of it does not.
Result<void> forget(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto order, journal::order_of(entry));
    for (const auto& erased : order.entries) {
        if (erased.kind == "ptz.leased")
            TRY_DO(db.query("update ptz_lease set reason = '' where id = $1 and seq = $2", {text_of(erased.left, "lease"), static_cast<std::int64_t>(erased.seq)}));
    }
    return {};
}

}  // namespace

std::string_view PtzFold::schema() const {
    return R"sql(
create table if not exists ptz_lease(
  id text primary key, seq bigint not null unique, camera text not null, holder text not null, agency text not null, rank text not null,
  grant_id text not null, incident text not null, purpose text not null, reason text not null, leased_at bigint not null,
  motions bigint not null, motion text not null, ended_at bigint, why text not null, taken_by text not null);
create unique index if not exists ptz_lease_standing on ptz_lease(camera) where ended_at is null;
)sql";
}

Result<void> PtzFold::apply(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    if (entry.kind == "ptz.leased") return leased(db, entry);
    if (entry.kind == "ptz.released") {
        TRY_DO(db.query("update ptz_lease set ended_at = $2, why = $3, taken_by = $4, motion = '' where id = $1 and ended_at is null",
                        {text_of(p, "lease"), to_us(entry.time), text_of(p, "why"), text_of(p, "by")}));
    }
    if (entry.kind == "ptz.moved")
        TRY_DO(db.query("update ptz_lease set motions = motions + 1, motion = $2 where id = $1", {text_of(p, "lease"), text_of(p, "act") == "move" ? text_of(p, "motion") : std::string()}));
    if (entry.kind == "ptz.rested") TRY_DO(db.query("update ptz_lease set motion = '' where id = $1 and motion = $2", {text_of(p, "lease"), text_of(p, "motion")}));
    if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
    return {};
}

}  // namespace bongsu::ptz
