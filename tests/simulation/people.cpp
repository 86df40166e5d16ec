#include "people.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace bongsu::simulation {

namespace json = boost::json;
namespace scsns = event::scsns;

namespace {

constexpr std::size_t kOperator = 0, kRoom = 2;
const std::string kSender = "P1100000000";

json::object object_of(const std::string& body) {
    boost::system::error_code code;
    auto value = json::parse(body, code);
    return !code && value.is_object() ? value.get_object() : json::object{};
}

std::string text(const json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

http::Request post(const std::string& path, std::string body) {
    return {.method = "POST",
            .path = path,
            .query = {},
            .headers = {{"content-type", "application/json"}},
            .body = std::move(body),
            .remote = "127.0.0.1:5000",
            .captures = {}};
}

}  // namespace

Room112::Room112(SimCity& city) : city_(city) {
    const auto calls = city.chance().between(5, 11);
    for (std::size_t i = 0; i < calls; ++i) plan_call(i);
}

void Room112::plan_call(std::size_t index) {
    auto& chance = city_.chance();
    auto call = std::make_unique<Call>();
    call->number = "2026010100000" + std::to_string(1000 + index);
    std::vector<std::string> states{"10"};
    if (chance.percent(40)) states.emplace_back("20");
    if (chance.percent(50)) states.emplace_back("40");
    if (chance.percent(25)) states.emplace_back("40");
    const auto end = chance.below(5);
    if (end == 0) states.emplace_back("90");
    if (end == 1 || end == 2) states.emplace_back("50");
    if (end == 2 || end == 3) states.emplace_back("91");
    if (end == 3 && chance.percent(30)) states.emplace_back("91");
    const std::string grade = chance.percent(70) ? "10" : "20";
    for (const auto& state : states) {
        Message message;
        message.event.grade = grade;
        message.event.number = call->number;
        message.event.state = state;
        const std::int32_t place = chance.percent(50) ? 1'269'800'000 : 1'270'000'000;
        message.event.position = event::Position{place + static_cast<std::int32_t>(chance.below(8000)),
                                                 375'600'000 + static_cast<std::int32_t>(chance.below(8000))};
        message.event.place = "모의 장소";
        message.event.text = "상태 " + state;
        call->messages.push_back(std::move(message));
    }
    calls_.push_back(std::move(call));
    city_.schedule().in(chance.span(2s, 210s), [this, &call = *calls_.back()] { begin(call); });
}

void Room112::begin(Call& call) {
    auto& chance = city_.chance();
    // Whole seconds, as the format has them, each message a few later than the one before.
    auto at = std::chrono::floor<std::chrono::seconds>(city_.clock().wall());
    std::vector<std::pair<std::string, WallTime>> order;
    const auto occurred = at;
    for (auto& message : call.messages) {
        message.event.occurred_at = occurred;
        message.event.state_time = at;
        order.emplace_back(message.event.state, at);
        at += std::chrono::seconds(chance.between(2, 9));
    }
    call.in_order = !chance.percent(20);
    if (call.in_order) {
        city_.oracle().calls_in_order(kSender, call.number, std::move(order));
        return send_next(call);
    }
    for (auto& message : call.messages) {
        city_.schedule().in(chance.span(0ms, 20s), [this, &call, &message] { send(call, message, false); });
    }
}

void Room112::send_next(Call& call) {
    if (call.next < call.messages.size()) send(call, call.messages[call.next], false);
}

scsns::WriterHead Room112::head() const {
    return {.send_cd = kSender,
            .rcv_cd = "B1100000000",
            .sys_cd = "112",
            .rr_key = key_,
            .at = city_.clock().wall()};
}

void Room112::send(Call& call, Message& message, bool repeat) {
    if (key_.empty()) {
        authenticate();
        return city_.schedule().in(700ms, [this, &call, &message, repeat] { send(call, message, repeat); });
    }
    city_.request(post("/linkHttp/recvEvent.json", scsns::write_event(head(), message.event)),
                  [this, &call, &message, repeat](const std::optional<http::Response>& response) {
                      take_answer(call, message, repeat, response);
                  });
}

void Room112::take_answer(Call& call, Message& message, bool repeat,
                          const std::optional<http::Response>& response) {
    auto& chance = city_.chance();
    const auto answer = response ? object_of(response->body) : json::object{};
    if (text(answer, "result") != "0") {
        const auto code = text(answer, "type");
        if (code == "4001") key_.clear();
        if (response && code != "4001" && code != "5003")
            city_.oracle().violated("a right message was refused: " + response->body);
        return city_.schedule().in(chance.span(500ms, 2000ms),
                                   [this, &call, &message, repeat] { send(call, message, repeat); });
    }
    city_.oracle().partner_was_answered(kSender, call.number, message.event.state, message.event.state_time);
    ++answered_;
    if (chance.percent(10))
        city_.schedule().in(chance.span(0ms, 8s), [this, &call, &message] { send(call, message, true); });
    if (repeat || std::exchange(message.done, true) || !call.in_order) return;
    ++call.next;
    city_.schedule().in(chance.span(2s, 25s), [this, &call] { send_next(call); });
}

void Room112::authenticate() {
    if (std::exchange(asking_, true)) return;
    city_.request(post("/api/getAuth.json", scsns::write_get_auth(head(), city_.person(kRoom).api_key)),
                  [this](const std::optional<http::Response>& response) {
                      asking_ = false;
                      const auto answer = response ? object_of(response->body) : json::object{};
                      if (text(answer, "result") == "0") key_ = text(answer, "message");
                  });
}

void Viewer::again() {
    city_.schedule().in(city_.chance().span(700ms, 4000ms), [this] {
        step();
        again();
    });
}

void Viewer::step() {
    if (token_.empty()) return log_in();
    if (person_ != kRoom) return choose_incident();
    choose_grant("");
}

void Viewer::log_in() {
    const auto& person = city_.person(person_);
    city_.request(post("/api/v1/login",
                       json::serialize(json::object{{"user", person.login}, {"password", person.password}})),
                  [this](const std::optional<http::Response>& response) {
                      if (response && response->status == 200)
                          token_ = text(object_of(response->body), "token");
                  });
}

void Viewer::ask(const std::string& method, const std::string& path, json::object body,
                 std::map<std::string, std::string> query, int status,
                 std::function<void(const json::object&)> then) {
    auto request = post(path, method == "POST" ? json::serialize(body) : "");
    request.method = method;
    request.query = std::move(query);
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
            const auto& item = items[city_.chance().below(items.size())].as_object();
            act_on(text(item, "id"), text(item, "state"));
        });
}

