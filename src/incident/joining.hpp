#pragma once
// Which messages are reports of one case: declarations, and how far two places are apart.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"

namespace bongsu::incident {

struct JoinRule {
    std::string key;
    std::vector<std::string> agencies;     ///< Codes or beginnings of codes; empty: any.
    std::vector<std::string> types, with;  ///< Of the message, of the incident.
    std::chrono::seconds window{0};
    double radius_m = 0;

    bool is_for(const event::Event& event) const;
};

/// Immutable once parsed. Threads: any. joining.toml describes the fields.
class Joining {
  public:
    /// All errors at once, a line each. Bounds: 1 MiB, 100 rows.
    static Result<Joining> parse(std::string_view toml);
    /// Those that the program brings along.
    static const Joining& defaults();
    const std::vector<JoinRule>& rules() const { return rules_; }

  private:
    std::vector<JoinRule> rules_;
};

/// The text of joining.toml.
std::string_view default_joining();

/// Metres over the ground, good to a thousandth at the distances of a city.
double metres_between(const event::Position& a, const event::Position& b);

}  // namespace bongsu::incident
