// A shift as its crew and its planners see it: through the API alone.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>
#include <set>

#include "duty/roster.hpp"
#include "duty/rules.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

/// The world's clock stands at 23:13 in Seoul: the night shift of 21 September 2026.
const std::string kTonight = "2026-09-21-night";

class DutyTest : public testing::Test {
  protected:
    json::object now(std::string_view caller = "operator") { return body_of(world.ask(caller, "GET", "/api/v1/duty")); }
    json::object me(std::string_view caller) { return now(caller).at("me").as_object(); }
    json::object tonight() { return body_of(world.ask("official", "GET", "/api/v1/duty/shifts/" + kTonight)); }
    /// Of a role: how many are needed, how many are there.
    static std::pair<std::int64_t, std::int64_t> need(const json::object& of, std::string_view role) {
        for (const auto& item : of.at("needs").as_array()) {
            if (item.at("role").as_string() == role) return {item.at("needed").as_int64(), item.at("there").as_int64()};
        }
        return {};
    }
    static json::object seat(const json::object& duty, std::string_view key) {
        for (const auto& item : duty.at("seats").as_array()) {
            if (item.at("key").as_string() == key) return item.as_object();
        }
        return {};
    }
    http::Response put_crew(const std::string& crew, json::array members, std::string_view caller = "official") {
        return world.ask(caller, "PUT", "/api/v1/duty/crews/" + crew, {{"members", std::move(members)}});
    }
    json::object member(std::string_view caller, const std::string& at = "") {
        json::object out{{"user", world.user(caller).value}};
        if (!at.empty()) out["seat"] = at;
        return out;
    }
    static std::string code(const http::Response& answer) { return std::string(body_of(answer).at("type").as_string()); }
    std::string running_crew() { return std::string(now().at("shift").at("crew").as_string()); }

    World world;
};

TEST_F(DutyTest, WhoLogsInAndIsExpectedSitsAtASeat) {
    const auto duty = now();
    EXPECT_EQ(duty.at("shift").at("id"), kTonight.c_str());
    EXPECT_EQ(seat(duty, "op-1").at("taken").at("user"), world.user("operator").value.c_str());
    EXPECT_EQ(seat(duty, "op-1").at("taken").at("source"), "login");
    EXPECT_EQ(seat(duty, "op-1").at("taken").at("name").at("ko"), "시험");
    EXPECT_TRUE(seat(duty, "op-2").at("taken").is_null());
    EXPECT_EQ(need(duty, "police"), std::pair(std::int64_t{1}, std::int64_t{1}));
    EXPECT_EQ(need(duty, "operator"), std::pair(std::int64_t{2}, std::int64_t{1}));
    EXPECT_TRUE(me("operator").at("onDuty").as_bool());
    EXPECT_EQ(me("police").at("seat"), "police");
    EXPECT_FALSE(me("official").at("onDuty").as_bool());
    EXPECT_TRUE(me("official").at("expected").is_null());
    EXPECT_EQ(world.entries_of("duty.clocked_in"), 3U);
}

TEST_F(DutyTest, WhoIsOnNoRosterLogsInAndSitsNowhere) {
    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/seat").status, 200);
    ASSERT_EQ(put_crew(running_crew(), {member("police"), member("supervisor")}).status, 200);

    world.log_in_again("operator");

    EXPECT_TRUE(me("operator").at("seat").is_null());
    EXPECT_TRUE(me("operator").at("expected").is_null());
    const auto refused = world.ask("operator", "POST", "/api/v1/duty/seat");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code(refused), "/problems/not_on_roster");
}

TEST_F(DutyTest, ASeatIsLeftByTheLastLogoutAndTakenAgainWithoutBeingLate) {
    const auto second = world.token("operator");
    world.log_in_again("operator");
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/logout").status, 204);
    auto other = request_of("GET", "/api/v1/duty");
    other.headers["authorization"] = "Bearer " + second;
    EXPECT_TRUE(body_of(world.ask("anonymous", other)).at("me").at("onDuty").as_bool()) << "logged in elsewhere yet";
    other = request_of("POST", "/api/v1/logout");
    other.headers["authorization"] = "Bearer " + second;
    ASSERT_EQ(world.ask("anonymous", other).status, 204);
    EXPECT_TRUE(seat(now("police"), "op-1").at("taken").is_null());

    world.clock().advance(2h);
    world.log_in_again("operator");

    const auto came = tonight().at("attendance").as_array();
    ASSERT_EQ(came.size(), 4U);
    EXPECT_EQ(came[0].at("left"), "logged out");
    EXPECT_GT(came[0].at("lateMinutes").as_int64(), 0) << "the shift began at 19:00";
    EXPECT_EQ(came[3].at("lateMinutes"), 0) << "who was there before does not come late";
    EXPECT_TRUE(came[3].at("until").is_null());
}

