#pragma once
// What a centre declares of its duty: crews, shifts, seats, what a shift needs, how cameras are patrolled.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "duty/pattern.hpp"
#include "identity/role.hpp"

namespace bongsu::duty {

struct Named {
    std::string key, name_ko, name_en;
};

struct Seat : Named {
    identity::Role role = identity::Role::operator_;
};

struct Need {
    identity::Role role = identity::Role::operator_;
    std::size_t persons = 0;
};

struct Limits {
    std::size_t cameras = 50;  ///< Monitored by one operator (guideline of the Ministry of the Interior and Safety).
    std::chrono::minutes late{10}, early{60}, overtime{60};
    std::chrono::hours rest{11}, week{52};
    std::chrono::seconds receive_urgent{30}, receive_ordinary{120};  ///< 접수: by then somebody has received an incident (domain study 33).
};

/// What may be found on a screen, and to whom it is proposed.
struct FindingKind : Named {
    std::string grade = "10";  ///< "10" urgent, "20" ordinary.
    std::string agency;        ///< "112", "119", "disaster", "district" or "none".
};

/// How often and how long cameras are looked at, by the clock in Seoul.
struct PatrolRule {
    std::chrono::minutes from{0}, to{0};  ///< After midnight; to <= from: past midnight, equal: always.
    std::vector<std::string> purposes;    ///< Of cameras; empty: all.
    int risk = 2;                         ///< 1 each third pass, 2 each second, 3 each.
    std::chrono::seconds dwell{15};

    bool holds_at(WallTime time) const;
};

/// Immutable once parsed. Threads: any. duty.toml describes the fields.
class Rules {
  public:
    /// All errors at once, a line each. Bounds: 1 MiB, 26 crews, 6 shifts, 200 seats, 100 patrol rules, 9 kinds of findings (one digit calls each).
    static Result<Rules> parse(std::string_view toml);
    /// What the program brings along.
    static const Rules& defaults();

    const Pattern& pattern() const { return pattern_; }
    const std::vector<Named>& crews() const { return crews_; }
    const std::vector<Named>& shifts() const { return shifts_; }
    const std::vector<Seat>& seats() const { return seats_; }
    /// Null when there is none.
    const Seat* seat(std::string_view key) const;
    bool has_seat_for(identity::Role role) const;
    const std::vector<Need>& needs() const { return needs_; }
    const Limits& limits() const { return limits_; }
    /// In the order of the keys that call them.
    const std::vector<FindingKind>& findings() const { return findings_; }
    /// Null when there is none.
    const FindingKind* finding(std::string_view key) const;
    /// The last rule that fits; one of risk 2 and 15 s where none does.
    const PatrolRule& patrol(std::string_view purpose, WallTime time) const;

  private:
    explicit Rules(Pattern pattern) : pattern_(std::move(pattern)) {}

    Pattern pattern_;
    std::vector<Named> crews_, shifts_;
    std::vector<Seat> seats_;
    std::vector<Need> needs_;
    Limits limits_;
    std::vector<PatrolRule> patrols_;
    std::vector<FindingKind> findings_;
};

/// The text of duty.toml.
std::string_view default_rules();

}  // namespace bongsu::duty
