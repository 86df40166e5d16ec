#include "ingest/connect_gate.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace bongsu::ingest {
namespace {

using namespace std::chrono_literals;

class GateTest : public testing::Test {
  protected:
    void ask(const std::string& host, const std::string& name, bool urgent = false) {
        places[name] = gate.ask(host, urgent, now, [this, name] { in.push_back(name); });
    }
    ConnectGate gate{{.process = 3, .host = 2, .hold = 500ms}};
    MonoTime now = MonoTime{} + 1h;
    std::vector<std::string> in;
    std::map<std::string, ConnectGate::Place> places;
};

using Names = std::vector<std::string>;

TEST_F(GateTest, AHostHasItsPlacesAndTheProcessHasThem) {
    for (const char* name : {"a1", "a2", "a3"}) ask("a", name);
    EXPECT_EQ(in, (Names{"a1", "a2"}));
    ask("b", "b1");
    ask("c", "c1");
    EXPECT_EQ(in, (Names{"a1", "a2", "b1"}));
    EXPECT_EQ(gate.in_flight(), 3U);
    EXPECT_EQ(gate.waiting(), 2U);
    places["a1"].reset();
    EXPECT_EQ(in, (Names{"a1", "a2", "b1", "c1"}));  // c came before a had room again.
    places["b1"].reset();
    EXPECT_EQ(in.back(), "a3");
    EXPECT_EQ(gate.counters().delayed, 2U);
    EXPECT_EQ(gate.counters().in_flight_most, 3U);
}

TEST_F(GateTest, WhoSomebodyWaitsForComesFirst) {
    for (const char* name : {"a1", "a2", "b1", "b2"}) ask(std::string(name, 1), name);
    ask("a", "a3");
    ask("a", "urgent", true);
    places["a1"].reset();
    EXPECT_EQ(in.back(), "urgent");
}

TEST_F(GateTest, ASilentOneLosesItsPlaceWhenSomebodyWaits) {
    EXPECT_EQ(gate.deadline(), MonoTime::max());
    int asked = 0;
    gate.on_waiting = [&] { ++asked; };
    for (const char* name : {"a1", "a2", "a3", "a4"}) ask("a", name);
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(gate.deadline(), now + 500ms);
    now += 499ms;
    gate.tick(now);
    EXPECT_EQ(in.size(), 2U);
    now += 1ms;
    gate.tick(now);
    EXPECT_EQ(in, (Names{"a1", "a2", "a3", "a4"}));
    EXPECT_EQ(gate.counters().overheld, 2U);
    // Those that went on without a place give nothing back.
    places["a1"].reset();
    places["a2"].reset();
    EXPECT_EQ(gate.in_flight(), 2U);
}

TEST_F(GateTest, WhoGivesUpWaitingIsForgotten) {
    for (const char* name : {"a1", "a2", "a3", "a4"}) ask("a", name);
    places["a3"].reset();
    EXPECT_EQ(gate.waiting(), 1U);
    places["a1"].reset();
    EXPECT_EQ(in, (Names{"a1", "a2", "a4"}));
    places.clear();
    EXPECT_EQ(gate.in_flight() + gate.waiting(), 0U);
}

TEST(ConnectGateProperty, BoundsHoldAndNobodyWaitsForEver) {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        std::mt19937 chance(seed);
        ConnectGate gate({.process = 1 + chance() % 20, .host = 1 + chance() % 5, .hold = 100ms});
        MonoTime now = MonoTime{} + 1h;
        std::map<int, std::pair<std::string, MonoTime>> running, asked;
        std::map<int, ConnectGate::Place> places;
        for (int step = 0; step < 500; ++step) {
            now += std::chrono::milliseconds(chance() % 10);
            gate.tick(now);
            if (chance() % 3 != 0) {
                const auto host = std::to_string(chance() % 6);
                asked[step] = {host, now};
                places[step] = gate.ask(host, chance() % 4 == 0, now, [&, step] { running[step] = {asked[step].first, now}; });
            } else if (!places.empty()) {
                const auto which = std::next(places.begin(), static_cast<std::ptrdiff_t>(chance() % places.size()))->first;
                running.erase(which);
                places.erase(which);
            }
            ASSERT_LE(gate.in_flight(), 20U);
            std::size_t waiting = 0;
            for (const auto& [name, place] : places) waiting += running.contains(name) ? 0 : 1;
            ASSERT_EQ(gate.waiting(), waiting) << "seed " << seed;
        }
        for (int i = 0; i < 1000 && gate.waiting() > 0; ++i) {
            now += 100ms;
            gate.tick(now);
        }
        ASSERT_EQ(gate.waiting(), 0U) << "seed " << seed;
    }
}

}  // namespace
}  // namespace bongsu::ingest
