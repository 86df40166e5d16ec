// The shift log: what a shift leaves to the next one fills itself from what stands when it ends.
#include <algorithm>
#include <boost/json/object.hpp>
#include <map>

#include "alarm/verbs.hpp"
#include "app/site/handlers.hpp"
#include "duty/http.hpp"
#include "duty/logbook.hpp"
#include "http/page.hpp"
#include "incident/fold.hpp"

namespace bongsu::app {

namespace {

constexpr std::size_t kShortcomingsMax = 100;

/// The oldest first; of more than a brief holds their number alone.
Result<void> add_open_incidents(sql::Db& db, std::vector<duty::BriefItem>& items) {
    TRY(const auto open, incident::open_ones(db, duty::kBriefItemsMax));
    for (const auto& one : open.items) items.push_back({"incident", one.id.value, std::string(incident::to_string(one.state)), {}, {}});
    if (open.count > open.items.size()) items.push_back({"more", "incident", std::to_string(open.count - open.items.size()), {}, {}});
    return {};
}

/// What began or ended in the shift, but for kinds that the reader does not see.
Result<void> add_incidents(sql::Db& db, const duty::Shift& shift, const std::vector<std::string>& hidden, std::vector<duty::LogLine>& lines) {
    TRY(auto incidents, incident::between(db, shift.from, shift.to));
    std::erase_if(incidents, [&](const incident::Incident& one) { return std::find(hidden.begin(), hidden.end(), one.type) != hidden.end(); });
    const auto within = [&](WallTime time) { return time >= shift.from && time < shift.to; };
    for (const auto& one : incidents) {
        if (within(one.opened_at)) lines.push_back({one.opened_at, "incident", {}, one.id.value, one.type, one.place});
        if (one.ended_at && within(*one.ended_at)) lines.push_back({*one.ended_at, "ended", {}, one.id.value, one.outcome, one.place});
    }
    return {};
}

duty::Named name_of(const alarm::Rules& rules, const std::string& key) {
    const auto* rule = rules.find(key);
    return rule == nullptr ? duty::Named{} : duty::Named{rule->key, rule->name_ko, rule->name_en};
}

Result<void> add_alarms(sql::Db& db, const alarm::Rules& rules, const duty::Shift& shift, std::vector<duty::LogLine>& lines) {
    TRY(const auto alarms, alarm::active_between(db, shift.from, shift.to));
    for (const auto& one : alarms) lines.push_back({one.active_at, "alarm", {}, one.rule, one.detail, {}, name_of(rules, one.rule)});
    return {};
}

}  // namespace

/// What people wrote for the next shift stands before what every desk shows anyway.
Result<std::vector<duty::BriefItem>> Site::brief_items(const duty::Shift& shift) {
    std::vector<duty::BriefItem> items;
    TRY(const auto noted, duty::notes(*folds_db_, shift.id));
    for (const auto& one : noted) {
        if (one.hands_over) items.push_back({"note", std::to_string(one.seq), "", {}, {}});
    }
    TRY(const auto roster, duty::planned(*folds_db_, duty_rules_.pattern().next(shift)));
    for (const auto& lack : duty::shortfall_of(duty_rules_, roster)) {
        items.push_back({"missing", std::string(identity::to_string(lack.role)), std::to_string(lack.there) + "/" + std::to_string(lack.needed), {}, {}});
    }
    TRY(const auto reports, duty::shortcomings(*folds_db_, true, kShortcomingsMax));
    for (const auto& one : reports) items.push_back({"shortcoming", one.number, std::string(one.state()), {}, {}});
    TRY(const auto alarms, alarm::retained(*folds_db_, alarm_rules_, env_.clock.wall()));
    for (const auto& one : alarms) items.push_back({"alarm", one.id, one.rule, {}, {}});
    TRY_DO(add_open_incidents(*folds_db_, items));
    return items;
}

/// When a shift has ended. One in which nobody sat leaves nothing.
Result<void> Site::leave_brief() {
    if (!is_centre()) return {};
    const auto running = duty_rules_.pattern().at(env_.clock.wall());
    const auto ended = duty_rules_.pattern().previous(running);
    TRY(const auto came, duty::stays(*folds_db_, ended.id));
    if (came.empty()) return {};
    TRY(const auto before, duty::brief_of(*folds_db_, ended.id));
    if (before) return {};
    TRY(auto items, brief_items(ended));
    return duty::freeze_brief(*book_, "site:" + options_.id.value, ended.id, running.id, std::move(items));
}

/// As it stands now: a brief keeps ids, and what was erased says nothing any more.
duty::WordsOf Site::words_of_brief(const std::string& shift, const identity::Session& reader) {
    std::map<std::string, std::string> text_of;
    if (const auto noted = duty::notes(*folds_db_, shift)) {
        for (const auto& one : *noted) text_of[std::to_string(one.seq)] = one.text;
    }
    return [this, reader, text_of = std::move(text_of)](const duty::BriefItem& item) -> duty::Words {
        if (item.kind == "alarm") return {{}, name_of(alarm_rules_, item.state)};
        if (item.kind == "incident") {
            const auto found = incident::get(*folds_db_, IncidentId{item.subject});
            return {found && may_see(reader, found->id) ? found->place : "", {}};
        }
        if (item.kind == "shortcoming") {
            const auto found = duty::find_shortcoming(*folds_db_, item.subject);
            return {found ? found->text : "", {}};
        }
        const auto note = item.kind == "note" ? text_of.find(item.subject) : text_of.end();
        return {note == text_of.end() ? "" : note->second, {}};
    };
}

Handlers::Answer Handlers::shift_log(Site& site, Call& call) {
    std::vector<duty::LogLine> lines;
    const auto shift = [&]() -> Result<duty::Shift> {
        TRY_DO(http::only_parameters(call.request, {}));
        TRY(const auto found, site.duty_rules_.pattern().find(call.request.captures.at(0)));
        TRY_DO(add_incidents(*site.folds_db_, found, site.services_.hidden_from(call.session->role), lines));
        TRY_DO(add_alarms(*site.folds_db_, site.alarm_rules_, found, lines));
        return found;
    }();
    return shift ? duty::get_log(site.duty_office(), *shift, std::move(lines)) : http::problem(shift.error());
}

Handlers::Answer Handlers::results(Site& site, Call& call) {
    const auto work = [&](const duty::Shift& shift) -> Result<boost::json::object> {
        TRY(const auto done, incident::work_between(*site.folds_db_, shift.from, shift.to));
        TRY(const auto alarms, alarm::count_between(*site.folds_db_, shift.from, shift.to));
        return boost::json::object{{"opened", done.opened},
                                   {"urgent", done.urgent},
                                   {"received", done.received},
                                   {"receivedInTime", done.received_in_time},
                                   {"ended", done.ended},
                                   {"asTrue", done.as_true},
                                   {"asFalse", done.as_false},
                                   {"handlingSeconds", static_cast<std::int64_t>(done.handling.count())},
                                   {"alarms", alarms}};
    };
    return duty::get_results(site.duty_office(), call.request, *call.session, work);
}

Handlers::Answer Handlers::post_note(Site& site, Call& call) { return duty::post_note(site.duty_office(), call.request, *call.session); }
Handlers::Answer Handlers::brief(Site& site, Call& call) {
    return duty::get_brief(site.duty_office(), call.request, site.words_of_brief(call.request.captures.at(0), *call.session));
}
Handlers::Answer Handlers::post_brief_ack(Site& site, Call& call) {
    return duty::post_brief_ack(site.duty_office(), call.request, *call.session, site.words_of_brief(call.request.captures.at(0), *call.session));
}
Handlers::Answer Handlers::shortcomings(Site& site, Call& call) { return duty::get_shortcomings(site.duty_office(), call.request); }
Handlers::Answer Handlers::post_shortcoming(Site& site, Call& call) {
    return duty::post_shortcoming(site.duty_office(), call.request, *call.session);
}
Handlers::Answer Handlers::post_assignment(Site& site, Call& call) {
    return duty::post_assignment(site.duty_office(), call.request, *call.session);
}
Handlers::Answer Handlers::post_shortcoming_answer(Site& site, Call& call) {
    return duty::post_answer(site.duty_office(), call.request, *call.session);
}

}  // namespace bongsu::app
