#include "env/env.hpp"

#include <array>

namespace bongsu::env {

std::uint64_t Random::below(std::uint64_t bound) {
    BONGSU_CHECK(bound > 0);
    // The first 2^64 mod bound values are refused: without that small results would come up more often.
    const std::uint64_t refused = (0 - bound) % bound;
    for (;;) {
        std::array<std::uint8_t, 8> bytes{};
        fill(bytes);
        std::uint64_t value = 0;
        for (const auto byte : bytes) value = value << 8U | byte;
        if (value >= refused) return value % bound;
    }
}

std::string Env::ulid() {
    std::array<std::uint8_t, 10> bytes{};
    random.fill_public(bytes);
    return make_ulid(clock.wall(), bytes);
}

}  // namespace bongsu::env
