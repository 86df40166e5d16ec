#include "device/search_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace bongsu::device {

namespace {

// The 19 leading consonants in the order of Unicode's Hangul syllables (chapter 3.12), as compatibility jamo.
constexpr std::array<std::string_view, 19> kLeads{"ㄱ", "ㄲ", "ㄴ", "ㄷ", "ㄸ", "ㄹ", "ㅁ", "ㅂ", "ㅃ", "ㅅ",
                                                  "ㅆ", "ㅇ", "ㅈ", "ㅉ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ"};
constexpr unsigned kSyllableFirst = 0xAC00, kSyllableLast = 0xD7A3, kSyllablesPerLead = 21 * 28;

std::size_t length_of(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    if (byte < 0x80) return 1;
    if (byte < 0xE0) return 2;
    return byte < 0xF0 ? 3 : 4;
}

unsigned three_bytes(std::string_view c) {
    return (static_cast<unsigned>(c[0]) & 0x0FU) << 12U | (static_cast<unsigned>(c[1]) & 0x3FU) << 6U |
           (static_cast<unsigned>(c[2]) & 0x3FU);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string fold_case(std::string_view utf8) {
    std::string out(utf8);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

std::string leading_consonants(std::string_view utf8) {
    std::string out;
    for (std::size_t at = 0; at < utf8.size();) {
        const auto character = utf8.substr(at, length_of(utf8[at]));
        at += character.size();
        if (character == " ") continue;
        const unsigned code = character.size() == 3 ? three_bytes(character) : 0;
        if (code >= kSyllableFirst && code <= kSyllableLast) {
            out += kLeads[(code - kSyllableFirst) / kSyllablesPerLead];
        } else {
            out += fold_case(character);
        }
    }
    return out;
}

bool is_leading_consonants(std::string_view utf8) {
    bool any = false;
    for (std::size_t at = 0; at < utf8.size();) {
        const auto character = utf8.substr(at, length_of(utf8[at]));
        at += character.size();
        if (character == " ") continue;
        if (std::find(kLeads.begin(), kLeads.end(), character) == kLeads.end()) return false;
        any = true;
    }
    return any;
}

}  // namespace bongsu::device
