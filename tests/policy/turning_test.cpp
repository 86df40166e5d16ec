// Who turns which camera: from a person's word to what media is asked, and what stands on record of it.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "app/site/turning.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

class TurningTest : public testing::Test {
  protected:
    struct Sent {
        std::optional<http::Response> answer;  ///< None while media has not answered.
        app::Outputs out;
        int status() const { return answer ? answer->status : 0; }
        std::string problem() const { return answer ? std::string(body_of(*answer).at("type").as_string()) : "no answer"; }
    };
    /// What follows from one request, before media has said anything.
    Sent send(std::string_view caller, const std::string& method, const std::string& act, const json::object& body = {}) {
        auto request = request_of(method, "/api/v1/cameras/" + world.camera() + "/ptz" + act, body.empty() ? "" : json::serialize(body));
        request.headers["authorization"] = "Bearer " + world.token(caller);
        const auto answer = std::make_shared<std::optional<http::Response>>();
        answers_.push_back(answer);
        Sent sent;
        sent.out = world.run(app::HttpInput{std::move(request), [answer](http::Response response) { *answer = std::move(response); }});
        sent.answer = *answer;
        return sent;
    }
    Sent take(std::string_view caller, const std::string& grant, const std::string& reason = "walks away") {
        return send(caller, "POST", "/lease", {{"grant", grant}, {"reason", reason}});
    }
    Sent move(std::string_view caller, double pan = 0.5) { return send(caller, "POST", "/move", {{"pan", pan}, {"ms", 500}}); }
    /// Media's answer to the newest of `turns`, as `answer` fills it; what was answered to whoever asked.
    std::optional<http::Response> media_says(const Sent& asked, json::object answer = {}) {
        answer["t"] = "turned";
        answer["id"] = turns(asked.out).back().at("id");
        world.run(app::MediaInput{std::move(answer)});
        return *answers_.back();
    }
    static std::vector<json::object> turns(const app::Outputs& out) {
        std::vector<json::object> found;
        for (const auto& message : out.to_media) {
            if (message.at("t") == "turn") found.push_back(message);
        }
        return found;
    }
    app::Outputs after(std::chrono::milliseconds span) {
        world.clock().advance(span);
        return world.run(app::Tick{});
    }
    json::value lease() { return body_of(world.ask("police", "GET", path())).at("lease"); }
    std::string path() const { return "/api/v1/cameras/" + world.camera() + "/ptz"; }
    std::vector<json::object> entries(const std::string& kind) {
        std::vector<json::object> out;
        EXPECT_TRUE(world.site().book().journal().read(0, [&](journal::Entry entry) -> Result<bool> {
            if (entry.kind == kind) out.push_back(entry.payload);
            return true;
        }));
        return out;
    }
    std::string own_watch() { return std::string(body_of(world.ask("operator", "GET", "/api/v1/duty/watch/own")).at("set").at("grant").as_string()); }
    /// The items of kind `ptz` that somebody of this agency hears.
    static std::vector<json::object> told(const app::Outputs& out, const std::string& agency) {
        identity::Session who;
        who.agency = {agency};
        who.role = agency == "B1100000000" ? identity::Role::operator_ : identity::Role::agency;
        std::vector<json::object> items;
        for (const auto& one : out.published) {
            if (one.kind == "ptz" && app::may_hear(who, {"B1100000000"}, one)) items.push_back(json::parse(one.item).as_object());
        }
        return items;
    }

    World world;
    std::vector<std::shared_ptr<std::optional<http::Response>>> answers_;
};

TEST_F(TurningTest, AMoveIsOnRecordBeforeMediaIsAskedAndAnsweredWhenTheCameraHasHeardIt) {
    ASSERT_EQ(take("operator", world.own_live.centre_grant).status(), 201);
    const auto moved = move("operator");
    EXPECT_EQ(moved.status(), 0) << "the camera has not answered yet";
    const auto asked = turns(moved.out);
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].at("camera"), world.camera().c_str());
    EXPECT_EQ(asked[0].at("pan"), 50);
    EXPECT_EQ(asked[0].at("ms"), 500);
    const auto entry = entries("ptz.moved").at(0);
    EXPECT_EQ(entry.at("purpose"), "operator-incident");
    EXPECT_EQ(entry.at("pan"), 50);

    EXPECT_EQ(media_says(moved)->status, 204);
}

