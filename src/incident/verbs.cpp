#include "incident/verbs.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "event/text.hpp"
#include "incident/fold.hpp"
#include "incident/transitions.hpp"

namespace bongsu::incident {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 6> kOutcomes{"true", "false", "drill", "test", "duplicate", "unknown"};
constexpr std::size_t kCamerasMax = 64;
constexpr std::size_t kReasonsMax = 16;

template <class T>
std::string joined(const T& range) {
    std::string out;
    for (const auto& each : range) out += (out.empty() ? "" : ", ") + std::string(each);
    return out;
}

std::string act_names() {
    std::vector<std::string_view> names;
    for (const auto& row : kActs) names.push_back(row.name);
    return joined(names);
}

json::string word(State state) { return json::string(to_string(state)); }

json::array list_of(const std::vector<std::string>& texts) {
    json::array out;
    for (const auto& text : texts) out.emplace_back(text);
    return out;
}

std::vector<std::string> subjects(const IncidentId& incident, const EventId& event) {
    return {"incident:" + incident.value, "event:" + event.value};
}

Result<Change> open(journal::Book& book, const event::Event& event, const EventId& id, const SiteId& site, std::string note = {}) {
    const auto opening = opening_of(event.state);
    if (!opening) return fail(ErrorKind::invalid, "state '" + event.state + "' is not a known state");
    if (note.empty()) note = opening->note;
    const IncidentId incident{book.env().ulid()};
    TRY([[maybe_unused]] const auto entry,
        book.append({"incident.opened",
                     "site:" + site.value,
                     subjects(incident, id),
                     {{"incident", incident.value},
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
                      {"number", event.number}}}));
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

/// What the incident shows after `event`: newer words replace older ones, silence replaces nothing.
struct Content {
    std::optional<event::Position> position;
    event::PositionFault fault = event::PositionFault::none;
    std::string place, text;
    WallTime time;
};

Content content_after(const Incident& known, const event::Event& event, bool is_newer) {
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

Result<Change> change(journal::Book& book, const Incident& known, const event::Event& event,
                      const EventId& id) {
    if (event.test && !known.test) return record_late(book, known, event, id, "test");
    const auto next = after_sent(known.state, event.state);
    if (!next) return record_late(book, known, event, id, is_terminal(known.state) ? "ended" : "released");
    // A revision was already judged by its number.
    const bool is_newer = event.revision.has_value() || event.state_time >= known.content_time;
    const bool is_real = known.test && !event.test && is_open(*next);
    if (!is_newer && !is_real && *next == known.state) return record_late(book, known, event, id, "older");

    const auto content = content_after(known, event, is_newer);
    TRY([[maybe_unused]] const auto entry,
        book.append({"incident.changed",
                     "site:" + known.site.value,
                     subjects(known.id, id),
                     {{"incident", known.id.value},
                      {"from", word(known.state)},
                      {"to", word(*next)},
                      {"cause", "event"},
                      {"event", id.value},
                      {"code", event.state},
                      {"real", is_real},
                      {"position", event::to_journal(content.position)},
                      {"positionFault", json::string(event::to_string(content.fault))},
                      {"place", content.place},
                      {"text", content.text},
                      {"stateTime", to_us(content.time)}}}));
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

Result<void> check_text(const Act& act, ActClass kind) {
    if (!event::is_utf8(act.text)) return fail_field("text", "must be UTF-8");
    if (letters(act.text) > kActTextLettersMax)
        return fail_field("text", "must be at most " + std::to_string(kActTextLettersMax) + " letters");
    const bool is_blank = act.text.find_first_not_of(" \t\r\n") == std::string::npos;
    if (is_blank && (kind == ActClass::cancel || kind == ActClass::note)) {
        return fail_field("text", "is required for " + act.act);
    }
    return {};
}

Result<ActClass> check_act(const Actor& actor, const Act& act) {
    if (actor.role == "agency") return fail(ErrorKind::forbidden, "an agency may not act on incidents");
    const auto kind = act_class(act.act);
    if (!kind) return fail_field("act", "must be one of " + act_names());
    TRY_DO(check_text(act, *kind));
    const bool is_outcome = std::find(kOutcomes.begin(), kOutcomes.end(), act.outcome) != kOutcomes.end();
    if (*kind == ActClass::close && !is_outcome)
        return fail_field("outcome", "is required for close: one of " + joined(kOutcomes));
    if (*kind != ActClass::close && !act.outcome.empty()) return fail_field("outcome", "is for close only");
    return *kind;
}

auto refuse_act(const Incident& incident, const Act& act, ActClass kind) {
    const auto is_now = "the incident is " + std::string(to_string(incident.state));
    if (kind == ActClass::receive && is_open(incident.state)) {
        return fail(ErrorKind::conflict, "the incident is already received");
    }
    if (kind == ActClass::step && incident.state == State::fresh) {
        return fail(ErrorKind::conflict, is_now + ": receive it before act '" + act.act + "'");
    }
    return fail(ErrorKind::conflict, is_now + ": act '" + act.act + "' is no longer possible");
}

}  // namespace

Result<Change> receive_event(journal::Book& book, const event::Event& event, const EventId& id,
                             const SiteId& site) {
    TRY(const auto incident, incident_of_event(book.db(), id));
    if (!incident) return open(book, event, id, site);
    if (!event::is_state(event.state)) {
        return fail(ErrorKind::invalid, "state '" + event.state + "' is not a known state");
    }
    TRY(const auto known, get(book.db(), *incident));
    // The drill is over, and somebody calls under its number: a case of its own. Nothing reopens, and nobody is left.
    const auto opening = opening_of(event.state);
    if (known.test && !event.test && !is_open(known.state) && is_open(opening->state)) return open(book, event, id, site, "real after a test");
    return change(book, known, event, id);
}

Result<std::optional<Change>> receive_late(journal::Book& book, const event::Event& event, const EventId& id) {
    TRY(const auto incident, incident_of_event(book.db(), id));
    if (!incident) return std::optional<Change>{};
    TRY(const auto known, get(book.db(), *incident));
    TRY(auto change, record_late(book, known, event, id, "older"));
    return std::optional(std::move(change));
}

Result<Incident> act(journal::Book& book, const Actor& actor, const IncidentId& id, const Act& act) {
    TRY(const auto kind, check_act(actor, act));
    TRY(const auto incident, get(book.db(), id));
    const auto next = after_act(incident.state, kind);
    if (!next) return refuse_act(incident, act, kind);
    TRY([[maybe_unused]] const auto entry,
        book.append({"incident.acted",
                     "user:" + actor.user.value,
                     {"incident:" + id.value},
                     {{"incident", id.value},
                      {"act", act.act},
                      {"text", event::clean(act.text, 4 * kActTextLettersMax).text},
                      {"outcome", act.outcome},
                      {"from", word(incident.state)},
                      {"to", word(*next)}}}));
    return get(book.db(), id);
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
