#pragma once
// Passwords: argon2id (RFC 9106). Pure and slow on purpose (about 30 ms, 19 MiB): call it on a worker thread.

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "env/env.hpp"

namespace bongsu::identity {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kPasswordLettersMax = 256;  ///< What a login takes.
constexpr std::size_t kPasswordBytesMax = 4 * kPasswordLettersMax;

/// `least` is for a simulation that opens a thousand sites and keeps no secret; verify() takes both.
enum class Cost : std::uint8_t { full, least };

/// PHC string "$argon2id$v=19$m=19456,t=2,p=1$…". `salt` is kSaltBytes from env::Random.
/// Errors: invalid (a password of 0 or more than kPasswordBytesMax bytes, a wrong salt), exhausted (no
/// memory).
Result<std::string> hash(std::string_view password, std::string_view salt, Cost cost = Cost::full);

/// What no password verifies against, at the same price; made without hashing anything.
std::string hash_of_none(env::Random& random, Cost cost = Cost::full);

/// Whether `encoded` was made from `password`. Costs the same for a wrong password as for the right one.
bool verify(const std::string& encoded, std::string_view password);

/// Four groups of four letters without those that look alike: "kuwa-bdth-mmxe-qyzr", 72 bits.
std::string make_password(env::Random& random);

/// `bytes` of chance, raw.
std::string random_bytes(env::Random& random, std::size_t bytes);

}  // namespace bongsu::identity
