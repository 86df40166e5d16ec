#include "incident/fold.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "incident/cells.hpp"
#include "incident/rows.hpp"
#include "incident/transitions.hpp"
#include "journal/erasable.hpp"

namespace bongsu::incident {

namespace json = boost::json;

namespace {

constexpr std::string_view kSchema = R"sql(
create table if not exists incident (
  id text primary key, seq bigint not null unique, site text not null,
  event text not null,  -- that opened it
  sender text not null, number text not null,
  type text not null,  -- empty once it is erased, where it was no code
  type_name text not null,
  known bigint not null,
  grade text not null, state text not null, lon_e7 bigint, lat_e7 bigint, position_fault text not null,
  cell bigint,  -- of the position: cells.hpp
  place text not null, body text not null, faults text not null, note text not null,
  occurred_at bigint not null, content_time bigint not null, opened_at bigint not null,
  updated_at bigint not null,
  received_by text, received_at bigint, acting_at bigint, ended_at bigint, outcome text not null,
  cameras bigint not null,
  content_seq bigint not null,  -- the entry that position, place and text came from
  test bigint not null,
  owner text, owned_at bigint, commander text, commanded_at bigint,
  escalation bigint not null,
  reports bigint not null, merged_into text,
  moves bigint not null);
create index if not exists incident_by_sender on incident (sender, seq);
create index if not exists incident_by_state on incident (state, seq);
create index if not exists incident_by_opening on incident (opened_at);
create index if not exists incident_by_end on incident (ended_at) where ended_at is not null;
create index if not exists incident_moves on incident (seq) where ended_at is null and moves > 0;
create index if not exists incident_open_by_cell on incident (cell, seq) where ended_at is null;
create index if not exists incident_waits on incident (grade, escalation, opened_at) where ended_at is null and owner is null and commander is null and test = 0;
-- What each sender says of the case: one row, or some where several report it.
create table if not exists incident_event (
  event text not null, incident text not null,
  seq bigint not null,  -- of the entry that brought it here
  sender text not null, number text not null, type text not null, type_name text not null, known bigint not null, grade text not null,
  lon_e7 bigint, lat_e7 bigint, position_fault text not null, place text not null, body text not null, faults text not null, note text not null,
  occurred_at bigint not null, content_time bigint not null,
  content_seq bigint not null, said_seq bigint not null,  -- the entries that the content and the type came from
  ended_at bigint, ended_code text not null,
  joined_by text not null, distance_m bigint not null,
  gone bigint not null,  -- 1: taken out, it is another incident's
  primary key (event, incident));
create index if not exists incident_event_of on incident_event (incident, seq);
create index if not exists incident_event_joined on incident_event (sender, incident) where joined_by <> '';
-- Every entry that names the incident as a subject, whichever room wrote it.
create table if not exists incident_timeline (
  incident text not null, seq bigint not null, time bigint not null, kind text not null, actor text not null,
  payload text not null, primary key (incident, seq));
-- The newest choice; rank 0 is the best.
create table if not exists incident_camera (
  incident text not null, rank bigint not null, camera text not null, score bigint not null,
  reasons text not null, seq bigint not null,  -- of the choice's entry
  primary key (incident, rank)) without rowid;
)sql";

constexpr std::string_view kIncidentPrefix = "incident:";

std::string text(const json::object& payload, std::string_view key) {
    const auto* value = payload.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::int64_t integer(const json::object& payload, std::string_view key) {
    const auto* value = payload.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::int64_t flag(const json::object& payload, std::string_view key) {
    const auto* value = payload.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool() ? 1 : 0;
}

std::string list_text(const json::object& payload, std::string_view key) {
    const auto* value = payload.if_contains(key);
    return value != nullptr && value->is_array() ? json::serialize(*value) : "[]";
}

struct Columns {
    sql::Value lon = nullptr;
    sql::Value lat = nullptr;
    sql::Value cell = nullptr;
};

Columns position_columns(const json::object& payload) {
    const auto position = event::from_journal(payload.if_contains("position"));
    if (!position) return {};
    return {std::int64_t{position->lon_e7}, std::int64_t{position->lat_e7}, cell_of(*position)};
}

/// Not inlined: GCC 12 takes the variant's unused half for uninitialised otherwise.
[[gnu::noinline]] sql::Value null_unless(bool is_set, sql::Value value) {
    if (!is_set) value = nullptr;
    return value;
}

/// Sets the state and, once each, the times that follow from it. `receiver` is a person's id or empty.
Result<void> set_state(sql::Db& db, const journal::Entry& entry, const std::string& receiver) {
    const auto& p = entry.payload;
    const auto to = state_of(text(p, "to")).value_or(State::fresh);
    const bool is_received = to == State::received;
    const std::int64_t now = to_us(entry.time);
    const auto by = null_unless(is_received && !receiver.empty(), receiver);
    const auto received_at = null_unless(is_received, now);
    const auto acting_at = null_unless(to == State::acting, now);
    const auto ended_at = null_unless(!is_open(to), now);
    TRY([[maybe_unused]] const auto done,
        db.query("update incident set state = $1, updated_at = $2, "
                 "received_by = case when received_at is null then $3 else received_by end, "
                 "received_at = coalesce(received_at, $4), acting_at = coalesce(acting_at, $5), "
                 "ended_at = coalesce(ended_at, $6) where id = $7",
                 {text(p, "to"), now, by, received_at, acting_at, ended_at, text(p, "incident")}));
    return {};
}

Result<void> add_report(sql::Db& db, const journal::Entry& entry, const std::string& joined_by, std::int64_t distance) {
    const auto& p = entry.payload;
    const auto place = position_columns(p);
    const auto seq = static_cast<std::int64_t>(entry.seq);
    TRY_DO(db.query("insert into incident_event (event, incident, seq, sender, number, type, type_name, known, grade, lon_e7, lat_e7, position_fault, place, body, faults, note, "
                    "occurred_at, content_time, content_seq, said_seq, ended_code, joined_by, distance_m, gone) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
                    "$16, $17, $18, $3, $3, '', $19, $20, 0) on conflict (event, incident) do update set gone = 0, seq = excluded.seq, joined_by = excluded.joined_by",
                    {text(p, "event"), text(p, "incident"), seq, text(p, "sender"), text(p, "number"), text(p, "type"), text(p, "typeName"), flag(p, "known"), text(p, "grade"),
                     place.lon, place.lat, text(p, "positionFault"), text(p, "place"), text(p, "text"), list_text(p, "faults"), text(p, "note"), integer(p, "occurredAt"),
                     integer(p, "stateTime"), joined_by, distance}));
    return {};
}

/// The incident shows what the newest of its reports says: of one that was taken out nothing is left in it.
Result<void> show_newest(sql::Db& db, const std::string& incident) {
    TRY(const auto rows, db.query("select lon_e7, lat_e7, position_fault, place, body, content_time, content_seq from incident_event where incident = $1 and gone = 0 "
                                  "order by content_time desc, seq, event limit 1",
                                  {incident}));
    if (rows.empty()) return {};
    const auto& row = rows[0];
    sql::Value lon = nullptr, lat = nullptr, cell = nullptr;
    if (!row.is_null(0)) {
        lon = row.integer(0);
        lat = row.integer(1);
        cell = cell_of({static_cast<std::int32_t>(row.integer(0)), static_cast<std::int32_t>(row.integer(1))});
    }
    TRY_DO(db.query("update incident set lon_e7 = $1, lat_e7 = $2, cell = $3, position_fault = $4, place = $5, body = $6, content_time = $7, content_seq = $8 where id = $9",
                    {lon, lat, cell, row.text(2), row.text(3), row.text(4), row.integer(5), row.integer(6), incident}));
    return {};
}

Result<void> count_reports(sql::Db& db, const std::string& incident) {
    TRY_DO(db.query("update incident set reports = (select count(*) from incident_event where incident = $1 and gone = 0) where id = $1", {incident}));
    return {};
}

/// Where the entry's state is no open one, its event has ended with it.
Result<void> end_report(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto to = state_of(text(p, "to")).value_or(State::fresh);
    if (is_open(to)) return {};
    const std::string code(ending_code(to));
    TRY_DO(db.query("update incident_event set ended_at = coalesce(ended_at, $1), ended_code = case when ended_code = '' then $2 else ended_code end where event = $3 and incident = $4",
                    {to_us(entry.time), code, text(p, "event"), text(p, "incident")}));
    return {};
}

/// What the sender's own content is after the entry: its own, where several report the case.
Result<void> change_report(sql::Db& db, const journal::Entry& entry) {
    // Where there are several its own words stand apart; once they are erased, none.
    const bool is_apart = entry.payload.contains("ownStateTime");
    const auto* own = entry.payload.if_contains("own");
    const json::object none;
    const auto& content = !is_apart ? entry.payload : own != nullptr && own->is_object() ? own->get_object() : none;
    const auto place = position_columns(content);
    TRY_DO(db.query("update incident_event set lon_e7 = $1, lat_e7 = $2, position_fault = $3, place = $4, body = $5, content_time = $6, content_seq = $7 where event = $8 and incident = $9",
                    {place.lon, place.lat, text(entry.payload, is_apart ? "ownPositionFault" : "positionFault"), text(content, "place"), text(content, "text"),
                     integer(entry.payload, is_apart ? "ownStateTime" : "stateTime"),
                     static_cast<std::int64_t>(entry.seq), text(entry.payload, "event"), text(entry.payload, "incident")}));
    return end_report(db, entry);
}

std::string actor_of(const journal::Entry& entry) {
    constexpr std::string_view kUser = "user:";
    return entry.actor.starts_with(kUser) ? entry.actor.substr(kUser.size()) : std::string();
}

Result<void> apply_opened(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto place = position_columns(p);
    const std::int64_t known = flag(p, "known");
    TRY([[maybe_unused]] const auto done, db.query("insert into incident (id, seq, site, event, sender, "
                                                   "number, type, type_name, known, grade, state, "
                                                   "lon_e7, lat_e7, position_fault, place, body, faults, "
                                                   "note, occurred_at, content_time, opened_at, "
                                                   "updated_at, outcome, cameras, content_seq, test, escalation, reports, cell, moves) values ($1, $2, $3, $4, "
                                                   "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
                                                   "$15, $16, $17, $18, $19, $20, $21, $22, '', 0, $2, $23, 0, 1, $24, 0)",
                                                   {text(p, "incident"),
                                                    static_cast<std::int64_t>(entry.seq),
                                                    text(p, "site"),
                                                    text(p, "event"),
                                                    text(p, "sender"),
                                                    text(p, "number"),
                                                    text(p, "type"),
                                                    text(p, "typeName"),
                                                    known,
                                                    text(p, "grade"),
                                                    text(p, "state"),
                                                    place.lon,
                                                    place.lat,
                                                    text(p, "positionFault"),
                                                    text(p, "place"),
                                                    text(p, "text"),
                                                    list_text(p, "faults"),
                                                    text(p, "note"),
                                                    integer(p, "occurredAt"),
                                                    integer(p, "stateTime"),
                                                    integer(p, "openedAt"),
                                                    to_us(entry.time),
                                                    flag(p, "test"),
                                                    place.cell}));
    TRY_DO(add_report(db, entry, "", 0));
    // Taken out of another one: that has a report less.
    if (const auto from = text(p, "splitFrom"); !from.empty()) {
        TRY_DO(db.query("update incident_event set gone = 1 where event = $1 and incident = $2", {text(p, "event"), from}));
        TRY_DO(show_newest(db, from));
        TRY_DO(count_reports(db, from));
    }
    // Born received or ended: the same columns as by a change.
    journal::Entry born = entry;
    born.payload["to"] = text(p, "state");
    TRY_DO(set_state(db, born, {}));
    return end_report(db, born);
}

Result<void> apply_joined(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto id = text(p, "incident");
    TRY_DO(add_report(db, entry, "rule:" + text(p, "rule"), integer(p, "distance")));
    if (text(p, "grade") == "10") TRY_DO(db.query("update incident set grade = '10' where id = $1", {id}));
    TRY_DO(db.query("update incident set updated_at = $1 where id = $2", {to_us(entry.time), id}));
    return count_reports(db, id);
}

/// Whoever had the other one in hand, or led it, goes on with the case where nobody does yet.
Result<void> take_over_persons(sql::Db& db, const std::string& id, const std::string& other) {
    for (const auto& [what, since] : {std::pair{"owner", "owned_at"}, std::pair{"commander", "commanded_at"}, std::pair{"received_by", "received_at"}}) {
        TRY_DO(db.query(std::string("update incident set ") + since + " = (select " + since + " from incident where id = $2), " + what + " = (select " + what +
                            " from incident where id = $2) where id = $1 and " + what + " is null and exists (select 1 from incident where id = $2 and " + what + " is not null)",
                        {id, other}));
    }
    TRY_DO(db.query("update incident set acting_at = (select acting_at from incident where id = $2) where id = $1 and acting_at is null", {id, other}));
    return {};
}

/// All that reported the one reports the other from now on.
Result<void> apply_merged(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto id = text(p, "incident"), other = text(p, "other");
    const std::int64_t now = to_us(entry.time);
    // What was taken out of the one and comes back with the other.
    TRY_DO(db.query("delete from incident_event where incident = $1 and gone = 1 and event in (select event from incident_event where incident = $2 and gone = 0)", {id, other}));
    // Its rows there stay, gone: what stands on that timeline about an event is found by them.
    TRY_DO(db.query("insert into incident_event (event, incident, seq, sender, number, type, type_name, known, grade, lon_e7, lat_e7, position_fault, place, body, faults, note, "
                    "occurred_at, content_time, content_seq, said_seq, ended_at, ended_code, joined_by, distance_m, gone) "
                    "select event, $1, $2, sender, number, type, type_name, known, grade, lon_e7, lat_e7, position_fault, place, body, faults, note, "
                    "occurred_at, content_time, content_seq, said_seq, ended_at, ended_code, $3, $4, 0 from incident_event where incident = $5 and gone = 0",
                    {id, static_cast<std::int64_t>(entry.seq), entry.actor, integer(p, "distance"), other}));
    TRY_DO(db.query("update incident_event set gone = 1 where incident = $1", {other}));
    TRY_DO(db.query("update incident set state = 'closed', outcome = 'duplicate', merged_into = $1, ended_at = coalesce(ended_at, $2), updated_at = $2, reports = 0 where id = $3", {id, now, other}));
    if (text(p, "grade") == "10") TRY_DO(db.query("update incident set grade = '10' where id = $1", {id}));
    TRY_DO(take_over_persons(db, id, other));
    TRY_DO(set_state(db, entry, actor_of(entry)));
    TRY_DO(db.query("update incident set owner = $1, owned_at = $2 where id = $3 and owner is null and state <> 'new'", {actor_of(entry), now, id}));
    if (flag(p, "takesPlace") == 1) TRY_DO(show_newest(db, id));
    return count_reports(db, id);
}

Result<void> apply_changed(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto place = position_columns(p);
    TRY([[maybe_unused]] const auto done,
        db.query("update incident set lon_e7 = $1, lat_e7 = $2, position_fault = $3, place = $4, body = $5, cell = $10, "
                 "content_time = $6, content_seq = $8, test = case when $9 = 1 then 0 else test end, moves = moves + $11 where id = $7",
                 {place.lon, place.lat, text(p, "positionFault"), text(p, "place"), text(p, "text"),
                  integer(p, "stateTime"), text(p, "incident"), static_cast<std::int64_t>(entry.seq), flag(p, "real"), place.cell, flag(p, "moved")}));
    TRY_DO(change_report(db, entry));
    return set_state(db, entry, {});
}

/// Whose it is, and who commands it. Who does something about it has it in hand when nobody else has.
Result<void> set_persons(sql::Db& db, const journal::Entry& entry, const std::string& actor) {
    const auto& p = entry.payload;
    const auto act = text(p, "act"), id = text(p, "incident");
    const auto kind = act == kProcedureStep ? std::optional(ActClass::step) : act_class(act);
    const std::int64_t now = to_us(entry.time);
    if (kind == ActClass::hand)
        TRY_DO(db.query("update incident set owner = $1, owned_at = $2 where id = $3", {act == "hand_over" ? text(p, "person") : actor, now, id}));
    if (kind == ActClass::receive || kind == ActClass::step)
        TRY_DO(db.query("update incident set owner = $1, owned_at = $2 where id = $3 and owner is null", {actor, now, id}));
    if (kind == ActClass::command)
        TRY_DO(db.query("update incident set commander = $1, commanded_at = $2 where id = $3", {actor, now, id}));
    if (kind == ActClass::yield) TRY_DO(db.query("update incident set commander = null, commanded_at = null where id = $1", {id}));
    return {};
}

Result<void> apply_acted(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto actor = actor_of(entry);
    TRY_DO(set_state(db, entry, actor));
    if (!actor.empty()) TRY_DO(set_persons(db, entry, actor));
    if (text(p, "outcome").empty()) return {};
    TRY([[maybe_unused]] const auto done, db.query("update incident set outcome = $1 where id = $2",
                                                   {text(p, "outcome"), text(p, "incident")}));
    return {};
}

Result<void> apply_cameras(sql::Db& db, const journal::Entry& entry) {
    const auto id = text(entry.payload, "incident");
    const auto* chosen = entry.payload.if_contains("cameras");
    TRY([[maybe_unused]] const auto cleared,
        db.query("delete from incident_camera where incident = $1", {id}));
    const json::array none;  // Erased: a choice that nobody is told any more.
    std::int64_t rank = 0;
    for (const auto& each : chosen != nullptr && chosen->is_array() ? chosen->get_array() : none) {
        if (!each.is_object()) continue;
        const auto& camera = each.get_object();
        TRY([[maybe_unused]] const auto done,
            db.query("insert into incident_camera (incident, rank, camera, score, reasons, seq) values ($1, $2, "
                     "$3, $4, $5, $6)",
                     {id, rank++, text(camera, "camera"), integer(camera, "score"),
                      list_text(camera, "reasons"), static_cast<std::int64_t>(entry.seq)}));
    }
    TRY([[maybe_unused]] const auto counted,
        db.query("update incident set cameras = $1 where id = $2", {rank, id}));
    return {};
}

Result<void> apply_timeline(sql::Db& db, const journal::Entry& entry) {
    if (entry.kind == "record.read") return {};  // Who looked is the access log's to tell; nothing happened here.
    std::vector<std::string> about;
    for (const auto& subject : entry.subjects) {
        if (subject.starts_with(kIncidentPrefix)) about.push_back(subject.substr(kIncidentPrefix.size()));
    }
    if (entry.kind == "event.repeated") {  // Its writer knows the event only.
        TRY(const auto incident, incident_of_event(db, EventId{text(entry.payload, "event")}));
        if (incident) about.push_back(incident->value);
    }
    for (const auto& id : about) {
        TRY([[maybe_unused]] const auto done,
            db.query("insert into incident_timeline (incident, seq, time, kind, actor, payload) "
                     "values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                     {id, static_cast<std::int64_t>(entry.seq), to_us(entry.time), entry.kind, entry.actor,
                      entry.erased ? json::serialize(entry.payload) : entry.payload_text}));
    }
    return {};
}

/// Position, place, text, faults and free words of what is erased go, a type that is no code among them; states and times stay for the statistics.
Result<void> forget(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto order, journal::order_of(entry));
    for (const auto& erased : order.entries) {
        const auto left = journal::left_of(erased.kind, erased.left);
        const auto id = text(left, "incident"), event = text(left, "event");
        const auto seq = static_cast<std::int64_t>(erased.seq);
        if (id.empty()) continue;
        // By its event: a report may be another incident's by now.
        TRY_DO(db.query("update incident_event set lon_e7 = null, lat_e7 = null, place = '', body = '' where event = $1 and content_seq = $2", {event, seq}));
        TRY_DO(db.query("update incident_event set faults = '[]', type_name = '', type = $3 where event = $1 and said_seq = $2", {event, seq, text(left, "type")}));
        // A merge stands on the timelines of both.
        for (const auto& of : {id, text(left, "other")}) {
            if (!of.empty()) TRY_DO(db.query("update incident_timeline set payload = $1 where incident = $2 and seq = $3", {json::serialize(left), of, seq}));
        }
        TRY_DO(db.query("update incident set lon_e7 = null, lat_e7 = null, cell = null, place = '', body = '' "
                        "where content_seq = $2 and (id = $1 or id in (select incident from incident_event where event = $3))",
                        {id, seq, event}));
        TRY_DO(db.query("update incident set faults = '[]', type_name = '', type = $3 where id = $1 and seq = $2",
                        {id, seq, text(left, "type")}));
        TRY_DO(db.query("update incident set cameras = 0 where id = $1 and exists "
                        "(select 1 from incident_camera where incident = $1 and seq = $2)",
                        {id, seq}));
        TRY_DO(db.query("delete from incident_camera where incident = $1 and seq = $2", {id, seq}));
        // An outcome in the centre's own words is not left; the usual words are.
        if (erased.kind == "incident.acted" && !left.contains("outcome"))
            TRY_DO(db.query("update incident set outcome = '' where id = $1", {id}));
    }
    return {};
}

}  // namespace

