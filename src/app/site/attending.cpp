// Whom an incident waits for: nobody received it, who had it in hand left, an agency does not answer.
#include <algorithm>

#include "alarm/verbs.hpp"
#include "app/site/site.hpp"
#include "app/site/watched_rules.hpp"
#include "duty/roster.hpp"
#include "hold/hold.hpp"
#include "incident/fold.hpp"
#include "sop/verbs.hpp"

namespace bongsu::app {

namespace {

using namespace std::chrono_literals;

/// So many have an alarm of their own, the rest one together: an earthquake's five thousand would bury every other alarm.
constexpr std::size_t kNamedMax = 20;
/// Escalated with one batch: the next look takes the next ones.
constexpr std::size_t kEscalatedMax = 200;
/// Who leaves the seat for a moment, or changes seats, is not gone.
constexpr auto kAwayAfter = 60s;
/// The second call goes to those above.
constexpr int kSecondAfter = 3;

std::string source_of(const IncidentId& id) { return "incident:" + id.value; }

struct Due {
    WallTime urgent, ordinary;
    std::chrono::seconds urgent_after, ordinary_after;
};

Due due_at(const duty::Limits& limits, WallTime now, int times) {
    const auto urgent = limits.receive_urgent * times, ordinary = limits.receive_ordinary * times;
    return {now - urgent, now - ordinary, urgent, ordinary};
}

}  // namespace

Result<void> Site::escalate_unreceived(std::int64_t level, int times) {
    const auto due = due_at(duty_rules_.limits(), env_.clock.wall(), times);
    TRY(const auto waiting, incident::to_escalate(*folds_db_, level, due.urgent, due.ordinary, kEscalatedMax));
    for (const auto& one : waiting) TRY_DO(incident::escalate(*book_, one.id, level, one.grade == "10" ? due.urgent_after : due.ordinary_after));
    return {};
}

Result<void> Site::find_unreceived(Conditions& found) {
    for (const auto& [level, times, rule] : {std::tuple{1, 1, kNotReceived}, std::tuple{2, kSecondAfter, kUnattended}}) {
        TRY_DO(escalate_unreceived(level, times));
        const auto due = due_at(duty_rules_.limits(), env_.clock.wall(), times);
        TRY(const auto waiting, incident::not_received(*folds_db_, due.urgent, due.ordinary, kNamedMax));
        for (const auto& one : waiting.items) found.add({source_of(one.id), std::string(rule), {}, one.type});
        if (waiting.count > waiting.items.size()) found.add({"incidents", std::string(rule), {}, std::to_string(waiting.count - waiting.items.size())});
    }
    return {};
}

/// Open incidents of people who sit nowhere any more.
Result<void> Site::find_without_owner(Conditions& found) {
    TRY(const auto owners, incident::in_hand(*folds_db_));
    std::erase_if(owner_away_since_, [&](const auto& each) { return !owners.contains(each.first); });
    std::size_t named = 0, others = 0;
    for (const auto& [user, incidents] : owners) {
        TRY(const bool is_there, duty::is_on_duty(*folds_db_, duty_rules_, user, env_.clock.wall()));
        if (is_there) {
            owner_away_since_.erase(user);
            continue;
        }
        const auto since = owner_away_since_.try_emplace(user, env_.clock.mono()).first->second;
        const bool is_gone = env_.clock.mono() - since >= kAwayAfter;
        for (const auto& id : incidents) {
            if (!is_gone) found.undecided.insert(Conditions::key_of(source_of(id), kWithoutOwner));
            else if (named++ < kNamedMax) found.add({source_of(id), std::string(kWithoutOwner), {}, {}});
            else ++others;
        }
    }
    if (others > 0) found.add({"incidents", std::string(kWithoutOwner), {}, std::to_string(others)});
    return {};
}

/// Of incidents that are open: who answers one that is over answers nobody.
Result<void> Site::find_silent_agencies(Conditions& found) {
    TRY(const auto silent, sop::silent_at(*folds_db_, env_.clock.wall(), 500));
    std::size_t named = 0;
    for (const auto& one : silent) {
        const auto known = incident::get(*folds_db_, one.incident);
        if (!known || known->test || !incident::is_open(known->state) || named == kNamedMax) continue;
        ++named;
        found.add({"sop:" + one.incident.value + ":" + one.told.step, std::string(kSilent), {}, one.told.agency});
    }
    return {};
}

Result<void> Site::find_holds_due(Conditions& found) {
    TRY(const auto due, hold::due_for_review(*folds_db_, env_.clock.wall()));
    if (due > 0) found.add({"holds", std::string(kReviewDue), {}, std::to_string(due)});
    return {};
}

}  // namespace bongsu::app
