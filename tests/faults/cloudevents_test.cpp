// CloudEvents over HTTP: all their modes, the record that is enough to read them again, and the agreement with the agency
// that sends them.
#include "centre.hpp"

#include "event/codec/codec.hpp"
#include "event/dead_letter.hpp"

namespace bongsu::faults {
namespace {

constexpr std::string_view kAgreed = R"(
[[partner]]
key = "fire-cloud"
format = "cloudevents"
sender = "F1100000000"
types = ["119UC001"]
clock_offset_s = 3600
ahead_max_s = 60
code_map = """
code,evtId,grade
kr.go.fire.alarm,119UC001,10
kr.go.fire.lamp,FCLFT101,20
"""
)";

class CloudEvents : public Centre {
  protected:
    CloudEvents() : Centre(kAgreed) {}

    http::Response post(std::string_view caller, std::string body, std::map<std::string, std::string> headers = {}) {
        auto request = policy::request_of("POST", "/api/v1/events", std::move(body));
        for (auto& [name, value] : headers) request.headers[name] = value;
        auto answer = world_.ask(caller, std::move(request));
        world_.clock().advance(10ms);
        return answer;
    }
    std::string time(std::chrono::seconds from_now = 0s) { return to_rfc3339(world_.clock().wall() + from_now); }
    static std::map<std::string, std::string> binary(const std::string& id) {
        return {{"ce-specversion", "1.0"}, {"ce-id", id}, {"ce-source", "/bells/7"}, {"ce-type", "EBSCP110"}};
    }
    static std::string structured(const std::string& id, const std::string& type, const std::string& more) {
        return R"({"specversion":"1.0","id":")" + id + R"(","source":"s","type":")" + type + "\"" + more + "}";
    }
    /// As a release would.
    event::Decoding read_again(std::int64_t raw) {
        const auto kept = event::read_raw(world_.site().book().journal(), static_cast<std::uint64_t>(raw));
        EXPECT_TRUE(kept) << kept.error().message;
        event::Profile profile;
        profile.format = event::Format::cloudevents;
        return event::decode(profile, {.bytes = kept->message.bytes,
                                       .received_at = kept->time,
                                       .content_type = kept->message.content_type,
                                       .headers = &kept->message.headers});
    }
};

TEST_F(CloudEvents, WithoutTimeAndDataItOpensAtNoKnownPlace) {
    const auto answer = post("room112", structured("bare", "EBSCP110", ""), {{"content-type", "application/cloudevents+json"}});

    ASSERT_EQ(answer.status, 201) << answer.body;
    const auto opened = incident("bare");
    EXPECT_TRUE(opened.at("position").is_null());
    EXPECT_TRUE(has_fault(opened, "absent:time"));
    EXPECT_TRUE(has_fault(opened, "absent:data"));
    const auto entry = last_payload("event.received");
    EXPECT_EQ(entry.at("occurredAt"), entry.at("stateTime"));
}

TEST_F(CloudEvents, WithAPositionThatCannotBeReadItOpensAtNoKnownPlaceAndSaysSo) {
    const auto structured_mode =
        post("room112", structured("half", "EBSCP110", R"(,"data":{"position":[126.978],"place":"종로 1","grade":"10"})"));
    const auto binary_mode = post("room112", R"({"position":"종로","place":"종로 2","grade":"10"})", binary("words"));
    const auto own = post("operator", R"({"id":"own","source":"s","type":"EBSCP110","time":")" + time() +
                                          R"(","position":{"lon":126.978,"lat":37.5665},"place":"종로 3","grade":"10"})");

    for (const auto* answer : {&structured_mode, &binary_mode, &own}) ASSERT_EQ(answer->status, 201) << answer->body;
    EXPECT_TRUE(has_fault(incident("half"), "positionFault:data.position"));
    EXPECT_TRUE(has_fault(incident("words"), "positionFault:position"));
    EXPECT_TRUE(has_fault(incident("own"), "positionFault:position"));
    for (const auto* number : {"half", "words", "own"}) {
        EXPECT_TRUE(incident(number).at("position").is_null()) << number;
        EXPECT_EQ(incident(number).at("positionFault"), "zero") << number;
        EXPECT_FALSE(incident(number).at("place").as_string().empty()) << number;
        EXPECT_GE(grants_of(incident(number)), 1U) << number;
    }
    EXPECT_TRUE(items("/api/v1/messages/dead").empty());
    EXPECT_EQ(last_payload("event.received").at("faults"), json::array{"positionFault:position"}) << "on record with the event";
}

