#include "people.hpp"

#include <boost/json/serialize.hpp>

#include "crypto/crypto.hpp"
#include "listener.hpp"
#include "payload.hpp"

namespace bongsu::simulation {

namespace json = boost::json;

namespace {

constexpr std::size_t kOperator = 0, kRoom = 2;

}  // namespace

void Viewer::again() {
    city_.schedule().in(chance_.span(900ms, 5500ms), [this] {
        step();
        again();
    });
}

void Viewer::step() {
    if (token_.empty()) return log_in();
    if (person_ != kRoom && chance_.percent(3)) return leave_seat();
    if (person_ != kRoom && chance_.percent(4)) return write_log();
    if (person_ != kRoom) return choose_incident();
    choose_grant("");
}

void Viewer::log_in() {
    const auto& person = city_.person(person_);
    auto request = post_request("/api/v1/login",
                                json::serialize(json::object{{"user", person.login}, {"password", person.password}}));
    // Another screen each time.
    request.remote = remote_ = std::string(kWord) + "at-" + std::to_string(person_) + "-" + std::to_string(++logins_) + ":5000";
    city_.request(std::move(request),
                  [this](const std::optional<http::Response>& response) {
                      if (response && response->status == 200)
                          token_ = text(object_of(response->body), "token");
                  });
}

/// Goes for a while: no picture of theirs stands meanwhile.
void Viewer::leave_seat() {
    ask("DELETE", "/api/v1/duty/seat", {}, {}, 200, [](const json::object&) {});
    city_.schedule().in(chance_.span(1s, 15s), [this] {
        if (!token_.empty()) ask("POST", "/api/v1/duty/seat", {}, {}, 201, [](const json::object&) {});
    });
}

/// Somebody's words, each once.
std::string Viewer::words(std::string_view what) {
    return std::string(kWord) + std::string(what) + "-" + std::to_string(person_) + "-" + std::to_string(++words_);
}

/// What is said of a shift goes when the law says so, like all that people say.
void Viewer::write_log() {
    if (chance_.percent(60)) return ask("POST", "/api/v1/duty/notes", {{"text", words("note")}, {"handOver", chance_.percent(50)}}, {}, 201, [](const json::object&) {});
    ask("POST", "/api/v1/duty/shortcomings", {{"text", words("wanting")}}, {}, 201, [this](const json::object& report) {
        if (chance_.percent(50)) ask("POST", "/api/v1/duty/shortcomings/" + text(report, "no") + "/answer", {{"text", words("answer")}}, {}, 201, [](const json::object&) {});
    });
}

/// Something is on the screen: an incident of its own, with a picture or without.
void Viewer::find(const std::string& camera) {
    json::object body{{"camera", camera}, {"kind", chance_.percent(50) ? "fire" : "other"}, {"text", words("found")}};
    if (chance_.percent(70)) body["picture"] = crypto::to_base64("\xff\xd8\xff" + words("picture") + "\xff\xd9");
    ask("POST", "/api/v1/duty/findings", std::move(body), {}, 201, [this](const json::object& finding) {
        city_.oracle().finding_was_answered(text(finding, "incident"), finding.at("hasPicture").as_bool());
    });
}

void Viewer::ask(const std::string& method, const std::string& path, json::object body,
                 std::map<std::string, std::string> query, int status,
                 std::function<void(const json::object&)> then) {
    auto request = post_request(path, method == "POST" ? json::serialize(body) : "");
    request.method = method;
    request.query = std::move(query);
    request.remote = remote_;
    request.headers["authorization"] = "Bearer " + token_;
    city_.request(std::move(request),
                  [this, status, then = std::move(then)](const std::optional<http::Response>& response) {
                      if (response && response->status == 401) token_.clear();
                      if (response && response->status == status) then(object_of(response->body));
                  });
}

void Viewer::choose_incident() {
    ask("GET", "/api/v1/incidents", {}, {{"state", "new,received,acting"}}, 200,
        [this](const json::object& answer) {
            const auto& items = answer.at("items").as_array();
            if (items.empty()) return;
            const auto& item = items[chance_.below(items.size())].as_object();
            act_on(text(item, "id"), text(item, "state"));
        });
}

void Viewer::act_on(const std::string& incident, const std::string& state) {
    auto& chance = chance_;
    const auto what = chance.below(100);
    if (state == "new" && what < 50) return act(incident, "receive", "");
    if (what < 12) return act(incident, "note", "");
    if (what < 18) return act(incident, "dispatch", "");
    if (what < 23) return act(incident, "close", chance.percent(50) ? "true" : "false");
    if (what < 26) return act(incident, "cancel", "");
    if (what < 30) return act(incident, "request_hold", "");
    if (what < 34) return act(incident, chance.percent(50) ? "command" : "yield_command", "");  // Some may not, and hear so.
    if (what < 37) return act(incident, "take_over", "");
    if (what < 45) return work_on(incident);
    if (what < 49) return merge(incident);
    choose_grant(incident);
}

/// The step whose turn it is, done or skipped with a reason.
void Viewer::work_on(const std::string& incident) {
    ask("GET", "/api/v1/incidents/" + incident + "/procedure", {}, {}, 200, [this, incident](const json::object& run) {
        const auto current = text(run, "current");
        if (current.empty()) return;
        json::object step{{"step", current}};
        const bool skips = chance_.percent(25);
        if (skips) {
            step["skip"] = true;
            step["reason"] = words("skipped");
        }
        for (const auto& item : run.at("steps").as_array()) {
            const auto& one = item.as_object();
            if (skips || text(one, "key") != current || one.at("answers").as_array().empty()) continue;
            const auto& answers = one.at("answers").as_array();
            step["answer"] = text(answers[chance_.below(answers.size())].as_object(), "key");
        }
        ask("POST", "/api/v1/incidents/" + incident + "/procedure/steps", std::move(step), {}, 201, [](const json::object&) {});
    });
}

/// Two that lie near each other are found to be one; sometimes the last report is taken out again.
void Viewer::merge(const std::string& incident) {
    ask("GET", "/api/v1/incidents/" + incident + "/near", {}, {}, 200, [this, incident](const json::object& near) {
        const auto& items = near.at("items").as_array();
        if (items.empty()) return;
        const auto other = text(items[chance_.below(items.size())].as_object(), "id");
        ask("POST", "/api/v1/incidents/" + incident + "/merge", {{"other", other}, {"text", words("merged")}}, {}, 200, [this, incident](const json::object&) {
            if (chance_.percent(60)) return;
            ask("GET", "/api/v1/incidents/" + incident + "/reports", {}, {}, 200, [this, incident](const json::object& reports) {
                const auto& all = reports.at("items").as_array();
                if (!all.empty()) ask("POST", "/api/v1/incidents/" + incident + "/split", {{"event", text(all.back().as_object(), "event")}}, {}, 201, [](const json::object&) {});
            });
        });
    });
}

void Viewer::act(const std::string& incident, const std::string& name, const std::string& outcome) {
    const auto said = std::string(kWord) + "act-" + std::to_string(person_) + "-" + std::to_string(++acts_);  // A key, too: no spaces.
    json::object body{{"act", name}, {"text", said}};
    if (!outcome.empty()) body["outcome"] = outcome;
    auto request = post_request("/api/v1/incidents/" + incident + "/acts", json::serialize(body));
    request.headers["idempotency-key"] = said;
    const auto asked_after_years = city_.years_passed();
    // A screen that was closed in the middle says it once more when it is opened again, answered or not.
    if (chance_.percent(15))
        city_.schedule().in(chance_.span(2s, 90s), [this, request, said, asked_after_years] {
            // A key is kept for a day, not for years.
            if (city_.years_passed() == asked_after_years) try_act(request, said, 3);
        });
    try_act(std::move(request), said, 3);
}

/// Whoever hears no answer asks again under the same key: it is done once, whoever died meanwhile.
void Viewer::try_act(http::Request request, const std::string& said, int more) {
    request.headers["authorization"] = "Bearer " + token_;
    const auto asked_after_years = city_.years_passed();
    city_.request(request, [this, request, said, more, asked_after_years](const std::optional<http::Response>& response) {
        // What is no request at all tests nothing, and nobody would notice.
        if (response && response->status == 400) city_.oracle().violated("an act is malformed: " + response->body);
        const bool done_before = response && response->status == 409 &&
                                 response->body.find("it was done") != std::string::npos;
        if (done_before || (response && response->status == 201)) return city_.oracle().act_was_answered(said);
        if (response && response->status == 401) token_.clear();
        const bool again = !response || response->status == 401 || response->status >= 500;
        if (!again || more == 0) return;
        city_.schedule().in(chance_.span(500ms, 4000ms), [this, request, said, more, asked_after_years] {
            if (city_.years_passed() == asked_after_years) try_act(request, said, more - 1);
        });
    });
}

void Viewer::choose_grant(const std::string& incident) {
    std::map<std::string, std::string> query;
    if (!incident.empty()) query["incident"] = incident;
    ask("GET", "/api/v1/grants", {}, std::move(query), 200, [this](const json::object& answer) {
        std::vector<const json::object*> live;
        // Some try a grant that has ended: their screen is old, or they look for a way in.
        const bool tries_what_ended = chance_.percent(8);
        for (const auto& item : answer.at("items").as_array()) {
            const bool is_live = text(item.as_object(), "state") == "live";
            if (is_live != tries_what_ended && !item.at("cameras").as_array().empty()) live.push_back(&item.as_object());
        }
        if (live.empty()) return;
        const auto& grant = *live[chance_.below(live.size())];
        const auto& cameras = grant.at("cameras").as_array();
        if (person_ != kOperator && person_ != kRoom && chance_.percent(8))
            return end_grant(text(grant, "id"));
        ask_ticket(text(grant, "id"), std::string(cameras[chance_.below(cameras.size())].as_string()));
    });
}

void Viewer::end_grant(const std::string& grant) {
    ask("DELETE", "/api/v1/grants/" + grant, {}, {{"reason", "no longer needed"}}, 200,
        [this, grant](const json::object&) { city_.oracle().grant_end_was_answered(grant); });
}

void Viewer::ask_ticket(const std::string& grant, const std::string& camera) {
    ask("POST", "/api/v1/tickets", {{"grant", grant}, {"camera", camera}, {"kind", "live"}}, {}, 201,
        [this, camera](const json::object& answer) {
            city_.oracle().ticket_was_handed_out(text(answer, "view"));
            use(text(answer, "ticket"), camera);
            if (person_ != kRoom && chance_.percent(6)) city_.schedule().in(chance_.span(500ms, 20s), [this, camera] { find(camera); });
        });
}

/// At once, late, or twice; the view lasts until its viewer leaves or its grant ends.
void Viewer::use(const std::string& ticket, const std::string& camera) {
    auto& chance = chance_;
    const auto open = [this, ticket, camera] {
        static_cast<void>(city_.centre().media->open(ticket, {camera}, "live"));
    };
    const auto delay = chance.percent(8) ? Span(65'000) : chance.span(5ms, 3000ms);
    city_.schedule().in(delay, open);
    if (chance.percent(8)) city_.schedule().in(delay + chance.span(1ms, 5000ms), open);
    if (chance.percent(60))
        city_.schedule().in(delay + chance.span(3s, 40s),
                            [this, camera] { city_.centre().media->close_one({camera}); });
}

}  // namespace bongsu::simulation
