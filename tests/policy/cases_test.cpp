// Whom an incident waits for, what has to be done about it, what is held, and reports that are one case: at the API.
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "drill/drill.hpp"
#include "grant/read.hpp"
#include "incident/fold.hpp"
#include "sop/verbs.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

constexpr std::string_view kRows = R"([[join]]
key = "112-119"
agencies = []
types = ["112UC001", "119UC001"]
with = ["112UC001", "119UC001"]
window_s = 300
radius_m = 50
)";

class CasesTest : public testing::Test {
  protected:
    json::object read(const std::string& path, std::string_view caller = "supervisor") { return body_of(world.ask(caller, "GET", path)); }
    json::object incident(const std::string& which) { return read("/api/v1/incidents/" + which); }
    http::Response act(std::string_view caller, const std::string& which, json::object body) { return world.ask(caller, "POST", "/api/v1/incidents/" + which + "/acts", body); }
    http::Response step(const std::string& which, json::object body, std::string_view caller = "operator") {
        return world.ask(caller, "POST", "/api/v1/incidents/" + which + "/procedure/steps", body);
    }
    json::object procedure(const std::string& which) { return read("/api/v1/incidents/" + which + "/procedure"); }
    std::string step_now(const std::string& which) {
        const auto now = procedure(which);
        return now.at("current").is_null() ? "" : std::string(now.at("current").as_string());
    }
    /// The centre's clocks go on, and what they ask for is done.
    void wait(std::chrono::seconds time) {
        world.clock().advance(time);
        world.run(app::Tick{});
    }
    std::size_t alarms(const std::string& rule, std::string_view caller = "supervisor") {
        std::size_t count = 0;
        const auto list = read("/api/v1/alarms", caller);
        for (const auto& item : list.at("items").as_array()) count += item.at("rule") == rule.c_str() && item.at("active").as_bool() ? 1 : 0;
        return count;
    }
    /// Of an agency's own program.
    std::string sends(const std::string& number, const std::string& type, json::array position, json::object more = {}, std::string_view caller = "room119") {
        json::object event{{"id", number}, {"source", "room"}, {"type", type}, {"grade", "10"}, {"time", to_rfc3339(world.clock().wall())}, {"position", std::move(position)}, {"text", "words of " + number}, {"revision", ++revision_}};
        for (auto& [name, value] : more) event[name] = value;
        const auto answer = world.ask(caller, "POST", "/api/v1/events", event);
        EXPECT_LT(answer.status, 300) << answer.body;
        const auto body = body_of(answer);
        return body.contains("incident") && body.at("incident").is_string() ? std::string(body.at("incident").as_string()) : std::string();
    }
    std::vector<grant::Grant> live(const std::string& which) { return grant::live_grants_of_incident(world.site().book().db(), {which}, world.clock().wall()).value(); }

    std::int64_t revision_ = 0;
    World world{{}, app::kDemonstrationArea, kRows};
    std::string id = world.own_live.incident;
};

TEST_F(CasesTest, WhatNobodyReceivesCallsThoseAbove) {
    const auto lonely = sends("L1", "119UC001", {126.99, 37.57});
    wait(10s);
    EXPECT_EQ(incident(lonely).at("escalation"), 0);
    wait(25s);
    EXPECT_EQ(incident(lonely).at("escalation"), 1);
    EXPECT_GE(alarms("incident.not-received", "operator"), 1U);
    EXPECT_GE(alarms("incident.not-received", "police"), 1U);
    EXPECT_EQ(alarms("incident.unattended"), 0U);
    wait(70s);
    EXPECT_EQ(incident(lonely).at("escalation"), 2);
    EXPECT_GE(alarms("incident.unattended"), 1U);
    // One entry a level, however often somebody looks.
    const auto before = world.entries_of("incident.escalated");
    wait(5s);
    EXPECT_EQ(world.entries_of("incident.escalated"), before);
    const auto fresh = read("/api/v1/incidents?state=new");
    for (const auto& item : fresh.at("items").as_array())
        act("operator", std::string(item.at("id").as_string()), {{"act", "receive"}});
    wait(5s);
    EXPECT_EQ(alarms("incident.not-received", "operator"), 0U);
    EXPECT_EQ(alarms("incident.unattended"), 0U);
}

