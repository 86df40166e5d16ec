#pragma once
// What happens to alarms and what is read of them. A verb appends to the Book; it is so once Book::commit() has returned.

#include <optional>
#include <string>
#include <vector>

#include "alarm/alarm.hpp"
#include "journal/book.hpp"

namespace bongsu::alarm {

constexpr std::size_t kReasonLettersMax = 300;
constexpr std::size_t kActiveMax = 20'000;  ///< Conditions that are active at once; what comes beyond is refused.

struct Raise {
    std::string source, rule;
    std::string parent = {};
    std::string detail = {};  ///< At most 200 bytes.
};
/// The condition holds. `alarm.activated` {alarm, source, rule, parent, detail, priority, latched}; nothing while it is active already, which
/// is answered by its id all the same. Errors: invalid for a rule that is not declared; exhausted.
Result<std::string> raise(journal::Book& book, const Rules& rules, const std::string& actor, const Raise& raised);
/// It does not any more, which alone clears it: nobody clears by hand what still holds. `alarm.cleared` {alarm}; false when it was not active.
Result<bool> clear(journal::Book& book, const std::string& actor, const std::string& source, const std::string& rule);

/// Somebody has seen it. `alarm.acknowledged` {alarm}. Errors: not_found; forbidden (another role's); conflict (already).
Result<Alarm> acknowledge(journal::Book& book, const Rules& rules, const std::string& actor, identity::Role role, const std::string& id);

struct Shelf {
    std::optional<std::chrono::minutes> for_time;  ///< Nothing: until it clears.
    std::string reason;
};
/// Puts it away: `alarm.shelved` {alarm, how, until, reason}. Errors: not_found; forbidden; conflict where its rule lets nobody; invalid
/// `minutes` (longer than the rule's), `reason`.
Result<Alarm> shelve(journal::Book& book, const Rules& rules, const std::string& actor, identity::Role role, const std::string& id, const Shelf& shelf);
/// `alarm.unshelved` {alarm}. Errors: not_found, forbidden, conflict.
Result<Alarm> unshelve(journal::Book& book, const Rules& rules, const std::string& actor, identity::Role role, const std::string& id);

/// Those that stand in the list, of this role's rules when there is one: first what calls, then by priority, then the oldest.
Result<std::vector<Alarm>> retained(sql::Db& db, const Rules& rules, WallTime now, std::optional<identity::Role> role = {});
/// Those that became active in [from, to), oldest first; at most 10,000.
Result<std::vector<Alarm>> active_between(sql::Db& db, WallTime from, WallTime to);
/// How many that are.
Result<std::int64_t> count_between(sql::Db& db, WallTime from, WallTime to);
/// Errors: not_found.
Result<Alarm> find(sql::Db& db, const std::string& id);

/// How many became active, against the figures of ISA-18.2 and EEMUA 191 (made for process plants: one operator, ten minutes).
struct Load {
    std::size_t total = 0;
    std::size_t worst_ten_minutes = 0;       ///< Acceptable: at most 10.
    std::size_t flood_minutes = 0;           ///< Of tens of minutes with more than 10, all in all.
    std::size_t stale = 0;                   ///< Active for more than a day now: fewer than 5.
    std::size_t by_priority[3] = {0, 0, 0};  ///< About 5, 15 and 80 of a hundred.
    std::string most_often;                  ///< The rule of most.
    std::size_t of_most_often = 0;
};
/// Of a role in [from, to), at most a week. `now`: for what is stale.
Result<Load> load_of(sql::Db& db, const Rules& rules, identity::Role role, WallTime from, WallTime to, WallTime now);

}  // namespace bongsu::alarm
