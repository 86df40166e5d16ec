// The agreements with partners change while the centre runs: as a whole or not at all, on record, and without a partner's
// port or outbox being lost.
#include "centre.hpp"

namespace bongsu::faults {
namespace {

constexpr std::string_view kDisaster = R"(
[[partner]]
key = "disaster"
format = "telegram"
service = "disaster"
sender = "D1100000000"
pairs = [{ send = "DSC", receive = "UCP" }]
listen = { offset = 24 }
)";
constexpr std::string_view kTold = R"(
[[partner]]
key = "police-tcp"
format = "scsns-tcp"
sender = "P1100000000"
pairs = [{ send = "P1100000000", receive = "B1100000000" }]
send = { to = "tcp://127.0.0.1:9", networks = ["127.0.0.0/8"] }
)";

std::string both(std::string_view from = {}, std::string_view to = {}) {
    auto text = std::string(kDisaster) + std::string(kTold);
    if (const auto at = text.find(from); !from.empty()) {
        EXPECT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
    }
    return text;
}

class Agreements : public Centre {
  protected:
    Agreements() : Centre(both()) {}

    void write(const std::string& toml) { world_.disk().put(kFile, toml); }
    http::Response reload(std::string_view caller = "official") {
        return world_.ask(caller, "POST", "/api/v1/partners/reload", {{"reason", "agreed by letter"}});
    }
    json::object reloaded() {
        const auto answer = reload();
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.status == 200 ? policy::body_of(answer) : json::object{};
    }
    bool takes(const std::string& number, const std::string& state = "10") {
        return world_.tell("disaster", disaster(number, state, "N")).starts_with("0");
    }
    std::string in_force() { return std::string(policy::body_of(world_.ask("official", "GET", "/api/v1/partners")).at("file").as_string()); }
    std::size_t tries() { return world_.run(app::Tick{}).tries.size(); }

    static constexpr auto kFile = "DATA/11000/partners.toml";
};

TEST_F(Agreements, ValuesTakeEffectWithoutARestart) {
    ASSERT_TRUE(takes("a1"));
    write(both("pairs = [{ send = \"DSC\"", "pairs = [{ send = \"SKT\""));
    ASSERT_TRUE(takes("a2")) << "a file that nobody put in force changes nothing";
    const auto answer = reloaded();
    EXPECT_EQ(answer.at("changed"), json::array{"disaster"});
    EXPECT_EQ(answer.at("added"), json::array{});
    EXPECT_EQ(answer.at("removed"), json::array{});
    EXPECT_FALSE(takes("a3")) << "the pair is no longer agreed";

    write(both("listen = { offset = 24 }", "listen = { offset = 24 }\ntypes = [\"APLEN110\"]"));
    reloaded();
    EXPECT_FALSE(takes("a4")) << "nor is the type";
    write(both());
    reloaded();
    EXPECT_TRUE(takes("a5"));
}

TEST_F(Agreements, TargetAndRetryTakeEffectWithTheNextTry) {
    const auto before = world_.site().partners();
    write(both("tcp://127.0.0.1:9", "tcp://127.0.0.2:9"));
    reloaded();
    const auto after = world_.site().partners();
    EXPECT_EQ(after->find("police-tcp")->send->to, "tcp://127.0.0.2:9");
    EXPECT_EQ(before->find("police-tcp")->send->to, "tcp://127.0.0.1:9") << "a try that is under way ends as it began";
    EXPECT_EQ(after->find("disaster"), before->find("disaster")) << "who is not concerned is not disturbed";
}

TEST_F(Agreements, BadFileIsRefusedWholeAndSaysWhere) {
    const auto digest = in_force();
    write(both("service = \"disaster\"", "service = \"disaster\"\nencoding = \"latin1\"\ngrade = \"30\""));
    const auto answer = reload();
    EXPECT_EQ(answer.status, 409);
    EXPECT_NE(answer.body.find("disaster: encoding must be one of utf-8, cp949"), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find("disaster: grade must be"), std::string::npos) << answer.body;
    write("not toml [");
    EXPECT_EQ(reload().status, 409);
    write(both("networks = [\"127.0.0.0/8\"]", "ca_file = \"none.pem\""));
    EXPECT_NE(reload().body.find("send.ca_file needs an address with https:// or tls://"), std::string::npos);
    EXPECT_TRUE(takes("b1")) << "the old one stays";
    EXPECT_EQ(in_force(), digest);
    EXPECT_EQ(world_.entries_of("partners.changed"), 1U) << "what was not taken is no change";
}

TEST_F(Agreements, AReasonOfBlanksIsNone) {
    for (const auto* reason : {"", " ", "\t\n"}) {
        const auto answer = world_.ask("official", "POST", "/api/v1/partners/reload", {{"reason", reason}});
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(policy::body_of(answer).at("field").as_string(), "reason");
    }
}

