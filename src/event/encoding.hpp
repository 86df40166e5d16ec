#pragma once
// A partner's bytes as UTF-8 and back: the two encodings that Korean systems send.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::event {

enum class Encoding : std::uint8_t {
    utf8,
    cp949,  ///< Windows code page 949 (UHC), a superset of EUC-KR.
};

/// Strict: one wrong byte refuses the text. Errors: invalid, naming `field` and the encoding, never the
/// bytes.
Result<std::string> to_utf8(std::string_view bytes, Encoding encoding, std::string_view field);

/// `text` is valid UTF-8; a letter that the encoding lacks becomes '?', because a partner's answer must go
/// out.
std::string from_utf8(std::string_view text, Encoding encoding);

}  // namespace bongsu::event
