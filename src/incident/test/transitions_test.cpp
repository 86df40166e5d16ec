#include "incident/transitions.hpp"

#include <gtest/gtest.h>

namespace bongsu::incident {

namespace {

constexpr std::array kStates{State::fresh,  State::received,  State::acting,     State::released,
                             State::closed, State::cancelled, State::auto_closed};
constexpr std::array<std::string_view, 8> kCodes{"10", "20", "30", "40", "50", "90", "91", "92"};

}  // namespace

TEST(Transitions, StatesKeepTheContractsWords) {
    constexpr std::array<std::string_view, 7> kWords{"new",    "received",  "acting",     "released",
                                                     "closed", "cancelled", "auto_closed"};
    for (std::size_t i = 0; i < kStates.size(); ++i) {
        EXPECT_EQ(to_string(kStates[i]), kWords[i]);
        EXPECT_EQ(state_of(kWords[i]), kStates[i]);
    }
    EXPECT_FALSE(state_of("fresh"));
    EXPECT_FALSE(state_of(""));
}

TEST(Transitions, NothingThatWasSentReopensAnything) {
    for (const auto from : kStates) {
        for (const auto code : kCodes) {
            const auto to = after_sent(from, code);
            EXPECT_FALSE(is_terminal(from) && to) << to_string(from) << " " << code;
            EXPECT_TRUE(is_open(from) || !to || is_terminal(*to)) << to_string(from) << " " << code;
        }
    }
}

TEST(Transitions, AnUpdateNeverChangesTheState) {
    for (const auto from : kStates) {
        EXPECT_EQ(after_sent(from, "40").value_or(from), from);
    }
}

TEST(Transitions, EachEndingCodeEndsEachOpenIncident) {
    for (const auto from : {State::fresh, State::received, State::acting}) {
        EXPECT_EQ(after_sent(from, "50"), State::released);
        EXPECT_EQ(after_sent(from, "90"), State::cancelled);
        EXPECT_EQ(after_sent(from, "91"), State::closed);
        EXPECT_EQ(after_sent(from, "92"), State::auto_closed);
    }
    EXPECT_EQ(after_sent(State::released, "91"), State::closed);
    EXPECT_EQ(after_sent(State::released, "90"), State::cancelled);
    EXPECT_FALSE(after_sent(State::released, "20"));
}

TEST(Transitions, EveryStateCodeOpensAndNoOtherDoes) {
    for (const auto code : kCodes) EXPECT_TRUE(opening_of(code)) << code;
    for (const auto* code : {"", "00", "15", "60", "93", "1"}) {
        EXPECT_FALSE(opening_of(code)) << code;
        EXPECT_FALSE(after_sent(State::fresh, code)) << code;
    }
    EXPECT_EQ(opening_of("91")->state, State::closed);
    EXPECT_EQ(opening_of("40")->state, State::fresh);
}

TEST(Transitions, APersonsActsFollowTheTable) {
    EXPECT_EQ(after_act(State::fresh, ActClass::receive), State::received);
    EXPECT_EQ(after_act(State::received, ActClass::step), State::acting);
    EXPECT_EQ(after_act(State::received, ActClass::note), State::received);
    EXPECT_FALSE(after_act(State::fresh, ActClass::step));
    EXPECT_EQ(after_act(State::received, ActClass::receive), State::received) << "whom it is not in hand of yet: act() says who";
    EXPECT_FALSE(after_act(State::fresh, ActClass::hand));
    EXPECT_EQ(after_act(State::fresh, ActClass::command), State::received);
    EXPECT_FALSE(after_act(State::fresh, ActClass::yield));
    EXPECT_FALSE(after_act(State::released, ActClass::command));
    for (const auto from : kStates) {
        EXPECT_EQ(after_act(from, ActClass::note), from);
        if (!is_terminal(from)) continue;
        for (const auto act :
             {ActClass::receive, ActClass::hand, ActClass::command, ActClass::yield, ActClass::step, ActClass::video, ActClass::close, ActClass::cancel}) {
            EXPECT_FALSE(after_act(from, act));
        }
    }
}

}  // namespace bongsu::incident
