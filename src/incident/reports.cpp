#include "incident/reports.hpp"

#include <algorithm>
#include <cmath>

#include "incident/cells.hpp"
#include "incident/fold.hpp"
#include "incident/rows.hpp"

namespace bongsu::incident {

namespace {

constexpr std::string_view kReport =
    "select event, incident, seq, sender, number, type, type_name, known, grade, lon_e7, lat_e7, position_fault, place, body, faults, note, "
    "occurred_at, content_time, ended_at, ended_code, joined_by, distance_m, gone from incident_event ";

/// Looked at in a cell, the newest ones: a flood at one place costs no more than that.
constexpr std::int64_t kOfCellMax = 8, kNearOfCellMax = 100;

Report report_from(const sql::Row& row) {
    Report out;
    out.event = {row.text(0)};
    out.incident = {row.text(1)};
    out.seq = static_cast<std::uint64_t>(row.integer(2));
    out.sender = row.text(3);
    out.number = row.text(4);
    out.type = row.text(5);
    out.type_name = row.text(6);
    out.known = row.integer(7) != 0;
    out.grade = row.text(8);
    if (!row.is_null(9)) out.position = event::Position{static_cast<std::int32_t>(row.integer(9)), static_cast<std::int32_t>(row.integer(10))};
    out.position_fault = event::position_fault_of(row.text(11));
    out.place = row.text(12);
    out.text = row.text(13);
    out.faults = texts_of(row.text(14));
    out.note = row.text(15);
    out.occurred_at = from_us(row.integer(16));
    out.content_time = from_us(row.integer(17));
    if (!row.is_null(18)) out.ended_at = from_us(row.integer(18));
    out.ended_code = row.text(19);
    out.joined_by = row.text(20);
    out.distance_m = row.integer(21);
    out.gone = row.integer(22) != 0;
    return out;
}

/// What decides whether a message may join it.
struct Candidate {
    IncidentId id;
    std::uint64_t seq = 0;
    std::string type;
    event::Position at;
    WallTime opened_at;
    bool test = false;
};

/// Open incidents in the cells round a place, the newest first.
Result<std::vector<Candidate>> around(sql::Db& db, const event::Position& at, double metres, std::int64_t of_cell) {
    std::vector<Candidate> out;
    for (const auto cell : cells_around(at, metres)) {
        TRY(const auto rows, db.query("select id, seq, type, lon_e7, lat_e7, opened_at, test from incident where cell = $1 and ended_at is null order by seq desc limit $2", {cell, of_cell}));
        for (const auto& row : rows) {
            out.push_back({{row.text(0)}, static_cast<std::uint64_t>(row.integer(1)), row.text(2),
                           {static_cast<std::int32_t>(row.integer(3)), static_cast<std::int32_t>(row.integer(4))}, from_us(row.integer(5)), row.integer(6) != 0});
        }
    }
    std::sort(out.begin(), out.end(), [](const Candidate& a, const Candidate& b) { return a.seq > b.seq; });
    return out;
}

bool fits(const JoinRule& rule, const Candidate& one, const event::Event& event, WallTime now) {
    return one.test == event.test && one.opened_at >= now - rule.window && one.type != event.type &&
           std::find(rule.with.begin(), rule.with.end(), one.type) != rule.with.end() && metres_between(one.at, *event.position) <= rule.radius_m;
}

/// Two of one kind are two cases, until a person says otherwise.
bool tells_another(const std::vector<Report>& known, const event::Event& event) {
    return std::any_of(known.begin(), known.end(), [&](const Report& one) { return one.type == event.type; });
}

bool is_sent_by(const Report& report, std::string_view agency) { return !agency.empty() && report.agency().value == agency; }

}  // namespace

Result<std::vector<Report>> reports(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query(std::string(kReport) + "where incident = $1 and gone = 0 order by seq, event", {incident.value}));
    std::vector<Report> out;
    for (const auto& row : rows) out.push_back(report_from(row));
    return out;
}

Result<std::vector<Report>> all_reports(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query(std::string(kReport) + "where incident = $1 order by seq, event", {incident.value}));
    std::vector<Report> out;
    for (const auto& row : rows) out.push_back(report_from(row));
    return out;
}

Result<std::vector<IncidentId>> ever_of(sql::Db& db, const EventId& event) {
    TRY(const auto rows, db.query("select incident from incident_event where event = $1 order by incident", {event.value}));
    std::vector<IncidentId> out;
    for (const auto& row : rows) out.push_back({row.text(0)});
    return out;
}

