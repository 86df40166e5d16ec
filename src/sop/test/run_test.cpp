#include "sop/run.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bongsu::sop {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kBegun{1h};

const Sop& emergency() { return *Sops::defaults().find("112-emergency"); }

Done done(std::string step, std::string answer = "", WallTime at = kBegun + 10s) { return {std::move(step), std::move(answer), false, "", "user:U1", at}; }

std::string states(const Progress& progress) {
    std::string out;
    for (const auto& view : progress.steps) out += (out.empty() ? "" : " ") + view.step->key + "=" + std::string(to_string(view.state));
    return out;
}

TEST(SopRun, BeginsAtItsFirstStepWithItsTime) {
    const auto progress = progress_of(emergency(), kBegun, {});
    EXPECT_EQ(states(progress), "look=current search=coming describe=coming tell-112=coming hold=coming");
    EXPECT_EQ(progress.steps[0].due_at, kBegun + 60s);
    EXPECT_TRUE(progress.gated.empty());
    EXPECT_EQ(progress_of(*Sops::defaults().find("missing-person"), kBegun, {}).gated, std::vector<std::string>{"close"});
}

TEST(SopRun, AnAnswerChoosesTheWay) {
    const std::vector<Done> seen{done("look", "seen")};
    auto progress = progress_of(emergency(), kBegun, seen);
    EXPECT_EQ(states(progress), "look=done search=passed describe=current tell-112=coming hold=coming");
    EXPECT_EQ(progress.steps[2].since, kBegun + 10s);
    EXPECT_FALSE(progress.steps[2].due_at) << "no hurry";
    const std::vector<Done> unseen{done("look", "unseen")};
    progress = progress_of(emergency(), kBegun, unseen);
    EXPECT_EQ(progress.current->key, "search");
    EXPECT_EQ(progress.steps[1].due_at, kBegun + 10s + 180s);
}

TEST(SopRun, EndsAndGatesNothingMore) {
    const std::vector<Done> all{done("look", "seen"), done("describe"), done("tell-112"), done("hold")};
    const auto progress = progress_of(emergency(), kBegun, all);
    EXPECT_EQ(progress.current, nullptr);
    EXPECT_TRUE(progress.gated.empty());
    EXPECT_EQ(states(progress), "look=done search=passed describe=done tell-112=done hold=done");
}

TEST(SopRun, ASkippedQuestionGoesTheFirstAnswersWay) {
    std::vector<Done> skipped{done("look")};
    skipped[0].skipped = true;
    const auto progress = progress_of(emergency(), kBegun, skipped);
    EXPECT_EQ(states(progress), "look=skipped search=passed describe=current tell-112=coming hold=coming");
}

TEST(SopRun, WhatWasNotItsTurnHasNoEffect) {
    const std::vector<Done> odd{done("hold"), done("look", "maybe"), done("nowhere"), done("look", "seen"), done("look", "unseen"), done("describe", "seen")};
    EXPECT_EQ(progress_of(emergency(), kBegun, odd).current->key, "describe");
}

TEST(SopRun, AnyWayThroughAnyProcedureEnds) {
    std::mt19937 chance(2019);
    for (const auto& sop : Sops::defaults().all()) {
        for (int i = 0; i < 200; ++i) {
            std::vector<Done> all;
            for (std::size_t n = 0; n <= sop.steps.size(); ++n) {
                const auto progress = progress_of(sop, kBegun, all);
                if (progress.current == nullptr) break;
                ASSERT_LT(n, sop.steps.size()) << sop.key;
                const auto& answers = progress.current->answers;
                auto one = done(progress.current->key, answers.empty() ? "" : answers[chance() % answers.size()].key);
                one.skipped = chance() % 3 == 0;
                if (one.skipped) one.answer.clear();
                all.push_back(one);
            }
            const auto over = progress_of(sop, kBegun, all);
            EXPECT_EQ(over.current, nullptr);
            EXPECT_TRUE(over.gated.empty()) << sop.key;
        }
    }
}

}  // namespace
}  // namespace bongsu::sop
