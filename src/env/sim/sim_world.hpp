#pragma once
// A world that is made of a seed: its clock moves when told, its chance repeats, its disk can lose power.

#include <cstdint>
#include <map>
#include <string>

#include "env/env.hpp"
#include "env/sim/sim_disk.hpp"

namespace bongsu::env::sim {

/// Stands still until it is moved. Threads: one.
class SimClock final : public Clock {
  public:
    explicit SimClock(WallTime start) : wall_(start) {}
    WallTime wall() const override { return wall_; }
    MonoTime mono() const override { return mono_; }
    /// Both clocks go on, never back.
    void advance(std::chrono::nanoseconds by);
    /// Steps the wall clock alone, also backwards, as an administrator or NTP does.
    void set_wall(WallTime time) { wall_ = time; }

  private:
    WallTime wall_;
    MonoTime mono_{};
    std::chrono::nanoseconds rest_{0};  // What is below a microsecond of wall time.
};

/// SplitMix64 (Steele, Lea, Flood 2014). Threads: one.
class SimRandom final : public Random {
  public:
    explicit SimRandom(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::uint8_t> bytes) override;

  private:
    std::uint64_t next();
    std::uint64_t state_;
};

/// Takes rare branches by a seed: each place is armed in one run of four, and an armed one is taken once in 2 to 33
/// visits, at most kTakenMax times: what is taken again and again is no rare branch but another program. A place's draws depend on the seed, its name and its own visits alone, so that a new place disturbs no other.
/// Threads: one.
class SimBuggify final : public Buggify {
  public:
    static constexpr std::uint64_t kTakenMax = 12;
    explicit SimBuggify(std::uint64_t seed) : seed_(seed) {}
    bool happens(std::string_view place) override;
    /// Off: no branch is taken, and nothing is drawn.
    void enable(bool on) { on_ = on; }
    /// Place -> how often it was taken; also those that were only asked for.
    const std::map<std::string, std::uint64_t, std::less<>>& taken() const { return taken_; }

  private:
    struct Place {
        SimRandom random;
        std::uint64_t one_in = 0;  // 0: not armed.
    };
    std::uint64_t seed_;
    bool on_ = true;
    std::map<std::string, Place, std::less<>> places_;
    std::map<std::string, std::uint64_t, std::less<>> taken_;
};

/// Clock, chance and disk of one seed; starts at 2026-01-01T00:00:00Z. Threads: one.
struct World {
    explicit World(std::uint64_t seed);
    SimClock clock;
    SimRandom random;
    SimDisk disk;
    Env env{clock, random, disk};
};

}  // namespace bongsu::env::sim
