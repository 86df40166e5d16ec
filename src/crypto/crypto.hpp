#pragma once
// OpenSSL behind five functions: digests, signatures, encodings, canonical JSON.

#include <array>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::crypto {

/// SHA-256 (FIPS 180-4), raw 32 bytes in a string.
std::string sha256(std::string_view bytes);

std::string to_hex(std::string_view bytes);
/// Lower or upper case; `field` is named in the error.
Result<std::string> from_hex(std::string_view text, std::string_view field);
std::string to_base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text, std::string_view field);
/// RFC 4648 section 5 without padding, as JWS uses it. from_ refuses padding and non-canonical tails.
std::string to_base64url(std::string_view bytes);
Result<std::string> from_base64url(std::string_view text, std::string_view field);

/// Compares in time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Ed25519 (RFC 8032).
struct KeyPair {
    std::string seed;  ///< 32 secret bytes: written to DATA/<site>/keys/ with mode 0600 and nowhere else.
    std::string public_key;  ///< 32 bytes.
};
/// `seed` is 32 bytes from env::Random.
Result<KeyPair> key_pair_of_seed(std::string_view seed);
std::string sign(const KeyPair& key, std::string_view message);  ///< 64 bytes.
bool verify(std::string_view public_key, std::string_view message, std::string_view signature);

/// RFC 8785 canonical JSON of a value that holds integers, strings, booleans, nulls, arrays and objects:
/// keys sorted by UTF-16 code units, shortest escapes, no spaces. A double is ErrorKind::invalid: the journal
/// keeps integers and strings only (coordinates as integers of 1e-7 degree).
Result<std::string> canonical_json(const boost::json::value& value);
Result<std::string> canonical_json(const boost::json::object& object);
/// A string as it stands in canonical JSON (section 3.2.2.2: the two-letter escapes, \u00xx in lower case for other
/// controls, all else as it is). Errors: invalid when it is not UTF-8.
Result<void> append_json_string(std::string_view text, std::string& out);
/// What reading its canonical form back would give, of a value that has one: keys in that order, integers signed.
void put_in_canonical_order(boost::json::value& value);
void put_in_canonical_order(boost::json::object& object);

}  // namespace bongsu::crypto
