#include "official.hpp"

#include <boost/json/serialize.hpp>

#include "listener.hpp"
#include "payload.hpp"

namespace bongsu::simulation {

namespace json = boost::json;

Official::Official(SimCity& city, Node& node)
    : city_(city), node_(node), chance_(city.chance().fork()),
      person_(city.enrol({"official" + node.id.value, "", "", identity::Role::official, {"B" + node.id.value + "00000"}, node.id})) {
    if (!node.bus_link && chance_.percent(30)) city_.schedule().in(chance_.span(60s, 200s), [this] { city_.let_years_pass(); });
    city_.schedule().in(chance_.span(30s, 80s), [this] { again(); });
}

void Official::again() {
    step();
    city_.schedule().in(chance_.span(15s, 70s), [this] { again(); });
}

void Official::step() {
    if (token_.empty()) return log_in();
    if (chance_.percent(city_.years_passed() ? 35 : 5)) return order_by_age();
    if (chance_.percent(60)) return order_incident();
    order_entries();
}

void Official::log_in() {
    const auto& person = city_.person(person_);
    auto request = post_request("/api/v1/login",
                                json::serialize(json::object{{"user", person.login}, {"password", person.password}}));
    request.remote = remote_ = std::string(kWord) + "at-" + std::to_string(person_) + "-" + std::to_string(++logins_) + ":5000";
    city_.request_of(node_, std::move(request), [this](const std::optional<http::Response>& response) {
        if (response && response->status == 200) token_ = text(object_of(response->body), "token");
    });
}

/// Mostly of one that has ended: an open one must be refused.
void Official::order_incident() {
    const bool tries_an_open_one = chance_.percent(15);
    std::vector<const std::string*> choice;
    for (const auto& [id, state] : node_.watch.incident_states) {
        if (is_over(state) != tries_an_open_one) choice.push_back(&id);
    }
    if (choice.empty()) return;
    const auto& id = *choice[chance_.below(choice.size())];
    order({{"incident", id}}, id, 2);
}

/// A few that may go, with what follows from them; at times one of a kind that stays.
void Official::order_entries() {
    const auto& watch = node_.watch;
    std::vector<std::uint64_t> choice;
    for (const auto& [seq, content] : watch.contents) {
        // What says who saw what from where is refused, with all that is asked for beside it.
        if (content.order == 0 && (may_go(content) || chance_.percent(1))) choice.push_back(seq);
    }
    if (choice.empty()) return;
    json::array seqs;
    for (auto more = chance_.between(1, 3); more > 0; --more)
        seqs.emplace_back(static_cast<std::int64_t>(choice[chance_.below(choice.size())]));
    if (chance_.percent(10)) seqs.emplace_back(static_cast<std::int64_t>(1 + chance_.below(watch.seq)));
    order({{"seqs", std::move(seqs)}}, "", 1);
}

bool Official::may_go(const SiteWatch::Content& content) const {
    return !is_access_record(content.kind) || content.time < node_.clock.wall() - kAccessKept - 24h;
}

void Official::order_by_age() {
    const auto newest = node_.clock.wall() - 25h;
    std::vector<WallTime> times;
    for (const auto& [seq, content] : node_.watch.contents) {
        if (content.time < newest) times.push_back(content.time);
    }
    order_older(times.empty() || chance_.percent(50) ? newest : times[chance_.below(times.size())], 0, 20);
}

void Official::order_older(WallTime before, std::uint64_t after, int more) {
    json::object body{{"reason", "retention"}, {"basis", "Article 21"}, {"before", to_rfc3339(before)}};
    if (after > 0) body["after"] = static_cast<std::int64_t>(after);
    auto request = post_request("/api/v1/journal/erasures", json::serialize(body));
    request.headers["authorization"] = "Bearer " + token_;
    request.remote = remote_;
    const auto asked_at = node_.watch.released_seq;
    city_.request_of(node_, std::move(request), [this, before, after, more, asked_at](const std::optional<http::Response>& response) {
        if (response && response->status == 401) token_.clear();
        const auto& clock_stepped_at = node_.clock_stepped_at;
        // A clock that was stepped back meanwhile finds it too young.
        const bool is_refused = response && (response->status == 400 || response->status == 409);
        if (is_refused && city_.schedule().now() - clock_stepped_at > 3s)
            city_.oracle().violated("an erasure by age is refused: " + response->body);
        if (!response || response->status / 100 != 2) return;
        const auto answer = object_of(response->body);
        const auto next = static_cast<std::uint64_t>(number(answer, "next"));
        std::map<std::uint64_t, std::string> orders;
        for (const auto& item : answer.at("items").as_array())
            orders.emplace(number(item.as_object(), "seq"), text(item.as_object(), "id"));
        city_.oracle().retention_was_answered(node_, before, {after, next > 0 ? next : asked_at}, asked_at, orders);
        if (next > 0 && more > 0) order_older(before, next, more - 1);
    });
}

void Official::order(json::object what, const std::string& incident, int more) {
    auto body = what;
    body["reason"] = "requested";
    body["basis"] = "Article 36";
    auto request = post_request("/api/v1/journal/erasures", json::serialize(body));
    request.headers["authorization"] = "Bearer " + token_;
    request.remote = remote_;
    city_.request_of(node_, std::move(request), [this, what = std::move(what), incident, more](const std::optional<http::Response>& response) {
        if (response && response->status == 401) token_.clear();
        if (response && response->status == 201) {
            std::map<std::uint64_t, std::string> orders;
            const auto answer = object_of(response->body);
            for (const auto& item : answer.at("items").as_array())
                orders.emplace(number(item.as_object(), "seq"), text(item.as_object(), "id"));
            return city_.oracle().erasure_was_answered(node_, incident, orders);
        }
        // What is no request at all tests nothing, and nobody would notice.
        if (response && response->status == 400 && !incident.empty()) city_.oracle().violated("an erasure is malformed: " + response->body);
        if (more == 0 || (response && response->status < 500)) return;
        city_.schedule().in(chance_.span(500ms, 4000ms), [this, what, incident, more] { order(what, incident, more - 1); });
    });
}

}  // namespace bongsu::simulation
