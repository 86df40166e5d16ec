#pragma once
// A site with the fold of this room and crew A on the roster of its shift, for its tests.

#include "duty/attendance.hpp"
#include "duty/fold.hpp"
#include "duty/verbs.hpp"
#include "identity/test/site.hpp"

namespace bongsu::duty {

using identity::Role;

class DutyTest : public testing::Test {
  protected:
    static std::vector<std::unique_ptr<journal::Fold>> folds() {
        std::vector<std::unique_ptr<journal::Fold>> out;
        out.push_back(std::make_unique<DutyFold>());
        return out;
    }

    void SetUp() override { ASSERT_TRUE(set("A", {{{"CHIEF"}, Role::supervisor, "chief"}, {{"POLICE"}, Role::police, "police"}, {{"OP1"}, Role::operator_, "op-1"}, {{"OP2"}, Role::operator_, ""}})); }

    WallTime now() const { return site.world.clock.wall(); }
    /// The first shift of crew A that begins after now, and the clock `after` its beginning.
    Shift go_to_shift_of(const std::string& crew, std::chrono::minutes after = {}) {
        auto shift = rules.pattern().next(rules.pattern().at(now()));
        while (shift.crew != crew) shift = rules.pattern().next(shift);
        site.world.clock.advance(shift.from - now() + after);
        return shift;
    }
    Result<void> set(const std::string& crew, const std::vector<Member>& members, std::optional<Day> from = {}) {
        return site.in_batch([&] { return set_crew(*site.book, rules, "user:CHIEF", crew, from.value_or(day_of(now())), members); });
    }
    Result<Stay> come(const std::string& user, Role role, const std::string& seat = "") {
        return site.in_batch([&] { return clock_in(*site.book, rules, {{user}, role, seat}); });
    }
    Result<void> go(const std::string& user) {
        return site.in_batch([&] { return clock_out(*site.book, rules, UserId{user}); });
    }
    bool on_duty(const std::string& user) { return is_on_duty(*site.db, rules, {user}, now()).value(); }
    std::size_t count(std::string_view kind) {
        std::size_t out = 0;
        for (const auto& entry : site.entries()) out += entry.kind == kind ? 1 : 0;
        return out;
    }
    /// Folds that are replayed equal the live ones.
    void TearDown() override {
        const auto live = site.book->fingerprint();
        const auto again = site.book->rebuild();
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(*live, *again);
    }

    const Rules& rules = Rules::defaults();
    identity::TestSite site{folds()};
};

}  // namespace bongsu::duty
