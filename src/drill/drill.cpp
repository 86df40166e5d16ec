#include "drill/drill.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

namespace bongsu::drill {
namespace {

namespace json = boost::json;

constexpr std::string_view kSelect =
    "select id, seq, incident, speed, begun_at, begun_by, ended_at, ended_by, reason, (select count(*) from drill_step where drill = id), "
    "(select count(*) from drill_step where drill = id and told_at is not null) from drill ";

Result<Drill> drill_of(sql::Db& db, const sql::Row& row) {
    Drill out;
    out.id = row.text(0);
    out.seq = static_cast<std::uint64_t>(row.integer(1));
    out.incident = {row.text(2)};
    out.speed = row.integer(3);
    out.begun_at = from_us(row.integer(4));
    out.begun_by = row.text(5);
    if (!row.is_null(6)) out.ended_at = from_us(row.integer(6));
    out.ended_by = row.text(7);
    out.reason = row.text(8);
    out.steps = row.integer(9);
    out.told = row.integer(10);
    TRY(const auto rows, db.query("select distinct incident from drill_step where drill = $1 and incident <> '' order by incident", {out.id}));
    for (const auto& one : rows) out.incidents.push_back({one.text(0)});
    return out;
}

}  // namespace

Result<std::string> begin(journal::Book& book, const std::string& actor, const IncidentId& incident, const std::vector<Step>& steps, std::int64_t speed) {
    if (speed < 1 || speed > kSpeedMax) return fail_field("speed", "must be a whole number from 1 to " + std::to_string(kSpeedMax));
    if (steps.empty()) return fail(ErrorKind::conflict, "nothing of the incident's messages is left to be told again");
    if (steps.size() > kStepsMax) return fail(ErrorKind::conflict, "the incident has more than " + std::to_string(kStepsMax) + " messages");
    TRY(const auto running, book.db().query("select count(*) from drill where ended_at is null"));
    if (static_cast<std::size_t>(running[0].integer(0)) >= kRunningMax) return fail(ErrorKind::conflict, std::to_string(kRunningMax) + " drills run already");
    json::array list;
    for (const auto& step : steps) list.push_back(json::object{{"seq", static_cast<std::int64_t>(step.seq)}, {"after", static_cast<std::int64_t>(step.after.count())}});
    const auto id = book.env().ulid();
    TRY_DO(book.append({"drill.begun", actor, {"drill:" + id}, {{"drill", id}, {"incident", incident.value}, {"speed", speed}, {"steps", std::move(list)}}}));
    return id;
}

Result<std::vector<Due>> due_at(sql::Db& db, WallTime now) {
    TRY(const auto rows, db.query("select d.id, s.n, s.entry, s.after_ms / d.speed, d.begun_at, (select max(n) from drill_step where drill = d.id) "
                                  "from drill d join drill_step s on s.drill = d.id where d.ended_at is null and s.told_at is null "
                                  "and s.n = (select min(n) from drill_step where drill = d.id and told_at is null) order by d.seq"));
    std::vector<Due> out;
    for (const auto& row : rows) {
        const auto at = from_us(row.integer(4)) + std::chrono::milliseconds(row.integer(3));
        if (at <= now) out.push_back({row.text(0), row.integer(1), static_cast<std::uint64_t>(row.integer(2)), row.integer(1) == row.integer(5)});
    }
    return out;
}

Result<void> tell(journal::Book& book, const std::string& actor, const Due& due, const IncidentId& incident) {
    std::vector<std::string> subjects{"drill:" + due.drill};
    if (!incident.value.empty()) subjects.push_back("incident:" + incident.value);
    TRY_DO(book.append({"drill.told", actor, std::move(subjects), {{"drill", due.drill}, {"n", due.n}, {"incident", incident.value}}}));
    return {};
}

Result<Drill> end(journal::Book& book, const std::string& actor, const std::string& id, const std::string& reason) {
    TRY(const auto known, find(book.db(), id));
    if (known.ended_at) return fail(ErrorKind::conflict, "the drill has ended already");
    TRY_DO(book.append({"drill.ended", actor, {"drill:" + id}, {{"drill", id}, {"reason", reason}}}));
    return find(book.db(), id);
}

Result<Drill> find(sql::Db& db, const std::string& id) {
    TRY(const auto rows, db.query(std::string(kSelect) + "where id = $1", {id}));
    if (rows.empty()) return fail(ErrorKind::not_found, "there is no such drill");
    return drill_of(db, rows[0]);
}

Result<std::vector<Drill>> list(sql::Db& db, std::uint64_t before, std::size_t limit) {
    TRY(const auto rows, db.query(std::string(kSelect) + "where seq < $1 order by seq desc limit $2",
                                  {static_cast<std::int64_t>(std::min<std::uint64_t>(before, INT64_MAX)), static_cast<std::int64_t>(limit)}));
    std::vector<Drill> out;
    for (const auto& row : rows) {
        TRY(auto one, drill_of(db, row));
        out.push_back(std::move(one));
    }
    return out;
}

Result<std::vector<IncidentId>> incidents_made_of(sql::Db& db, const IncidentId& recorded) {
    TRY(const auto rows, db.query("select distinct s.incident from drill d join drill_step s on s.drill = d.id where d.incident = $1 and s.incident <> '' order by s.incident", {recorded.value}));
    std::vector<IncidentId> out;
    for (const auto& row : rows) out.push_back({row.text(0)});
    return out;
}

std::string number_of(const std::string& drill, const EventId& recorded) { return "D" + drill + "-" + recorded.value; }

}  // namespace bongsu::drill
