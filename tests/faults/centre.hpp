#pragma once
// A centre with partners of every format, and what may be asked of it: for the faults that partners bring.

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "event/codec/scsns_writer.hpp"
#include "event/codec/telegram.hpp"
#include "event/codec/wearable.hpp"
#include "policy/world.hpp"

namespace bongsu::faults {

using namespace std::chrono_literals;
namespace json = boost::json;

inline constexpr std::string_view kPartners = R"(
[[partner]]
key = "fire"
format = "telegram"
service = "119-dispatch"
sender = "F1100000000"
pairs = [{ send = "119", receive = "UCP" }]
listen = { offset = 20 }

[[partner]]
key = "disaster"
format = "telegram"
service = "disaster"
sender = "D1100000000"
listen = { offset = 24 }

[[partner]]
key = "bells"
format = "wearable"
sender = "W1100000000"
type = "EBSCP110"
listen = { offset = 26 }

[[partner]]
key = "police-http"
format = "scsns"
sender = "P1100000000"
)";

class Centre : public ::testing::Test {
  protected:
    explicit Centre(std::string_view partners = kPartners) : world_(partners) {}

    /// A message of the 112 room about `number`, urgent, at a place with a camera.
    event::scsns::WriterEvent call(const std::string& number, const std::string& state = "10") {
        event::scsns::WriterEvent event;
        event.number = number;
        event.state = state;
        event.position = event::Position{1'269'780'000, 375'665'000};
        event.place = "서울광장";
        event.text = "폭행";
        event.occurred_at = event.state_time = world_.clock().wall();
        return event;
    }

    /// True when the 112 room hears "0".
    bool send(const event::scsns::WriterEvent& event) { return world_.room112_sends(event).at("result") == "0"; }

    /// The same message with `from` replaced by `to` in its bytes; answers the reply.
    json::object send_with(const event::scsns::WriterEvent& event, const std::string& from, const std::string& to) {
        auto request = policy::request_of("POST", "/linkHttp/recvEvent.json");
        request.body = event::scsns::write_event({.send_cd = "P1100000000",
                                                  .rcv_cd = "B1100000000",
                                                  .rr_key = world_.partner_key(),
                                                  .at = world_.clock().wall()},
                                                 event);
        request.headers["x-scsns-secret"] = world_.partner_key();  // Also for what cannot be read.
        const auto at = request.body.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        if (at != std::string::npos) request.body.replace(at, from.size(), to);
        auto reply = policy::body_of(world_.ask("anonymous", std::move(request)));
        world_.clock().advance(10ms);
        return reply;
    }

    json::array items(const std::string& path, std::string_view caller = "supervisor") {
        const auto answer = world_.ask(caller, "GET", path);
        EXPECT_EQ(answer.status, 200) << path << " " << answer.body;
        return policy::body_of(answer).at("items").as_array();
    }

    /// The incident of a sender's number; an empty object when there is none, a failure when there are several.
    json::object incident(const std::string& number) {
        json::object found;
        for (const auto& item : items("/api/v1/incidents?limit=200")) {
            if (item.at("number").as_string() != json::string_view(number)) continue;
            EXPECT_TRUE(found.empty()) << "two incidents for " << number;
            found = item.as_object();
        }
        return found;
    }

    std::size_t grants_of(const json::object& incident) {
        return items("/api/v1/grants?incident=" + std::string(incident.at("id").as_string())).size();
    }

    /// The kinds of the incident's timeline, with the reason of those that are late: "event.late older".
    std::vector<std::string> timeline(const json::object& incident) {
        std::vector<std::string> out;
        for (const auto& item : items("/api/v1/incidents/" + std::string(incident.at("id").as_string()) + "/timeline")) {
            auto kind = std::string(item.at("kind").as_string());
            if (kind == "event.late") kind += " " + std::string(item.at("reason").as_string());
            out.push_back(std::move(kind));
        }
        return out;
    }

    bool has_fault(const json::object& incident, std::string_view fault) {
        for (const auto& each : incident.at("faults").as_array()) {
            if (each.as_string() == json::string_view(fault)) return true;
        }
        return false;
    }

    json::object last_refused() {
        const auto refused = items("/api/v1/messages/refused");
        EXPECT_FALSE(refused.empty());
        return refused.empty() ? json::object{} : refused[0].as_object();
    }

    /// Of the journal, the newest of its kind.
    json::object last_payload(const std::string& kind) {
        json::object found;
        EXPECT_TRUE(world_.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
            if (entry.kind == kind) found = entry.payload;
            return true;
        }));
        return found;
    }

    std::string last_actor(const std::string& kind) {
        std::string found;
        EXPECT_TRUE(world_.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
            if (entry.kind == kind) found = entry.actor;
            return true;
        }));
        return found;
    }

    /// An operator receives the incident.
    http::Request act_of(const std::string& incident) {
        auto request = policy::request_of("POST", "/api/v1/incidents/" + incident + "/acts", R"({"act":"receive"})");
        request.headers["authorization"] = "Bearer " + world_.token("operator");
        request.headers["content-type"] = "application/json";
        return request;
    }

    static std::string telegram(const std::string& state, std::vector<std::string> fields, WallTime at,
                                const std::string& send = "119") {
        event::telegram::Telegram out{.head = {.type = "10",
                                               .status = state,
                                               .status_time = to_kst_digits(at),
                                               .send = send,
                                               .receive = "UCP",
                                               .sent = to_kst_digits(at)},
                                      .fields = {}};
        for (const auto& field : fields) {  // '|' parts a field.
            auto& parts = out.fields.emplace_back();
            for (std::size_t from = 0; from <= field.size();) {
                const auto end = std::min(field.find('|', from), field.size());
                parts.push_back(field.substr(from, end - from));
                from = end + 1;
            }
        }
        return event::telegram::write(out);
    }
    std::string fire(const std::string& number, const std::string& state = "10", const std::string& where = "종로 1") {
        const auto now = world_.clock().wall();
        return telegram(state, {number, "화재", "주택", "126.978", "37.5665", where, "1111010100", to_kst_digits(now), "u1"},
                        now);
    }
    std::string disaster(const std::string& number, const std::string& state, const std::string& test) {
        const auto now = world_.clock().wall();
        return telegram(state, {number, "DUCDP110", "", "종로", "훈련", "지진", "자연재난", "126.978|37.5665|0", to_kst_digits(now), "",
                                "", "", "", state, test, "", "", "", "", ""},
                        now, "DSC");
    }
    /// The lists of fields differ by kind: a bell has no person, a clear has nothing but its device.
    static std::string bell(const std::string& device, const std::string& emergency, const std::string& kind = "SENSOR") {
        const auto rest = device + "," + device + "m,NORMAL,90," + emergency + ",126.978,37.5665,0";
        if (kind == "CLEAR") return "CLEAR," + device + "," + device + "m";
        return kind == "SENSOR" ? "SENSOR," + rest : kind + ",,,,종로 2," + rest;
    }

    policy::World world_;
};

}  // namespace bongsu::faults
