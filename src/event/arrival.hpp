#pragma once
// What comes over HTTP, read as far as it can be before its turn: by a thread which has the time, and not by the one that
// everybody waits for.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "event/codec/scsns.hpp"
#include "event/secret.hpp"

namespace bongsu::event {

/// An SCSNS message over HTTP. Ownership: its own copies. Threads: one at a time.
/// Bounds: memory as scsns::decode, some ten times the message. Never fails: what cannot be read says so in `decoded`.
class Arrival {
  public:
    /// Who says that it sent it, and with which key: no more is done for somebody whom nobody let in.
    explicit Arrival(const scsns::Input& input);
    /// Masks its keys and interprets what is left. `input` as before; `profile` is what is agreed with its sender, or null.
    void read(const scsns::Input& input, std::shared_ptr<const Profile> profile);

    scsns::Sender sender;
    std::string key;  ///< A secret: the session key, of the header X-Scsns-Secret or else of the message.

    // Once it was read:
    bool is_read = false;
    Masked masked;  ///< The bytes without the header's, the message's and an AUTH message's key.
    std::map<std::string, std::string> headers;  ///< RawMessage::headers.
    std::shared_ptr<const Profile> profile;      ///< Under which it was interpreted.
    scsns::Decoded decoded;                      ///< What the masked bytes and `headers` say, not yet admitted.

  private:
    std::optional<scsns::Parsed> parsed_;
};

}  // namespace bongsu::event
