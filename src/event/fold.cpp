#include "event/fold.hpp"

#include "journal/erasable.hpp"

namespace bongsu::event {

namespace json = boost::json;

namespace {

// A message costs mostly the trees that it touches: its own row is written once, and its content stays in the journal
// (last_seq).
constexpr std::string_view kSchema = R"sql(
-- The newest state; an older state time never overwrites a newer one.
create table if not exists event (
  id text primary key, sender text not null, number text not null, state text not null,
  state_time bigint not null, revision bigint,
  first_seq bigint not null, last_seq bigint not null,  -- the entries of its first and of its newest message
  profile text not null,  -- the partner's, by which its first message came; empty: none was agreed
  unique (sender, number)) without rowid;
-- Each distinct message of an event; digest and state time tell a repeat from an update. revision -1: none.
create table if not exists event_seen (
  event text not null, state text not null, state_time bigint not null, revision bigint not null,
  digest text not null, seq bigint not null, raw bigint not null, repeats bigint not null,
  primary key (event, state, state_time, revision, digest)) without rowid;
-- What stands in the journal about an event beside its messages: refused ones under its number, releases, their refusals.
-- An entry may be about several, so what it says itself stands with it: nobody need read it to know whose it is.
create table if not exists event_about (
  event text not null, seq bigint not null,
  raw bigint not null,  -- the raw message that it speaks of; the entry itself where it is one
  told text not null,  -- the event that it names; empty: none
  primary key (event, seq)) without rowid;
-- Each entry that says something of a refused message: its refusals, every try to release it, its dismissal.
create table if not exists event_word (
  raw bigint not null, seq bigint not null,
  told text not null,  -- the event that the entry names; empty: none
  primary key (raw, seq)) without rowid;
-- The event that a raw message told or was refused for. The key is SQLite's own, `integer` and not `bigint`: no second tree.
create table if not exists event_raw (seq integer primary key, event text not null);
-- Raw messages that led to nothing; code is never 0.
create table if not exists event_refused (
  seq integer primary key, time bigint not null, actor text not null, format text not null, profile text not null,
  code bigint not null, field text not null, reason text not null,
  reason_seq bigint not null,  -- the entry that the reason came from
  sender text not null, number text not null,  -- under which it was sent; empty: nobody can tell, or erased
  under_seq bigint not null,  -- the entry that they came from
  attempts bigint not null, released bigint not null);  -- The entry by which a person released or dismissed it; 0: none.
create index if not exists event_refused_waits on event_refused (seq) where released = 0;
create index if not exists event_refused_under on event_refused (number, sender) where number <> '';
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

Result<void> link_raw(sql::Db& db, const json::object& payload) {
    TRY_DO(db.query("insert into event_raw (seq, event) values ($1, $2) on conflict (seq) do update set event = excluded.event",
                    {integer(payload, "raw"), text(payload, "event")}));
    return {};
}

Result<void> keep_word(sql::Db& db, const journal::Entry& entry) {
    TRY_DO(db.query("insert into event_word (raw, seq, told) values ($1, $2, $3) on conflict do nothing",
                    {integer(entry.payload, "raw"), static_cast<std::int64_t>(entry.seq), text(entry.payload, "event")}));
    return {};
}

/// All that was said of this raw message, also before anybody knew whose it is, stands with the event.
Result<void> keep_words_about(sql::Db& db, const std::string& event, std::int64_t raw) {
    TRY_DO(db.query("insert into event_about (event, seq, raw, told) select $1, seq, raw, told from event_word where raw = $2 "
                    "on conflict do nothing",
                    {event, raw}));
    return {};
}

/// A second refusal of the same message is the newest word on it.
Result<void> apply_refused(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto raw = integer(p, "raw");
    const auto seq = static_cast<std::int64_t>(entry.seq);
    const auto event = text(p, "event");
    TRY_DO(db.query("insert into event_refused (seq, time, actor, format, profile, code, field, reason, reason_seq, "
                    "sender, number, under_seq, attempts, released) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $9, 0, 0) "
                    "on conflict (seq) do update set code = excluded.code, field = excluded.field, "
                    "reason = excluded.reason, reason_seq = excluded.reason_seq, "
                    "sender = excluded.sender, number = excluded.number, under_seq = excluded.under_seq",
                    {raw, to_us(entry.time), entry.actor, text(p, "format"), text(p, "profile"), integer(p, "code"),
                     text(p, "field"), text(p, "reason"), seq, text(p, "sender"), text(p, "number")}));
    TRY_DO(keep_word(db, entry));
    if (event.empty()) return {};
    TRY_DO(link_raw(db, p));
    TRY_DO(db.query("insert into event_about (event, seq, raw, told) values ($1, $2, $2, '') on conflict do nothing", {event, raw}));
    return keep_words_about(db, event, raw);
}

/// A release stands with the event that it led to, or under whose number its message stays refused; so does all before it.
Result<void> keep_release_about(sql::Db& db, const journal::Entry& entry) {
    const auto raw = integer(entry.payload, "raw");
    auto event = text(entry.payload, "event");
    if (event.empty()) {
        TRY(const auto linked, db.query("select event from event_raw where seq = $1", {raw}));
        if (linked.empty()) return {};
        event = linked[0].text(0);
    }
    return keep_words_about(db, event, raw);
}

Result<void> apply_released(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    TRY_DO(keep_word(db, entry));
    TRY_DO(keep_release_about(db, entry));
    if (text(p, "outcome") == "refused") {
        TRY_DO(db.query("update event_refused set attempts = attempts + 1, code = $1, field = $2, reason = $3, "
                        "reason_seq = $5 where seq = $4",
                        {integer(p, "code"), text(p, "field"), text(p, "reason"), integer(p, "raw"),
                         static_cast<std::int64_t>(entry.seq)}));
        return {};
    }
    TRY_DO(db.query("update event_refused set released = $1 where seq = $2",
                    {static_cast<std::int64_t>(entry.seq), integer(p, "raw")}));
    return {};
}

Result<void> apply_received(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto seq = static_cast<std::int64_t>(entry.seq);
    const auto revision = integer(p, "revision", -1);
    TRY_DO(link_raw(db, p));
    TRY([[maybe_unused]] const auto seen,
        db.query(
            "insert into event_seen (event, state, state_time, revision, digest, seq, raw, repeats) "
            "values ($1, $2, $3, $4, $5, $6, $7, 0) on conflict do nothing",
            {text(p, "event"), text(p, "state"), integer(p, "statedTime", integer(p, "stateTime")), revision,
             text(p, "digest"), seq, integer(p, "raw")}));
    TRY([[maybe_unused]] const auto kept,
        db.query(
            "insert into event (id, sender, number, state, state_time, revision, first_seq, last_seq, profile) "
            "values ($1, $2, $3, $4, $5, $6, $7, $7, $8) "
            "on conflict (id) do update set state = excluded.state, state_time = excluded.state_time, "
            "revision = excluded.revision, last_seq = excluded.last_seq "
            "where coalesce(excluded.revision, -1) > coalesce(event.revision, -1) "
            "or (coalesce(excluded.revision, -1) = coalesce(event.revision, -1) "
            "and excluded.state_time >= event.state_time)",
            {text(p, "event"), text(p, "sender"), text(p, "number"), text(p, "state"), integer(p, "stateTime"),
             revision_or_null(revision), seq, text(p, "profile")}));
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
        if (erased.kind != "message.refused" && erased.kind != "message.released") continue;
        TRY_DO(db.query("update event_refused set reason = '' where seq = $1 and reason_seq = $2",
                        {integer(erased.left, "raw"), static_cast<std::int64_t>(erased.seq)}));
        TRY_DO(db.query("update event_refused set sender = '', number = '' where seq = $1 and under_seq = $2",
                        {integer(erased.left, "raw"), static_cast<std::int64_t>(erased.seq)}));
    }
    return {};
}

}  // namespace

std::string_view EventFold::schema() const { return kSchema; }

Result<void> EventFold::apply(sql::Db& db, const journal::Entry& entry) {
    // Of an erased entry what its order left: the same is forgotten when the order comes.
    if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
    if (entry.kind == "message.refused") return apply_refused(db, entry);
    if (entry.kind == "message.released") return apply_released(db, entry);
    if (entry.kind == "event.received") return apply_received(db, entry);
    if (entry.kind == "event.repeated") return apply_repeated(db, entry);
    return {};
}

}  // namespace bongsu::event
