#pragma once
// Basic (RFC 7617) and Digest (RFC 2617, RFC 7616: MD5 and SHA-256) as RTSP uses them, both sides. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "rtsp/message.hpp"

namespace bongsu::rtsp {

enum class Scheme : std::uint8_t { basic, digest_md5, digest_sha256 };

struct Challenge {
    Scheme scheme = Scheme::basic;
    std::string realm, nonce, opaque;
    bool qop_auth = false;
    bool stale = false;  ///< The nonce was too old, the password was right: try once more.
};

struct Credentials {
    std::string user, password;  ///< Secret.
};

/// The strongest challenge that we can answer: SHA-256, MD5, then Basic. Empty when there is none.
std::optional<Challenge> choose_challenge(const Headers& headers);

/// The value of `Authorization`. `count` is nc, from 1 for each nonce; `cnonce` is ours.
std::string authorization(const Challenge& challenge, const Credentials& who, std::string_view method,
                          std::string_view url, std::uint32_t count, std::string_view cnonce);

/// Whether an `Authorization` of a client answers our Digest challenge. Compares in constant time.
bool digest_holds(std::string_view authorization, const Challenge& ours, const Credentials& expected,
                  std::string_view method);

/// The value of `WWW-Authenticate` for a challenge of ours.
std::string write_challenge(const Challenge& challenge);

/// User and password of `Basic …`. Errors: unauthenticated (another scheme), invalid (not base64, no colon).
Result<Credentials> parse_basic(std::string_view authorization);

}  // namespace bongsu::rtsp
