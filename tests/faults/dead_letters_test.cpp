// What led to nothing, and what a person does about it.
#include "centre.hpp"

#include "event/codec/scsns.hpp"
#include "event/dead_letter.hpp"

namespace bongsu::faults {
namespace {

class DeadLetters : public Centre {
  protected:
    json::array waiting() { return items("/api/v1/messages/dead"); }

    http::Response decide(const std::string& verb, std::int64_t raw, const json::object& body,
                          std::string_view caller = "supervisor") {
        return world_.ask(caller, "POST", "/api/v1/messages/dead/" + std::to_string(raw) + "/" + verb, body);
    }

    /// A right message that a codec of yesterday refused.
    std::int64_t refused_by_mistake(const std::string& number) {
        auto& book = world_.site().book();
        EXPECT_TRUE(book.begin());
        const auto bytes = event::scsns::write_event(
            {.send_cd = "P1100000000", .rcv_cd = "B1100000000", .at = world_.clock().wall()}, call(number));
        const auto raw = event::record_raw(book, {.format = "scsns",
                                                  .profile = "default",
                                                  .agency = "P1100000000",
                                                  .remote = "127.0.0.1:1",
                                                  .content_type = "application/json",
                                                  .bytes = bytes});
        EXPECT_TRUE(raw);
        EXPECT_TRUE(event::record_refused(book, *raw, 5000, "the codec did not know better", "ocrLc"));
        EXPECT_TRUE(book.commit());
        return raw ? static_cast<std::int64_t>(raw->seq) : 0;
    }

    /// The 112 room's agreement from now on.
    void agree(const std::string& lines) {
        world_.disk().put("DATA/11000/partners.toml", std::string(kPartners) + lines + "\n");
        ASSERT_EQ(world_.ask("official", "POST", "/api/v1/partners/reload", {{"reason", "a letter"}}).status, 200);
    }
    /// Of the only letter that waits.
    std::string lies_for() { return std::string(waiting().at(0).at("field").as_string()); }
};

constexpr std::string_view kOtherPairs = R"(pairs = [{ send = "P1199999999", receive = "B1100000000" }])";
constexpr std::string_view kOtherTypes = R"(types = ["119UC001"])";

TEST_F(DeadLetters, ARefusedMessageWaitsWithItsReason) {
    EXPECT_EQ(send_with(call("bad"), R"("evtGrad":"10")", R"("evtGrad":"99")").at("result"), "1");

    const auto letters = waiting();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].at("actor"), "agency:P1100000000");
    EXPECT_EQ(letters[0].at("field"), "evtGrad");
    EXPECT_EQ(letters[0].at("attempts"), 0);
}

TEST_F(DeadLetters, ReleasedItIsTakenAsIfItHadJustCome) {
    const auto raw = refused_by_mistake("mended");
    ASSERT_TRUE(incident("mended").empty());

    const auto answer = decide("release", raw, {{"reason", "the codec was mended"}});

    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(policy::body_of(answer).at("incident"), incident("mended").at("id"));
    EXPECT_EQ(incident("mended").at("sender"), "P1100000000");
    EXPECT_EQ(grants_of(incident("mended")), 2U);
    EXPECT_TRUE(waiting().empty());
    const auto entry = last_payload("message.released");
    EXPECT_EQ(entry.at("raw"), raw);
    EXPECT_EQ(entry.at("why"), "the codec was mended");
    EXPECT_EQ(entry.at("outcome"), "event");
    EXPECT_EQ(last_payload("event.received").at("raw"), raw) << "the event names the message that it was made of";
}

TEST_F(DeadLetters, NobodyReleasesItTwice) {
    const auto raw = refused_by_mistake("once");
    ASSERT_EQ(decide("release", raw, {{"reason", "x"}}).status, 200);

    EXPECT_EQ(decide("release", raw, {{"reason", "x"}}).status, 409);
    EXPECT_EQ(decide("dismiss", raw, {{"reason", "x"}}).status, 409);
    EXPECT_EQ(world_.entries_of("message.released"), 1U);
}

