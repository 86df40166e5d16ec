// What partners are told of their own incidents, and what became of it.
#include "outbound/delivery.hpp"

#include <boost/json/object.hpp>

#include "app/site/handlers.hpp"
#include "app/site/reason.hpp"
#include "http/page.hpp"
#include "outbound/message.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

/// The partners' code for a state of ours; empty for those that only they can bring about.
std::string_view code_of(incident::State state) {
    switch (state) {
        case incident::State::received:
            return "20";
        case incident::State::acting:
            return "40";
        case incident::State::closed:
            return "91";
        case incident::State::cancelled:
            return "90";
        default:
            return "";
    }
}

}  // namespace

/// Of the agency's profiles with an address, the one by which the event came, else the first.
const event::Profile* Site::teller_of(const incident::Report& report) {
    const auto came_by = event::profile_of(*folds_db_, report.event);
    const event::Profile* first = nullptr;
    for (const auto& partner : partners_->profiles) {
        if (!partner->send || partner->sender != report.agency().value) continue;
        if (came_by && *came_by == partner->key) return partner.get();
        if (first == nullptr) first = partner.get();
    }
    return first;
}

/// Each of those who report it hears it of its own occurrence; who has ended its part asked to hear no more, but of what was released its end.
Result<void> Site::tell_sender(const incident::Incident& now, incident::State before, const std::string& actor) {
    if (now.state == before || code_of(now.state).empty()) return {};
    TRY(const auto reports, incident::reports(*folds_db_, now.id));
    for (const auto& report : reports) {
        const bool hears = !report.ended_at || (report.ended_code == "50" && !incident::is_open(now.state));
        if (hears) TRY_DO(tell_report(now, report, actor));
    }
    return {};
}

Result<void> Site::tell_report(const incident::Incident& now, const incident::Report& report, const std::string& actor) {
    const auto code = code_of(now.state);
    const auto* partner = code.empty() ? nullptr : teller_of(report);
    if (partner == nullptr || !outbound::can_say(*partner, code)) return {};
    TRY([[maybe_unused]] const auto id,
        outbound::queue(*book_, actor, partner->key, now.id,
                        {.number = report.number,
                         .code = std::string(code),
                         .state_time = env_.clock.wall(),
                         .type = report.type,
                         .type_name = report.type_name,
                         .grade = report.grade,
                         .position = report.position,
                         .place = report.place,
                         .occurred_at = report.occurred_at},
                        now.test));
    may_wait_.insert(partner->key);
    return {};
}

/// For each partner whose turn it is, the oldest that waits. Called when the batch's entries stand.
void Site::begin_tries(Outputs& out) {
    // What becomes of a try has to be kept: without that each tick would tell the partner the same again.
    if (failing_since_ && !writes_again_) return;
    const auto now = env_.clock.mono();
    for (auto at = may_wait_.begin(); at != may_wait_.end();) {
        const auto partner = at++;
        if (!schedule_.may_begin(*partner, now)) continue;
        // Who is told no more keeps its outbox: it goes on when there is an address again.
        if (const auto* profile = find_partner(*partner); profile == nullptr || !profile->send) {
            may_wait_.erase(partner);
            continue;
        }
        auto head = outbound::head(*folds_db_, *partner);
        if (!head) continue;
        if (!*head) {
            may_wait_.erase(partner);
            continue;
        }
        schedule_.begin(*partner, now);
        out.tries.push_back({(*head)->id, *partner, (*std::move(head))->message});
    }
}

void Site::take(OutboundDone& input, Outputs& /*out*/) {
    const auto& [id, partner, outcome] = input.done;
    const auto actor = "site:" + options_.id.value;
    const auto* profile = find_partner(partner);
    static_cast<void>(attempt([&]() -> Result<void> {
        TRY(const auto known, outbound::find(*folds_db_, id));
        const auto limit = profile == nullptr ? 0 : profile->retry.attempts;
        const bool is_last = limit > 0 && known.attempts + 1 >= limit;
        switch (outcome.verdict) {
            case outbound::Verdict::accepted:
                return outbound::record_delivered(*book_, actor, id, outcome.words);
            case outbound::Verdict::refused:
                return outbound::record_failed(*book_, actor, id, outcome.words);
            case outbound::Verdict::again:
                return is_last ? outbound::record_failed(*book_, actor, id, outcome.words)
                               : outbound::record_tried(*book_, actor, id, outcome.words);
        }
        return {};
    }));
    end_try(input.done);
}

/// When its partner's next try may begin.
void Site::end_try(const outbound::Done& done) {
    const auto* profile = find_partner(done.partner);
    if (done.outcome.verdict == outbound::Verdict::again && profile != nullptr)
        schedule_.failed(done.partner, profile->retry, env_.clock.mono(), env_.random);
    else
        schedule_.ended(done.partner);
}

Handlers::Answer Handlers::deliveries(Site& site, Call& call) {
    const auto answer = [&]() -> Result<http::Response> {
        TRY_DO(http::only_parameters(call.request, {"limit", "cursor", "incident", "state"}));
        outbound::Query query;
        TRY(const auto limit, http::page_limit(call.request));
        TRY(query.before_seq, http::page_number(call.request, "cursor", INT64_MAX));
        TRY(const auto incident, http::id_parameter(call.request, "incident"));
        if (!incident.empty()) query.incident = IncidentId{incident};
        if (const auto state = call.request.param("state")) {
            query.state = outbound::state_of(*state);
            if (!query.state) return fail_field("state", "must be waiting, delivered, failed or simulated");
        }
        query.limit = limit + 1;
        TRY(auto found, outbound::list(*site.folds_db_, query));
        json::value next = nullptr;
        if (found.size() > limit) {
            found.pop_back();
            next = std::to_string(found.back().seq);
        }
        json::array items;
        for (const auto& delivery : found) items.push_back(outbound::to_json(delivery));
        return http::json_response(200, json::object{{"items", std::move(items)}, {"next", next}});
    }();
    return answer ? *answer : http::problem(answer.error());
}

Handlers::Answer Handlers::retry_delivery(Site& site, Call& call) {
    const auto answer = [&]() -> Result<http::Response> {
        TRY(const auto body, http::parse_object(call.request.body));
        TRY(const auto why, reason_in(body));
        const auto& id = call.request.captures.at(0);
        TRY_DO(outbound::record_requeued(site.book(), "user:" + call.session->user.value, id, why));
        TRY(const auto now, outbound::find(*site.folds_db_, id));
        site.may_wait_.insert(now.partner);
        return http::json_response(200, outbound::to_json(now));
    }();
    return answer ? *answer : http::problem(answer.error());
}

}  // namespace bongsu::app
