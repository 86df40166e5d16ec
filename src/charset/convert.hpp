#pragma once
// Between UTF-8 and what Korean systems send.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::charset {

enum class Charset : std::uint8_t {
    utf8,
    cp949,  ///< Windows code page 949 (UHC), a superset of EUC-KR.
    utf16,  ///< By its byte order mark; little-endian without one. Read only.
};

struct Converted {
    std::string utf8;           ///< Valid; U+FFFD for each byte that is none of the charset.
    std::size_t bad = 0;        ///< How many U+FFFD were put in.
    std::size_t first_bad = 0;  ///< Offset in the input of the first.
};

/// Stops after `bad_max` wrong bytes: enough to say "many" of a file that is something else. Bounds: time and
/// memory linear in `bytes`. Errors: unavailable when the C library lacks the charset.
Result<Converted> to_utf8(std::string_view bytes, Charset charset, std::size_t bad_max = SIZE_MAX);

/// `text` is valid UTF-8; a letter that the charset lacks becomes '?', because an answer must go out. Of utf8
/// and cp949 only.
std::string from_utf8(std::string_view text, Charset charset);

}  // namespace bongsu::charset
