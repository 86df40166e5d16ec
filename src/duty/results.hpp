#pragma once
// What a shift did (관제실적): who was there, what was watched and found. Read from what is on record.

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "duty/roster.hpp"
#include "duty/rules.hpp"

namespace bongsu::duty {

/// One person's part of one or several shifts.
struct PersonResult {
    UserId user;
    identity::Role role = identity::Role::operator_;
    std::int64_t shifts = 0, late = 0, passes = 0, findings = 0;
    std::chrono::minutes worked{0};  ///< Less breaks.
};

struct ShiftResult {
    std::int64_t planned = 0, absent = 0, called_in = 0;  ///< Persons.
    std::int64_t passes = 0, cameras_lit = 0;             ///< Different cameras that stood on a lit screen.
    std::map<std::string, std::int64_t> findings;         ///< By kind.
    std::vector<PersonResult> persons;                    ///< Who came, in the order in which they did.

    std::int64_t came() const { return static_cast<std::int64_t>(persons.size()); }
    std::int64_t late() const;
    std::int64_t found() const;
    std::chrono::minutes worked() const;
};

/// Of a shift that runs, until `now`.
Result<ShiftResult> result_of(sql::Db& db, const Shift& shift, WallTime now);
/// Adds what `more` has to `all`, by person.
void add_persons(std::vector<PersonResult>& all, const std::vector<PersonResult>& more);

}  // namespace bongsu::duty
