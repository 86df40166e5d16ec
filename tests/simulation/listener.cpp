#include "listener.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "payload.hpp"

namespace bongsu::simulation {

namespace json = boost::json;
namespace scsns = event::scsns;

json::object object_of(const std::string& body) {
    boost::system::error_code code;
    auto value = json::parse(body, code);
    return !code && value.is_object() ? value.get_object() : json::object{};
}

http::Request post_request(const std::string& path, std::string body, const std::string& type) {
    return {.method = "POST",
            .path = path,
            .query = {},
            .headers = {{"content-type", type}},
            .body = std::move(body),
            .remote = "127.0.0.1:5000",
            .captures = {}};
}

scsns::WriterHead PartnerSession::head() const {
    return {.send_cd = agency(), .rcv_cd = "B1100000000", .sys_cd = "112", .rr_key = key_,
            .at = city_.clock().wall()};
}

void PartnerSession::post(std::function<std::string(const scsns::WriterHead&)> body, const std::string& type,
                          Tell tell) {
    if (key_.empty()) {
        authenticate();
        return city_.schedule().in(700ms, [this, body = std::move(body), type, tell = std::move(tell)] {
            if (key_.empty()) return tell(Heard::again, nullptr);
            post(body, type, tell);
        });
    }
    auto request = post_request("/linkHttp/recvEvent.json", body(head()), type);
    request.headers["x-scsns-secret"] = key_;  // Beside the one in the message, which may be broken.
    city_.request(std::move(request),
                  [this, tell = std::move(tell)](const std::optional<http::Response>& response) {
                      if (!response) return tell(Heard::again, nullptr);
                      const auto answer = object_of(response->body);
                      if (text(answer, "result") == "0") return tell(Heard::taken, &*response);
                      const auto code = text(answer, "type");
                      if (code == "4001") key_.clear();
                      const bool again = code == "4001" || code == "4209" || code.starts_with('5');
                      if (!again) city_.oracle().partner_was_refused();
                      tell(again ? Heard::again : Heard::refused, &*response);
                  });
}

void PartnerSession::authenticate() {
    if (std::exchange(asking_, true)) return;
    auto head_now = head();
    head_now.rr_key.clear();
    city_.request(post_request("/api/getAuth.json", scsns::write_get_auth(head_now, city_.person(person_).api_key)),
                  [this](const std::optional<http::Response>& response) {
                      asking_ = false;
                      const auto answer = response ? object_of(response->body) : json::object{};
                      if (text(answer, "result") == "0") key_ = text(answer, "message");
                  });
}

Listener::Connection::Connection(Listener& listener, std::function<void(std::string)> answer)
    : listener_(listener),
      session_(listener.profile_, listener.bucket_, listener.counters_, listener.city_.schedule().now()),
      answer_(std::move(answer)) {}

void Listener::Connection::feed(std::string_view bytes) {
    take(session_.received(bytes, listener_.city_.schedule().now()));
}

void Listener::Connection::finish() { take(session_.ended(listener_.city_.schedule().now())); }

void Listener::Connection::take(intake::Step step) {
    auto& city = listener_.city_;
    if (!step.send.empty()) {
        session_.sent(step.send.size(), city.schedule().now());
        if (answer_) answer_(std::move(step.send));
    }
    for (auto& delivery : step.deliver) {
        const auto done = [self = shared_from_this(), id = delivery.id](std::string answer) {
            self->take(self->session_.answered(id, std::move(answer), self->listener_.city_.schedule().now()));
        };
        city.partner_says(listener_.profile_.key, std::move(delivery.bytes), delivery.framing, done);
    }
}

/// One partner of each format that decodes, and who is told back of its incidents; keys of the services are theirs alone.
std::string_view partners_toml() {
    return R"toml(
[[partner]]
key = "http"
format = "scsns"
sender = "P1100000000"
pairs = [{ send = "P1100000000", receive = "B1100000000" }]
send = { to = "http://10.0.0.1:8080/linkHttp/recvEvent.json", answer_ms = 1500, api_key_file = "http.key" }
retry = { first_ms = 500, cap_ms = 8000 }

[[partner]]
key = "tcp"
format = "scsns-tcp"
listen = { offset = 20 }
sender = "P1100000000"
pairs = [{ send = "P1100000000", receive = "B1100000000" }]
send = { to = "tcp://10.0.0.2:9000", answer_ms = 2000 }
retry = { first_ms = 1000, cap_ms = 4000 }

[[partner]]
key = "fire"
format = "telegram"
listen = { offset = 21 }
sender = "F1100000000"
service = "119-dispatch"
encoding = "cp949"
pairs = [{ send = "119", receive = "UCP" }]
send = { to = "tcp://10.0.0.3:9000", answer_ms = 1000 }
retry = { first_ms = 300, cap_ms = 2000, attempts = 4 }

[[partner]]
key = "patrol"
format = "telegram"
listen = { offset = 22 }
sender = "P1100000000"
service = "112-dispatch"
pairs = [{ send = "119", receive = "UCP" }]
send = { to = "tcp://10.0.0.4:9000", answer_ms = 1000 }
retry = { first_ms = 1000, cap_ms = 8000 }

[[partner]]
key = "video"
format = "telegram"
listen = { offset = 23 }
sender = "P1100000000"
service = "112-video"
pairs = [{ send = "119", receive = "UCP" }]
send = { to = "tcp://10.0.0.5:9000", answer_ms = 2000 }
retry = { first_ms = 1000, cap_ms = 8000 }

[[partner]]
key = "carrier"
format = "telegram"
listen = { offset = 24 }
sender = "S1100000000"
service = "vulnerable"
length = "letters"
pairs = [{ send = "119", receive = "UCP" }]
send = { to = "tcp://10.0.0.6:9000", answer_ms = 2000 }
retry = { first_ms = 200, cap_ms = 3000 }

[[partner]]
key = "disaster"
format = "telegram"
listen = { offset = 25 }
sender = "D1100000000"
service = "disaster"
grade = "20"
pairs = [{ send = "119", receive = "UCP" }]
send = { to = "tcp://10.0.0.7:9000", answer_ms = 2000 }
retry = { first_ms = 500, cap_ms = 5000 }

[[partner]]
key = "bells"
format = "wearable"
listen = { offset = 26 }
sender = "W1144000000"
)toml";
}

}  // namespace bongsu::simulation
