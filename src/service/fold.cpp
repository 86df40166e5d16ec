#include "service/fold.hpp"

#include <algorithm>

#include "journal/erasable.hpp"
#include "journal/payload.hpp"

namespace bongsu::service {
namespace {

using journal::text_of;
using journal::whole_of;

constexpr std::size_t kCasesMax = 100'000;

std::string incident_of(const journal::Entry& entry) {
    constexpr std::string_view kPrefix = "incident:";
    for (const auto& subject : entry.subjects) {
        if (subject.starts_with(kPrefix)) return subject.substr(kPrefix.size());
    }
    return {};
}

bool flag(const boost::json::object& payload, std::string_view key) {
    const auto* value = payload.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

Result<void> declared(sql::Db& db, const journal::Entry& entry) {
    for (const auto& key : journal::texts_of(entry.payload, "removed")) TRY_DO(db.query("delete from service where key = $1", {key}));
    const auto* list = entry.payload.if_contains("services");
    if (list == nullptr || !list->is_object()) return {};
    for (const auto& each : list->get_object()) {
        if (!each.value().is_object()) continue;
        const auto& one = each.value().get_object();
        TRY_DO(db.query("insert into service(key, version, life, digest, since, actor) values ($1, $2, $3, $4, $5, $6) on conflict (key) do update set "
                        "version = excluded.version, life = excluded.life, digest = excluded.digest, since = excluded.since, actor = excluded.actor",
                        {std::string(each.key()), whole_of(one, "version"), text_of(one, "life"), text_of(one, "digest"), to_us(entry.time), entry.actor}));
    }
    return {};
}

Result<void> opened(sql::Db& db, const boost::json::object& p) {
    TRY_DO(db.query("insert into service_case(incident, type, test, opened_at, outcome, effect) values ($1, $2, $3, $4, '', '') on conflict (incident) do update set type = excluded.type",
                    {text_of(p, "incident"), text_of(p, "type"), std::int64_t{flag(p, "test") ? 1 : 0}, whole_of(p, "openedAt")}));
    return {};
}

/// The first of its kind stays.
Result<void> note_time(sql::Db& db, std::string_view column, const std::string& incident, std::int64_t at) {
    const std::string name(column);
    TRY_DO(db.query("update service_case set " + name + " = $1 where incident = $2 and (" + name + " is null or " + name + " > $1)", {at, incident}));
    return {};
}

Result<void> ended(sql::Db& db, const journal::Entry& entry) {
    TRY_DO(db.query("update service_case set ended_at = coalesce(ended_at, $1), outcome = case when outcome = '' then $2 else outcome end where incident = $3",
                    {to_us(entry.time), text_of(entry.payload, "outcome"), text_of(entry.payload, "incident")}));
    return {};
}

/// Closed as a duplicate of the one that goes on.
Result<void> merged(sql::Db& db, const journal::Entry& entry) {
    TRY_DO(db.query("update service_case set ended_at = coalesce(ended_at, $1), outcome = 'duplicate' where incident = $2", {to_us(entry.time), text_of(entry.payload, "other")}));
    return {};
}

/// Of a sender's own word for its kind nothing stays.
Result<void> erased(sql::Db& db, const journal::Entry& entry) {
    TRY(const auto order, journal::order_of(entry));
    for (const auto& one : order.entries) {
        if (one.kind != "incident.opened") continue;
        const auto left = journal::left_of(one.kind, one.left);
        TRY_DO(db.query("update service_case set type = $1 where incident = $2", {text_of(left, "type"), text_of(left, "incident")}));
    }
    return {};
}

bool ends(std::string_view state) { return state == "closed" || state == "cancelled" || state == "released" || state == "auto_closed"; }

Result<void> note_judged(sql::Db& db, const boost::json::object& p) {
    TRY_DO(db.query("insert into service_judged(event, incident, service, code, decision) values ($1, $2, $3, $4, $5) on conflict (event) do update set "
                    "incident = excluded.incident, service = excluded.service, code = excluded.code, decision = excluded.decision",
                    {text_of(p, "event"), text_of(p, "incident"), text_of(p, "service"), whole_of(p, "code"), text_of(p, "decision")}));
    return {};
}

Result<void> note_stage(sql::Db& db, const boost::json::object& p) {
    const auto incident = text_of(p, "incident"), stage = text_of(p, "stage");
    TRY_DO(db.query("insert into service_stage(incident, service, stage, at, event) values ($1, $2, $3, $4, $5) on conflict (incident, service, stage) do nothing",
                    {incident, text_of(p, "service"), stage, whole_of(p, "at"), text_of(p, "event")}));
    return stage == kArrived ? note_time(db, "arrived_at", incident, whole_of(p, "at")) : Result<void>{};
}

Judged judged_from(const sql::Row& row) {
    return {{row.text(0)}, row.text(1), static_cast<int>(row.integer(2)), decision_of(row.text(3)).value_or(Decision::refused)};
}

Times times_of(std::vector<std::int64_t> took, std::int64_t not_measured) {
    Times out;
    out.n = static_cast<std::int64_t>(took.size());
    out.not_measured = not_measured;
    if (took.empty()) return out;
    std::sort(took.begin(), took.end());
    const auto at = [&](std::size_t hundredths) { return took[(took.size() - 1) * hundredths / 100] / 1000; };
    out.p50 = at(50);
    out.p90 = at(90);
    out.max = took.back() / 1000;
    const auto within = [&](std::int64_t minutes) { return std::upper_bound(took.begin(), took.end(), minutes * 60'000'000) - took.begin(); };
    out.within_5_min = within(5);
    out.within_7_min = within(7);
    return out;
}

/// What a case took from its opening, or that nobody measured it.
struct Measure {
    std::vector<std::int64_t> took;
    std::int64_t not_measured = 0;
    void add(const sql::Row& row, std::size_t column, std::int64_t opened_at) {
        if (row.is_null(column)) ++not_measured;
        else took.push_back(std::max<std::int64_t>(0, row.integer(column) - opened_at));
    }
};

struct Counting {
    Figures figures;
    Measure picture, seen, arrival;
};

void count(Counting& in, const sql::Row& row) {
    if (row.integer(1) != 0) return void(++in.figures.tests);
    const auto opened_at = row.integer(2);
    ++in.figures.opened;
    if (!row.is_null(6)) ++in.figures.ended;
    if (row.integer(9) != 0) ++in.figures.refused;
    if (!row.text(7).empty()) ++in.figures.outcomes[row.text(7)];
    if (!row.text(8).empty()) ++in.figures.results[row.text(8)];
    in.picture.add(row, 3, opened_at);
    in.seen.add(row, 4, opened_at);
    in.arrival.add(row, 5, opened_at);
}

}  // namespace

std::string_view ServiceFold::schema() const {
    return R"sql(
create table if not exists service(key text primary key, version bigint not null, life text not null, digest text not null, since bigint not null, actor text not null);
create table if not exists service_judged(event text primary key, incident text not null, service text not null, code bigint not null, decision text not null);
create index if not exists service_judged_of on service_judged(incident);
create table if not exists service_stage(
  incident text not null, service text not null, stage text not null, at bigint not null, event text not null, primary key(incident, service, stage));
-- Of each incident, for the figures: no word of anybody.
create table if not exists service_case(
  incident text primary key, type text not null, test bigint not null, opened_at bigint not null,
  permitted_at bigint, seen_at bigint, arrived_at bigint, ended_at bigint, purged_at bigint, outcome text not null, effect text not null);
create index if not exists service_case_to_purge on service_case(type, incident) where purged_at is null and ended_at is not null;
create index if not exists service_case_by_opening on service_case(type, opened_at);
)sql";
}

Result<void> ServiceFold::apply(sql::Db& db, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const std::string_view kind = entry.kind;
    if (kind == kDeclared) return declared(db, entry);
    if (kind == kJudged) return note_judged(db, p);
    if (kind == kStageReached) return note_stage(db, p);
    if (kind == kEffectNoted) {
        TRY_DO(db.query("update service_case set effect = $1 where incident = $2", {text_of(p, "result"), text_of(p, "incident")}));
        return {};
    }
    if (kind == journal::kErasureOrdered) return erased(db, entry);
    if (kind == kPurged) {
        TRY_DO(db.query("update service_case set purged_at = $1 where incident = $2", {to_us(entry.time), text_of(p, "incident")}));
        return {};
    }
    // Words came behind its end: they go as the others did.
    if (kind == "event.late" || kind == "incident.changed" || kind == "incident.acted")
        TRY_DO(db.query("update service_case set purged_at = null where incident = $1 and purged_at is not null", {text_of(p, "incident")}));
    if (kind == "incident.opened") return opened(db, p);
    if (kind == "incident.merged") return merged(db, entry);
    if (kind == "grant.issued") return note_time(db, "permitted_at", incident_of(entry), to_us(entry.time));
    if (kind == "view.opened") return note_time(db, "seen_at", incident_of(entry), whole_of(p, "at"));
    if ((kind == "incident.changed" || kind == "incident.acted") && ends(text_of(p, "to"))) return ended(db, entry);
    if (kind == "incident.changed" && flag(p, "real")) TRY_DO(db.query("update service_case set test = 0 where incident = $1", {text_of(p, "incident")}));
    return {};
}

Result<std::vector<Standing>> standing(sql::Db& db) {
    TRY(const auto rows, db.query("select key, version, life, digest, since, actor from service order by key"));
    std::vector<Standing> out;
    for (const auto& row : rows)
        out.push_back({row.text(0), row.integer(1), life_of(row.text(2)).value_or(Life::proposed), row.text(3), from_us(row.integer(4)), row.text(5)});
    return out;
}

Result<std::optional<Judged>> judged(sql::Db& db, const EventId& event) {
    TRY(const auto rows, db.query("select event, service, code, decision from service_judged where event = $1", {event.value}));
    return rows.empty() ? std::optional<Judged>{} : std::optional{judged_from(rows[0])};
}

Result<std::vector<Judged>> judged_of(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query("select event, service, code, decision from service_judged where incident = $1 order by event", {incident.value}));
    std::vector<Judged> out;
    for (const auto& row : rows) out.push_back(judged_from(row));
    return out;
}

