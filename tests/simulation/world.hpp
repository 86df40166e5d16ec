#pragma once
// Virtual time, chance and the trace of one run.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
        plan_.push_back({std::max(when, now()), ++planned_, std::move(what)});
        std::push_heap(plan_.begin(), plan_.end(), later);
    }
    void in(std::chrono::nanoseconds delay, std::function<void()> what) {
        at(now() + delay, std::move(what));
    }
    void run_until(MonoTime end) {
        while (!plan_.empty() && plan_.front().when <= end) {
            std::pop_heap(plan_.begin(), plan_.end(), later);
            const auto next = std::move(plan_.back());
            plan_.pop_back();
            clock_.advance(next.when - now());
            next.what();
        }
        clock_.advance(end - now());
    }
    std::uint64_t planned() const { return planned_; }

  private:
    struct Planned {
        MonoTime when;
        std::uint64_t number = 0;
        std::function<void()> what;
    };
    static bool later(const Planned& a, const Planned& b) {
        return a.when != b.when ? a.when > b.when : a.number > b.number;
    }
    env::sim::SimClock& clock_;
    std::vector<Planned> plan_;
    std::uint64_t planned_ = 0;
};

/// One machine's clock: off by a constant, drifting, and stepped when somebody sets it. Its monotonic half is the
/// world's.
class NodeClock final : public env::Clock {
  public:
    explicit NodeClock(const env::sim::SimClock& world) : world_(world) {}
    WallTime wall() const override {
        const auto ran = std::chrono::duration_cast<std::chrono::microseconds>(world_.mono() - MonoTime{});
        return world_.wall() + offset_ + ran * drift_ppm_ / 1'000'000;
    }
    MonoTime mono() const override { return world_.mono(); }
    void step(std::chrono::microseconds by) { offset_ += by; }
    void drift(std::int64_t parts_per_million) { drift_ppm_ = parts_per_million; }

  private:
    const env::sim::SimClock& world_;
    std::chrono::microseconds offset_{0};
    std::int64_t drift_ppm_ = 0;
};

/// Seeded decisions. Each actor has its own, so that leaving one out changes the others by its effects alone.
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

/// FNV-1a, eight bytes at a time, over all that was delivered, answered and written, in order: two runs of one seed
/// must agree.
class Trace {
  public:
    void add(MonoTime at, std::string_view who, std::string_view what) {
        mix(static_cast<std::uint64_t>(at.time_since_epoch().count()));
        mix(who);
        mix(what);
        ++events_;
    }
    std::uint64_t hash() const { return hash_; }
    std::uint64_t events() const { return events_; }

  private:
    void mix(std::uint64_t word) { hash_ = (hash_ ^ word) * 1099511628211ULL; hash_ ^= hash_ >> 29U; }
    void mix(std::string_view bytes) {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            word = word << 8U | static_cast<unsigned char>(bytes[i]);
            if (i % 8 == 7) mix(std::exchange(word, 0));
        }
        mix(word ^ bytes.size() << 56U);
    }
    std::uint64_t hash_ = 14695981039346656037ULL, events_ = 0;
};

}  // namespace bongsu::simulation
