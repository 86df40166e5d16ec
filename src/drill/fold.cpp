#include "drill/drill.hpp"
#include "journal/payload.hpp"

namespace bongsu::drill {
namespace {

using journal::text_of;
using journal::whole_of;

Result<void> begun(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto id = text_of(p, "drill");
    TRY_DO(db.query("insert into drill(id, seq, incident, speed, begun_at, begun_by, ended_by, reason) values ($1, $2, $3, $4, $5, $6, '', '')",
                    {id, static_cast<std::int64_t>(entry.seq), text_of(p, "incident"), whole_of(p, "speed"), to_us(entry.time), entry.actor}));
    const auto* steps = p.if_contains("steps");
    if (steps == nullptr || !steps->is_array()) return {};
    std::int64_t n = 0;
    for (const auto& step : steps->get_array()) {
        if (!step.is_object()) continue;
        TRY_DO(db.query("insert into drill_step(drill, n, entry, after_ms, incident) values ($1, $2, $3, $4, '')",
                        {id, n++, whole_of(step.get_object(), "seq"), whole_of(step.get_object(), "after")}));
    }
    return {};
}

}  // namespace

std::string_view DrillFold::schema() const {
    return R"sql(
create table if not exists drill(
  id text primary key, seq bigint not null unique, incident text not null, speed bigint not null, begun_at bigint not null, begun_by text not null,
  ended_at bigint, ended_by text not null, reason text not null);
create index if not exists drill_running on drill(seq) where ended_at is null;
create index if not exists drill_of on drill(incident);
create table if not exists drill_step(
  drill text not null, n bigint not null, entry bigint not null, after_ms bigint not null, told_at bigint, incident text not null, primary key(drill, n));
)sql";
}

Result<void> DrillFold::apply(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    if (entry.kind == "drill.begun") return begun(db, entry);
    if (entry.kind == "drill.told") {
        TRY_DO(db.query("update drill_step set told_at = $3, incident = $4 where drill = $1 and n = $2", {text_of(p, "drill"), whole_of(p, "n"), to_us(entry.time), text_of(p, "incident")}));
    }
    if (entry.kind == "drill.ended") {
        TRY_DO(db.query("update drill set ended_at = $2, ended_by = $3, reason = $4 where id = $1 and ended_at is null", {text_of(p, "drill"), to_us(entry.time), entry.actor, text_of(p, "reason")}));
    }
    return {};
}

}  // namespace bongsu::drill