TEST_F(CasesTest, AFloodIsANumber) {
    for (int i = 0; i < 60; ++i) sends("Q" + std::to_string(i), "119UC001", {126.9 + 0.01 * i, 37.5});
    wait(40s);
    EXPECT_LE(alarms("incident.not-received", "operator"), 21U) << "twenty by name, the rest together";
    EXPECT_GE(world.entries_of("incident.escalated"), 60U) << "and each is on record";
}

TEST_F(CasesTest, WhoLeavesTheSeatLeavesTheIncidentToTheOthers) {
    ASSERT_EQ(act("operator", id, {{"act", "receive"}}).status, 201);
    EXPECT_EQ(incident(id).at("owner"), world.user("operator").value.c_str());
    wait(5s);
    EXPECT_EQ(alarms("incident.without-owner"), 0U);
    EXPECT_EQ(act("police", id, {{"act", "hand_over"}, {"person", world.user("supervisor").value}}).status, 201);
    EXPECT_EQ(act("supervisor", id, {{"act", "hand_over"}, {"person", world.user("operator").value}}).status, 201);
    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/seat").status, 200);
    wait(2s);
    EXPECT_EQ(alarms("incident.without-owner"), 0U) << "for a moment nobody is gone";
    wait(65s);
    EXPECT_EQ(alarms("incident.without-owner"), 1U);
    const auto refused = act("supervisor", id, {{"act", "hand_over"}, {"person", world.user("operator").value}});
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_EQ(act("police", id, {{"act", "take_over"}}).status, 201);
    wait(2s);
    EXPECT_EQ(alarms("incident.without-owner"), 0U);
}

TEST_F(CasesTest, ThePoliceOfficerCommandsAndEverySeatSeesIt) {
    EXPECT_EQ(act("operator", id, {{"act", "command"}}).status, 403);
    ASSERT_EQ(act("police", id, {{"act", "command"}}).status, 201);
    EXPECT_EQ(read("/api/v1/incidents/" + id, "operator").at("commander"), world.user("police").value.c_str());
    EXPECT_EQ(incident(id).at("state"), "received");
    ASSERT_EQ(act("police", id, {{"act", "yield_command"}}).status, 201);
    EXPECT_TRUE(incident(id).at("commander").is_null());
}

TEST_F(CasesTest, AProcedureBeginsWithReceivingAndIsTakenStepByStep) {
    EXPECT_EQ(world.ask("operator", "GET", "/api/v1/incidents/" + id + "/procedure").status, 404);
    EXPECT_EQ(step(id, {{"step", "look"}, {"answer", "seen"}}).status, 409) << "receive it first";
    ASSERT_EQ(act("operator", id, {{"act", "receive"}}).status, 201);
    EXPECT_EQ(procedure(id).at("sop"), "112-emergency");
    EXPECT_EQ(step_now(id), "look");
    EXPECT_EQ(body_of(step(id, {{"step", "hold"}})).at("type"), "/problems/not_current");
    EXPECT_EQ(body_of(step(id, {{"step", "look"}})).at("field"), "answer");
    EXPECT_EQ(body_of(step(id, {{"step", "look"}, {"skip", "yes"}})).at("field"), "skip");
    ASSERT_EQ(step(id, {{"step", "look"}, {"answer", "seen"}}).status, 201);
    EXPECT_EQ(incident(id).at("state"), "acting") << "something was done";
    EXPECT_EQ(body_of(step(id, {{"step", "describe"}, {"skip", true}})).at("field"), "reason");
    ASSERT_EQ(step(id, {{"step", "describe"}, {"skip", true}, {"reason", "너무 멀다"}}).status, 201);
    EXPECT_EQ(step_now(id), "tell-112");
    bool told = false;
    const auto list = read("/api/v1/alarms");
    for (const auto& item : list.at("items").as_array()) told = told || item.at("rule") == "sop.step-skipped";
    EXPECT_TRUE(told) << "the supervisor hears of it";
    for (const auto* caller : {"room112", "room119"}) EXPECT_EQ(world.ask(caller, "GET", "/api/v1/incidents/" + id + "/procedure").status, 403) << caller;
}

