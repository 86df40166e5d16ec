#pragma once
// The faces of /api/v1/cameras/{id}/ptz: requests in, values out; no socket, no thread.

#include "http/message.hpp"
#include "ptz/lease.hpp"

namespace bongsu::ptz {

constexpr std::chrono::milliseconds kMoveLeast{100}, kMoveMost{1'000};  ///< How long a move goes on unless it is said again.

/// POST …/lease {"grant","reason"}. Errors: invalid names the field.
Result<Wish> wish_in(const http::Request& request, const CameraId& camera);
struct MoveInput {
    Speed speed;
    std::chrono::milliseconds lasts{0};
};
/// POST …/move {"pan"?,"tilt"?,"zoom"?,"ms"}: speeds from -1 to 1, of which one at least is none of 0. Errors: invalid names the field.
Result<MoveInput> move_in(const http::Request& request);
/// POST …/preset {"preset"}: the token, as the camera named it.
Result<std::string> preset_in(const http::Request& request);

/// Who looks at a lease: its owner sees the reason, the owner's own people see who it is; an agency of others sees that it is somebody.
struct Onlooker {
    UserId user;
    AgencyId agency;
};
struct Owner {
    std::string name_ko, name_en;
};
/// {"id","camera","rank","own","user","name","grant","reason","since","expires"}.
boost::json::object to_json(const Lease& lease, const Owner& owner, const Onlooker& who, WallTime expires);

}  // namespace bongsu::ptz
