#pragma once
// What comes over HTTP, read as far as it can be before anybody looked up who sent it: so that a thread which has the
// time reads it, and not the one that everybody waits for.

#include <optional>
#include <string>

#include "event/codec/scsns.hpp"
#include "event/secret.hpp"

namespace bongsu::event {

/// An SCSNS message over HTTP. Ownership: its own copies. Threads: made by one, then used by one other.
struct Arrival {
    scsns::Sender sender;
    std::string key;  ///< A secret: the session key, of the header X-Scsns-Secret or else of the message.
    Masked masked;    ///< The bytes without the header's, the message's and an AUTH message's key.
    std::optional<scsns::Parsed> parsed;  ///< Of masked.bytes; none where reading it again is simpler (AUTH).
};

/// Bounds: time and memory as scsns::decode: some ten times the message's bytes. Never fails: what cannot be read says
/// so when it is decoded. Threads: any.
Arrival read_arrival(const scsns::Input& input);

}  // namespace bongsu::event
