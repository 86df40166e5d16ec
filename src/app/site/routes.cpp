#include "app/site/routes.hpp"

#include <array>
#include <utility>

#include "app/site/handlers.hpp"
#include "app/site/idempotency.hpp"
#include "crypto/crypto.hpp"
#include "event/codec/scsns.hpp"
#include "grant/http.hpp"
#include "identity/http.hpp"

namespace bongsu::app {

namespace {

using identity::Policy;
using identity::Role;

/// Who plans the duty, and who does it.
constexpr auto kPlans = Policy::roles({Role::supervisor, Role::official});
constexpr auto kSits = Policy::roles({Role::operator_, Role::police, Role::supervisor});
/// Who may look under a grant, as under one alone cameras are turned.
constexpr auto kTurns = Policy::roles({Role::operator_, Role::police, Role::supervisor, Role::agency});

// What a route shows of persons: of cameras and sites nothing, of the caller's own account nothing new.
// clang-format off
const std::vector<Route>& table() {
    static const std::vector<Route> routes{
        {"GET",    "/ready",                           Policy::public_(),  Shows::nobody(), &Handlers::ready},
        {"GET",    "/metrics",                         Policy::public_(),  Shows::nobody(), &Handlers::metrics},
        {"POST",   "/api/v1/login",                    Policy::public_(),  Shows::own_entry(), &Handlers::login},
        {"POST",   "/api/v1/logout",                   Policy::any_role(), Shows::own_entry(), &Handlers::logout},
        {"GET",    "/api/v1/me",                       Policy::any_role(), Shows::nobody(), &Handlers::me},
        // The key or session key is in the message itself; its handler answers in the partner's own form.
        {"POST",   "/api/getAuth.json",                Policy::public_(),  Shows::own_entry(), &Handlers::partner_auth},
        {"POST",   "/linkHttp/recvEvent.json",         Policy::public_(),  Shows::own_entry(), &Handlers::partner_event},
        {"POST",   "/api/reqEvent.json",               Policy::public_(),  Shows::own_entry(), &Handlers::partner_event},
        {"POST",   "/api/v1/events",                   Policy::roles({Role::operator_, Role::police, Role::supervisor, Role::agency}), Shows::own_entry(), &Handlers::post_event},
        {"GET",    "/api/v1/messages/refused",         Policy::staff(),    Shows::items("message", "seq"), &Handlers::refused_messages},
        {"GET",    "/api/v1/messages/dead",            Policy::staff(),    Shows::items("message", "seq"), &Handlers::dead_letters},
        {"POST",   "/api/v1/messages/dead/release",    kReleases,          Shows::own_entry(Shows::items("message", "seq", "refused")), &Handlers::release_all_dead},
        {"POST",   "/api/v1/messages/dead/{raw}/release", kReleases,        Shows::own_entry(), &Handlers::release_dead},
        {"POST",   "/api/v1/messages/dead/{raw}/dismiss", kReleases,        Shows::own_entry(), &Handlers::dismiss_dead},
        {"GET",    "/api/v1/deliveries",               Policy::staff(),    Shows::items("incident", "incident"), &Handlers::deliveries},
        {"POST",   "/api/v1/deliveries/{id}/retry",    kReleases,          Shows::own_entry(Shows::answer("incident", "incident")), &Handlers::retry_delivery},
        {"GET",    "/api/v1/partners",                 Policy::roles({Role::supervisor, Role::official, Role::admin}), Shows::nobody(), &Handlers::partners},
        {"POST",   "/api/v1/partners/reload",          Policy::roles({Role::official, Role::admin}), Shows::own_entry(), &Handlers::reload_partners},
        {"GET",    "/api/v1/sites",                    Policy::staff(),    Shows::nobody(), &Handlers::sites},
        {"GET",    "/api/v1/cameras",                  Policy::staff(),    Shows::nobody(), &Handlers::cameras},
        {"GET",    "/api/v1/cameras/imports",          Policy::roles({Role::supervisor, Role::official, Role::admin}), Shows::items("import", "id"), &Handlers::imports},
        {"POST",   "/api/v1/cameras/imports",          Policy::roles({Role::official, Role::admin}), Shows::own_entry(Shows::answer("import", "import")), &Handlers::post_import},
        {"GET",    "/api/v1/cameras/imports/{id}",     Policy::roles({Role::supervisor, Role::official, Role::admin}), Shows::record("import"), &Handlers::import},
        {"POST",   "/api/v1/cameras/imports/{id}/undo", Policy::roles({Role::official, Role::admin}), Shows::own_entry(Shows::answer("import", "import")), &Handlers::undo_import},
        // Who turns a camera is a colleague; why is the owner's own to see.
        {"GET",    "/api/v1/cameras/{id}/ptz",         kTurns,             Shows::nobody(), &Handlers::ptz},
        {"POST",   "/api/v1/cameras/{id}/ptz/lease",   kTurns,             Shows::own_entry(), &Handlers::take_ptz},
        {"DELETE", "/api/v1/cameras/{id}/ptz/lease",   kTurns,             Shows::own_entry(), &Handlers::release_ptz},
        {"POST",   "/api/v1/cameras/{id}/ptz/move",    kTurns,             Shows::own_entry(), &Handlers::move_ptz},
        {"POST",   "/api/v1/cameras/{id}/ptz/stop",    kTurns,             Shows::own_entry(), &Handlers::stop_ptz},
        {"POST",   "/api/v1/cameras/{id}/ptz/preset",  kTurns,             Shows::own_entry(), &Handlers::goto_ptz_preset},
        {"POST",   "/api/v1/cameras/{id}/ptz/home",    kTurns,             Shows::own_entry(), &Handlers::goto_ptz_home},
        {"GET",    "/api/v1/cameras/{id}/ptz/presets", kTurns,             Shows::nobody(), &Handlers::ptz_presets},
        {"GET",    "/api/v1/people",                   kPlans,             Shows::items("user", "id"), &Handlers::people},
        // Who sits where is on the room's own wall; why somebody is not there is not.
        {"GET",    "/api/v1/duty",                     Policy::staff(),    Shows::nobody(), &Handlers::duty_now},
        {"POST",   "/api/v1/duty/seat",                kSits,              Shows::own_entry(), &Handlers::post_seat},
        {"DELETE", "/api/v1/duty/seat",                kSits,              Shows::own_entry(), &Handlers::delete_seat},
        {"POST",   "/api/v1/duty/break",               kSits,              Shows::own_entry(), &Handlers::post_break},
        {"DELETE", "/api/v1/duty/break",               kSits,              Shows::own_entry(), &Handlers::delete_break},
        {"GET",    "/api/v1/duty/watch",               Policy::staff(),    Shows::nobody(), &Handlers::watch},
        {"GET",    "/api/v1/duty/watch/own",           Policy::roles({Role::operator_}), Shows::nobody(), &Handlers::own_watch},
        {"POST",   "/api/v1/duty/watch/passes",        Policy::roles({Role::operator_}), Shows::own_entry(), &Handlers::post_pass},
        {"GET",    "/api/v1/duty/watch/lit",           Policy::staff(),    Shows::nobody(), &Handlers::lit_hours},
        {"GET",    "/api/v1/duty/watch/lit/{hour}",    kPlans,             Shows::items("camera", "camera"), &Handlers::lit_cameras},
        {"POST",   "/api/v1/duty/watch/lit",           Policy::roles({Role::operator_}), Shows::own_entry(), &Handlers::post_screens},
        {"GET",    "/api/v1/duty/findings/kinds",      Policy::staff(),    Shows::nobody(), &Handlers::finding_kinds},
        {"POST",   "/api/v1/duty/findings",            kSits,              Shows::own_entry(Shows::answer("incident", "incident")), &Handlers::post_finding},
        {"GET",    "/api/v1/duty/shifts",              Policy::staff(),    Shows::nobody(), &Handlers::shifts},
        {"GET",    "/api/v1/duty/shifts/{id}",         kPlans,             Shows::record("shift"), &Handlers::shift},
        {"GET",    "/api/v1/duty/shifts/{id}/log",     Policy::staff(),    Shows::record("shift"), &Handlers::shift_log},
        {"GET",    "/api/v1/duty/shifts/{id}/brief",   Policy::staff(),    Shows::record("shift"), &Handlers::brief},
        {"POST",   "/api/v1/duty/shifts/{id}/brief/acks", kSits,           Shows::own_entry(Shows::record("shift")), &Handlers::post_brief_ack},
        {"GET",    "/api/v1/duty/results",             kPlans,             Shows::items("shift", "id", "shifts"), &Handlers::results},
        {"POST",   "/api/v1/duty/notes",               kSits,              Shows::own_entry(), &Handlers::post_note},
        {"GET",    "/api/v1/duty/shortcomings",        Policy::staff(),    Shows::items("shortcoming", "no"), &Handlers::shortcomings},
        {"POST",   "/api/v1/duty/shortcomings",        kSits,              Shows::own_entry(Shows::answer("shortcoming", "no")), &Handlers::post_shortcoming},
        {"POST",   "/api/v1/duty/shortcomings/{no}/assign", kPlans,        Shows::own_entry(Shows::answer("shortcoming", "no")), &Handlers::post_assignment},
        {"POST",   "/api/v1/duty/shortcomings/{no}/answer", Policy::staff(), Shows::own_entry(Shows::answer("shortcoming", "no")), &Handlers::post_shortcoming_answer},
        {"POST",   "/api/v1/duty/shifts/{id}/absences", kPlans,            Shows::own_entry(Shows::record("shift")), &Handlers::post_absence},
        {"DELETE", "/api/v1/duty/shifts/{id}/absences/{user}", kPlans,     Shows::own_entry(Shows::record("shift")), &Handlers::delete_absence},
        {"POST",   "/api/v1/duty/shifts/{id}/calls",   kPlans,             Shows::own_entry(Shows::record("shift")), &Handlers::post_call},
        {"GET",    "/api/v1/duty/crews",               kPlans,             Shows::items("crew", "crew"), &Handlers::crews},
        {"PUT",    "/api/v1/duty/crews/{crew}",        kPlans,             Shows::own_entry(Shows::answer("crew", "crew")), &Handlers::put_crew},
        // Of sources, rules and counts; who acknowledged one is a colleague.
        {"GET",    "/api/v1/alarms",                   Policy::staff(),    Shows::nobody(), &Handlers::alarms},
        {"GET",    "/api/v1/alarms/load",              Policy::staff(),    Shows::nobody(), &Handlers::alarm_load},
        {"POST",   "/api/v1/alarms/{id}/ack",          Policy::staff(),    Shows::own_entry(), &Handlers::ack_alarm},
        {"POST",   "/api/v1/alarms/{id}/shelve",       Policy::staff(),    Shows::own_entry(), &Handlers::shelve_alarm},
        {"POST",   "/api/v1/alarms/{id}/unshelve",     Policy::staff(),    Shows::own_entry(), &Handlers::unshelve_alarm},
        {"GET",    "/api/v1/incidents",                Policy::any_role(), Shows::items("incident", "id").in_emergency(), &Handlers::incidents},
        {"GET",    "/api/v1/incidents/{id}",           Policy::any_role(), Shows::record("incident").in_emergency(), &Handlers::incident},
        {"GET",    "/api/v1/incidents/{id}/timeline",  Policy::any_role(), Shows::record("incident").in_emergency(), &Handlers::timeline},
        {"GET",    "/api/v1/incidents/{id}/cameras",   Policy::any_role(), Shows::record("incident").in_emergency(), &Handlers::incident_cameras},
        // Cameras that an agency's own grants need not have, and places that its own messages told.
        {"GET",    "/api/v1/incidents/{id}/ahead",     Policy::staff(),    Shows::record("incident").in_emergency(), &Handlers::incident_ahead},
        // Of a camera that an agency's own grants need not have.
        {"GET",    "/api/v1/incidents/{id}/finding",   Policy::staff(),    Shows::record("incident").in_emergency(), &Handlers::finding},
        {"GET",    "/api/v1/incidents/{id}/picture",   Policy::roles({Role::operator_, Role::police, Role::supervisor, Role::official}), Shows::record("incident").in_emergency(), &Handlers::finding_picture},
        {"POST",   "/api/v1/incidents/{id}/acts",      Policy::roles({Role::operator_, Role::police, Role::supervisor}), Shows::own_entry(Shows::record("incident")), &Handlers::act},
        // What each sender says: an agency has its own face of the incident.
        {"GET",    "/api/v1/incidents/{id}/reports",   Policy::staff(),    Shows::record("incident").in_emergency(), &Handlers::incident_reports},
        {"GET",    "/api/v1/incidents/{id}/near",      Policy::staff(),    Shows::items("incident", "id").in_emergency(), &Handlers::near_incidents},
        {"POST",   "/api/v1/incidents/{id}/merge",     kSits,              Shows::own_entry(Shows::record("incident")), &Handlers::merge_incident},
        {"POST",   "/api/v1/incidents/{id}/split",     kSits,              Shows::own_entry(Shows::answer("incident", "id")), &Handlers::split_incident},
        {"GET",    "/api/v1/incidents/{id}/procedure", Policy::staff(),    Shows::record("incident").in_emergency(), &Handlers::procedure},
        {"POST",   "/api/v1/incidents/{id}/procedure/steps", kSits,        Shows::own_entry(Shows::record("incident")), &Handlers::post_step},
        {"POST",   "/api/v1/incidents/{id}/procedure/acks", kSits,         Shows::own_entry(Shows::record("incident")), &Handlers::post_step_ack},
        {"GET",    "/api/v1/incidents/{id}/service",   Policy::any_role(), Shows::record("incident").in_emergency(), &Handlers::incident_service},
        {"GET",    "/api/v1/services",                 Policy::staff(),    Shows::nobody(), &Handlers::services},
        // Counts and times alone.
        {"GET",    "/api/v1/services/statistics",      Policy::staff(),    Shows::nobody(), &Handlers::service_statistics},
        {"POST",   "/api/v1/services/reload",          Policy::roles({Role::official, Role::admin}), Shows::own_entry(), &Handlers::reload_services},
        {"GET",    "/api/v1/holds",                    Policy::staff(),    Shows::items("incident", "incident"), &Handlers::holds},
        {"POST",   "/api/v1/holds/{id}/end",           Policy::roles({Role::police, Role::supervisor, Role::official}), Shows::own_entry(Shows::answer("incident", "incident")), &Handlers::end_hold},
        {"GET",    "/api/v1/drills",                   Policy::staff(),    Shows::items("incident", "incident"), &Handlers::drills},
        {"POST",   "/api/v1/drills",                   kPlans,             Shows::own_entry(Shows::answer("incident", "incident")), &Handlers::post_drill},
        {"POST",   "/api/v1/drills/{id}/stop",         kPlans,             Shows::own_entry(Shows::answer("incident", "incident")), &Handlers::stop_drill},
        {"GET",    "/api/v1/grants",                   grant::kMayRead,    Shows::items("grant", "id"), &Handlers::grants},
        {"GET",    "/api/v1/grants/{id}",              grant::kMayRead,    Shows::record("grant"), &Handlers::grant},
        {"POST",   "/api/v1/grants",                   grant::kMayIssue,   Shows::own_entry(Shows::answer("grant", "id")), &Handlers::post_grant},
        {"DELETE", "/api/v1/grants/{id}",              grant::kMayIssue,   Shows::own_entry(Shows::record("grant")), &Handlers::delete_grant},
        {"POST",   "/api/v1/tickets",                  Policy::roles({Role::operator_, Role::police, Role::supervisor, Role::agency}), Shows::own_entry(), &Handlers::post_ticket},
        {"GET",    "/api/v1/views",                    grant::kMayReadViews, Shows::items("view", "view"), &Handlers::views},
        {"GET",    "/api/v1/journal",                  Policy::roles({Role::supervisor, Role::official, Role::admin}), Shows::numbered("entries", "seq"), &Handlers::journal},
        {"GET",    "/api/v1/journal/access",           Policy::roles({Role::supervisor, Role::official, Role::admin}), Shows::numbered("entries", "seq"), &Handlers::access},
        {"GET",    "/api/v1/journal/erasures",         Policy::roles({Role::supervisor, Role::official, Role::admin}), Shows::items("erasure", "id"), &Handlers::erasures},
        {"POST",   "/api/v1/journal/erasures",         Policy::roles({Role::official, Role::admin}), Shows::own_entry(Shows::items("erasure", "id")), &Handlers::post_erasure},
        {"GET",    "/api/v1/journal/checkpoints",      Policy::roles({Role::supervisor, Role::official, Role::admin}), Shows::nobody(), &Handlers::checkpoints},
    };
    return routes;
}
// clang-format on

/// Matches one pattern and collects its captures.
bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& captures) {
    captures.clear();
    while (!pattern.empty() || !path.empty()) {
        if (pattern.empty() || path.empty() || pattern[0] != '/' || path[0] != '/') return false;
        pattern.remove_prefix(1);
        path.remove_prefix(1);
        const auto want = pattern.substr(0, pattern.find('/'));
        const auto have = path.substr(0, path.find('/'));
        if (want.starts_with('{')) {
            if (have.empty() || have.size() > 64) return false;
            captures.emplace_back(have);
        } else if (want != have) {
            return false;
        }
        pattern.remove_prefix(want.size());
        path.remove_prefix(have.size());
    }
    return true;
}

/// Of a list that came as a body its digest, as the worker would say of one that came as a file: both are one request.
Result<std::optional<WriteKey>> key_of(const Route& route, const Call& call) {
    const auto& request = call.request;
    if (route.handler != &Handlers::post_import || request.header("idempotency-key").empty())
        return write_key(request, call.session->user);
    return write_key(request, call.session->user, crypto::to_hex(crypto::sha256(request.body)));
}

/// A handler behind its caller's Idempotency-Key: what was done before is answered again and not done again.
/// A refusal changed nothing and is not kept.
std::optional<http::Response> handle_once(const Route& route, Site& site, Call& call) {
    // A file's digest is made by the worker that reads it; its handler keeps the answer.
    if (call.request.file) return route.handler(site, call);
    const auto key = key_of(route, call);
    if (!key) return http::problem(key.error());
    if (!*key) return route.handler(site, call);
    auto& book = site.book();
    auto before = answered_before(book.db(), **key, book.env().clock.wall());
    if (!before) return http::problem(before.error());
    if (*before) return **std::move(before);
    auto response = route.handler(site, call);
    if (!response || response->status >= 400) return response;
    auto kept = record_done(book, **key, call.session->user);
    if (kept && !book.env().buggify("idempotency.answer_lost"))
        kept = keep_answer(book.db(), **key, *response, book.env().clock.wall());
    if (!kept) return http::problem(kept.error());
    return response;
}

/// Of an agency's CloudEvents, what is agreed with it.
bool has_allowance(Site& site, const Call& call) {
    if (call.session->role != Role::agency) return true;
    const auto agreed = site.partners()->find(call.session->agency, event::Format::cloudevents);
    return !agreed || site.may_send(agreed, call.session->agency, call.request);
}

/// A role is one's work at the site where one works, and says nothing at another: an agency's people have no site but their agency.
Result<void> check_works_here(const Site& site, const Route& route, const identity::Session& session) {
    if (route.policy.is_public() || session.role == Role::agency || grant::works_at(session, site.options().id)) return {};
    return fail(ErrorKind::forbidden, "who works at site " + session.site.value + " has no part in this one's work");
}

/// Where partners hear everything in their own form.
bool is_partners_door(const http::Request& request) { return is_partner_message(request) || request.path == "/api/getAuth.json"; }

}  // namespace

