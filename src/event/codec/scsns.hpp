#pragma once
// Wire format A: the SCSNS message between integrated platforms, JSON or form post. Pure: bytes in, values
// out.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/codec/refusal.hpp"
#include "event/event.hpp"
#include "event/profile.hpp"

namespace bongsu::event::scsns {

inline constexpr std::size_t kMessageBytesMax = 256 << 10;

using event::Code;
using event::Refusal;

struct Envelope {
    std::string svc_ty;           ///< "AUTH", "EVENT" or "PREEVT".
    std::string send_cd, rcv_cd;  ///< Organisation codes: a letter and ten digits.
    std::string sys_cd;
    std::string
        enc_at;  ///< "Y": the body came under ARIA. Refused without a profile that has the pass phrase.
    std::string rr_key;  ///< A secret: the session key.
    std::optional<WallTime> req_date;  ///< When it was sent, by the sender; nothing where that is no time.
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
    /// What is agreed with the partner: ARIA, pairs, types, code map, clock. May be null: none of them.
    const Profile* profile = nullptr;
    std::optional<WallTime> received_at{};  ///< For the note of a skewed clock.
};

struct Decoded {
    Refusal refusal;
    Envelope envelope;    ///< As far as it was read, also when refused: says whom to answer about what.
    std::string api_key;  ///< Of an AUTH message; a secret.
    std::optional<Event> event;  ///< Of an EVENT or PREEVT message that was not refused.
    bool ok() const { return refusal.code == Code::ok; }
};

/// A place that cannot be read is noted ("positionFault:ocrLc.crdntX") and the event stands at no known place, as one whose
/// place is empty: the format's 4102 (a parameter of a wrong type) is kept for what says who, what, which and when. Refused, a
/// call for help would wait as a dead letter for its coordinates, and its sender sends the same again. So for all types: of
/// one that is in no catalogue nobody knows whether it is an emergency.
///
/// What ends before it began, by ocrEvtEndTime or by the time of an ending state, is noted ("endBeforeBegin"), any other state
/// that is older than its occurrence too ("stateBeforeBegin"); the times stand as they were said. Of an end's time that is
/// none nothing else is lost ("timeFault:ocrEvtEndTime").
///
/// Bounds: kMessageBytesMax bytes, JSON depth 16; texts as event.hpp says. Never fails otherwise than by
/// `refusal`. Threads: any.
Decoded decode(const Input& input);

/// decode() in two parts: what lies in the bytes and in what is agreed, and what the time of receipt says of it.
Decoded interpret(const Input& input);
void admit(const Input& input, Decoded& decoded);

struct Message;

/// A message's outer layer, which is the same whoever sent it; it holds none of the bytes that it was read from. Threads:
/// any, one at a time.
class Parsed {
  public:
    explicit Parsed(const Input& input);
    Parsed(Parsed&&) noexcept;
    Parsed& operator=(Parsed&&) noexcept;
    ~Parsed();
    /// False once its body was taken out: it is good for nothing more.
    bool is_whole() const { return is_whole_; }

  private:
    friend Decoded interpret(const Input& input, Parsed parsed);
    friend struct Sender sender_of(const Input& input, Parsed& parsed);
    Refusal refusal_;
    std::unique_ptr<Message> message_;
    bool is_whole_ = true;
};

/// `parsed` is whole and was read from the same bytes and content type.
Decoded interpret(const Input& input, Parsed parsed);

/// Who says that it sent a message, and the secrets in it. Empty: not said, or not readable.
struct Sender {
    std::string send_cd;          ///< An organisation code, or empty.
    std::string rr_key, api_key;  ///< Secrets. `api_key` of an AUTH message, whichever door it came to.
};

/// What has to be known before a message may be kept. Of an AUTH message `parsed` is not whole after it.
Sender sender_of(const Input& input, Parsed& parsed);

/// {"startTag":"$DA","result":"0"|"1","type":CODE,"message":…,"finishTag":"$DF"}: "0" is success (KETI's
/// client compares with "0"); anything but Code::ok is "1".
std::string reply(Code code, std::string_view message);
std::string reply(const Refusal& refusal);

}  // namespace bongsu::event::scsns
