// Whose an incident is, who commands it, and that nobody leaves it lying.
#include "desk.hpp"
#include "incident/verbs.hpp"

namespace bongsu::incident {

namespace {

Sits only(std::set<std::string> users) {
    return [users = std::move(users)](const UserId& user) -> Result<bool> { return users.contains(user.value); };
}

}  // namespace

class Acts : public Desk {
  protected:
    Result<Incident> tried(const std::string& user, const std::string& role, Act what, const Sits& sits = {}) {
        EXPECT_TRUE(book_.begin());
        auto done = act(book_, {UserId{user}, role}, id_, what, sits);
        EXPECT_TRUE(book_.commit());
        return done;
    }
    std::string refused(const std::string& user, const std::string& role, Act what, const Sits& sits = {}) {
        const auto done = tried(user, role, std::move(what), sits);
        EXPECT_FALSE(done);
        return done ? "done" : done.error().message;
    }
    void open(const std::string& code = "10") { id_ = take(message(code, 0)).incident; }
    std::string owner() { return now(id_).owner.value_or(UserId{"nobody"}).value; }

    IncidentId id_;
};

TEST_F(Acts, OneOfManyReceivesItAndHasItInHand) {
    open();
    EXPECT_EQ(owner(), "nobody");
    ASSERT_TRUE(tried("U1", "operator", {.act = "receive"}));
    EXPECT_EQ(owner(), "U1");
    for (const auto* other : {"U2", "U3", "U1"}) EXPECT_EQ(refused(other, "operator", {.act = "receive"}), "the incident is already received");
    EXPECT_EQ(owner(), "U1");
    EXPECT_EQ(now(id_).received_by, UserId{"U1"});
}

TEST_F(Acts, WhatItsSenderSaysIsReceivedStillWaitsForSomebodyOfOurs) {
    open("20");
    EXPECT_EQ(now(id_).state, State::received);
    EXPECT_EQ(owner(), "nobody");
    ASSERT_TRUE(tried("U2", "operator", {.act = "receive"}));
    EXPECT_EQ(owner(), "U2");
    EXPECT_EQ(now(id_).state, State::received);
    EXPECT_EQ(refused("U3", "operator", {.act = "receive"}), "the incident is already received");
}

TEST_F(Acts, WhoTakesAStepHasItInHandWhenNobodyHas) {
    open("20");
    ASSERT_TRUE(tried("U2", "operator", {.act = "dispatch"}));
    EXPECT_EQ(owner(), "U2");
    ASSERT_TRUE(tried("U3", "operator", {.act = "call"})) << "anybody may help";
    EXPECT_EQ(owner(), "U2");
}

TEST_F(Acts, ItIsHandedToWhoSits) {
    open();
    ASSERT_TRUE(tried("U1", "operator", {.act = "receive"}));
    const auto sits = only({"U1", "U2"});
    EXPECT_EQ(tried("U1", "operator", {.act = "hand_over"}, sits).error().field, "person");
    EXPECT_EQ(tried("U1", "operator", {.act = "note", .text = "x", .person = UserId{"U2"}}, sits).error().field, "person");
    const auto empty_seat = tried("U1", "operator", {.act = "hand_over", .person = UserId{"U3"}}, sits);
    ASSERT_FALSE(empty_seat);
    EXPECT_EQ(empty_seat.error().code, "not_seated");
    EXPECT_NE(refused("U2", "operator", {.act = "hand_over", .person = UserId{"U2"}}, sits).find("who has the incident in hand"), std::string::npos);
    ASSERT_TRUE(tried("U1", "operator", {.act = "hand_over", .person = UserId{"U2"}}, sits));
    EXPECT_EQ(owner(), "U2");
    EXPECT_EQ(now(id_).received_by, UserId{"U1"}) << "who received it stays";
    ASSERT_TRUE(tried("P1", "police", {.act = "hand_over", .person = UserId{"U1"}}, sits)) << "a police officer assigns";
    EXPECT_EQ(owner(), "U1");
    EXPECT_NE(refused("S1", "supervisor", {.act = "hand_over", .person = UserId{"U1"}}, sits).find("already"), std::string::npos);
}

TEST_F(Acts, WhoLeftIsRelievedByAnybodyAndWhoSitsByThoseAbove) {
    open();
    EXPECT_NE(refused("U2", "operator", {.act = "take_over"}).find("receive it before"), std::string::npos);
    ASSERT_TRUE(tried("U1", "operator", {.act = "receive"}));
    EXPECT_NE(refused("U1", "operator", {.act = "take_over"}).find("in the caller's hand"), std::string::npos);
    EXPECT_NE(refused("U2", "operator", {.act = "take_over"}, only({"U1", "U2"})).find("at a seat"), std::string::npos);
    ASSERT_TRUE(tried("U2", "operator", {.act = "take_over"}, only({"U2"})));
    EXPECT_EQ(owner(), "U2");
    ASSERT_TRUE(tried("S1", "supervisor", {.act = "take_over"}, only({"U2"})));
    EXPECT_EQ(owner(), "S1");
}

TEST_F(Acts, APoliceOfficerCommandsByOneKey) {
    open();
    EXPECT_NE(refused("U1", "operator", {.act = "command"}).find("police"), std::string::npos);
    EXPECT_NE(refused("S1", "supervisor", {.act = "command"}).find("police"), std::string::npos);
    ASSERT_TRUE(tried("P1", "police", {.act = "command"}));
    EXPECT_EQ(now(id_).commander, UserId{"P1"});
    EXPECT_EQ(now(id_).state, State::received) << "who commands it has received it";
    EXPECT_EQ(owner(), "nobody") << "and nobody is working on it yet";
    EXPECT_NE(refused("P1", "police", {.act = "command"}).find("already"), std::string::npos);
    ASSERT_TRUE(tried("P2", "police", {.act = "command"})) << "a relief";
    EXPECT_EQ(now(id_).commander, UserId{"P2"});
    EXPECT_NE(refused("P1", "police", {.act = "yield_command"}).find("who commands"), std::string::npos);
    ASSERT_TRUE(tried("S1", "supervisor", {.act = "yield_command"}));
    EXPECT_FALSE(now(id_).commander);
    EXPECT_FALSE(now(id_).commanded_at);
    EXPECT_NE(refused("P2", "police", {.act = "yield_command"}).find("nobody commands"), std::string::npos);
}

TEST_F(Acts, WhatNobodyReceivesIsEscalatedOnceALevel) {
    open();
    const auto escalated = [&](std::int64_t level) {
        EXPECT_TRUE(book_.begin());
        const auto done = escalate(book_, id_, level, std::chrono::seconds(30 * level));
        EXPECT_TRUE(book_.commit());
        return done.has_value();
    };
    const auto late = world_.clock.wall();
    EXPECT_EQ(not_received(*db_, late, late, 10)->count, 1U);
    EXPECT_EQ(not_received(*db_, late - std::chrono::hours(1), late, 10)->count, 0U) << "an urgent one has its own time";
    EXPECT_EQ(to_escalate(*db_, 1, late, late, 10)->size(), 1U);
    EXPECT_TRUE(escalated(1));
    EXPECT_FALSE(escalated(1));
    EXPECT_TRUE(to_escalate(*db_, 1, late, late, 10)->empty());
    EXPECT_EQ(to_escalate(*db_, 2, late, late, 10)->size(), 1U);
    EXPECT_EQ(now(id_).escalation, 1);
    ASSERT_TRUE(tried("U1", "operator", {.act = "receive"}));
    EXPECT_FALSE(escalated(2)) << "somebody has it in hand";
    EXPECT_EQ(not_received(*db_, late, late, 10)->count, 0U);
    EXPECT_EQ(in_hand(*db_)->at(UserId{"U1"}).size(), 1U);
}

TEST_F(Acts, WhatItsSenderReceivedAloneIsEscalatedAsWell) {
    open("20");
    const auto late = world_.clock.wall();
    EXPECT_EQ(not_received(*db_, late, late, 10)->count, 1U) << "nobody of ours has it in hand";
    ASSERT_TRUE(tried("P1", "police", {.act = "command"}));
    EXPECT_EQ(not_received(*db_, late, late, 10)->count, 0U) << "an officer leads it";
}

TEST_F(Acts, AStepOfTheProcedureIsSomethingDone) {
    open();
    const auto stepped = [&](const std::string& user) {
        EXPECT_TRUE(book_.begin());
        const auto done = note_step(book_, {UserId{user}, "operator"}, id_);
        EXPECT_TRUE(book_.commit());
        return done.value_or(false);
    };
    EXPECT_FALSE(stepped("U1")) << "what nobody received has no step";
    ASSERT_TRUE(tried("U1", "operator", {.act = "receive"}));
    EXPECT_TRUE(stepped("U2"));
    EXPECT_EQ(now(id_).state, State::acting);
    EXPECT_EQ(owner(), "U1");
    EXPECT_FALSE(stepped("U2")) << "nothing changes any more";
    EXPECT_NE(refused("U1", "operator", {.act = "procedure_step"}).find("must be one of"), std::string::npos) << "nobody asks for it by name";
}

}  // namespace bongsu::incident
