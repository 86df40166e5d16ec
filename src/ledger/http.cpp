#include "ledger/http.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "http/page.hpp"

namespace bongsu::ledger {

namespace {

namespace json = boost::json;

Result<std::optional<WallTime>> time_of(const http::Request& request, std::string_view name) {
    const auto text = request.param(name);
    if (!text) return std::optional<WallTime>{};
    TRY(const auto time, parse_rfc3339(*text, name));
    return std::optional(time);
}

Result<AccessFilter> filter_of(const http::Request& request) {
    TRY_DO(http::only_parameters(
        request, {"user", "agency", "camera", "incident", "kind", "from", "to", "cursor", "limit"}));
    AccessFilter filter;
    TRY(filter.who, http::id_parameter(request, "user"));
    TRY(filter.agency, http::id_parameter(request, "agency"));
    TRY(const auto camera, http::id_parameter(request, "camera"));
    if (!camera.empty()) filter.subject = "camera:" + camera;
    TRY(filter.incident, http::id_parameter(request, "incident"));
    TRY(filter.kind, http::id_parameter(request, "kind"));
    TRY(filter.from, time_of(request, "from"));
    TRY(filter.to, time_of(request, "to"));
    TRY(filter.before, http::page_number(request, "cursor", 0));
    TRY(filter.limit, http::page_limit(request));
    return filter;
}

json::value or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::object to_json(const Access& row) {
    return {{"seq", static_cast<std::int64_t>(row.seq)},
            {"time", to_rfc3339(row.time)},
            {"who", or_null(row.who)},
            {"agency", or_null(row.agency)},
            {"from", or_null(row.remote)},
            {"whose", or_null(row.subject)},
            {"incident", or_null(row.incident)},
            {"what", row.what},
            {"why", or_null(row.why)},
            {"basis", or_null(row.basis)},
            {"result", or_null(row.result)}};
}

Result<http::Response> access(sql::Db& db, const http::Request& request) {
    TRY(auto filter, filter_of(request));
    const auto limit = filter.limit++;  // One more tells whether there is a page after.
    TRY(const auto rows, accesses(db, filter));
    json::array items;
    for (std::size_t i = 0; i < std::min(rows.size(), limit); ++i) items.push_back(to_json(rows[i]));
    const auto next = rows.size() > limit ? json::value(std::to_string(rows[limit - 1].id)) : json::value(nullptr);
    return http::json_response(200, json::object{{"items", std::move(items)}, {"next", next}});
}

}  // namespace

http::Response get_access(sql::Db& db, const http::Request& request) {
    auto response = access(db, request);
    return response ? *std::move(response) : http::problem(response.error());
}

}  // namespace bongsu::ledger