const std::vector<Route>& Site::routes() { return table(); }

std::optional<http::Response> dispatch(Site& site, HttpInput& input, Outputs& out) {
    auto& request = input.request;
    std::string allowed;
    for (const auto& route : table()) {
        std::vector<std::string> captures;
        if (!matches(route.pattern, request.path, captures)) continue;
        if (route.method != request.method) {
            allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
            continue;
        }
        request.captures = std::move(captures);
        Call call{request, input.reply, out, std::nullopt, std::nullopt, std::exchange(input.arrival, nullptr)};
        std::optional<Error> no_session;
        if (const auto token = request.bearer(); !token.empty()) {
            if (auto session = site.accounts().session_of(token)) {
                call.session = *std::move(session);
                const bool is_agency = call.session->role == identity::Role::agency;
                site.know_peer(token, is_agency ? call.session->agency.value : "user:" + call.session->user.value);
            } else {
                no_session = std::move(session.error());
            }
        }
        if (!call.session && route.handler == &Handlers::post_event) {
            call.session = site.session_of_api_key(request.bearer());
            if (call.session) site.know_peer(request.bearer(), call.session->agency.value);
        }
        if (auto allowed_here = identity::check(route.policy, call.session, call.partner); !allowed_here) {
            // A token that is no longer good says why, where there is more to say than that a login is needed.
            const bool by_token = no_session && allowed_here.error().kind == ErrorKind::unauthenticated;
            return http::problem(by_token ? *no_session : allowed_here.error());
        }
        if (call.session) {
            if (const auto works_here = check_works_here(site, route, *call.session); !works_here) return http::problem(works_here.error());
        }
        if (route.handler == &Handlers::post_event && !has_allowance(site, call)) {
            Error over{ErrorKind::exhausted, "too many messages: not taken, send it again later", Where::here()};
            over.retry_after = std::chrono::seconds{1};
            return http::problem(over);
        }
        site.book().speak_for(call.session ? call.session->id : std::string());
        auto response = call.session ? handle_once(route, site, call) : route.handler(site, call);
        site.book().speak_for({});
        if (!response) return response;
        // From the book, and no act of now: whom it shows has no entry otherwise.
        const bool is_again = response->headers.contains(std::string(kReplayed));
        const auto shows = is_again ? route.shows.again() : route.shows;
        if ((response->status != 200 && !is_again) || !shows.is_on_record()) return response;
        return Handlers::on_record(site, route, shows, call, *std::move(response));
    }
    if (!allowed.empty()) return http::not_allowed(request.path, allowed);
    return http::problem(Error{ErrorKind::not_found, "there is no " + request.path, Where::here()});
}

http::Response failure_response(const http::Request& request, const Error& why) {
    auto response = http::problem(why);
    // What is exhausted when a batch cannot be kept is the disk, not the sender's allowance.
    if (why.kind == ErrorKind::exhausted) {
        response = http::problem(507, "storage_full", "Insufficient storage",
                                 "the disk is full: nothing of this was stored");
        response.headers["Retry-After"] = "5";
    }
    if (is_partners_door(request)) {
        response.content_type = "application/json";  // The status tells a proxy, the body tells the partner.
        response.body = event::scsns::reply(event::scsns::Code::unavailable, "not stored: send it again");
    }
    return response;
}

void say_too_large(const http::Request& head, http::Response& answer) {
    if (!is_partners_door(head)) return;
    answer.content_type = "application/json";
    answer.body = event::scsns::reply(event::scsns::Code::bad_request, "the message is too large: it was not read and is not stored");
}

}  // namespace bongsu::app
