#include "device/http.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>
#include <numeric>

#include "base/text.hpp"
#include "http/page.hpp"

namespace bongsu::device {

namespace {

constexpr std::size_t kNearMax = 10'000;  // How deep `near` pages.
constexpr std::size_t kQueryLettersMax = 100;

/// `count` finite numbers with commas between them.
Result<std::vector<double>> numbers(std::string_view text, std::size_t count, std::string_view field,
                                    std::string_view form) {
    std::vector<double> found;
    const auto* at = text.data();
    const auto* const end = at + text.size();
    while (found.size() < count) {
        double number = 0;
        const auto [stop, error] = std::from_chars(at, end, number);
        if (error != std::errc{} || !std::isfinite(number)) break;
        found.push_back(number);
        at = stop;
        if (at == end || *at != ',') break;
        if (found.size() < count) ++at;
    }
    if (found.size() != count || at != end) {
        return fail_field(field, "must be " + std::string(form));
    }
    return found;
}

Result<void> check_position(double lon, double lat, std::string_view field) {
    if (lon < -180 || lon > 180 || lat < -90 || lat > 90) {
        return fail_field(field, "must be longitude,latitude in degrees");
    }
    return {};
}

/// A camera's id as catalogues have it: five digits, '-', and up to 58 visible ASCII letters. The camera itself may be
/// gone meanwhile.
bool is_cursor(std::string_view id) {
    return id.size() >= 7 && id.size() <= 64 && id[5] == '-' &&
           id.substr(0, 5).find_first_not_of("0123456789") == std::string_view::npos &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<Scope> read_scope(const http::Request& request) {
    TRY_DO(http::only_parameters(request, {"near", "bbox", "site", "q", "limit", "cursor"}));
    std::string way;
    for (const auto* name : {"near", "bbox", "q"}) {
        if (!request.param(name)) continue;
        if (!way.empty()) return fail_field(name, "and " + way + " exclude one another");
        way = name;
    }
    Scope scope;
    TRY(scope.limit, http::page_limit(request));
    if (const auto site = request.param("site")) {
        if (site->size() != 5 || site->find_first_not_of("0123456789") != std::string::npos) {
            return fail_field("site", "must be five digits");
        }
        scope.site = SiteId{*site};
    }
    scope.after = request.param("cursor").value_or("");
    if (way != "near" && request.param("cursor") && !is_cursor(scope.after))
        return fail_field("cursor", "must be `next` of a page before, a camera's id");
    return scope;
}

std::string list(const std::vector<std::string>& items, const std::string& next) {
    std::string body = "{\"items\":[";
    for (std::size_t i = 0; i < items.size(); ++i) body.append(i == 0 ? "" : ",").append(items[i]);
    body += "],\"next\":";
    if (next.empty()) {
        body += "null";
    } else {
        append_quoted(body, next);
    }
    return body + "}";
}

std::string list(const Page& page) {
    std::vector<std::string> items;
    for (const auto* camera : page.items) items.push_back(camera_json(*camera));
    return list(items, page.next);
}

/// Pages by count: the order is by distance, so an id says nothing of where one was.
Result<std::string> nearest(const Directory& directory, const http::Request& request, std::string_view near,
                            const Scope& scope) {
    TRY(const auto at, numbers(near, 2, "near", "longitude,latitude in degrees"));
    TRY_DO(check_position(at[0], at[1], "near"));
    std::size_t skip = 0;
    if (request.param("cursor")) {
        TRY(skip, http::page_number(request, "cursor", 0));
        if (skip < 1 || skip > kNearMax) return fail_field("cursor", "must be `next` of a page before");
    }
    const auto found = directory.nearest({at[0], at[1]}, skip + scope.limit + 1, scope.site);
    std::vector<std::string> items;
    const auto end = std::min(found.size(), skip + scope.limit);
    for (std::size_t i = skip; i < end; ++i)
        items.push_back(camera_json(*found[i].camera, found[i].distance_m));
    return list(items, found.size() > end && end <= kNearMax ? std::to_string(end) : "");
}

Result<std::string> boxed(const Directory& directory, std::string_view text, const Scope& scope) {
    TRY(const auto at, numbers(text, 4, "bbox", "west,south,east,north in degrees"));
    TRY_DO(check_position(at[0], at[1], "bbox"));
    TRY_DO(check_position(at[2], at[3], "bbox"));
    if (at[0] > at[2] || at[1] > at[3]) {
        return fail_field("bbox", "must be west,south,east,north: west <= east and south <= north");
    }
    return list(directory.in_box({at[0], at[1], at[2], at[3]}, scope));
}

Result<std::string> matching(const Directory& directory, const std::string& query, const Scope& scope) {
    const bool control =
        std::any_of(query.begin(), query.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (query.empty() || letters(query) > kQueryLettersMax || control)
        return fail_field("q", "must be 1 to 100 letters without control characters");
    return list(directory.matching(query, scope));
}

Result<std::string> answer(const Directory& directory, const http::Request& request) {
    TRY(const auto scope, read_scope(request));
    if (const auto near = request.param("near")) return nearest(directory, request, *near, scope);
    if (const auto box = request.param("bbox")) return boxed(directory, *box, scope);
    if (const auto query = request.param("q")) return matching(directory, *query, scope);
    return list(directory.all(scope));
}

}  // namespace

std::string camera_json(const Camera& camera, std::optional<double> distance_m) {
    std::string out;
    out.reserve(320);
    const auto text = [&out](std::string_view before, std::string_view value) {
        out += before;
        append_quoted(out, value);
    };
    const auto number = [&out](std::string_view before, double value, int decimals) {
        out += before;
        append_decimal(out, value, decimals);
    };
    text("{\"id\":", camera.id.value);
    text(",\"name\":", camera.name);
    text(",\"site\":", camera.site.value);
    number(",\"position\":[", camera.lon, 7);
    number(",", camera.lat, 7);
    number("],\"bearing\":", static_cast<double>(camera.bearing), 1);
    text(",\"state\":", to_string(camera.state));
    out.append(",\"live\":").append(camera.live() ? "true" : "false");
    number(",\"fov\":", static_cast<double>(camera.field_of_view), 1);
    number(",\"range\":", static_cast<double>(camera.range_m), 1);
    out.append(",\"ptz\":").append(camera.ptz ? "true" : "false");
    text(",\"purpose\":", camera.purpose);
    text(",\"owner\":", camera.owner.value);
    if (!camera.cause.empty()) text(",\"cause\":", camera.cause);
    if (!camera.cause_code.empty()) text(",\"causeCode\":", camera.cause_code);
    if (distance_m) number(",\"distance\":", *distance_m, 1);
    return out + "}";
}

http::Response get_cameras(const Directory& directory, const http::Request& request) {
    auto body = answer(directory, request);
    if (!body) return http::problem(body.error());
    http::Response response;
    response.body = *std::move(body);
    return response;
}

http::Response get_sites(const Directory& directory, const std::vector<SiteInfo>& sites) {
    boost::json::array items;
    for (const auto& site : sites) {
        const auto found = directory.counts().find(site.id);
        const auto counts = found == directory.counts().end() ? Counts{} : found->second;
        boost::json::object item{{"id", site.id.value},
                                 {"name", {{"ko", site.name_ko}, {"en", site.name_en}}},
                                 {"joined", site.joined},
                                 {"online", site.online},
                                 {"cameras", std::accumulate(counts.begin(), counts.end(), std::size_t{0})}};
        for (std::size_t i = 0; i < kStates; ++i) item[to_string(static_cast<State>(i))] = counts[i];
        items.push_back(std::move(item));
    }
    return http::json_response(200, {{"items", std::move(items)}, {"next", nullptr}});
}

}  // namespace bongsu::device
