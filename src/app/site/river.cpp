// The main job: an event becomes an incident, the incident gets its cameras, the cameras get their grants;
// and the end.
#include "app/site/river.hpp"

#include <algorithm>

#include "app/site/site.hpp"
#include "base/log.hpp"
#include "coverage/houses.hpp"
#include "event/types.hpp"
#include "grant/read.hpp"
#include "grant/verbs.hpp"
#include "hold/hold.hpp"
#include "incident/fold.hpp"
#include "incident/reports.hpp"

namespace bongsu::app {

namespace {

constexpr int kSeenScore = 1000;  // The best that there is.

/// Whether an event opened it. What a person opened by hand names cameras of that person's choice: it stands for itself.
bool belongs_to_event(const grant::Grant& grant) { return !grant.event.value.empty(); }

std::vector<CameraId> ids_of(const std::vector<incident::ChosenCamera>& chosen) {
    std::vector<CameraId> ids;
    for (const auto& camera : chosen) ids.push_back(camera.id);
    return ids;
}

}  // namespace

/// A map of houses with a slip in it is better than none: what cannot be read of it is said and left out.
Result<void> Site::load_houses() {
    const auto path = site_folder(options_.data, options_.id) + "/houses.geojsonl";
    if (!env_.disk.exists(path)) return {};
    TRY(const auto lines, env_.disk.read(path));
    const auto read = coverage::read_houses(lines);
    if (read.refused > 0) LOG_WARN("coverage.houses_left_out", {{"file", path}, {"count", read.refused}, {"first", read.first}});
    houses_ = coverage::Occluders(read.houses);
    return {};
}

/// Where somebody saw it on a camera, that one comes first: it is known to show it.
Result<std::vector<incident::ChosenCamera>> Site::choose_cameras(const event::Position& position, const CameraId& seen_on) {
    coverage::Rule rule;
    rule.houses = houses_.size() > 0 ? &houses_ : nullptr;
    const auto choices = coverage::choose(directory_, position.lon_e7 / 1e7, position.lat_e7 / 1e7, rule);
    std::vector<incident::ChosenCamera> out;
    if (!seen_on.value.empty()) out.push_back({seen_on, kSeenScore, {"seen_there"}});
    for (const auto& choice : choices) {
        if (choice.id != seen_on && (seen_on.value.empty() || out.size() < rule.count)) out.push_back({choice.id, choice.score, choice.reasons});
    }
    return out;
}

/// Decoded event in, everything that follows from it appended. Answers the incident, if it has one.
Result<std::optional<IncidentId>> Site::receive(const event::Event& event, const event::Recorded& recorded, const CameraId& seen_on) {
    if (recorded.outcome == event::Outcome::repeat || recorded.outcome == event::Outcome::conflict) {
        return incident::incident_of_event(*folds_db_, recorded.event);
    }
    if (recorded.outcome == event::Outcome::late) {
        TRY(const auto late, incident::receive_late(*book_, event, recorded.event));
        return late ? std::optional{late->incident} : std::optional<IncidentId>{};
    }
    const auto* type = event::find_type(event.type);
    if (type != nullptr && type->telemetry) return std::optional<IncidentId>{};
    // The rows are for what agencies report: what our own analysis saw joins nothing by itself, nor what only some of us may see.
    static const incident::Joining kNone{};
    const auto& rows = seen_on.value.empty() && desk_of(event.type).empty() ? joining_ : kNone;
    TRY(const auto change, incident::receive_event(*book_, event, recorded.event, options_.id, rows));
    if (change.late) return std::optional{change.incident};
    TRY(const bool is_judged, judge_report(event, recorded.event, change.incident));
    if (change.joined || change.report_ended) {
        TRY_DO(change.joined ? after_join(change) : end_of_report(change.incident, change.event, event.state));
        return std::optional{change.incident};
    }
    TRY(const auto now, incident::get(*folds_db_, change.incident));
    // A test is shown and nothing follows from it.
    if (change.test) return std::optional{change.incident};
    if (!change.ended && (change.opened || change.moved || change.real)) {
        std::vector<CameraId> cameras;
        if (now.position) {
            TRY(const auto chosen, change.moved && now.moves > 0 ? Movement::choose(*this, now) : choose_cameras(*now.position, seen_on));
            TRY_DO(incident::record_cameras(*book_, change.incident, chosen));
            if (change.moved) TRY_DO(follow(change.incident, chosen));
            TRY(const bool is_held, hold::stands(*folds_db_, change.incident));
            if (is_held) TRY_DO(hold_video(now, "site:" + options_.id.value));
            cameras = ids_of(chosen);
        }
        if (change.opened || change.real) TRY_DO(open_video(now, cameras, OpenedBy::event));
    }
    if (is_judged && !change.opened && incident::is_open(now.state)) TRY_DO(follow_code(now, recorded.event));
    if (change.ended) TRY_DO(end_of_incident(now));
    // A sender that says "received" (20) has confirmed an ordinary case on its side; ours still waits for our
    // operator.
    return std::optional{change.incident};
}

Result<void> Site::open_video(const IncidentId& id, OpenedBy by) {
    TRY(const auto incident, incident::get(*folds_db_, id));
    TRY(const auto chosen, incident::cameras(*folds_db_, id));
    return open_video(incident, ids_of(chosen), by);
}

/// The grants of an incident: each sender's, when its type has a purpose for that, and the centre's operators'.
Result<void> Site::open_video(const incident::Incident& incident, const std::vector<CameraId>& cameras, OpenedBy by, const EventId& only) {
    if (!incident::is_open(incident.state)) return fail(ErrorKind::conflict, "the incident has ended");
    if (incident.test) return fail(ErrorKind::conflict, "the incident is a test: it opens no video");
    TRY(const auto standing, grant::live_grants_of_incident(*folds_db_, incident.id, env_.clock.wall()));
    const GrantWish wish{incident, cameras, standing, by};
    TRY(const auto reports, incident::reports(*folds_db_, incident.id));
    for (const auto& report : reports) {
        const bool is_asked = only.value.empty() || report.event == only;
        if (report.ended_at || report.agency() == here().agency || !is_asked) continue;
        const auto* service = services_.of_type(report.type);
        if (service != nullptr && !service->is_sent_by(report.agency().value)) continue;  // What others send under its types is no case of it.
        for (const auto* purpose : purposes_.for_event(report.type, report.agency())) {
            if (purpose->holder == grant::HolderRule::requesting_agency) TRY_DO(issue_grant(wish, *purpose, report.event, report.grade, report.agency()));
        }
    }
    const auto* own = own_purpose(incident.type);
    if (own == nullptr && !desk_of(incident.type).empty()) return {};
    if (own == nullptr) return fail(ErrorKind::not_found, "the purpose operator-incident is not declared");
    return issue_grant(wish, *own, incident.event, incident.grade, here().agency);
}

Result<void> Site::issue_grant(const GrantWish& wish, const grant::Purpose& purpose, const EventId& event, const std::string& grade, const AgencyId& holder) {
    // One sender's two reports have a grant each: either ends with its own.
    const bool is_own = holder == here().agency;
    const bool stands = std::any_of(wish.standing.begin(), wish.standing.end(), [&](const grant::Grant& g) {
        return g.purpose == purpose.key && g.holder.agency == holder && belongs_to_event(g) && (is_own || g.event == event);
    });
    // Which codes or grades open it without a person, and which not at all, are declarations.
    TRY(const auto opening, is_own ? Result<Opening>(purpose.opens_by_itself(grade) ? Opening::by_itself : Opening::asked) : opening_of_report(event, purpose, grade));
    if (stands || opening == Opening::refused || (wish.by == OpenedBy::event && opening != Opening::by_itself)) return {};
    // What a person ended stays ended until a person asks for it: neither a message nor a receipt overrules those words.
    if (wish.by != OpenedBy::person) {
        TRY(const bool is_ended, is_own ? grant::is_ended_by_person(*folds_db_, wish.incident.id, purpose.key, holder)
                                        : grant::is_ended_by_person_of_event(*folds_db_, event, purpose.key, holder));
        if (is_ended) return {};
    }
    grant::GrantRequest request;
    request.actor = "site:" + options_.id.value;
    request.purpose = purpose.key;
    request.incident = wish.incident.id;
    request.event = event;
    request.holder.agency = holder;
    request.cameras = wish.cameras;
    TRY_DO(grant::issue(*book_, purposes_, request));
    return {};
}

/// Raw first and decoded after, as whatever comes in from outside.
Result<std::optional<IncidentId>> Site::tell_ourselves(const Told& told) {
    event::RawMessage message{.format = "cloudevents",
                              .profile = "",
                              .agency = told.agency,
                              .remote = told.remote,
                              .content_type = "application/json",
                              .headers = {},
                              .bytes = told.text,
                              .masked = {},
                              .masked_bytes = 0};
    TRY(const auto raw, event::record_raw(*book_, message));
    TRY(auto decoding, decode_kept({.message = std::move(message), .actor = {}, .time = raw.time}));
    if (!decoding.ok()) return fail_field(decoding.refusal.field, decoding.refusal.reason);
    const auto event = std::get<event::Event>(*std::move(decoding.content));
    TRY(const auto recorded, event::record_event(*book_, event, raw));
    return receive(event, recorded, told.seen_on);
}

/// One of several senders has ended its part: what was lent for that goes back. The centre's own people go on.
Result<void> Site::end_of_report(const IncidentId& incident, const EventId& event, std::string_view code) {
    const auto* why = code == "90" ? "its sender cancelled" : code == "50" ? "its sender released it" : "its sender closed its part";
    TRY(const auto grants, grant::coming_grants_of_incident(*folds_db_, incident, env_.clock.wall()));
    for (const auto& grant : grants) {
        if (grant.event == event && grant.holder.agency != here().agency) TRY_DO(grant::end_for(*book_, "site:" + options_.id.value, grant.id, why));
    }
    return {};
}

/// Another sender reports a case that is known: it sees what the others see, by its own purpose, and hears how far we are.
Result<void> Site::after_join(const incident::Change& change) {
    TRY(const auto now, incident::get(*folds_db_, change.incident));
    if (now.test) return {};
    TRY(const auto chosen, incident::cameras(*folds_db_, change.incident));
    // Where somebody of ours has received the case, that was the approval of whoever reports it.
    TRY_DO(open_video(now, ids_of(chosen), now.owner ? OpenedBy::receipt : OpenedBy::event, change.event));
    TRY(const auto report, incident::report_of(*folds_db_, change.incident, change.event));
    return tell_report(now, report, "site:" + options_.id.value);
}

/// The place moved: the grants of its events follow to the cameras that see it now.
Result<void> Site::follow(const IncidentId& id, const std::vector<incident::ChosenCamera>& chosen) {
    const auto cameras = ids_of(chosen);
    TRY(const auto grants, grant::live_grants_of_incident(*folds_db_, id, env_.clock.wall()));
    for (const auto& grant : grants) {
        if (!belongs_to_event(grant)) continue;
        TRY_DO(grant::change_cameras(*book_, "site:" + options_.id.value, grant.id, cameras));
    }
    return {};
}

/// It stopped being open: nobody looks under it any more, and what is held of it has an end.
Result<void> Site::end_of_incident(const incident::Incident& incident) {
    const auto actor = "site:" + options_.id.value;
    TRY_DO(grant::end_of_incident(*book_, actor, incident.id, std::string(end_reason(incident.state))));
    return hold::bound(*book_, actor, incident.id, env_.clock.wall());
}

std::string_view end_reason(incident::State state) {
    switch (state) {
        case incident::State::closed:
            return "the incident was closed";
        case incident::State::cancelled:
            return "the incident was cancelled";
        case incident::State::released:
            return "the incident was released";
        case incident::State::auto_closed:
            return "the incident was closed by the system";
        default:
            return "the incident ended";
    }
}

/// What an operator's act leads to.
Result<void> Site::after_act(const IncidentId& id, std::string_view act, incident::State before,
                             const std::string& actor) {
    TRY(const auto now, incident::get(*folds_db_, id));
    TRY_DO(tell_sender(now, before, actor));
    if (incident::is_open(before) && !incident::is_open(now.state)) return end_of_incident(now);
    if (incident::is_open(now.state) && now.owner) TRY_DO(begin_procedure(now, actor));
    if (act == "request_hold") TRY_DO(hold_video(now, actor));
    TRY_DO(take_step_of(id, act, actor));
    // 접수 is the approval (state 20, 접수/승인): an ordinary case's video opens with it, or by its own act.
    if ((act == "receive" || act == "command") && !now.test) return open_video(id, OpenedBy::receipt);
    if (act == "open_video") return open_video(id, OpenedBy::person);
    return {};
}

}  // namespace bongsu::app