std::string_view IncidentFold::schema() const { return kSchema; }

Result<void> IncidentFold::apply(sql::Db& db, const journal::Entry& entry) {
    // Of an erased entry what its order left: the same is forgotten when the order comes.
    if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
    if (entry.kind == "incident.opened") TRY_DO(apply_opened(db, entry));
    if (entry.kind == "incident.changed") TRY_DO(apply_changed(db, entry));
    if (entry.kind == "incident.acted") TRY_DO(apply_acted(db, entry));
    if (entry.kind == "cameras.chosen") TRY_DO(apply_cameras(db, entry));
    if (entry.kind == "incident.joined") TRY_DO(apply_joined(db, entry));
    if (entry.kind == "incident.merged") TRY_DO(apply_merged(db, entry));
    if (entry.kind == "incident.report_ended")
        TRY_DO(db.query("update incident_event set ended_at = $1, ended_code = $2 where event = $3 and incident = $4",
                        {to_us(entry.time), text(entry.payload, "code"), text(entry.payload, "event"), text(entry.payload, "incident")}));
    if (entry.kind == "incident.escalated")
        TRY_DO(db.query("update incident set escalation = $1 where id = $2", {integer(entry.payload, "level"), text(entry.payload, "incident")}));
    return apply_timeline(db, entry);
}

}  // namespace bongsu::incident
