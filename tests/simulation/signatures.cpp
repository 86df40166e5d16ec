// Stands before crypto::sign() and crypto::verify() in this program alone (the linker's --wrap). Who signed what is under
// test here, Ed25519 is not: a digest of the public key and the message stands for its signature. Nobody in a run forges one.

#include <string>
#include <string_view>

#include "crypto/crypto.hpp"

namespace bongsu::simulation {

namespace {

constexpr std::size_t kKeyBytes = 32;

/// As long as a signature. Keys have a fixed length: no two pairs have one text.
std::string digest_of(std::string_view key, std::string_view message) {
    std::string text;
    text.reserve(key.size() + message.size());
    const auto digest = crypto::sha256(text.append(key).append(message));
    return digest + digest;
}

}  // namespace

std::string sign(const crypto::KeyPair& key, std::string_view message)
    __asm__("__wrap__ZN6bongsu6crypto4signB5cxx11ERKNS0_7KeyPairESt17basic_string_viewIcSt11char_traitsIcEE");
bool verify(std::string_view key, std::string_view message, std::string_view signature)
    __asm__("__wrap__ZN6bongsu6crypto6verifyESt17basic_string_viewIcSt11char_traitsIcEES4_S4_");

std::string sign(const crypto::KeyPair& key, std::string_view message) { return digest_of(key.public_key, message); }

bool verify(std::string_view key, std::string_view message, std::string_view signature) {
    return key.size() == kKeyBytes && signature == digest_of(key, message);
}

}  // namespace bongsu::simulation
