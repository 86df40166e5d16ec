#include "incident/incident.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "event/types.hpp"

namespace bongsu::incident {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 7> kNames{"new",    "received",  "acting",     "released",
                                                 "closed", "cancelled", "auto_closed"};

json::value time_or_null(const std::optional<WallTime>& time) {
    if (!time) return nullptr;
    return json::string(to_rfc3339(*time));
}

json::value word_or_null(std::string_view word) {
    if (word.empty()) return nullptr;
    return json::string(word);
}

json::value user_or_null(const std::optional<UserId>& user) {
    if (!user) return nullptr;
    return json::string(user->value);
}

}  // namespace

std::string_view to_string(State state) { return kNames.at(static_cast<std::size_t>(state)); }

std::optional<State> state_of(std::string_view name) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (kNames[i] == name) return static_cast<State>(i);
    }
    return std::nullopt;
}

std::string to_json(const Incident& incident, const event::TypeNames& names) {
    const auto type = event::shown_type(incident.type, names);
    json::array faults;
    for (const auto& fault : incident.faults) faults.emplace_back(fault);
    json::object object{
        {"id", incident.id.value},
        {"type", incident.type},
        {"typeName", {{"ko", json::string(type.ko)}, {"en", json::string(type.en)}}},
        {"senderTypeName", incident.type_name},
        {"known", incident.known || type.is_known},
        {"test", incident.test},
        {"state", json::string(to_string(incident.state))},
        {"grade", incident.grade},
        {"positionFault", word_or_null(event::to_string(incident.position_fault))},
        {"place", incident.place},
        {"text", incident.text},
        {"openedAt", to_rfc3339(incident.opened_at)},
        {"updatedAt", to_rfc3339(incident.updated_at)},
        {"occurredAt", to_rfc3339(incident.occurred_at)},
        {"site", incident.site.value},
        {"event", incident.event.value},
        {"sender", incident.sender},
        {"number", incident.number},
        {"receivedBy", user_or_null(incident.received_by)},
        {"receivedAt", time_or_null(incident.received_at)},
        {"actingAt", time_or_null(incident.acting_at)},
        {"endedAt", time_or_null(incident.ended_at)},
        {"outcome", word_or_null(incident.outcome)},
        {"owner", user_or_null(incident.owner)},
        {"ownedAt", time_or_null(incident.owned_at)},
        {"commander", user_or_null(incident.commander)},
        {"commandedAt", time_or_null(incident.commanded_at)},
        {"escalation", incident.escalation},
        {"reports", incident.reports},
        {"moves", incident.moves},
        {"mergedInto", incident.merged_into ? json::value(json::string(incident.merged_into->value)) : json::value(nullptr)},
        {"note", incident.note},
        {"faults", std::move(faults)},
        {"cameras", incident.cameras}};
    // The position is spliced in as text, because Boost.JSON would print 127.03 as 1.2703E2.
    auto text = json::serialize(object);
    text.pop_back();
    return text + ",\"position\":" + event::to_json_text(incident.position) + "}";
}

}  // namespace bongsu::incident
