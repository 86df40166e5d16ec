// Idempotency-Key: done once, answered again, for its own user, for a day, and never for a batch that was
// lost.

#include "app/site/idempotency.hpp"

#include "world.hpp"

namespace bongsu::policy {
namespace {

using Headers = std::map<std::string, std::string>;

Headers key(const std::string& text) { return {{"idempotency-key", text}}; }

boost::json::object event(const std::string& id) {
    return {
        {"id", id}, {"source", "s"}, {"type", "119UC001"}, {"time", "2026-09-21T00:00:00Z"}, {"grade", "20"}};
}

struct IdempotencyTest : testing::Test {
    World world;
    std::string acts = "/api/v1/incidents/" + world.own_live.incident + "/acts";
    boost::json::object note{{"act", "note"}, {"text", "the caller is at the gate"}};
};

TEST_F(IdempotencyTest, ARepeatedActIsDoneOnceAndAnsweredTheSame) {
    const auto first = world.ask("operator", "POST", acts, note, key("k1"));
    const auto entries = world.entries();
    const auto again = world.ask("operator", "POST", acts, note, key("k1"));

    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.content_type, first.content_type);
    EXPECT_EQ(world.entries(), entries + 1) << "who was shown the incident again";
    EXPECT_EQ(world.entries_of("record.read"), 1U);
    EXPECT_EQ(world.entries_of("incident.acted"), 1U);
}

TEST_F(IdempotencyTest, WithoutTheHeaderAnActIsDoneEachTime) {
    world.ask("operator", "POST", acts, note);
    world.ask("operator", "POST", acts, note);

    EXPECT_EQ(world.entries_of("incident.acted"), 2U);
}

TEST_F(IdempotencyTest, ARepeatedEventAnswersTheFirstTimesStatus) {
    const auto first = world.ask("operator", "POST", "/api/v1/events", event("i1"), key("k1"));
    const auto again = world.ask("operator", "POST", "/api/v1/events", event("i1"), key("k1"));

    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(world.entries_of("event.repeated"), 0U);
}

TEST_F(IdempotencyTest, ARepeatedGrantIsIssuedOnce) {
    const boost::json::object input{{"incident", world.own_live.incident},
                                    {"purpose", "operator-incident"},
                                    {"cameras", {world.camera()}}};
    const auto before = world.entries_of("grant.issued");
    const auto first = world.ask("police", "POST", "/api/v1/grants", input, key("k1"));
    const auto again = world.ask("police", "POST", "/api/v1/grants", input, key("k1"));

    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(world.entries_of("grant.issued"), before + 1);
}

TEST_F(IdempotencyTest, ATicketIsHandedOutOnceAndKeptNowhere) {
    const boost::json::object input{
        {"grant", world.own_live.grant}, {"camera", world.camera()}, {"kind", "live"}};
    const auto first = world.ask("room112", "POST", "/api/v1/tickets", input, key("k1"));
    const auto again = world.ask("room112", "POST", "/api/v1/tickets", input, key("k1"));

    ASSERT_EQ(first.status, 201);
    EXPECT_EQ(again.status, 409);
    EXPECT_NE(again.body.find("Idempotency-Key"), std::string::npos) << again.body;
    EXPECT_EQ(world.entries_of("view.permitted"), 1U);
    const auto kept = world.site().book().db().query("select body from idempotency where status = 0");
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), 1U);
    EXPECT_EQ((*kept)[0].text(0), "");
}

TEST_F(IdempotencyTest, AKeyBelongsToOneRequest) {
    world.ask("operator", "POST", acts, note, key("k1"));
    const auto other_body =
        world.ask("operator", "POST", acts, {{"act", "note"}, {"text", "another"}}, key("k1"));
    const auto other_route = world.ask("operator", "POST", "/api/v1/events", event("i1"), key("k1"));

    for (const auto& answer : {other_body, other_route}) {
        EXPECT_EQ(answer.status, 409);
        EXPECT_NE(answer.body.find("Idempotency-Key"), std::string::npos) << answer.body;
    }
    EXPECT_EQ(world.entries_of("incident.acted"), 1U);
}

TEST_F(IdempotencyTest, AKeyBelongsToOneUser) {
    world.ask("operator", "POST", acts, note, key("k1"));
    const auto answer = world.ask("police", "POST", acts, {{"act", "note"}, {"text", "mine"}}, key("k1"));

    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(world.entries_of("incident.acted"), 2U);
}

TEST_F(IdempotencyTest, ARefusalIsNotKept) {
    const auto refused = world.ask("operator", "POST", acts, {{"act", "dispatch"}}, key("k1"));
    ASSERT_EQ(refused.status, 409) << refused.body;
    ASSERT_EQ(world.ask("operator", "POST", acts, {{"act", "receive"}}, key("k2")).status, 201);

    EXPECT_EQ(world.ask("operator", "POST", acts, {{"act", "dispatch"}}, key("k1")).status, 201);
}

TEST_F(IdempotencyTest, WhoMayNoLongerAskHearsNoOldAnswer) {
    ASSERT_EQ(world.ask("operator", "POST", acts, note, key("k1")).status, 201);

    EXPECT_EQ(world.ask("anonymous", "POST", acts, note, key("k1")).status, 401);
}

