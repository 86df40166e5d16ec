#include "drill/http.hpp"

#include <boost/json/array.hpp>

#include "http/face.hpp"
#include "http/page.hpp"

namespace bongsu::drill {

namespace json = boost::json;

json::object to_json(const Drill& drill) {
    json::array incidents;
    for (const auto& incident : drill.incidents) incidents.emplace_back(incident.value);
    return {{"id", drill.id},
            {"incident", drill.incident.value},
            {"speed", drill.speed},
            {"begunAt", to_rfc3339(drill.begun_at)},
            {"begunBy", drill.begun_by},
            {"endedAt", http::time_or_null(drill.ended_at)},
            {"endedBy", http::text_or_null(drill.ended_by)},
            {"reason", http::text_or_null(drill.reason)},
            {"steps", drill.steps},
            {"told", drill.told},
            {"incidents", std::move(incidents)}};
}

Result<Wish> wish_in(const http::Request& request) {
    TRY(const auto body, http::parse_object(request.body));
    Wish out;
    TRY(out.incident.value, http::required_text(body, "incident", 40));
    const auto* speed = body.if_contains("speed");
    if (speed == nullptr) return out;
    if (!speed->is_int64() || speed->get_int64() < 1 || speed->get_int64() > kSpeedMax) return fail_field("speed", "must be a whole number from 1 to " + std::to_string(kSpeedMax));
    out.speed = speed->get_int64();
    return out;
}

http::Response get_drills(journal::Book& book, const http::Request& request) {
    const auto answer = [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {"limit", "cursor"}));
        TRY(const auto limit, http::page_limit(request));
        TRY(const auto before, http::page_number(request, "cursor", INT64_MAX));
        TRY(auto found, list(book.db(), before, limit + 1));
        json::value next = nullptr;
        if (found.size() > limit) {
            found.pop_back();
            next = json::string(std::to_string(found.back().seq));
        }
        json::array items;
        for (const auto& one : found) items.push_back(to_json(one));
        return json::object{{"items", std::move(items)}, {"next", std::move(next)}};
    }();
    return http::answer(200, answer);
}

}  // namespace bongsu::drill
