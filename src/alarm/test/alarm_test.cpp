#include "alarm/alarm.hpp"

#include "alarm/fold.hpp"
#include "alarm/verbs.hpp"
#include "identity/test/site.hpp"
#include "journal/erasure.hpp"

namespace bongsu::alarm {
namespace {

using namespace std::chrono_literals;
using identity::Role;

class AlarmTest : public testing::Test {
  protected:
    static std::vector<std::unique_ptr<journal::Fold>> folds() {
        std::vector<std::unique_ptr<journal::Fold>> out;
        out.push_back(std::make_unique<AlarmFold>());
        return out;
    }
    void TearDown() override { EXPECT_EQ(site.book->fingerprint().value(), site.book->rebuild().value()); }

    WallTime now() const { return site.world.clock.wall(); }
    std::string up(const std::string& source, const std::string& rule, const std::string& parent = "") {
        return site.in_batch([&] { return raise(*site.book, rules, "site:11000", {source, rule, parent, ""}); }).value();
    }
    bool down(const std::string& source, const std::string& rule) {
        return site.in_batch([&] { return clear(*site.book, "site:11000", source, rule); }).value();
    }
    Result<Alarm> ack(const std::string& id, Role role = Role::supervisor) {
        return site.in_batch([&] { return acknowledge(*site.book, rules, "user:U1", role, id); });
    }
    Result<Alarm> put_away(const std::string& id, Shelf shelf, Role role = Role::supervisor) {
        return site.in_batch([&] { return shelve(*site.book, rules, "user:U1", role, id, shelf); });
    }
    std::vector<Alarm> list(std::optional<Role> role = {}) { return retained(*site.db, rules, now(), role).value(); }
    std::size_t count(std::string_view kind) {
        std::size_t out = 0;
        for (const auto& entry : site.entries()) out += entry.kind == kind ? 1 : 0;
        return out;
    }

