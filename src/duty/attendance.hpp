#pragma once
// Coming, going and resting (근태). Each appends to the Book; it is so once Book::commit() has returned.

#include <optional>
#include <string>
#include <vector>

#include "duty/roster.hpp"
#include "duty/rules.hpp"
#include "journal/book.hpp"

namespace bongsu::duty {

struct Coming {
    UserId user;
    identity::Role role = identity::Role::operator_;
    std::string seat;                ///< Empty: the planned one, else the first free one of the role.
    std::string source = "login";  ///< "login", "desk".
};

/// Takes a seat in the shift that runs, or in the next one from the rules' `early` before it. `duty.clocked_in` {user, role, seat,
/// shift, crew, source, late}. Who sits there from the shift before is relieved; at another seat of one's own one moves.
/// The same again changes nothing.
/// Errors: forbidden `not_on_roster`; invalid `seat` (none, another role's); conflict `seat_taken`, `seats_full`.
Result<Stay> clock_in(journal::Book& book, const Rules& rules, const Coming& coming);

/// Ends a stay: `duty.clocked_out` {user, seat, shift, why}.
Result<void> clock_out(journal::Book& book, const std::string& actor, const Stay& stay, const std::string& why);
/// By the person: "end", or "left early" before the shift is over. Errors: conflict `not_at_a_seat`.
Result<void> clock_out(journal::Book& book, const Rules& rules, const UserId& user);

/// `duty.break_began`, `duty.break_ended` {user, seat, shift}. Errors: conflict `not_at_a_seat`, `on_break`, `not_on_break`.
Result<void> begin_break(journal::Book& book, const UserId& user);
Result<void> end_break(journal::Book& book, const UserId& user);

/// Those whose shift ended longer ago than the rules' `overtime`: nobody stays on duty by forgetting to go. Answers who.
Result<std::vector<Stay>> end_forgotten(journal::Book& book, const Rules& rules, const std::string& actor);

}  // namespace bongsu::duty