void Viewer::act_on(const std::string& incident, const std::string& state) {
    auto& chance = city_.chance();
    const auto what = chance.below(100);
    if (state == "new" && what < 50) return act(incident, "receive", "");
    if (what < 12) return act(incident, "note", "");
    if (what < 18) return act(incident, "dispatch", "");
    if (what < 23) return act(incident, "close", "true");
    if (what < 26) return act(incident, "cancel", "");
    choose_grant(incident);
}

void Viewer::act(const std::string& incident, const std::string& name, const std::string& outcome) {
    const auto said = "act " + std::to_string(person_) + "-" + std::to_string(++acts_);
    json::object body{{"act", name}, {"text", said}};
    if (!outcome.empty()) body["outcome"] = outcome;
    ask("POST", "/api/v1/incidents/" + incident + "/acts", body, {}, 201,
        [this, said](const json::object&) { city_.oracle().act_was_answered(said); });
}

void Viewer::choose_grant(const std::string& incident) {
    std::map<std::string, std::string> query;
    if (!incident.empty()) query["incident"] = incident;
    ask("GET", "/api/v1/grants", {}, std::move(query), 200, [this](const json::object& answer) {
        std::vector<const json::object*> live;
        for (const auto& item : answer.at("items").as_array()) {
            if (text(item.as_object(), "state") == "live" && !item.at("cameras").as_array().empty())
                live.push_back(&item.as_object());
        }
        if (live.empty()) return;
        const auto& grant = *live[city_.chance().below(live.size())];
        const auto& cameras = grant.at("cameras").as_array();
        if (person_ != kOperator && person_ != kRoom && city_.chance().percent(8))
            return end_grant(text(grant, "id"));
        ask_ticket(text(grant, "id"), std::string(cameras[city_.chance().below(cameras.size())].as_string()));
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
        });
}

/// At once, late, or twice; the view lasts until its viewer leaves or its grant ends.
void Viewer::use(const std::string& ticket, const std::string& camera) {
    auto& chance = city_.chance();
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
