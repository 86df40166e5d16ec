// Several grants of one incident beside each other: each stands for itself, and none stands in another's way.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "event/codec/scsns_writer.hpp"
#include "grant/read.hpp"
#include "grant/verbs.hpp"
#include "ticket/ticket.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

class GrantsTest : public ::testing::Test {
  protected:
    /// The police officer at the centre opens one camera by hand.
    std::string open_by_hand(const std::string& incident) {
        const auto answer = world.ask("police", "POST", "/api/v1/grants",
                                      {{"incident", incident},
                                       {"purpose", "operator-incident"},
                                       {"cameras", json::array{world.camera()}}});
        EXPECT_EQ(answer.status, 201) << answer.body;
        return std::string(body_of(answer).at("id").as_string());
    }
    int act(const std::string& incident, const std::string& name) {
        return world.ask("operator", "POST", "/api/v1/incidents/" + incident + "/acts", {{"act", name}}).status;
    }
    std::vector<grant::Grant> live(const std::string& incident) {
        return *grant::live_grants_of_incident(world.site().book().db(), {incident}, world.clock().wall());
    }
    grant::Grant find(const std::string& id) { return *grant::find_grant(world.site().book().db(), {id}); }

    World world;
};

TEST_F(GrantsTest, OneOpenedByHandDoesNotKeepTheIncidentsVideoShut) {
    const auto by_hand = open_by_hand(world.none.incident);
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/incidents/" + world.none.incident + "/acts",
                        {{"act", "open_video"}})
                  .status,
              201);
    const auto live = grant::live_grants_of_incident(world.site().book().db(), {world.none.incident},
                                                     world.clock().wall());
    ASSERT_TRUE(live.has_value());
    std::size_t of_operators = 0;
    for (const auto& grant : *live) of_operators += grant.purpose == "operator-incident" ? 1 : 0;
    EXPECT_EQ(of_operators, 2U);
}

TEST_F(GrantsTest, WhatAPersonEndedNeitherReceiptNorMessageOpensAgain) {
    const auto& incident = world.own_live.incident;
    for (const auto& id : {world.own_live.grant, world.own_live.centre_grant})
        ASSERT_EQ(world.ask("supervisor", "DELETE", "/api/v1/grants/" + id, {{"reason", "112 must not see this"}}).status, 200);

    ASSERT_EQ(act(incident, "receive"), 201);
    world.clock().advance(1s);
    world.room112_calls("own-live", "10", "40");

    EXPECT_TRUE(live(incident).empty()) << "a receipt and a message of the sender's overrule nobody";
    EXPECT_EQ(world.ask("room112", "POST", "/api/v1/tickets",
                        {{"grant", world.own_live.grant}, {"camera", world.camera()}, {"kind", "live"}})
                  .status,
              409);

    ASSERT_EQ(act(incident, "open_video"), 201);
    EXPECT_EQ(live(incident).size(), 2U) << "whoever asks for it by name gets it";
}

TEST_F(GrantsTest, AReceiptPassesOverOnlyWhatAPersonEnded) {
    const auto& incident = world.own_live.incident;
    ASSERT_EQ(world.ask("supervisor", "DELETE", "/api/v1/grants/" + world.own_live.grant, {{"reason", "not theirs"}}).status, 200);
    const auto by_hand = open_by_hand(incident);
    ASSERT_EQ(world.ask("police", "DELETE", "/api/v1/grants/" + by_hand, {{"reason", "seen"}}).status, 200);
    auto& book = world.site().book();
    ASSERT_TRUE(book.begin());
    ASSERT_TRUE(grant::end_of_incident(book, "site:11000", {incident}, "expired"));
    ASSERT_TRUE(book.commit());

    ASSERT_EQ(act(incident, "receive"), 201);

    const auto found = live(incident);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].purpose, "operator-incident") << "one that was opened by hand stands for itself, its end too";
}

TEST_F(GrantsTest, OneOpenedByHandKeepsItsCamerasWhenThePlaceMoves) {
    const auto by_hand = open_by_hand(world.own_live.incident);
    event::scsns::WriterEvent moved;
    moved.number = "own-live";
    moved.state = "40";
    moved.position = event::Position{1'275'000'000, 375'666'000};  // Far from every camera.
    moved.occurred_at = moved.state_time = world.clock().wall() + 1s;
    auto request = request_of("POST", "/linkHttp/recvEvent.json");
    request.body = event::scsns::write_event({.send_cd = "P1100000000",
                                              .rcv_cd = "B1100000000",
                                              .rr_key = world.partner_key(),
                                              .at = world.clock().wall()},
                                             moved);
    world.run(app::HttpInput{request, [](const http::Response& answer) { EXPECT_EQ(answer.status, 200); }});
    world.clock().advance(16s);
    world.run(app::Tick{});
    EXPECT_TRUE(find(world.own_live.centre_grant).cameras.empty()) << "the event's own grant follows it";
    EXPECT_EQ(find(by_hand).cameras, std::vector{CameraId{world.camera()}});
}

TEST_F(GrantsTest, ARelayRidesOnTheGrantThatEndsLast) {
    const CameraId camera{"11440-0001"};
    auto& book = world.site().book();
    const auto now = world.clock().wall();
    std::vector<std::string> ids;
    ASSERT_TRUE(book.begin().has_value());
    for (const auto minutes : {5min, 60min, 10min}) {
        const auto given = grant::issue(book, grant::Purposes::defaults(),
                                        {.actor = "site:11000",
                                         .purpose = "operator-incident",
                                         .incident = {world.own_live.incident},
                                         .event = {},
                                         .holder = {.user = {}, .agency = AgencyId{"B1100000000"}},
                                         .cameras = {camera},
                                         .from = now,
                                         .to = now + minutes,
                                         .second_person = {}});
        ASSERT_TRUE(given.has_value()) << given.error().message;
        ids.push_back(given->id.value);
    }
    ASSERT_TRUE(book.commit().has_value());
    for (const auto& id : ids) {
        world.run(app::BusInput{{"11440"},
                                {{"t", "relay_permitted"},
                                 {"grant", id},
                                 {"cameras", json::array{camera.value}}}});
    }
    const auto grant_of_ticket = [&] {
        const auto out = world.run(
            app::MediaInput{{{"t", "ticket_wanted"}, {"camera", camera.value}, {"height", 0}}});
        const auto& answer = out.to_media.back();
        EXPECT_TRUE(answer.contains("ticket")) << json::serialize(answer);
        const auto& here = world.site().options().city.centre_info();
        const auto claims = ticket::verify(std::string(answer.at("ticket").as_string()),
                                           {{here.ticket_kid, here.ticket_public}}, {"11440"}, now);
        EXPECT_TRUE(claims.has_value());
        return claims ? claims->grant.value : "";
    };
    EXPECT_EQ(grant_of_ticket(), ids[1]);

    ASSERT_EQ(world.ask("supervisor", "DELETE", "/api/v1/grants/" + ids[1] + "?reason=done").status, 200);
    EXPECT_EQ(grant_of_ticket(), ids[2]);
}

}  // namespace
}  // namespace bongsu::policy
