#pragma once
// A checkpoint: a site's signed word on how its journal stood, kept by other sites (ADR 0003).

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/crypto.hpp"

namespace bongsu::journal {

inline constexpr std::string_view kCheckpointHeld =
    "checkpoint.held";  ///< The kind of the entry that keeps one.

struct Checkpoint {
    SiteId site;
    std::uint64_t seq = 0;  ///< Of the entry whose digest this is; at least 1.
    std::string digest;     ///< Hex.
    WallTime time;          ///< When it was made.
    std::string kid;
    std::string signature;  ///< 64 raw bytes.
};

/// What a checkpoint is made from; two texts in a row would be easy to swap.
struct CheckpointDraft {
    SiteId site;
    std::uint64_t seq = 0;
    std::string digest;
    WallTime time;
    std::string kid;
};

/// Signs `bongsu checkpoint v1\n<site>\n<seq>\n<digest>\n<time>\n`.
Checkpoint make(const CheckpointDraft& draft, const crypto::KeyPair& key);
/// Whether `public_key` (32 bytes) signed it.
bool check(const Checkpoint& checkpoint, std::string_view public_key);

/// {site, seq, digest, time, kid, signature}, the signature in base64: the payload of a `checkpoint.held`
/// entry.
boost::json::object to_json(const Checkpoint& checkpoint);
/// Errors: invalid names the field; a time in another form than to_json() writes is one. The signature is not checked here.
Result<Checkpoint> checkpoint_from_json(const boost::json::object& object);

}  // namespace bongsu::journal
