// Two incidents that are one case, and one that is two.
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "event/text.hpp"
#include "incident/fold.hpp"
#include "incident/reports.hpp"
#include "incident/transitions.hpp"
#include "incident/verbs.hpp"

namespace bongsu::incident {

namespace json = boost::json;

namespace {

json::string word(State state) { return json::string(to_string(state)); }

Result<void> check_actor(const Actor& actor) {
    if (actor.role == "agency") return fail(ErrorKind::forbidden, "an agency may not act on incidents");
    return {};
}

Result<void> check_merge(const Incident& into, const Incident& other, std::size_t reports) {
    if (into.id == other.id) return fail_field("other", "must be another incident");
    if (!is_open(into.state) || !is_open(other.state)) return fail(ErrorKind::conflict, "both incidents have to be open");
    if (into.test != other.test) return fail(ErrorKind::conflict, "a drill and a case are never one");
    if (reports > kReportsMax) return fail(ErrorKind::conflict, "an incident has at most " + std::to_string(kReportsMax) + " reports");
    return {};
}

std::int64_t distance_of(const Incident& a, const Incident& b) {
    return a.position && b.position ? std::lround(metres_between(*a.position, *b.position)) : 0;
}

}  // namespace

Result<Incident> merge(journal::Book& book, const Actor& actor, const Merge& merge) {
    TRY_DO(check_actor(actor));
    if (!event::is_utf8(merge.text) || letters(merge.text) > kActTextLettersMax)
        return fail_field("text", "must be UTF-8 of at most " + std::to_string(kActTextLettersMax) + " letters");
    TRY(const auto into, get(book.db(), merge.into));
    TRY(const auto other, get(book.db(), merge.other));
    TRY(const auto reported, reports(book.db(), other.id));
    TRY_DO(check_merge(into, other, reported.size() + static_cast<std::size_t>(into.reports)));
    // Whoever works on either works on the case.
    const auto to = std::max(into.state, other.state);
    std::vector<std::string> about{"incident:" + into.id.value, "incident:" + other.id.value};
    for (const auto& one : reported) about.push_back("event:" + one.event.value);
    TRY_DO(book.append({"incident.merged",
                        "user:" + actor.user.value,
                        std::move(about),
                        {{"incident", into.id.value},
                         {"other", other.id.value},
                         {"from", word(into.state)},
                         {"to", word(to)},
                         {"grade", other.grade},
                         {"distance", distance_of(into, other)},
                         {"takesPlace", !into.position && other.position.has_value()},
                         {"text", event::clean(merge.text, 4 * kActTextLettersMax).text}}}));
    return get(book.db(), into.id);
}

Result<Incident> split(journal::Book& book, const Actor& actor, const IncidentId& id, const EventId& event) {
    TRY_DO(check_actor(actor));
    TRY(const auto from, get(book.db(), id));
    TRY(const auto report, report_of(book.db(), id, event));
    if (!is_open(from.state) || report.ended_at) return fail(ErrorKind::conflict, "the incident and the report have to go on");
    if (report.event == from.event || from.reports < 2) return fail(ErrorKind::conflict, "the report that opened the incident stays with it: take the other one out");
    TRY(const auto left, others_open(book.db(), id, event));
    if (left == 0) return fail(ErrorKind::conflict, "the incident's other reports have ended: end the incident, which is this report's alone");
    const IncidentId made{book.env().ulid()};
    json::array faults;
    for (const auto& fault : report.faults) faults.emplace_back(fault);
    TRY_DO(book.append({"incident.split", "user:" + actor.user.value, {"incident:" + id.value, "incident:" + made.value, "event:" + event.value}, {{"incident", id.value}, {"event", event.value}, {"other", made.value}}}));
    TRY_DO(book.append({"incident.opened",
                        "user:" + actor.user.value,
                        {"incident:" + made.value, "event:" + event.value},
                        {{"incident", made.value},
                         {"event", event.value},
                         {"state", word(State::received)},
                         {"type", report.type},
                         {"typeName", report.type_name},
                         {"known", report.known},
                         {"test", from.test},
                         {"grade", report.grade},
                         {"position", event::to_journal(report.position)},
                         {"positionFault", json::string(event::to_string(report.position_fault))},
                         {"place", report.place},
                         {"text", report.text},
                         {"faults", std::move(faults)},
                         {"note", "taken out of another"},
                         {"occurredAt", to_us(report.occurred_at)},
                         {"stateTime", to_us(report.content_time)},
                         {"openedAt", to_us(book.env().clock.wall())},
                         {"site", from.site.value},
                         {"sender", report.sender},
                         {"number", report.number},
                         {"splitFrom", id.value}}}));
    return act(book, actor, made, {.act = "receive"});
}

}  // namespace bongsu::incident