TEST_F(CasesTest, AnActThatIsTheStepTakesItAndTheStepIsTheAct) {
    ASSERT_EQ(act("operator", id, {{"act", "receive"}}).status, 201);
    ASSERT_EQ(step(id, {{"step", "look"}, {"answer", "seen"}}).status, 201);
    ASSERT_EQ(step(id, {{"step", "describe"}}).status, 201);
    ASSERT_EQ(act("operator", id, {{"act", "notify_112"}}).status, 201);
    EXPECT_EQ(step_now(id), "hold");
    // Nobody answers, and it is seen how long; then somebody does.
    wait(121s);
    EXPECT_EQ(alarms("sop.silent", "operator"), 1U);
    EXPECT_TRUE(procedure(id).at("told").at(0).at("silent").as_bool());
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/incidents/" + id + "/procedure/acks", {{"step", "tell-112"}}).status, 201);
    EXPECT_EQ(world.ask("operator", "POST", "/api/v1/incidents/" + id + "/procedure/acks", {{"step", "tell-112"}}).status, 409);
    wait(2s);
    EXPECT_EQ(alarms("sop.silent", "operator"), 0U);

    ASSERT_EQ(step(id, {{"step", "hold"}}).status, 201);
    EXPECT_EQ(step_now(id), "");
    EXPECT_EQ(world.entries_of("hold.ordered"), 1U) << "the step held the video";
}

TEST_F(CasesTest, ClosingWaitsForTheStepThatGatesItUnlessItWasNothing) {
    const auto missing = [&](const std::string& number) {
        const auto found = sends(number, "WPSSF110", {127.06, 37.56});
        EXPECT_EQ(act("operator", found, {{"act", "receive"}}).status, 201);
        return found;
    };
    const auto person = missing("W1");
    const auto refused = act("operator", person, {{"act", "close"}, {"outcome", "true"}});
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(body_of(refused).at("type"), "/problems/sop_gate");
    for (json::object one : {json::object{{"step", "person"}}, {{"step", "tell-112"}}, {{"step", "trail"}, {"answer", "found"}}, {{"step", "hand-over"}}})
        ASSERT_EQ(step(person, one).status, 201) << json::serialize(one);
    EXPECT_EQ(act("operator", person, {{"act", "close"}, {"outcome", "true"}}).status, 201);
    EXPECT_EQ(step(person, {{"step", "person"}}).status, 409) << "it is over";
    const auto nobody = missing("W2");
    EXPECT_EQ(act("operator", nobody, {{"act", "close"}, {"outcome", "false"}}).status, 201);
}

TEST_F(CasesTest, OneKeyHoldsTheVideoUntilHalfAnHourAfterTheEnd) {
    ASSERT_EQ(act("operator", id, {{"act", "receive"}}).status, 201);
    ASSERT_EQ(act("operator", id, {{"act", "request_hold"}}).status, 201);
    ASSERT_EQ(act("operator", id, {{"act", "request_hold"}}).status, 201) << "twice is no fault";
    EXPECT_EQ(world.entries_of("hold.ordered"), 1U);
    json::object hold = read("/api/v1/holds?incident=" + id).at("items").at(0).as_object();
    EXPECT_FALSE(hold.at("cameras").as_array().empty());
    EXPECT_TRUE(hold.at("to").is_null());
    EXPECT_FALSE(hold.at("kept").as_bool()) << "there is no recorder, and it says so";
    ASSERT_EQ(act("operator", id, {{"act", "close"}, {"outcome", "false"}}).status, 201);
    hold = read("/api/v1/holds?incident=" + id).at("items").at(0).as_object();
    EXPECT_TRUE(hold.at("to").is_string());
    const std::string order(hold.at("id").as_string());
    EXPECT_EQ(world.ask("operator", "POST", "/api/v1/holds/" + order + "/end", {{"reason", "x"}}).status, 403);
    EXPECT_EQ(body_of(world.ask("official", "POST", "/api/v1/holds/" + order + "/end", {{"reason", " "}})).at("field"), "reason");
    EXPECT_EQ(world.ask("official", "POST", "/api/v1/holds/" + order + "/end", {{"reason", "공문 1호"}}).status, 200);
    EXPECT_TRUE(read("/api/v1/holds?state=standing").at("items").as_array().empty());
    EXPECT_EQ(body_of(world.ask("official", "GET", "/api/v1/holds?state=all")).at("field"), "state");
}