TEST_F(IdempotencyTest, AKeyIsForgottenAfterADay) {
    world.ask("operator", "POST", acts, note, key("k1"));
    auto& db = world.site().book().db();
    auto request = request_of("POST", acts);
    request.headers = key("k1");
    const auto write = app::write_key(request, UserId{"u"});
    ASSERT_TRUE(write && *write);
    const auto now = world.clock().wall();
    ASSERT_TRUE(app::keep_answer(db, **write, http::json_response(201, {{"a", 1}}), now));

    EXPECT_TRUE(app::answered_before(db, **write, now + 24h - 1us)->has_value());
    EXPECT_FALSE(app::answered_before(db, **write, now + 24h)->has_value());
    EXPECT_TRUE(app::keep_answer(db, **write, http::json_response(201, {{"a", 2}}), now + 24h));
    EXPECT_EQ(app::answered_before(db, **write, now + 25h)->value().body, R"({"a":2})");
}

TEST_F(IdempotencyTest, TheOldestKeyMakesRoomForTheNewest) {
    auto& db = world.site().book().db();
    const auto now = world.clock().wall();
    ASSERT_TRUE(app::keep_answer(db, {"oldest", "r"}, http::json_response(201, {}), now));
    ASSERT_TRUE(
        db.query("with recursive c(i) as (select 1 union all select i + 1 from c where i < $1) "
                 "insert into idempotency(id, request, status, content_type, body, expires) "
                 "select 'id' || i, 'r', 201, '', '', $2 from c",
                 {app::kIdempotencyRowsMax - 1, to_us(now + 1h)}));
    ASSERT_TRUE(app::answered_before(db, {"oldest", "r"}, now)->has_value());

    ASSERT_TRUE(app::keep_answer(db, {"newest", "r"}, http::json_response(201, {}), now));

    EXPECT_FALSE(app::answered_before(db, {"oldest", "r"}, now)->has_value());
    EXPECT_TRUE(app::answered_before(db, {"newest", "r"}, now)->has_value());
    EXPECT_EQ((*db.query("select count(*) from idempotency"))[0].integer(0), app::kIdempotencyRowsMax);
}

TEST_F(IdempotencyTest, AKeyThatIsNoKeyIsNamed) {
    for (const auto& bad : {std::string(), std::string(129, 'a'), std::string("two words"),
                            std::string("\xea\xb0\x80"), std::string("a\x7f")}) {
        const auto answer = world.ask("operator", "POST", acts, note, key(bad));
        EXPECT_EQ(answer.status, 400) << bad;
        EXPECT_NE(answer.body.find("Idempotency-Key"), std::string::npos) << answer.body;
    }
    EXPECT_EQ(world.entries_of("incident.acted"), 0U);
}

TEST_F(IdempotencyTest, WhatWasDoneIsNotDoneAgainWhenTheDatabaseIsLost) {
    ASSERT_EQ(world.ask("operator", "POST", acts, note, key("k1")).status, 201);
    ASSERT_TRUE(world.site().book().db().exec("delete from idempotency"));
    ASSERT_TRUE(world.site().book().rebuild());
    const auto again = world.ask("operator", "POST", acts, note, key("k1"));
    const auto another = world.ask("operator", "POST", acts, {{"act", "note"}, {"text", "another"}}, key("k1"));
    const auto fresh = world.ask("operator", "POST", acts, {{"act", "note"}, {"text", "another"}}, key("k2"));

    EXPECT_EQ(again.status, 409);
    EXPECT_NE(again.body.find("it was done"), std::string::npos) << again.body;
    EXPECT_EQ(another.status, 409);
    EXPECT_NE(another.body.find("with another request"), std::string::npos) << another.body;
    EXPECT_EQ(fresh.status, 201);
    EXPECT_EQ(world.entries_of("incident.acted"), 2U);
}

TEST_F(IdempotencyTest, TheJournalsMemoryOfAKeyIsOfADayToo) {
    auto& book = world.site().book();
    const app::WriteKey write{"id", "request"};
    ASSERT_TRUE(book.begin());
    ASSERT_TRUE(app::record_done(book, write, UserId{"u"}));
    ASSERT_TRUE(book.commit());
    const auto now = world.clock().wall();

    EXPECT_EQ(app::answered_before(book.db(), write, now).error().kind, ErrorKind::conflict);
    EXPECT_FALSE(app::answered_before(book.db(), write, now + 24h).value().has_value());
}

TEST_F(IdempotencyTest, AnAnswerThatWasLostWithItsBatchIsNotGivenAgain) {
    world.disk().disk_full(true);
    const auto lost = world.ask("operator", "POST", acts, note, key("k1"));
    ASSERT_EQ(lost.status, 507) << lost.body;
    world.disk().disk_full(false);
    const auto again = world.ask("operator", "POST", acts, note, key("k1"));

    EXPECT_EQ(again.status, 201);
    EXPECT_FALSE(again.headers.contains("Idempotency-Replayed"));
    EXPECT_EQ(world.entries_of("incident.acted"), 1U);
}

}  // namespace
}  // namespace bongsu::policy