TEST_F(CloudEvents, InBinaryModeTheRecordIsEnoughToReadItAgain) {
    auto headers = binary("b%201");
    headers["ce-traceparent"] = world_.token("room112");
    headers["ce-subject"] = "\xFF";
    const auto answer = post("room112", R"({"position":[126.978,37.5665],"place":"종로","grade":"10"})", headers);

    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(incident("b 1").at("sender"), "P1100000000:/bells/7");
    EXPECT_EQ(incident("b 1").at("place"), "종로");
    EXPECT_GE(grants_of(incident("b 1")), 1U);
    const auto raw = last_payload("message.received");
    EXPECT_EQ(raw.at("headers").at("ce-id"), "b%201");
    EXPECT_EQ(raw.at("headers").at("ce-subject"), "%ff");
    const auto masked = raw.at("headers").at("ce-traceparent").as_string();
    EXPECT_EQ(masked.find_first_not_of('*'), json::string::npos) << "the token that lets the sender in";

    const auto received = last_payload("event.received");
    const auto again = read_again(received.at("raw").as_int64());

    ASSERT_NE(again.event(), nullptr) << again.refusal.reason;
    EXPECT_EQ(again.event()->body_digest, std::string(received.at("digest").as_string()));
    EXPECT_EQ(again.event()->number, "b 1");
}

TEST_F(CloudEvents, TheSameMessageInBinaryModeIsARepeat) {
    auto headers = binary("again");
    headers["ce-time"] = time();
    ASSERT_EQ(post("room112", "{}", headers).status, 201);
    EXPECT_EQ(post("room112", "{}", headers).status, 200);
    headers["idempotency-key"] = "k";
    EXPECT_EQ(post("room112", "{}", headers).status, 200);
    headers["ce-id"] = "another";
    EXPECT_EQ(post("room112", "{}", headers).status, 409) << "the key was used for another event";
}

TEST_F(CloudEvents, AnOlderRevisionIsKeptAsLate) {
    const auto revision = [&](int number, const std::string& text) {
        return post("room112", structured("late", "EBSCP110", R"(,"data":{"state":"40","text":")" + text + R"(","revision":)" +
                                                                  std::to_string(number) + "}"));
    };
    ASSERT_EQ(revision(3, "newest").status, 201);

    const auto answer = revision(2, "older");

    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(policy::body_of(answer).at("incident"), incident("late").at("id"));
    EXPECT_EQ(incident("late").at("text"), "newest");
    EXPECT_EQ(timeline(incident("late")).back(), "event.late older");
    EXPECT_TRUE(items("/api/v1/messages/dead").empty()) << "nobody has to do anything about it";
    EXPECT_EQ(revision(2, "older").status, 200);
    EXPECT_EQ(revision(2, "another").status, 409) << "the same revision with another body";
    EXPECT_EQ(last_payload("message.refused").at("event"), last_payload("event.received").at("event"));
}

TEST_F(CloudEvents, WhatIsNotTakenIsAnswered415AndStaysOnRecord) {
    const auto answer = post("room112", "[]", {{"content-type", "application/cloudevents-batch+json"}});

    EXPECT_EQ(answer.status, 415);
    EXPECT_EQ(policy::body_of(answer).at("type"), "/problems/unsupported_media_type");
    EXPECT_NE(answer.body.find("batch"), std::string::npos) << answer.body;
    EXPECT_EQ(last_refused().at("code"), "415");
    EXPECT_EQ(last_refused().at("field"), "Content-Type");
    EXPECT_EQ(last_payload("message.received").at("contentType"), "application/cloudevents-batch+json");
}

TEST_F(CloudEvents, AMissingHeaderIsNamed) {
    auto headers = binary("x");
    headers.erase("ce-source");
    const auto answer = post("room112", "{}", headers);

    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(policy::body_of(answer).at("field"), "ce-source");
    EXPECT_EQ(last_refused().at("field"), "ce-source");
}

