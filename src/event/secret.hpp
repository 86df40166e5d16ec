#pragma once
// Keys that stand in partners' messages: they open a door, so the record keeps their place and length and not
// their letters.

#include <string>
#include <string_view>
#include <vector>

#include "event/event.hpp"
#include "event/profile.hpp"

namespace bongsu::event {

/// What is shorter is none of our keys, and blanking it anywhere would blank the message.
inline constexpr std::size_t kSecretBytesMin = 32;
/// What is longer is none either; to look for it would cost its length at each byte.
inline constexpr std::size_t kSecretBytesMax = 256;
inline constexpr std::size_t kMaskedMax = 64;  ///< Places told; further ones are masked and only counted.

struct Masked {
    struct Place {
        std::size_t at = 0, bytes = 0;
    };
    std::string bytes;          ///< As long as what came: '*' for each byte that was masked.
    std::vector<Place> places;  ///< In the order of the bytes, at most kMaskedMax.
    std::size_t total = 0;      ///< Bytes masked.
    std::vector<std::string> secrets;  ///< What was looked for: those given, and the field's values.
};

/// Masks the value of the session key's field (`rrKey`; the tenth header field over TCP) whatever its length,
/// and each of `secrets` of kSecretBytesMin to kSecretBytesMax bytes wherever it stands, written plainly, with JSON's
/// \u00XX or with a form's %XX.
Masked mask_secrets(Format format, std::string bytes, const std::vector<std::string>& secrets);

/// The same for what was decoded: a secret within a text becomes asterisks, with the fault "secret:<field>".
/// False when the number or another field that is no text holds one: such a message is refused.
bool mask_event(Event& event, const std::vector<std::string>& secrets);

}  // namespace bongsu::event
