#include "ptz/http.hpp"

#include <cmath>

#include "http/face.hpp"

namespace bongsu::ptz {

namespace json = boost::json;

namespace {

constexpr std::size_t kIdLettersMax = 64;

/// -1 to 1, absent is 0; answers hundredths.
Result<int> speed_in(const json::object& body, std::string_view field) {
    const auto* value = body.if_contains(field);
    if (value == nullptr) return 0;
    const double speed = value->is_double() ? value->get_double() : value->is_int64() ? static_cast<double>(value->get_int64()) : NAN;
    if (!(speed >= -1.0 && speed <= 1.0)) return fail_field(field, "must be a number from -1 to 1");
    return static_cast<int>(std::lround(speed * 100.0));
}

}  // namespace

Result<Wish> wish_in(const http::Request& request, const CameraId& camera) {
    TRY(const auto body, http::parse_object(request.body));
    TRY(const auto grant, http::required_text(body, "grant", kIdLettersMax));
    TRY(const auto reason, http::required_text(body, "reason", kReasonLettersMax));
    return Wish{.camera = camera, .grant = {grant}, .reason = reason};
}

Result<MoveInput> move_in(const http::Request& request) {
    TRY(const auto body, http::parse_object(request.body));
    MoveInput out;
    TRY(out.speed.pan, speed_in(body, "pan"));
    TRY(out.speed.tilt, speed_in(body, "tilt"));
    TRY(out.speed.zoom, speed_in(body, "zoom"));
    const auto* ms = body.if_contains("ms");
    const auto lasts = ms != nullptr && ms->is_int64() ? ms->get_int64() : 0;
    if (lasts < kMoveLeast.count() || lasts > kMoveMost.count())
        return fail_field("ms", "must be a whole number from " + std::to_string(kMoveLeast.count()) + " to " + std::to_string(kMoveMost.count()));
    out.lasts = std::chrono::milliseconds(lasts);
    if (out.speed.is_still()) return fail_field("body", "names no direction: pan, tilt or zoom of a hundredth at least; what stops it is …/stop");
    return out;
}

Result<std::string> preset_in(const http::Request& request) {
    TRY(const auto body, http::parse_object(request.body));
    return http::required_text(body, "preset", kIdLettersMax);
}

json::object to_json(const Lease& lease, const Owner& owner, const Onlooker& who, WallTime expires) {
    const bool is_own = lease.user == who.user, is_colleague = lease.agency == who.agency;
    json::object out{{"id", lease.id},
                     {"camera", lease.camera.value},
                     {"rank", json::string(to_string(lease.rank))},
                     {"own", is_own},
                     {"user", nullptr},
                     {"name", nullptr},
                     {"grant", nullptr},
                     {"reason", nullptr},
                     {"since", to_rfc3339(lease.leased_at)},
                     {"expires", to_rfc3339(expires)}};
    if (is_own || is_colleague) {
        out["user"] = lease.user.value;
        out["name"] = json::object{{"ko", owner.name_ko}, {"en", owner.name_en}};
    }
    if (is_own) {
        out["grant"] = lease.grant.value;
        out["reason"] = http::text_or_null(lease.reason);
    }
    return out;
}

}  // namespace bongsu::ptz