TEST_F(DeadLetters, WhatStillCannotBeReadStaysAndTheAttemptIsOnRecord) {
    send_with(call("bad"), R"("evtGrad":"10")", R"("evtGrad":"99")");
    const auto raw = waiting().at(0).at("seq").as_int64();

    const auto answer = decide("release", raw, {{"reason", "perhaps now"}});

    EXPECT_EQ(answer.status, 409);
    EXPECT_NE(answer.body.find("evtGrad"), std::string::npos) << answer.body;
    ASSERT_EQ(waiting().size(), 1U);
    EXPECT_EQ(waiting().at(0).at("attempts"), 1);
    EXPECT_EQ(last_payload("message.released").at("outcome"), "refused");
}

TEST_F(DeadLetters, ReleasedForAnotherReasonItIsAskedTheRulesOfToday) {
    const auto raw = refused_by_mistake("rules");
    agree(std::string(kOtherPairs));

    const auto answer = decide("release", raw, {{"reason", "the codec was mended"}});

    EXPECT_EQ(answer.status, 409);
    EXPECT_NE(answer.body.find("no pair that is agreed"), std::string::npos) << answer.body;
    EXPECT_TRUE(incident("rules").empty());
    ASSERT_EQ(waiting().size(), 1U) << "it stays, with its new reason";
    EXPECT_EQ(lies_for(), "sendCd");
    EXPECT_EQ(waiting().at(0).at("code"), "4001");
    EXPECT_FALSE(last_payload("message.released").contains("despite"));

    agree("");
    EXPECT_EQ(decide("release", raw, {{"reason", "the agreement was mended"}}).status, 200);
}

TEST_F(DeadLetters, ATypeThatIsNotAgreedIsARuleToo) {
    const auto raw = refused_by_mistake("type");
    agree(std::string(kOtherTypes));
    ASSERT_EQ(decide("release", raw, {{"reason", "the codec was mended"}}).status, 409);
    ASSERT_EQ(lies_for(), "evtId");

    EXPECT_EQ(decide("release", raw, {{"reason", "again"}}).status, 409) << "to press twice is no judgement";
    EXPECT_EQ(decide("release", raw, {{"reason", "they asked by telephone"}, {"despite", "evtId"}}).status, 200);

    EXPECT_EQ(incident("type").at("type"), "112UC001");
    EXPECT_EQ(last_payload("message.released").at("despite"), "evtId") << "that a rule was set aside is on record";
}

TEST_F(DeadLetters, WhoSaysToBeAnotherIsTakenOnlyDespiteThat) {
    EXPECT_EQ(send_with(call("stranger"), R"("sendCd":"P1100000000")", R"("sendCd":"P1199999999")").at("type"), "4001");
    const auto raw = waiting().at(0).at("seq").as_int64();

    ASSERT_EQ(decide("release", raw, {{"reason", "perhaps now"}}).status, 409);
    EXPECT_TRUE(incident("stranger").empty());
    const auto answer = decide("release", raw, {{"reason", "their new room, by telephone"}, {"despite", "sendCd"}});

    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(incident("stranger").at("sender"), "P1100000000") << "in the name of who was let in";
    EXPECT_EQ(last_payload("message.released").at("despite"), "sendCd");
}

