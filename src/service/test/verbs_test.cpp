#include "service/verbs.hpp"

#include "identity/test/site.hpp"

namespace bongsu::service {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

const IncidentId kCase{"INCIDENT1"};
const std::string kSite = "site:11000";

class ServiceVerbsTest : public testing::Test {
  protected:
    static std::vector<std::unique_ptr<journal::Fold>> folds() {
        std::vector<std::unique_ptr<journal::Fold>> out;
        out.push_back(std::make_unique<ServiceFold>());
        return out;
    }
    void SetUp() override { EXPECT_EQ(declare(Services::defaults()).added.size(), Services::defaults().all().size()); }
    void TearDown() override { EXPECT_EQ(site.book->fingerprint().value(), site.book->rebuild().value()); }

    Change declare(const Services& services) {
        return site.in_batch([&] { return service::declare(*site.book, kSite, "start", services); }).value();
    }
    static Services with(std::string text, std::string_view what, std::string_view instead) {
        text.replace(text.find(what), what.size(), instead);
        return Services::with_defaults({{"mine.toml", text}}).value();
    }
    static const std::string& video() { return default_services().at("112-emergency-video.toml"); }
    std::string refusal(const Services& services) {
        const auto may = check_change(standing(*site.db).value(), services);
        return may ? "" : may.error().message;
    }
    void append(std::string kind, json::object payload, std::vector<std::string> subjects = {"incident:INCIDENT1"}) {
        ASSERT_TRUE(site.in_batch([&]() -> Result<void> {
            TRY_DO(site.book->append({std::move(kind), kSite, std::move(subjects), std::move(payload)}));
            return {};
        }));
    }
    WallTime now() { return site.world.env.clock.wall(); }
    void open(const std::string& incident, bool test = false) {
        append("incident.opened", {{"incident", incident}, {"type", "119UC001"}, {"test", test}, {"openedAt", to_us(now())}}, {"incident:" + incident});
    }
    Figures figures() { return service::figures(*site.db, {"119UC001"}, now() - 24h, now() + 24h).value(); }

    identity::TestSite site{folds()};
};

TEST_F(ServiceVerbsTest, WhatStandsIsOnRecordOnce) {
    const auto before = site.entries().size();
    EXPECT_TRUE(declare(Services::defaults()).is_empty());
    EXPECT_EQ(site.entries().size(), before);
    const auto all = standing(*site.db).value();
    ASSERT_EQ(all.size(), Services::defaults().all().size());
    EXPECT_EQ(all.front().by, kSite);
    EXPECT_EQ(all.front().life, Life::running);
}

TEST_F(ServiceVerbsTest, AnotherTextIsAnotherVersionAndALifeTakesItsSteps) {
    const auto same = with(video(), "\"Situation seen\"", "\"Situation looked at\"");
    EXPECT_NE(refusal(same).find("112-emergency-video: version: another text is another version than 1"), std::string::npos) << refusal(same);
    auto text = video();
    text.replace(text.find("version = 1"), 11, "version = 2");
    const auto next = with(text, "\"Situation seen\"", "\"Situation looked at\"");
    EXPECT_EQ(refusal(next), "");
    EXPECT_EQ(declare(next).changed, std::vector<std::string>{"112-emergency-video"});
    EXPECT_NE(refusal(Services::defaults()).find("2 stands, 1 is older"), std::string::npos);
    const auto retired = with(text, "life = \"running\"", "life = \"retired\"");
    EXPECT_EQ(refusal(retired).find("life"), std::string::npos);
}

TEST_F(ServiceVerbsTest, WhatRunsIsRetiredBeforeItIsGone) {
    const std::string text = R"(key = "ninth"
version = 1
name = { ko = "아홉째", en = "Ninth" }
life = "running"
senders = ["N"]
types = [{ id = "NINTH001", ko = "아홉째", en = "Ninth" }])";
    const auto with_ninth = Services::with_defaults({{"ninth.toml", text}}).value();
    EXPECT_EQ(declare(with_ninth).added, std::vector<std::string>{"ninth"});
    EXPECT_NE(refusal(Services::defaults()).find("ninth: life: is \"running\" and its file is gone"), std::string::npos);
    declare(with(text, "\"running\"", "\"retired\""));
    EXPECT_EQ(refusal(Services::defaults()), "");
    EXPECT_NE(refusal(with_ninth).find("\"running\" does not follow \"retired\""), std::string::npos);
    EXPECT_TRUE(declare(Services::defaults()).is_empty()) << "what was retired stays on record as that";
    EXPECT_NE(refusal(with_ninth).find("\"running\" does not follow \"retired\""), std::string::npos) << "also when its file was gone meanwhile";
}

TEST_F(ServiceVerbsTest, ACodeIsJudgedOnceUntilItIsAnother) {
    const auto judge_as = [&](int code, Decision decision) {
        return site.in_batch([&] { return judge(*site.book, kSite, kCase, {{"E1"}, "112-emergency-video", code, decision}); }).value();
    };
    EXPECT_FALSE(judged(*site.db, {"E1"}).value());
    EXPECT_TRUE(judge_as(3, Decision::refused));
    EXPECT_FALSE(judge_as(3, Decision::refused));
    EXPECT_TRUE(judge_as(0, Decision::by_itself));
    EXPECT_EQ(judged(*site.db, {"E1"}).value()->decision, Decision::by_itself);
    EXPECT_EQ(judged_of(*site.db, kCase).value().size(), 1U);
}

