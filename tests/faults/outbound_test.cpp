// What partners are told of their incidents: queued with the act, in order, and never of a test.
#include "centre.hpp"

namespace bongsu::faults {
namespace {

constexpr std::string_view kTold = R"(
[[partner]]
key = "police-tcp"
format = "scsns-tcp"
sender = "P1100000000"
pairs = [{ send = "P1100000000", receive = "B1100000000" }]
send = { to = "tcp://127.0.0.1:9", networks = ["127.0.0.0/8"] }
retry = { first_ms = 1000, cap_ms = 8000, attempts = 5 }

[[partner]]
key = "disaster"
format = "telegram"
service = "disaster"
sender = "D1100000000"
pairs = [{ send = "DSC", receive = "UCP" }]
listen = { offset = 24 }
send = { to = "tcp://127.0.0.1:9", networks = ["127.0.0.0/8"] }
)";

class Outbound : public Centre {
  protected:
    Outbound() : Centre(kTold) {}

    void act(const std::string& number, json::object body) {
        const auto id = std::string(incident(number).at("id").as_string());
        run_ = {};
        http::Request request = policy::request_of("POST", "/api/v1/incidents/" + id + "/acts", json::serialize(body));
        request.headers["authorization"] = "Bearer " + world_.token("operator");
        int status = 0;
        run_ = world_.run(app::HttpInput{request, [&](const http::Response& response) { status = response.status; }});
        EXPECT_EQ(status, 201);
    }
    /// What the sender is told to do now: at most one try for each partner.
    std::vector<outbound::Try> tries() {
        auto out = std::move(run_.tries);
        run_ = world_.run(app::Tick{});
        for (auto& each : run_.tries) out.push_back(std::move(each));
        run_.tries.clear();
        return out;
    }
    std::vector<outbound::Try> ended(const outbound::Try& attempt, outbound::Verdict verdict, const std::string& words) {
        run_ = world_.run(app::OutboundDone{{attempt.id, attempt.partner, {verdict, words}}});
        return tries();
    }
    json::array deliveries(const std::string& query = "") { return items("/api/v1/deliveries" + query); }

    app::Outputs run_;
};

TEST_F(Outbound, EachStateOfOursGoesBackInOrder) {
    ASSERT_TRUE(send(call("o1")));
    act("o1", {{"act", "receive"}});
    auto now = tries();
    ASSERT_EQ(now.size(), 1U);
    EXPECT_EQ(now[0].message.number, "o1");
    EXPECT_EQ(now[0].message.code, "20");
    act("o1", {{"act", "dispatch"}});
    act("o1", {{"act", "dispatch"}});
    act("o1", {{"act", "note"}, {"text", "seen"}});
    act("o1", {{"act", "close"}, {"outcome", "true"}});
    EXPECT_TRUE(tries().empty()) << "one at a time for each partner";

    std::vector<std::string> codes;
    while (!now.empty()) {
        codes.push_back(now[0].message.code);
        now = ended(now[0], outbound::Verdict::accepted, "2000");
    }
    EXPECT_EQ(codes, (std::vector<std::string>{"20", "40", "91"}));
    for (const auto& each : deliveries()) EXPECT_EQ(each.at("state"), "delivered");
}

TEST_F(Outbound, ReplySaysFailButTheEventWasTaken) {
    ASSERT_TRUE(send(call("o2")));
    act("o2", {{"act", "receive"}});
    auto now = tries();
    ASSERT_EQ(now.size(), 1U);
    const auto first = now[0];
    EXPECT_TRUE(ended(first, outbound::Verdict::again, "5000 internal").empty()) << "it waits";
    world_.clock().advance(1s);
    now = tries();

    ASSERT_EQ(now.size(), 1U);
    EXPECT_EQ(now[0].id, first.id);
    EXPECT_EQ(now[0].message.state_time, first.message.state_time) << "the partner knows a repeat by number, state and time";
}

TEST_F(Outbound, PeerAcceptsAndNeverAnswers) {
    ASSERT_TRUE(send(call("o3")));
    act("o3", {{"act", "receive"}});
    world_.tell("disaster", disaster("other", "10", "N"));
    auto stuck = tries();
    ASSERT_EQ(stuck.size(), 1U);
    act("other", {{"act", "receive"}});
    const auto others = tries();
    ASSERT_EQ(others.size(), 1U) << "a silent partner holds up itself alone";
    EXPECT_EQ(others[0].partner, "disaster");
    EXPECT_EQ(others[0].message.code, "20") << "a telegram with a text says it: 40, and 접수 in the text";
    act("other", {{"act", "dispatch"}});
    EXPECT_TRUE(tries().empty());
    const auto next = ended(others[0], outbound::Verdict::accepted, "0");
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].message.code, "40");

    std::size_t tried = 1;
    for (int turn = 0; turn < 100 && !stuck.empty(); ++turn) {
        stuck = ended(stuck[0], outbound::Verdict::again, "no answer within 10000 ms");
        for (int i = 0; i < 50 && stuck.empty(); ++i) {
            world_.clock().advance(200ms);
            stuck = tries();
            std::erase_if(stuck, [](const auto& each) { return each.partner != "police-tcp"; });
        }
        tried += stuck.size();
    }

    EXPECT_EQ(tried, 5U) << "retry.attempts";
    EXPECT_EQ(deliveries("?state=failed").size(), 1U);
    EXPECT_EQ(deliveries("?state=failed").at(0).at("why"), "no answer within 10000 ms");
    const auto metrics = world_.ask("anonymous", "GET", "/metrics").body;
    EXPECT_NE(metrics.find("bongsu_outbound_failed 1"), std::string::npos);
}

