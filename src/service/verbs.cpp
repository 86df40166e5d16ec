#include "service/verbs.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

namespace bongsu::service {

namespace json = boost::json;

namespace {

json::array names(const std::vector<std::string>& keys) { return json::array(keys.begin(), keys.end()); }

const Standing* find(const std::vector<Standing>& list, const std::string& key) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const Standing& one) { return one.key == key; });
    return found == list.end() ? nullptr : &*found;
}

bool is_same(const Standing& before, const Service& after) { return before.digest == after.digest && before.life == after.life && before.version == after.version; }

std::string what_is_wrong(const Standing& before, const Service& after) {
    const auto is = [](Life life) { return "\"" + std::string(to_string(life)) + "\""; };
    if (!may_follow(before.life, after.life)) return "life: " + is(after.life) + " does not follow " + is(before.life);
    if (after.version < before.version) return "version: " + std::to_string(before.version) + " stands, " + std::to_string(after.version) + " is older";
    if (after.version == before.version && after.digest != before.digest) return "version: another text is another version than " + std::to_string(before.version);
    return {};
}

}  // namespace

std::map<std::string, std::string> wrong_of(const std::vector<Standing>& before, const Services& after) {
    std::map<std::string, std::string> wrong;
    const auto line = [&](const std::string& key, const std::string& what) { wrong[key] = what; };
    for (const auto& one : before) {
        const auto* now = after.find(one.key);
        if (now == nullptr) {
            if (is_in_force(one.life)) line(one.key, "life: is \"" + std::string(to_string(one.life)) + "\" and its file is gone: retire it first");
        } else if (const auto what = what_is_wrong(one, *now); !what.empty()) {
            line(one.key, what);
        }
    }
    return wrong;
}

Result<void> check_change(const std::vector<Standing>& before, const Services& after) {
    std::string text;
    for (const auto& [key, what] : wrong_of(before, after)) text += (text.empty() ? "" : "\n") + key + ": " + what;
    return text.empty() ? Result<void>{} : fail(ErrorKind::conflict, std::move(text));
}

Change difference(const std::vector<Standing>& before, const Services& after) {
    Change out;
    for (const auto& one : after.all()) {
        const auto* known = find(before, one.key);
        if (one.is_aside) continue;
        if (known == nullptr) out.added.push_back(one.key);
        else if (!is_same(*known, one)) out.changed.push_back(one.key);
    }
    for (const auto& one : before) {
        // What was retired stays on record as that: nothing of its name runs again.
        if (after.find(one.key) == nullptr && one.life != Life::retired && !is_in_force(one.life)) out.removed.push_back(one.key);
    }
    return out;
}

Result<Change> declare(journal::Book& book, const std::string& actor, const std::string& why, const Services& after) {
    TRY(const auto before, standing(book.db()));
    auto change = difference(before, after);
    if (change.is_empty()) return change;
    json::object services;
    for (const auto* keys : {&change.added, &change.changed}) {
        for (const auto& key : *keys) {
            const auto& one = *after.find(key);
            services[key] = json::object{{"version", one.version}, {"life", json::string(to_string(one.life))}, {"digest", one.digest}};
        }
    }
    TRY_DO(book.append({std::string(kDeclared), actor, {},
                        {{"why", why}, {"added", names(change.added)}, {"changed", names(change.changed)}, {"removed", names(change.removed)}, {"services", std::move(services)}}}));
    return change;
}

Result<bool> judge(journal::Book& book, const std::string& actor, const IncidentId& incident, const Judged& now) {
    TRY(const auto before, judged(book.db(), now.event));
    if (before && before->code == now.code && before->decision == now.decision) return false;
    TRY_DO(book.append({std::string(kJudged), actor, {"incident:" + incident.value, "event:" + now.event.value},
                        {{"incident", incident.value}, {"event", now.event.value}, {"service", now.service}, {"code", now.code}, {"decision", json::string(to_string(now.decision))}}}));
    return true;
}

Result<void> reach(journal::Book& book, const std::string& actor, const IncidentId& incident, const Reached& reached) {
    TRY(const auto known, stages_of(book.db(), incident));
    if (std::any_of(known.begin(), known.end(), [&](const Reached& one) { return one.service == reached.service && one.stage == reached.stage; })) return {};
    TRY_DO(book.append({std::string(kStageReached), actor, {"incident:" + incident.value, "event:" + reached.event.value},
                        {{"incident", incident.value}, {"event", reached.event.value}, {"service", reached.service}, {"stage", reached.stage}, {"at", to_us(reached.at)}}}));
    return {};
}

Result<void> note_purged(journal::Book& book, const std::string& actor, const IncidentId& incident, const Service& service) {
    TRY_DO(book.append({std::string(kPurged), actor, {"incident:" + incident.value}, {{"incident", incident.value}, {"service", service.key}}}));
    return {};
}

Result<void> note_effect(journal::Book& book, const std::string& actor, const IncidentId& incident, const Service* service, const std::string& result) {
    if (service == nullptr || service->find_result(result) == nullptr) {
        std::string known;
        for (const auto& one : service == nullptr ? std::vector<Effect>{} : service->results) known += (known.empty() ? "" : ", ") + one.key;
        return fail_field("result", known.empty() ? "is not asked of this kind of incident" : "must be one of " + known);
    }
    TRY_DO(book.append({std::string(kEffectNoted), actor, {"incident:" + incident.value}, {{"incident", incident.value}, {"service", service->key}, {"result", result}}}));
    return {};
}

}  // namespace bongsu::service
