#pragma once
// What a start took on trust is read through in the background; this is how far it came.

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace bongsu::app {

/// Threads: any.
class JournalCheck {
  public:
    enum class State : std::uint8_t { none, running, holds, broken, failed };
    struct Now {
        State state = State::none;
        std::uint64_t entries = 0;  ///< That were read, once it is done.
        std::string what;           ///< What does not hold, or why it could not be read.
    };

    void set(Now now) {
        const std::lock_guard lock(mutex_);
        now_ = std::move(now);
    }
    Now now() const {
        const std::lock_guard lock(mutex_);
        return now_;
    }

  private:
    mutable std::mutex mutex_;
    Now now_;
};

inline std::string_view to_string(JournalCheck::State state) {
    switch (state) {
        case JournalCheck::State::none: return "none";
        case JournalCheck::State::running: return "running";
        case JournalCheck::State::holds: return "holds";
        case JournalCheck::State::broken: return "broken";
        case JournalCheck::State::failed: return "failed";
    }
    return "none";
}

}  // namespace bongsu::app
