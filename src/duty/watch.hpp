#pragma once
// What each operator watches in this shift, and the passes over it. A verb appends to the Book; it is so once Book::commit() has returned.

#include <optional>
#include <string>
#include <vector>

#include "duty/roster.hpp"
#include "duty/share.hpp"
#include "journal/book.hpp"

namespace bongsu::duty {

/// A set that somebody has, and the grant under which they look at it.
struct Assigned : CameraSet {
    std::string shift;
    GrantId grant;
};

/// `duty.set_assigned` {user, shift, grant, own: [camera], lent: [camera]}; nothing when it is so already.
Result<void> assign_set(journal::Book& book, const std::string& actor, const Assigned& set);
/// `duty.set_ended` {user, shift, grant}.
Result<void> end_set(journal::Book& book, const std::string& actor, const Assigned& set);

/// All that are assigned now, by person.
Result<std::vector<Assigned>> assigned(sql::Db& db);
/// Nothing for who watches no set.
Result<std::optional<Assigned>> assigned_to(sql::Db& db, const UserId& user);
/// As share() takes what was before.
Shares shares_of(const std::vector<Assigned>& sets);

/// One pass over a set that somebody says they have seen.
struct Pass {
    std::uint64_t seq = 0;
    UserId user;
    std::string shift;
    std::uint64_t number = 0;  ///< From 0, by person and shift.
    std::size_t cameras = 0;
    WallTime began{}, ended{};
};

/// The number of the pass that is under way: as many as were confirmed in this shift.
Result<std::uint64_t> pass_number(sql::Db& db, const UserId& user, const std::string& shift);
/// `duty.pass_confirmed` {user, shift, pass, cameras, began}: it began when the one before was confirmed, the first one with the set.
/// Errors: conflict `not_at_a_seat`, `no_set`, `another_pass` (its number is not the one that is under way).
Result<Pass> confirm_pass(journal::Book& book, const UserId& user, std::uint64_t number);
/// Of a shift, in the order of their ends; at most 10,000.
Result<std::vector<Pass>> passes(sql::Db& db, const std::string& shift);

}  // namespace bongsu::duty
