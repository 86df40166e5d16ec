#pragma once
// Which crew works when: the crews take turns in a cycle of days. Pure.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bongsu::duty {

/// A day in Seoul (UTC+9, no daylight saving since 1988).
using Day = std::chrono::sys_days;
Day day_of(WallTime time);
WallTime midnight_of(Day day);
/// "2026-11-30".
std::string to_text(Day day);
Result<Day> parse_day(std::string_view text, std::string_view field);

/// A part of the day that somebody is on duty for. `ends` may pass midnight.
struct ShiftKind {
    std::string key;                      ///< "day", "night": of [a-z].
    std::chrono::minutes begins{}, ends{};  ///< After the day's midnight in Seoul.
};

struct Shift {
    std::string id;  ///< "2026-11-30-night": the day on which it begins.
    Day day;
    std::string kind, crew;
    WallTime from, to;  ///< [from, to)
};

/// 4조2교대, as a table: crew i is at place (days since `anchor` - i * cycle/crews) of the cycle.
struct PatternParts {
    std::vector<std::string> crews;
    std::vector<ShiftKind> kinds;     ///< In the order of the day, without a gap.
    std::vector<std::string> cycle;   ///< A kind's key, or empty: free.
    Day anchor;                       ///< The first crew is at the cycle's first place.
};

/// Immutable. Threads: any. Bounds: 26 crews, 6 kinds, 364 days of cycle.
class Pattern {
  public:
    /// Errors: invalid, naming `crews`, `shifts` or `cycle`, where any moment would have no crew or two.
    static Result<Pattern> make(PatternParts parts);

    /// The one that runs at `time`.
    Shift at(WallTime time) const;
    Shift next(const Shift& shift) const { return at(shift.to); }
    Shift previous(const Shift& shift) const { return at(shift.from - std::chrono::microseconds(1)); }
    /// Errors: not_found.
    Result<Shift> find(std::string_view id) const;
    /// Those that touch [from, to), in order; at most kBetweenMax.
    static constexpr std::size_t kBetweenMax = 400;
    std::vector<Shift> between(WallTime from, WallTime to) const;

    const std::vector<std::string>& crews() const { return parts_.crews; }
    const std::vector<ShiftKind>& kinds() const { return parts_.kinds; }
    /// The shortest time off between two shifts of one crew.
    std::chrono::minutes shortest_rest() const;
    /// Of a crew's member, over the whole cycle: minutes a week.
    std::chrono::minutes weekly() const;

  private:
    explicit Pattern(PatternParts parts) : parts_(std::move(parts)) {}
    Shift shift_of(Day day, const ShiftKind& kind) const;
    /// Null when no crew works it.
    const std::string* crew_of(Day day, const std::string& kind) const;
    std::size_t place_of(Day day, std::size_t crew) const;

    PatternParts parts_;
};

}  // namespace bongsu::duty
