#pragma once
// The handlers behind the route table; the only friends that a Site has.

#include "app/site/routes.hpp"

namespace bongsu::app {

struct Handlers {
    using Answer = std::optional<http::Response>;
    // handlers_session.cpp: who is there
    static Answer login(Site&, Call&);
    static Answer logout(Site&, Call&);
    static Answer me(Site&, Call&);
    static Answer ready(Site&, Call&);
    static Answer metrics(Site&, Call&);
    // handlers_intake.cpp: what comes in
    static Answer partner_auth(Site&, Call&);
    static Answer partner_event(Site&, Call&);
    static Answer post_event(Site&, Call&);
    // handlers_desk.cpp: what a desk asks for
    static Answer sites(Site&, Call&);
    static Answer cameras(Site&, Call&);
    static Answer incidents(Site&, Call&);
    static Answer incident(Site&, Call&);
    static Answer timeline(Site&, Call&);
    static Answer incident_cameras(Site&, Call&);
    // moving.cpp: where a target may be
    static Answer incident_ahead(Site&, Call&);
    static Answer act(Site&, Call&);
    static Answer grants(Site&, Call&);
    static Answer grant(Site&, Call&);
    static Answer post_grant(Site&, Call&);
    static Answer delete_grant(Site&, Call&);
    static Answer post_ticket(Site&, Call&);
    static Answer views(Site&, Call&);
    static Answer journal(Site&, Call&);
    static Answer checkpoints(Site&, Call&);
    static Answer access(Site&, Call&);
    static Answer refused_messages(Site&, Call&);
    // erasures.cpp: what goes by law
    static Answer erasures(Site&, Call&);
    static Answer post_erasure(Site&, Call&);
    // handlers_dead.cpp: what led to nothing, and a person's word on it
    static Answer dead_letters(Site&, Call&);
    static Answer release_dead(Site&, Call&);
    static Answer dismiss_dead(Site&, Call&);
    // release.cpp: many of them
    static Answer release_all_dead(Site&, Call&);
    // outbound.cpp: what partners are told
    static Answer deliveries(Site&, Call&);
    static Answer retry_delivery(Site&, Call&);
    // handlers_partners.cpp: the agreements
    static Answer partners(Site&, Call&);
    static Answer reload_partners(Site&, Call&);
    // duty.cpp: who is on duty
    static Answer duty_now(Site&, Call&);
    static Answer post_seat(Site&, Call&);
    static Answer delete_seat(Site&, Call&);
    static Answer post_break(Site&, Call&);
    static Answer delete_break(Site&, Call&);
    static Answer shifts(Site&, Call&);
    static Answer shift(Site&, Call&);
    static Answer post_absence(Site&, Call&);
    static Answer delete_absence(Site&, Call&);
    static Answer post_call(Site&, Call&);
    static Answer crews(Site&, Call&);
    static Answer put_crew(Site&, Call&);
    static Answer people(Site&, Call&);
    // watching.cpp: who watches what
    static Answer watch(Site&, Call&);
    static Answer own_watch(Site&, Call&);
    static Answer post_pass(Site&, Call&);
    // findings.cpp: what was found on a screen, and which were lit
    static Answer finding_kinds(Site&, Call&);
    static Answer post_finding(Site&, Call&);
    static Answer finding(Site&, Call&);
    static Answer finding_picture(Site&, Call&);
    static Answer post_screens(Site&, Call&);
    static Answer lit_hours(Site&, Call&);
    static Answer lit_cameras(Site&, Call&);
    // logbook.cpp: the shift log, the brief, what is reported as wanting
    static Answer shift_log(Site&, Call&);
    static Answer results(Site&, Call&);
    static Answer post_note(Site&, Call&);
    static Answer brief(Site&, Call&);
    static Answer post_brief_ack(Site&, Call&);
    static Answer shortcomings(Site&, Call&);
    static Answer post_shortcoming(Site&, Call&);
    static Answer post_assignment(Site&, Call&);
    static Answer post_shortcoming_answer(Site&, Call&);
    // cases.cpp: incidents that are one case, and one that is two
    static Answer merge_incident(Site&, Call&);
    static Answer split_incident(Site&, Call&);
    static Answer incident_reports(Site&, Call&);
    static Answer near_incidents(Site&, Call&);
    // services.cpp: the linked services
    static Answer services(Site&, Call&);
    static Answer service_statistics(Site&, Call&);
    static Answer reload_services(Site&, Call&);
    static Answer incident_service(Site&, Call&);
    // drills.cpp: recorded incidents told once more
    static Answer drills(Site&, Call&);
    static Answer post_drill(Site&, Call&);
    static Answer stop_drill(Site&, Call&);
    // procedures.cpp: what has to be done, and what is held
    static Answer procedure(Site&, Call&);
    static Answer post_step(Site&, Call&);
    static Answer post_step_ack(Site&, Call&);
    static Answer holds(Site&, Call&);
    static Answer end_hold(Site&, Call&);
    // turning.cpp: who turns which camera
    static Answer ptz(Site&, Call&);
    static Answer take_ptz(Site&, Call&);
    static Answer release_ptz(Site&, Call&);
    static Answer move_ptz(Site&, Call&);
    static Answer stop_ptz(Site&, Call&);
    static Answer goto_ptz_preset(Site&, Call&);
    static Answer goto_ptz_home(Site&, Call&);
    static Answer ptz_presets(Site&, Call&);
    // alarms.cpp: what needs a response
    static Answer alarms(Site&, Call&);
    static Answer alarm_load(Site&, Call&);
    static Answer ack_alarm(Site&, Call&);
    static Answer shelve_alarm(Site&, Call&);
    static Answer unshelve_alarm(Site&, Call&);
    // imports.cpp: lists of cameras
    static Answer post_import(Site&, Call&);
    static Answer undo_import(Site&, Call&);
    static Answer imports(Site&, Call&);
    static Answer import(Site&, Call&);

    /// record_reads.cpp: the answer, once it is on record who was shown what; else why it is not shown.
    static http::Response on_record(Site&, const Route&, const Shows&, const Call&, http::Response answer);

    /// What the caller may see of incidents: everything, or those of its agency's grants and those that its
    /// agency sent.
    static Result<incident::Viewer> viewer(Site&, const Call&);
};

}  // namespace bongsu::app
