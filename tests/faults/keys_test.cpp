// Partners who come over HTTP: with the key of their agreement, within the rate that is agreed, and under their own name.
#include "app/site/routes.hpp"
#include "centre.hpp"
#include "crypto/crypto.hpp"

namespace bongsu::faults {
namespace {

constexpr std::string_view kLine = R"(
[[partner]]
key = "mapo-lpr"
format = "scsns"
sender = "L1144000000"
api_key_file = "mapo-lpr.key"
api_key_field = "certKey"
rate = { per_s = 2, burst = 3 }

[[partner]]
key = "sensors"
format = "cloudevents"
sender = "M1100000000"
api_key_file = "sensors.key"
rate = { per_s = 1, burst = 2 }
)";
constexpr auto kFile = "DATA/11000/partners.toml";
const std::string kKey = "mapo-lpr-0123456789abcdef0123456789abcdef";
const std::string kSensorsKey = "sensors-0123456789abcdef0123456789abcdef";

class Keys : public Centre {
  protected:
    Keys() : Centre(std::string_view{}) {
        world_.disk().put("DATA/11000/mapo-lpr.key", kKey + "\n");
        world_.disk().put("DATA/11000/sensors.key", kSensorsKey);
        EXPECT_EQ(reload(std::string(kLine)).status, 200);
    }

    http::Response reload(const std::string& toml) {
        world_.disk().put(kFile, toml);
        return world_.ask("official", "POST", "/api/v1/partners/reload", {{"reason", "agreed by letter"}});
    }
    json::object ask_for_key(const std::string& api_key, const std::string& send_cd = "L1144000000", const std::string& field = "certKey") {
        auto request = policy::request_of("POST", "/api/getAuth.json");
        request.body = event::scsns::write_get_auth({.send_cd = send_cd, .rcv_cd = "B1100000000", .at = world_.clock().wall()}, api_key);
        const auto at = request.body.find("apiKey");
        EXPECT_NE(at, std::string::npos);
        request.body.replace(at, 6, field);
        return policy::body_of(world_.ask("anonymous", std::move(request)));
    }
    std::string session() { return std::string(ask_for_key(kKey).at("message").as_string()); }

    http::Request message(const std::string& key, const std::string& number, const std::string& type = "112UC001",
                          const std::string& send_cd = "L1144000000") {
        auto event = call(number);
        event.type = type;
        auto request = policy::request_of("POST", "/linkHttp/recvEvent.json");
        request.body = event::scsns::write_event(
            {.send_cd = send_cd, .rcv_cd = "B1100000000", .rr_key = key, .at = world_.clock().wall()}, event);
        request.headers["x-scsns-secret"] = key;
        return request;
    }
    std::string type_of(http::Request request) {
        return std::string(policy::body_of(world_.ask("anonymous", std::move(request))).at("type").as_string());
    }
    http::Response sensor(const std::string& id, const std::string& bearer, const std::string& type = "WESEN110") {
        auto request = policy::request_of("POST", "/api/v1/events",
                                          json::serialize(json::object{{"id", id},
                                                                       {"source", "roof"},
                                                                       {"type", type},
                                                                       {"time", to_rfc3339(world_.clock().wall())},
                                                                       {"grade", "10"},
                                                                       {"position", json::array{126.9780, 37.5665}}}));
        request.headers["authorization"] = "Bearer " + bearer;
        return world_.ask("anonymous", std::move(request));
    }
    bool is_on_record(const std::string& word) {
        bool found = false;
        EXPECT_TRUE(world_.site().book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
            const auto* bytes = entry.payload.if_contains("bytes");
            const auto raw = bytes != nullptr && bytes->is_string() ? crypto::from_base64(std::string(bytes->get_string()), "bytes") : Result<std::string>("");
            found = found || json::serialize(entry.payload).find(word) != std::string::npos || (raw && raw->find(word) != std::string::npos);
            return true;
        }));
        return found;
    }
};

