#include "told.hpp"

#include <boost/json/parse.hpp>

#include "city.hpp"
#include "event/text.hpp"
#include "outbound/delivery.hpp"
#include "payload.hpp"

namespace bongsu::simulation {

namespace json = boost::json;

namespace {

using State = OutboxWatch::State;

constexpr auto kSlack = 3s;  ///< A tick, a batch that was lost, one that waits for its sync.
constexpr auto kRest = 5s;   ///< While nothing can be written nobody is told anything; the site looks again whether it can so often.

/// To whom a call of this number is told back; empty: nobody. As partners name their calls and agreements.
std::string partner_of(const std::string& number) {
    const auto name = number.substr(0, number.find('-'));
    if (name == "112J" || name == "112F") return "http";
    const std::set<std::string> sockets{"tcp", "fire", "patrol", "video", "carrier", "disaster"};
    return sockets.contains(name) ? name : std::string();
}

bool is_telegram(const event::Profile& profile) { return profile.format == event::Format::telegram; }

/// The fire service's telegrams and those for video have no field for words: they cannot hear 접수.
bool can_hear(const std::string& partner, const std::string& code) {
    return !partner.empty() && (code != "20" || (partner != "fire" && partner != "video"));
}

std::string code_of(const std::string& state) {
    if (state == "received") return "20";
    if (state == "acting") return "40";
    if (state == "closed") return "91";
    return state == "cancelled" ? "90" : "";
}

State state_of(outbound::State state) {
    switch (state) {
        case outbound::State::waiting:
            return State::waiting;
        case outbound::State::delivered:
            return State::delivered;
        case outbound::State::failed:
            return State::failed;
        case outbound::State::simulated:
            return State::simulated;
    }
    return State::waiting;
}

/// The longest that the schedule may wait after so many failures in a row.
std::chrono::milliseconds longest_wait(const event::Profile::Retry& retry, std::int64_t failures) {
    auto wait = retry.first;
    for (; failures > 1 && wait < retry.cap; --failures) wait *= 2;
    return std::min(wait, retry.cap);
}

bool is_gone(const Node& centre, std::uint64_t seq) {
    const auto content = centre.watch.contents.find(seq);
    return content != centre.watch.contents.end() && content->second.order != 0;
}

}  // namespace

namespace {

void owe(OutboxWatch& watch, const std::string& call, const std::string& state) {
    const auto code = code_of(state);
    if (!code.empty() && can_hear(partner_of(call), code)) watch.owed.emplace(call, code);
}

/// A call's part is over: who released it hears the end all the same.
void end_call(OutboxWatch& watch, const std::string& incident, const std::string& call, const std::string& code) {
    if (watch.calls_of[incident].erase(call) > 0 && code == "50") watch.released_of[incident].insert(call);
    if (code != "50") watch.released_of[incident].erase(call);
}

void add_call(OutboxWatch& watch, const std::string& incident, const journal::Entry& entry) {
    const auto call = text(entry.payload, "number");
    watch.calls_of[incident].insert(call);
    watch.ever_of[incident].insert(call);
    watch.call_of[text(entry.payload, "event")] = call;
}

void merge_calls(OutboxWatch& watch, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto into = text(p, "incident"), other = text(p, "other"), to = text(p, "to");
    for (const auto& call : watch.calls_of[into]) {
        if (text(p, "from") != to) owe(watch, call, to);
    }
    for (const auto& call : watch.calls_of[other]) {
        if (watch.state_of[other] != to) owe(watch, call, to);
    }
    for (auto* calls : {&watch.calls_of, &watch.released_of, &watch.ever_of}) (*calls)[into].insert((*calls)[other].begin(), (*calls)[other].end());
    watch.calls_of[other].clear();
    watch.released_of[other].clear();
    watch.state_of[into] = to;
    watch.state_of[other] = "closed";
}

}  // namespace

void ToldOracle::fold_incident(OutboxWatch& watch, const journal::Entry& entry) {
    const auto& p = entry.payload;
    const auto incident = text(p, "incident"), code = text(p, "code"), to = text(p, "to");
    auto& state = watch.state_of[incident];
    if (entry.kind == "incident.opened") {
        state = text(p, "state");
        add_call(watch, incident, entry);
        const auto call = text(p, "number"), from = text(p, "splitFrom");
        if (!from.empty()) watch.calls_of[from].erase(call);
        if (!from.empty() && watch.state_of[from] == "new" && text(p, "note") == "taken out of another") owe(watch, call, state);
        if (is_over(state)) end_call(watch, incident, call, state == "released" ? "50" : "91");
    } else if (entry.kind == "incident.joined") {
        add_call(watch, incident, entry);
        if (state != "new") owe(watch, text(p, "number"), state);
    } else if (entry.kind == "incident.report_ended") {
        end_call(watch, incident, watch.call_of[text(p, "event")], code);
    } else if (entry.kind == "incident.changed") {
        state = to;
        if (is_over(to)) end_call(watch, incident, watch.call_of[text(p, "event")], code);
    } else if (entry.kind == "incident.merged") {
        merge_calls(watch, entry);
    } else if (entry.kind == "incident.acted" && text(p, "from") != to) {
        state = to;
        for (const auto& call : watch.calls_of[incident]) owe(watch, call, to);
        if (!is_over(to)) return;
        for (const auto& call : watch.released_of[incident]) owe(watch, call, to);
    }
}

void ToldOracle::fold(OutboxWatch& watch, const journal::Entry& entry, bool fresh) {
    const auto& p = entry.payload;
    if (entry.kind.starts_with("incident.")) return fold_incident(watch, entry);
    if (entry.kind == "outbound.queued") return fold_queued(watch, entry, fresh);
    if (entry.kind != "outbound.requeued") {
        if (entry.kind.starts_with("outbound.")) fold_end(watch, entry, fresh);
        return;
    }
    const auto id = text(p, "id");
    auto& telling = watch.tellings[id];
    if (telling.state != State::failed) return violated_("what is no dead letter was sent again: " + telling.number);
    telling.state = State::waiting;
    telling.attempts = 0;
    telling.queue = entry.seq;
    watch.waits[telling.partner].emplace(entry.seq, id);
    watch.sent_again.insert(id);
    --watch.failed;
    if (fresh) waits_since_[id] = schedule_.now();
}

void ToldOracle::fold_queued(OutboxWatch& watch, const journal::Entry& entry, bool fresh) {
    const auto& p = entry.payload;
    const auto id = text(p, "id"), number = text(p, "number");
    const bool is_simulated = p.at("simulated").as_bool();
    OutboxWatch::Telling telling{text(p, "partner"), text(p, "incident"), number, text(p, "code"), text(p, "place"), "",
                                 simulation::number(p, "stateTime"), 0, entry.seq, entry.seq, 0,
                                 is_simulated ? State::simulated : State::waiting};
    if (watch.owed.erase({number, telling.code}) == 0)
        violated_("a partner is told " + telling.code + " of " + number + ", which nobody brought about");
    if (telling.partner != partner_of(number) || !watch.ever_of[telling.incident].contains(number))
        violated_(telling.partner + " is told of " + number + ", which is not its own");
    if (is_simulated != drills_.contains(number)) violated_("what is told of " + number + " is taken for a drill or is not, and the opposite is true");
    if (is_simulated && text(p, "note") != "SIMULATED, not sent") violated_("the entry of a drill's message does not say that it was not sent");
    if (!is_simulated) watch.waits[telling.partner].emplace(entry.seq, id);
    if (!watch.tellings.emplace(id, telling).second) violated_("a message is queued twice under one id");
    if (fresh) waits_since_[id] = schedule_.now();
}

void ToldOracle::fold_end(OutboxWatch& watch, const journal::Entry& entry, bool fresh) {
    const auto& p = entry.payload;
    const auto id = text(p, "id");
    const auto found = watch.tellings.find(id);
    if (found == watch.tellings.end()) return violated_(entry.kind + " is of a message that was not queued");
    auto& telling = found->second;
    const auto what = entry.kind + " of " + telling.number + " " + telling.code;
    auto& queue = watch.waits[telling.partner];
    if (telling.state != State::waiting) return violated_(what + ", which does not wait");
    if (queue.begin()->second != id) violated_(what + " passes what was queued before");
    const auto attempts = number(p, "attempts");
    if (attempts != telling.attempts + 1) violated_(what + " is attempt " + std::to_string(attempts) + " after " + std::to_string(telling.attempts));
    telling.attempts = attempts;
    telling.why = text(p, "why");
    telling.why_seq = entry.seq;
    if (entry.kind == "outbound.tried") return;
    queue.erase(telling.queue);
    telling.state = entry.kind == "outbound.delivered" ? State::delivered : State::failed;
    if (telling.state == State::delivered && !accepted_.contains(id)) violated_(what + ", which its partner never accepted");
    if (telling.state == State::delivered) return;
    ++watch.failed;
    if (fresh) ++dead_letters_;
    watch.failed_in_batch = true;
    if (!refused_.contains(id) && (telling.partner != "fire" || attempts < 4)) violated_(what + " was given up and nobody refused it");
}

void ToldOracle::check_owed(OutboxWatch& watch) {
    for (const auto& [call, code] : watch.owed) violated_("nobody is told " + code + " of call " + call);
    watch.owed.clear();
}

void ToldOracle::check_alarm(OutboxWatch& watch, const app::Outputs& out) {
    if (!std::exchange(watch.failed_in_batch, false)) return;
    ++checks_;
    for (const auto& notice : out.published) {
        if (notice.kind != "deliveries") continue;
        if (const auto said = number(json::parse(notice.item).as_object(), "failed"); said != watch.failed)
            violated_("the desks hear of " + std::to_string(said) + " dead letters, there are " + std::to_string(watch.failed));
        return;
    }
    violated_("a message to a partner became a dead letter and no desk hears of it");
}

void ToldOracle::check_acknowledged(const OutboxWatch& watch) {
    for (const auto& id : sent_again_) {
        if (watch.sent_again.count(id) < sent_again_.count(id)) violated_("a dead letter was said to be sent again, and is not: " + id);
    }
}

void ToldOracle::began_anew() {
    for (auto& [key, partner] : partners_) {
        if (!partner.under_way.empty()) ++cut_by_deaths_;
        partner.under_way.clear();
        partner.failures = 0;
        partner.not_before = {};
        partner.due = schedule_.now();
    }
}

void ToldOracle::try_began(const Node& centre, const outbound::Try& attempt) {
    ++checks_;
    const auto& outbox = centre.watch.outbox;
    const auto found = outbox.tellings.find(attempt.id);
    const auto what = attempt.partner + " is sent " + attempt.message.number + " " + attempt.message.code;
    if (drills_.contains(attempt.message.number)) violated_(what + ", a drill");
    if (found == outbox.tellings.end() || found->second.seq > centre.watch.released_seq)
        return violated_(what + ", which is not on record");
    const auto& telling = found->second;
    if (telling.state != State::waiting) return violated_(what + ", which does not wait any more");
    if (outbox.waits.at(attempt.partner).begin()->second != attempt.id) violated_(what + " before what was queued before");
    auto& partner = partners_[attempt.partner];
    if (schedule_.now() < partner.not_before) violated_(what + " before its wait is over");
    partner.under_way = attempt.id;
}

void ToldOracle::try_ended(const outbound::Try& attempt, const event::Profile& profile, outbound::Verdict verdict) {
    auto& partner = partners_[attempt.partner];
    partner.under_way.clear();
    partner.due = partner.not_before = schedule_.now();
    if (verdict != outbound::Verdict::again) {
        partner.failures = 0;
        return;
    }
    const auto longest = longest_wait(profile.retry, ++partner.failures);
    partner.not_before += longest / 2;
    partner.due += longest;
}

void ToldOracle::arrived(const Node& centre, const outbound::Try& attempt, const event::Profile& profile, const HeardOf& heard) {
    ++checks_;
    ++arrivals_;
    const auto found = centre.watch.outbox.tellings.find(attempt.id);
    if (found == centre.watch.outbox.tellings.end()) return violated_(attempt.partner + " heard of " + heard.number + ", which is not on record");
    const auto& telling = found->second;
    const auto what = attempt.partner + " heard of " + heard.number + " " + heard.status;
    const auto status = is_telegram(profile) && telling.code == "20" ? "40 접수" : is_telegram(profile) && telling.code == "40" && can_hear(attempt.partner, "20") ? "40 조치중" : telling.code;
    if (heard.number != telling.number || heard.status != status || heard.time != to_kst_digits(from_us(telling.state_time)))
        violated_(what + " at " + heard.time + ", the record says " + telling.number + " " + status + " at " + to_kst_digits(from_us(telling.state_time)));
    if (heard.place != telling.place && !(heard.place.empty() && is_gone(centre, telling.seq))) violated_(what + " at another place: " + heard.place + " and not " + telling.place);
    const auto [first, is_first] = heard_.emplace(attempt.id, heard);
    if (!is_first) ++repeats_;
    const auto& before = first->second;
    if (std::tie(before.number, before.status, before.time) != std::tie(heard.number, heard.status, heard.time))
        violated_(what + " once more, and cannot know it as a repeat");
    const auto& known = id_of_.try_emplace({attempt.partner, heard.number, heard.status, heard.time}, attempt.id).first->second;
    if (known != attempt.id) {
        const auto other = centre.watch.outbox.tellings.find(known);
        const auto of = other == centre.watch.outbox.tellings.end() ? std::string("?") : other->second.incident + " in entry " + std::to_string(other->second.seq);
        violated_(what + " of " + telling.incident + " in entry " + std::to_string(telling.seq) + ", which it must take for a repeat of " + of + " and is none");
    }
    auto& last = partners_[attempt.partner].last_place[heard.number];
    if (telling.queue < last) violated_(what + " behind what was queued after it");
    last = telling.queue;
}

void ToldOracle::check_due(const Node& centre) {
    const auto now = schedule_.now();
    if (refused_writes_ != centre.disk.refused_writes()) could_not_write_at_ = now;
    refused_writes_ = centre.disk.refused_writes();
    const bool rests = could_not_write_at_ && now < *could_not_write_at_ + kRest + kSlack;
    if (!centre.site || now < centre.slow_until + kSlack || rests) return;
    for (const auto& [key, queue] : centre.watch.outbox.waits) {
        const auto& partner = partners_[key];
        if (queue.empty() || !partner.under_way.empty()) continue;
        ++checks_;
        const auto since = std::max(partner.due, waits_since_[queue.begin()->second]);
        if (now > since + kSlack) violated_("the turn of " + key + " is over, " + centre.watch.outbox.tellings.at(queue.begin()->second).number + " waits");
    }
}

void ToldOracle::check_log(Node& centre) {
    ++checks_;
    const auto& tellings = centre.watch.outbox.tellings;
    const auto log = outbound::list(centre.site->book().db(), {.limit = 1001});
    if (!log) return violated_("the log of deliveries cannot be read: " + log.error().message);
    if (log->size() != tellings.size()) violated_("the log of deliveries has " + std::to_string(log->size()) + " rows, not " + std::to_string(tellings.size()));
    for (const auto& row : *log) {
        const auto found = tellings.find(row.id);
        const auto what = "the log of deliveries, " + row.message.number + " " + row.message.code + ", ";
        if (found == tellings.end()) {
            violated_(what + "has a row that the journal has not");
            continue;
        }
        const auto& telling = found->second;
        if (state_of(row.state) != telling.state || row.attempts != telling.attempts) violated_(what + "shows another state or number of attempts than the journal");
        if (row.seq != telling.queue) violated_(what + "shows another place in the queue");
        if (row.message.number != telling.number || row.message.code != telling.code || row.partner != telling.partner) violated_(what + "is of another message");
        const auto shown = text(outbound::to_json(row), "why");
        if (telling.state == State::simulated && shown != "SIMULATED, not sent") violated_(what + "does not say that it was not sent");
        const auto why = is_gone(centre, telling.why_seq) ? std::string() : telling.why;
        if (telling.state != State::simulated && shown != why) violated_(what + "has other words: " + shown + " and not " + why);
    }
}

void ToldOracle::check_end(const Node& centre, MonoTime healed) {
    ++checks_;
    for (const auto& [key, queue] : centre.watch.outbox.waits) {
        for (const auto& [place, id] : queue) {
            // The longest wait, a try that was under way, and its own.
            if (std::max(healed, waits_since_[id]) + 15s < schedule_.now())
                violated_(key + " was not told of " + centre.watch.outbox.tellings.at(id).number);
        }
    }
}

}  // namespace bongsu::simulation
