// What persons do to an incident.
#include <algorithm>
#include <array>

#include "event/text.hpp"
#include "incident/fold.hpp"
#include "incident/transitions.hpp"
#include "incident/verbs.hpp"

namespace bongsu::incident {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 6> kOutcomes{"true", "false", "drill", "test", "duplicate", "unknown"};
constexpr std::string_view kHandOver = "hand_over";

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
    if (act.person.value.empty() != (act.act != kHandOver))
        return fail_field("person", act.act == kHandOver ? "is required for hand_over: to whom" : "is for hand_over only");
    return *kind;
}

bool leads(const Actor& actor) { return actor.role == "police" || actor.role == "supervisor"; }

Result<void> check_hand(const Actor& actor, const Incident& incident, const Act& act, const Sits& sits) {
    const bool owns = incident.owner == actor.user;
    if (act.act == kHandOver) {
        if (!owns && !leads(actor)) return fail(ErrorKind::forbidden, "who has the incident in hand hands it over, or a police officer or supervisor");
        if (incident.owner == act.person) return fail(ErrorKind::conflict, "the person has the incident in hand already");
        TRY(const bool is_there, sits ? sits(act.person) : Result<bool>(true));
        if (!is_there) return fail_code(ErrorKind::conflict, "not_seated", "the person sits at no seat: an incident is handed to who can see it");
        return {};
    }
    if (owns) return fail(ErrorKind::conflict, "the incident is in the caller's hand already");
    if (!incident.owner || leads(actor)) return {};
    TRY(const bool is_there, sits ? sits(*incident.owner) : Result<bool>(true));
    if (is_there) return fail(ErrorKind::forbidden, "somebody has the incident in hand who is at a seat: a police officer or supervisor takes it over, or it is handed over");
    return {};
}

/// Whose it is and who commands it, where the state alone does not decide.
Result<void> check_person(const Actor& actor, const Incident& incident, const Act& act, ActClass kind, const Sits& sits) {
    if (kind == ActClass::receive && incident.owner) return fail(ErrorKind::conflict, "the incident is already received");
    if (kind == ActClass::hand) return check_hand(actor, incident, act, sits);
    if (kind == ActClass::command) {
        if (actor.role != "police") return fail(ErrorKind::forbidden, "a police officer commands");
        if (incident.commander == actor.user) return fail(ErrorKind::conflict, "the caller commands the incident already");
    }
    if (kind == ActClass::yield) {
        if (!incident.commander) return fail(ErrorKind::conflict, "nobody commands the incident");
        if (incident.commander != actor.user && actor.role != "supervisor")
            return fail(ErrorKind::forbidden, "who commands yields the command, or a supervisor ends it");
    }
    return {};
}

auto refuse_act(const Incident& incident, const Act& act, ActClass kind) {
    const auto is_now = "the incident is " + std::string(to_string(incident.state));
    const bool waits = kind == ActClass::step || kind == ActClass::hand || kind == ActClass::yield;
    if (waits && incident.state == State::fresh) {
        return fail(ErrorKind::conflict, is_now + ": receive it before act '" + act.act + "'");
    }
    return fail(ErrorKind::conflict, is_now + ": act '" + act.act + "' is no longer possible");
}

}  // namespace

Result<Incident> act(journal::Book& book, const Actor& actor, const IncidentId& id, const Act& act, const Sits& sits) {
    TRY(const auto kind, check_act(actor, act));
    TRY(const auto incident, get(book.db(), id));
    const auto next = after_act(incident.state, kind);
    if (!next) return refuse_act(incident, act, kind);
    TRY_DO(check_person(actor, incident, act, kind, sits));
    json::object payload{{"incident", id.value},
                         {"act", act.act},
                         {"text", event::clean(act.text, 4 * kActTextLettersMax).text},
                         {"outcome", act.outcome},
                         {"from", word(incident.state)},
                         {"to", word(*next)}};
    if (!act.person.value.empty()) payload["person"] = act.person.value;
    TRY_DO(book.append({"incident.acted", "user:" + actor.user.value, {"incident:" + id.value}, std::move(payload)}));
    return get(book.db(), id);
}

Result<bool> note_step(journal::Book& book, const Actor& actor, const IncidentId& id) {
    TRY(const auto incident, get(book.db(), id));
    const auto next = after_act(incident.state, ActClass::step);
    if (!next || (*next == incident.state && incident.owner)) return false;
    TRY_DO(book.append({"incident.acted",
                        "user:" + actor.user.value,
                        {"incident:" + id.value},
                        {{"incident", id.value}, {"act", json::string(kProcedureStep)}, {"text", ""}, {"outcome", ""}, {"from", word(incident.state)}, {"to", word(*next)}}}));
    return true;
}

Result<void> escalate(journal::Book& book, const IncidentId& id, std::int64_t level, std::chrono::seconds after) {
    TRY(const auto incident, get(book.db(), id));
    const bool waits = is_open(incident.state) && !incident.owner && !incident.commander;
    if (!waits || incident.escalation >= level) return fail(ErrorKind::conflict, "the incident is in somebody's hand, over, or escalated so far already");
    TRY_DO(book.append({"incident.escalated",
                        "site:" + incident.site.value,
                        {"incident:" + id.value},
                        {{"incident", id.value}, {"level", level}, {"after", after.count()}}}));
    return {};
}

}  // namespace bongsu::incident