Result<std::vector<Reached>> stages_of(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query("select service, stage, at, event from service_stage where incident = $1 order by at, service, stage", {incident.value}));
    std::vector<Reached> out;
    for (const auto& row : rows) out.push_back({row.text(0), row.text(1), from_us(row.integer(2)), {row.text(3)}});
    return out;
}

Result<std::string> effect_of(sql::Db& db, const IncidentId& incident) {
    TRY(const auto rows, db.query("select effect from service_case where incident = $1", {incident.value}));
    return rows.empty() ? std::string() : rows[0].text(0);
}

Result<std::vector<IncidentId>> to_purge(sql::Db& db, const std::vector<std::string>& types, const PurgeQuery& query) {
    std::vector<IncidentId> out;
    for (const auto& type : types) {
        TRY(const auto rows, db.query("select incident from service_case where type = $1 and incident > $2 and ended_at < $3 and purged_at is null order by incident limit $4",
                                      {type, query.after.value, to_us(query.ended_before), static_cast<std::int64_t>(query.limit)}));
        for (const auto& row : rows) out.push_back({row.text(0)});
    }
    std::sort(out.begin(), out.end(), [](const IncidentId& a, const IncidentId& b) { return a.value < b.value; });
    if (out.size() > query.limit) out.resize(query.limit);
    return out;
}

Result<Figures> figures(sql::Db& db, const std::vector<std::string>& types, WallTime from, WallTime to) {
    Counting counting;
    for (const auto& type : types) {
        TRY(const auto rows, db.query("select incident, test, opened_at, permitted_at, seen_at, arrived_at, ended_at, outcome, effect, "
                                      "(select count(*) from service_judged j where j.incident = c.incident and j.decision = 'refused') "
                                      "from service_case c where type = $1 and opened_at >= $2 and opened_at < $3 limit $4",
                                      {type, to_us(from), to_us(to), static_cast<std::int64_t>(kCasesMax + 1)}));
        if (rows.size() > kCasesMax) return fail(ErrorKind::exhausted, "more than 100,000 incidents of " + type + ": ask for less time");
        for (const auto& row : rows) count(counting, row);
    }
    counting.figures.picture = times_of(std::move(counting.picture.took), counting.picture.not_measured);
    counting.figures.seen = times_of(std::move(counting.seen.took), counting.seen.not_measured);
    counting.figures.arrival = times_of(std::move(counting.arrival.took), counting.arrival.not_measured);
    return counting.figures;
}

}  // namespace bongsu::service
