#pragma once
// Wire format A: the SCSNS message between integrated platforms, JSON or form post. Pure: bytes in, values
// out.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.hpp"

namespace bongsu::event::scsns {

inline constexpr std::size_t kMessageBytesMax = 256 << 10;

/// The reply's `type`: the partners' own codes.
enum class Code : int {
    ok = 2000,
    bad_request = 4000,  ///< Not JSON, not a form, not UTF-8, too long.
    unauthorised = 4001,
    not_found = 4004,
    missing = 4101,  ///< A mandatory parameter is missing; the field is named.
    invalid = 4102,  ///< A parameter has a wrong type or value; the field is named.
    too_many = 4209,
    internal = 5000,
    unavailable = 5003,
};

struct Refusal {
    Code code = Code::ok;
    std::string field;   ///< "ocrLc.crdntX"; empty when no one field is at fault.
    std::string reason;  ///< For a person at the partner's; names the field, never a secret.
};

struct Envelope {
    std::string svc_ty;           ///< "AUTH", "EVENT" or "PREEVT".
    std::string send_cd, rcv_cd;  ///< Organisation codes: a letter and ten digits.
    std::string sys_cd;
    std::string enc_at;  ///< "N"; "Y" is refused.
    std::string rr_key;  ///< A secret: the session key.
    WallTime req_date;
    std::vector<std::string> tran_sys_his;  ///< Route history, oldest first; at most 64.
};

struct Input {
    std::string_view content_type;
    std::string_view bytes;
    /// HTTP headers in lower case: X-Scsns-svcTy, -sendCd, -rcvCd, -sysCd and -encAt stand in for envelope
    /// fields that are absent. May be null.
    const std::map<std::string, std::string>* headers = nullptr;
    /// Where the partner's profile keeps its API key in the body of an AUTH message.
    std::string_view api_key_field = "apiKey";
};

struct Decoded {
    Refusal refusal;
    Envelope envelope;    ///< As far as it was read, also when refused: says whom to answer about what.
    std::string api_key;  ///< Of an AUTH message; a secret.
    std::optional<Event> event;  ///< Of an EVENT or PREEVT message that was not refused.
    bool ok() const { return refusal.code == Code::ok; }
};

/// Bounds: kMessageBytesMax bytes, JSON depth 16; texts as event.hpp says. Never fails otherwise than by
/// `refusal`. Threads: any.
Decoded decode(const Input& input);

/// {"startTag":"$DA","result":"0"|"1","type":CODE,"message":…,"finishTag":"$DF"}: "0" is success (KETI's
/// client compares with "0"); anything but Code::ok is "1".
std::string reply(Code code, std::string_view message);
std::string reply(const Refusal& refusal);

}  // namespace bongsu::event::scsns
