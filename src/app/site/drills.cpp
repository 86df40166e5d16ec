// A recorded incident told once more, as a drill: messages of our own that call themselves one.
#include <algorithm>
#include <boost/json/serialize.hpp>

#include "app/site/handlers.hpp"
#include "app/site/kept.hpp"
#include "base/log.hpp"
#include "drill/http.hpp"
#include "event/intake.hpp"
#include "http/face.hpp"
#include "incident/fold.hpp"
#include "journal/payload.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr std::string_view kSource = "drill";

/// The entry, when it is an event whose words are left.
Result<std::optional<journal::Entry>> event_entry(journal::Journal& journal, std::uint64_t seq) {
    std::optional<journal::Entry> out;
    TRY_DO(journal.read(seq - 1, [&](journal::Entry entry) -> Result<bool> {
        if (entry.seq == seq && entry.kind == "event.received" && !entry.erased) out = std::move(entry);
        return false;
    }));
    return out;
}

/// In our own form, as somebody's program would send it: the same words at the same place, now.
std::string message_of(const drill::Due& due, const journal::Entry& entry, WallTime now) {
    const auto& p = entry.payload;
    json::object out{{"id", drill::number_of(due.drill, {journal::text_of(p, "event")})},
                     {"source", json::string(kSource)},
                     {"type", journal::text_of(p, "type")},
                     {"time", to_rfc3339(now)},
                     {"state", journal::text_of(p, "state")},
                     {"grade", journal::text_of(p, "grade")},
                     {"place", journal::text_of(p, "place")},
                     {"text", journal::text_of(p, "text")},
                     {"revision", due.n},
                     {"test", true}};
    if (const auto at = event::from_journal(p.if_contains("position"))) out["position"] = json::array{at->lon_e7 / 1e7, at->lat_e7 / 1e7};
    return json::serialize(out);
}

std::string cancel_of(const incident::Report& report, WallTime now) {
    return json::serialize(json::object{{"id", report.number}, {"source", json::string(kSource)}, {"type", report.type}, {"time", to_rfc3339(now)}, {"state", "90"}, {"revision", static_cast<std::int64_t>(drill::kStepsMax)}, {"test", true}});
}

}  // namespace

/// What its senders said, in the order in which it came.
Result<std::vector<drill::Step>> Site::steps_of(const IncidentId& recorded) {
    TRY(const auto reports, incident::reports(*folds_db_, recorded));
    std::vector<std::pair<WallTime, std::uint64_t>> found;
    for (const auto& report : reports) {
        TRY(const auto received, event::received_entries(*folds_db_, report.event));
        for (const auto& one : received) {
            if (found.size() > drill::kStepsMax) break;  // begin() refuses so many.
            TRY(const auto entry, event_entry(*journal_, one.seq));
            if (entry) found.emplace_back(entry->time, one.seq);
        }
    }
    std::sort(found.begin(), found.end());
    std::vector<drill::Step> steps;
    for (const auto& [time, seq] : found) steps.push_back({seq, std::chrono::duration_cast<std::chrono::milliseconds>(time - found.front().first)});
    return steps;
}

/// In the centre's own name, whoever began it.
Result<IncidentId> Site::tell_drill(const std::string& text) {
    TRY(const auto incident, tell_ourselves({.agency = here().agency.value, .remote = "", .text = text, .seen_on = {}}));
    return incident.value_or(IncidentId{});
}

Result<IncidentId> Site::tell_drill(const drill::Due& due) {
    TRY(const auto entry, event_entry(*journal_, due.seq));
    if (!entry) return IncidentId{};  // Erased since: the drill goes on without it.
    return tell_drill(message_of(due, *entry, env_.clock.wall()));
}

/// With each tick, outside of its marks, one step of each drill that is due: what comes late comes in its order.
Result<void> Site::run_drills() {
    TRY(const auto due, drill::due_at(*folds_db_, env_.clock.wall()));
    const auto actor = "site:" + options_.id.value;
    for (const auto& one : due) {
        const auto record = [&](const IncidentId& incident) -> Result<void> {
            TRY_DO(drill::tell(*book_, actor, one, incident));
            if (one.is_last) TRY_DO(drill::end(*book_, actor, one.drill, "told"));
            return {};
        };
        const auto told = attempt([&]() -> Result<void> {
            TRY(const auto incident, tell_drill(one));
            return record(incident);
        });
        if (told) continue;
        LOG_WARN("drill.step_not_told", {{"drill", one.drill}, {"n", one.n}, {"why", told.error().message}});
        TRY_DO(attempt([&] { return record({}); }));
    }
    return {};
}

/// What it opened and is open still is over.
Result<void> Site::cancel_drill(const drill::Drill& drill) {
    for (const auto& id : drill.incidents) {
        TRY(const auto known, incident::get(*folds_db_, id));
        TRY(const auto reports, incident::reports(*folds_db_, id));
        for (const auto& report : reports) {
            const bool goes_on = known.test && incident::is_open(known.state) && !report.ended_at && report.number.starts_with("D" + drill.id + "-");
            if (goes_on) TRY_DO(tell_drill(cancel_of(report, env_.clock.wall())));
        }
    }
    return {};
}

Handlers::Answer Handlers::drills(Site& site, Call& call) { return drill::get_drills(*site.book_, call.request); }

Handlers::Answer Handlers::post_drill(Site& site, Call& call) {
    const auto made = [&]() -> Result<json::object> {
        TRY(const auto wish, drill::wish_in(call.request));
        TRY_DO(incident::get(*site.folds_db_, wish.incident));
        TRY_DO(site.may_see(*call.session, wish.incident));
        TRY(const auto steps, site.steps_of(wish.incident));
        TRY(const auto id, drill::begin(*site.book_, "user:" + call.session->user.value, wish.incident, steps, wish.speed));
        TRY(const auto drill, drill::find(*site.folds_db_, id));
        return drill::to_json(drill);
    }();
    return http::answer(201, made);
}

Handlers::Answer Handlers::stop_drill(Site& site, Call& call) {
    const auto ended = [&]() -> Result<json::object> {
        TRY_DO(drill::end(*site.book_, "user:" + call.session->user.value, call.request.captures.at(0), "stopped"));
        TRY(const auto drill, drill::find(*site.folds_db_, call.request.captures.at(0)));
        TRY_DO(site.cancel_drill(drill));
        return drill::to_json(drill);
    }();
    return http::answer(200, ended);
}

}  // namespace bongsu::app
