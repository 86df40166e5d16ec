// The main job: an event becomes an incident, the incident gets its cameras, the cameras get their grants;
// and the end.
#include "app/site/river.hpp"

#include <algorithm>

#include "app/site/site.hpp"
#include "base/log.hpp"
#include "event/types.hpp"
#include "grant/read.hpp"
#include "grant/verbs.hpp"
#include "incident/fold.hpp"

namespace bongsu::app {

namespace {

constexpr int kSeenScore = 1000;  // The best that there is.
constexpr std::string_view kOperatorPurpose = "operator-incident";

/// Whether an event opened it. What a person opened by hand names cameras of that person's choice: it stands for itself.
bool belongs_to_event(const grant::Grant& grant) { return !grant.event.value.empty(); }

std::vector<CameraId> ids_of(const std::vector<incident::ChosenCamera>& chosen) {
    std::vector<CameraId> ids;
    for (const auto& camera : chosen) ids.push_back(camera.id);
    return ids;
}

}  // namespace

/// Where somebody saw it on a camera, that one comes first: it is known to show it.
Result<std::vector<incident::ChosenCamera>> Site::choose_cameras(const event::Position& position, const CameraId& seen_on) {
    coverage::Rule rule;
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
    TRY(const auto change, incident::receive_event(*book_, event, recorded.event, options_.id));
    if (change.late) return std::optional{change.incident};
    TRY(const auto now, incident::get(*folds_db_, change.incident));
    // A test is shown and nothing follows from it.
    if (change.test) return std::optional{change.incident};
    if (!change.ended && (change.opened || change.moved || change.real)) {
        std::vector<CameraId> cameras;
        if (now.position) {
            TRY(const auto chosen, choose_cameras(*now.position, seen_on));
            TRY_DO(incident::record_cameras(*book_, change.incident, chosen));
            if (change.moved) TRY_DO(follow(change.incident, chosen));
            cameras = ids_of(chosen);
        }
        if (change.opened || change.real) TRY_DO(open_video(now, cameras, OpenedBy::event));
    }
    if (change.ended) TRY_DO(end_grants(change.incident, end_reason(now.state)));
    // A sender that says "received" (20) has confirmed an ordinary case on its side; ours still waits for our
    // operator.
    return std::optional{change.incident};
}

Result<void> Site::open_video(const IncidentId& id, OpenedBy by) {
    TRY(const auto incident, incident::get(*folds_db_, id));
    TRY(const auto chosen, incident::cameras(*folds_db_, id));
    return open_video(incident, ids_of(chosen), by);
}

/// The two grants of an incident: its sender's, when the type has a purpose for that, and the centre's operators'.
Result<void> Site::open_video(const incident::Incident& incident, const std::vector<CameraId>& cameras, OpenedBy by) {
    if (!incident::is_open(incident.state)) return fail(ErrorKind::conflict, "the incident has ended");
    if (incident.test) return fail(ErrorKind::conflict, "the incident is a test: it opens no video");
    const auto now = env_.clock.wall();
    TRY(const auto standing, grant::live_grants_of_incident(*folds_db_, incident.id, now));
    const auto issue = [&](const grant::Purpose& purpose, const AgencyId& holder) -> Result<void> {
        const bool stands = std::any_of(standing.begin(), standing.end(), [&](const grant::Grant& g) {
            return g.purpose == purpose.key && g.holder.agency == holder && belongs_to_event(g);
        });
        // Which grades open it without a person is the purpose's declaration.
        if (stands || (by == OpenedBy::event && !purpose.opens_by_itself(incident.grade))) return {};
        // What a person ended stays ended until a person asks for it: neither a message nor a receipt overrules those words.
        if (by != OpenedBy::person) {
            TRY(const bool is_ended, grant::is_ended_by_person(*folds_db_, incident.id, purpose.key, holder));
            if (is_ended) return {};
        }
        grant::GrantRequest request;
        request.actor = "site:" + options_.id.value;
        request.purpose = purpose.key;
        request.incident = incident.id;
        request.event = incident.event;
        request.holder.agency = holder;
        request.cameras = cameras;
        TRY_DO(grant::issue(*book_, purposes_, request));
        return {};
    };
    // "P1100000000" or "B1100000000:source": the agency that was authenticated stands before the colon.
    const AgencyId sender{incident.sender.substr(0, incident.sender.find(':'))};
    for (const auto* purpose : purposes_.for_event(incident.type, sender)) {
        if (purpose->holder == grant::HolderRule::requesting_agency && sender != here().agency)
            TRY_DO(issue(*purpose, sender));
    }
    const auto* own = purposes_.find(kOperatorPurpose);
    if (own == nullptr) return fail(ErrorKind::not_found, "the purpose operator-incident is not declared");
    return issue(*own, here().agency);
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

Result<void> Site::end_grants(const IncidentId& id, std::string_view reason) {
    TRY_DO(grant::end_of_incident(*book_, "site:" + options_.id.value, id, std::string(reason)));
    return {};
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
    if (incident::is_open(before) && !incident::is_open(now.state))
        return end_grants(id, end_reason(now.state));
    // 접수 is the approval (state 20, 접수/승인): an ordinary case's video opens with it, or by its own act.
    if (act == "receive" && !now.test) return open_video(id, OpenedBy::receipt);
    if (act == "open_video") return open_video(id, OpenedBy::person);
    return {};
}

}  // namespace bongsu::app
