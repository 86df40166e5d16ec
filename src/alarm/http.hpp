#pragma once
// The faces of /api/v1/alarms: requests in, responses out; no socket, no thread. Those that change something stand between begin() and
// commit() of the Book: answer after commit() only.

#include "alarm/alarm.hpp"
#include "http/message.hpp"
#include "identity/role.hpp"
#include "journal/book.hpp"

namespace bongsu::alarm {

struct Panel {
    journal::Book& book;
    const Rules& rules;
};

/// GET /api/v1/alarms: those that stand in the list of the caller's role, what calls first.
http::Response get_alarms(Panel panel, const http::Request& request, const identity::Session& caller);
/// GET /api/v1/alarms/load?role=&from=&to=: how many became active, beside ISA-18.2's figures; the last twelve hours by default.
http::Response get_load(Panel panel, const http::Request& request, const identity::Session& caller);
/// POST /api/v1/alarms/{id}/ack -> 200 the alarm. Errors: acknowledge()'s.
http::Response post_ack(Panel panel, const http::Request& request, const identity::Session& caller);
/// POST /api/v1/alarms/{id}/shelve {"minutes"?,"reason"} -> 200 the alarm; without minutes until it clears.
http::Response post_shelve(Panel panel, const http::Request& request, const identity::Session& caller);
/// POST /api/v1/alarms/{id}/unshelve -> 200 the alarm.
http::Response post_unshelve(Panel panel, const http::Request& request, const identity::Session& caller);

boost::json::object to_json(const Alarm& alarm, const Rules& rules, WallTime now);

}  // namespace bongsu::alarm
