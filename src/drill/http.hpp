#pragma once
// The faces of /api/v1/drills: requests in, responses out; no socket, no thread.

#include "drill/drill.hpp"
#include "http/message.hpp"

namespace bongsu::drill {

boost::json::object to_json(const Drill& drill);

struct Wish {
    IncidentId incident;
    std::int64_t speed = 1;
};
/// Of POST /api/v1/drills {"incident","speed"?}. Errors: invalid names the field.
Result<Wish> wish_in(const http::Request& request);
/// GET /api/v1/drills?cursor=&limit= : {"items":[…],"next"}.
http::Response get_drills(journal::Book& book, const http::Request& request);

}  // namespace bongsu::drill
