// What needs a response by a seat: which conditions hold, and what people do with their alarms.
#include <algorithm>
#include <boost/json/serialize.hpp>

#include "alarm/http.hpp"
#include "alarm/verbs.hpp"
#include "app/site/handlers.hpp"
#include "app/site/own_file.hpp"
#include "app/site/watched_rules.hpp"
#include "base/log.hpp"
#include "duty/roster.hpp"
#include "outbound/delivery.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr auto kLookEach = 1s;
/// A link that is made anew is no alarm.
constexpr auto kLinkSilentAfter = 10s;

bool is_watched(std::string_view rule) { return std::find(kWatchedRules.begin(), kWatchedRules.end(), rule) != kWatchedRules.end(); }

}  // namespace

std::string Conditions::key_of(std::string_view source, std::string_view rule) { return std::string(rule) + " " + std::string(source); }

void Conditions::add(alarm::Raise raised) {
    auto key = key_of(raised.source, raised.rule);
    hold[std::move(key)] = std::move(raised);
}

/// alarms.toml of a site's folder, else what the program brings along.
Result<void> Site::load_alarms() {
    TRY(alarm_rules_, own_file(env_.disk, site_folder(options_.data, options_.id) + "/alarms.toml", &alarm::Rules::parse, alarm::Rules::defaults()));
    return {};
}

// All of it is looked at each time: what was written down and then lost with its batch is written again.

/// A shift without its police officer, or with too few operators. Who is on a break is there, and nobody is missing before they are late.
Result<void> Site::find_missing_people(Conditions& found) {
    const auto now = env_.clock.wall();
    const auto shift = duty_rules_.pattern().at(now);
    if (now < shift.from + duty_rules_.limits().late) return {};
    TRY(auto sitting, duty::present(*folds_db_));
    // Who still sits there from the shift before was not relieved: somebody of this one is missing.
    std::erase_if(sitting, [&](const duty::Stay& stay) {
        const auto of = duty_rules_.pattern().find(stay.shift);
        return !of || of->from < shift.from;
    });
    for (auto& stay : sitting) stay.away_since.reset();
    for (const auto& lack : duty::shortfall_of(duty_rules_, sitting)) {
        const auto rule = lack.role == identity::Role::police ? kPoliceMissing : kOperatorsMissing;
        found.add({"shift:" + shift.id, std::string(rule), {}, std::to_string(lack.there) + "/" + std::to_string(lack.needed)});
    }
    return {};
}

void Site::find_silent_links(Conditions& found) {
    const auto now = env_.clock.mono();
    for (const auto& site : options_.city.sites) {
        if (!site.joined || site.id == options_.id) continue;
        if (peers_up_.contains(site.id)) {
            silent_since_.erase(site.id);
            continue;
        }
        const auto since = silent_since_.try_emplace(site.id, now).first->second;
        const auto source = "site:" + site.id.value;
        if (now - since >= kLinkSilentAfter) found.add({source, std::string(kLinkSilent), {}, site.id.value});
        else found.undecided.insert(Conditions::key_of(source, kLinkSilent));
    }
}

Result<void> Site::watch_alarms() {
    const auto mono = env_.clock.mono();
    if (!is_centre() || mono < alarms_look_at_) return {};
    alarms_look_at_ = mono + kLookEach;
    Conditions found;
    TRY_DO(find_missing_people(found));
    find_silent_links(found);
    TRY(const auto failed, outbound::count(*folds_db_, outbound::State::failed));
    if (failed > 0) found.add({"outbound", std::string(kNotDelivered), {}, {}});
    TRY_DO(find_unreceived(found));
    TRY_DO(find_without_owner(found));
    TRY_DO(find_silent_agencies(found));
    TRY_DO(find_holds_due(found));
    const std::string actor = "site:" + options_.id.value;
    TRY(const auto standing, alarm::retained(*folds_db_, alarm_rules_, env_.clock.wall()));
    for (const auto& one : standing) {
        const auto key = Conditions::key_of(one.source, one.rule);
        const bool is_over = one.active && is_watched(one.rule) && !found.hold.contains(key) && !found.undecided.contains(key);
        if (is_over) TRY_DO(alarm::clear(*book_, actor, one.source, one.rule));
    }
    for (const auto& [key, raised] : found.hold) {
        // What a site's own alarms.toml does not declare is no alarm there.
        if (alarm_rules_.find(raised.rule) != nullptr) TRY_DO(alarm::raise(*book_, alarm_rules_, actor, raised));
    }
    return {};
}

Handlers::Answer Handlers::alarms(Site& site, Call& call) { return alarm::get_alarms(site.alarm_panel(), call.request, *call.session); }
Handlers::Answer Handlers::alarm_load(Site& site, Call& call) { return alarm::get_load(site.alarm_panel(), call.request, *call.session); }
Handlers::Answer Handlers::ack_alarm(Site& site, Call& call) { return alarm::post_ack(site.alarm_panel(), call.request, *call.session); }
Handlers::Answer Handlers::shelve_alarm(Site& site, Call& call) { return alarm::post_shelve(site.alarm_panel(), call.request, *call.session); }
Handlers::Answer Handlers::unshelve_alarm(Site& site, Call& call) { return alarm::post_unshelve(site.alarm_panel(), call.request, *call.session); }

alarm::Panel Site::alarm_panel() { return {*book_, alarm_rules_}; }

}  // namespace bongsu::app
