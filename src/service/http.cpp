#include "service/http.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "http/face.hpp"
#include "http/page.hpp"

namespace bongsu::service {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

json::object name_json(const Name& name) { return {{"ko", name.ko}, {"en", name.en}}; }

json::object purpose_json(const grant::Purpose& purpose, WallTime now) {
    json::array agencies(purpose.agencies.begin(), purpose.agencies.end());
    json::array kinds(purpose.kinds.begin(), purpose.kinds.end());
    const bool is_centre = purpose.holder == grant::HolderRule::centre;
    return {{"key", purpose.key},
            {"name", {{"ko", purpose.name_ko}, {"en", purpose.name_en}}},
            {"basis", purpose.basis_at(now)},
            {"holder", is_centre ? "centre" : "requesting-agency"},
            {"agencies", std::move(agencies)},
            {"kinds", std::move(kinds)},
            {"cameras", purpose.cameras.count},
            {"radiusM", purpose.cameras.radius_m},
            {"ptz", purpose.ptz},
            {"minutes", purpose.duration.count()}};
}

json::array codes_json(const Service& service) {
    json::array out;
    for (const auto& [code, decision] : service.codes) out.push_back(json::object{{"code", code}, {"decision", json::string(to_string(decision))}});
    return out;
}

json::array results_json(const Service& service) {
    json::array out;
    for (const auto& one : service.results) out.push_back(json::object{{"key", one.key}, {"name", name_json(one.name)}, {"helped", one.helped}});
    return out;
}

/// The procedure that such an incident gets, whoever declares it.
json::value sop_json(const Office& office, const Service& service) {
    const auto* sop = service.types.empty() || !service.is_in_force() ? nullptr : office.sops.for_event(service.types.front().id);
    if (sop == nullptr) return nullptr;
    return json::object{{"key", sop->key}, {"version", sop->version}, {"name", {{"ko", sop->name.ko}, {"en", sop->name.en}}}, {"steps", sop->steps.size()}};
}

json::object service_json(const Office& office, const Service& service, const std::vector<Standing>& standing) {
    json::array types, purposes, desk, stages;
    for (const auto& type : service.types) types.push_back(json::object{{"id", type.id}, {"name", type.name.ko.empty() ? json::value(nullptr) : json::value(name_json(type.name))}});
    for (const auto& key : service.purposes) {
        const auto* purpose = office.purposes.find(key);
        if (purpose != nullptr) purposes.push_back(purpose_json(*purpose, office.now));
    }
    for (const auto role : service.desk) desk.push_back(json::string(identity::to_string(role)));
    for (const auto& stage : service.stages) stages.push_back(json::object{{"key", stage.key}, {"name", name_json(stage.name)}});
    const auto known = std::find_if(standing.begin(), standing.end(), [&](const Standing& one) { return one.key == service.key; });
    const bool is_known = known != standing.end();
    return {{"key", service.key},
            {"version", service.version},
            {"life", json::string(to_string(service.life))},
            {"name", name_json(service.name)},
            {"senders", json::array(service.senders.begin(), service.senders.end())},
            {"types", std::move(types)},
            {"purposes", std::move(purposes)},
            {"codes", codes_json(service)},
            {"sop", sop_json(office, service)},
            {"desk", std::move(desk)},
            {"stages", std::move(stages)},
            {"results", results_json(service)},
            {"digest", service.digest},
            {"since", is_known ? json::value(to_rfc3339(known->since)) : json::value(nullptr)},
            {"by", is_known ? json::value(json::string(known->by)) : json::value(nullptr)}};
}

json::object times_json(const Times& times) {
    const auto of = [&](std::int64_t milliseconds) { return times.n == 0 ? json::value(nullptr) : json::value(static_cast<double>(milliseconds) / 1000); };
    return {{"n", times.n},          {"notMeasured", times.not_measured},    {"p50S", of(times.p50)}, {"p90S", of(times.p90)},
            {"maxS", of(times.max)}, {"within5Min", times.within_5_min}, {"within7Min", times.within_7_min}};
}

json::object counts_json(const std::map<std::string, std::int64_t>& counts) {
    json::object out;
    for (const auto& [key, n] : counts) out[key] = n;
    return out;
}

json::object figures_json(const Service& service, const Figures& figures) {
    std::int64_t helped = 0, of = 0;
    for (const auto& [key, n] : figures.results) {
        const auto* result = service.find_result(key);
        of += n;
        if (result != nullptr && result->helped) helped += n;
    }
    return {{"service", service.key},
            {"name", name_json(service.name)},
            {"life", json::string(to_string(service.life))},
            {"opened", figures.opened},
            {"ended", figures.ended},
            {"tests", figures.tests},
            {"refused", figures.refused},
            {"outcomes", counts_json(figures.outcomes)},
            {"results", counts_json(figures.results)},
            {"helped", {{"n", helped}, {"of", of}}},
            {"picture", times_json(figures.picture)},
            {"seen", times_json(figures.seen)},
            {"arrival", times_json(figures.arrival)}};
}

constexpr std::uint64_t kDaysMax = 400, kDays = 30;

struct Span {
    WallTime from, to;
};

/// Whole days in Seoul.
Result<Span> span_of(const http::Request& request, WallTime now) {
    TRY(const auto count, http::whole_parameter(request, "days", 1, kDaysMax, kDays));
    const auto days = 24h * static_cast<std::int64_t>(count);
    const auto text = request.param("from");
    if (!text) {
        TRY(const auto tomorrow, parse_rfc3339(to_kst_digits(now + 24h).insert(4, "-").insert(7, "-").substr(0, 10) + "T00:00:00+09:00", "from"));
        return Span{tomorrow - days, tomorrow};
    }
    const auto from = text->size() == 10 ? parse_rfc3339(*text + "T00:00:00+09:00", "from") : Result<WallTime>(fail_field("from", "no day"));
    if (!from) return fail_field("from", "must be a day as 2026-09-21");
    return Span{*from, *from + days};
}

}  // namespace