TEST_F(DeadLetters, OneRuleIsSetAsideAndNoOther) {
    const auto raw = refused_by_mistake("both");
    agree(std::string(kOtherPairs) + "\n" + std::string(kOtherTypes));
    ASSERT_EQ(decide("release", raw, {{"reason", "x"}}).status, 409);
    ASSERT_EQ(lies_for(), "sendCd");

    const auto entries = world_.entries_of("message.released");
    EXPECT_EQ(decide("release", raw, {{"reason", "x"}, {"despite", "evtId"}}).status, 409) << "nobody has judged that";
    EXPECT_EQ(world_.entries_of("message.released"), entries);

    EXPECT_EQ(decide("release", raw, {{"reason", "x"}, {"despite", "sendCd"}}).status, 409);
    EXPECT_TRUE(incident("both").empty());
    EXPECT_EQ(lies_for(), "evtId");
    EXPECT_EQ(decide("release", raw, {{"reason", "x"}, {"despite", "evtId"}}).status, 409) << "the pair is asked again";
}

TEST_F(DeadLetters, WhatCannotBeReadIsNoRule) {
    send_with(call("bad"), R"("evtGrad":"10")", R"("evtGrad":"99")");
    const auto raw = waiting().at(0).at("seq").as_int64();

    EXPECT_EQ(decide("release", raw, {{"reason", "x"}, {"despite", "evtGrad"}}).status, 409);
    EXPECT_FALSE(last_payload("message.released").contains("despite"));
    EXPECT_EQ(decide("release", raw, {{"reason", "x"}, {"despite", ""}}).status, 400);
    EXPECT_EQ(decide("release", raw, {{"reason", "x"}, {"despite", 7}}).status, 400);
}

TEST_F(DeadLetters, DismissedItWaitsNoMoreAndStaysInTheJournal) {
    send_with(call("bad"), R"("evtGrad":"10")", R"("evtGrad":"99")");
    const auto raw = waiting().at(0).at("seq").as_int64();

    EXPECT_EQ(decide("dismiss", raw, {{"reason", "a partner's test"}}).status, 200);

    EXPECT_TRUE(waiting().empty());
    EXPECT_EQ(last_payload("message.released").at("why"), "a partner's test");
    EXPECT_EQ(items("/api/v1/messages/refused").size(), 1U) << "that it was refused stays known";
}

TEST_F(DeadLetters, WhoAndWhyAreAskedFor) {
    const auto raw = refused_by_mistake("why");
    EXPECT_EQ(decide("release", raw, {{"reason", "  "}}).status, 400);
    EXPECT_EQ(decide("release", raw, {{"reason", "x"}}, "official").status, 403);
    EXPECT_EQ(decide("release", raw + 1000, {{"reason", "x"}}).status, 404);
    EXPECT_EQ(world_.entries_of("message.released"), 0U);
}

TEST_F(DeadLetters, AMessageOfManyPartsComesBackWhole) {
    auto& book = world_.site().book();
    std::string bytes;
    for (int i = 0; bytes.size() < (200U << 10); ++i) bytes += "line " + std::to_string(i) + "\n";
    ASSERT_TRUE(book.begin());
    const auto raw = event::record_raw(book, {.format = "telegram", .profile = "fire", .agency = "F1100000000", .bytes = bytes});
    ASSERT_TRUE(raw);
    ASSERT_TRUE(book.commit());

    const auto kept = event::read_raw(book.journal(), raw->seq);
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->message.bytes, bytes);
    EXPECT_EQ(kept->message.profile, "fire");
    EXPECT_EQ(kept->time, raw->time);
    EXPECT_FALSE(event::read_raw(book.journal(), raw->seq + 1)) << "a further part is no message";
}

TEST_F(DeadLetters, AFoldThatIsBuiltAgainSaysTheSame) {
    const auto raw = refused_by_mistake("fold");
    decide("release", raw, {{"reason", "x"}});
    send_with(call("bad"), R"("evtGrad":"10")", R"("evtGrad":"99")");
    auto& book = world_.site().book();
    const auto before = book.fingerprint();
    ASSERT_TRUE(before);

    const auto rebuilt = book.rebuild();

    ASSERT_TRUE(rebuilt) << rebuilt.error().message;
    EXPECT_EQ(*rebuilt, *before);
}

}  // namespace
}  // namespace bongsu::faults
