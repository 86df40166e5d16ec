#include "hold/http.hpp"

#include <boost/json/array.hpp>

#include "http/face.hpp"
#include "http/page.hpp"

namespace bongsu::hold {

namespace json = boost::json;

json::object to_json(const Hold& hold) {
    json::array cameras;
    for (const auto& camera : hold.cameras) cameras.emplace_back(camera.value);
    return {{"id", hold.id},
            {"incident", hold.incident.value},
            {"cameras", std::move(cameras)},
            {"from", to_rfc3339(hold.from)},
            {"to", http::time_or_null(hold.to)},
            {"orderedAt", to_rfc3339(hold.ordered_at)},
            {"orderedBy", hold.ordered_by},
            {"reviewAt", to_rfc3339(hold.review_at)},
            {"endedAt", http::time_or_null(hold.ended_at)},
            {"endedBy", http::text_or_null(hold.ended_by)},
            {"reason", http::text_or_null(hold.reason)},
            // The order alone keeps nothing: there is no recorder yet.
            {"kept", false}};
}

http::Response get_holds(journal::Book& book, const http::Request& request, const IsSeen& is_seen) {
    const auto answer = [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {"incident", "state", "limit", "cursor"}));
        Query query;
        TRY(const auto limit, http::page_limit(request));
        TRY(query.before_seq, http::page_number(request, "cursor", INT64_MAX));
        TRY(const auto incident, http::id_parameter(request, "incident"));
        if (!incident.empty()) query.incident = IncidentId{incident};
        if (const auto state = request.param("state")) {
            if (*state != "standing" && *state != "ended") return fail_field("state", "must be standing or ended");
            query.standing = *state == "standing";
        }
        query.limit = limit + 1;
        TRY(auto found, list(book.db(), query));
        json::value next = nullptr;
        if (found.size() > limit) {
            found.pop_back();
            next = json::string(std::to_string(found.back().seq));
        }
        json::array items;
        for (const auto& one : found) {
            if (is_seen(one.incident)) items.push_back(to_json(one));
        }
        return json::object{{"items", std::move(items)}, {"next", std::move(next)}};
    }();
    return http::answer(200, answer);
}

http::Response post_end(journal::Book& book, const http::Request& request, const identity::Session& caller) {
    const auto answer = [&]() -> Result<json::object> {
        TRY(const auto body, http::parse_object(request.body));
        TRY(const auto reason, http::required_text(body, "reason", kReasonLettersMax));
        TRY(const auto ended, end(book, "user:" + caller.user.value, request.captures.at(0), reason));
        return to_json(ended);
    }();
    return http::answer(200, answer);
}

}  // namespace bongsu::hold