TEST_F(ServiceVerbsTest, StagesComeInAnyOrderAndEachOnce) {
    open("INCIDENT1");
    const auto begun = now();
    const auto reach_at = [&](const std::string& stage, std::chrono::seconds after) {
        ASSERT_TRUE(site.in_batch([&] { return reach(*site.book, kSite, kCase, {"119-dispatch", stage, begun + after, {"E1"}}); }));
    };
    reach_at("out", 900s);
    reach_at("arrived", 300s);
    reach_at("arrived", 500s);
    const auto stages = stages_of(*site.db, kCase).value();
    ASSERT_EQ(stages.size(), 2U);
    EXPECT_EQ(stages[0].stage, "arrived");
    EXPECT_EQ(stages[0].at, begun + 300s);
    // The police's cars are there too, and each service has its own.
    ASSERT_TRUE(site.in_batch([&] { return reach(*site.book, kSite, kCase, {"112-dispatch", "arrived", begun + 400s, {"E2"}}); }));
    EXPECT_EQ(stages_of(*site.db, kCase).value().size(), 3U);
    EXPECT_EQ(figures().arrival.n, 1);
    EXPECT_EQ(figures().arrival.p50, 300'000);
    EXPECT_EQ(figures().arrival.within_5_min, 1);
}

TEST_F(ServiceVerbsTest, FiguresCountWhatWasMeasuredAndSayWhatWasNot) {
    open("INCIDENT1");
    open("INCIDENT2");
    open("DRILL", true);
    const auto begun = now();
    append("grant.issued", {{"grant", "G1"}}, {"grant:G1", "incident:INCIDENT1"});
    append("view.opened", {{"at", to_us(begun + 2s)}, {"incident", "INCIDENT1"}}, {"view:V1", "incident:INCIDENT1"});
    append("view.opened", {{"at", to_us(begun + 9s)}, {"incident", "INCIDENT1"}}, {"view:V2", "incident:INCIDENT1"});
    append("incident.acted", {{"incident", "INCIDENT1"}, {"to", "closed"}, {"outcome", "true"}});
    ASSERT_TRUE(site.in_batch([&] { return note_effect(*site.book, "user:U1", kCase, Services::defaults().find("119-dispatch"), "guided"); }));
    const auto all = figures();
    EXPECT_EQ(all.opened, 2);
    EXPECT_EQ(all.tests, 1);
    EXPECT_EQ(all.ended, 1);
    EXPECT_EQ(all.outcomes.at("true"), 1);
    EXPECT_EQ(all.results.at("guided"), 1);
    EXPECT_EQ(all.seen.n, 1);
    EXPECT_EQ(all.seen.not_measured, 1);
    EXPECT_EQ(all.seen.p50, 2000);
    EXPECT_EQ(all.picture.n, 1);
    EXPECT_EQ(all.arrival.n, 0);
    EXPECT_EQ(all.arrival.not_measured, 2);
    // What was a drill and became real counts.
    append("incident.changed", {{"incident", "DRILL"}, {"to", "new"}, {"real", true}}, {"incident:DRILL"});
    EXPECT_EQ(figures().opened, 3);
}

TEST_F(ServiceVerbsTest, WhatHasEndedIsDueUntilItsWordsAreGone) {
    open("INCIDENT1");
    open("INCIDENT2");
    append("incident.acted", {{"incident", "INCIDENT1"}, {"to", "closed"}, {"outcome", "true"}});
    const auto due = [&](WallTime time) { return to_purge(*site.db, {"119UC001"}, {time, {}, 10}).value(); };
    EXPECT_TRUE(due(now() - 1h).empty());
    ASSERT_EQ(due(now() + 1h).size(), 1U) << "what is open is due never";
    EXPECT_EQ(due(now() + 1h)[0], kCase);
    ASSERT_TRUE(site.in_batch([&] { return note_purged(*site.book, kSite, kCase, *Services::defaults().find("119-dispatch")); }));
    EXPECT_TRUE(due(now() + 1h).empty());
}

TEST_F(ServiceVerbsTest, AResultIsOneThatItsServiceAsksFor) {
    const auto note = [&](const Service* service, const std::string& result) {
        const auto done = site.in_batch([&] { return note_effect(*site.book, "user:U1", kCase, service, result); });
        return done ? "" : done.error().field + " " + done.error().message;
    };
    EXPECT_NE(note(Services::defaults().find("ansimi"), "arrested").find("result must be one of safe, handed-over, unreachable"), std::string::npos);
    EXPECT_NE(note(nullptr, "safe").find("result is not asked"), std::string::npos);
    EXPECT_EQ(effect_of(*site.db, kCase).value(), "");
}

}  // namespace
}  // namespace bongsu::service
