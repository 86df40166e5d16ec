// What was found and what was lit, in the words of the contract.
#include <boost/json/array.hpp>

#include "crypto/crypto.hpp"
#include "duty/faces.hpp"
#include "duty/finding.hpp"
#include "duty/seen.hpp"
#include "http/face.hpp"
#include "http/page.hpp"

namespace bongsu::duty {
namespace {

namespace json = boost::json;
using http::answer;
using std::chrono::seconds;

Result<Screen> screen_in(const json::value& item) {
    if (!item.is_object()) return fail_field("screens", "must be a list of {camera, seconds}");
    const auto& object = item.get_object();
    const auto* lit = object.if_contains("seconds");
    if (lit == nullptr || !lit->is_int64()) return fail_field("screens", "each must have seconds, a whole number");
    TRY(auto camera, http::required_text(object, "camera", 64));
    return Screen{{std::move(camera)}, seconds(lit->get_int64())};
}

Result<ScreenReport> report_in(const http::Request& request) {
    TRY(const auto body, http::parse_object(request.body));
    ScreenReport out;
    TRY(const auto from, http::required_text(body, "from", 40));
    TRY(const auto to, http::required_text(body, "to", 40));
    TRY(out.from, parse_rfc3339(from, "from"));
    TRY(out.to, parse_rfc3339(to, "to"));
    const auto* screens = body.if_contains("screens");
    if (screens == nullptr || !screens->is_array()) return fail_field("screens", "must be a list of {camera, seconds}");
    if (screens->get_array().size() > kScreensMax) return fail_field("screens", "must be 1 to " + std::to_string(kScreensMax) + " cameras");
    for (const auto& item : screens->get_array()) {
        TRY(auto screen, screen_in(item));
        out.screens.push_back(std::move(screen));
    }
    return out;
}

json::object hours_json(const std::vector<LitHour>& hours, std::size_t monitored) {
    json::array items;
    for (const auto& hour : hours) {
        items.push_back({{"hour", to_rfc3339(hour.hour)},
                         {"cameras", static_cast<std::int64_t>(hour.cameras)},
                         {"monitored", static_cast<std::int64_t>(monitored)},
                         {"seconds", static_cast<std::int64_t>(hour.seconds.count())}});
    }
    return {{"items", std::move(items)}, {"next", nullptr}};
}

Result<json::object> cameras_json(const Office& office, WallTime hour) {
    TRY(const auto lit, lit_cameras(office.book.db(), hour));
    Names names(office);
    json::array items;
    for (const auto& one : lit) {
        items.push_back({{"hour", to_rfc3339(hour)},
                         {"camera", one.camera.value},
                         {"user", one.user.value},
                         {"name", names.of(one.user)},
                         {"seconds", static_cast<std::int64_t>(one.seconds.count())}});
    }
    return json::object{{"items", std::move(items)}, {"next", nullptr}};
}

}  // namespace

http::Response post_screens(Watch watch, const http::Request& request, const identity::Session& caller, const WasShown& was_shown) {
    return answer(201, [&]() -> Result<json::object> {
        TRY(auto report, report_in(request));
        report.session = caller.id;
        const auto shown = [&](const CameraId& camera) { return was_shown(camera, report.from); };
        TRY_DO(report_screens(watch.office.book, caller.user, report, shown));
        return json::object{{"screens", static_cast<std::int64_t>(report.screens.size())}};
    }());
}

http::Response get_lit_hours(Watch watch, const http::Request& request) {
    return answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {"day"}));
        auto day = day_of(now_of(watch.office));
        if (const auto text = request.param("day")) {
            TRY(day, parse_day(*text, "day"));
        }
        const auto from = midnight_of(day);
        TRY(const auto hours, lit_hours(watch.office.book.db(), from, from + std::chrono::hours(24)));
        return hours_json(hours, watch.monitored.size());
    }());
}

http::Response get_lit_cameras(Watch watch, const http::Request& request) {
    return answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {}));
        TRY(const auto hour, parse_rfc3339(request.captures.at(0), "hour"));
        if (hour_of(hour) != hour) return fail_field("hour", "must be the beginning of an hour, such as 2026-12-01T09:00:00Z");
        return cameras_json(watch.office, hour);
    }());
}

Result<FindingInput> finding_in(const Rules& rules, const http::Request& request) {
    TRY(const auto body, http::parse_object(request.body));
    FindingInput out;
    TRY(out.camera.value, http::required_text(body, "camera", 64));
    TRY(out.kind, http::required_text(body, "kind", 40));
    TRY(const auto text, http::optional_text(body, "text", kFindingTextLettersMax));
    out.text = text.value_or("");
    if (const auto* picture = body.if_contains("picture"); picture != nullptr && !picture->is_null()) {
        auto bytes = picture->is_string() ? crypto::from_base64(picture->get_string(), "picture") : Result<std::string>(tl::unexpected(Error{}));
        if (!bytes) return fail_field("picture", "must be a JPEG in base64");
        out.picture = *std::move(bytes);
    }
    TRY_DO(check(rules, out));
    return out;
}

json::object finding_json(const Office& office, const Finding& finding) {
    const auto* kind = office.rules.finding(finding.kind);
    json::value name = nullptr;
    if (kind != nullptr) name = json::object{{"ko", kind->name_ko}, {"en", kind->name_en}};
    return {{"incident", finding.incident.value},
            {"user", finding.user.value},
            {"seat", finding.seat},
            {"camera", finding.camera.value},
            {"kind", finding.kind},
            {"kindName", std::move(name)},
            {"agency", finding.agency},
            {"hasPicture", finding.picture.has_value()},
            {"at", to_rfc3339(finding.at)}};
}

http::Response get_finding_kinds(const Office& office, const http::Request& request) {
    return answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {}));
        json::array items;
        for (const auto& kind : office.rules.findings())
            items.push_back({{"kind", kind.key}, {"name", {{"ko", kind.name_ko}, {"en", kind.name_en}}}, {"grade", kind.grade}, {"agency", kind.agency}});
        return json::object{{"items", std::move(items)}, {"next", nullptr}};
    }());
}

}  // namespace bongsu::duty
