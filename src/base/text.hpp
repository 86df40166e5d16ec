#pragma once
// What every room counts in when a limit is for people: letters, not bytes.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bongsu {

/// Letters of valid UTF-8: Unicode code points, as JSON Schema counts `maxLength`.
constexpr std::size_t letters(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<std::uint8_t>(c) & 0xC0) != 0x80 ? 1 : 0;
    return count;
}

}  // namespace bongsu
