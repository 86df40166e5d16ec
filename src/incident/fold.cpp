#include "incident/fold.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "journal/erasable.hpp"

namespace bongsu::incident {

namespace json = boost::json;

namespace {

constexpr std::string_view kSchema = R"sql(
create table if not exists incident (
  id text primary key, seq bigint not null unique, site text not null,
  event text not null,  -- of several that one opened the newest counts: a case behind a drill under its number
  sender text not null, number text not null,
  type text not null,  -- empty once it is erased, where it was no code
  type_name text not null,
  known bigint not null,
  grade text not null, state text not null, lon_e7 bigint, lat_e7 bigint, position_fault text not null,
  place text not null, body text not null, faults text not null, note text not null,
  occurred_at bigint not null, content_time bigint not null, opened_at bigint not null,
  updated_at bigint not null,
  received_by text, received_at bigint, acting_at bigint, ended_at bigint, outcome text not null,
  cameras bigint not null,
  content_seq bigint not null,  -- the entry that position, place and text came from
  test bigint not null);
create index if not exists incident_by_event on incident (event, seq);
create index if not exists incident_by_sender on incident (sender, seq);
create index if not exists incident_by_state on incident (state, seq);
create index if not exists incident_by_opening on incident (opened_at);
create index if not exists incident_by_end on incident (ended_at) where ended_at is not null;
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
};

Columns position_columns(const json::object& payload) {
    const auto position = event::from_journal(payload.if_contains("position"));
    if (!position) return {};
    return {std::int64_t{position->lon_e7}, std::int64_t{position->lat_e7}};
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

Result<void> apply_opened(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto place = position_columns(p);
    const std::int64_t known = flag(p, "known");
    TRY([[maybe_unused]] const auto done, db.query("insert into incident (id, seq, site, event, sender, "
                                                   "number, type, type_name, known, grade, state, "
                                                   "lon_e7, lat_e7, position_fault, place, body, faults, "
                                                   "note, occurred_at, content_time, opened_at, "
                                                   "updated_at, outcome, cameras, content_seq, test) values ($1, $2, $3, $4, "
                                                   "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
                                                   "$15, $16, $17, $18, $19, $20, $21, $22, '', 0, $2, $23)",
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
                                                    flag(p, "test")}));
    // Born received or ended: the same columns as by a change.
    journal::Entry born = entry;
    born.payload["to"] = text(p, "state");
    return set_state(db, born, {});
}

Result<void> apply_changed(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto place = position_columns(p);
    TRY([[maybe_unused]] const auto done,
        db.query("update incident set lon_e7 = $1, lat_e7 = $2, position_fault = $3, place = $4, body = $5, "
                 "content_time = $6, content_seq = $8, test = case when $9 = 1 then 0 else test end where id = $7",
                 {place.lon, place.lat, text(p, "positionFault"), text(p, "place"), text(p, "text"),
                  integer(p, "stateTime"), text(p, "incident"), static_cast<std::int64_t>(entry.seq), flag(p, "real")}));
    return set_state(db, entry, {});
}

Result<void> apply_acted(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    constexpr std::string_view kUser = "user:";
    TRY_DO(set_state(db, entry, entry.actor.starts_with(kUser) ? entry.actor.substr(kUser.size()) : ""));
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
        const auto id = text(left, "incident");
        const auto seq = static_cast<std::int64_t>(erased.seq);
        if (id.empty()) continue;
        TRY_DO(db.query("update incident_timeline set payload = $1 where incident = $2 and seq = $3",
                        {json::serialize(left), id, seq}));
        TRY_DO(db.query("update incident set lon_e7 = null, lat_e7 = null, place = '', body = '' "
                        "where id = $1 and content_seq = $2",
                        {id, seq}));
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

constexpr std::string_view kSelect =
    "select id, seq, site, event, sender, number, type, type_name, known, grade, state, lon_e7, lat_e7, "
    "position_fault, place, body, faults, note, occurred_at, content_time, opened_at, updated_at, "
    "received_by, "
    "received_at, acting_at, ended_at, outcome, cameras, test from incident ";

std::vector<std::string> texts_of(const std::string& serialized) {
    boost::system::error_code code;
    const auto value = json::parse(serialized, code);
    std::vector<std::string> out;
    if (code || !value.is_array()) return out;
    for (const auto& each : value.get_array()) {
        if (each.is_string()) out.emplace_back(each.get_string());
    }
    return out;
}

std::optional<WallTime> optional_time(const sql::Row& row, std::size_t column) {
    if (row.is_null(column)) return std::nullopt;
    return from_us(row.integer(column));
}

Incident incident_of(const sql::Row& row) {
    Incident out;
    out.id = {row.text(0)};
    out.seq = static_cast<std::uint64_t>(row.integer(1));
    out.site = {row.text(2)};
    out.event = {row.text(3)};
    out.sender = row.text(4);
    out.number = row.text(5);
    out.type = row.text(6);
    out.type_name = row.text(7);
    out.known = row.integer(8) != 0;
    out.grade = row.text(9);
    out.state = state_of(row.text(10)).value_or(State::fresh);
    if (!row.is_null(11)) {
        out.position = event::Position{static_cast<std::int32_t>(row.integer(11)),
                                       static_cast<std::int32_t>(row.integer(12))};
    }
    out.position_fault = event::position_fault_of(row.text(13));
    out.place = row.text(14);
    out.text = row.text(15);
    out.faults = texts_of(row.text(16));
    out.note = row.text(17);
    out.occurred_at = from_us(row.integer(18));
    out.content_time = from_us(row.integer(19));
    out.opened_at = from_us(row.integer(20));
    out.updated_at = from_us(row.integer(21));
    if (!row.is_null(22)) out.received_by = UserId{row.text(22)};
    out.received_at = optional_time(row, 23);
    out.acting_at = optional_time(row, 24);
    out.ended_at = optional_time(row, 25);
    out.outcome = row.text(26);
    out.cameras = row.integer(27);
    out.test = row.integer(28) != 0;
    return out;
}

constexpr std::size_t kOnlyTheseMax = 1000;

bool is_wanted(const ListQuery& query, const Incident& incident) {
    return incident.seq < query.before_seq &&
           (query.states.empty() ||
            std::find(query.states.begin(), query.states.end(), incident.state) != query.states.end());
}

/// Seven places, one per state: a shorter list repeats its last, so the statement's text stays one.
void add_states(const ListQuery& query, std::vector<sql::Value>& values) {
    for (std::size_t i = 0; i < 7; ++i) {
        const auto state =
            query.states.empty() ? static_cast<State>(i) : query.states[std::min(i, query.states.size() - 1)];
        values.emplace_back(std::string(to_string(state)));
    }
}

/// The newest that an organisation sent; "P1:room" stands between "P1:" and "P1;".
Result<std::vector<Incident>> sent_by(sql::Db& db, const ListQuery& query, std::size_t count) {
    const auto before = static_cast<std::int64_t>(std::min<std::uint64_t>(query.before_seq, INT64_MAX));
    std::vector<sql::Value> values{before, static_cast<std::int64_t>(count)};
    add_states(query, values);
    values.emplace_back(query.sender);
    values.emplace_back(query.sender + ":");
    values.emplace_back(query.sender + ";");
    TRY(const auto rows, db.query(std::string(kSelect) +
                                      "where seq < $1 and state in ($3, $4, $5, $6, $7, $8, $9) and "
                                      "(sender = $10 or (sender >= $11 and sender < $12)) order by seq desc limit $2",
                                  values));
    std::vector<Incident> out;
    for (const auto& row : rows) out.push_back(incident_of(row));
    return out;
}

/// An agency's few incidents are fetched one by one: no statement text depends on their number.
Result<std::vector<Incident>> only_these(sql::Db& db, const ListQuery& query, std::size_t count) {
    std::vector<Incident> out;
    const auto& ids = *query.only_these;
    for (std::size_t i = ids.size() - std::min(ids.size(), kOnlyTheseMax); i < ids.size(); ++i) {
        TRY(const auto rows, db.query(std::string(kSelect) + "where id = $1", {ids[i].value}));
        if (rows.empty()) continue;
        auto incident = incident_of(rows[0]);
        if (is_wanted(query, incident)) out.push_back(std::move(incident));
    }
    if (!query.sender.empty()) {
        TRY(auto own, sent_by(db, query, count));
        std::move(own.begin(), own.end(), std::back_inserter(out));
    }
    std::sort(out.begin(), out.end(), [](const Incident& a, const Incident& b) { return a.seq > b.seq; });
    out.erase(
        std::unique(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.seq == b.seq; }),
        out.end());
    return out;
}

Result<std::vector<Incident>> from_all(sql::Db& db, const ListQuery& query, std::size_t count) {
    const auto before = static_cast<std::int64_t>(std::min<std::uint64_t>(query.before_seq, INT64_MAX));
    std::vector<sql::Value> values{before, static_cast<std::int64_t>(count)};
    add_states(query, values);
    TRY(const auto rows,
        db.query(std::string(kSelect) + "where seq < $1 and state in ($3, $4, $5, $6, $7, $8, $9) "
                                        "order by seq desc limit $2",
                 values));
    std::vector<Incident> out;
    for (const auto& row : rows) out.push_back(incident_of(row));
    return out;
}

}  // namespace

