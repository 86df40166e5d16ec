#pragma once
// ARIA with a 256-bit key (KS X 1213, RFC 5794), as old links between platforms use it. For compatibility
// with them only: it authenticates nothing, so TLS goes around it.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::crypto {

inline constexpr std::size_t kAriaBlockBytes = 16;
inline constexpr std::size_t kAriaKeyBytes = 32;

enum class AriaMode : std::uint8_t { ecb, cbc };

/// What fills the last block. `x923` is what the old links do: zeros and the count in the last byte, and
/// nothing at all when the text fills its blocks already (ANSI X9.23 itself would add a block). `pkcs7`
/// always adds.
enum class AriaPadding : std::uint8_t { none, x923, pkcs7 };

struct Aria {
    std::string key{};  ///< 32 secret bytes; see aria_key_of_phrase.
    AriaMode mode = AriaMode::ecb;
    std::string iv{};  ///< 16 bytes for cbc, empty for ecb.
    AriaPadding padding = AriaPadding::x923;
};

/// The old links' key of a pass phrase: cut at 32 letters (not bytes), filled to a multiple of 32 bytes with
/// zeros and the count in the last byte, and of that the first 32 bytes. So a phrase of 32 ASCII letters is
/// its own key, and of a Korean one (3 bytes a letter) the first 32 bytes count. Errors: invalid for an empty
/// phrase.
Result<std::string> aria_key_of_phrase(std::string_view utf8_phrase);

/// Errors: invalid for a wrong key or iv, and with `none` for a text that fills no whole blocks; unavailable
/// when OpenSSL has no ARIA.
Result<std::string> aria_encrypt(const Aria& aria, std::string_view plain);
/// Errors: as above; corrupt when the bytes are no whole blocks or the pkcs7 padding is wrong. A wrong key is
/// not noticed here: the caller sees that the text is none.
Result<std::string> aria_decrypt(const Aria& aria, std::string_view cipher);

}  // namespace bongsu::crypto
