#include "event/text.hpp"

#include <cstdint>

namespace bongsu::event {

namespace {

/// Decodes the letter at `at`; size 0 when the bytes there are no UTF-8.
struct Letter {
    std::uint32_t code = 0;
    std::size_t size = 0;
};

Letter letter_at(std::string_view bytes, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[at + i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + size > bytes.size()) return {};
    auto code = static_cast<std::uint32_t>(lead & (0xFF >> (size + 1)));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {};
        code = (code << 6) | (byte(i) & 0x3FU);
    }
    const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {code, size};
}

bool is_control(std::uint32_t code) {
    if (code == '\t' || code == '\n') return false;
    // U+202A–202E and U+2066–2069 turn the reading direction: text that looks like other text.
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const auto letter = letter_at(bytes, at);
        if (letter.size == 0) return false;
        at += letter.size;
    }
    return true;
}

CleanText clean(std::string_view text, std::size_t bytes_max) {
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    CleanText out;
    for (std::size_t at = 0; at < text.size();) {
        const auto letter = letter_at(text, at);
        const bool control = letter.size == 0 || is_control(letter.code);
        const auto piece = control ? kReplacement : text.substr(at, letter.size);
        if (out.text.size() + piece.size() > bytes_max) {
            out.was_cut = true;
            break;
        }
        out.had_control = out.had_control || control;
        out.text += piece;
        at += letter.size == 0 ? 1 : letter.size;
    }
    return out;
}

}  // namespace bongsu::event
