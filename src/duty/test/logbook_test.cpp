#include "duty/logbook.hpp"

#include "duty/test/crew.hpp"
#include "duty/finding.hpp"
#include "journal/erasure.hpp"

namespace bongsu::duty {
namespace {

using namespace std::chrono_literals;

struct LogbookTest : DutyTest {
    Stay sits(const std::string& user = "OP1", Role role = Role::operator_) { return come(user, role).value(); }
    template <class Verb>
    auto in_batch(Verb verb) {
        return site.in_batch(std::move(verb));
    }
    void erase_last() {
        const auto seq = site.journal->committed_seq();
        ASSERT_TRUE(in_batch([&] { return journal::order_erasure(*site.book, {.actor = "user:OFF", .reason = "requested", .basis = "PIPA 36", .seqs = {seq}, .check = {}}); }));
        ASSERT_TRUE(journal::finish_erasures(*site.book, "site:11000"));
    }
};

TEST_F(LogbookTest, TheLogIsWhatIsOnRecordInItsOrder) {
    const auto shift = go_to_shift_of("A");
    const auto stay = sits();
    site.world.clock.advance(10min);
    ASSERT_TRUE(in_batch([&] { return begin_break(*site.book, {"OP1"}); }));
    site.world.clock.advance(15min);
    ASSERT_TRUE(in_batch([&] { return end_break(*site.book, {"OP1"}); }));
    ASSERT_TRUE(in_batch([&] { return note(*site.book, stay, "문이 잠기지 않음", true); }));
    ASSERT_TRUE(in_batch([&] { return record_found(*site.book, stay, *rules.finding("fire"), {"C1"}, {"I1"}, {}); }));
    ASSERT_TRUE(in_batch([&] { return report_shortcoming(*site.book, stay, "3번 화면이 흐림"); }));
    site.world.clock.advance(1min);
    ASSERT_TRUE(go("OP1"));

    const auto lines = log_lines(*site.db, shift.id).value();
    std::vector<std::string> kinds;
    for (const auto& line : lines) kinds.push_back(line.kind);
    EXPECT_EQ(kinds, (std::vector<std::string>{"came", "break", "found", "noted", "shortcoming", "left"}));
    EXPECT_EQ(lines[1].detail, "15");
    EXPECT_EQ(lines[2].subject, "I1");
    EXPECT_EQ(lines[3].text, "문이 잠기지 않음");
    EXPECT_TRUE(log_lines(*site.db, "2026-01-01-day")->empty());
    EXPECT_EQ(in_batch([&] { return note(*site.book, stay, " \n", false); }).error().field, "text");
    EXPECT_EQ(in_batch([&] { return note(*site.book, stay, std::string(kNoteLettersMax + 1, 'a'), false); }).error().field, "text");
}

TEST_F(LogbookTest, ABriefIsFrozenOnceAndEachItemAcknowledgedByTheNextShiftAlone) {
    const auto shift = go_to_shift_of("A", 5min);
    sits();
    const auto next = rules.pattern().next(shift);
    const auto freeze = [&] {
        return in_batch([&] {
            return freeze_brief(*site.book, "site:11000", shift.id, next.id, {{"incident", "I1", "acting", {}, {}}, {"note", "7", "", {}, {}}});
        });
    };
    const auto ack = [&](const std::string& user, const std::string& kind, const std::string& subject) {
        return in_batch([&] { return acknowledge_item(*site.book, {user}, shift.id, kind, subject); });
    };
    EXPECT_EQ(ack("OP1", "incident", "I1").error().kind, ErrorKind::not_found);
    ASSERT_TRUE(freeze());
    EXPECT_EQ(freeze().error().kind, ErrorKind::conflict);
    EXPECT_EQ(ack("OP1", "incident", "I1").error().code, "not_of_that_shift") << "who leaves it does not take it over";
    ASSERT_TRUE(set(next.crew, {{{"OP7"}, Role::operator_, ""}}));
    site.world.clock.advance(next.from - now() + 1min);
    ASSERT_TRUE(come("OP7", Role::operator_));
    EXPECT_EQ(ack("OP7", "incident", "I2").error().kind, ErrorKind::not_found);
    ASSERT_TRUE(ack("OP7", "incident", "I1"));
    EXPECT_EQ(ack("OP7", "incident", "I1").error().kind, ErrorKind::conflict);

    const auto brief = brief_of(*site.db, shift.id)->value();
    EXPECT_EQ(brief.to, next.id);
    ASSERT_EQ(brief.items.size(), 2U);
    EXPECT_EQ(brief.items[0].acked_by->value, "OP7");
    EXPECT_EQ(brief.items[0].state, "acting");
    EXPECT_FALSE(brief.items[1].acked_at);
    EXPECT_FALSE(brief_of(*site.db, next.id)->has_value());
}

TEST_F(LogbookTest, ABriefOfMoreThanItHoldsSaysHowMuchIsMissing) {
    const auto shift = go_to_shift_of("A");
    std::vector<BriefItem> items;
    for (std::size_t i = 0; i < kBriefItemsMax + 7; ++i) items.push_back({"incident", "I" + std::to_string(i), "new", {}, {}});
    ASSERT_TRUE(in_batch([&] { return freeze_brief(*site.book, "site:11000", shift.id, "x", items); }));
    const auto brief = brief_of(*site.db, shift.id)->value();
    ASSERT_EQ(brief.items.size(), kBriefItemsMax);
    EXPECT_EQ(brief.items.back().kind, "more");
    EXPECT_EQ(brief.items.back().state, "8");
}

TEST_F(LogbookTest, AReportIsNumberedGivenToSomebodyAndAnsweredOnce) {
    go_to_shift_of("A", 5min);
    const auto stay = sits();
    const auto report = [&] { return in_batch([&] { return report_shortcoming(*site.book, stay, "의자가 부서짐"); }).value(); };
    const auto first = report(), second = report();
    EXPECT_EQ(first.substr(4), "-0001");
    EXPECT_EQ(second.substr(4), "-0002");
    const auto answer = [&](const std::string& user, bool may_plan, const std::string& no) {
        return in_batch([&] { return answer_shortcoming(*site.book, {user}, may_plan, no, "내일 교체"); });
    };
    EXPECT_EQ(answer("OFF", true, "2026-9999").error().kind, ErrorKind::not_found);
    EXPECT_EQ(answer("OP1", false, first).error().kind, ErrorKind::forbidden) << "it was not given to them";
    ASSERT_TRUE(in_batch([&] { return assign_shortcoming(*site.book, "user:CHIEF", first, {"OP2"}); }));
    EXPECT_EQ(find_shortcoming(*site.db, first)->state(), "assigned");
    ASSERT_TRUE(answer("OP2", false, first));
    EXPECT_EQ(answer("OFF", true, first).error().kind, ErrorKind::conflict);
    EXPECT_EQ(in_batch([&] { return assign_shortcoming(*site.book, "user:CHIEF", first, {"OP1"}); }).error().kind, ErrorKind::conflict);
    EXPECT_EQ(shortcomings(*site.db, true)->size(), 1U);
    EXPECT_EQ(shortcomings(*site.db, false)->at(1).answer, "내일 교체");
    site.world.clock.advance(std::chrono::hours(24 * 366));
    EXPECT_EQ(report().substr(4), "-0001") << "another year";
}

TEST_F(LogbookTest, WordsGoWithAnErasureAndTheRestStays) {
    const auto shift = go_to_shift_of("A", 5min);
    const auto stay = sits();
    ASSERT_TRUE(in_batch([&] { return note(*site.book, stay, "환자 이름", false); }));
    erase_last();
    EXPECT_EQ(notes(*site.db, shift.id)->at(0).text, "");
    const auto no = in_batch([&] { return report_shortcoming(*site.book, stay, "사람 이름"); }).value();
    erase_last();
    EXPECT_EQ(find_shortcoming(*site.db, no)->text, "");
    ASSERT_TRUE(in_batch([&] { return answer_shortcoming(*site.book, {"OFF"}, true, no, "이름"); }));
    erase_last();
    EXPECT_EQ(find_shortcoming(*site.db, no)->answer, "");
    EXPECT_EQ(find_shortcoming(*site.db, no)->state(), "answered");
}

}  // namespace
}  // namespace bongsu::duty
