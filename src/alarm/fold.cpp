#include "alarm/fold.hpp"

#include "journal/erasable.hpp"
#include "journal/payload.hpp"

namespace bongsu::alarm {
namespace {

using journal::text_of;
using journal::whole_of;

Result<void> activate(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("insert into alarm(id, seq, source, rule, parent, detail, priority, latched, active_at, shelved) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '')",
                    {text_of(p, "alarm"), static_cast<std::int64_t>(entry.seq), text_of(p, "source"), text_of(p, "rule"), text_of(p, "parent"),
                     text_of(p, "detail"), whole_of(p, "priority"), whole_of(p, "latched"), to_us(entry.time)}));
    return {};
}

/// A shelf for one time is over with that time.
Result<void> clear(sql::Db& db, const journal::Entry& entry) {
    TRY_DO(db.query("update alarm set cleared_at = $2, shelved = case when shelved = 'one_shot' then '' else shelved end where id = $1 and cleared_at is null",
                    {text_of(entry.payload, "alarm"), to_us(entry.time)}));
    return {};
}

Result<void> acknowledge(sql::Db& db, const journal::Entry& entry) {
    TRY_DO(db.query("update alarm set acked_at = $2, acked_by = $3 where id = $1 and acked_at is null", {text_of(entry.payload, "alarm"), to_us(entry.time), entry.actor}));
    return {};
}

Result<void> shelve(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(db.query("update alarm set shelved = $2, shelved_until = $3, shelved_why = $4, shelved_seq = $5 where id = $1",
                    {text_of(p, "alarm"), text_of(p, "how"), whole_of(p, "until"), text_of(p, "reason"), static_cast<std::int64_t>(entry.seq)}));
    return {};
}

Result<void> unshelve(sql::Db& db, const journal::Entry& entry) {
    TRY_DO(db.query("update alarm set shelved = '' where id = $1", {text_of(entry.payload, "alarm")}));
    return {};
}

Result<void> forget(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto order, journal::order_of(entry));
    for (const auto& erased : order.entries) {
        if (erased.kind != "alarm.shelved") continue;
        TRY_DO(db.query("update alarm set shelved_why = '' where id = $1 and shelved_seq = $2", {text_of(erased.left, "alarm"), static_cast<std::int64_t>(erased.seq)}));
    }
    return {};
}

}  // namespace

std::string_view AlarmFold::schema() const {
    return R"sql(
create table if not exists alarm(
  id text primary key, seq bigint not null, source text not null, rule text not null, parent text not null, detail text not null,
  priority bigint not null, latched bigint not null, active_at bigint not null, cleared_at bigint,
  acked_at bigint, acked_by text,
  shelved text not null,                         -- '', 'timed', 'one_shot'
  shelved_until bigint, shelved_why text, shelved_seq bigint);
create index if not exists alarm_active on alarm(source, rule) where cleared_at is null;
create index if not exists alarm_children on alarm(parent) where cleared_at is null;
create index if not exists alarm_unacked on alarm(seq) where acked_at is null;
create index if not exists alarm_by_time on alarm(active_at);
)sql";
}

Result<void> AlarmFold::apply(sql::Db& db, const journal::Entry& entry) {
    if (entry.kind == "alarm.activated") return activate(db, entry);
    if (entry.kind == "alarm.cleared") return clear(db, entry);
    if (entry.kind == "alarm.acknowledged") return acknowledge(db, entry);
    if (entry.kind == "alarm.shelved") return shelve(db, entry);
    if (entry.kind == "alarm.unshelved") return unshelve(db, entry);
    if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
    return {};
}

}  // namespace bongsu::alarm
