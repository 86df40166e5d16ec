// Alarms as the seats see them: raised and cleared by what holds, answered by people.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

class AlarmsTest : public testing::Test {
  protected:
    /// Nothing that waits for somebody has an alarm of its own here.
    void SetUp() override {
        for (const auto& one : {world.own_live, world.none, world.others_live})
            ASSERT_EQ(world.ask("operator", "POST", "/api/v1/incidents/" + one.incident + "/acts", {{"act", "close"}, {"outcome", "false"}}).status, 201);
    }
    /// Enough for anything that has to last.
    void let_pass(std::chrono::seconds time = 11s) {
        world.run(app::Tick{});
        world.clock().advance(time);
        world.run(app::Tick{});
    }
    json::array alarms(std::string_view caller) {
        const auto body = body_of(world.ask(caller, "GET", "/api/v1/alarms"));
        return body.at("items").as_array();
    }
    /// Of a rule, as the caller sees it; empty for none.
    json::object alarm(std::string_view caller, std::string_view rule) {
        for (const auto& item : alarms(caller)) {
            if (item.at("rule").as_string() == rule) return item.as_object();
        }
        return {};
    }
    static std::string path_of(const json::object& alarm, std::string_view verb) { return "/api/v1/alarms/" + std::string(alarm.at("id").as_string()) + "/" + std::string(verb); }

    World world;
};

TEST_F(AlarmsTest, AShiftWithoutItsPoliceOfficerIsAnAlarmUntilOneComes) {
    let_pass();
    EXPECT_TRUE(alarm("supervisor", "duty.police-missing").empty());
    ASSERT_EQ(world.ask("police", "DELETE", "/api/v1/duty/seat").status, 200);

    let_pass();

    const auto missing = alarm("supervisor", "duty.police-missing");
    ASSERT_FALSE(missing.empty());
    EXPECT_EQ(missing.at("source"), "shift:2026-09-21-night");
    EXPECT_EQ(missing.at("detail"), "0/1");
    EXPECT_EQ(missing.at("priority"), 1);
    EXPECT_TRUE(missing.at("calls").as_bool());
    EXPECT_EQ(missing.at("name").at("en"), "No police officer on this shift");
    EXPECT_TRUE(alarm("operator", "duty.police-missing").empty()) << "another role's";
    let_pass();
    EXPECT_EQ(world.entries_of("alarm.activated"), 2U) << "told once however long it holds; the operators are one short, too";

    ASSERT_EQ(world.ask("police", "POST", "/api/v1/duty/seat").status, 201);
    let_pass();
    EXPECT_TRUE(alarm("supervisor", "duty.police-missing").empty()) << "its cause is over, and nobody cleared it by hand";
    ASSERT_EQ(world.ask("police", "POST", "/api/v1/duty/break").status, 200);
    let_pass();
    EXPECT_TRUE(alarm("supervisor", "duty.police-missing").empty()) << "a break is no absence";
}

TEST_F(AlarmsTest, NobodyIsMissedBeforeTheyAreLateAndTheShiftBeforeIsNoLongerAsked) {
    let_pass();
    ASSERT_FALSE(alarm("supervisor", "duty.operators-missing").empty());
    world.clock().advance(7h + 50min);  // 07:03 of the day shift, to which nobody has come.

    let_pass();
    world.log_in_again("supervisor");
    EXPECT_TRUE(alarms("supervisor").empty());
    world.clock().advance(8min);
    let_pass();

    EXPECT_EQ(alarm("supervisor", "duty.police-missing").at("source"), "shift:2026-09-22-day");
}

TEST_F(AlarmsTest, AnAlarmIsAcknowledgedOnceByWhoseSeatItIs) {
    let_pass();
    const auto short_of = alarm("supervisor", "duty.operators-missing");
    ASSERT_FALSE(short_of.empty());
    EXPECT_EQ(world.ask("operator", "POST", path_of(short_of, "ack")).status, 403);

    const auto answer = world.ask("supervisor", "POST", path_of(short_of, "ack"));

    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_FALSE(body_of(answer).at("calls").as_bool());
    EXPECT_EQ(body_of(answer).at("ackedBy"), ("user:" + world.user("supervisor").value).c_str());
    EXPECT_EQ(world.ask("official", "POST", path_of(short_of, "ack")).status, 409);
    EXPECT_EQ(world.ask("official", "POST", path_of(short_of, "shelve"), {{"reason", "tired of it"}}).status, 409) << "an urgent one is not put away";
    EXPECT_FALSE(alarm("official", "duty.operators-missing").empty()) << "it holds, so it stands";
}

TEST_F(AlarmsTest, HowManyThereWereStandsBesideTheFigures) {
    let_pass();
    const auto load = body_of(world.ask("supervisor", "GET", "/api/v1/alarms/load"));
    EXPECT_EQ(load.at("role"), "supervisor");
    EXPECT_EQ(load.at("total"), 1);
    EXPECT_EQ(json::serialize(load.at("byPriority")), "[1,0,0]");
    auto of_operators = request_of("GET", "/api/v1/alarms/load");
    of_operators.query["role"] = "operator";
    EXPECT_EQ(body_of(world.ask("official", of_operators)).at("total"), 0);
    for (const auto& [name, value] : {std::pair("role", "guard"), std::pair("from", "yesterday"), std::pair("to", "2026-09-21"), std::pair("from", "2026-01-01T00:00:00Z")}) {
        auto request = request_of("GET", "/api/v1/alarms/load");
        request.query[name] = value;
        const auto answer = world.ask("official", request);
        EXPECT_EQ(answer.status, 400) << name;
        EXPECT_NE(answer.body.find("\"field\":\"" + std::string(name) + "\""), std::string::npos) << answer.body;
    }
}

TEST_F(AlarmsTest, DesksHearThatSomethingChanged) {
    world.run(app::Tick{});
    ASSERT_EQ(world.ask("police", "DELETE", "/api/v1/duty/seat").status, 200);
    world.clock().advance(2s);

    const auto out = world.run(app::Tick{});

    const auto told = std::count_if(out.published.begin(), out.published.end(), [](const auto& one) { return one.kind == "alarms"; });
    EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace bongsu::policy
