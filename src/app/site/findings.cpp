// What an operator finds on a screen becomes an incident at once; which screens were lit stays on record.
#include "duty/finding.hpp"

#include <boost/json/serialize.hpp>

#include "app/site/handlers.hpp"
#include "app/site/kept.hpp"
#include "event/intake.hpp"
#include "event/types.hpp"
#include "grant/read.hpp"
#include "http/face.hpp"
#include "incident/fold.hpp"
#include "incident/verbs.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

/// The event in our own form, as an operator's program would send it to /api/v1/events.
std::string event_text(const std::string& id, const duty::FindingKind& kind, const duty::FindingInput& finding, const device::Camera& camera, WallTime now) {
    return json::serialize(json::object{{"id", id},
                                        {"source", "finding"},
                                        {"type", event::kFound},
                                        {"time", to_rfc3339(now)},
                                        {"grade", kind.grade},
                                        {"position", json::array{camera.lon, camera.lat}},
                                        {"place", camera.name},
                                        {"text", finding.text.empty() ? kind.name_ko : kind.name_ko + ": " + finding.text},
                                        {"items", json::object{{"camera", camera.id.value}, {"finding", kind.key}}}});
}

}  // namespace

/// Who reports what they cannot have seen reports it another way.
Result<void> Site::check_shown(const identity::Session& session, const CameraId& camera) {
    if (directory_.find(camera) == nullptr) return fail_field("camera", "is no camera that is known here");
    TRY(const bool shown, grant::was_shown(*folds_db_, session.user, camera, env_.clock.wall() - std::chrono::minutes(5)));
    if (shown) return {};
    return fail_code(ErrorKind::forbidden, "not_shown", "the camera was not on the caller's screen within the last five minutes");
}

/// Told as whatever comes in; received by who found it, which opens its pictures.
Result<IncidentId> Site::open_found(const duty::Stay& stay, const identity::Session& session, const duty::FindingInput& finding, const std::string& remote) {
    const auto& kind = *duty_rules_.finding(finding.kind);
    const auto& camera = *directory_.find(finding.camera);
    TRY(const auto incident, tell_ourselves({.agency = "user:" + session.user.value,
                                             .remote = remote,
                                             .text = event_text(env_.ulid(), kind, finding, camera, env_.clock.wall()),
                                             .seen_on = camera.id}));
    if (!incident) return fail(ErrorKind::unavailable, "the finding opened no incident");
    const std::string role(identity::to_string(session.role));
    TRY_DO(incident::act(*book_, {session.user, role}, *incident, {.act = "receive"}));
    TRY_DO(after_act(*incident, "receive", incident::State::fresh, "user:" + session.user.value));
    std::optional<std::uint64_t> picture;
    if (!finding.picture.empty()) {
        TRY(picture, duty::keep_picture(*book_, stay, *incident, camera.id, finding.picture));
    }
    TRY_DO(duty::record_found(*book_, stay, kind, camera.id, *incident, picture));
    return *incident;
}

Handlers::Answer Handlers::finding_kinds(Site& site, Call& call) { return duty::get_finding_kinds(site.duty_office(), call.request); }

Handlers::Answer Handlers::post_finding(Site& site, Call& call) {
    const auto made = [&]() -> Result<json::object> {
        const auto& session = *call.session;
        TRY(const auto finding, duty::finding_in(site.duty_rules_, call.request));
        TRY_DO(site.check_on_duty(session));
        TRY(const auto stay, duty::stay_of(*site.folds_db_, session.user));
        if (!stay) return fail_code(ErrorKind::conflict, "not_at_a_seat", "the user sits at no seat");
        TRY_DO(site.check_shown(session, finding.camera));
        TRY(const auto incident, site.open_found(*stay, session, finding, call.request.remote));
        TRY(const auto found, duty::finding_of(*site.folds_db_, incident));
        return duty::finding_json(site.duty_office(), found.value());
    }();
    return made ? http::json_response(201, *made) : http::problem(made.error());
}

namespace {

/// The finding of the incident that the path names, for who may see that one.
Result<duty::Finding> found_of(sql::Db& db, const Handlers::Answer& seen, const IncidentId& id) {
    if (seen->status != 200) return fail(ErrorKind::not_found, "there is no such incident");
    TRY(auto found, duty::finding_of(db, id));
    if (!found) return fail(ErrorKind::not_found, "the incident was not found on a screen");
    return *std::move(found);
}

}  // namespace

Handlers::Answer Handlers::finding(Site& site, Call& call) {
    const auto found = found_of(*site.folds_db_, incident(site, call), {call.request.captures.at(0)});
    return found ? http::answer(200, duty::finding_json(site.duty_office(), *found)) : http::problem(found.error());
}

Handlers::Answer Handlers::finding_picture(Site& site, Call& call) {
    const auto picture = [&]() -> Result<std::string> {
        TRY_DO(site.check_on_duty(*call.session));
        TRY(const auto found, found_of(*site.folds_db_, incident(site, call), {call.request.captures.at(0)}));
        if (!found.picture) return fail(ErrorKind::not_found, "no picture is kept of it");
        return duty::picture(site.book_->journal(), *found.picture);
    }();
    if (!picture) return http::problem(picture.error());
    http::Response response;
    response.content_type = "image/jpeg";
    response.body = *picture;
    response.headers["Cache-Control"] = "no-store";
    response.headers["X-Content-Type-Options"] = "nosniff";
    return response;
}

Handlers::Answer Handlers::post_screens(Site& site, Call& call) {
    const auto shown = [&](const CameraId& camera, WallTime from) { return grant::was_shown(*site.folds_db_, call.session->user, camera, from); };
    return duty::post_screens(site.duty_watch(), call.request, *call.session, shown);
}
Handlers::Answer Handlers::lit_hours(Site& site, Call& call) { return duty::get_lit_hours(site.duty_watch(), call.request); }
Handlers::Answer Handlers::lit_cameras(Site& site, Call& call) { return duty::get_lit_cameras(site.duty_watch(), call.request); }

}  // namespace bongsu::app
