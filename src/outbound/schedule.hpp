#pragma once
// Who is next, and when: one try at a time for each partner, with waits that double. Pure.

#include <map>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "env/env.hpp"
#include "event/profile.hpp"

namespace bongsu::outbound {

/// The wait after the `failures`-th failure in a row: first doubled failures - 1 times, at most cap, and of that
/// between a half and the whole by chance. `failures` is at least 1.
std::chrono::milliseconds wait_after(const event::Profile::Retry& retry, std::int64_t failures, env::Random& random);

/// Forgets nothing that matters: what waits is in the outbox. Threads: one.
class Schedule {
  public:
    /// True when a try of this partner may begin now; it is under way from then on.
    bool begin(const std::string& partner, MonoTime now);
    /// The partner has it, or refused it for good: the next may go at once.
    void ended(const std::string& partner);
    /// It failed for now. Answers when it is tried again.
    MonoTime failed(const std::string& partner, const event::Profile::Retry& retry, MonoTime now, env::Random& random);
    /// What begin() said to be under way was not begun: its batch was lost.
    void forget(const std::string& partner);
    /// What begin() would answer.
    bool may_begin(const std::string& partner, MonoTime now) const;

  private:
    struct Partner {
        bool under_way = false;
        std::int64_t failures = 0;
        MonoTime not_before{};
    };
    std::map<std::string, Partner> partners_;
};

}  // namespace bongsu::outbound