TEST_F(Agreements, WhatNeedsAStartIsSaidAndNotHalfDone) {
    write(both("offset = 24", "offset = 27") + "\n[[partner]]\nkey = \"bells\"\nformat = \"wearable\"\nsender = \"W1100000000\"\n"
                                               "type = \"EBSCP110\"\nlisten = { offset = 26 }\n");
    auto answer = reload();
    EXPECT_EQ(answer.status, 409);
    EXPECT_NE(answer.body.find("disaster: listen.port and listen.offset take effect at a start only"), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find("bells: listen is a port that is bound at a start only"), std::string::npos) << answer.body;
    write(std::string(kTold));
    EXPECT_NE(reload().body.find("disaster: is gone, and its port is let go at a start only"), std::string::npos);
    EXPECT_TRUE(takes("c1"));
    world_.restart();
    EXPECT_EQ(world_.site().partners()->find("disaster"), nullptr) << "a start takes all of it";
}

TEST_F(Agreements, AreOnRecordWithWhoAndWhy) {
    EXPECT_EQ(world_.entries_of("partners.changed"), 1U) << "the first start's";
    const auto first = last_payload("partners.changed");
    EXPECT_EQ(first.at("why"), "start");
    EXPECT_EQ(first.at("added"), (json::array{"disaster", "police-tcp"}));
    write(both("tcp://127.0.0.1:9", "tcp://127.0.0.2:9"));
    const auto answer = reloaded();
    const auto entry = last_payload("partners.changed");
    EXPECT_EQ(entry.at("file"), answer.at("file"));
    EXPECT_NE(entry.at("file"), first.at("file"));
    EXPECT_EQ(entry.at("changed"), json::array{"police-tcp"});
    EXPECT_EQ(entry.at("why"), "agreed by letter");
    EXPECT_TRUE(std::string(last_actor("partners.changed")).starts_with("user:"));
    EXPECT_EQ(entry.at("digests").as_object().size(), 1U);

    reloaded();
    world_.restart();
    EXPECT_EQ(world_.entries_of("partners.changed"), 2U) << "what is in force already is no change, nor is a start with it";
    write(both());
    world_.restart();
    EXPECT_EQ(world_.entries_of("partners.changed"), 3U) << "a start with another file is";
    EXPECT_EQ(last_payload("partners.changed").at("changed"), json::array{"police-tcp"});
    EXPECT_TRUE(last_actor("partners.changed").starts_with("site:"));
}

TEST_F(Agreements, AnotherSecretIsAChangeAndNoSecretIsOnRecord) {
    const auto keyed = both("tcp://127.0.0.1:9\"", "tcp://127.0.0.1:9\", api_key_file = \"room.key\"");
    world_.disk().put("DATA/11000/room.key", "the-old-key\n");
    write(keyed);
    reloaded();
    world_.disk().put("DATA/11000/room.key", "the-new-key\n");
    EXPECT_EQ(reloaded().at("changed"), json::array{"police-tcp"});
    EXPECT_EQ(world_.site().partners()->find("police-tcp")->send->api_key, "the-new-key");
    EXPECT_EQ(json::serialize(last_payload("partners.changed")).find("key\""), std::string::npos);
    EXPECT_EQ(world_.ask("official", "GET", "/api/v1/partners").body.find("the-new-key"), std::string::npos);
}

TEST_F(Agreements, AFullDiskChangesNothing) {
    const auto digest = in_force();
    write(both("pairs = [{ send = \"DSC\"", "pairs = [{ send = \"SKT\""));
    world_.disk().disk_full(true);
    EXPECT_EQ(reload().status, 507);
    world_.disk().disk_full(false);
    EXPECT_EQ(in_force(), digest) << "nothing is in force that is not on record";
    EXPECT_TRUE(takes("d1"));
}

TEST_F(Agreements, AnOutboxOutlivesAnAgreement) {
    ASSERT_TRUE(send(call("e1")));
    const auto id = std::string(incident("e1").at("id").as_string());
    write(std::string(kDisaster));
    reloaded();
    write(both());
    reloaded();  // Once without the partner, so that it stands as new.
    auto run = world_.run(app::HttpInput{act_of(id), [](const http::Response& response) { EXPECT_EQ(response.status, 201); }});
    for (int i = 0; i < 3 && run.tries.empty(); ++i) run = world_.run(app::Tick{});
    ASSERT_EQ(run.tries.size(), 1U);

    write(std::string(kDisaster));
    reloaded();
    const outbound::Done done{run.tries[0].id, run.tries[0].partner, {outbound::Verdict::again, "this partner is told no more"}};
    world_.run(app::OutboundDone{done});
    for (int i = 0; i < 10; ++i) {
        world_.clock().advance(60s);
        EXPECT_EQ(tries(), 0U) << "there is no address";
    }
    EXPECT_EQ(items("/api/v1/deliveries?state=waiting").size(), 1U);

    write(both());
    reloaded();
    EXPECT_EQ(tries(), 1U) << "and now there is one again";
}

}  // namespace
}  // namespace bongsu::faults
