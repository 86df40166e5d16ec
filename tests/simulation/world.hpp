#pragma once
// Virtual time, chance and the trace of one run.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "env/sim/sim_world.hpp"

namespace bongsu::simulation {

using Span = std::chrono::milliseconds;
using namespace std::chrono_literals;

/// What happens when: the only engine of a run. Two things of one instant happen in the order in which they
/// were planned.
class Schedule {
  public:
    explicit Schedule(env::sim::SimClock& clock) : clock_(clock) {}
    MonoTime now() const { return clock_.mono(); }
    void at(MonoTime when, std::function<void()> what) {
        plan_.emplace(std::pair(std::max(when, now()), ++planned_), std::move(what));
    }
    void in(std::chrono::nanoseconds delay, std::function<void()> what) {
        at(now() + delay, std::move(what));
    }
    void run_until(MonoTime end) {
        while (!plan_.empty() && plan_.begin()->first.first <= end) {
            auto next = plan_.extract(plan_.begin());
            clock_.advance(next.key().first - now());
            next.mapped()();
        }
        clock_.advance(end - now());
    }

  private:
    env::sim::SimClock& clock_;
    std::map<std::pair<MonoTime, std::uint64_t>, std::function<void()>> plan_;
    std::uint64_t planned_ = 0;
};

/// Seeded decisions.
class Chance {
  public:
    explicit Chance(std::uint64_t seed) : random_(seed) {}
    std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
    std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }
    bool percent(unsigned of_hundred) { return below(100) < of_hundred; }
    Span span(Span least, Span most) {
        return Span(
            between(static_cast<std::uint64_t>(least.count()), static_cast<std::uint64_t>(most.count())));
    }
    std::uint64_t fork() { return below(UINT64_MAX); }
    env::sim::SimRandom& random() { return random_; }

  private:
    env::sim::SimRandom random_;
};

/// FNV-1a over all that was delivered, answered and written, in order: two runs of one seed must agree.
class Trace {
  public:
    void add(MonoTime at, std::string_view who, std::string_view what) {
        mix(std::to_string(at.time_since_epoch().count()));
        mix(who);
        mix(what);
        ++events_;
    }
    std::uint64_t hash() const { return hash_; }
    std::uint64_t events() const { return events_; }

  private:
    void mix(std::string_view bytes) {
        for (const auto letter : bytes)
            hash_ = (hash_ ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
        hash_ = (hash_ ^ 0x1fU) * 1099511628211ULL;
    }
    std::uint64_t hash_ = 14695981039346656037ULL, events_ = 0;
};

}  // namespace bongsu::simulation
