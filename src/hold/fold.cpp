#include "hold/hold.hpp"
#include "journal/erasable.hpp"
#include "journal/payload.hpp"

namespace bongsu::hold {
namespace {

using journal::text_of;
using journal::texts_of;
using journal::whole_of;

std::int64_t seq_of(const journal::Entry& entry) { return static_cast<std::int64_t>(entry.seq); }

Result<void> ordered(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    sql::Value to = nullptr;
    if (p.contains("to")) to = whole_of(p, "to");
    TRY_DO(db.query("insert into hold(id, seq, incident, from_us, to_us, ordered_at, ordered_by, review_us, ended_by, reason) values ($1, $2, $3, $4, $5, $6, $7, $8, '', '')",
                    {text_of(p, "hold"), seq_of(entry), text_of(p, "incident"), whole_of(p, "from"), to, to_us(entry.time), entry.actor, whole_of(p, "reviewAt")}));
    std::int64_t place = 0;
    for (const auto& camera : texts_of(p, "cameras"))
        TRY_DO(db.query("insert into hold_camera(hold, place, camera) values ($1, $2, $3)", {text_of(p, "hold"), place++, camera}));
    return {};
}

/// That it was ended stays, what somebody said of it does not.
Result<void> forget(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto order, journal::order_of(entry));
    for (const auto& erased : order.entries) {
        if (erased.kind == "hold.ended")
            TRY_DO(db.query("update hold set reason = '' where id = $1 and ended_seq = $2", {text_of(erased.left, "hold"), static_cast<std::int64_t>(erased.seq)}));
    }
    return {};
}

}  // namespace

std::string_view HoldFold::schema() const {
    return R"sql(
create table if not exists hold(
  id text primary key, seq bigint not null unique, incident text not null, from_us bigint not null, to_us bigint,
  ordered_at bigint not null, ordered_by text not null, review_us bigint not null,
  ended_at bigint, ended_seq bigint, ended_by text not null, reason text not null);
create index if not exists hold_by_incident on hold(incident, seq);
create index if not exists hold_standing on hold(review_us) where ended_at is null;
create table if not exists hold_camera(hold text not null, place bigint not null, camera text not null, primary key(hold, place)) without rowid;
)sql";
}

Result<void> HoldFold::apply(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    if (entry.kind == "hold.ordered") return ordered(db, entry);
    if (entry.kind == "hold.bounded")
        TRY_DO(db.query("update hold set to_us = $2 where incident = $1 and ended_at is null and to_us is null", {text_of(p, "incident"), whole_of(p, "to")}));
    if (entry.kind == "hold.ended") {
        TRY_DO(db.query("update hold set ended_at = $2, ended_seq = $3, ended_by = $4, reason = $5 where id = $1 and ended_at is null",
                        {text_of(p, "hold"), to_us(entry.time), seq_of(entry), entry.actor, text_of(p, "reason")}));
    }
    if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
    return {};
}

}  // namespace bongsu::hold
