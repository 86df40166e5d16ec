#include "imports/numbers.hpp"

#include <charconv>
#include <cmath>

namespace bongsu::imports {

namespace {
constexpr std::string_view kNoBreak = "\xC2\xA0";

bool is_blank(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }
}  // namespace

std::string_view trimmed(std::string_view text) {
    for (;;) {
        if (!text.empty() && is_blank(text.front()))
            text.remove_prefix(1);
        else if (text.starts_with(kNoBreak))
            text.remove_prefix(kNoBreak.size());
        else
            break;
    }
    for (;;) {
        if (!text.empty() && is_blank(text.back()))
            text.remove_suffix(1);
        else if (text.ends_with(kNoBreak))
            text.remove_suffix(kNoBreak.size());
        else
            break;
    }
    return text;
}

std::optional<double> parse_number(std::string_view cell) {
    cell = trimmed(cell);
    if (cell.starts_with('+')) cell.remove_prefix(1);
    double number = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    if (cell.empty() || error != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(number))
        return std::nullopt;
    return number;
}

std::string clean_text(std::string_view text, std::size_t bytes_max) {
    std::string out;
    bool gap = false;
    for (const char c : trimmed(text)) {
        if (is_blank(c)) {
            gap = true;
            continue;
        }
        if (gap) out += ' ';
        gap = false;
        out += c;
    }
    if (out.size() <= bytes_max) return out;
    auto cut = bytes_max;
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0U) == 0x80) --cut;
    out.resize(cut);
    return out;
}

}  // namespace bongsu::imports
