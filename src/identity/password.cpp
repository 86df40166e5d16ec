#include "identity/password.hpp"

#include <argon2.h>

#include <array>

#include "crypto/crypto.hpp"

namespace bongsu::identity {

namespace {
// OWASP's password storage cheat sheet: argon2id with 19 MiB, 2 passes, 1 lane.
constexpr std::uint32_t kMemoryKib = 19 << 10, kPasses = 2, kLanes = 1;
constexpr std::uint32_t kLeastMemoryKib = 8, kLeastPasses = 1;
constexpr std::size_t kHashBytes = 32;
}  // namespace

Result<std::string> hash(std::string_view password, std::string_view salt, Cost cost) {
    if (password.empty() || password.size() > kPasswordBytesMax) {
        return fail(ErrorKind::invalid,
                    "password must be 1 to " + std::to_string(kPasswordBytesMax) + " bytes");
    }
    if (salt.size() != kSaltBytes) return fail(ErrorKind::invalid, "salt must be 16 bytes");
    std::array<char, 128> encoded{};
    const int code =
        argon2id_hash_encoded(cost == Cost::full ? kPasses : kLeastPasses,
                              cost == Cost::full ? kMemoryKib : kLeastMemoryKib, kLanes, password.data(),
                              password.size(), salt.data(), salt.size(), kHashBytes, encoded.data(),
                              encoded.size());
    if (code != ARGON2_OK) {
        return fail(ErrorKind::exhausted,
                    std::string("password cannot be hashed: ") + argon2_error_message(code));
    }
    return std::string(encoded.data());
}

std::string hash_of_none(env::Random& random, Cost cost) {
    const auto unpadded = [&](std::size_t bytes) {
        auto text = crypto::to_base64(random_bytes(random, bytes));
        return text.substr(0, text.find('='));
    };
    return "$argon2id$v=19$m=" + std::to_string(cost == Cost::full ? kMemoryKib : kLeastMemoryKib) +
           ",t=" + std::to_string(cost == Cost::full ? kPasses : kLeastPasses) + ",p=" + std::to_string(kLanes) + "$" +
           unpadded(kSaltBytes) + "$" + unpadded(kHashBytes);
}

bool verify(const std::string& encoded, std::string_view password) {
    return password.size() <= kPasswordBytesMax &&
           argon2id_verify(encoded.c_str(), password.data(), password.size()) == ARGON2_OK;
}

std::string make_password(env::Random& random) {
    constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz";  // No i, l, o.
    std::string password;
    for (int i = 0; i < 16; ++i) {
        if (i > 0 && i % 4 == 0) password += '-';
        password += kLetters[random.below(kLetters.size())];
    }
    return password;
}

std::string random_bytes(env::Random& random, std::size_t bytes) {
    std::string out(bytes, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
    return out;
}

}  // namespace bongsu::identity
