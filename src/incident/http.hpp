#pragma once
// The faces of /api/v1/incidents: requests in, responses out; no socket, no thread.

#include <optional>
#include <vector>

#include "http/message.hpp"
#include "incident/incident.hpp"
#include "incident/verbs.hpp"
#include "journal/book.hpp"

namespace bongsu::incident {

struct Viewer {
    UserId user;
    std::string role;
    /// Set for an agency: the incidents under its grants. Others look the same to it as unknown ones (404).
    std::optional<std::vector<IncidentId>> only_these;
    /// An agency's organisation code: what it sent itself it sees too. Empty for all others.
    std::string sender = {};
    Sits sits = {};  ///< For acts that ask who is at a seat.
    const event::TypeNames* names = nullptr;  ///< Of kinds that services name; outlives the call.
    /// Kinds whose incidents this viewer does not see: 404, as for one that does not exist.
    std::vector<std::string> hidden = {};
};

/// GET /api/v1/incidents?state=new,received&cursor=&limit= : {"items":[…],"next"}.
http::Response get_incidents(journal::Book& book, const http::Request& request, const Viewer& viewer);
/// GET /api/v1/incidents/{id}; the id is the first capture.
http::Response get_incident(journal::Book& book, const http::Request& request, const Viewer& viewer);
/// GET /api/v1/incidents/{id}/timeline?after=SEQ&limit= :
/// {"items":[{"seq","time","kind","actor",…payload}],"next"}. An agency sees events and states, not the
/// operators' words nor other parties' grants and views.
http::Response get_timeline(journal::Book& book, const http::Request& request, const Viewer& viewer);
/// POST /api/v1/incidents/{id}/acts {"act","text"?,"outcome"?,"person"?} -> 201 the incident. Between begin() and
/// commit(): send the answer after commit() only.
http::Response post_act(journal::Book& book, const http::Request& request, const Viewer& viewer);

/// GET /api/v1/incidents/{id}/reports : {"items":[{"event","sender","number","type","typeName","grade","position","place","text","occurredAt",
/// "endedAt","endedCode","joinedBy","distanceM"}],"next":null}, in the order in which they came.
http::Response get_reports(journal::Book& book, const http::Request& request, const Viewer& viewer);
/// GET /api/v1/incidents/{id}/near : open incidents that may be the same case, the nearest first, each with "distanceM".
http::Response get_near(journal::Book& book, const http::Request& request, const Viewer& viewer);

}  // namespace bongsu::incident
