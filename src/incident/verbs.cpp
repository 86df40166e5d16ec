#include "incident/verbs.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "event/text.hpp"
#include "incident/fold.hpp"
#include "incident/reports.hpp"
#include "incident/transitions.hpp"

namespace bongsu::incident {

namespace json = boost::json;

namespace {

constexpr std::size_t kCamerasMax = 64;
constexpr std::size_t kReasonsMax = 16;

json::string word(State state) { return json::string(to_string(state)); }

json::array list_of(const std::vector<std::string>& texts) {
    json::array out;
    for (const auto& text : texts) out.emplace_back(text);
    return out;
}

std::vector<std::string> subjects(const IncidentId& incident, const EventId& event) {
    return {"incident:" + incident.value, "event:" + event.value};
}

Result<Change> open(journal::Book& book, const event::Event& event, const EventId& id, const SiteId& site, std::string note = {}, const IncidentId& from = {}) {
    const auto opening = opening_of(event.state);
    if (!opening) return fail(ErrorKind::invalid, "state '" + event.state + "' is not a known state");
    if (note.empty()) note = opening->note;
    const IncidentId incident{book.env().ulid()};
    json::object payload{{"incident", incident.value},
                      {"event", id.value},
                      {"state", word(opening->state)},
                      {"type", event.type},
                      {"typeName", event.type_name},
                      {"known", event.known},
                      {"test", event.test},
                      {"grade", event.grade},
                      {"position", event::to_journal(event.position)},
                      {"positionFault", json::string(event::to_string(event.position_fault))},
                      {"place", event.place},
                      {"text", event.text},
                      {"faults", list_of(event.faults)},
                      {"note", note},
                      {"occurredAt", to_us(event.occurred_at)},
                      {"stateTime", to_us(event.state_time)},
                      {"openedAt", to_us(book.env().clock.wall())},
                      {"site", site.value},
                      {"sender", event.sender},
                      {"number", event.number}};
    if (!from.value.empty()) payload["splitFrom"] = from.value;
    TRY_DO(book.append({"incident.opened", "site:" + site.value, subjects(incident, id), std::move(payload)}));
    return Change{.incident = incident,
                  .from = std::nullopt,
                  .to = opening->state,
                  .opened = true,
                  .moved = false,
                  .ended = !is_open(opening->state),
                  .late = false,
                  .test = event.test,
                  .event = id};
}

Result<Change> record_late(journal::Book& book, const Incident& known, const event::Event& event,
                           const EventId& id, std::string_view reason) {
    TRY([[maybe_unused]] const auto entry, book.append({"event.late",
                                                        "site:" + known.site.value,
                                                        subjects(known.id, id),
                                                        {{"event", id.value},
                                                         {"incident", known.id.value},
                                                         {"state", event.state},
                                                         {"stateTime", to_us(event.state_time)},
                                                         {"incidentState", word(known.state)},
                                                         {"reason", json::string(reason)}}}));
    return Change{.incident = known.id,
                  .from = known.state,
                  .to = known.state,
                  .opened = false,
                  .moved = false,
                  .ended = false,
                  .late = true,
                  .test = known.test,
                  .event = id};
}

/// The message is a report of a case that is known.
Result<Change> join(journal::Book& book, const Case& found, const event::Event& event, const EventId& id) {
    const auto& known = found.incident;
    TRY_DO(book.append({"incident.joined",
                        "site:" + known.site.value,
                        subjects(known.id, id),
                        {{"incident", known.id.value},
                         {"event", id.value},
                         {"code", event.state},
                         {"rule", found.rule},
                         {"distance", found.distance_m},
                         {"type", event.type},
                         {"typeName", event.type_name},
                         {"known", event.known},
                         {"grade", event.grade},
                         {"position", event::to_journal(event.position)},
                         {"positionFault", json::string(event::to_string(event.position_fault))},
                         {"place", event.place},
                         {"text", event.text},
                         {"faults", list_of(event.faults)},
                         {"note", json::string(opening_of(event.state)->note)},
                         {"occurredAt", to_us(event.occurred_at)},
                         {"stateTime", to_us(event.state_time)},
                         {"sender", event.sender},
                         {"number", event.number}}}));
    return Change{.incident = known.id, .from = known.state, .to = known.state, .joined = true, .test = known.test, .event = id};
}

/// Its sender's part of the case is over, others' go on.
Result<Change> end_report(journal::Book& book, const Incident& known, const event::Event& event, const EventId& id, std::int64_t left) {
    TRY_DO(book.append({"incident.report_ended",
                        "site:" + known.site.value,
                        subjects(known.id, id),
                        {{"incident", known.id.value}, {"event", id.value}, {"code", event.state}, {"stateTime", to_us(event.state_time)}, {"left", left}}}));
    return Change{.incident = known.id, .from = known.state, .to = known.state, .report_ended = true, .test = known.test, .event = id};
}

/// What the incident, or one report of it, shows after `event`: newer words replace older ones, silence replaces nothing.
struct Content {
    std::optional<event::Position> position;
    event::PositionFault fault = event::PositionFault::none;
    std::string place, text;
    WallTime time;
};

template <class Known>
Content content_after(const Known& known, const event::Event& event, bool is_newer) {
    Content content{known.position, known.position_fault, known.place, known.text, known.content_time};
    if (!is_newer) return content;
    if (event.position || !known.position) {
        content.position = event.position;
        content.fault = event.position_fault;
    }
    if (!event.place.empty()) content.place = event.place;
    if (!event.text.empty()) content.text = event.text;
    content.time = event.state_time;
    return content;
}

void add_content(json::object& payload, const Content& content) {
    payload["position"] = event::to_journal(content.position);
    payload["positionFault"] = json::string(event::to_string(content.fault));
    payload["place"] = content.place;
    payload["text"] = content.text;
    payload["stateTime"] = to_us(content.time);
}

Result<Change> change(journal::Book& book, const Incident& known, const Report& report, const event::Event& event) {
    const auto& id = report.event;
    if (event.test && !known.test) return record_late(book, known, event, id, "test");
    const auto next = after_sent(known.state, event.state);
    if (!next) return record_late(book, known, event, id, is_terminal(known.state) ? "ended" : "released");
    // A revision was already judged by its number. What one sender says is older than what another said may be its newest all the same.
    const bool is_newer = event.revision.has_value() || event.state_time >= report.content_time;
    const bool leads = known.reports < 2 || event.state_time >= known.content_time;
    const bool is_real = known.test && !event.test && is_open(*next);
    if (!is_newer && !is_real && *next == known.state) return record_late(book, known, event, id, "older");

    const auto content = content_after(known, event, is_newer && leads);
    json::object payload{{"incident", known.id.value}, {"from", word(known.state)}, {"to", word(*next)},   {"cause", "event"},
                         {"event", id.value},          {"code", event.state},       {"real", is_real}};
    // Words alone tell nothing of where it is: an old place stays as old as it was.
    const bool is_placed = is_newer && event.position.has_value();
    payload["placed"] = is_placed;
    payload["moved"] = is_placed && report.position && *event.position != *report.position;
    add_content(payload, content);
    if (known.reports > 1) {
        const auto own = content_after(report, event, is_newer);
        payload["own"] = json::object{{"position", event::to_journal(own.position)}, {"place", own.place}, {"text", own.text}};
        payload["ownPositionFault"] = json::string(event::to_string(own.fault));
        payload["ownStateTime"] = to_us(own.time);
    }
    TRY_DO(book.append({"incident.changed", "site:" + known.site.value, subjects(known.id, id), std::move(payload)}));
    return Change{.incident = known.id,
                  .from = known.state,
                  .to = *next,
                  .opened = false,
                  .moved = is_open(*next) && content.position != known.position,
                  .ended = is_open(known.state) && !is_open(*next),
                  .late = false,
                  .real = is_real,
                  .test = known.test && !is_real,
                  .event = id};
}

/// An occurrence that no incident has yet.
Result<Change> receive_new(journal::Book& book, const event::Event& event, const EventId& id, const SiteId& site, const Joining& joining) {
    const auto opening = opening_of(event.state);
    if (!opening || !is_open(opening->state)) return open(book, event, id, site);
    TRY(const auto found, find_case(book.db(), joining, event, book.env().clock.wall()));
    return found ? join(book, *found, event, id) : open(book, event, id, site);
}

}  // namespace

Result<Change> receive_event(journal::Book& book, const event::Event& event, const EventId& id,
                             const SiteId& site, const Joining& joining) {
    TRY(const auto incident, incident_of_event(book.db(), id));
    if (!incident) return receive_new(book, event, id, site, joining);
    if (!event::is_state(event.state)) {
        return fail(ErrorKind::invalid, "state '" + event.state + "' is not a known state");
    }
    TRY(const auto known, get(book.db(), *incident));
    TRY(const auto report, report_of(book.db(), *incident, id));
    const auto opening = opening_of(event.state);
    const bool is_real = known.test && !event.test && is_open(opening->state);
    // The drill is over, and somebody calls under its number: a case of its own. Nothing reopens, and nobody is left.
    if (is_real && !is_open(known.state)) return open(book, event, id, site, "real after a test");
    // Others practise the same drill: what became real leaves them.
    if (is_real && known.reports > 1) return open(book, event, id, site, "real after a test", known.id);
    if (report.ended_at && is_open(known.state)) return record_late(book, known, event, id, "ended");
    if (is_open(known.state) && event::ends_occurrence(event.state) && event.test == known.test) {
        TRY(const auto left, others_open(book.db(), known.id, id));
        if (left > 0) return end_report(book, known, event, id, left);
    }
    return change(book, known, report, event);
}

Result<std::optional<Change>> receive_late(journal::Book& book, const event::Event& event, const EventId& id) {
    TRY(const auto incident, incident_of_event(book.db(), id));
    if (!incident) return std::optional<Change>{};
    TRY(const auto known, get(book.db(), *incident));
    TRY(auto change, record_late(book, known, event, id, "older"));
    return std::optional(std::move(change));
}

Result<void> record_cameras(journal::Book& book, const IncidentId& id,
                            const std::vector<ChosenCamera>& cameras) {
    if (cameras.size() > kCamerasMax) return fail(ErrorKind::invalid, "cameras must be at most 64");
    TRY(const auto incident, get(book.db(), id));
    json::array chosen;
    std::vector<std::string> about{"incident:" + id.value};
    for (const auto& camera : cameras) {
        if (camera.id.value.empty()) return fail(ErrorKind::invalid, "camera must not be empty");
        if (camera.reasons.size() > kReasonsMax)
            return fail(ErrorKind::invalid, "reasons must be at most 16");
        chosen.push_back(json::object{
            {"camera", camera.id.value}, {"score", camera.score}, {"reasons", list_of(camera.reasons)}});
        about.push_back("camera:" + camera.id.value);
    }
    TRY([[maybe_unused]] const auto entry,
        book.append({"cameras.chosen",
                     "site:" + incident.site.value,
                     std::move(about),
                     {{"incident", id.value}, {"cameras", std::move(chosen)}}}));
    return {};
}

}  // namespace bongsu::incident
