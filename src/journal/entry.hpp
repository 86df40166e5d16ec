#pragma once
// One journal entry: what happened, in the order in which it was committed.

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bongsu::journal {

/// What a verb wants written. `actor` and `subjects` are pseudonymous ids ("user:01H…", "agency:P11…",
/// "site:11440", "incident:01H…", "camera:11440-0001", "grant:…", "view:…"), never a name, plate or number.
struct Draft {
    std::string kind;  ///< "incident.opened": noun.past-participle; the list is docs/journal.md.
    std::string actor;
    std::vector<std::string> subjects;
    boost::json::object payload;  ///< Integers, strings, booleans, nulls, arrays, objects; no doubles.
};

/// What came from outside, as it came: half of a journal's entries and most of its bytes. Codecs read it, folds never do:
/// they are made of what was decoded.
constexpr bool is_raw(std::string_view kind) { return kind == "message.received" || kind == "message.continued"; }
/// Whether who reads entries wants the payload of raw ones as an object too.
enum class Raw : std::uint8_t { parsed, as_text };

/// digest = SHA-256 of the RFC 8785 form of {actor,kind,payloadDigest,prev,seq,subjects,time};
/// payloadDigest = SHA-256(salt || RFC 8785 form of payload). Both hex. `prev` of entry 1 is 64 zeros.
struct Entry {
    std::uint64_t seq = 0;  ///< From 1, without gaps.
    WallTime time;
    std::string kind;
    std::string actor;
    std::vector<std::string> subjects;
    boost::json::object payload;               ///< When erased by law, what the order of it left. Empty for Raw::as_text.
    std::string payload_text;                  ///< Its RFC 8785 form as it stands in the file; empty when erased.
    std::string salt;                          ///< 16 raw bytes; empty when erased.
    std::string payload_digest, prev, digest;  ///< Hex.
    bool erased = false;
};

/// The public shape: {seq, time, kind, actor, subjects, payload, salt, payloadDigest, prev, digest} with the
/// salt in hex and the time in RFC 3339. Once erased, payload and salt are null, `erased` is true and `left` is
/// what the order left.
boost::json::object to_json(const Entry& entry);

}  // namespace bongsu::journal
