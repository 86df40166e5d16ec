// The event river of a centre and 25 joined districts, on seeded time, chance, disks, links and partners.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/log.hpp"
#include "campaign.hpp"
#include "env/posix.hpp"
#include "ledger.hpp"

namespace bongsu::simulation {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSeeds = 20;
#else
constexpr std::uint64_t kSeeds = 1000;  // In five minutes of two cores.
#endif

struct Range {
    std::uint64_t first = 1, last = kSeeds;
};

Range seeds() {
    if (const auto* one = std::getenv("BONGSU_SIM_SEED"))
        return {std::strtoull(one, nullptr, 10), std::strtoull(one, nullptr, 10)};
    if (const auto* range = std::getenv("BONGSU_SIM_SEEDS")) {
        char* dash = nullptr;
        const auto first = std::strtoull(range, &dash, 10);
        return {first, *dash == '-' ? std::strtoull(dash + 1, nullptr, 10) : first};
    }
    return {};
}

struct Quiet : testing::Environment {
    /// What a run of faults logs is its story, and thousands of lines: nothing is above errors.
    static constexpr auto kNothing = static_cast<LogLevel>(static_cast<unsigned char>(LogLevel::error) + 1);
    void SetUp() override { log_setup(kNothing, "simulation"); }
};
const auto* const kQuiet = testing::AddGlobalTestEnvironment(new Quiet);

TEST(Simulation, NothingAcknowledgedIsLostAndNoPictureIsSeenWithoutAGrant) {
    const auto [first, last] = seeds();
    Campaign campaign;
    campaign.run(first, last, [] { return false; });
    for (const auto& failure : campaign.failures()) ADD_FAILURE() << failure;
    std::fputs(campaign.summary().c_str(), stdout);
    if (first == last) return;
    // A city in which nothing happens would hold everything.
    const auto& sum = campaign.sum();
    EXPECT_GT(sum.acknowledged, campaign.runs() * 20);
    EXPECT_GT(sum.views, campaign.runs() * 3);
    EXPECT_GT(sum.relays, campaign.runs());
    EXPECT_GE(sum.deaths, campaign.runs());
    if (campaign.runs() < 100) return;
    EXPECT_GT(sum.findings, campaign.runs());
    EXPECT_GT(sum.told, campaign.runs());
    EXPECT_GT(sum.told_again, 0U);
    EXPECT_GT(sum.dead_letters, 0U);
    EXPECT_GT(sum.drills, 0U);
    EXPECT_GT(sum.cut_tries, 0U);
    EXPECT_GT(sum.retentions, 0U);
    EXPECT_GT(sum.erased_at_districts, 0U);
    for (const auto& [place, times] : sum.rare) EXPECT_GT(times, 0U) << "the rare branch " << place << " was never taken";
}

/// Seeds behind those of every test run, up to BONGSU_SIM_UNTIL; the ledger keeps how far earlier runs came.
TEST(Simulation, ACampaignAddsUpOverRuns) {
    const auto* until = std::getenv("BONGSU_SIM_UNTIL");
    const auto* ledger = std::getenv("BONGSU_SIM_LEDGER");
    if (until == nullptr || ledger == nullptr) GTEST_SKIP() << "BONGSU_SIM_UNTIL and BONGSU_SIM_LEDGER are not set";
    const auto* minutes = std::getenv("BONGSU_SIM_MINUTES");
    env::PosixClock clock;
    const auto end = clock.mono() + std::chrono::minutes(minutes != nullptr ? std::strtoll(minutes, nullptr, 10) : 120);
    for (const auto& failure : add_up(ledger, std::strtoull(until, nullptr, 10), [&] { return clock.mono() >= end; }))
        ADD_FAILURE() << failure;
    const auto now = Ledger::read(ledger);
    std::printf("%llu of %s seeds are done, %zu of them failed\n", static_cast<unsigned long long>(now.done), until, now.failed.size());
}

TEST(Simulation, OneSeedTellsOneStory) {
    for (const std::uint64_t seed : {1, 2, 3}) {
        const auto one = run({.seed = seed}), other = run({.seed = seed});
        EXPECT_EQ(one.hash, other.hash) << "seed " << seed << " after " << one.messages << " and " << other.messages
                                        << " messages";
    }
    EXPECT_NE(run({.seed = 1}).hash, run({.seed = 2}).hash);
}

struct Control {
    std::string_view name;
    Sabotage sabotage;
    std::string_view says;  ///< A part of what the oracle says.
    std::uint64_t within;   ///< Seeds.
};

class Controls : public testing::TestWithParam<Control> {};

/// A simulation that cannot be failed proves nothing.
TEST_P(Controls, AreFoundOut) {
    const auto& control = GetParam();
    for (std::uint64_t seed = 1; seed <= control.within; ++seed) {
        for (const auto& violation : run({.seed = seed, .sabotage = control.sabotage}).violations) {
            if (violation.find(control.says) == std::string::npos) continue;
            std::printf("%s is found by seed %llu\n", std::string(control.name).c_str(),
                        static_cast<unsigned long long>(seed));
            return;
        }
    }
    ADD_FAILURE() << control.name << " was not noticed in " << control.within << " seeds";
}

INSTANTIATE_TEST_SUITE_P(
    Simulation, Controls,
    testing::Values(Control{"ADiskThatLies", Sabotage::disks_lie, "lost", 10},
                    Control{"MediaThatIsDeaf", Sabotage::media_deaf, "a second after its grant ended", 10},
                    Control{"MediaThatIsDeafToSeats", Sabotage::media_deaf, "a second after its holder left the seat", 20},
                    Control{"MediaThatForgets", Sabotage::media_forgetful, "", 40},
                    Control{"LinksThatLose", Sabotage::links_lose, "", 10},
                    Control{"APartnerThatJumps", Sabotage::partner_jumps, "in another order", 10}),
    [](const auto& control) { return std::string(control.param.name); });

}  // namespace
}  // namespace bongsu::simulation
