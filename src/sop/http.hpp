#pragma once
// The faces of an incident's procedure: requests in, responses out; no socket, no thread.

#include "http/message.hpp"
#include "sop/verbs.hpp"

namespace bongsu::sop {

/// {"sop","version","name","begunAt","current","gated","steps":[{"key","kind","text","answers","to","does","gates","state","since","dueAt","done"}],
///  "told":[{"step","agency","at","silentAfterS","silent","acknowledgedAt","acknowledgedBy"}]}.
boost::json::object to_json(const Run& run, WallTime now);

/// GET /api/v1/incidents/{id}/procedure; the id is the first capture. 404 where the incident has none.
http::Response get_procedure(journal::Book& book, const http::Request& request);
/// Of POST …/procedure/steps {"step","answer"?,"skip"?,"reason"?}. Errors: invalid names the field.
Result<StepAct> step_in(const http::Request& request);
/// The procedure as it stands, or the error.
http::Response answer(int status, journal::Book& book, const IncidentId& incident, const Result<void>& done);
/// POST …/procedure/acks {"step"} -> 201. Between begin() and commit().
http::Response post_ack(journal::Book& book, const http::Request& request, const std::string& actor);

}  // namespace bongsu::sop
