#pragma once
// Alarms: what needs a response by a seat. Words of OPC UA Part 9 (Alarms and Conditions): active, acked, suppressed, shelved, latched.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "identity/role.hpp"

namespace bongsu::alarm {

/// A declaration; alarms.toml describes the fields.
struct Rule {
    std::string key, name_ko, name_en;
    int priority = 3;  ///< 1 urgent, 2 high, 3 low.
    std::vector<identity::Role> roles;
    bool latched = false;
    std::chrono::minutes shelve{0};  ///< The longest; 0: not at all.

    bool is_for(identity::Role role) const;
};

/// Immutable once parsed. Threads: any.
class Rules {
  public:
    /// All errors at once, a line each. Bounds: 1 MiB, 300 rules.
    static Result<Rules> parse(std::string_view toml);
    static const Rules& defaults();
    /// Null when there is none.
    const Rule* find(std::string_view key) const;
    const std::vector<Rule>& all() const { return rules_; }

  private:
    std::vector<Rule> rules_;
};

/// The text of alarms.toml.
std::string_view default_rules();

enum class Shelved : std::uint8_t { unshelved, timed, one_shot };
std::string_view to_string(Shelved shelved);

/// One condition: a source and a rule. It is one row however often it is told.
struct Alarm {
    std::string id;  ///< ULID, of this time that it became active.
    std::uint64_t seq = 0;
    std::string source, rule;  ///< "shift:2026-11-30-night", "site:11440", "incident:01H…"; "duty.police-missing".
    std::string parent;        ///< The source on which this one hangs; empty: none.
    std::string detail;        ///< Of our own words or ids: never a person's.
    int priority = 3;
    bool active = false, acked = false, latched = false;
    WallTime active_at{};
    std::optional<WallTime> cleared_at, acked_at, shelved_until;
    std::string acked_by;
    Shelved shelved = Shelved::unshelved;
    /// Its parent has an alarm of its own: it is in that one's number.
    bool suppressed = false;
    std::size_t hides = 0;  ///< Of a parent: how many active ones it suppresses.

    /// It stands in the list: active, or over and still waiting for somebody's word.
    bool retained() const { return active || (latched && !acked); }
    bool is_shelved(WallTime now) const { return shelved == Shelved::one_shot || (shelved == Shelved::timed && shelved_until && now < *shelved_until); }
    /// Somebody has to look at it now.
    bool calls(WallTime now) const { return retained() && !acked && !suppressed && !is_shelved(now); }
};

}  // namespace bongsu::alarm
