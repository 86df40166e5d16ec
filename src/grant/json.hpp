#pragma once
// JSON of this room (docs/openapi.json: Grant, GrantInput, TicketInput, Ticket, View).

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "grant/mint.hpp"
#include "grant/purpose.hpp"
#include "grant/read.hpp"

namespace bongsu::grant {

/// {"id","purpose","basis","holder":{"user"|"agency"},"cameras","from","to","state","incident","event","kinds","height",
/// "ptz","reason","purposeName"?}; "state" is "waiting" | "live" | "ended" at `now`.
boost::json::object grant_json(const Grant& grant, const Purposes& purposes, WallTime now);

/// {"view","grant","camera","holder","agency","incident","purpose","basis","kind","way","permitted","from","to","frames",
/// "bytes","reason"}: null where it has not come to that.
boost::json::object view_json(const View& view);

/// POST /api/v1/tickets {"grant","camera","kind","height"?,"from"?,"to"?}. Errors: invalid names the field.
Result<TicketRequest> parse_ticket_request(std::string_view body);

/// Where a ticket is good; none where that way out is not served.
struct TicketUrls {
    std::optional<std::string> whep, fmp4, hls, rtsp, snapshot;
};
/// {"ticket","whep","fmp4","hls","rtsp","snapshot","expires","view"}; for 201, after Book::commit().
boost::json::object ticket_json(const Minted& minted, const TicketUrls& urls);

struct GrantInput {
    IncidentId incident;
    std::string purpose;
    std::vector<CameraId> cameras;
    std::optional<std::chrono::minutes> minutes;
};
/// POST /api/v1/grants {"incident","purpose","cameras":[…],"minutes"?}. Errors: invalid names the field.
Result<GrantInput> parse_grant_input(std::string_view body);

}  // namespace bongsu::grant
