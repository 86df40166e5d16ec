#include <boost/json/object.hpp>

#include "journal/erasable.hpp"
#include "outbound/delivery.hpp"

namespace bongsu::outbound {

namespace json = boost::json;

namespace {

constexpr std::string_view kSchema = R"sql(
-- Every message to a partner; queue_seq is its place in the partner's queue, and changes when it is sent again.
create table if not exists outbound (
  id text primary key, seq bigint not null, queue_seq bigint not null unique, partner text not null,
  incident text not null, number text not null, code text not null, state_time bigint not null,
  type text not null,  -- empty once it is erased, where it was no code
  type_name text not null, grade text not null, lon_e7 bigint, lat_e7 bigint, place text not null,
  occurred_at bigint not null, state text not null, attempts bigint not null, why text not null,
  why_seq bigint not null,  -- the entry that `why` came from
   queued_at bigint not null, done_at bigint);
create index if not exists outbound_waiting on outbound (partner, queue_seq) where state = 'waiting';
create index if not exists outbound_by_state on outbound (state, queue_seq);
create index if not exists outbound_by_number on outbound (partner, number, state_time);
create index if not exists outbound_by_incident on outbound (incident, queue_seq);
)sql";

std::string text(const json::object& payload, std::string_view key) {
    const auto* value = payload.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::int64_t integer(const json::object& payload, std::string_view key) {
    const auto* value = payload.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

Result<void> apply_queued(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto* simulated = p.if_contains("simulated");
    const bool is_simulated = simulated != nullptr && simulated->is_bool() && simulated->get_bool();
    const auto position = event::from_journal(p.if_contains("position"));
    sql::Value lon = nullptr;
    sql::Value lat = nullptr;
    sql::Value done = nullptr;
    if (position) {
        lon = std::int64_t{position->lon_e7};
        lat = std::int64_t{position->lat_e7};
    }
    if (is_simulated) done = to_us(entry.time);
    TRY_DO(db.query("insert into outbound (id, seq, queue_seq, partner, incident, number, code, state_time, type, "
                    "type_name, grade, lon_e7, lat_e7, place, occurred_at, state, attempts, why, why_seq, queued_at, done_at) "
                    "values ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, '', 0, $16, $17)",
                    {text(p, "id"), static_cast<std::int64_t>(entry.seq), text(p, "partner"), text(p, "incident"),
                     text(p, "number"), text(p, "code"), integer(p, "stateTime"), text(p, "type"), text(p, "typeName"),
                     text(p, "grade"), lon, lat, text(p, "place"), integer(p, "occurredAt"),
                     std::string(is_simulated ? "simulated" : "waiting"), to_us(entry.time), done}));
    return {};
}

Result<void> apply_end(sql::Db& db, const journal::Entry& entry, const char* state) {
    const auto& p = entry.payload;
    TRY_DO(db.query("update outbound set state = $1, attempts = $2, why = $3, done_at = $4, why_seq = $6 where id = $5",
                    {std::string(state), integer(p, "attempts"), text(p, "why"), to_us(entry.time), text(p, "id"),
                     static_cast<std::int64_t>(entry.seq)}));
    return {};
}

Result<void> forget(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto order, journal::order_of(entry));
    for (const auto& erased : order.entries) {
        if (!erased.kind.starts_with("outbound.")) continue;
        const auto left = journal::left_of(erased.kind, erased.left);
        const auto id = text(left, "id");
        if (erased.kind == "outbound.queued") {
            TRY_DO(db.query("update outbound set place = '', type = $2, type_name = '', lon_e7 = null, lat_e7 = null where id = $1",
                            {id, text(left, "type")}));
        } else {
            TRY_DO(db.query("update outbound set why = '' where id = $1 and why_seq = $2",
                            {id, static_cast<std::int64_t>(erased.seq)}));
        }
    }
    return {};
}

}  // namespace

std::string_view OutboundFold::schema() const { return kSchema; }

Result<void> OutboundFold::apply(sql::Db& db, const journal::Entry& entry) {
    // Of an erased entry what its order left: the same is forgotten when the order comes.
    if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
    if (!entry.kind.starts_with("outbound.")) return {};
    const auto& p = entry.payload;
    if (entry.kind == "outbound.queued") return apply_queued(db, entry);
    if (entry.kind == "outbound.delivered") return apply_end(db, entry, "delivered");
    if (entry.kind == "outbound.failed") return apply_end(db, entry, "failed");
    if (entry.kind == "outbound.tried") {
        TRY_DO(db.query("update outbound set attempts = $1, why = $2, why_seq = $4 where id = $3",
                        {integer(p, "attempts"), text(p, "why"), text(p, "id"), static_cast<std::int64_t>(entry.seq)}));
    } else if (entry.kind == "outbound.requeued") {
        TRY_DO(db.query("update outbound set state = 'waiting', attempts = 0, done_at = null, queue_seq = $1 where id = $2",
                        {static_cast<std::int64_t>(entry.seq), text(p, "id")}));
    }
    return {};
}

}  // namespace bongsu::outbound
