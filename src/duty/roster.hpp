#pragma once
// Who should be there, who is, and what is missing.

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "duty/rules.hpp"
#include "sql/sql.hpp"

namespace bongsu::duty {

struct Member {
    UserId user;
    identity::Role role = identity::Role::operator_;
    std::string seat;  ///< Planned; empty: any of the role.
    bool operator==(const Member&) const = default;
};

/// Somebody of a shift's roster.
struct Planned : Member {
    bool called_in = false;  ///< Of another crew, for this shift.
    std::string absent;      ///< Why not: "leave", "sick", "training", "other", "erased"; empty: expected.
};

/// A stay at a seat.
struct Stay {
    std::uint64_t seq = 0;
    UserId user;
    identity::Role role = identity::Role::operator_;
    std::string shift, crew, seat, source;
    std::chrono::microseconds late{0};  ///< Behind the shift's beginning and the grace; 0: in time.
    WallTime in{};
    std::optional<WallTime> out;
    std::string out_why;               ///< "end", "left early", "relieved", "forgotten", "moved", "logged out".
    std::optional<WallTime> away_since;  ///< On a break since.
};

/// Which of a shift's needs are not met.
struct Shortfall {
    identity::Role role = identity::Role::operator_;
    std::size_t needed = 0, there = 0;
    bool operator==(const Shortfall&) const = default;
};

/// The crew's list that holds on `day`; empty when there is none.
Result<std::vector<Member>> members(sql::Db& db, const std::string& crew, Day day);
/// Crew, whoever is called in, and who is absent of them.
Result<std::vector<Planned>> planned(sql::Db& db, const Shift& shift);
/// Those who sit at a seat now, in the order in which they came.
Result<std::vector<Stay>> present(sql::Db& db);
/// Of a shift, in the order of coming.
Result<std::vector<Stay>> stays(sql::Db& db, const std::string& shift);
/// Nothing when the person sits at no seat.
Result<std::optional<Stay>> stay_of(sql::Db& db, const UserId& user);
/// The newest of that user, also one that is over.
Result<std::optional<Stay>> last_stay_of(sql::Db& db, const UserId& user);
/// May work on incidents and cameras now: at a seat, and the shift, with its overtime, is not over.
Result<bool> is_on_duty(sql::Db& db, const Rules& rules, const UserId& user, WallTime now);

/// Those who left a seat after `since` and sit at none now, by user id.
Result<std::vector<UserId>> left_since(sql::Db& db, WallTime since);

/// What the roster of a shift does not fill.
std::vector<Shortfall> shortfall_of(const Rules& rules, const std::vector<Planned>& planned);
/// What those who are there, and not on a break, do not fill.
std::vector<Shortfall> shortfall_of(const Rules& rules, const std::vector<Stay>& present);

}  // namespace bongsu::duty