TEST_F(Keys, ANewPartnerOfAKnownFormatIsAFileAndNoAccount) {
    const auto answer = ask_for_key(kKey);
    ASSERT_EQ(answer.at("result"), "0") << json::serialize(answer);
    const auto key = std::string(answer.at("message").as_string());
    EXPECT_EQ(session(), key) << "within a minute the same one";
    EXPECT_EQ(type_of(message(key, "lpr-1")), "2000");
    EXPECT_EQ(incident("lpr-1").at("sender"), "L1144000000");
    EXPECT_EQ(last_actor("partner.accepted"), "agency:L1144000000");
    EXPECT_FALSE(is_on_record(kKey));
}

TEST_F(Keys, OnlyItsKeyInItsFieldUnderItsName) {
    EXPECT_EQ(ask_for_key(kKey + "x").at("type"), "4001");
    EXPECT_EQ(ask_for_key(kKey, "P1100000000", "apiKey").at("type"), "4001") << "the key of one under the name of another";
    EXPECT_EQ(ask_for_key(kKey, "L1144000000", "apiKey").at("type"), "4101") << "certKey is agreed";
    EXPECT_EQ(ask_for_key(kSensorsKey).at("type"), "4001") << "agreed for another format";
}

TEST_F(Keys, AnAuthAtTheWrongDoorLeavesNoKeyOnRecord) {
    const auto key = session();
    auto request = policy::request_of("POST", "/linkHttp/recvEvent.json");
    request.body = event::scsns::write_get_auth({.send_cd = "L1144000000", .rcv_cd = "B1100000000", .at = world_.clock().wall()}, kKey);
    request.body.replace(request.body.find("apiKey"), 6, "certKey");
    request.headers["x-scsns-secret"] = key;
    EXPECT_NE(type_of(std::move(request)), "2000");
    EXPECT_EQ(world_.entries_of("message.refused"), 1U);
    EXPECT_FALSE(is_on_record(kKey));
}

TEST_F(Keys, AnotherKeyOrNoAgreementEndsItsSessionsAtOnce) {
    const auto old = session();
    world_.disk().put("DATA/11000/mapo-lpr.key", "another-0123456789abcdef0123456789abcdef\n");
    const auto answer = reload(std::string(kLine));
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(policy::body_of(answer).at("changed"), json::array{"mapo-lpr"});
    EXPECT_EQ(type_of(message(old, "lpr-2")), "4001");
    EXPECT_EQ(ask_for_key(kKey).at("type"), "4001");
    const auto fresh = std::string(ask_for_key("another-0123456789abcdef0123456789abcdef").at("message").as_string());
    EXPECT_EQ(type_of(message(fresh, "lpr-3")), "2000");

    const auto all = std::string(kLine);
    ASSERT_EQ(reload(all.substr(all.find("[[partner]]", 20))).status, 200);
    EXPECT_EQ(type_of(message(fresh, "lpr-4")), "4001");
}

TEST_F(Keys, AKeyThatIsNoneOrAnothersIsRefusedWithTheFile) {
    const auto refused = [&] {
        const auto answer = reload(std::string(kLine));
        EXPECT_EQ(answer.status, 409);
        EXPECT_EQ(answer.body.find(kSensorsKey), std::string::npos) << "never a secret";
        return answer.body;
    };
    world_.disk().put("DATA/11000/mapo-lpr.key", "short\n");
    EXPECT_NE(refused().find("mapo-lpr: api_key_file must hold one line of 32 to 128"), std::string::npos);
    world_.disk().put("DATA/11000/mapo-lpr.key", kKey + "\n" + kKey + "\n");
    EXPECT_NE(refused().find("mapo-lpr: api_key_file must hold one line"), std::string::npos);
    world_.disk().put("DATA/11000/mapo-lpr.key", kSensorsKey);
    EXPECT_NE(refused().find("sensors: api_key_file holds the key of mapo-lpr"), std::string::npos);
}