TEST_F(CloudEvents, ATimeOrARevisionThatNoEntryCanHoldIsRefusedByItsNameAndStaysOnRecord) {
    auto far = binary("far");
    far["ce-time"] = "9999-12-31T23:59:59Z";
    const auto own = [](const std::string& when, const std::string& more) {
        return R"({"id":"own","source":"s","type":"EBSCP110","time":")" + when + "\"" + more + "}";
    };
    struct Case {
        http::Response answer;
        std::string field;
    };
    const Case cases[] = {
        {post("room112", structured("far", "EBSCP110", R"(,"time":"2256-01-01T00:00:00Z")")), "time"},
        {post("room112", structured("old", "EBSCP110", R"(,"time":"1601-01-01T00:00:00Z")")), "time"},
        {post("room112", structured("high", "EBSCP110", R"(,"data":{"revision":9007199254740992})")), "data.revision"},
        {post("room112", "{}", far), "ce-time"},
        {post("operator", own("0001-01-01T00:00:00Z", "")), "time"},
        {post("operator", own(time(), R"(,"revision":9223372036854775807)")), "revision"},
    };
    const auto dead = items("/api/v1/messages/dead");
    const auto refused = items("/api/v1/messages/refused");
    ASSERT_EQ(dead.size(), std::size(cases)) << "each waits for a person";
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        const auto& [answer, field] = cases[i];
        EXPECT_EQ(answer.status, 400) << answer.body;
        EXPECT_EQ(policy::body_of(answer).at("field").as_string(), field);
        EXPECT_EQ(refused.at(std::size(cases) - 1 - i).at("field").as_string(), field) << "the newest first";
    }
}

TEST_F(CloudEvents, TheAgreementWithTheirAgencyIsConsulted) {
    ASSERT_EQ(post("room119", structured("mapped", "kr.go.fire.alarm", R"(,"time":")" + time(3600s) + "\"")).status, 201);

    const auto opened = incident("mapped");
    EXPECT_EQ(opened.at("type"), "119UC001");
    EXPECT_EQ(opened.at("grade"), "10");
    EXPECT_EQ(opened.at("sender"), "F1100000000:s");
    const auto entry = last_payload("event.received");
    EXPECT_EQ(entry.at("profile"), "fire-cloud");
    EXPECT_TRUE(entry.at("statedTime").is_null()) << "the clock's hour was taken off";
    EXPECT_EQ(entry.at("faults").as_array().size(), 1U) << "absent:data";
}

TEST_F(CloudEvents, ATypeThatIsNotAgreedIsRefusedByItsName) {
    const auto answer = post("room119", structured("no", "kr.go.fire.lamp", ""));

    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(policy::body_of(answer).at("field"), "type");
    EXPECT_EQ(last_refused().at("field"), "type");
    EXPECT_EQ(last_payload("message.refused").at("profile"), "fire-cloud");
    EXPECT_EQ(post("room112", structured("no", "FCLFT101", "")).status, 201) << "with the 112 room nothing is agreed";
}

TEST_F(CloudEvents, HowFarAheadAClockMayBeIsTheAgreements) {
    ASSERT_EQ(post("room119", structured("near", "119UC001", R"(,"time":")" + time(3650s) + "\"")).status, 201);
    EXPECT_FALSE(has_fault(incident("near"), "clockAhead"));
    ASSERT_EQ(post("room119", structured("far", "119UC001", R"(,"time":")" + time(3670s) + "\"")).status, 201);
    EXPECT_TRUE(has_fault(incident("far"), "clockAhead"));
}

TEST_F(CloudEvents, WithoutATimeTheirClocksOffsetIsNotTakenOffOurs) {
    ASSERT_EQ(post("room119", structured("ours", "119UC001", "")).status, 201);

    EXPECT_EQ(last_payload("event.received").at("occurredAt").as_int64(), to_us(world_.clock().wall() - 10ms));
}

TEST_F(CloudEvents, ADeadLetterIsReadByTheAgreementOfToday) {
    ASSERT_EQ(post("room119", structured("dead", "kr.go.fire.lamp", "")).status, 400);
    const auto raw = items("/api/v1/messages/dead").at(0).at("seq").as_int64();
    const auto path = "/api/v1/messages/dead/" + std::to_string(raw) + "/release";

    EXPECT_EQ(world_.ask("supervisor", "POST", path, {{"reason", "perhaps now"}}).status, 409) << "still not agreed";

    auto toml = std::string(kAgreed);
    toml.replace(toml.find("[\"119UC001\"]"), 12, "[\"119UC001\", \"FCLFT101\"]");
    world_.disk().put("DATA/11000/partners.toml", toml);
    ASSERT_EQ(world_.ask("official", "POST", "/api/v1/partners/reload", {{"reason", "lamps too"}}).status, 200);
    ASSERT_EQ(world_.ask("supervisor", "POST", path, {{"reason", "agreed now"}}).status, 200);
    EXPECT_EQ(incident("dead").at("type"), "FCLFT101");
    EXPECT_EQ(incident("dead").at("sender"), "F1100000000:s");
}

}  // namespace
}  // namespace bongsu::faults
