#pragma once
// Where a batch's time went: whoever waits for the store thread waits for the slowest of these, and a site that stalls has
// to say at which.

#include <array>
#include <chrono>
#include <string>

#include "base/time.hpp"

namespace bongsu::app {

/// What a batch does, in this order; each names what came after the one before it.
enum class Step : unsigned char { begin, verbs, reactions, record, journal, folds, release, count };

/// Threads: one (the store thread). Bounds: none of its size; kept for one batch.
class Steps {
  public:
    using Duration = MonoTime::duration;

    explicit Steps(MonoTime now) : at_(now) {}
    void done(Step step, MonoTime now) {
        taken_.at(static_cast<std::size_t>(step)) += now - at_;
        at_ = now;
    }
    /// Of the time since the last done() this much was another step's.
    void split(Step step, Duration part) {
        taken_.at(static_cast<std::size_t>(step)) += part;
        at_ += part;
    }
    Duration all() const {
        Duration sum{};
        for (const auto& each : taken_) sum += each;
        return sum;
    }
    /// "begin 0 verbs 12 … ms".
    std::string text() const {
        constexpr std::array<const char*, static_cast<std::size_t>(Step::count)> kNames{
            "begin", "verbs", "reactions", "record", "journal", "folds", "release"};
        std::string out;
        for (std::size_t i = 0; i < taken_.size(); ++i) {
            out += kNames.at(i);
            out += ' ' + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(taken_.at(i)).count()) + ' ';
        }
        return out + "ms";
    }

  private:
    MonoTime at_;
    std::array<Duration, static_cast<std::size_t>(Step::count)> taken_{};
};

}  // namespace bongsu::app