http::Response get_services(const Office& office, const http::Request& request) {
    return http::answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {}));
        TRY(const auto known, standing(office.book.db()));
        json::array items;
        for (const auto& service : office.services.all()) items.push_back(service_json(office, service, known));
        return json::object{{"items", std::move(items)}, {"next", nullptr}};
    }());
}

http::Response get_statistics(const Office& office, const http::Request& request) {
    return http::answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {"from", "days"}));
        TRY(const auto span, span_of(request, office.now));
        json::array items;
        for (const auto& service : office.services.all()) {
            std::vector<std::string> types;
            for (const auto& type : service.types) types.push_back(type.id);
            TRY(const auto found, figures(office.book.db(), types, span.from, span.to));
            items.push_back(figures_json(service, found));
        }
        return json::object{{"from", to_rfc3339(span.from)}, {"to", to_rfc3339(span.to)}, {"items", std::move(items)}};
    }());
}

Result<json::object> case_json(const Office& office, const IncidentId& incident, std::string_view type, const std::vector<EventId>& only) {
    const auto is_wanted = [&](const EventId& event) { return only.empty() || std::find(only.begin(), only.end(), event) != only.end(); };
    const auto* service = office.services.of_type(type);
    auto& db = office.book.db();
    TRY(const auto judgements, judged_of(db, incident));
    TRY(const auto reached, stages_of(db, incident));
    TRY(const auto result, effect_of(db, incident));
    json::array codes, stages;
    for (const auto& one : judgements) {
        if (is_wanted(one.event)) codes.push_back(json::object{{"event", one.event.value}, {"code", one.code}, {"decision", json::string(to_string(one.decision))}});
    }
    for (const auto& one : reached) {
        if (!is_wanted(one.event)) continue;
        const auto* stage = office.services.find_stage(one.service, one.stage);
        stages.push_back(json::object{{"key", one.stage}, {"name", stage == nullptr ? json::value(nullptr) : json::value(name_json(stage->name))}, {"at", to_rfc3339(one.at)}});
    }
    json::value known = nullptr;
    if (service != nullptr) known = json::object{{"key", service->key}, {"name", name_json(service->name)}, {"life", json::string(to_string(service->life))}};
    return json::object{{"service", std::move(known)},
                        {"results", service == nullptr ? json::array{} : results_json(*service)},
                        {"result", http::text_or_null(result)},
                        {"stages", std::move(stages)},
                        {"codes", std::move(codes)}};
}

}  // namespace bongsu::service