TEST_F(CasesTest, TheSameCaseFromTwoServicesIsOneWithAGrantEach) {
    const json::array place{127.02, 37.53};
    const auto first = sends("N9", "112UC001", place, {}, "room112");
    const auto second = sends("F9", "119UC001", place);
    EXPECT_EQ(second, first);
    EXPECT_EQ(incident(first).at("reports"), 2);
    EXPECT_EQ(read("/api/v1/incidents/" + first + "/reports").at("items").as_array().size(), 2U);
    const auto of = [&](const std::string& agency) {
        std::size_t count = 0;
        for (const auto& grant : live(first)) count += grant.holder.agency && grant.holder.agency->value.starts_with(agency) ? 1 : 0;
        return count;
    };
    EXPECT_EQ(of("P"), 1U);
    const auto centre = of("B") + of("S");
    // Each sees its own words alone.
    EXPECT_EQ(world.ask("room119", "GET", "/api/v1/incidents/" + first).body.find("words of N9"), std::string::npos);
    EXPECT_NE(world.ask("room119", "GET", "/api/v1/incidents/" + first).body.find("words of F9"), std::string::npos);
    EXPECT_EQ(world.ask("room112", "GET", "/api/v1/incidents/" + first).body.find("words of F9"), std::string::npos);
    // 112 ends its part: its picture goes, the incident does not.
    world.clock().advance(1s);
    sends("N9", "112UC001", place, {{"state", "91"}}, "room112");
    EXPECT_EQ(of("P"), 0U);
    EXPECT_EQ(of("B") + of("S"), centre) << "the others look on";
    EXPECT_EQ(incident(first).at("state"), "new");
    world.clock().advance(1s);
    sends("F9", "119UC001", place, {{"state", "91"}});
    EXPECT_EQ(incident(first).at("state"), "closed");
    EXPECT_TRUE(live(first).empty());
}

TEST_F(CasesTest, MergedByAPersonNobodyGoesDarkAndTakenOutItStandsForItself) {
    const auto one = sends("N1x", "112UC001", {127.05, 37.55}, {}, "room112");
    const auto two = sends("F1x", "119UC001", {127.0515, 37.55});
    ASSERT_NE(one, two) << "130 m";
    const json::array near = read("/api/v1/incidents/" + one + "/near").at("items").as_array();
    ASSERT_EQ(near.size(), 1U);
    EXPECT_EQ(near[0].at("id"), two.c_str());
    const auto grants = live(two);
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/incidents/" + one + "/merge", {{"other", two}, {"text", "같은 불"}}).status, 200);
    EXPECT_EQ(incident(two).at("mergedInto"), one.c_str());
    EXPECT_EQ(incident(two).at("state"), "closed");
    for (const auto& grant : grants) {
        const auto now = grant::find_grant(world.site().book().db(), grant.id).value();
        EXPECT_FALSE(now.ended_at);
        EXPECT_EQ(now.incident.value, one);
    }
    const auto event = std::string(read("/api/v1/incidents/" + one + "/reports").at("items").at(1).at("event").as_string());
    EXPECT_EQ(world.ask("room112", "POST", "/api/v1/incidents/" + one + "/split", {{"event", event}}).status, 403);
    const auto made = world.ask("police", "POST", "/api/v1/incidents/" + one + "/split", {{"event", event}});
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string third(body_of(made).at("id").as_string());
    EXPECT_EQ(incident(third).at("owner"), world.user("police").value.c_str());
    EXPECT_EQ(incident(third).at("text"), "words of F1x");
    EXPECT_FALSE(live(third).empty());
    EXPECT_EQ(incident(one).at("reports"), 1);
    EXPECT_EQ(world.ask("operator", "POST", "/api/v1/incidents/" + one + "/merge", {{"other", two}}).status, 409) << "that one is over";
}

