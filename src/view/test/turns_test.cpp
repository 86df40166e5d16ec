#include "view/turns.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;

struct HandClock : env::Clock {
    MonoTime now{1h};
    WallTime wall() const override { return {}; }
    MonoTime mono() const override { return now; }
};

TEST(Turns, OneTurnIsShortAndOthersComeInBetween) {
    boost::asio::io_context loop;
    HandClock clock;
    std::string seen;
    Turns<char> turns(loop, clock, [&](char& item) {
        seen += item;
        clock.now += 2 * Turns<char>::kTurn / 5;
    });
    for (const char item : {'a', 'b', 'c', 'd', 'e'}) turns.add(item);
    boost::asio::post(loop, [&] { seen += '|'; });

    loop.run();

    EXPECT_EQ(seen, "abc|de");
}

TEST(Turns, WhatIsAddedInATurnComesBehindAndNothingIsLost) {
    boost::asio::io_context loop;
    HandClock clock;
    std::string seen;
    std::unique_ptr<Turns<char>> turns;
    turns = std::make_unique<Turns<char>>(loop, clock, [&](char& item) {
        seen += item;
        if (item < 'c') turns->add(static_cast<char>(item + 1));
        if (item == 'x') turns.reset();
    });
    turns->add('a');
    loop.run();
    loop.restart();
    EXPECT_EQ(seen, "abc");

    for (const char item : {'p', 'x', 'y'}) turns->add(item);
    loop.run();

    EXPECT_EQ(seen, "abcpx");  // The rest went with it.
}

}  // namespace
}  // namespace bongsu::view