TEST_F(DutyTest, PicturesAreForWhoSitsAtASeat) {
    world.run(app::MediaUp{});
    const json::object ticket{{"grant", world.own_live.centre_grant}, {"camera", world.camera()}, {"kind", "live"}};
    const auto asks = [&](std::string_view caller) { return world.ask(caller, "POST", "/api/v1/tickets", ticket); };
    for (const auto* caller : {"operator", "police", "supervisor"}) EXPECT_EQ(asks(caller).status, 201) << caller;
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/duty/break").status, 200);
    EXPECT_EQ(asks("operator").status, 201) << "a break leaves no seat";

    auto leave = request_of("DELETE", "/api/v1/duty/seat");
    leave.headers["authorization"] = "Bearer " + world.token("operator");
    const auto out = world.run(app::HttpInput{leave, [](const http::Response&) {}});

    const auto told = std::find_if(out.to_media.begin(), out.to_media.end(), [](const auto& message) { return message.at("t") == "off_duty"; });
    ASSERT_NE(told, out.to_media.end());
    EXPECT_EQ(json::serialize(told->at("holders")), "[\"" + world.user("operator").value + "\"]");
    const auto refused = asks("operator");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code(refused), "/problems/not_on_duty");
    EXPECT_EQ(asks("police").status, 201);
    const auto state = world.run(app::MediaUp{});
    const auto whole = std::find_if(state.to_media.begin(), state.to_media.end(), [](const auto& message) { return message.at("t") == "state"; });
    ASSERT_NE(whole, state.to_media.end());
    EXPECT_EQ(json::serialize(whole->at("offDuty")), json::serialize(told->at("holders")));
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/duty/seat").status, 201);
    EXPECT_EQ(asks("operator").status, 201);
    world.clock().advance(8h + 48min);
    for (const auto* caller : {"operator", "police", "supervisor"}) EXPECT_EQ(code(asks(caller)), "/problems/not_on_duty") << "the overtime is over, " << caller;
}

TEST_F(DutyTest, ABreakIsSeenAndWhoIsOnItDoesNotCount) {
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/duty/break").status, 200);
    EXPECT_FALSE(me("operator").at("breakSince").is_null());
    EXPECT_TRUE(me("operator").at("onDuty").as_bool());
    EXPECT_EQ(need(now(), "operator").second, 0);
    EXPECT_EQ(code(world.ask("operator", "POST", "/api/v1/duty/break")), "/problems/on_break");

    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/break").status, 200);

    EXPECT_EQ(need(now(), "operator").second, 1);
    EXPECT_EQ(code(world.ask("operator", "DELETE", "/api/v1/duty/break")), "/problems/not_on_break");
    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/seat").status, 200);
    EXPECT_EQ(code(world.ask("operator", "POST", "/api/v1/duty/break")), "/problems/not_at_a_seat");
    EXPECT_EQ(code(world.ask("operator", "DELETE", "/api/v1/duty/seat")), "/problems/not_at_a_seat");
}

TEST_F(DutyTest, WhoIsSickLeavesTheSeatAndWhyIsThePlannersToKnow) {
    const auto absences = "/api/v1/duty/shifts/" + kTonight + "/absences";
    const auto police = world.user("police").value;

    const auto marked = world.ask("supervisor", "POST", absences, {{"user", police}, {"reason", "sick"}});

    ASSERT_EQ(marked.status, 201) << marked.body;
    EXPECT_EQ(need(body_of(marked), "police").second, 0);
    EXPECT_EQ(need(now(), "police").second, 0);
    EXPECT_EQ(json::serialize(now()).find("sick"), std::string::npos);
    EXPECT_EQ(world.ask("operator", "GET", "/api/v1/duty/shifts/" + kTonight).status, 403);
    EXPECT_EQ(world.ask("police", "POST", "/api/v1/duty/seat").status, 403);
    EXPECT_EQ(world.ask("official", "POST", absences, {{"user", police}, {"reason", "sick"}}).status, 409);
    EXPECT_EQ(world.ask("official", "POST", absences, {{"user", world.user("admin").value}, {"reason", "sick"}}).status, 404) << "not on the roster";

    ASSERT_EQ(world.ask("official", "DELETE", absences + "/" + police).status, 200);
    EXPECT_EQ(world.ask("official", "DELETE", absences + "/" + police).status, 409);
    EXPECT_EQ(world.ask("police", "POST", "/api/v1/duty/seat").status, 201);
    EXPECT_EQ(need(now(), "police").second, 1);
}