Result<Report> report_of(sql::Db& db, const IncidentId& incident, const EventId& event) {
    TRY(const auto rows, db.query(std::string(kReport) + "where event = $1 and incident = $2 and gone = 0", {event.value, incident.value}));
    if (rows.empty()) return fail(ErrorKind::not_found, "the incident has no such report");
    return report_from(rows[0]);
}

Result<std::int64_t> others_open(sql::Db& db, const IncidentId& incident, const EventId& event) {
    TRY(const auto rows, db.query("select count(*) from incident_event where incident = $1 and gone = 0 and ended_at is null and event <> $2", {incident.value, event.value}));
    return rows[0].integer(0);
}

Result<std::optional<Case>> find_case(sql::Db& db, const Joining& joining, const event::Event& event, WallTime now) {
    std::optional<Case> none;
    double farthest = 0;
    for (const auto& rule : joining.rules()) {
        if (rule.is_for(event)) farthest = std::max(farthest, rule.radius_m);
    }
    if (!event.position || farthest == 0) return none;
    TRY(const auto candidates, around(db, *event.position, farthest, kOfCellMax));
    for (const auto& rule : joining.rules()) {
        if (!rule.is_for(event)) continue;
        for (const auto& one : candidates) {
            if (!fits(rule, one, event, now)) continue;
            TRY(const auto known, reports(db, one.id));
            if (tells_another(known, event) || known.size() >= kReportsMax) continue;
            TRY(auto incident, get(db, one.id));
            return std::optional(Case{std::move(incident), rule.key, std::lround(metres_between(one.at, *event.position))});
        }
    }
    return none;
}

Result<std::vector<Near>> near_ones(sql::Db& db, const Incident& incident, std::size_t limit) {
    std::vector<Near> out;
    if (!incident.position) return out;
    TRY(const auto candidates, around(db, *incident.position, kNearMetres, kNearOfCellMax));
    for (const auto& one : candidates) {
        const auto metres = metres_between(one.at, *incident.position);
        const bool is_near = metres <= kNearMetres && one.opened_at >= incident.opened_at - kNearTime && one.opened_at <= incident.opened_at + kNearTime;
        if (one.id == incident.id || one.test != incident.test || !is_near) continue;
        TRY(auto known, get(db, one.id));
        out.push_back({std::move(known), std::lround(metres)});
    }
    std::stable_sort(out.begin(), out.end(), [](const Near& a, const Near& b) { return a.distance_m < b.distance_m; });
    if (out.size() > limit) out.resize(limit);
    return out;
}

Incident face_of(Incident incident, const Report& report) {
    incident.event = report.event;
    incident.sender = report.sender;
    incident.number = report.number;
    incident.type = report.type;
    incident.type_name = report.type_name;
    incident.known = report.known;
    incident.grade = report.grade;
    incident.position = report.position;
    incident.position_fault = report.position_fault;
    incident.place = report.place;
    incident.text = report.text;
    incident.faults = report.faults;
    incident.note = report.note;
    incident.occurred_at = report.occurred_at;
    incident.content_time = report.content_time;
    if (incident.reports > 1) incident.moves = 0;  // Which of them moved is not for all of them.
    incident.reports = 1;
    return incident;
}

Incident face_for(Incident incident, const std::vector<Report>& reports, std::string_view agency) {
    incident.received_by.reset();  // That it was received, and when, is the sender's to know.
    incident.owner.reset();
    incident.owned_at.reset();
    incident.commander.reset();
    incident.commanded_at.reset();
    incident.escalation = 0;
    if (reports.size() < 2) return incident;
    const Report* own = nullptr;
    for (const auto& one : reports) {
        if (is_sent_by(one, agency) && (own == nullptr || own->gone || !one.gone)) own = &one;
    }
    if (own != nullptr) return face_of(incident, *own);
    const auto opening = std::find_if(reports.begin(), reports.end(), [&](const Report& one) { return one.event == incident.event; });
    return opening == reports.end() ? incident : face_of(incident, *opening);
}

std::set<std::string> events_for(const Incident& incident, const std::vector<Report>& reports, std::string_view agency) {
    std::set<std::string> out;
    for (const auto& one : reports) {
        if (is_sent_by(one, agency)) out.insert(one.event.value);
    }
    if (out.empty()) out.insert(incident.event.value);
    return out;
}

}  // namespace bongsu::incident
