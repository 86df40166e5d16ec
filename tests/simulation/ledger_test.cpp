// What a campaign keeps of its seeds: a failing one is no credit, whoever runs the next piece begins with it.

#include "ledger.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include <unistd.h>

namespace bongsu::simulation {
namespace {

/// Cities of which only some seeds fail, and the order in which they were run.
struct LedgerTest : testing::Test {
    std::string path = testing::TempDir() + "bongsu-ledger-" + std::to_string(::getpid());
    std::set<std::uint64_t> failing;
    std::mutex mutex;
    std::vector<std::uint64_t> ran;

    void SetUp() override { std::filesystem::remove(path); }
    void TearDown() override { std::filesystem::remove(path); }
    Outcome run(const SimSettings& settings) {
        const std::lock_guard lock(mutex);
        if (!settings.only_faults) ran.push_back(settings.seed);
        Outcome done;
        done.planned_faults = 4;
        done.faults = {"0: a", "1: b", "2: c", "3: d"};
        if (failing.contains(settings.seed)) done.violations.emplace_back("at 1 ms: something is lost");
        return done;
    }
    std::vector<std::string> add_up(std::uint64_t last, std::size_t runs_max = SIZE_MAX) {
        ran.clear();
        return simulation::add_up(path, last, [&] { const std::lock_guard lock(mutex); return ran.size() >= runs_max; },
                                  [this](const SimSettings& settings) { return run(settings); });
    }
    std::string text() const {
        std::ostringstream all;
        all << std::ifstream(path).rdbuf();
        return all.str();
    }
};

TEST_F(LedgerTest, GoesOnWhereTheRunBeforeCame) {
    EXPECT_TRUE(add_up(1200, 700).empty());
    const auto first = Ledger::read(path);
    // The first piece is whole; of the second counts what has no gap in front: a core may lag behind the others.
    EXPECT_GE(first.done, 500U);
    EXPECT_LE(first.done, 702U);
    EXPECT_TRUE(add_up(1200).empty());
    EXPECT_EQ(Ledger::read(path).done, 1200U);
    EXPECT_EQ(*std::min_element(ran.begin(), ran.end()), first.done + 1);
    EXPECT_TRUE(add_up(1200).empty());
    EXPECT_TRUE(ran.empty());
}

TEST_F(LedgerTest, AFailingSeedIsNoCreditAndComesFirstInTheNextRun) {
    failing = {12, 40};
    const auto failures = add_up(1200);
    ASSERT_EQ(failures.size(), 2U);
    EXPECT_NE((failures[0] + failures[1]).find("BONGSU_SIM_SEED=12 "), std::string::npos);
    EXPECT_NE(text().find("1 500 failures 2 "), std::string::npos) << text();
    EXPECT_NE(text().find(" failed 12,40\n"), std::string::npos) << text();
    EXPECT_EQ(Ledger::read(path).failed, failing);

    // Still broken: it is run, it fails, and nothing behind it is begun.
    failing = {40};
    EXPECT_EQ(add_up(1200).size(), 1U);
    EXPECT_EQ(ran.front(), 12U);
    EXPECT_LE(*std::max_element(ran.begin(), ran.end()), 40U);
    EXPECT_EQ(Ledger::read(path).failed, failing);

    failing.clear();
    EXPECT_TRUE(add_up(1200).empty());
    EXPECT_EQ(ran.front(), 40U);
    EXPECT_EQ(Ledger::read(path).done, 1200U);
    EXPECT_TRUE(Ledger::read(path).failed.empty());
}

TEST_F(LedgerTest, WithoutTimeToRunThemAgainTheRunFailsAllTheSame) {
    failing = {12};
    add_up(500);
    EXPECT_EQ(add_up(500, 0).size(), 1U);
    EXPECT_EQ(Ledger::read(path).failed, failing);
}

TEST_F(LedgerTest, LinesOfOlderProgramsCountWhereAllHeld) {
    std::ofstream(path) << "1 500 failures 0 deaths 9 faults 9 checks 9\n"
                        << "501 1000 failures 1 deaths 9 faults 9 checks 9\n"
                        << "1001 1500 failures 0 deaths 9 faults 9 checks 9\n"
                        << "no line at all\n";
    EXPECT_EQ(Ledger::read(path).done, 500U) << "which of them failed nobody knows";
    EXPECT_TRUE(add_up(600).empty());
    EXPECT_EQ(*std::min_element(ran.begin(), ran.end()), 501U);
}

}  // namespace
}  // namespace bongsu::simulation