Result<std::vector<Incident>> between(sql::Db& db, WallTime from, WallTime to) {
    TRY(const auto rows, db.query(std::string(kSelect) + "where test = 0 and ((opened_at >= $1 and opened_at < $2) or (ended_at >= $1 and ended_at < $2)) "
                                                         "order by seq limit 10000",
                                  {to_us(from), to_us(to)}));
    std::vector<Incident> out;
    for (const auto& row : rows) out.push_back(incident_of(row));
    return out;
}

Result<OpenOnes> open_ones(sql::Db& db, std::size_t limit) {
    TRY(const auto count, db.query("select count(*) from incident where state in ('new', 'received', 'acting') and test = 0"));
    TRY(const auto rows, db.query(std::string(kSelect) + "where state in ('new', 'received', 'acting') and test = 0 order by seq limit $1", {static_cast<std::int64_t>(limit)}));
    OpenOnes out{static_cast<std::size_t>(count[0].integer(0)), {}};
    for (const auto& row : rows) out.items.push_back(incident_of(row));
    return out;
}

Result<Work> work_between(sql::Db& db, WallTime from, WallTime to) {
    // Every driver answers whole numbers here: sums of cases, no averages.
    TRY(const auto rows,
        db.query("select count(*), coalesce(sum(case when grade = '10' then 1 else 0 end), 0), "
                 "coalesce(sum(case when received_by is not null then 1 else 0 end), 0), "
                 "coalesce(sum(case when received_by is not null and received_at - opened_at <= $3 then 1 else 0 end), 0), "
                 "coalesce(sum(case when ended_at is not null then 1 else 0 end), 0), "
                 "coalesce(sum(case when outcome = 'true' then 1 else 0 end), 0), coalesce(sum(case when outcome = 'false' then 1 else 0 end), 0), "
                 "coalesce(sum(case when ended_at is not null then (ended_at - opened_at) / 1000000 else 0 end), 0) "
                 "from incident where test = 0 and opened_at >= $1 and opened_at < $2",
                 {to_us(from), to_us(to), std::chrono::microseconds(kInTime).count()}));
    const auto& row = rows[0];
    return Work{row.integer(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4), row.integer(5), row.integer(6), std::chrono::seconds(row.integer(7))};
}

