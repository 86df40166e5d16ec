#include "sop/verbs.hpp"

#include "identity/test/site.hpp"
#include "journal/erasure.hpp"
#include "sop/fold.hpp"

namespace bongsu::sop {
namespace {

using namespace std::chrono_literals;

const IncidentId kIncident{"INCIDENT1"};

class SopTest : public testing::Test {
  protected:
    static std::vector<std::unique_ptr<journal::Fold>> folds() {
        std::vector<std::unique_ptr<journal::Fold>> out;
        out.push_back(std::make_unique<SopFold>());
        return out;
    }
    void SetUp() override {
        ASSERT_EQ(site.in_batch([&] { return publish(*site.book, "site:11000", Sops::defaults()); }).value(), Sops::defaults().all().size());
        ASSERT_TRUE(site.in_batch([&] { return begin(*site.book, "site:11000", kIncident, "112-emergency", 1); }));
    }
    void TearDown() override { EXPECT_EQ(site.book->fingerprint().value(), site.book->rebuild().value()); }

    Result<void> take(const StepAct& act) {
        return site.in_batch([&] { return take_step(*site.book, "user:U1", kIncident, act); });
    }
    Result<void> hear(const std::string& step) {
        return site.in_batch([&] { return acknowledge(*site.book, "agency:P1100000000", kIncident, step); });
    }
    std::shared_ptr<const sop::Run> run() { return run_of(*site.db, kIncident).value(); }