TEST_F(TurningTest, AKeyThatIsHeldIsOneMovementOnRecord) {
    ASSERT_EQ(take("operator", world.own_live.centre_grant).status(), 201);
    for (int i = 0; i < 5; ++i) {
        const auto moved = move("operator");
        ASSERT_EQ(turns(moved.out).size(), 1U) << "the camera hears of each";
        media_says(moved);
        world.clock().advance(300ms);
    }
    EXPECT_EQ(world.entries_of("ptz.moved"), 1U);
    const auto other = move("operator", -0.5);
    media_says(other);
    const auto stopped = send("operator", "POST", "/stop");
    EXPECT_EQ(turns(stopped.out).at(0).at("act"), "stop");
    EXPECT_EQ(media_says(stopped)->status, 204);

    EXPECT_EQ(world.entries_of("ptz.moved"), 2U);
    const auto rested = entries("ptz.rested");
    ASSERT_EQ(rested.size(), 2U);
    EXPECT_EQ(rested[0].at("count"), 5);
    EXPECT_EQ(rested[0].at("why"), "changed");
    EXPECT_EQ(rested[0].at("to").as_int64() - rested[0].at("from").as_int64(), 1'500'000) << "until the other direction was pressed";
    EXPECT_EQ(rested[1].at("why"), "stopped");
}

