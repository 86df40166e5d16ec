#include "grant/json.hpp"

#include <boost/json/array.hpp>

#include "http/message.hpp"

namespace bongsu::grant {

namespace json = boost::json;

namespace {

json::value or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value or_null(const std::optional<WallTime>& time) {
    return time ? json::value(to_rfc3339(*time)) : json::value(nullptr);
}

json::value or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

Result<std::optional<std::int64_t>> optional_whole(const json::object& object, std::string_view field,
                                                   std::int64_t min, std::int64_t max) {
    const auto* value = object.if_contains(field);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (value->is_int64() && value->get_int64() >= min && value->get_int64() <= max)
        return value->get_int64();
    return fail_field(field, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
}

Result<std::optional<WallTime>> optional_time(const json::object& object, std::string_view field) {
    TRY(const auto text, http::optional_text(object, field, 40));
    if (!text) return std::nullopt;
    TRY(const auto time, parse_rfc3339(*text, field));
    return time;
}

}  // namespace

json::object grant_json(const Grant& grant, const Purposes& purposes, WallTime now) {
    json::object holder;
    if (grant.holder.user) holder["user"] = grant.holder.user->value;
    if (grant.holder.agency) holder["agency"] = grant.holder.agency->value;
    json::array cameras;
    for (const auto& camera : grant.cameras) cameras.emplace_back(camera.value);
    const auto state = grant.state_at(now);
    const bool expired = state == GrantState::ended && !grant.ended_at;
    json::object out{{"id", grant.id.value},
                     {"purpose", grant.purpose},
                     {"basis", grant.basis},
                     {"holder", std::move(holder)},
                     {"cameras", std::move(cameras)},
                     {"from", to_rfc3339(grant.from)},
                     {"to", to_rfc3339(grant.to)},
                     {"state", to_string(state)},
                     {"incident", grant.incident.value},
                     {"event", or_null(grant.event.value)},
                     {"kinds", json::array(grant.kinds.begin(), grant.kinds.end())},
                     {"height", grant.height},
                     {"ptz", grant.ptz},
                     {"reason", expired ? json::value("expired") : or_null(grant.words.empty() ? grant.reason : grant.words)}};
    if (const auto* purpose = purposes.find(grant.purpose)) {
        out["purposeName"] = {{"ko", purpose->name_ko}, {"en", purpose->name_en}};
    }
    return out;
}

json::object view_json(const View& view) {
    return {{"view", view.id.value},
            {"grant", view.grant.value},
            {"camera", view.camera.value},
            {"holder", view.holder},
            {"agency", or_null(view.agency)},
            {"incident", or_null(view.incident)},
            {"purpose", view.purpose},
            {"basis", view.basis},
            {"kind", view.kind},
            {"way", or_null(view.way)},
            {"permitted", or_null(view.permitted_at)},
            {"from", or_null(view.opened_at)},
            {"to", or_null(view.closed_at)},
            {"frames", view.frames},
            {"bytes", view.bytes},
            {"reason", or_null(view.reason)}};
}

Result<TicketRequest> parse_ticket_request(std::string_view body) {
    TRY(const auto object, http::parse_object(body));
    TicketRequest request;
    TRY(request.grant.value, http::required_text(object, "grant", 64));
    TRY(request.camera.value, http::required_text(object, "camera", 64));
    TRY(request.kind, http::required_text(object, "kind", 20));
    TRY(const auto height, optional_whole(object, "height", 1, 4320));
    request.height = static_cast<int>(height.value_or(0));
    TRY(request.from, optional_time(object, "from"));
    TRY(request.to, optional_time(object, "to"));
    return request;
}

json::object ticket_json(const Minted& minted, const TicketUrls& urls) {
    return {{"ticket", minted.token},
            {"whep", or_null(urls.whep)},
            {"fmp4", or_null(urls.fmp4)},
            {"hls", or_null(urls.hls)},
            {"rtsp", or_null(urls.rtsp)},
            {"snapshot", or_null(urls.snapshot)},
            {"expires", to_rfc3339(minted.claims.expires)},
            {"view", minted.claims.view.value}};
}

Result<GrantInput> parse_grant_input(std::string_view body) {
    TRY(const auto object, http::parse_object(body));
    GrantInput input;
    TRY(input.incident.value, http::required_text(object, "incident", 64));
    TRY(input.purpose, http::required_text(object, "purpose", 64));
    const auto* cameras = object.if_contains("cameras");
    if (cameras == nullptr || !cameras->is_array() || cameras->get_array().empty() ||
        cameras->get_array().size() > kCamerasMax) {
        return fail_field("cameras", "must be a list of 1 to " + std::to_string(kCamerasMax) + " ids");
    }
    for (const auto& camera : cameras->get_array()) {
        if (!camera.is_string()) return fail_field("cameras", "must hold ids");
        input.cameras.push_back({std::string(camera.get_string())});
    }
    TRY(const auto minutes, optional_whole(object, "minutes", 1, 60 * 24 * 30));
    if (minutes) input.minutes = std::chrono::minutes{*minutes};
    return input;
}

}  // namespace bongsu::grant