TEST_F(CasesTest, WhatAPersonEndedStaysEndedWhereverTheCaseGoes) {
    const json::array place{127.02, 37.53};
    const auto first = sends("F8", "119UC001", place);
    ASSERT_EQ(sends("N8", "112UC001", place, {}, "room112"), first);
    std::string police;
    for (const auto& grant : live(first)) {
        if (grant.holder.agency && grant.holder.agency->value.starts_with("P")) police = grant.id.value;
    }
    ASSERT_FALSE(police.empty());
    ASSERT_EQ(world.ask("supervisor", "DELETE", "/api/v1/grants/" + police, {{"reason", "잘못된 요청"}}).status, 200);
    const auto reports = read("/api/v1/incidents/" + first + "/reports");
    const std::string event(reports.at("items").at(1).at("event").as_string());
    const auto made = world.ask("operator", "POST", "/api/v1/incidents/" + first + "/split", {{"event", event}});
    ASSERT_EQ(made.status, 201) << made.body;
    for (const auto& grant : live(std::string(body_of(made).at("id").as_string()))) EXPECT_FALSE(grant.holder.agency->value.starts_with("P"));
}

TEST_F(CasesTest, AMergedIncidentsWordsStayWhileTheCaseGoesOn) {
    const auto one = sends("N7", "112UC001", {127.07, 37.57}, {}, "room112");
    const auto two = sends("F7", "119UC001", {127.0715, 37.57});
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/incidents/" + one + "/merge", {{"other", two}}).status, 200);
    const auto erase = [&] { return world.ask("official", "POST", "/api/v1/journal/erasures", {{"reason", "requested"}, {"basis", "개인정보 보호법 제36조"}, {"incident", two}}).status; };
    EXPECT_EQ(erase(), 409);
    ASSERT_EQ(act("operator", one, {{"act", "close"}, {"outcome", "false"}}).status, 201);
    EXPECT_EQ(erase(), 201);
}

