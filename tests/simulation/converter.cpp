#include "converter.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace bongsu::simulation {

namespace json = boost::json;
namespace scsns = event::scsns;

namespace {

scsns::WriterEvent writer_event(const event::Event& event) {
    scsns::WriterEvent out;
    out.type = event.type;
    out.type_name = event.type_name;
    out.grade = event.grade;
    out.number = event.number;
    out.state = event.state;
    out.position = event.position;
    out.place = event.place;
    out.text = event.text;
    out.occurred_at = event.occurred_at;
    out.state_time = event.state_time;
    return out;
}

}  // namespace

json::object object_of(const std::string& body) {
    boost::system::error_code code;
    auto value = json::parse(body, code);
    return !code && value.is_object() ? value.get_object() : json::object{};
}

std::string text_of(const json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
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
                      if (text_of(answer, "result") == "0") return tell(Heard::taken, &*response);
                      const auto code = text_of(answer, "type");
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
                      if (text_of(answer, "result") == "0") key_ = text_of(answer, "message");
                  });
}

void Converter::Connection::take(event::Fed fed) {
    for (const auto& message : fed.messages) converter_.take(message, answer_);
    if (fed.ok()) return;
    ++converter_.refused_;
    answer_(event::answer(converter_.profile_, fed.refusal));
}

void Converter::take(const std::string& message, std::function<void(std::string)> answer) {
    city_.trace().add(city_.schedule().now(), profile_.key, message);
    // The formats count in seconds: so does who stamps for them.
    const auto now = std::chrono::floor<std::chrono::seconds>(city_.clock().wall());
    if (profile_.format == event::Format::wearable) {
        queue_.push_back({message, now});
        return send_queue();
    }
    const auto decoding = event::decode(profile_, {.bytes = message, .received_at = now});
    if (!decoding.ok()) {
        ++refused_;
        return answer(event::answer(profile_, decoding.refusal));
    }
    if (const auto* event = decoding.event()) return pass_on(*event, answer);
    answer(event::answer(profile_, {}));  // A position or a login: nothing follows here.
}

void Converter::pass_on(const event::Event& event, const std::function<void(std::string)>& answer) {
    const auto say = writer_event(event);
    session_.post([say](const scsns::WriterHead& head) { return scsns::write_event(head, say); },
                  "application/json", [this, say, answer](Heard heard, const http::Response*) {
                      if (heard == Heard::taken) {
                          city_.oracle().partner_was_answered(session_.agency(), say.number, say.state,
                                                              say.state_time);
                          return answer(event::answer(profile_, {}));
                      }
                      if (heard == Heard::refused)
                          city_.oracle().violated("what " + profile_.key + " sent could not be passed on");
                      answer(event::answer(profile_, {event::Code::unavailable, "", "not stored: send it again"}));
                  });
}

/// One at a time, until it is taken: a device's clear must not overtake its alarm.
void Converter::send_queue() {
    if (sending_ || queue_.empty()) return;
    const auto& line = queue_.front();
    const auto read = event::wearable::read(profile_, line.bytes);
    const auto found = open_.find(read.reading.device);
    const auto number = found == open_.end() ? std::nullopt : std::optional(found->second);
    const auto decoding =
        event::decode(profile_, {.bytes = line.bytes, .received_at = line.received_at, .open_number = number});
    const auto* event = decoding.event();
    if (!decoding.ok()) ++refused_;
    if (event == nullptr) {
        queue_.pop_front();
        return send_queue();
    }
    sending_ = true;
    const auto say = writer_event(*event);
    session_.post([say](const scsns::WriterHead& head) { return scsns::write_event(head, say); },
                  "application/json",
                  [this, say, device = read.reading.device](Heard heard, const http::Response*) {
                      sending_ = false;
                      if (heard == Heard::refused)
                          city_.oracle().violated("what " + profile_.key + " sent could not be passed on");
                      if (heard == Heard::again)
                          return city_.schedule().in(1s, [this] { send_queue(); });
                      city_.oracle().partner_was_answered(session_.agency(), say.number, say.state,
                                                          say.state_time);
                      if (say.state == "50") {
                          open_.erase(device);
                      } else {
                          open_[device] = say.number;
                      }
                      queue_.pop_front();
                      send_queue();
                  });
}

}  // namespace bongsu::simulation