TEST_F(DutyTest, SomebodyOfAnotherCrewIsCalledInAndOnlyAfterTheirRest) {
    const auto running = running_crew();
    ASSERT_EQ(put_crew(running, {member("police"), member("supervisor")}).status, 200);
    // Who works today or tomorrow by day has no rest beside this night.
    const auto shifts = body_of(world.ask("operator", "GET", "/api/v1/duty/shifts"));
    std::set<std::string> busy{running};
    for (const auto& item : shifts.at("items").as_array()) {
        if (item.at("id") == "2026-09-21-day" || item.at("id") == "2026-09-22-day") busy.emplace(item.at("crew").as_string());
    }
    const auto tomorrow = body_of(world.ask("operator", "GET", "/api/v1/duty")).at("next").as_object();
    const std::string morning(tomorrow.at("crew").as_string());
    const auto calls = "/api/v1/duty/shifts/" + kTonight + "/calls";
    ASSERT_EQ(put_crew(morning, {member("operator")}).status, 200);
    const auto tired = world.ask("official", "POST", calls, {{"user", world.user("operator").value}});
    EXPECT_EQ(tired.status, 409) << "their own shift begins at 7 in the morning";
    ASSERT_EQ(put_crew(morning, {}).status, 200);
    std::string free;
    for (const auto* crew : {"A", "B", "C", "D"}) {
        if (!busy.contains(crew)) free = crew;
    }
    ASSERT_EQ(put_crew(free, {member("operator")}).status, 200);

    const auto called = world.ask("official", "POST", calls, {{"user", world.user("operator").value}, {"seat", "op-2"}});

    ASSERT_EQ(called.status, 201) << called.body;
    EXPECT_TRUE(json::serialize(body_of(called).at("planned")).find("\"calledIn\":true") != std::string::npos);
    world.log_in_again("operator");
    EXPECT_EQ(me("operator").at("seat"), "op-1") << "already there: a seat that is kept";
}

TEST_F(DutyTest, WhatIsWrongWithACrewNamesItsField) {
    struct Case {
        json::value members;
        std::string says;
    };
    const auto other = running_crew() == "A" ? "B" : "A";
    for (const auto& [members, says] : {Case{json::array{json::object{{"user", "nobody"}}}, "nobody who works here"}, Case{json::array{member("room112")}, "nobody who works here"},
                                        Case{json::array{member("official")}, "no seat"}, Case{json::array{json::object{}}, "user"}, Case{json::array{7}, "members"},
                                        Case{"all", "members"}, Case{nullptr, "members"}}) {
        const auto answer = world.ask("official", "PUT", "/api/v1/duty/crews/" + std::string(other), {{"members", members}});
        EXPECT_EQ(answer.status, 400) << json::serialize(members);
        EXPECT_NE(answer.body.find(says), std::string::npos) << answer.body;
    }
    ASSERT_EQ(put_crew(running_crew(), {}).status, 200);
    EXPECT_EQ(put_crew(other, {member("operator", "police")}).status, 400) << "another role's seat";
    EXPECT_EQ(put_crew(other, {member("operator", "nowhere")}).status, 400);
    EXPECT_EQ(put_crew(other, {member("operator"), member("operator")}).status, 400);
    EXPECT_EQ(put_crew("Z", {}).status, 400);
    EXPECT_EQ(world.ask("official", "PUT", "/api/v1/duty/crews/A", {{"members", json::array{}}, {"from", "2026-09-20"}}).status, 400) << "what was worked stands";
    EXPECT_EQ(put_crew(other, {member("operator", "op-2")}).status, 200);
    EXPECT_EQ(put_crew(other == std::string("A") ? "C" : "A", {member("operator")}).status, 409) << "nobody works in two crews";
    EXPECT_EQ(world.ask("official", "GET", "/api/v1/duty/shifts/2026-09-21-noon").status, 404);
}

TEST_F(DutyTest, NobodyStaysOnDutyByForgettingToGo) {
    world.clock().advance(8h + 46min);  // 07:59: the shift was over at 7.
    world.run(app::Tick{});
    EXPECT_TRUE(body_of(world.ask("official", "GET", "/api/v1/duty")).at("seats").at(1).at("taken").is_object()) << "an hour's overtime";
    world.clock().advance(2min);

    const auto out = world.run(app::Tick{});

    EXPECT_EQ(world.entries_of("duty.clocked_out"), 3U);
    const auto told = std::count_if(out.published.begin(), out.published.end(), [](const auto& one) { return one.kind == "duty"; });
    EXPECT_GE(told, 1);
    const auto shift = tonight();
    for (const auto& stay : shift.at("attendance").as_array()) EXPECT_EQ(stay.at("left"), "forgotten");
}

TEST_F(DutyTest, ADeskHearsOfTheNextShiftAtItsBeginning) {
    world.run(app::Tick{});
    world.clock().advance(7h + 47min);

    const auto out = world.run(app::Tick{});

    const auto told = std::find_if(out.published.begin(), out.published.end(), [](const auto& one) { return one.kind == "duty"; });
    ASSERT_NE(told, out.published.end());
    EXPECT_EQ(told->item, R"({"shift":"2026-09-22-day"})");
    EXPECT_TRUE(told->agencies.empty());
}

TEST_F(DutyTest, SeatsAndBreaksAreThereAfterARestart) {
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/duty/break").status, 200);
    world.restart();

    const auto sitting = duty::present(world.site().book().db()).value();

    ASSERT_EQ(sitting.size(), 3U);
    EXPECT_TRUE(sitting[0].away_since);
}

TEST_F(DutyTest, ADeclarationThatCannotHoldKeepsTheSiteFromStarting) {
    auto text = std::string(duty::default_rules());
    const auto at = text.find("to = \"19:00\"");
    ASSERT_NE(at, std::string::npos);
    text.replace(at, 12, "to = \"18:00\"");
    world.disk().put("DATA/11000/duty.toml", text);

    EXPECT_THROW(world.restart(), std::runtime_error);
}

}  // namespace
}  // namespace bongsu::policy
