// What somebody finds on a screen becomes an incident, and which screens were lit stays on record.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "crypto/crypto.hpp"
#include "grant/read.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

const std::string kJpeg("\xff\xd8\xff\xe0 a picture \xff\xd9", 17);

class FindingsTest : public testing::Test {
  protected:
    std::string duty_grant() { return std::string(body_of(world.ask("operator", "GET", "/api/v1/duty/watch/own")).at("set").at("grant").as_string()); }
    void look() {
        ASSERT_EQ(world.ask("operator", "POST", "/api/v1/tickets", {{"grant", duty_grant()}, {"camera", world.camera()}, {"kind", "live"}}).status, 201);
    }
    http::Response report(json::object more = {}) {
        json::object body{{"camera", world.camera()}, {"kind", "fire"}};
        for (auto& [name, value] : more) body[name] = value;
        return world.ask("operator", "POST", "/api/v1/duty/findings", body);
    }
    http::Response about(std::string_view caller, const std::string& id, const std::string& what) {
        return world.ask(caller, "GET", "/api/v1/incidents/" + id + what);
    }

    World world;
};

TEST_F(FindingsTest, TheKindsComeInTheOrderOfTheirDigits) {
    const auto kinds = body_of(world.ask("operator", "GET", "/api/v1/duty/findings/kinds")).at("items").as_array();
    ASSERT_EQ(kinds.size(), 9U);
    EXPECT_EQ(kinds[1].at("kind"), "fire");
    EXPECT_EQ(kinds[1].at("agency"), "119");
}

TEST_F(FindingsTest, OneRequestMakesAnIncidentWithItsPictureItsCameraFirstAndItsVideoOpen) {
    look();
    const auto answer = report({{"picture", crypto::to_base64(kJpeg)}, {"text", "연기가 보임"}});
    ASSERT_EQ(answer.status, 201) << answer.body;
    const auto finding = body_of(answer);
    const std::string id(finding.at("incident").as_string());
    EXPECT_EQ(finding.at("agency"), "119");
    EXPECT_TRUE(finding.at("hasPicture").as_bool());

    const auto incident = body_of(about("police", id, ""));
    EXPECT_EQ(incident.at("state"), "received") << "by who found it";
    EXPECT_EQ(incident.at("type"), "BSFND001");
    EXPECT_EQ(incident.at("text"), "화재·연기: 연기가 보임");
    EXPECT_FALSE(incident.at("position").is_null());
    EXPECT_EQ(body_of(about("police", id, "/cameras")).at("items").at(0).at("id"), world.camera().c_str());
    const auto grants = grant::live_grants_of_incident(world.site().book().db(), {id}, world.clock().wall()).value();
    ASSERT_EQ(grants.size(), 1U);
    EXPECT_EQ(grants[0].cameras.at(0).value, world.camera());
    EXPECT_EQ(about("supervisor", id, "/finding").body, answer.body);

    const auto picture = about("police", id, "/picture");
    EXPECT_EQ(picture.status, 200);
    EXPECT_EQ(picture.content_type, "image/jpeg");
    EXPECT_EQ(picture.body, kJpeg);
    for (const auto* caller : {"room112", "admin"}) EXPECT_EQ(about(caller, id, "/picture").status, 403) << caller;
    EXPECT_EQ(about("room112", id, "/finding").status, 403);
}

TEST_F(FindingsTest, WhatWasNotOnTheCallersScreenOrIsNotSaidRightIsRefused) {
    EXPECT_EQ(body_of(report()).at("type"), "/problems/not_shown");
    look();
    EXPECT_EQ(report().status, 201) << "without a picture too";
    EXPECT_EQ(body_of(world.ask("operator", "POST", "/api/v1/duty/findings", {{"camera", "11000-9999"}, {"kind", "fire"}})).at("field"), "camera");
    EXPECT_EQ(body_of(report({{"kind", "dragon"}})).at("field"), "kind");
    EXPECT_EQ(body_of(report({{"picture", "no base64!"}})).at("field"), "picture");
    EXPECT_EQ(body_of(report({{"picture", crypto::to_base64("<svg/>")}})).at("field"), "picture");
    EXPECT_EQ(body_of(world.ask("police", "POST", "/api/v1/duty/findings", {{"camera", world.camera()}, {"kind", "fire"}})).at("type"), "/problems/not_shown");
    const auto entries = world.entries_of("duty.found");
    world.clock().advance(7min);
    EXPECT_EQ(report().status, 403) << "a ticket that was never used showed nothing";
    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/seat").status, 200);
    EXPECT_EQ(body_of(report()).at("type"), "/problems/not_on_duty");
    EXPECT_EQ(world.entries_of("duty.found"), entries);
}