TEST_F(TurningTest, SilenceEndsTheMoveAndThenTheLease) {
    ASSERT_EQ(take("operator", world.own_live.centre_grant).status(), 201);
    media_says(move("operator"));
    after(700ms);
    EXPECT_EQ(world.entries_of("ptz.rested"), 0U);
    after(100ms);
    EXPECT_EQ(entries("ptz.rested").at(0).at("why"), "silent");
    EXPECT_EQ(entries("ptz.rested").at(0).at("to").as_int64() - entries("ptz.rested").at(0).at("from").as_int64(), 500'000);

    after(29s);
    EXPECT_FALSE(lease().is_null());
    const auto ended = after(1s);
    EXPECT_TRUE(lease().is_null());
    EXPECT_EQ(entries("ptz.released").at(0).at("why"), "idle");
    const auto items = told(ended, "B1100000000");
    ASSERT_EQ(items.size(), 1U);
    EXPECT_TRUE(items[0].at("lease").is_null());
    EXPECT_EQ(items[0].at("ended").at("why"), "idle");
    EXPECT_EQ(move("operator").problem(), "/problems/no_lease");
}

TEST_F(TurningTest, PoliceTakesItOverAndWhoHadItIsToldWhy) {
    ASSERT_EQ(take("operator", own_watch()).status(), 201);
    EXPECT_EQ(lease().at("rank"), "patrol");
    EXPECT_EQ(take("supervisor", world.own_live.centre_grant).status(), 201) << "an incident goes before a patrol";
    media_says(move("supervisor"));
    EXPECT_EQ(take("operator", world.own_live.centre_grant).problem(), "/problems/ptz_taken");

    const auto taken = take("police", world.own_live.centre_grant, "112 asks for the suspect");

    ASSERT_EQ(taken.status(), 201);
    EXPECT_EQ(turns(taken.out).at(0).at("act"), "stop") << "what was under way is stopped";
    EXPECT_EQ(entries("ptz.rested").at(0).at("why"), "released");
    const auto items = told(taken.out, "B1100000000");
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(items[0].at("ended").at("why"), "taken_over");
    EXPECT_EQ(items[0].at("ended").at("user"), world.user("supervisor").value.c_str());
    EXPECT_EQ(items[0].at("lease").at("rank"), "police");
    EXPECT_TRUE(items[0].at("lease").at("reason").is_null()) << "why is the owner's own";
    EXPECT_TRUE(told(taken.out, "P1100000000").empty());
    EXPECT_EQ(move("supervisor").problem(), "/problems/ptz_taken");
    EXPECT_EQ(entries("ptz.released").back().at("by"), ("user:" + world.user("police").value).c_str());
    const auto own = body_of(world.ask("police", "GET", path())).at("lease");
    EXPECT_EQ(own.at("own"), true);
    EXPECT_EQ(own.at("reason"), "112 asks for the suspect");
    EXPECT_EQ(own.at("name").at("en"), "Test");
}

TEST_F(TurningTest, ThePolicesRoomTurnsItsOwnCamerasAndKnowsNobodyElse) {
    ASSERT_EQ(take("operator", world.own_live.centre_grant).status(), 201);
    const auto seen = body_of(world.ask("room112", "GET", path())).at("lease");
    EXPECT_EQ(seen.at("rank"), "operator");
    EXPECT_TRUE(seen.at("user").is_null() && seen.at("name").is_null() && seen.at("grant").is_null());
    const auto taken = take("room112", world.own_live.grant);
    ASSERT_EQ(taken.status(), 201) << taken.answer->body;
    EXPECT_EQ(told(taken.out, "P1100000000").back().at("lease").at("user"), world.user("room112").value.c_str());
    EXPECT_TRUE(told(taken.out, "B1100000000").back().at("lease").at("user").is_null());
    EXPECT_TRUE(told(taken.out, "F1100000000").empty());
    EXPECT_EQ(media_says(move("room112"))->status, 204);

    // 119 has another incident's grant of the same camera, for a purpose that turns none.
    EXPECT_EQ(take("room119", world.others_live.grant).problem(), "/problems/not_for_turning");
    EXPECT_EQ(take("police", world.own_live.centre_grant).problem(), "/problems/ptz_taken") << "one police as the other: who was first has it";
}

TEST_F(TurningTest, TheEndOfTheIncidentEndsTheLeaseAndStopsTheCamera) {
    ASSERT_EQ(take("operator", world.own_live.centre_grant).status(), 201);
    media_says(move("operator"));

    auto close = request_of("POST", "/api/v1/incidents/" + world.own_live.incident + "/acts", R"({"act":"close","outcome":"false"})");
    close.headers["authorization"] = "Bearer " + world.token("supervisor");
    const auto out = world.run(app::HttpInput{std::move(close), [](const http::Response& response) { ASSERT_EQ(response.status, 201) << response.body; }});

    EXPECT_EQ(turns(out).at(0).at("act"), "stop");
    EXPECT_EQ(entries("ptz.released").at(0).at("why"), "grant_ended");
    EXPECT_EQ(told(out, "B1100000000").at(0).at("ended").at("why"), "grant_ended");
    EXPECT_TRUE(lease().is_null());
    EXPECT_EQ(take("operator", world.own_live.centre_grant).status(), 409);
}

TEST_F(TurningTest, WhoLeavesTheSeatLeavesTheCamera) {
    ASSERT_EQ(take("operator", world.own_live.centre_grant).status(), 201);
    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/seat").status, 200);
    EXPECT_EQ(entries("ptz.released").at(0).at("why"), "seat_left");
    EXPECT_EQ(take("operator", world.own_live.centre_grant).problem(), "/problems/not_on_duty");
}

TEST_F(TurningTest, WhatTheCameraSaysIsTheCamerasAndNeverTheCallersLogin) {
    ASSERT_EQ(take("operator", world.own_live.centre_grant).status(), 201);
    const auto refused = media_says(move("operator"), {{"error", "unauthenticated"}, {"code", ""}, {"message", "the camera does not know the login"}});
    EXPECT_EQ(refused->status, 503);
    EXPECT_NE(body_of(*refused).at("detail").as_string().find("does not know the login"), json::string::npos);
    EXPECT_EQ(entries("ptz.rested").at(0).at("why"), "refused") << "it is on record that nothing moved";
    const auto preset = send("operator", "POST", "/preset", {{"preset", "7"}});
    const auto unknown = media_says(preset, {{"error", "invalid"}, {"code", ""}, {"message", "there is no such preset"}});
    EXPECT_EQ(body_of(*unknown).at("type"), "/problems/camera_refused");
    const auto list = media_says(send("operator", "GET", "/presets"), {{"presets", json::array{json::object{{"token", "1"}, {"name", "정문"}}}}});
    EXPECT_EQ(body_of(*list).at("items").at(0).at("name"), "정문");

    const auto lost = move("operator");
    after(10s);
    EXPECT_EQ((*answers_.back())->status, 504);
    world.run(app::MediaInput{{{"t", "turned"}, {"id", turns(lost.out)[0].at("id")}, {"presets", json::array{}}}});  // Too late: nobody waits.
    move("operator");
    world.run(app::MediaDown{});
    EXPECT_EQ((*answers_.back())->status, 503);
    EXPECT_EQ(move("operator").problem(), "/problems/media_away");
}

TEST_F(TurningTest, ASlowCameraHoldsNobodysQueueUp) {
    ASSERT_EQ(take("operator", world.own_live.centre_grant).status(), 201);
    for (std::size_t i = 0; i < app::Turning::kAskedOfOne; ++i) {
        EXPECT_EQ(move("operator").status(), 0);
        world.clock().advance(100ms);
    }
    EXPECT_EQ(move("operator").status(), 429);
}

TEST_F(TurningTest, ACameraThatIsNotReachedByOnvifIsSaidToBeSo) {
    world.run(app::MediaInput{{{"t", "hello"}, {"v", 1}}});
    const auto state = body_of(world.ask("operator", "GET", path()));
    EXPECT_EQ(state.at("turns"), false);
    EXPECT_EQ(state.at("why"), "does_not_turn");
    EXPECT_EQ(take("operator", world.own_live.centre_grant).problem(), "/problems/does_not_turn");
    EXPECT_EQ(world.entries_of("ptz.leased"), 0U);
}

TEST_F(TurningTest, AStartEndsAMoveThatNobodyEndedAndTheLeaseOfWhoIsNotThereAnyMore) {
    ASSERT_EQ(take("operator", world.own_live.centre_grant).status(), 201);
    media_says(move("operator"));

    world.restart();
    world.run(app::Tick{});

    EXPECT_EQ(entries("ptz.rested").at(0).at("why"), "restarted");
    EXPECT_EQ(entries("ptz.released").at(0).at("why"), "seat_left") << "this world's accounts are in memory: they went with the process";
}

TEST_F(TurningTest, TheTimelineAndTheAccessLogSayWhoTurnedIt) {
    ASSERT_EQ(take("operator", world.own_live.centre_grant).status(), 201);
    media_says(move("operator"));
    const auto timeline = body_of(world.ask("supervisor", "GET", "/api/v1/incidents/" + world.own_live.incident + "/timeline")).at("items").as_array();
    std::vector<std::string> kinds;
    for (const auto& item : timeline) {
        if (item.at("kind").as_string().starts_with("ptz.")) kinds.emplace_back(item.at("kind").as_string());
    }
    EXPECT_EQ(kinds, (std::vector<std::string>{"ptz.leased", "ptz.moved"}));
    const auto rows = body_of(world.ask("official", "GET", "/api/v1/journal/access?kind=ptz.moved")).at("items").as_array();
    ASSERT_EQ(rows.size(), 1U) << json::serialize(rows);
    EXPECT_EQ(rows[0].at("why"), "operator-incident");
    const auto seen = world.ask("room112", "GET", "/api/v1/incidents/" + world.own_live.incident + "/timeline").body;
    EXPECT_EQ(seen.find("ptz."), std::string::npos) << "what the centre does with cameras is not in an agency's timeline";
}

}  // namespace
}  // namespace bongsu::policy
