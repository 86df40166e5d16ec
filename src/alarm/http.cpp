#include "alarm/http.hpp"

#include <boost/json/array.hpp>

#include "alarm/verbs.hpp"
#include "http/face.hpp"
#include "http/page.hpp"

namespace bongsu::alarm {
namespace {

namespace json = boost::json;
using http::text_or_null;
using http::time_or_null;

constexpr std::int64_t kMinutesMax = 720;
constexpr auto kShift = std::chrono::hours(12), kWeek = std::chrono::hours(24 * 7);

http::Response answer_alarm(const Panel& panel, const Result<Alarm>& alarm) {
    if (!alarm) return http::problem(alarm.error());
    return http::answer(200, to_json(*alarm, panel.rules, panel.book.env().clock.wall()));
}

std::string actor_of(const identity::Session& caller) { return "user:" + caller.user.value; }

Result<Shelf> shelf_in(const http::Request& request) {
    TRY(const auto body, http::parse_object(request.body));
    Shelf out;
    TRY(out.reason, http::required_text(body, "reason", kReasonLettersMax));
    const auto* minutes = body.if_contains("minutes");
    if (minutes == nullptr) return out;
    const bool is_whole = minutes->is_int64() && minutes->get_int64() >= 1 && minutes->get_int64() <= kMinutesMax;
    if (!is_whole) return fail_field("minutes", "must be a whole number from 1 to " + std::to_string(kMinutesMax));
    out.for_time = std::chrono::minutes(minutes->get_int64());
    return out;
}

Result<WallTime> time_in(const http::Request& request, const std::string& name, WallTime otherwise) {
    const auto text = request.param(name);
    if (!text) return otherwise;
    return parse_rfc3339(*text, name);
}

}  // namespace

json::object to_json(const Alarm& alarm, const Rules& rules, WallTime now) {
    const auto* rule = rules.find(alarm.rule);
    // A rule that is declared no more has its key alone.
    json::value name = nullptr;
    if (rule != nullptr) name = {{"ko", rule->name_ko}, {"en", rule->name_en}};
    return {{"id", alarm.id},
            {"source", alarm.source},
            {"rule", alarm.rule},
            {"name", std::move(name)},
            {"priority", alarm.priority},
            {"detail", text_or_null(alarm.detail)},
            {"parent", text_or_null(alarm.parent)},
            {"calls", alarm.calls(now)},
            {"active", alarm.active},
            {"acked", alarm.acked},
            {"suppressed", alarm.suppressed},
            {"hides", static_cast<std::int64_t>(alarm.hides)},
            {"shelved", json::string(to_string(alarm.is_shelved(now) ? alarm.shelved : Shelved::unshelved))},
            {"shelvedUntil", alarm.is_shelved(now) ? time_or_null(alarm.shelved_until) : json::value(nullptr)},
            {"shelveMinutes", rule == nullptr ? 0 : rule->shelve.count()},
            {"activeAt", to_rfc3339(alarm.active_at)},
            {"clearedAt", time_or_null(alarm.cleared_at)},
            {"ackedAt", time_or_null(alarm.acked_at)},
            {"ackedBy", text_or_null(alarm.acked_by)}};
}

http::Response get_alarms(Panel panel, const http::Request& request, const identity::Session& caller) {
    return http::answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {}));
        const auto now = panel.book.env().clock.wall();
        TRY(const auto alarms, retained(panel.book.db(), panel.rules, now, caller.role));
        json::array items;
        for (const auto& alarm : alarms) items.push_back(to_json(alarm, panel.rules, now));
        return json::object{{"items", std::move(items)}, {"next", nullptr}};
    }());
}

http::Response get_load(Panel panel, const http::Request& request, const identity::Session& caller) {
    return http::answer(200, [&]() -> Result<json::object> {
        TRY_DO(http::only_parameters(request, {"role", "from", "to"}));
        const auto now = panel.book.env().clock.wall();
        auto role = caller.role;
        if (const auto word = request.param("role")) {
            TRY(role, identity::parse_role(*word, "role"));
        }
        TRY(const auto to, time_in(request, "to", now));
        TRY(const auto from, time_in(request, "from", to - kShift));
        if (from >= to || to - from > kWeek) return fail_field("from", "must be before `to`, by a week at most");
        TRY(const auto load, load_of(panel.book.db(), panel.rules, role, from, to, now));
        json::array by_priority;
        for (const auto count : load.by_priority) by_priority.push_back(static_cast<std::int64_t>(count));
        const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
        return json::object{{"role", json::string(identity::to_string(role))},
                            {"from", to_rfc3339(from)},
                            {"to", to_rfc3339(to)},
                            {"total", number(load.total)},
                            {"worstTenMinutes", number(load.worst_ten_minutes)},
                            {"floodMinutes", number(load.flood_minutes)},
                            {"stale", number(load.stale)},
                            {"byPriority", std::move(by_priority)},
                            {"mostOften", text_or_null(load.most_often)},
                            {"ofMostOften", number(load.of_most_often)}};
    }());
}

http::Response post_ack(Panel panel, const http::Request& request, const identity::Session& caller) {
    return answer_alarm(panel, acknowledge(panel.book, panel.rules, actor_of(caller), caller.role, request.captures.at(0)));
}

http::Response post_shelve(Panel panel, const http::Request& request, const identity::Session& caller) {
    const auto shelf = shelf_in(request);
    if (!shelf) return http::problem(shelf.error());
    return answer_alarm(panel, shelve(panel.book, panel.rules, actor_of(caller), caller.role, request.captures.at(0), *shelf));
}

http::Response post_unshelve(Panel panel, const http::Request& request, const identity::Session& caller) {
    return answer_alarm(panel, unshelve(panel.book, panel.rules, actor_of(caller), caller.role, request.captures.at(0)));
}

}  // namespace bongsu::alarm
