#include "base/id.hpp"

namespace bongsu {

std::string make_ulid(WallTime time, const std::array<std::uint8_t, 10>& random) {
    static constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::array<std::uint8_t, 16> bits{};
    const auto ms = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
    for (std::size_t i = 0; i < 6; ++i) bits[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
    for (std::size_t i = 0; i < 10; ++i) bits[6 + i] = random[i];

    std::string text(26, '0');
    // 26 letters of five bits are 130 bits: the first letter carries the top three.
    for (std::size_t letter = 0; letter < 26; ++letter) {
        unsigned value = 0;
        for (std::size_t k = 0; k < 5; ++k) {
            const auto bit = static_cast<int>(letter * 5 + k) - 2;
            const unsigned one =
                bit < 0 ? 0U : (bits[static_cast<std::size_t>(bit) / 8] >> (7 - bit % 8)) & 1U;
            value = value << 1U | one;
        }
        text[letter] = kAlphabet[value];
    }
    return text;
}

}  // namespace bongsu
