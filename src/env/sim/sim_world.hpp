#pragma once
// A world that is made of a seed: its clock moves when told, its chance repeats, its disk can lose power.

#include <cstdint>

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

/// Clock, chance and disk of one seed; starts at 2026-01-01T00:00:00Z. Threads: one.
struct World {
    explicit World(std::uint64_t seed);
    SimClock clock;
    SimRandom random;
    SimDisk disk;
    Env env{clock, random, disk};
};

}  // namespace bongsu::env::sim
