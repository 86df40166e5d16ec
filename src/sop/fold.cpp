#include "sop/fold.hpp"

#include "journal/erasable.hpp"
#include "journal/payload.hpp"

namespace bongsu::sop {
namespace {

using journal::text_of;
using journal::whole_of;

std::int64_t seq_of(const journal::Entry& entry) { return static_cast<std::int64_t>(entry.seq); }

Result<void> publish(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("insert into sop_text(sop, version, digest, body) values ($1, $2, $3, $4) on conflict(sop, version) do nothing",
                    {text_of(p, "sop"), whole_of(p, "version"), text_of(p, "digest"), text_of(p, "text")}));
    return {};
}

Result<void> begin(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("insert into sop_run(incident, sop, version, begun_at) values ($1, $2, $3, $4) on conflict(incident) do nothing",
                    {text_of(p, "incident"), text_of(p, "sop"), whole_of(p, "version"), to_us(entry.time)}));
    return {};
}

Result<void> add_step(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const std::int64_t skipped = entry.kind == "sop.step_skipped" ? 1 : 0;
    TRY_DO(db.query("insert into sop_step(incident, seq, step, answer, skipped, reason, actor, at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
                    {text_of(p, "incident"), seq_of(entry), text_of(p, "step"), text_of(p, "answer"), skipped, text_of(p, "reason"), entry.actor, to_us(entry.time)}));
    if (text_of(p, "to").empty()) return {};
    TRY_DO(db.query("insert into sop_told(incident, step, agency, at, silent_us, over) values ($1, $2, $3, $4, $5, 0) on conflict(incident, step) do nothing",
                    {text_of(p, "incident"), text_of(p, "step"), text_of(p, "to"), to_us(entry.time), whole_of(p, "silent")}));
    return {};
}

Result<void> acknowledge(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("update sop_told set acknowledged_at = $3, acknowledged_by = $4 where incident = $1 and step = $2 and acknowledged_at is null",
                    {text_of(p, "incident"), text_of(p, "step"), to_us(entry.time), entry.actor}));
    return {};
}

/// The incident is over: whoever has not answered by then answers nobody any more.
Result<void> end(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto to = text_of(p, "to");
    const bool is_merged = entry.kind == "incident.merged";
    const bool is_over = is_merged || to == "released" || to == "closed" || to == "cancelled" || to == "auto_closed";
    if (is_over) TRY_DO(db.query("update sop_told set over = 1 where incident = $1", {text_of(p, is_merged ? "other" : "incident")}));
    return {};
}

/// That a step was skipped stays, what somebody said of it does not.
Result<void> forget(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto order, journal::order_of(entry));
    for (const auto& erased : order.entries) {
        if (erased.kind != "sop.step_skipped") continue;
        TRY_DO(db.query("update sop_step set reason = '' where incident = $1 and seq = $2", {text_of(erased.left, "incident"), static_cast<std::int64_t>(erased.seq)}));
    }
    return {};
}

}  // namespace

std::string_view SopFold::schema() const {
    return R"sql(
create table if not exists sop_text(sop text not null, version bigint not null, digest text not null, body text not null, primary key(sop, version));
create table if not exists sop_run(incident text primary key, sop text not null, version bigint not null, begun_at bigint not null);
create table if not exists sop_step(
  incident text not null, seq bigint not null, step text not null, answer text not null, skipped bigint not null,
  reason text not null, actor text not null, at bigint not null, primary key(incident, seq));
create table if not exists sop_told(
  incident text not null, step text not null, agency text not null, at bigint not null,
  silent_us bigint not null,                     -- after so long without an acknowledgement it is silent; 0: none is waited for
  acknowledged_at bigint, acknowledged_by text,
  over bigint not null,                          -- 1: its incident has ended
  primary key(incident, step));
create index if not exists sop_told_open on sop_told(at) where acknowledged_at is null and over = 0;
)sql";
}

Result<void> SopFold::apply(sql::Db& db, const journal::Entry& entry) {
    if (entry.kind == "sop.published") return publish(db, entry);
    if (entry.kind == "sop.begun") return begin(db, entry);
    if (entry.kind == "sop.step_done" || entry.kind == "sop.step_skipped") return add_step(db, entry);
    if (entry.kind == "sop.acknowledged") return acknowledge(db, entry);
    if (entry.kind == "incident.changed" || entry.kind == "incident.acted" || entry.kind == "incident.merged") return end(db, entry);
    if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
    return {};
}

}  // namespace bongsu::sop
