#include "event/text.hpp"

#include <cstdint>

#include "charset/utf8.hpp"

namespace bongsu::event {

namespace {

bool is_control(std::uint32_t code) {
    if (code == '\t' || code == '\n') return false;
    // U+202A–202E and U+2066–2069 turn the reading direction: text that looks like other text.
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

bool is_utf8(std::string_view bytes) { return charset::is_utf8(bytes); }

CleanText clean(std::string_view text, std::size_t bytes_max) {
    CleanText out;
    std::size_t kept = 0;  // From here on what is good goes over in one piece.
    for (std::size_t at = 0; at < text.size();) {
        const auto letter = charset::first_letter(text.substr(at));
        const bool control = letter.size == 0 || is_control(letter.code);
        const auto size = control ? charset::kReplacement.size() : letter.size;
        if (out.text.size() + (at - kept) + size > bytes_max) {
            out.was_cut = true;
            out.text += text.substr(kept, at - kept);
            return out;
        }
        at += letter.size == 0 ? 1 : letter.size;
        if (!control) continue;
        const auto bad = letter.size == 0 ? 1 : letter.size;
        out.text += text.substr(kept, at - bad - kept);
        out.text += charset::kReplacement;
        out.had_control = true;
        kept = at;
    }
    out.text += text.substr(kept);
    return out;
}

}  // namespace bongsu::event
