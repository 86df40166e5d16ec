#pragma once
// The faces of /api/v1/holds: requests in, responses out; no socket, no thread.

#include <functional>

#include "hold/hold.hpp"
#include "http/message.hpp"
#include "identity/accounts.hpp"

namespace bongsu::hold {

boost::json::object to_json(const Hold& hold);
/// Whether the asker may see what belongs to the incident.
using IsSeen = std::function<bool(const IncidentId&)>;
/// GET /api/v1/holds?incident=&state=standing|ended&cursor=&limit= : {"items":[…],"next"}.
http::Response get_holds(journal::Book& book, const http::Request& request, const IsSeen& is_seen);
/// POST /api/v1/holds/{id}/end {"reason"} -> 200 the order. Between begin() and commit().
http::Response post_end(journal::Book& book, const http::Request& request, const identity::Session& caller);

}  // namespace bongsu::hold
