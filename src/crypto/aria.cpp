#include "crypto/aria.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <climits>
#include <memory>

namespace bongsu::crypto {
namespace {

constexpr std::size_t kPhraseLettersMax = 32;

struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// Zeros and the count; nothing when the block is full, as the old links do it.
std::string fill_x923(std::string text, std::size_t block) {
    const auto over = text.size() % block;
    if (over == 0) return text;
    const auto count = block - over;
    text.append(count - 1, '\0');
    text += static_cast<char>(count);
    return text;
}

/// Takes off what fill_x923 added; a text that does not end so had none.
std::string_view strip_x923(std::string_view text) {
    if (text.empty()) return text;
    const auto count = static_cast<std::size_t>(static_cast<unsigned char>(text.back()));
    if (count == 0 || count > kAriaBlockBytes || count > text.size()) return text;
    const auto zeros = text.substr(text.size() - count, count - 1);
    if (zeros.find_first_not_of('\0') != std::string_view::npos) return text;
    return text.substr(0, text.size() - count);
}

Result<std::string> strip_pkcs7(std::string text) {
    const auto count = text.empty() ? 0U : static_cast<unsigned>(static_cast<unsigned char>(text.back()));
    const bool is_right = count >= 1 && count <= kAriaBlockBytes && count <= text.size() &&
                          std::all_of(text.end() - static_cast<std::ptrdiff_t>(count), text.end(),
                                      [count](char c) { return static_cast<unsigned char>(c) == count; });
    if (!is_right) return fail(ErrorKind::corrupt, "the padding of the ARIA text is wrong");
    text.resize(text.size() - count);
    return text;
}

enum class Direction : int { decrypt = 0, encrypt = 1 };

Result<std::string> run(const Aria& aria, std::string_view text, Direction direction) {
    if (aria.key.size() != kAriaKeyBytes) return fail(ErrorKind::invalid, "an ARIA-256 key has 32 bytes");
    if (aria.iv.size() != (aria.mode == AriaMode::cbc ? kAriaBlockBytes : 0)) {
        return fail(ErrorKind::invalid, "an ARIA iv has 16 bytes for cbc and none for ecb");
    }
    if (text.size() > INT_MAX / 2) return fail(ErrorKind::invalid, "the text is too long for ARIA");
    const auto* cipher = aria.mode == AriaMode::cbc ? EVP_aria_256_cbc() : EVP_aria_256_ecb();
    const Context context(EVP_CIPHER_CTX_new());
    const auto* iv = aria.iv.empty() ? nullptr : bytes_of(aria.iv);
    if (!context || EVP_CipherInit_ex(context.get(), cipher, nullptr, bytes_of(aria.key), iv,
                                      static_cast<int>(direction)) != 1) {
        return fail(ErrorKind::unavailable, "OpenSSL has no ARIA-256");
    }
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    std::string out(text.size() + kAriaBlockBytes, '\0');
    auto* at = reinterpret_cast<unsigned char*>(out.data());
    int size = 0;
    int rest = 0;
    if (EVP_CipherUpdate(context.get(), at, &size, bytes_of(text), static_cast<int>(text.size())) != 1 ||
        EVP_CipherFinal_ex(context.get(), at + size, &rest) != 1) {
        return fail(ErrorKind::corrupt, "the ARIA text is no whole number of blocks");
    }
    out.resize(static_cast<std::size_t>(size + rest));
    return out;
}

}  // namespace

Result<std::string> aria_key_of_phrase(std::string_view utf8_phrase) {
    std::size_t end = 0;
    std::size_t letters = 0;
    while (end < utf8_phrase.size()) {
        const bool begins_letter = (static_cast<unsigned char>(utf8_phrase[end]) & 0xC0) != 0x80;
        if (begins_letter && letters++ == kPhraseLettersMax) break;
        ++end;
    }
    if (end == 0) return fail(ErrorKind::invalid, "the ARIA pass phrase is empty");
    return fill_x923(std::string(utf8_phrase.substr(0, end)), kAriaKeyBytes).substr(0, kAriaKeyBytes);
}

Result<std::string> aria_encrypt(const Aria& aria, std::string_view plain) {
    std::string padded(plain);
    if (aria.padding == AriaPadding::x923) padded = fill_x923(std::move(padded), kAriaBlockBytes);
    if (aria.padding == AriaPadding::pkcs7) {
        const auto count = kAriaBlockBytes - padded.size() % kAriaBlockBytes;
        padded.append(count, static_cast<char>(count));
    }
    if (padded.size() % kAriaBlockBytes != 0) {
        return fail(ErrorKind::invalid, "an ARIA text without padding must fill whole blocks of 16 bytes");
    }
    return run(aria, padded, Direction::encrypt);
}

Result<std::string> aria_decrypt(const Aria& aria, std::string_view cipher) {
    if (cipher.size() % kAriaBlockBytes != 0) {
        return fail(ErrorKind::corrupt, "the ARIA text is no whole number of blocks");
    }
    TRY(auto text, run(aria, cipher, Direction::decrypt));
    if (aria.padding == AriaPadding::pkcs7) return strip_pkcs7(std::move(text));
    if (aria.padding == AriaPadding::x923) text.resize(strip_x923(text).size());
    return text;
}

}  // namespace bongsu::crypto
