#include "grant/http.hpp"

#include <boost/json/array.hpp>

#include "base/text.hpp"
#include "http/page.hpp"

namespace bongsu::grant {

namespace {

namespace json = boost::json;

constexpr std::size_t kReasonLettersMax = 500;

template <class Item>
http::Response list(const std::vector<Item>& items, const std::string& next, const auto& shape) {
    json::array shaped;
    for (const auto& item : items) shaped.push_back(shape(item));
    return http::json_response(200, {{"items", std::move(shaped)},
                                     {"next", next.empty() ? json::value(nullptr) : json::value(next)}});
}

http::Response answer(Result<http::Response> response) {
    return response ? *std::move(response) : http::problem(response.error());
}

bool is_seen(const Desk& desk, const IncidentId& incident) { return !desk.is_seen || incident.value.empty() || desk.is_seen(incident); }

WallTime now_of(const Desk& desk) { return desk.book.env().clock.wall(); }

http::Response grant_response(const Desk& desk, int status, const Grant& grant) {
    return http::json_response(status, grant_json(grant, desk.purposes, now_of(desk)));
}

Result<Grant> seen_grant(const Desk& desk, const http::Request& request, const identity::Session& session) {
    const GrantId id{request.captures.empty() ? "" : request.captures[0]};
    TRY(auto grant, find_grant(desk.book.db(), id));
    if (!may_see(grant, session, desk.here) || !is_seen(desk, grant.incident)) return fail(ErrorKind::not_found, "grant is not known");
    return grant;
}

Result<http::Response> grants(const Desk& desk, const http::Request& request,
                              const identity::Session& session) {
    TRY_DO(http::only_parameters(request, {"incident", "limit", "cursor"}));
    GrantFilter filter;
    TRY(filter.limit, http::page_limit(request));
    TRY(filter.before, http::page_ulid(request, "cursor"));
    TRY(const auto incident, http::id_parameter(request, "incident"));
    if (!incident.empty()) filter.incident = IncidentId{incident};
    if (!works_at(session, desk.here)) filter.holder = session;
    TRY(auto page, list_grants(desk.book.db(), filter));
    std::erase_if(page.items, [&](const Grant& grant) { return !is_seen(desk, grant.incident); });
    // What is hidden neither ends a page nor is its cursor.
    while (page.items.size() < filter.limit && !page.next.empty()) {
        auto more = filter;
        more.before = page.next;
        TRY(auto behind, list_grants(desk.book.db(), more));
        std::erase_if(behind.items, [&](const Grant& grant) { return !is_seen(desk, grant.incident); });
        page.next = std::move(behind.next);
        for (auto& grant : behind.items) {
            if (page.items.size() == filter.limit) {
                page.next = page.items.back().id.value;
                break;
            }
            page.items.push_back(std::move(grant));
        }
    }
    if (!page.next.empty() && !page.items.empty()) page.next = page.items.back().id.value;
    return list(page.items, page.next,
                [&](const Grant& grant) { return grant_json(grant, desk.purposes, now_of(desk)); });
}

Result<void> check_cameras(const Desk& desk, const std::vector<CameraId>& cameras) {
    for (const auto& id : cameras) {
        const auto* camera = desk.directory.find(id);
        if (camera == nullptr) return fail_field("cameras", "holds an id that is not registered");
        if (!camera->connected())
            return fail_field("cameras", "holds " + id.value + ", which is registered, not connected");
    }
    return {};
}

Result<http::Response> issued(const Desk& desk, const http::Request& request,
                              const identity::Session& session) {
    TRY_DO(identity::check(kMayIssue, session));
    if (!works_at(session, desk.here))
        return fail(ErrorKind::forbidden, "only this site's people open grants here");
    TRY(const auto input, parse_grant_input(request.body));
    const auto* purpose = desk.purposes.find(input.purpose);
    if (purpose == nullptr) return fail_field("purpose", "is not declared");
    if (!purpose->may_be_asked_by(session.role)) {
        return fail(ErrorKind::forbidden, "purpose " + purpose->key + " cannot be asked for by role " +
                                              std::string(identity::to_string(session.role)));
    }
    if (input.minutes && *input.minutes > purpose->duration) {
        return fail_field("minutes", "must be at most " + std::to_string(purpose->duration.count()) + " for this purpose");
    }
    if (!is_seen(desk, input.incident)) return fail(ErrorKind::not_found, "there is no such incident");
    TRY(const bool open, desk.is_open(input.incident));
    if (!open) return fail(ErrorKind::conflict, "the incident is not open");
    TRY_DO(check_cameras(desk, input.cameras));
    GrantRequest wanted;
    wanted.actor = "user:" + session.user.value;
    wanted.purpose = input.purpose;
    wanted.incident = input.incident;
    wanted.holder.agency = session.agency;
    wanted.cameras = input.cameras;
    if (input.minutes) {
        wanted.from = now_of(desk);
        wanted.to = *wanted.from + *input.minutes;
    }
    TRY(const auto grant, issue(desk.book, desk.purposes, wanted));
    return grant_response(desk, 201, grant);
}

Result<http::Response> ended(const Desk& desk, const http::Request& request,
                             const identity::Session& session) {
    TRY_DO(identity::check(kMayIssue, session));
    TRY(const auto grant, seen_grant(desk, request, session));
    if (!works_at(session, desk.here))
        return fail(ErrorKind::forbidden, "only this site's people end grants here");
    auto reason = request.param("reason").value_or("");
    if (reason.empty() && !request.body.empty()) {
        TRY(const auto object, http::parse_object(request.body));
        TRY(reason, http::required_text(object, "reason", kReasonLettersMax));
    }
    if (reason.empty() || letters(reason) > kReasonLettersMax)
        return fail_field("reason", "must be 1 to " + std::to_string(kReasonLettersMax) + " letters");
    TRY(const auto done, end(desk.book, "user:" + session.user.value, grant.id, reason));
    return grant_response(desk, 200, done);
}

Result<http::Response> views(const Desk& desk, const http::Request& request,
                             const identity::Session& session) {
    TRY_DO(identity::check(kMayReadViews, session));
    TRY_DO(http::only_parameters(request, {"incident", "camera", "user", "limit", "cursor"}));
    ViewFilter filter;
    TRY(filter.limit, http::page_limit(request));
    TRY(filter.before, http::page_ulid(request, "cursor"));
    TRY(const auto incident, http::id_parameter(request, "incident"));
    TRY(const auto camera, http::id_parameter(request, "camera"));
    TRY(const auto user, http::id_parameter(request, "user"));
    if (!incident.empty()) filter.incident = IncidentId{incident};
    if (!camera.empty()) filter.camera = CameraId{camera};
    if (!user.empty()) filter.user = UserId{user};
    if (!works_at(session, desk.here)) filter.agency = session.agency;
    // Whoever audits sees each look, whichever desk it was for.
    TRY(const auto page, views_of(desk.book.db(), filter));
    return list(page.items, page.next, view_json);
}

}  // namespace

http::Response get_grants(const Desk& desk, const http::Request& request, const identity::Session& session) {
    return answer(grants(desk, request, session));
}

http::Response get_grant(const Desk& desk, const http::Request& request, const identity::Session& session) {
    const auto grant = seen_grant(desk, request, session);
    return grant ? grant_response(desk, 200, *grant) : http::problem(grant.error());
}

http::Response post_grant(const Desk& desk, const http::Request& request, const identity::Session& session) {
    return answer(issued(desk, request, session));
}

http::Response delete_grant(const Desk& desk, const http::Request& request,
                            const identity::Session& session) {
    return answer(ended(desk, request, session));
}

http::Response get_views(const Desk& desk, const http::Request& request, const identity::Session& session) {
    return answer(views(desk, request, session));
}

}  // namespace bongsu::grant