TEST_F(Outbound, ADeadLetterIsSentAgainByAPerson) {
    ASSERT_TRUE(send(call("o4")));
    act("o4", {{"act", "receive"}});
    const auto first = tries();
    ASSERT_EQ(first.size(), 1U);
    ended(first[0], outbound::Verdict::refused, "4102 ocrSts");
    const auto path = "/api/v1/deliveries/" + first[0].id + "/retry";

    EXPECT_EQ(world_.ask("operator", "POST", path, {{"reason", ""}}).status, 400);
    EXPECT_EQ(world_.ask("operator", "POST", path, {{"reason", "they mended it"}}).status, 200);
    EXPECT_EQ(world_.ask("operator", "POST", path, {{"reason", "again"}}).status, 409);
    EXPECT_EQ(deliveries("?state=waiting").size(), 1U);
    EXPECT_EQ(last_payload("outbound.requeued").at("why"), "they mended it");
}

TEST_F(Outbound, ATestIsSimulatedAndCannotLeave) {
    world_.tell("disaster", disaster("drill", "10", "Y"));
    act("drill", {{"act", "receive"}});
    act("drill", {{"act", "dispatch"}});
    act("drill", {{"act", "close"}, {"outcome", "drill"}});
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(tries().empty());
        world_.clock().advance(10s);
    }

    const auto shown = deliveries();
    ASSERT_EQ(shown.size(), 3U);
    for (const auto& each : shown) {
        EXPECT_EQ(each.at("state"), "simulated");
        EXPECT_EQ(each.at("why"), "SIMULATED, not sent");
        EXPECT_EQ(world_.ask("operator", "POST", "/api/v1/deliveries/" + std::string(each.at("id").as_string()) + "/retry",
                             {{"reason", "send it"}})
                      .status,
                  409);
    }
    EXPECT_TRUE(tries().empty());
}

TEST_F(Outbound, WhatTheSenderItselfChangedIsNotEchoed) {
    ASSERT_TRUE(send(call("o5")));
    ASSERT_TRUE(send(call("o5", "91")));

    EXPECT_TRUE(deliveries().empty());
}

TEST_F(Outbound, ADeathLosesNothing) {
    ASSERT_TRUE(send(call("o6")));
    act("o6", {{"act", "receive"}});
    ASSERT_EQ(tries().size(), 1U);

    world_.restart();  // Before the partner's answer came.

    run_ = world_.run(app::Tick{});
    ASSERT_EQ(run_.tries.size(), 1U) << "at least once; the partner knows a repeat";
    EXPECT_EQ(run_.tries[0].message.code, "20");
}

TEST_F(Outbound, AFullDiskBeginsNoSecondTryBesideOneThatIsUnderWay) {
    ASSERT_TRUE(send(call("o8")));
    act("o8", {{"act", "receive"}});
    const auto first = tries();
    ASSERT_EQ(first.size(), 1U);
    world_.disk().disk_full(true);
    EXPECT_FALSE(send(call("o9"))) << "its batch is lost";
    world_.disk().disk_full(false);
    EXPECT_TRUE(tries().empty()) << "the first is on its way to the partner";

    world_.disk().disk_full(true);
    EXPECT_TRUE(ended(first[0], outbound::Verdict::again, "no answer").empty());
    world_.disk().disk_full(false);
    EXPECT_TRUE(tries().empty()) << "its wait holds, although its end is not on record";
    world_.clock().advance(5s);  // The wait, and until the site looks again whether it can write.
    const auto second = tries();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].id, first[0].id);
}

TEST_F(Outbound, WhatALostBatchWasToBeginBeginsWithTheNext) {
    ASSERT_TRUE(send(call("o10")));
    act("o10", {{"act", "receive"}});
    const auto first = tries();
    ASSERT_EQ(first.size(), 1U);
    act("o10", {{"act", "dispatch"}});
    world_.disk().disk_full(true);
    EXPECT_TRUE(ended(first[0], outbound::Verdict::accepted, "2000").empty()) << "its end could not be kept, nor could the next one's";
    for (int i = 0; i < 20; ++i) {
        world_.clock().advance(1s);
        EXPECT_TRUE(tries().empty()) << "the partner is told nothing a second time while the disk is full";
    }
    world_.disk().disk_full(false);
    world_.clock().advance(5s);
    const auto again = tries();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_TRUE(tries().empty()) << "one at a time";
    EXPECT_EQ(again[0].id, first[0].id) << "its end is not on record: the partner knows a repeat";
}

TEST_F(Outbound, ASecondEndOfOneTryChangesNothing) {
    ASSERT_TRUE(send(call("o7")));
    EXPECT_EQ(incident("o7").at("state"), "new");
    act("o7", {{"act", "receive"}});
    const auto now = tries();
    ASSERT_EQ(now.size(), 1U);
    EXPECT_TRUE(ended(now[0], outbound::Verdict::accepted, "2000").empty());
    EXPECT_EQ(deliveries("?state=delivered").size(), 1U);
    run_ = world_.run(app::OutboundDone{{now[0].id, now[0].partner, {outbound::Verdict::accepted, "2000"}}});
    EXPECT_EQ(world_.entries_of("outbound.delivered"), 1U) << "a second end of one try changes nothing";
}

}  // namespace
}  // namespace bongsu::faults
