#include "incident/http.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "event/types.hpp"
#include "http/face.hpp"
#include "http/page.hpp"
#include "incident/fold.hpp"
#include "incident/reports.hpp"
#include "incident/verbs.hpp"

namespace bongsu::incident {

namespace json = boost::json;

namespace {

/// "new,received" to states; the error names the word.
Result<std::vector<State>> states_of(const http::Request& request) {
    std::vector<State> states;
    const auto text = request.param("state").value_or("");
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(',', at), text.size());
        const auto state = state_of(text.substr(at, end - at));
        if (!state) {
            return fail_field(
                "state", "must be a list of new, received, acting, released, closed, cancelled, auto_closed");
        }
        if (std::find(states.begin(), states.end(), *state) == states.end()) states.push_back(*state);
        at = end + 1;
    }
    return states;
}

bool is_unseen_by(const Viewer& viewer, const std::string& type) { return std::find(viewer.hidden.begin(), viewer.hidden.end(), type) != viewer.hidden.end(); }

const event::TypeNames& names_of(const Viewer& viewer) {
    static const event::TypeNames none;
    return viewer.names == nullptr ? none : *viewer.names;
}

Result<IncidentId> visible_id(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    const IncidentId id{request.captures.empty() ? std::string{} : request.captures[0]};
    bool may_see = !viewer.only_these || std::find(viewer.only_these->begin(), viewer.only_these->end(),
                                                   id) != viewer.only_these->end();
    if (!may_see) {
        TRY(const auto sent, all_reports(book.db(), id));
        may_see = std::any_of(sent.begin(), sent.end(), [&](const Report& one) { return one.agency().value == viewer.sender; });
    }
    if (may_see && !viewer.hidden.empty()) {
        TRY(const auto incident, get(book.db(), id));
        may_see = !is_unseen_by(viewer, incident.type);
    }
    // The same words as for an unknown one: an agency must not learn what exists.
    if (!may_see) return fail(ErrorKind::not_found, "there is no such incident");
    return id;
}

/// An agency sees its own report of a case that several report.
Result<Incident> shown_to(sql::Db& db, const Incident& incident, const Viewer& viewer) {
    if (!viewer.only_these) return incident;
    TRY(const auto all, all_reports(db, incident.id));
    return face_for(incident, all, viewer.sender);
}

std::string page_text(const std::vector<std::string>& items, const std::optional<std::uint64_t>& next) {
    std::string text = "{\"items\":[";
    for (std::size_t i = 0; i < items.size(); ++i) text += (i == 0 ? "" : ",") + items[i];
    return text + "],\"next\":" + (next ? "\"" + std::to_string(*next) + "\"" : std::string("null")) + "}";
}

