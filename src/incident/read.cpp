// What is read of the fold `incident`.
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "incident/fold.hpp"
#include "incident/rows.hpp"

namespace bongsu::incident {

namespace json = boost::json;

namespace {

std::optional<WallTime> optional_time(const sql::Row& row, std::size_t column) {
    if (row.is_null(column)) return std::nullopt;
    return from_us(row.integer(column));
}

}  // namespace

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
    if (!row.is_null(29)) out.owner = UserId{row.text(29)};
    out.owned_at = optional_time(row, 30);
    if (!row.is_null(31)) out.commander = UserId{row.text(31)};
    out.commanded_at = optional_time(row, 32);
    out.escalation = row.integer(33);
    out.reports = row.integer(34);
    if (!row.is_null(35)) out.merged_into = IncidentId{row.text(35)};
    out.moves = row.integer(36);
    return out;
}

namespace {

constexpr std::size_t kOnlyTheseMax = 1000;

bool is_hidden(const ListQuery& query, const Incident& incident) { return std::find(query.hidden.begin(), query.hidden.end(), incident.type) != query.hidden.end(); }

bool is_wanted(const ListQuery& query, const Incident& incident) {
    return incident.seq < query.before_seq && !is_hidden(query, incident) &&
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
    constexpr std::string_view kSent = "(sender = $10 or (sender >= $11 and sender < $12))";
    TRY(const auto rows, db.query(std::string(kSelect) + "where seq < $1 and state in ($3, $4, $5, $6, $7, $8, $9) and " + std::string(kSent) + " order by seq desc limit $2", values));
    // Those few that its reports joined.
    TRY(const auto joined, db.query(std::string(kSelect) + "where seq < $1 and state in ($3, $4, $5, $6, $7, $8, $9) and id in (select incident from incident_event where joined_by <> '' and gone = 0 and " +
                                        std::string(kSent) + ") order by seq desc limit $2",
                                    values));
    std::vector<Incident> out;
    for (const auto& row : rows) out.push_back(incident_of(row));
    for (const auto& row : joined) out.push_back(incident_of(row));
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
    auto before = static_cast<std::int64_t>(std::min<std::uint64_t>(query.before_seq, INT64_MAX));
    std::vector<Incident> out;
    // What is hidden is left out here: no statement's text depends on its number.
    while (true) {
        std::vector<sql::Value> values{before, static_cast<std::int64_t>(count)};
        add_states(query, values);
        TRY(const auto rows,
            db.query(std::string(kSelect) + "where seq < $1 and state in ($3, $4, $5, $6, $7, $8, $9) "
                                            "order by seq desc limit $2",
                     values));
        for (const auto& row : rows) {
            auto incident = incident_of(row);
            before = static_cast<std::int64_t>(incident.seq);
            if (!is_hidden(query, incident) && out.size() < count) out.push_back(std::move(incident));
        }
        if (out.size() == count || rows.size() < count) return out;
    }
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

namespace {

/// Of one grade: whom nobody of ours has in hand, whatever its sender says.
constexpr std::string_view kWaits = "where ended_at is null and owner is null and commander is null and test = 0 and grade = $1 and opened_at <= $2 ";
constexpr std::int64_t kCountedMax = 5000;  ///< More of them are as many.

struct GradeDue {
    std::string_view grade;
    WallTime before;
};

std::array<GradeDue, 2> dues(WallTime urgent_before, WallTime ordinary_before) { return {GradeDue{"10", urgent_before}, GradeDue{"20", ordinary_before}}; }

}  // namespace

Result<OpenOnes> not_received(sql::Db& db, WallTime urgent_before, WallTime ordinary_before, std::size_t limit) {
    OpenOnes out;
    for (const auto& due : dues(urgent_before, ordinary_before)) {
        const std::string grade(due.grade);
        TRY(const auto count, db.query("select count(*) from (select 1 from incident " + std::string(kWaits) + "limit $3) as waiting", {grade, to_us(due.before), kCountedMax}));
        out.count += static_cast<std::size_t>(count[0].integer(0));
        if (count[0].integer(0) == 0) continue;
        TRY(const auto rows, db.query(std::string(kSelect) + std::string(kWaits) + "order by opened_at limit $3", {grade, to_us(due.before), static_cast<std::int64_t>(limit - std::min(limit, out.items.size()))}));
        for (const auto& row : rows) out.items.push_back(incident_of(row));
    }
    return out;
}

Result<std::vector<Incident>> to_escalate(sql::Db& db, std::int64_t level, WallTime urgent_before, WallTime ordinary_before, std::size_t limit) {
    std::vector<Incident> out;
    for (const auto& due : dues(urgent_before, ordinary_before)) {
        TRY(const auto rows, db.query(std::string(kSelect) + std::string(kWaits) + "and escalation < $3 order by escalation, opened_at limit $4",
                                      {std::string(due.grade), to_us(due.before), level, static_cast<std::int64_t>(limit - std::min(limit, out.size()))}));
        for (const auto& row : rows) out.push_back(incident_of(row));
    }
    return out;
}

Result<std::map<UserId, std::vector<IncidentId>>> in_hand(sql::Db& db) {
    TRY(const auto rows, db.query("select owner, id from incident where state in ('received', 'acting') and test = 0 and owner is not null order by seq limit 5000"));
    std::map<UserId, std::vector<IncidentId>> out;
    for (const auto& row : rows) out[{row.text(0)}].push_back({row.text(1)});
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

Result<Incident> get_case(sql::Db& db, const IncidentId& id) {
    TRY(auto incident, get(db, id));
    // A merge needs both open: no way leads back.
    while (incident.merged_into) {
        TRY(incident, get(db, *incident.merged_into));
    }
    return incident;
}

Result<std::optional<IncidentId>> incident_of_event(sql::Db& db, const EventId& event) {
    TRY(const auto rows, db.query("select incident from incident_event where event = $1 and gone = 0 order by seq desc limit 1", {event.value}));
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

Result<std::map<IncidentId, std::vector<ChosenCamera>>> cameras_of_moving(sql::Db& db) {
    TRY(const auto rows, db.query("select incident, camera, score, reasons from incident_camera where incident in (select id from incident where ended_at is null and moves > 0) "
                                  "order by incident, rank limit 5000"));
    std::map<IncidentId, std::vector<ChosenCamera>> out;
    for (const auto& row : rows) out[{row.text(0)}].push_back({CameraId{row.text(1)}, static_cast<int>(row.integer(2)), texts_of(row.text(3))});
    return out;
}

namespace {

/// The place of an entry about an incident that its message told; none: it told no place, or that was erased.
std::optional<TrailPoint> point_of(const sql::Row& row) {
    boost::system::error_code code;
    const auto value = json::parse(row.text(1), code);
    const auto* payload = code ? nullptr : value.if_object();
    if (payload == nullptr) return std::nullopt;
    const auto* placed = payload->if_contains("placed");
    if (placed != nullptr && placed->is_bool() && !placed->get_bool()) return std::nullopt;
    // Of a case that several report, what its own sender said.
    const auto* own = payload->if_contains("own");
    const bool is_apart = own != nullptr && own->is_object();
    const auto position = event::from_journal((is_apart ? own->get_object() : *payload).if_contains("position"));
    const auto* time = payload->if_contains(is_apart ? "ownStateTime" : "stateTime");
    const auto* event = payload->if_contains("event");
    if (!position || time == nullptr || !time->is_int64() || event == nullptr || !event->is_string()) return std::nullopt;
    return TrailPoint{*position, std::min(from_us(time->get_int64()), from_us(row.integer(0))), EventId{std::string(event->get_string())}};
}

}  // namespace

Result<std::vector<TrailPoint>> trail(sql::Db& db, const IncidentId& id) {
    TRY(const auto rows, db.query("select time, payload from incident_timeline where incident = $1 and kind in ('incident.opened', 'incident.changed', 'incident.joined') order by seq desc limit $2",
                                  {id.value, static_cast<std::int64_t>(kTrailMax)}));
    std::vector<TrailPoint> out;
    for (const auto& row : rows) {
        auto point = point_of(row);
        if (point && (out.empty() || point->event == out.front().event)) out.push_back(*std::move(point));
    }
    std::reverse(out.begin(), out.end());
    std::stable_sort(out.begin(), out.end(), [](const TrailPoint& a, const TrailPoint& b) { return a.seen_at < b.seen_at; });
    return out;
}

}  // namespace bongsu::incident