TEST_F(FindingsTest, TheSameRequestTwiceIsOneIncident) {
    look();
    const auto once = [&] {
        return world.ask("operator", "POST", "/api/v1/duty/findings", {{"camera", world.camera()}, {"kind", "crime"}}, {{"idempotency-key", "0123456789abcdef"}});
    };
    const auto first = once(), second = once();
    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(second.body, first.body);
    EXPECT_EQ(world.entries_of("duty.found"), 1U);
}

TEST_F(FindingsTest, ThePictureGoesWithTheIncidentsErasureAndNotBefore) {
    look();
    const auto id = std::string(body_of(report({{"picture", crypto::to_base64(kJpeg)}})).at("incident").as_string());
    const json::object order{{"reason", "requested"}, {"basis", "PIPA 21"}, {"incident", id}};
    EXPECT_EQ(world.ask("official", "POST", "/api/v1/journal/erasures", order).status, 409) << "open";
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/incidents/" + id + "/acts", {{"act", "close"}, {"outcome", "true"}}).status, 201);
    ASSERT_EQ(world.ask("official", "POST", "/api/v1/journal/erasures", order).status, 201);
    world.run(app::Tick{});
    EXPECT_EQ(about("police", id, "/picture").status, 404);
    EXPECT_FALSE(body_of(about("police", id, "/finding")).at("hasPicture").as_bool());
}

TEST_F(FindingsTest, WhoIsOffDutySeesNoPicture) {
    look();
    const auto id = std::string(body_of(report({{"picture", crypto::to_base64(kJpeg)}})).at("incident").as_string());
    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/seat").status, 200);
    EXPECT_EQ(body_of(about("operator", id, "/picture")).at("type"), "/problems/not_on_duty");
    EXPECT_EQ(about("operator", id, "/finding").status, 200);
}

TEST_F(FindingsTest, AClockThatStepsBackHidesNothingThatIsSeen) {
    look();
    world.clock().set_wall(world.clock().wall() - 10min);
    EXPECT_EQ(report().status, 201);
}

TEST_F(FindingsTest, ALookAtThePictureIsOnRecord) {
    look();
    const auto id = std::string(body_of(report({{"picture", crypto::to_base64(kJpeg)}})).at("incident").as_string());
    const auto before = world.entries_of("record.read");
    ASSERT_EQ(about("official", id, "/picture").status, 200);
    EXPECT_EQ(world.entries_of("record.read"), before + 1);
}

TEST_F(FindingsTest, LitScreensAddUpByHourAndArePlannersToSeeByName) {
    look();
    const auto from = world.clock().wall();
    world.clock().advance(4min);
    const auto post = [&](const std::string& camera, int seconds) {
        return world.ask("operator", "POST", "/api/v1/duty/watch/lit",
                         {{"from", to_rfc3339(from)}, {"to", to_rfc3339(world.clock().wall())}, {"screens", json::array{json::object{{"camera", camera}, {"seconds", seconds}}}}});
    };
    EXPECT_EQ(body_of(post("11000-0002", 9)).at("field"), "screens") << "it was not shown";
    ASSERT_EQ(post(world.camera(), 200).status, 201);
    const auto hours = body_of(world.ask("police", "GET", "/api/v1/duty/watch/lit")).at("items").as_array();
    ASSERT_EQ(hours.size(), 1U);
    EXPECT_EQ(hours[0].at("cameras"), 1);
    EXPECT_EQ(hours[0].at("monitored"), 1);
    EXPECT_EQ(hours[0].at("seconds"), 200);
    const auto hour = std::string(hours[0].at("hour").as_string());
    const auto cameras = body_of(world.ask("supervisor", "GET", "/api/v1/duty/watch/lit/" + hour)).at("items").as_array();
    ASSERT_EQ(cameras.size(), 1U);
    EXPECT_EQ(cameras[0].at("camera"), world.camera().c_str());
    EXPECT_EQ(cameras[0].at("user"), world.user("operator").value.c_str());
    EXPECT_EQ(body_of(world.ask("supervisor", "GET", "/api/v1/duty/watch/lit/2026-09-21T13:30:00Z")).at("field"), "hour");
    EXPECT_TRUE(body_of(world.ask("police", "GET", "/api/v1/duty/watch/lit?day=2026-09-01")).at("items").as_array().empty());
    EXPECT_EQ(body_of(world.ask("police", "GET", "/api/v1/duty/watch/lit?day=x")).at("field"), "day");
}

}  // namespace
}  // namespace bongsu::policy
