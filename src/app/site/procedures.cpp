// What has to be done about an incident, step by step, and its video held.
#include "sop/http.hpp"

#include "alarm/verbs.hpp"
#include "app/site/handlers.hpp"
#include "app/site/own_file.hpp"
#include "app/site/watched_rules.hpp"
#include "base/log.hpp"
#include "hold/hold.hpp"
#include "hold/http.hpp"
#include "http/page.hpp"
#include "incident/fold.hpp"

namespace bongsu::app {

/// sops.toml of a site's folder, else what the program brings along.
Result<void> Site::load_sops() {
    TRY(own_sops_, own_file(env_.disk, site_folder(options_.data, options_.id) + "/sops.toml", &sop::Sops::parse, sop::Sops::defaults()));
    return {};
}

/// A version whose text was changed keeps the one on record: a slip in a file must not keep a centre from starting.
Result<void> Site::publish_sops() {
    for (const auto& sop : sops_.all()) {
        const auto published = sop::publish(*book_, "site:" + options_.id.value, sop);
        if (published) continue;
        if (published.error().kind != ErrorKind::conflict) return tl::unexpected(published.error());
        LOG_ERROR("sop.not_published", {{"sop", sop.key}, {"why", published.error().message}});
    }
    return {};
}

/// Once somebody has it in hand.
Result<void> Site::begin_procedure(const incident::Incident& incident, const std::string& actor) {
    const auto* sop = sops_.for_event(incident.type);
    if (sop == nullptr) return {};
    TRY(const auto run, sop::run_of(*folds_db_, incident.id));
    if (run) return {};
    return sop::begin(*book_, actor, incident.id, sop->key, sop->version);
}

/// An act that is the step whose turn it is has done that.
Result<void> Site::take_step_of(const IncidentId& id, std::string_view act, const std::string& actor) {
    TRY(const auto run, sop::run_of(*folds_db_, id));
    const auto* current = run ? run->progress.current : nullptr;
    if (current == nullptr || current->does != act) return {};
    return sop::take_step(*book_, actor, id, {.step = current->key, .answer = {}, .reason = {}});
}

/// A step that is an act is done as that act, which takes the step.
Result<void> Site::take_step(const identity::Session& session, const IncidentId& id, const sop::StepAct& step) {
    TRY(const auto before, incident::get(*folds_db_, id));
    if (!incident::is_open(before.state)) return fail(ErrorKind::conflict, "the incident has ended");
    if (before.state == incident::State::fresh) return fail(ErrorKind::conflict, "the incident is new: receive it before its procedure");
    const auto actor = "user:" + session.user.value;
    const incident::Actor who{session.user, std::string(identity::to_string(session.role))};
    TRY(const auto run, sop::run_of(*folds_db_, id));
    const auto* current = run ? run->progress.current : nullptr;
    if (current != nullptr && current->key == step.step && !current->does.empty() && !step.skip) {
        TRY_DO(incident::act(*book_, who, id, {.act = current->does}));
        return after_act(id, current->does, before.state, actor);
    }
    TRY_DO(sop::take_step(*book_, actor, id, step));
    TRY_DO(incident::note_step(*book_, who, id));
    TRY(const auto now, incident::get(*folds_db_, id));
    TRY_DO(tell_sender(now, before.state, actor));
    if (!step.skip || alarm_rules_.find(kStepSkipped) == nullptr || before.test || !is_centre()) return {};
    const auto source = "sop:" + id.value + ":" + step.step;
    TRY_DO(alarm::raise(*book_, alarm_rules_, actor, {source, std::string(kStepSkipped), {}, {}}));
    TRY_DO(alarm::clear(*book_, actor, source, std::string(kStepSkipped)));
    return {};
}

/// What was none is closed without its procedure: nobody holds the video of a false alarm to be allowed to end it.
Result<void> Site::check_gate(const IncidentId& id, const http::Request& request) {
    const auto body = http::parse_object(request.body);
    if (!body) return {};  // Its handler says so.
    const auto act = http::optional_text(*body, "act", 40), outcome = http::optional_text(*body, "outcome", 40);
    if (!act || !*act) return {};
    const bool is_none = **act == "close" && outcome && *outcome && **outcome != "true" && **outcome != "unknown";
    const auto known = incident::get(*folds_db_, id);
    // Of one that its sender released no step can be taken any more.
    const bool is_over = known && !incident::is_open(known->state);
    return is_none || is_over ? Result<void>{} : sop::check_gate(*folds_db_, id, **act);
}

Result<void> Site::hold_video(const incident::Incident& incident, const std::string& actor) {
    TRY(const auto chosen, incident::cameras(*folds_db_, incident.id));
    std::vector<CameraId> cameras;
    for (const auto& camera : chosen) cameras.push_back(camera.id);
    TRY_DO(hold::order(*book_, actor, incident.id, cameras, incident.opened_at, incident.ended_at));
    return {};
}

namespace {

/// 404 for who may not see the incident, as for one that does not exist.
Result<IncidentId> seen(Site& site, Call& call) {
    const auto answer = Handlers::incident(site, call);
    if (answer->status != 200) return fail(ErrorKind::not_found, "there is no such incident");
    return IncidentId{call.request.captures.at(0)};
}

}  // namespace

Handlers::Answer Handlers::procedure(Site& site, Call& call) {
    const auto id = seen(site, call);
    return id ? sop::get_procedure(*site.book_, call.request) : http::problem(id.error());
}

Handlers::Answer Handlers::post_step(Site& site, Call& call) {
    const IncidentId id{call.request.captures.at(0)};
    const auto done = [&]() -> Result<void> {
        TRY_DO(site.may_see(*call.session, id));
        TRY(const auto step, sop::step_in(call.request));
        return site.take_step(*call.session, id, step);
    }();
    return sop::answer(201, *site.book_, id, done);
}

Handlers::Answer Handlers::post_step_ack(Site& site, Call& call) {
    if (const auto may = site.may_see(*call.session, {call.request.captures.at(0)}); !may) return http::problem(may.error());
    return sop::post_ack(*site.book_, call.request, "user:" + call.session->user.value);
}

Handlers::Answer Handlers::holds(Site& site, Call& call) {
    return hold::get_holds(*site.book_, call.request, [&](const IncidentId& id) { return site.may_see(*call.session, id).has_value(); });
}
Handlers::Answer Handlers::end_hold(Site& site, Call& call) {
    const auto known = hold::find(*site.folds_db_, call.request.captures.at(0));
    const auto may = known ? site.may_see(*call.session, known->incident) : Result<void>{};
    if (!may) return http::problem(may.error());
    return hold::post_end(*site.book_, call.request, *call.session);
}

}  // namespace bongsu::app
