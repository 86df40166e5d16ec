#include "crypto/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <memory>

namespace bongsu::crypto {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string sha256(std::string_view bytes) {
    // Looked up once: the one-call function does it each time, which costs a short text as much as its hash.
    static EVP_MD* const kind = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local const Context context(EVP_MD_CTX_new());
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    BONGSU_CHECK(kind != nullptr && context && EVP_DigestInit_ex2(context.get(), kind, nullptr) == 1 &&
                 EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                 EVP_DigestFinal_ex(context.get(), bytes_of(digest), nullptr) == 1);
    return digest;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<KeyPair> key_pair_of_seed(std::string_view seed) {
    if (seed.size() != kKeyBytes) return fail(ErrorKind::invalid, "an Ed25519 seed has 32 bytes");
    const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size()));
    KeyPair pair{std::string(seed), std::string(kKeyBytes, '\0')};
    std::size_t size = kKeyBytes;
    if (!key || EVP_PKEY_get_raw_public_key(key.get(), bytes_of(pair.public_key), &size) != 1) {
        return fail(ErrorKind::unavailable, "OpenSSL makes no Ed25519 key");
    }
    return pair;
}

std::string sign(const KeyPair& pair, std::string_view message) {
    const Key key(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(pair.seed), pair.seed.size()));
    const Context context(EVP_MD_CTX_new());
    BONGSU_CHECK(key && context);
    BONGSU_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
    std::string signature(kSignatureBytes, '\0');
    std::size_t size = kSignatureBytes;
    BONGSU_CHECK(
        EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message), message.size()) == 1);
    BONGSU_CHECK(size == kSignatureBytes);
    return signature;
}

bool verify(std::string_view public_key, std::string_view message, std::string_view signature) {
    if (public_key.size() != kKeyBytes || signature.size() != kSignatureBytes) return false;
    const Key key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key), public_key.size()));
    const Context context(EVP_MD_CTX_new());
    if (!key || !context) return false;
    if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
    return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                            message.size()) == 1;
}

}  // namespace bongsu::crypto