bool is_sent_by(const Incident& incident, std::string_view agency) {
    return !agency.empty() && incident.sender.starts_with(agency) &&
           (incident.sender.size() == agency.size() || incident.sender[agency.size()] == ':');
}

std::string_view IncidentFold::schema() const { return kSchema; }

Result<void> IncidentFold::apply(sql::Db& db, const journal::Entry& entry) {
    // Of an erased entry what its order left: the same is forgotten when the order comes.
    if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
    if (entry.kind == "incident.opened") TRY_DO(apply_opened(db, entry));
    if (entry.kind == "incident.changed") TRY_DO(apply_changed(db, entry));
    if (entry.kind == "incident.acted") TRY_DO(apply_acted(db, entry));
    if (entry.kind == "cameras.chosen") TRY_DO(apply_cameras(db, entry));
    return apply_timeline(db, entry);
}

Result<Page> list(sql::Db& db, const ListQuery& query) {
    const auto limit = std::clamp<std::size_t>(query.limit, 1, kPageMax);
    auto found = query.only_these ? only_these(db, query, limit + 1) : from_all(db, query, limit + 1);
    TRY(auto incidents, std::move(found));
    Page page;
    if (incidents.size() > limit) {
        incidents.erase(incidents.begin() + static_cast<std::ptrdiff_t>(limit), incidents.end());
        page.next = incidents.back().seq;
    }
    page.items = std::move(incidents);
    return page;
}

Result<Incident> get(sql::Db& db, const IncidentId& id) {
    TRY(const auto rows, db.query(std::string(kSelect) + "where id = $1", {id.value}));
    if (rows.empty()) return fail(ErrorKind::not_found, "there is no such incident");
    return incident_of(rows[0]);
}

Result<std::optional<IncidentId>> incident_of_event(sql::Db& db, const EventId& event) {
    TRY(const auto rows, db.query("select id from incident where event = $1 order by seq desc limit 1", {event.value}));
    if (rows.empty()) return std::optional<IncidentId>{};
    return std::optional<IncidentId>{IncidentId{rows[0].text(0)}};
}

Result<std::vector<TimelineEntry>> timeline(sql::Db& db, const IncidentId& id, std::uint64_t after,
                                            std::size_t limit) {
    const auto from = static_cast<std::int64_t>(std::min<std::uint64_t>(after, INT64_MAX));
    TRY(const auto rows,
        db.query("select seq, time, kind, actor, payload from incident_timeline "
                 "where incident = $1 and seq > $2 order by seq limit $3",
                 {id.value, from, static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, kPageMax + 1))}));
    std::vector<TimelineEntry> out;
    for (const auto& row : rows) {
        out.push_back({static_cast<std::uint64_t>(row.integer(0)), from_us(row.integer(1)), row.text(2),
                       row.text(3), row.text(4)});
    }
    return out;
}

Result<std::vector<ChosenCamera>> cameras(sql::Db& db, const IncidentId& id) {
    TRY(const auto rows,
        db.query("select camera, score, reasons from incident_camera where incident = $1 order by rank",
                 {id.value}));
    std::vector<ChosenCamera> out;
    for (const auto& row : rows) {
        out.push_back({CameraId{row.text(0)}, static_cast<int>(row.integer(1)), texts_of(row.text(2))});
    }
    return out;
}

}  // namespace bongsu::incident
