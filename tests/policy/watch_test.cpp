// Who watches which cameras, and under which grant they see them.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "grant/read.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

class WatchTest : public testing::Test {
  protected:
    json::object watch() { return body_of(world.ask("supervisor", "GET", "/api/v1/duty/watch")); }
    json::value own() { return body_of(world.ask("operator", "GET", "/api/v1/duty/watch/own")).at("set"); }
    std::string grant() { return std::string(own().at("grant").as_string()); }
    http::Response ticket(std::string_view caller, const std::string& under) {
        return world.ask(caller, "POST", "/api/v1/tickets", {{"grant", under}, {"camera", world.camera()}, {"kind", "live"}});
    }
    std::optional<std::string> ended(const std::string& id) {
        const auto found = grant::find_grant(world.site().book().db(), {id}).value();
        return found.ended_at ? std::optional(found.reason) : std::nullopt;
    }

    World world;
};

TEST_F(WatchTest, WhoSitsDownHasASetAndAGrantOfTheirOwnForThisShift) {
    const auto set = own().as_object();
    EXPECT_EQ(set.at("shift"), "2026-09-21-night");
    EXPECT_EQ(set.at("pass"), 0);
    EXPECT_EQ(set.at("stops").at(0).at("cameras").at(0).at("id"), world.camera().c_str());
    EXPECT_GT(set.at("stops").at(0).at("dwellSeconds").as_int64(), 0);
    const auto held = grant::find_grant(world.site().book().db(), {grant()}).value();
    EXPECT_EQ(held.purpose, "operator-duty");
    EXPECT_EQ(held.holder.user, world.user("operator"));
    EXPECT_FALSE(held.basis.empty());
    EXPECT_EQ(to_rfc3339(held.to), "2026-09-21T23:00:00.000000Z") << "the shift ends at 7 in Seoul, and an hour later this too";

    EXPECT_EQ(ticket("operator", grant()).status, 201);
    EXPECT_EQ(ticket("police", grant()).status, 403) << "nobody else's";
    EXPECT_EQ(ticket("room112", grant()).status, 404);
    EXPECT_EQ(world.ask("supervisor", "POST", "/api/v1/grants", {{"incident", world.own_live.incident}, {"purpose", "operator-duty"}, {"cameras", {world.camera()}}}).status, 403)
        << "it is made by sitting down alone";
}

TEST_F(WatchTest, WhoLeavesTheSeatHasNoneAndTheirCamerasAreNobodys) {
    const auto before = grant();
    ASSERT_EQ(watch().at("unwatched").at("count"), 0);

    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/seat").status, 200);

    EXPECT_EQ(ended(before), "the seat was left");
    EXPECT_TRUE(own().is_null());
    EXPECT_EQ(json::serialize(watch().at("unwatched")), R"({"count":1,"cameras":[")" + world.camera() + "\"]}");
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/duty/seat").status, 201);
    EXPECT_NE(grant(), before);
    EXPECT_EQ(ticket("operator", grant()).status, 201);
    EXPECT_EQ(watch().at("unwatched").at("count"), 0);
}

TEST_F(WatchTest, ABreakLeavesTheCamerasToWhoIsThereAndToNobodyWhereNobodyIs) {
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/duty/break").status, 200);
    EXPECT_EQ(watch().at("unwatched").at("count"), 1);
    EXPECT_TRUE(watch().at("sets").at(0).at("away").as_bool());
    EXPECT_FALSE(ended(grant())) << "they come back to it";
    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/break").status, 200);
    EXPECT_EQ(watch().at("unwatched").at("count"), 0);
}

TEST_F(WatchTest, APassIsConfirmedOnceAndSeenByTheRoom) {
    world.clock().advance(3min);
    const auto pass = world.ask("operator", "POST", "/api/v1/duty/watch/passes", {{"pass", 0}});
    ASSERT_EQ(pass.status, 201) << pass.body;
    EXPECT_EQ(body_of(pass).at("cameras"), 1);
    EXPECT_EQ(world.ask("operator", "POST", "/api/v1/duty/watch/passes", {{"pass", 0}}).status, 409);
    EXPECT_EQ(own().at("pass"), 1);
    EXPECT_EQ(watch().at("passes").as_array().size(), 1U);
    for (const auto* body : {R"({})", R"({"pass":"0"})", R"({"pass":-1})"}) EXPECT_EQ(world.ask("operator", request_of("POST", "/api/v1/duty/watch/passes", body)).status, 400) << body;
}

TEST_F(WatchTest, APassOfWhoStaysPastTheShiftIsStillSeen) {
    const auto shift = std::string(own().at("shift").as_string());
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/duty/watch/passes", {{"pass", 0}}).status, 201);
    const auto late = parse_rfc3339("2026-09-21T22:30:00Z", "late").value();
    while (world.clock().wall() < late) {
        world.clock().advance(10min);
        ASSERT_EQ(world.ask("supervisor", "GET", "/api/v1/me").status, 200) << "a session that is used lives on";
        ASSERT_EQ(world.ask("operator", "GET", "/api/v1/me").status, 200);
    }
    const auto passes = watch().at("passes").as_array();
    ASSERT_EQ(passes.size(), 1U) << "another shift runs, and this one is at work yet";
    EXPECT_EQ(passes[0].at("shift"), shift.c_str());
}

TEST_F(WatchTest, TheLoadIsSaidByWhoIsThereAndByWhoIsEmployed) {
    const auto load = watch().at("load").as_object();
    EXPECT_EQ(load.at("monitored"), 1);
    EXPECT_EQ(load.at("onDuty"), 1);
    EXPECT_EQ(load.at("employed"), 1);
    EXPECT_EQ(load.at("perOnDuty").as_double(), 1.0);
    EXPECT_EQ(load.at("limit"), 50);
    EXPECT_EQ(load.at("missingPersons"), 0);
    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/seat").status, 200);
    EXPECT_TRUE(watch().at("load").at("perOnDuty").is_null());
    EXPECT_EQ(watch().at("load").at("missingPersons"), 1);
}

TEST_F(WatchTest, NothingIsWrittenWhereNothingChanged) {
    world.run(app::Tick{});
    const auto entries = world.entries();
    for (int i = 0; i < 5; ++i) {
        world.clock().advance(1s);
        world.run(app::Tick{});
    }
    EXPECT_EQ(world.entries(), entries);
    world.restart();
    world.run(app::Tick{});
    EXPECT_EQ(world.entries_of("duty.set_assigned"), 1U) << "a start changes nobody's set";
}

}  // namespace
}  // namespace bongsu::policy
