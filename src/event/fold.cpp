#include "event/fold.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "journal/erasable.hpp"

namespace bongsu::event {

namespace json = boost::json;

namespace {

constexpr std::string_view kSchema = R"sql(
-- The latest content; an older state time never overwrites a newer one.
create table if not exists event (
  id text primary key, sender text not null, number text not null, codec text not null, state text not null,
  state_time bigint not null, revision bigint, digest text not null, type text not null,
  content text not null,
  first_seq bigint not null, last_seq bigint not null,
  raw bigint not null,  -- the message that it began with
  unique (sender, number));
-- Each distinct message of an event; digest and state time tell a repeat from an update. revision -1: none.
create table if not exists event_seen (
  event text not null, state text not null, state_time bigint not null, revision bigint not null,
  digest text not null, seq bigint not null, repeats bigint not null,
  primary key (event, state, state_time, revision, digest)) without rowid;
-- Each raw message and what followed; code 0: nothing refused. Its key is SQLite's own, `integer` and not `bigint`: no
-- second tree.
create table if not exists event_raw (
  seq integer primary key, time bigint not null, actor text not null, format text not null,
  event text not null, profile text not null,
  code bigint not null, field text not null, reason text not null,
  reason_seq bigint not null,  -- the entry that the reason came from
  attempts bigint not null, released bigint not null);  -- The entry by which a person released or dismissed it; 0: none.
create index if not exists event_raw_refused on event_raw (seq) where code <> 0;
create index if not exists event_raw_dead on event_raw (seq) where code <> 0 and released = 0;
)sql";

std::string text(const json::object& payload, std::string_view key) {
    const auto* value = payload.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::int64_t integer(const json::object& payload, std::string_view key, std::int64_t otherwise = 0) {
    const auto* value = payload.if_contains(key);
    if (value == nullptr) return otherwise;
    if (value->is_int64()) return value->get_int64();
    return value->is_uint64() ? static_cast<std::int64_t>(value->get_uint64()) : otherwise;
}

sql::Value revision_or_null(std::int64_t revision) {
    if (revision < 0) return nullptr;
    return revision;
}

Result<void> apply_raw(sql::Db& db, const journal::Entry& entry) {
    TRY([[maybe_unused]] const auto done,
        db.query("insert into event_raw (seq, time, actor, format, event, profile, code, field, reason, "
                 "reason_seq, attempts, released) values ($1, $2, $3, $4, '', $5, 0, '', '', 0, 0, 0)",
                 {static_cast<std::int64_t>(entry.seq), to_us(entry.time), entry.actor, text(entry.payload, "format"),
                  text(entry.payload, "profile")}));
    return {};
}

Result<void> apply_refused(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY([[maybe_unused]] const auto done,
        db.query("update event_raw set code = $1, field = $2, reason = $3, reason_seq = $5 where seq = $4",
                 {integer(p, "code"), text(p, "field"), text(p, "reason"), integer(p, "raw"),
                  static_cast<std::int64_t>(entry.seq)}));
    return {};
}

Result<void> apply_released(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    if (text(p, "outcome") == "refused") {
        TRY_DO(db.query("update event_raw set attempts = attempts + 1, code = $1, field = $2, reason = $3, "
                        "reason_seq = $5 where seq = $4",
                        {integer(p, "code"), text(p, "field"), text(p, "reason"), integer(p, "raw"),
                         static_cast<std::int64_t>(entry.seq)}));
        return {};
    }
    TRY_DO(db.query("update event_raw set released = $1 where seq = $2",
                    {static_cast<std::int64_t>(entry.seq), integer(p, "raw")}));
    return {};
}

Result<void> link_raw(sql::Db& db, const json::object& payload) {
    TRY([[maybe_unused]] const auto done, db.query("update event_raw set event = $1 where seq = $2",
                                                   {text(payload, "event"), integer(payload, "raw")}));
    return {};
}

Result<void> apply_received(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto seq = static_cast<std::int64_t>(entry.seq);
    const auto revision = integer(p, "revision", -1);
    TRY_DO(link_raw(db, p));
    TRY([[maybe_unused]] const auto seen,
        db.query(
            "insert into event_seen (event, state, state_time, revision, digest, seq, repeats) "
            "values ($1, $2, $3, $4, $5, $6, 0) on conflict do nothing",
            {text(p, "event"), text(p, "state"), integer(p, "statedTime", integer(p, "stateTime")), revision,
             text(p, "digest"), seq}));
    TRY([[maybe_unused]] const auto kept,
        db.query(
            "insert into event (id, sender, number, codec, state, state_time, revision, digest, type, "
            "content, "
            "first_seq, last_seq, raw) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12) "
            "on conflict (id) do update set codec = excluded.codec, state = excluded.state, "
            "state_time = excluded.state_time, revision = excluded.revision, digest = excluded.digest, "
            "type = excluded.type, content = excluded.content, last_seq = excluded.last_seq "
            "where coalesce(excluded.revision, -1) > coalesce(event.revision, -1) "
            "or (coalesce(excluded.revision, -1) = coalesce(event.revision, -1) "
            "and excluded.state_time >= event.state_time)",
            {text(p, "event"), text(p, "sender"), text(p, "number"), text(p, "codec"), text(p, "state"),
             integer(p, "stateTime"), revision_or_null(revision), text(p, "digest"), text(p, "type"),
             entry.erased ? json::serialize(p) : entry.payload_text, seq, integer(p, "raw")}));
    return {};
}

Result<void> apply_repeated(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(link_raw(db, p));
    TRY([[maybe_unused]] const auto seen,
        db.query("update event_seen set repeats = repeats + 1 where event = $1 and seq = $2",
                 {text(p, "event"), integer(p, "original")}));
    return {};
}

Result<void> forget(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto order, journal::order_of(entry));
    for (const auto& erased : order.entries) {
        if (erased.kind == "event.received") {
            TRY_DO(db.query("update event set content = $1 where id = $2 and last_seq = $3",
                            {json::serialize(erased.left), text(erased.left, "event"),
                             static_cast<std::int64_t>(erased.seq)}));
        } else if (erased.kind == "message.refused" || erased.kind == "message.released") {
            TRY_DO(db.query("update event_raw set reason = '' where seq = $1 and reason_seq = $2",
                            {integer(erased.left, "raw"), static_cast<std::int64_t>(erased.seq)}));
        }
    }
    return {};
}

}  // namespace

std::string_view EventFold::schema() const { return kSchema; }

Result<void> EventFold::apply(sql::Db& db, const journal::Entry& entry) {
    // Of an erased entry what its order left: the same is forgotten when the order comes.
    if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
    if (entry.kind == "message.received") return apply_raw(db, entry);
    if (entry.kind == "message.refused") return apply_refused(db, entry);
    if (entry.kind == "message.released") return apply_released(db, entry);
    if (entry.kind == "event.received") return apply_received(db, entry);
    if (entry.kind == "event.repeated") return apply_repeated(db, entry);
    return {};
}

}  // namespace bongsu::event
