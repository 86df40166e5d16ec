#pragma once
// What is agreed with one partner, as data: a new partner of a known format is a profile and no code.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/aria.hpp"
#include "event/code_map.hpp"
#include "event/codec/refusal.hpp"
#include "event/encoding.hpp"
#include "event/event.hpp"

namespace bongsu::event {

enum class Format : std::uint8_t { scsns, scsns_tcp, telegram, wearable, cloudevents };
std::string_view to_string(Format format);

/// Of the five services, those that speak the telegram; says the default type and field lists.
enum class Service : std::uint8_t { none, dispatch_119, dispatch_112, video_112, vulnerable, disaster };

/// What DATA_LEN of a telegram counts. The format says neither; Java's String.length() counts letters.
enum class LengthUnit : std::uint8_t { bytes, letters };

/// The event's type when a code map is agreed and does not hold the partner's code: kept and shown, never
/// guessed.
inline constexpr std::string_view kUnregisteredType = "UNREGISTERED";

/// How far ahead of ours the time of a sender's state may be and still order its messages.
inline constexpr std::chrono::seconds kAheadMax{10};

/// Immutable but for what app/ reads from the files that it names.
struct Profile {
    struct Pair {
        std::string send, receive;  ///< sendCd/rcvCd, or SND_SYS_CD/RCV_SYS_CD; compared without case.
    };
    /// Of what it sends; emergencies are apart from it (lane.hpp).
    struct Rate {
        std::int64_t per_second = 1000;
        std::int64_t burst = 10'000;
    };
    struct Retry {  ///< Of what we send: doubled from `first` to `cap`; attempts 0: for ever.
        std::chrono::milliseconds first{1'000};
        std::chrono::milliseconds cap{60'000};
        std::int64_t attempts = 0;
    };
    /// A port of the partner's own, for the formats of sockets.
    struct Listen {
        std::int64_t port = 0;    ///< 0: `offset` says it.
        std::int64_t offset = 0;  ///< Counted from the site's first port.
        std::int64_t connections = 64;
        std::chrono::milliseconds idle{60'000};   ///< Silent, or its answers unread, for so long: closed.
        std::chrono::milliseconds frame{10'000};  ///< From a message's first byte to its last.
        std::string certificate_file, key_file;   ///< PEM, in the site's folder; with `tls`.
        std::string client_ca_file;               ///< PEM; whose certificates are let in, besides `client_sha256`.
        std::string certificate, key, client_ca;  ///< What stands in them, filled by app/. The key is a secret.
    };
    /// Where the states of its incidents are told back to it.
    struct Send {
        std::string to;  ///< "tcp://host:port", or "http://host:port/path" for SCSNS over HTTP; "tls://", "https://".
        std::vector<std::string> networks;  ///< Opened for this target besides the public internet: "10.1.0.0/16".
        std::chrono::milliseconds answer{10'000};  ///< From the first byte of a try to the last of its answer.
        std::string auth_path = "/api/getAuth.json";
        std::string api_key_file;  ///< Of our account with the partner, in the site's folder; empty: none is needed.
        std::string api_key;       ///< A secret, filled by app/.
        std::string ca_file;        ///< PEM, in the site's folder; empty: the machine's own authorities. Of TLS, as what follows.
        std::string server_sha256;  ///< Hex of the partner's certificate's digest, asked for besides all else; empty: not.
        std::string certificate_file, key_file;  ///< PEM; ours, where the partner asks for one.
        std::string ca, certificate, key;        ///< What stands in them, filled by app/. The key is a secret.
        bool is_tls() const { return to.starts_with("https://") || to.starts_with("tls://"); }
    };
    enum class AriaText : std::uint8_t { base64, hex };

    std::string key;     ///< "mapo-119": a-z, 0-9, '-'.
    std::string digest;  ///< Hex SHA-256 of its table, without what stands in the files that it names.
    Format format = Format::scsns;
    std::string
        sender;  ///< Organisation code under which its events stand; empty: the message's own (SCSNS).
    Encoding encoding = Encoding::utf8;
    CaseRule case_rule = CaseRule::exact;  ///< Of event ids and of the code map.
    Service service = Service::none;
    std::string type;  ///< Of formats without a type; the service's own unless the profile says another.
    std::string grade = "10";  ///< Of formats without a grade: "10" urgent, "20" ordinary.
    CodeMap codes;
    std::string code_item = "CODE";  ///< Which item carries the 112 code.
    std::chrono::seconds clock_offset{
        0};  ///< The partner's clock minus the right time; taken off all its times.
    std::chrono::seconds skew_max{300};  ///< A send time further than this from ours is noted.
    std::chrono::seconds ahead_max = kAheadMax;  ///< A state's time further ahead of ours than this does not order.
    std::vector<Pair> pairs;             ///< Allowed; empty: all.
    std::vector<std::string>
        types;  ///< Allowed event ids; empty: all. Ids out of the catalogue are always kept.
    Rate rate;
    Retry retry;
    LengthUnit length = LengthUnit::bytes;
    std::map<std::string, std::vector<std::string>> fields;  ///< By message kind: "10", "SMART".
    std::optional<Listen> listen;
    std::optional<Send> send;
    bool tls = false;
    std::string client_sha256;  ///< Hex of the client certificate's digest; empty: none is asked for.

    std::string api_key_file;  ///< Of the key with which it comes over HTTP, in the site's folder; empty: an account's key, or none.
    std::string api_key;       ///< A secret, filled by app/.
    std::string api_key_field = "apiKey";  ///< Where the key stands in the body of its getAuth (SCSNS).

    std::string aria_phrase_file;  ///< Empty: no ARIA with this partner.
    std::string aria_phrase;       ///< A secret, filled by app/.
    crypto::AriaMode aria_mode = crypto::AriaMode::ecb;
    std::string aria_iv;  ///< 16 raw bytes for cbc.
    crypto::AriaPadding aria_padding = crypto::AriaPadding::x923;
    AriaText aria_text = AriaText::base64;

    /// The cipher, once `aria_phrase` is filled; nullopt when there is none.
    std::optional<crypto::Aria> aria() const;
    bool allows_pair(std::string_view send, std::string_view receive) const;
};

/// Reads [[partner]] tables. Bounds: 1 MiB, 1000 partners, lists of 100.
/// Errors: invalid with everything that is wrong, a line each: "mapo-119: encoding must be …". Keys are
/// unique.
Result<std::vector<Profile>> parse_profiles(std::string_view toml, std::string_view name);

/// When a message says that it was sent, and when it came; either may be absent.
struct Times {
    std::optional<WallTime> sent, received;
};

/// The last step of every decoder: the code map (`partner_codes` in the order in which they are looked up,
/// then the event's own type), the case rule, allowed types, the clock's offset (off every time) and skew
/// (noted as "clockSkew"). An event whose type is still empty gets the profile's. Answers why it is not
/// taken, or ok.
Refusal admit(const Profile& profile, Event& event, const std::vector<std::string_view>& partner_codes,
              Times times);

/// Bounds what a sender's clock may say: a state time more than `ahead_max` after `received` becomes `received`,
/// what was said is kept in `stated_time`, and "clockAhead" is noted.
void bound_clock(Event& event, WallTime received, std::chrono::seconds ahead_max);

/// True and noted by the caller when the partner's clock, offset taken off, is further off than `skew_max`.
bool is_skewed(const Profile& profile, Times times);

/// The 112 code (0 to 4) that the event's item `code_item` carries, as "CODE1", "C1", "코드1" or "1"; nullopt
/// for anything else. What a code permits is not decided here.
std::optional<int> code_112(const Profile& profile, const Event& event);

}  // namespace bongsu::event