http::Response answer(int status, std::string body) {
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

http::Response answer_or_problem(int status, Result<std::string> body) {
    if (!body) return http::problem(body.error());
    return answer(status, *std::move(body));
}

Result<std::string> list_body(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    TRY_DO(http::only_parameters(request, {"state", "limit", "cursor"}));
    ListQuery query;
    TRY(query.states, states_of(request));
    TRY(query.limit, http::page_limit(request));
    TRY(query.before_seq, http::page_number(request, "cursor", UINT64_MAX));
    query.only_these = viewer.only_these;
    query.sender = viewer.sender;
    query.hidden = viewer.hidden;
    TRY(const auto page, list(book.db(), query));
    std::vector<std::string> items;
    for (const auto& incident : page.items) {
        TRY(auto shown, shown_to(book.db(), incident, viewer));
        items.push_back(to_json(shown, names_of(viewer)));
    }
    return page_text(items, page.next);
}

Result<std::string> incident_body(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    TRY(const auto id, visible_id(book, request, viewer));
    TRY(const auto incident, get(book.db(), id));
    TRY(const auto shown, shown_to(book.db(), incident, viewer));
    return to_json(shown, names_of(viewer));
}

bool is_for_agencies(std::string_view kind) {
    constexpr std::array<std::string_view, 7> kKinds{"incident.opened", "incident.joined", "incident.changed", "incident.report_ended", "incident.acted", "event.late", "event.repeated"};
    return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

/// What another sender said of the same case is not for its eyes.
bool is_for_agency(const TimelineEntry& entry, const std::set<std::string>& events, bool has_several) {
    if (!is_for_agencies(entry.kind)) return false;
    if (!has_several || entry.kind == "incident.acted") return true;
    const auto payload = http::parse_object(entry.payload);
    const auto* event = payload ? payload->if_contains("event") : nullptr;
    return event != nullptr && event->is_string() && events.contains(std::string(event->get_string()));
}

/// The journal holds integers where the contract has times and truths: microseconds, 0 and 1.
void speak_contract(json::object& object) {
    constexpr std::array<std::string_view, 10> kTimes{"from", "to", "reviewAt", "openedAt", "occurredAt", "stateTime",
                                                     "expires", "at", "recordedFrom", "recordedTo"};
    for (const auto name : kTimes) {
        auto* value = object.if_contains(name);
        if (value != nullptr && value->is_int64()) *value = to_rfc3339(from_us(value->get_int64()));
    }
    if (auto* ptz = object.if_contains("ptz"); ptz != nullptr && ptz->is_int64()) *ptz = ptz->get_int64() != 0;
    auto* fault = object.if_contains("positionFault");
    if (fault != nullptr && fault->is_string() && fault->get_string().empty()) *fault = nullptr;
}

/// Of an entry about a case that several report, what its own sender said; and no word of the others.
void hide_others(json::object& object) {
    for (const auto* ours : {"splitFrom", "rule", "distance", "left"}) object.erase(ours);
    if (!object.contains("ownStateTime")) return;
    const auto* apart = object.if_contains("own");
    const json::object own = apart != nullptr && apart->is_object() ? apart->get_object() : json::object{};
    for (const auto* field : {"position", "place", "text"}) {
        const auto* value = own.if_contains(field);
        object[field] = value == nullptr ? json::value(nullptr) : *value;
    }
    const auto* fault = object.if_contains("ownPositionFault");
    object["positionFault"] = fault == nullptr ? json::value("") : *fault;
    object["stateTime"] = object.at("ownStateTime");
}

/// {"seq","time","kind","actor"} and the payload's own fields, `position` as degrees.
std::string timeline_text(const TimelineEntry& entry, bool is_agency) {
    boost::system::error_code code;
    auto value = json::parse(entry.payload, code);
    json::object object = !code && value.is_object() ? std::move(value.get_object()) : json::object{};
    if (is_agency) hide_others(object);
    const auto position = event::from_journal(object.if_contains("position"));
    const bool has_position = object.contains("position");
    object.erase("position");
    for (const auto* apart : {"own", "ownPositionFault", "ownStateTime"}) object.erase(apart);  // What it says stands in its own report.
    object.erase("session");  // From where somebody acted is the access log's to tell.
    speak_contract(object);
    if (is_agency && entry.kind == "incident.acted") {
        object.erase("text");
        object.erase("person");
    }
    object["seq"] = entry.seq;
    object["time"] = to_rfc3339(entry.time);
    object["kind"] = entry.kind;
    if (!is_agency) object["actor"] = entry.actor;
    auto text = json::serialize(object);
    if (!has_position) return text;
    text.pop_back();
    return text + ",\"position\":" + event::to_json_text(position) + "}";
}

Result<std::string> timeline_body(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    TRY(const auto id, visible_id(book, request, viewer));
    TRY_DO(http::only_parameters(request, {"after", "limit"}));
    TRY(const auto limit, http::page_limit(request));
    TRY(const auto after, http::page_number(request, "after", 0));
    TRY(const auto incident, get(book.db(), id));
    TRY(auto entries, timeline(book.db(), id, after, limit + 1));
    std::optional<std::uint64_t> next;
    if (entries.size() > limit) {
        entries.pop_back();
        next = entries.back().seq;
    }
    const bool is_agency = viewer.only_these.has_value();
    TRY(const auto all, all_reports(book.db(), id));
    const auto events = events_for(incident, all, viewer.sender);
    std::vector<std::string> items;
    for (const auto& entry : entries) {
        if (!is_agency || is_for_agency(entry, events, all.size() > 1)) items.push_back(timeline_text(entry, is_agency));
    }
    return page_text(items, next);
}

constexpr std::size_t kNearMax = 20;

/// An incident's words in the mouth of one sender, and how it came here.
std::string report_text(const Report& report, const event::TypeNames& names) {
    const auto type = event::shown_type(report.type, names);
    json::object object{{"event", report.event.value},
                        {"sender", report.sender},
                        {"number", report.number},
                        {"type", report.type},
                        {"typeName", {{"ko", json::string(type.ko)}, {"en", json::string(type.en)}}},
                        {"grade", report.grade},
                        {"place", report.place},
                        {"text", report.text},
                        {"occurredAt", to_rfc3339(report.occurred_at)},
                        {"endedAt", http::time_or_null(report.ended_at)},
                        {"endedCode", http::text_or_null(report.ended_code)},
                        {"joinedBy", http::text_or_null(report.joined_by)},
                        {"distanceM", report.distance_m}};
    auto text = json::serialize(object);
    text.pop_back();
    return text + ",\"position\":" + event::to_json_text(report.position) + "}";
}

Result<std::string> act_body(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    TRY(const auto id, visible_id(book, request, viewer));
    TRY(const auto object, http::parse_object(request.body));
    TRY(auto name, http::required_text(object, "act", 40));
    TRY(auto text, http::optional_text(object, "text", kActTextLettersMax));
    TRY(auto outcome, http::optional_text(object, "outcome", 40));
    TRY(auto person, http::optional_text(object, "person", 40));
    TRY(const auto incident,
        act(book, {viewer.user, viewer.role}, id,
            {std::move(name), std::move(text).value_or(""), std::move(outcome).value_or(""), UserId{std::move(person).value_or("")}}, viewer.sits));
    return to_json(incident, names_of(viewer));
}

}  // namespace

http::Response get_incidents(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    return answer_or_problem(200, list_body(book, request, viewer));
}

http::Response get_incident(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    return answer_or_problem(200, incident_body(book, request, viewer));
}

http::Response get_timeline(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    return answer_or_problem(200, timeline_body(book, request, viewer));
}

http::Response get_reports(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    return answer_or_problem(200, [&]() -> Result<std::string> {
        TRY_DO(http::only_parameters(request, {}));
        TRY(const auto id, visible_id(book, request, viewer));
        TRY_DO(get(book.db(), id));
        TRY(const auto all, reports(book.db(), id));
        std::vector<std::string> items;
        for (const auto& one : all) items.push_back(report_text(one, names_of(viewer)));
        return page_text(items, std::nullopt);
    }());
}

http::Response get_near(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    return answer_or_problem(200, [&]() -> Result<std::string> {
        TRY_DO(http::only_parameters(request, {}));
        TRY(const auto id, visible_id(book, request, viewer));
        TRY(const auto incident, get(book.db(), id));
        TRY(const auto near, near_ones(book.db(), incident, kNearMax));
        std::vector<std::string> items;
        for (const auto& one : near) {
            if (is_unseen_by(viewer, one.incident.type)) continue;
            auto text = to_json(one.incident, names_of(viewer));
            text.pop_back();
            items.push_back(text + ",\"distanceM\":" + std::to_string(one.distance_m) + "}");
        }
        return page_text(items, std::nullopt);
    }());
}

http::Response post_act(journal::Book& book, const http::Request& request, const Viewer& viewer) {
    return answer_or_problem(201, act_body(book, request, viewer));
}

}  // namespace bongsu::incident
