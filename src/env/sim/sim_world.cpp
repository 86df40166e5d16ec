#include "env/sim/sim_world.hpp"

namespace bongsu::env::sim {

void SimClock::advance(std::chrono::nanoseconds by) {
    BONGSU_CHECK(by.count() >= 0);
    mono_ += by;
    rest_ += by;
    const auto whole = std::chrono::floor<std::chrono::microseconds>(rest_);
    wall_ += whole;
    rest_ -= whole;
}

std::uint64_t SimRandom::next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    auto mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31U);
}

void SimRandom::fill(std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        auto value = next();
        const auto taken = bytes.size() < 8 ? bytes.size() : 8;
        for (std::size_t i = 0; i < taken; ++i) {
            bytes[i] = static_cast<std::uint8_t>(value);
            value >>= 8U;
        }
        bytes = bytes.subspan(taken);
    }
}

bool SimBuggify::happens(std::string_view place) {
    if (!on_) return false;
    auto found = places_.find(place);
    if (found == places_.end()) {
        auto mixed = seed_;
        for (const auto letter : place) mixed = (mixed ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
        Place fresh{SimRandom(mixed), 0};
        // Half of them seldom: what is asked at each step would otherwise have had its share before anything happens.
        if (fresh.random.below(4) == 0)
            fresh.one_in = fresh.random.below(2) == 0 ? 2 + fresh.random.below(32) : 34 + fresh.random.below(480);
        found = places_.emplace(place, fresh).first;
        taken_.emplace(place, 0);
    }
    auto& [random, one_in] = found->second;
    if (one_in == 0 || random.below(one_in) != 0) return false;
    auto& taken = taken_.find(place)->second;
    if (taken == kTakenMax) return false;
    ++taken;
    return true;
}

World::World(std::uint64_t seed) : clock(from_us(1'767'225'600'000'000)), random(seed) {}

}  // namespace bongsu::env::sim
