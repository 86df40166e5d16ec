#pragma once
// Seeded chance for drawing the demonstration city: the same seed draws the same bytes on every machine.

#include <cstddef>
#include <cstdint>

namespace bongsu::place {

/// SplitMix64 (Steele, Lea, Flood 2014). Not for secrets: those come from env::Random.
class Dice {
  public:
    /// `stream` separates the draws of two parts, so that one more draw in one does not move the other.
    explicit Dice(std::uint64_t seed, std::uint64_t stream = 0)
        : state_(seed ^ (stream * 0xd1342543de82ef95U)) {
        next();
    }

    std::uint64_t next() {
        std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15U);
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31);
    }

    /// Uniform in [0, bound); `bound` > 0. The bias of the remainder is below 2^-32 for the sizes of a city.
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
    /// Uniform in [low, high).
    double between(double low, double high) {
        return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1.0p-53);
    }
    bool chance(double share) { return between(0.0, 1.0) < share; }

  private:
    std::uint64_t state_;
};

}  // namespace bongsu::place
