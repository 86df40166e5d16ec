// Stands before crypto::sign() and crypto::verify() in this program alone (the linker's --wrap). All sites of a run are one
// process: a signature that one of them made, or that was found right before, is right without the mathematics. Any
// other one is worked out as ever.

#include <string>
#include <string_view>
#include <unordered_set>

#include "crypto/crypto.hpp"

namespace bongsu::simulation {

namespace {

constexpr std::size_t kKnownMax = 20'000;  ///< Some 6 MB; then it begins anew.

/// Key and signature have fixed lengths: no two triples have one text.
std::string triple_of(std::string_view key, std::string_view message, std::string_view signature) {
    std::string triple;
    triple.reserve(key.size() + signature.size() + message.size());
    return triple.append(key).append(signature).append(message);
}

std::unordered_set<std::string>& known() {
    thread_local std::unordered_set<std::string> right;
    if (right.size() >= kKnownMax) right.clear();
    return right;
}

}  // namespace

std::string real_sign(const crypto::KeyPair& key, std::string_view message)
    __asm__("__real__ZN6bongsu6crypto4signB5cxx11ERKNS0_7KeyPairESt17basic_string_viewIcSt11char_traitsIcEE");
bool real_verify(std::string_view key, std::string_view message, std::string_view signature)
    __asm__("__real__ZN6bongsu6crypto6verifyESt17basic_string_viewIcSt11char_traitsIcEES4_S4_");
std::string sign(const crypto::KeyPair& key, std::string_view message)
    __asm__("__wrap__ZN6bongsu6crypto4signB5cxx11ERKNS0_7KeyPairESt17basic_string_viewIcSt11char_traitsIcEE");
bool verify(std::string_view key, std::string_view message, std::string_view signature)
    __asm__("__wrap__ZN6bongsu6crypto6verifyESt17basic_string_viewIcSt11char_traitsIcEES4_S4_");

std::string sign(const crypto::KeyPair& key, std::string_view message) {
    auto signature = real_sign(key, message);
    known().insert(triple_of(key.public_key, message, signature));
    return signature;
}

bool verify(std::string_view key, std::string_view message, std::string_view signature) {
    if (key.size() != 32 || signature.size() != 64) return real_verify(key, message, signature);
    auto triple = triple_of(key, message, signature);
    if (known().contains(triple)) return true;
    if (!real_verify(key, message, signature)) return false;
    known().insert(std::move(triple));
    return true;
}

}  // namespace bongsu::simulation
