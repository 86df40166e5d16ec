#pragma once
// The faces of /api/v1/duty: requests in, responses out; no socket, no thread. Those that change something stand between begin() and
// commit() of the Book: answer after commit() only.

#include <functional>

#include "device/directory.hpp"
#include "duty/finding.hpp"
#include "duty/logbook.hpp"
#include "duty/rules.hpp"
#include "http/message.hpp"
#include "identity/accounts.hpp"
#include "journal/book.hpp"

namespace bongsu::duty {

struct Office {
    journal::Book& book;
    const Rules& rules;
    identity::Accounts& accounts;
};

/// GET /api/v1/duty: the shift that runs, the one before and the next, each seat and who sits there, what is needed and what is there, the caller's
/// own part.
http::Response get_duty(Office office, const http::Request& request, const identity::Session& caller);
/// POST /api/v1/duty/seat {"seat"?} -> 201 the caller's part. Errors: clock_in()'s.
http::Response post_seat(Office office, const http::Request& request, const identity::Session& caller);
/// DELETE /api/v1/duty/seat -> 200 the caller's part.
http::Response delete_seat(Office office, const identity::Session& caller);
/// POST, DELETE /api/v1/duty/break -> 200 the caller's part.
http::Response post_break(Office office, const identity::Session& caller);
http::Response delete_break(Office office, const identity::Session& caller);

/// GET /api/v1/duty/shifts?from=2026-12-01&days=31: which crew works when; 1 to 62 days from today by default.
http::Response get_shifts(Office office, const http::Request& request);
/// GET /api/v1/duty/shifts/{id}: who is planned, who came, who is missing.
http::Response get_shift(Office office, const http::Request& request);
/// POST /api/v1/duty/shifts/{id}/absences {"user","reason"} -> 201 the shift.
http::Response post_absence(Office office, const http::Request& request, const identity::Session& caller);
/// DELETE /api/v1/duty/shifts/{id}/absences/{user} -> 200 the shift.
http::Response delete_absence(Office office, const http::Request& request, const identity::Session& caller);
/// POST /api/v1/duty/shifts/{id}/calls {"user","seat"?} -> 201 the shift.
http::Response post_call(Office office, const http::Request& request, const identity::Session& caller);

/// GET /api/v1/duty/crews?day=2026-12-01: each crew's list of that day, today's by default.
http::Response get_crews(Office office, const http::Request& request);
/// PUT /api/v1/duty/crews/{crew} {"from"?,"members":[{"user","seat"?}]} -> 200 the crew from that day on.
http::Response put_crew(Office office, const http::Request& request, const identity::Session& caller);

// watch_http.cpp: who watches what.

/// The cameras that are to be watched here: those that are only linked are not.
struct Watch {
    Office office;
    const device::Directory& directory;
    const std::vector<CameraId>& monitored;
};

/// GET /api/v1/duty/watch: the sets, what nobody watches (the first 1,000), the load by both denominators, the shift's passes.
http::Response get_watch(Watch watch, const http::Request& request);
/// GET /api/v1/duty/watch/own?tiles=6: the caller's set as the stops of the pass that is under way; `set` is null for who has none.
http::Response get_own_watch(Watch watch, const http::Request& request, const identity::Session& caller);
/// POST /api/v1/duty/watch/passes {"pass"} -> 201 the pass. Errors: confirm_pass()'s.
http::Response post_pass(Watch watch, const http::Request& request, const identity::Session& caller);

// seen_http.cpp: what was found on a screen, and which were lit.

/// Whether the caller was sent that camera's picture then or later.
using WasShown = std::function<Result<bool>(const CameraId& camera, WallTime from)>;
/// POST /api/v1/duty/watch/lit {"from","to","screens":[{"camera","seconds"}]} -> 201. Errors: report_screens()'s.
http::Response post_screens(Watch watch, const http::Request& request, const identity::Session& caller, const WasShown& was_shown);
/// GET /api/v1/duty/watch/lit?day=2026-12-01: by the hour how many cameras stood on a lit screen; today's by default.
http::Response get_lit_hours(Watch watch, const http::Request& request);
/// GET /api/v1/duty/watch/lit/{hour}: which, and before whom.
http::Response get_lit_cameras(Watch watch, const http::Request& request);

/// GET /api/v1/duty/findings/kinds: what may be found, in the order of the digits that call it.
http::Response get_finding_kinds(const Office& office, const http::Request& request);
/// The body of POST /api/v1/duty/findings {"camera","kind","text"?,"picture"?}. Errors: check()'s, and invalid for what is no field of it.
Result<FindingInput> finding_in(const Rules& rules, const http::Request& request);
boost::json::object finding_json(const Office& office, const Finding& finding);

// log_http.cpp: the shift log, the brief, what is reported as wanting.

/// What a brief's item is about: somebody's words or the place, as they stand now, and the declared name of what has one.
struct Words {
    std::string text{};
    Named about{};
};
using WordsOf = std::function<Words(const BriefItem& item)>;
/// GET /api/v1/duty/shifts/{id}/log: who was there, and what happened, oldest first. `more`: the site's own lines.
http::Response get_log(Office office, const Shift& shift, std::vector<LogLine> more);
/// POST /api/v1/duty/notes {"text","handOver"?} -> 201 the note.
http::Response post_note(Office office, const http::Request& request, const identity::Session& caller);
/// GET /api/v1/duty/shifts/{id}/brief: what the shift left to the next one. Errors: not_found.
http::Response get_brief(Office office, const http::Request& request, const WordsOf& words);
/// POST /api/v1/duty/shifts/{id}/brief/acks {"kind","subject"} -> 201 the brief. Errors: acknowledge_item()'s.
http::Response post_brief_ack(Office office, const http::Request& request, const identity::Session& caller, const WordsOf& words);
/// GET /api/v1/duty/shortcomings?open=true: newest first, at most 200.
http::Response get_shortcomings(Office office, const http::Request& request);
/// POST /api/v1/duty/shortcomings {"text"} -> 201; …/{no}/assign {"user"}, …/{no}/answer {"text"} -> 201 the report.
http::Response post_shortcoming(Office office, const http::Request& request, const identity::Session& caller);
http::Response post_assignment(Office office, const http::Request& request, const identity::Session& caller);
http::Response post_answer(Office office, const http::Request& request, const identity::Session& caller);

// results_http.cpp: what shifts did.

/// The site's own figures of a shift: incidents and alarms.
using WorkOf = std::function<Result<boost::json::object>(const Shift& shift)>;
/// GET /api/v1/duty/results?from=2026-12-01&days=31: shift by shift, those that have begun; persons for an official alone.
http::Response get_results(Office office, const http::Request& request, const identity::Session& caller, const WorkOf& work);

/// What a camera asks of an operator now: 1 … 3, by the patrol rule that holds.
int weight_of(const Rules& rules, const device::Camera& camera, WallTime now);

}  // namespace bongsu::duty