    identity::TestSite site{folds()};
};

TEST_F(SopTest, StepsAreTakenInTheirTurnAndNoOther) {
    EXPECT_EQ(run()->progress.current->key, "look");
    const auto early = take({"hold", "", false, ""});
    EXPECT_EQ(early.error().code, "not_current");
    EXPECT_EQ(early.error().message, "the step whose turn it is is look");
    EXPECT_EQ(take({"look", "perhaps", false, ""}).error().message, "answer must be one of seen, unseen");
    EXPECT_EQ(take({"look", "", false, ""}).error().field, "answer");
    ASSERT_TRUE(take({"look", "seen", false, ""}));
    EXPECT_EQ(take({"look", "seen", false, ""}).error().code, "not_current") << "twice is once";
    EXPECT_EQ(take({"describe", "seen", false, ""}).error().field, "answer");
    ASSERT_TRUE(take({"describe", "", false, ""}));
    ASSERT_TRUE(take({"tell-112", "", false, ""}));
    ASSERT_TRUE(take({"hold", "", false, ""}));
    EXPECT_EQ(run()->progress.current, nullptr);
    EXPECT_EQ(take({"hold", "", false, ""}).error().message, "the procedure 112-emergency is at its end");
}

TEST_F(SopTest, AStepIsNotSkippedWithoutAReason) {
    EXPECT_EQ(take({"look", "", true, ""}).error().field, "reason");
    EXPECT_EQ(take({"look", "", true, " \t"}).error().field, "reason");
    EXPECT_EQ(take({"look", "", true, std::string(501, 'x')}).error().field, "reason");
    EXPECT_EQ(take({"look", "seen", true, "dark"}).error().field, "answer");
    EXPECT_EQ(take({"look", "seen", false, "dark"}).error().field, "reason");
    ASSERT_TRUE(take({"look", "", true, "홍길동 씨가 이미 설명함"}));
    EXPECT_TRUE(run()->done.at(0).skipped);
    EXPECT_EQ(run()->done.at(0).reason, "홍길동 씨가 이미 설명함");

    const auto seq = site.journal->committed_seq();
    ASSERT_TRUE(site.in_batch([&] {
        return journal::order_erasure(*site.book, {.actor = "user:U2", .reason = "requested", .basis = "PIPA 36", .seqs = {seq}, .check = {}});
    }));
    EXPECT_EQ(run()->done.at(0).reason, "");
    EXPECT_TRUE(run()->done.at(0).skipped) << "that it was skipped stays";
    ASSERT_TRUE(journal::finish_erasures(*site.book, "site:11000"));
}

TEST_F(SopTest, AnActWaitsForTheStepThatGatesIt) {
    const IncidentId missing{"MISSING"};
    ASSERT_TRUE(site.in_batch([&] { return begin(*site.book, "site:11000", missing, "missing-person", 1); }));
    const auto took = [&](const StepAct& act) { return site.in_batch([&] { return take_step(*site.book, "user:U1", missing, act); }); };
    const auto gated = check_gate(*site.db, missing, "close");
    EXPECT_EQ(gated.error().code, "sop_gate");
    EXPECT_NE(gated.error().message.find("hand-over"), std::string::npos);
    EXPECT_TRUE(check_gate(*site.db, missing, "cancel"));
    EXPECT_TRUE(check_gate(*site.db, kIncident, "close")) << "a procedure without a gate";
    EXPECT_TRUE(check_gate(*site.db, {"OTHER"}, "close")) << "an incident without a procedure";
    ASSERT_TRUE(took({"person", "", false, ""}));
    ASSERT_TRUE(took({"tell-112", "", true, "they are on the line"}));
    ASSERT_TRUE(took({"trail", "found", false, ""}));
    EXPECT_FALSE(check_gate(*site.db, missing, "close"));
    ASSERT_TRUE(took({"hand-over", "", true, "the mother is there"}));
    EXPECT_TRUE(check_gate(*site.db, missing, "close"));
}

TEST_F(SopTest, AnAgencysSilenceIsSeenAndItsAnswerToo) {
    ASSERT_TRUE(take({"look", "seen", false, ""}));
    ASSERT_TRUE(take({"describe", "", false, ""}));
    EXPECT_FALSE(hear("tell-112")) << "nobody was told";
    ASSERT_TRUE(take({"tell-112", "", false, ""}));
    const auto at = site.world.clock.wall();
    ASSERT_EQ(run()->told.size(), 1U);
    EXPECT_EQ(run()->told[0].agency, "112");
    EXPECT_FALSE(run()->told[0].is_silent(at + 119s));
    EXPECT_TRUE(run()->told[0].is_silent(at + 120s));
    site.world.clock.advance(200s);
    ASSERT_TRUE(hear("tell-112"));
    EXPECT_FALSE(run()->told[0].is_silent(at + 1h));
    EXPECT_EQ(run()->told[0].acknowledged_at, at + 200s);
    EXPECT_EQ(run()->told[0].acknowledged_by, "agency:P1100000000");
    EXPECT_EQ(hear("tell-112").error().message, "it is acknowledged already");
}

TEST_F(SopTest, AVersionOnRecordStaysWhatItIs) {
    EXPECT_EQ(site.in_batch([&] { return publish(*site.book, "site:11000", Sops::defaults()); }).value(), 0U);
    std::string text(default_sops());
    text.replace(text.find("Look for the place"), 18, "Look at the places");
    const auto other = Sops::parse(text).value();
    const auto refused = site.in_batch([&] { return publish(*site.book, "user:U1", other); });
    EXPECT_EQ(refused.error().message, "procedure 112-emergency 1 is on record with another text: give the new one a new version");
    text.replace(text.find("version = 1", text.find("key = \"112-emergency\"")), 11, "version = 2");
    EXPECT_EQ(site.in_batch([&] { return publish(*site.book, "user:U1", Sops::parse(text).value()); }).value(), 1U);
    EXPECT_EQ(run()->sop.version, 1) << "what began goes on as it began";
    ASSERT_TRUE(site.in_batch([&] { return begin(*site.book, "site:11000", {"INCIDENT2"}, "112-emergency", 2); }));
    EXPECT_NE(run_of(*site.db, {"INCIDENT2"}).value()->sop.steps[0].text.en, run()->sop.steps[0].text.en);
    EXPECT_EQ(site.in_batch([&] { return begin(*site.book, "site:11000", kIncident, "any", 1); }).error().kind, ErrorKind::conflict);
    EXPECT_EQ(site.in_batch([&] { return begin(*site.book, "site:11000", {"INCIDENT3"}, "any", 9); }).error().kind, ErrorKind::not_found);
    EXPECT_EQ(run_of(*site.db, {"INCIDENT3"}).value(), nullptr);
}

}  // namespace
}  // namespace bongsu::sop
