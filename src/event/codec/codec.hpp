#pragma once
// One door to all wire formats: what listeners and replays call. A partner's profile says which format it
// speaks.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "event/codec/decoded.hpp"
#include "event/codec/framing.hpp"
#include "event/codec/scsns.hpp"
#include "event/codec/scsns_tcp.hpp"
#include "event/codec/telegram.hpp"
#include "event/codec/wearable.hpp"
#include "event/profile.hpp"

namespace bongsu::event {

/// One message as it came, and what its decoder may know beside it.
struct Wire {
    std::string_view bytes;
    WallTime received_at;  ///< Of the raw message's journal entry, so that a replay decodes the same.
    std::string_view content_type = {};  ///< Of HTTP.
    const std::map<std::string, std::string>* headers =
        nullptr;                                  ///< Of HTTP, names in lower case; may be null.
    std::string_view api_key_field = "apiKey";    ///< As scsns::Input.
    std::optional<std::string> open_number = {};  ///< As wearable::to_content.
    /// Of these bytes, in SCSNS and under this profile, interpreted before; it is taken. May be null.
    scsns::Decoded* interpreted = nullptr;
};

/// Decodes with the profile's codec, admits the result by the profile, bounds the sender's clock and notes attachments that
/// must not be fetched. An SCSNS AUTH message is a Login whose secret is the API key. Never fails otherwise than by `refusal`. Threads: any.
Decoding decode(const Profile& profile, const Wire& wire);

/// What this partner is answered, in its format and encoding; an ok refusal is success. Wearables are
/// answered nothing: their format has no answer. CloudEvents' answers are HTTP's own: empty here.
std::string answer(const Profile& profile, const Refusal& refusal);

/// The framer of a socket format. `finish` when the peer closed or fell silent. Bounds and invariants: the
/// format's.
class StreamFramer {
  public:
    /// The profile's format is scsns_tcp, telegram or wearable.
    explicit StreamFramer(const Profile& profile);

    Fed feed(std::string_view bytes);
    Fed finish();
    /// What was begun and is not whole: to be kept with a refusal.
    const std::string& pending() const;

  private:
    std::variant<scsns_tcp::Framer, telegram::Framer, wearable::Framer> framer_;
};

/// What a framer that sees `bytes` and then the end of its stream refuses; ok for one message as a framer gives it, and for what
/// is none at all, which the codec refuses. A codec may read what is not whole: ask this of bytes that were kept before they
/// are decoded. Ok for formats without a framer. Cost: a copy of the bytes. Threads: any.
Refusal judge_frame(const Profile& profile, std::string_view bytes);

}  // namespace bongsu::event