TEST_F(Keys, ItsRateIsKeptToAndItsEmergenciesHaveTheirOwn) {
    const auto key = session();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(type_of(message(key, "s" + std::to_string(i), "WESEN110")), "2000");
    const auto entries = world_.entries();
    EXPECT_EQ(type_of(message(key, "s3", "WESEN110")), "4209");
    EXPECT_EQ(world_.entries(), entries) << "nothing of it is stored: it comes again";
    EXPECT_EQ(type_of(message(key, "e0")), "2000") << "an emergency does not pay for sensors";
    EXPECT_NE(world_.ask("anonymous", "GET", "/metrics").body.find("bongsu_intake_over_rate_total 1"), std::string::npos);
    world_.clock().advance(1s);
    EXPECT_EQ(type_of(message(key, "s3", "WESEN110")), "2000");
}

TEST_F(Keys, CloudEventsTakeTheKeyAsBearerAndNothingElseDoes) {
    EXPECT_EQ(sensor("c1", kSensorsKey).status, 201);
    EXPECT_EQ(last_actor("event.received"), "agency:M1100000000");
    EXPECT_EQ(sensor("c2", kSensorsKey + "x").status, 401);
    EXPECT_EQ(sensor("c3", kKey).status, 401) << "agreed for another format";
    auto request = policy::request_of("GET", "/api/v1/incidents");
    request.headers["authorization"] = "Bearer " + kSensorsKey;
    EXPECT_EQ(world_.ask("anonymous", std::move(request)).status, 401) << "it sends, and sees nothing";
    EXPECT_FALSE(is_on_record(kSensorsKey));

    EXPECT_EQ(sensor("c4", kSensorsKey).status, 201);
    const auto over = sensor("c5", kSensorsKey);
    EXPECT_EQ(over.status, 429);
    EXPECT_EQ(sensor("c6", kSensorsKey, "119UC001").status, 201) << "an emergency does not pay for the rest";
    auto binary = policy::request_of("POST", "/api/v1/events", "smoke");
    for (const auto& [name, value] : {std::pair{"ce-id", "c7"}, {"ce-source", "s"}, {"ce-specversion", "1.0"}, {"ce-type", "112UC001"}})
        binary.headers[name] = value;
    binary.headers["content-type"] = "text/plain";
    binary.headers["authorization"] = "Bearer " + kSensorsKey;
    const auto told = world_.ask("anonymous", std::move(binary));
    EXPECT_EQ(told.status, 201) << told.body << ": nor does one that says so in its headers";
}

TEST_F(Keys, AnotherNameThanTheSessionsStaysOnRecord) {
    const auto key = session();
    const auto answer = world_.ask("anonymous", message(key, "lpr-5", "112UC001", "P1100000000"));
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(policy::body_of(answer).at("type"), "4001");
    EXPECT_EQ(last_refused().at("field"), "sendCd");
    EXPECT_EQ(last_refused().at("actor"), "agency:L1144000000") << "who was let in, not who it says that it is";
    EXPECT_EQ(items("/api/v1/messages/dead").at(0).at("reason"), "sendCd is not the sender of this session");
    EXPECT_TRUE(incident("lpr-5").empty());

    const auto entries = world_.entries();
    EXPECT_EQ(type_of(message(std::string(32, '0'), "lpr-6", "112UC001", "P1100000000")), "4001");
    EXPECT_EQ(world_.entries(), entries) << "of a stranger nothing is kept";
}

TEST_F(Keys, ABodyThatWasNotReadIsAnsweredInThePartnersForm) {
    for (const auto* path : {"/linkHttp/recvEvent.json", "/api/reqEvent.json", "/api/getAuth.json"}) {
        http::Response answer = http::problem(413, "too_large", "The request cannot be taken", "the body is larger than 1048576 bytes");
        app::say_too_large(policy::request_of("POST", path), answer);
        EXPECT_EQ(answer.status, 413);
        EXPECT_EQ(answer.content_type, "application/json");
        EXPECT_EQ(policy::body_of(answer).at("type"), "4000");
    }
    http::Response ours = http::problem(413, "too_large", "The request cannot be taken", "x");
    app::say_too_large(policy::request_of("POST", "/api/v1/events"), ours);
    EXPECT_EQ(ours.content_type, "application/problem+json");
}

}  // namespace
}  // namespace bongsu::faults
