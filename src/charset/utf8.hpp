#pragma once
// UTF-8 by its strict rule (RFC 3629: shortest form, no surrogates, nothing past U+10FFFF).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bongsu::charset {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  ///< U+FFFD, for what is no letter.

/// One code point and the bytes that it takes; size 0 when the bytes are none.
struct Letter {
    std::uint32_t code = 0;
    std::size_t size = 0;
};

/// The letter at the beginning of `rest`, which is not empty.
Letter first_letter(std::string_view rest);

/// The offset of the first byte that is not UTF-8; nullopt for none.
std::optional<std::size_t> first_not_utf8(std::string_view bytes);

inline bool is_utf8(std::string_view bytes) { return !first_not_utf8(bytes).has_value(); }

}  // namespace bongsu::charset
