#pragma once
// What can be done to the roster. Each appends to the Book; it is so once Book::commit() has returned.

#include <string>
#include <vector>

#include "duty/roster.hpp"
#include "duty/rules.hpp"
#include "journal/book.hpp"

namespace bongsu::duty {

constexpr std::size_t kMembersMax = 60;  ///< Of a crew.

/// `actor` in all: "user:…" of who plans.

/// From `from` on the crew has these members and no others. `duty.crew_set` {crew, from, members: [{user, role, seat}]}.
/// Errors: invalid names `crew`, `from` (before today: what was worked stands), `members` (more than kMembersMax, one twice, a
/// seat that is none of their role's, or taken by two); conflict for one who is in another crew on that day.
Result<void> set_crew(journal::Book& book, const Rules& rules, const std::string& actor, const std::string& crew, Day from,
                      const std::vector<Member>& members);

/// `reason`: "leave", "sick", "training", "other". `duty.absent` {user, shift, reason}; who sits at a seat then leaves it.
/// Errors: not_found (shift, or not on its roster), invalid (`reason`), conflict (already, or the shift is over).
Result<void> mark_absent(journal::Book& book, const Rules& rules, const std::string& actor, const std::string& shift, const UserId& user,
                         const std::string& reason);
/// `duty.absence_withdrawn` {user, shift}. Errors: not_found, conflict.
Result<void> withdraw_absence(journal::Book& book, const Rules& rules, const std::string& actor, const std::string& shift, const UserId& user);
/// Somebody of another crew for this shift. `duty.called_in` {user, role, seat, shift}.
/// Errors: not_found, invalid (`seat`), conflict: on the roster already, over, or less than the rules' rest from a shift of their own.
Result<void> call_in(journal::Book& book, const Rules& rules, const std::string& actor, const std::string& shift, const Member& member);

}  // namespace bongsu::duty
