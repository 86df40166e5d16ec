#pragma once
// What comes over HTTP, read as far as it can be before its turn: by a thread which has the time, and not by the one that
// everybody waits for.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "event/codec/scsns.hpp"
#include "event/secret.hpp"

namespace bongsu::event {

/// An SCSNS message over HTTP. Ownership: its own copies. Threads: made by one, then used by one other.
struct Arrival {
    scsns::Sender sender;
    std::string key;  ///< A secret: the session key, of the header X-Scsns-Secret or else of the message.
    Masked masked;    ///< The bytes without the header's, the message's and an AUTH message's key.
    std::map<std::string, std::string> headers;  ///< RawMessage::headers.
    std::shared_ptr<const Profile> profile;      ///< Under which it was interpreted; null: nothing is agreed.
    scsns::Decoded decoded;                      ///< What the masked bytes and `headers` say, not yet admitted.
};

/// Whose key it is, as far as anybody knows yet, and what is agreed with it; null: nothing.
using ProfileOfKey = std::function<std::shared_ptr<const Profile>(std::string_view key)>;

/// Bounds: time and memory as scsns::decode. Never fails: what cannot be read says so in `decoded`. Threads: any.
Arrival read_arrival(const scsns::Input& input, const ProfileOfKey& profile_of);

}  // namespace bongsu::event