TEST_F(CasesTest, ARecordedIncidentIsADrillForAnotherCrewBesideARealCase) {
    const json::array place{127.03, 37.54};
    const auto recorded = sends("R1", "119UC001", place);
    wait(60s);
    sends("R1", "119UC001", place, {{"state", "40"}, {"text", "the smoke grows"}});
    wait(60s);
    sends("R1", "119UC001", place, {{"state", "91"}});
    const auto before = world.entries_of("grant.issued");
    EXPECT_EQ(world.ask("operator", "POST", "/api/v1/drills", {{"incident", recorded}}).status, 403);
    EXPECT_EQ(body_of(world.ask("official", "POST", "/api/v1/drills", {{"incident", recorded}, {"speed", 0}})).at("field"), "speed");
    EXPECT_EQ(world.ask("official", "POST", "/api/v1/drills", {{"incident", std::string(kUnknownId)}}).status, 404);
    const auto begun = world.ask("official", "POST", "/api/v1/drills", {{"incident", recorded}, {"speed", 10}});
    ASSERT_EQ(begun.status, 201) << begun.body;
    const std::string drill(body_of(begun).at("id").as_string());
    wait(1s);
    const auto now = [&]() -> json::object { return read("/api/v1/drills").at("items").at(0).as_object(); };
    ASSERT_EQ(now().at("told"), 1) << json::serialize(now());
    const std::string practised(now().at("incidents").at(0).as_string());
    EXPECT_NE(practised, recorded);
    EXPECT_TRUE(incident(practised).at("test").as_bool());
    EXPECT_EQ(incident(practised).at("text"), "words of R1");
    // A real call at the same place is a case of its own, and nothing of the drill gets out.
    const auto real = sends("R2", "112UC001", place, {}, "room112");
    EXPECT_NE(real, practised);
    EXPECT_FALSE(incident(real).at("test").as_bool());
    EXPECT_TRUE(live(practised).empty());
    ASSERT_EQ(act("operator", practised, {{"act", "receive"}}).status, 201);
    EXPECT_EQ(world.entries_of("outbound.queued"), 0U);
    wait(7s);
    EXPECT_EQ(incident(practised).at("text"), "the smoke grows");
    wait(7s);
    EXPECT_EQ(incident(practised).at("state"), "closed");
    EXPECT_EQ(now().at("reason"), "told");
    const auto standing = read("/api/v1/alarms", "operator");
    for (const auto& item : standing.at("items").as_array()) EXPECT_NE(item.at("source"), ("incident:" + practised).c_str());
    EXPECT_GT(world.entries_of("grant.issued"), before) << "of the real one";
    EXPECT_EQ(world.ask("official", "POST", "/api/v1/drills/" + drill + "/stop").status, 409);
}

TEST_F(CasesTest, AStoppedDrillLeavesNothingOpen) {
    const json::array place{127.03, 37.54};
    const auto recorded = sends("R5", "119UC001", place);
    wait(60s);
    sends("R5", "119UC001", place, {{"state", "40"}});
    wait(60s);
    sends("R5", "119UC001", place, {{"state", "91"}});
    const std::string drill(body_of(world.ask("supervisor", "POST", "/api/v1/drills", {{"incident", recorded}})).at("id").as_string());
    wait(1s);
    wait(61s);
    const json::object now = read("/api/v1/drills").at("items").at(0).as_object();
    EXPECT_EQ(now.at("told"), 2);
    const std::string practised(now.at("incidents").at(0).as_string());
    EXPECT_EQ(incident(practised).at("state"), "new");
    ASSERT_EQ(world.ask("supervisor", "POST", "/api/v1/drills/" + drill + "/stop").status, 200);
    EXPECT_EQ(incident(practised).at("state"), "cancelled");
    wait(120s);
    EXPECT_EQ(read("/api/v1/drills").at("items").at(0).at("told"), 2);
}

TEST_F(CasesTest, ADrillGoesOnAfterARestart) {
    const auto recorded = sends("R6", "119UC001", {127.03, 37.54});
    wait(60s);
    sends("R6", "119UC001", {127.03, 37.54}, {{"state", "91"}});
    const std::string drill(body_of(world.ask("supervisor", "POST", "/api/v1/drills", {{"incident", recorded}})).at("id").as_string());
    wait(1s);
    world.restart();
    wait(61s);
    const auto now = drill::find(world.site().book().db(), drill).value();
    EXPECT_EQ(now.told, 2);
    EXPECT_EQ(now.reason, "told");
    EXPECT_EQ(incident::get(world.site().book().db(), now.incidents.at(0))->state, incident::State::closed);
}

TEST_F(CasesTest, ItAllStandsAfterARestart) {
    ASSERT_EQ(act("operator", id, {{"act", "receive"}}).status, 201);
    ASSERT_EQ(step(id, {{"step", "look"}, {"answer", "seen"}}).status, 201);
    const auto published = world.entries_of("sop.published");
    world.restart();
    const auto run = sop::run_of(world.site().book().db(), {id}).value();
    ASSERT_TRUE(run);
    EXPECT_EQ(run->progress.current->key, "describe");
    EXPECT_EQ(world.entries_of("sop.published"), published) << "a text is put on record once";
}

}  // namespace
}  // namespace bongsu::policy