    const Rules& rules = Rules::defaults();
    identity::TestSite site{folds()};
};

TEST_F(AlarmTest, OneConditionIsOneRowHoweverOftenItIsTold) {
    const auto first = up("site:11440", "link.silent");
    EXPECT_EQ(up("site:11440", "link.silent"), first);
    EXPECT_EQ(count("alarm.activated"), 1U);
    ASSERT_EQ(list().size(), 1U);
    EXPECT_TRUE(list()[0].calls(now()));
    EXPECT_TRUE(down("site:11440", "link.silent"));
    EXPECT_FALSE(down("site:11440", "link.silent"));
    EXPECT_TRUE(list().empty());
    EXPECT_NE(up("site:11440", "link.silent"), first) << "another time is another alarm";
}

TEST_F(AlarmTest, AWordOfSomebodyDoesNotClearIt) {
    const auto id = up("site:11440", "link.silent");
    ASSERT_TRUE(ack(id));
    ASSERT_EQ(list().size(), 1U);
    EXPECT_TRUE(list()[0].active);
    EXPECT_FALSE(list()[0].calls(now()));
    EXPECT_EQ(list()[0].acked_by, "user:U1");
    EXPECT_EQ(ack(id).error().kind, ErrorKind::conflict);
    EXPECT_EQ(ack("NONE").error().kind, ErrorKind::not_found);
    EXPECT_EQ(ack(up("shift:2026-11-30-day", "duty.police-missing"), Role::operator_).error().kind, ErrorKind::forbidden);
}

TEST_F(AlarmTest, WhatIsLatchedStaysUntilSomebodyHasSeenIt) {
    const auto id = up("incident:I1", "sop.step-skipped");
    EXPECT_TRUE(down("incident:I1", "sop.step-skipped"));
    ASSERT_EQ(list().size(), 1U);
    EXPECT_FALSE(list()[0].active);
    EXPECT_TRUE(list()[0].calls(now()));
    ASSERT_TRUE(ack(id));
    EXPECT_TRUE(list().empty());
}

TEST_F(AlarmTest, ADeadParentHidesItsChildrenWithANumber) {
    for (int i = 0; i < 30; ++i) up("camera:11440-" + std::to_string(i), "camera.lost", "site:11440");
    up("camera:11200-1", "camera.lost", "site:11200");
    EXPECT_EQ(list(Role::admin).size(), 31U);
    const auto id = up("site:11440", "link.silent");
    const auto hidden = list(Role::admin);
    EXPECT_EQ(hidden[0].id, id);
    EXPECT_EQ(hidden[0].hides, 30U);
    EXPECT_EQ(find(*site.db, id)->hides, 30U);
    EXPECT_EQ(std::count_if(hidden.begin(), hidden.end(), [&](const Alarm& alarm) { return alarm.calls(now()); }), 2);
    EXPECT_TRUE(find(*site.db, hidden.back().id)->suppressed);
    down("camera:11440-3", "camera.lost");
    EXPECT_EQ(find(*site.db, id)->hides, 29U);
    down("site:11440", "link.silent");
    EXPECT_EQ(list(Role::admin).size(), 30U);
    EXPECT_TRUE(list(Role::admin)[0].calls(now())) << "what still holds comes back";
}

TEST_F(AlarmTest, ShelvedItIsAwayForItsTimeAndNoLonger) {
    const auto id = up("site:11440", "link.silent");
    EXPECT_EQ(put_away(id, {721min, "works"}).error().message, "minutes must be 1 to 720 for this alarm");
    EXPECT_EQ(put_away(id, {0min, "works"}).error().field, "minutes");
    EXPECT_EQ(put_away(id, {60min, "  "}).error().field, "reason");
    EXPECT_EQ(put_away(id, {60min, std::string(301, 'x')}).error().field, "reason");
    EXPECT_EQ(put_away(up("shift:S", "duty.police-missing"), {10min, "he comes"}).error().message, "this alarm cannot be shelved");
    ASSERT_TRUE(put_away(id, {60min, "도로 공사"}));
    EXPECT_FALSE(find(*site.db, id)->calls(now()));
    EXPECT_EQ(find(*site.db, id)->shelved, Shelved::timed);
    site.world.clock.advance(60min);
    EXPECT_TRUE(find(*site.db, id)->calls(now()));
    const auto unshelved = [&] { return site.in_batch([&] { return unshelve(*site.book, rules, "user:U1", Role::admin, id); }); };
    EXPECT_EQ(unshelved().error().kind, ErrorKind::conflict) << "its time is over";
    ASSERT_TRUE(put_away(id, {{}, "until it is mended"}));
    site.world.clock.advance(24h * 30);
    EXPECT_FALSE(find(*site.db, id)->calls(now()));
    ASSERT_TRUE(unshelved());
    EXPECT_TRUE(find(*site.db, id)->calls(now()));
    ASSERT_TRUE(put_away(id, {{}, "again"}));
    down("site:11440", "link.silent");
    EXPECT_TRUE(find(*site.db, up("site:11440", "link.silent"))->calls(now())) << "the next time is not put away";
    EXPECT_EQ(put_away(id, {10min, "late"}).error().message, "the alarm is over");
}

TEST_F(AlarmTest, WhyItWasShelvedCanBeErased) {
    const auto id = up("site:11440", "link.silent");
    ASSERT_TRUE(put_away(id, {60min, "홍길동 씨 요청"}));
    const auto seq = site.journal->committed_seq();
    ASSERT_TRUE(site.in_batch([&] {
        return journal::order_erasure(*site.book, {.actor = "user:U2", .reason = "requested", .basis = "PIPA 36", .seqs = {seq}, .check = {}});
    }));
    EXPECT_EQ(site.db->query("select shelved_why from alarm where id = $1", {id}).value()[0].text(0), "");
    EXPECT_EQ(find(*site.db, id)->shelved, Shelved::timed);
    ASSERT_TRUE(journal::finish_erasures(*site.book, "site:11000"));
}

TEST_F(AlarmTest, TheListBeginsWithWhatCallsByPriorityAndAge) {
    const auto low = up("camera:1", "camera.lost");
    const auto seen = up("shift:S", "duty.police-missing");
    ASSERT_TRUE(ack(seen));
    const auto link = up("site:11440", "link.silent"), dead = up("partner:fire", "outbound.dead-letter");
    std::vector<std::string> order;
    for (const auto& alarm : list()) order.push_back(alarm.id);
    EXPECT_EQ(order, (std::vector<std::string>{link, dead, low, seen}));
    EXPECT_EQ(list(Role::operator_).size(), 1U);
    EXPECT_EQ(list(Role::agency).size(), 0U);
}

TEST_F(AlarmTest, ASeatsLoadIsCountedAgainstTheFigures) {
    const auto from = now();
    for (int i = 0; i < 25; ++i) {
        up("partner:" + std::to_string(i), "outbound.dead-letter");
        site.world.clock.advance(30s);
    }
    up("site:11440", "link.silent");
    site.world.clock.advance(25h);
    const auto load = load_of(*site.db, rules, Role::operator_, from, now(), now()).value();
    EXPECT_EQ(load.total, 25U) << "links are another seat's";
    EXPECT_EQ(load.worst_ten_minutes, 20U);
    EXPECT_EQ(load.flood_minutes, 10U);
    EXPECT_EQ(load.by_priority[1], 25U);
    EXPECT_EQ(load.most_often, "outbound.dead-letter");
    EXPECT_EQ(load.of_most_often, 25U);
    EXPECT_EQ(load.stale, 25U);
    EXPECT_EQ(load_of(*site.db, rules, Role::police, from, now(), now())->total, 0U);
}

TEST_F(AlarmTest, WhatIsNoAlarmIsRefused) {
    const auto why = [&](Raise raised) {
        const auto done = site.in_batch([&] { return raise(*site.book, rules, "site:11000", raised); });
        return done ? "raised" : done.error().message;
    };
    EXPECT_EQ(why({"site:1", "coffee.empty", "", ""}), "rule is not declared: coffee.empty");
    EXPECT_EQ(why({"", "link.silent", "", ""}), "source must be 1 to 80 bytes");
    EXPECT_EQ(why({"site:1", "link.silent", "", std::string(201, 'x')}), "detail must be at most 200 bytes");
}

std::string wrong(std::string_view what, std::string_view into) {
    std::string text(default_rules());
    const auto at = text.find(what, text.find("[[alarm]]"));
    EXPECT_NE(at, std::string::npos) << what;
    const auto parsed = Rules::parse(text.replace(at, what.size(), into));
    return parsed ? "taken" : parsed.error().message.substr(0, parsed.error().message.find('\n'));
}

TEST(AlarmRules, WhatIsWrongIsSaidByItsName) {
    EXPECT_EQ(wrong("priority = 1", "priority = 4"), "duty.police-missing: priority must be a whole number from 1 to 3");
    EXPECT_EQ(wrong("[\"supervisor\", \"official\"]", "[\"agency\"]"), "duty.police-missing: roles holds \"agency\", which has no seat here");
    EXPECT_EQ(wrong("[\"supervisor\", \"official\"]", "[]"), "duty.police-missing: roles must name who answers it");
    EXPECT_EQ(wrong("latched = false", "latched = 0"), "duty.police-missing: latched must be true or false");
    EXPECT_EQ(wrong("shelve_minutes = 0", "shelve_minutes = 721"), "duty.police-missing: shelve_minutes must be a whole number from 0 to 720");
    EXPECT_EQ(wrong("duty.operators-missing", "duty.police-missing"), "duty.police-missing: key is declared twice");
    EXPECT_EQ(wrong("latched = false", "loud = true"), "duty.police-missing: alarm does not know \"loud\"");
}

}  // namespace
}  // namespace bongsu::alarm
