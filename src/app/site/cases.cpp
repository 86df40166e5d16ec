// Incidents that are one case, and one that is two.
#include <boost/json/serialize.hpp>

#include "app/site/handlers.hpp"
#include "app/site/own_file.hpp"
#include "grant/read.hpp"
#include "grant/verbs.hpp"
#include "hold/hold.hpp"
#include "http/page.hpp"
#include "incident/fold.hpp"

namespace bongsu::app {

/// joining.toml of a site's folder, else what the program brings along.
Result<void> Site::load_joining() {
    TRY(joining_, own_file(env_.disk, site_folder(options_.data, options_.id) + "/joining.toml", &incident::Joining::parse, incident::Joining::defaults()));
    return {};
}

Result<Site::Merged> Site::to_merge(const IncidentId& id) {
    Merged out;
    TRY(out.incident, incident::get(*folds_db_, id));
    TRY(const auto reports, incident::reports(*folds_db_, id));
    for (const auto& report : reports) out.events.insert(report.event);
    return out;
}

/// Whoever looks goes on looking: what was lent for the one is lent for the other.
Result<void> Site::after_merge(const incident::Incident& before, const Merged& other, const std::string& actor) {
    TRY(const auto grants, grant::coming_grants_of_incident(*folds_db_, other.incident.id, env_.clock.wall()));
    for (const auto& grant : grants) TRY_DO(grant::move(*book_, actor, grant.id, before.id));
    TRY_DO(hold::bound(*book_, actor, other.incident.id, env_.clock.wall()));
    TRY(const auto now, incident::get(*folds_db_, before.id));
    // Whoever reported the one that was behind hears how far the case is.
    TRY(const auto reports, incident::reports(*folds_db_, before.id));
    for (const auto& report : reports) {
        const auto state = other.events.contains(report.event) ? other.incident.state : before.state;
        if (!report.ended_at && state != now.state) TRY_DO(tell_report(now, report, actor));
    }
    if (!before.position && now.position && !now.test) TRY_DO(choose_again(now));
    TRY(const bool is_held, hold::stands(*folds_db_, other.incident.id));
    if (is_held) TRY_DO(hold_video(now, actor));
    if (now.owner && !now.test) TRY_DO(open_video(now.id, OpenedBy::receipt));
    if (now.owner) TRY_DO(begin_procedure(now, actor));
    return {};
}

/// The cameras of where it is now, and whoever looks looks there.
Result<void> Site::choose_again(const incident::Incident& incident) {
    TRY(const auto chosen, choose_cameras(*incident.position, {}));
    TRY_DO(incident::record_cameras(*book_, incident.id, chosen));
    return follow(incident.id, chosen);
}

Result<void> Site::after_split(const IncidentId& from, const incident::Incident& made, const std::string& actor) {
    TRY(const auto grants, grant::coming_grants_of_incident(*folds_db_, from, env_.clock.wall()));
    for (const auto& grant : grants) {
        if (grant.event == made.event) TRY_DO(grant::move(*book_, actor, grant.id, made.id));
    }
    TRY(const auto before, incident::get(*folds_db_, from));
    if (!made.test && made.position) TRY_DO(choose_again(made));
    // What led it may have been the other's place.
    if (!before.test && before.position) TRY_DO(choose_again(before));
    if (!made.test) TRY_DO(open_video(made.id, OpenedBy::receipt));
    TRY(const bool is_held, hold::stands(*folds_db_, from));
    if (is_held) TRY_DO(hold_video(made, actor));
    TRY(const auto report, incident::report_of(*folds_db_, made.id, made.event));
    if (before.state == incident::State::fresh) TRY_DO(tell_report(made, report, actor));
    return begin_procedure(made, actor);
}

namespace {

std::string actor_of(const Call& call) { return "user:" + call.session->user.value; }

incident::Actor who(const Call& call) { return {call.session->user, std::string(identity::to_string(call.session->role))}; }

Handlers::Answer answer(int status, Result<std::string> body) {
    if (!body) return http::problem(body.error());
    http::Response response;
    response.status = status;
    response.body = *std::move(body);
    response.headers["Cache-Control"] = "no-store";
    return response;
}

}  // namespace

Handlers::Answer Handlers::merge_incident(Site& site, Call& call) {
    return answer(200, [&]() -> Result<std::string> {
        const IncidentId id{call.request.captures.at(0)};
        TRY(const auto body, http::parse_object(call.request.body));
        TRY(const auto other, http::required_text(body, "other", 40));
        TRY_DO(site.may_see(*call.session, id));
        TRY_DO(site.may_see(*call.session, {other}));
        TRY(auto text, http::optional_text(body, "text", incident::kActTextLettersMax));
        TRY(const auto before, incident::get(*site.folds_db_, id));
        TRY(const auto merged, site.to_merge({other}));
        if (site.desk_of(before.type) != site.desk_of(merged.incident.type))
            return fail(ErrorKind::conflict, "the two are not for the same eyes: one of them is seen by some roles alone");
        TRY_DO(incident::merge(*site.book_, who(call), {id, {other}, std::move(text).value_or("")}));
        TRY_DO(site.after_merge(before, merged, actor_of(call)));
        TRY(const auto now, incident::get(*site.folds_db_, id));
        return incident::to_json(now, site.type_names_);
    }());
}

Handlers::Answer Handlers::split_incident(Site& site, Call& call) {
    return answer(201, [&]() -> Result<std::string> {
        const IncidentId id{call.request.captures.at(0)};
        TRY(const auto body, http::parse_object(call.request.body));
        TRY(const auto event, http::required_text(body, "event", 40));
        TRY_DO(site.may_see(*call.session, id));
        TRY(const auto made, incident::split(*site.book_, who(call), id, {event}));
        TRY_DO(site.after_split(id, made, actor_of(call)));
        TRY(const auto now, incident::get(*site.folds_db_, made.id));
        return incident::to_json(now, site.type_names_);
    }());
}

Handlers::Answer Handlers::incident_reports(Site& site, Call& call) {
    const auto who = viewer(site, call);
    return who ? incident::get_reports(*site.book_, call.request, *who) : http::problem(who.error());
}
Handlers::Answer Handlers::near_incidents(Site& site, Call& call) {
    const auto who = viewer(site, call);
    return who ? incident::get_near(*site.book_, call.request, *who) : http::problem(who.error());
}

}  // namespace bongsu::app
