#include "journal/checkpoint.hpp"

#include <boost/json.hpp>

namespace bongsu::journal {
namespace {

std::string signed_text(const Checkpoint& checkpoint) {
    return "bongsu checkpoint v1\n" + checkpoint.site.value + "\n" + std::to_string(checkpoint.seq) + "\n" +
           checkpoint.digest + "\n" + to_rfc3339(checkpoint.time) + "\n";
}

/// Not empty, and without control characters: a line end in a field would let one text sign another
/// checkpoint.
Result<std::string> text_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (!value || !value->is_string() || value->get_string().empty() || value->get_string().size() > 200) {
        return fail(ErrorKind::invalid,
                    "checkpoint: " + std::string(name) + " is missing or no text of its length");
    }
    for (const char letter : value->get_string()) {
        if (static_cast<unsigned char>(letter) < 0x20) {
            return fail(ErrorKind::invalid,
                        "checkpoint: " + std::string(name) + " holds a control character");
        }
    }
    return std::string(value->get_string());
}

}  // namespace

Checkpoint make(const CheckpointDraft& draft, const crypto::KeyPair& key) {
    Checkpoint checkpoint{draft.site, draft.seq, draft.digest, draft.time, draft.kid, {}};
    checkpoint.signature = crypto::sign(key, signed_text(checkpoint));
    return checkpoint;
}

bool check(const Checkpoint& checkpoint, std::string_view public_key) {
    return crypto::verify(public_key, signed_text(checkpoint), checkpoint.signature);
}

boost::json::object to_json(const Checkpoint& checkpoint) {
    return {{"site", checkpoint.site.value}, {"seq", static_cast<std::int64_t>(checkpoint.seq)},
            {"digest", checkpoint.digest},   {"time", to_rfc3339(checkpoint.time)},
            {"kid", checkpoint.kid},         {"signature", crypto::to_base64(checkpoint.signature)}};
}

Result<Checkpoint> checkpoint_from_json(const boost::json::object& object) {
    Checkpoint checkpoint;
    TRY(checkpoint.site.value, text_of(object, "site"));
    const auto* seq = object.if_contains("seq");
    if (!seq || !seq->is_int64() || seq->get_int64() < 1) {
        return fail(ErrorKind::invalid, "checkpoint: seq is missing or no number from 1");
    }
    checkpoint.seq = static_cast<std::uint64_t>(seq->get_int64());
    TRY(checkpoint.digest, text_of(object, "digest"));
    TRY(const auto raw, crypto::from_hex(checkpoint.digest, "checkpoint: digest"));
    if (raw.size() != 32 || crypto::to_hex(raw) != checkpoint.digest) {
        return fail(ErrorKind::invalid, "checkpoint: digest is not 64 letters of lower-case hex");
    }
    TRY(const auto time, text_of(object, "time"));
    TRY(checkpoint.time, parse_rfc3339(time, "checkpoint: time"));
    // What was signed is this one form; another would be read as the same time here, and as none elsewhere.
    if (to_rfc3339(checkpoint.time) != time) return fail(ErrorKind::invalid, "checkpoint: time is not in the form YYYY-MM-DDTHH:MM:SS.ssssssZ");
    TRY(checkpoint.kid, text_of(object, "kid"));
    TRY(const auto signature, text_of(object, "signature"));
    TRY(checkpoint.signature, crypto::from_base64(signature, "checkpoint: signature"));
    if (checkpoint.signature.size() != 64) {
        return fail(ErrorKind::invalid, "checkpoint: signature has not 64 bytes");
    }
    return checkpoint;
}

}  // namespace bongsu::journal
