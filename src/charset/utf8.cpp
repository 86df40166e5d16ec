#include "charset/utf8.hpp"

#include <cstring>

namespace bongsu::charset {

Letter first_letter(std::string_view rest) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(rest[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || size > rest.size()) return {};
    auto code = static_cast<std::uint32_t>(lead & (0xFF >> (size + 1)));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {};
        code = (code << 6) | (byte(i) & 0x3FU);
    }
    const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {code, size};
}

std::optional<std::size_t> first_not_utf8(std::string_view bytes) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080;
    for (std::size_t at = 0; at < bytes.size();) {
        // Most of what partners send is ASCII: eight letters in one step.
        std::uint64_t eight = kHighBits;
        if (at + sizeof eight <= bytes.size()) std::memcpy(&eight, bytes.data() + at, sizeof eight);
        if ((eight & kHighBits) == 0) {
            at += sizeof eight;
            continue;
        }
        const auto letter = first_letter(bytes.substr(at));
        if (letter.size == 0) return at;
        at += letter.size;
    }
    return std::nullopt;
}

}  // namespace bongsu::charset
