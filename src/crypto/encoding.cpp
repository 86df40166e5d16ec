// Hex and base 64 (RFC 4648): encoders, and decoders that accept one text for one value only.

#include <array>
#include <cstdint>

#include "crypto/crypto.hpp"

namespace bongsu::crypto {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> reverse_of(std::string_view alphabet) {
    std::array<std::int8_t, 256> values{};
    for (auto& value : values) value = -1;
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}

constexpr auto kPlainValues = reverse_of(kPlain);
constexpr auto kUrlValues = reverse_of(kUrl);

tl::unexpected<Error> bad(std::string_view field, std::string_view what) {
    return fail(ErrorKind::invalid, std::string(field) + ": " + std::string(what));
}

int hex_value(char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

std::string encode(std::string_view bytes, std::string_view alphabet) {
    // Each raw message of the record goes through here.
    std::string text((bytes.size() * 4 + 2) / 3, '\0');
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
    std::size_t at = 0, i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        const auto bits = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        text[at++] = alphabet[bits >> 18U];
        text[at++] = alphabet[bits >> 12U & 0x3fU];
        text[at++] = alphabet[bits >> 6U & 0x3fU];
        text[at++] = alphabet[bits & 0x3fU];
    }
    if (i < bytes.size()) {
        const bool has_two = i + 1 < bytes.size();
        const auto bits = byte(i) << 16U | (has_two ? byte(i + 1) << 8U : 0U);
        text[at++] = alphabet[bits >> 18U];
        text[at++] = alphabet[bits >> 12U & 0x3fU];
        if (has_two) text[at++] = alphabet[bits >> 6U & 0x3fU];
    }
    return text;
}

Result<std::string> decode(std::string_view text, const std::array<std::int8_t, 256>& values,
                           std::string_view field) {
    if (text.size() % 4 == 1) return bad(field, "is cut off");
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char letter : text) {
        const int value = values[static_cast<unsigned char>(letter)];
        if (value < 0) return bad(field, "has a letter that is not of its alphabet");
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += static_cast<char>(bits >> held & 0xffU);
        }
    }
    // RFC 4648 section 3.5: left-over bits that are not zero would give one value several texts.
    if ((bits & ((1U << held) - 1U)) != 0) return bad(field, "is not in its canonical form");
    return bytes;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
    std::string text(bytes.size() * 2, '\0');
    std::size_t at = 0;
    for (const char byte : bytes) {
        text[at++] = kHex[static_cast<unsigned char>(byte) >> 4U];
        text[at++] = kHex[static_cast<unsigned char>(byte) & 0xfU];
    }
    return text;
}

Result<std::string> from_hex(std::string_view text, std::string_view field) {
    if (text.size() % 2 != 0) return bad(field, "has half a byte of hex");
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return bad(field, "is not hex");
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

std::string to_base64(std::string_view bytes) {
    auto text = encode(bytes, kPlain);
    while (text.size() % 4 != 0) text += '=';
    return text;
}

Result<std::string> from_base64(std::string_view text, std::string_view field) {
    if (text.size() % 4 != 0) return bad(field, "has no multiple of four letters");
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    return decode(text, kPlainValues, field);
}

std::string to_base64url(std::string_view bytes) { return encode(bytes, kUrl); }

Result<std::string> from_base64url(std::string_view text, std::string_view field) {
    return decode(text, kUrlValues, field);
}

}  // namespace bongsu::crypto
