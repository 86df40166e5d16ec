#pragma once
// Wire format B: the SCSNS message over TCP, its fields parted by bytes that Korean UTF-8 text never holds.
// Pure.
//
//   EVENT D1 14 D1 16 D1 1 D3 1 D1 … D0 DA evtId D1 evtNm D1 … DB DF
//
// D0 parts header and body, D1 fields, D2 elements of a list, D3 the parts of an element; DA and DB enclose
// the body and DF ends the message. These bytes are lead bytes of the letters U+0400–U+07FF (Cyrillic,
// Hebrew, Arabic …): one that is followed by a continuation byte is such a letter and parts nothing. DF alone
// always ends the message, so that a message never waits for the next one's first byte; letters U+07C0–U+07FF
// (N'Ko) cannot be sent.

#include <optional>
#include <string>
#include <string_view>

#include "event/codec/framing.hpp"
#include "event/codec/scsns.hpp"
#include "event/codec/scsns_writer.hpp"

namespace bongsu::event::scsns_tcp {

inline constexpr std::size_t kMessageBytesMax = scsns::kMessageBytesMax;
inline constexpr std::size_t kHeaderFields = 14;
/// dtCnt: one known sender says 17. A 17th field that is not empty becomes the item "DATA_17".
inline constexpr std::size_t kBodyFieldsMin = 16, kBodyFieldsMax = 17;

/// Cuts a stream into messages, each with its DF. Line ends between messages are passed over.
///
/// Invariant: the messages depend on the bytes alone, not on how they were split into calls.
/// Bounds:    holds at most kMessageBytesMax; a longer message is a refusal, and the framer is finished.
class Framer {
  public:
    Fed feed(std::string_view bytes);
    /// The begun message; after the peer closed or fell silent it is all that is left to keep.
    const std::string& pending() const { return pending_; }

  private:
    std::string pending_;
    bool is_broken_ = false;
};

struct Input {
    std::string_view bytes;  ///< One message, with or without its DF.
    const Profile* profile = nullptr;
    std::optional<WallTime> received_at{};
};

/// Header: 14 fields in the order of the JSON envelope; body: 16 or 17 in the order evtId, evtNm, evtGrad,
/// ocrNbr, ocrSts, ocrLc, ocrPlc, ocrEvtCn, ocrEvtTime, ocrEvtSts, ocrEvtStsUsr, ocrEvtStsTime,
/// ocrEvtEndTime, ocrEvtItemCnt, ocrEvtItem, ocrEvtDtl. After that the rules of scsns::decode hold, with its
/// names in refusals.
///
/// UTF-8 only: in CP949 the separators are bytes of ordinary Korean letters. A field that is not UTF-8
/// refuses the message and is named. Wrong counts (hdCnt, dtCnt, ocrEvtItemCnt) and lengths are notes; too
/// few or too many fields refuse it. Encryption and AUTH are not taken over TCP. Threads: any.
scsns::Decoded decode(const Input& input);

/// What stands where the occurrence's number does, of a message that decode() may refuse; empty where that cannot be told.
std::string number_in(std::string_view bytes);

/// DA result D1 type D1 message DF: the JSON reply's fields in this format. That no sample of an answer is
/// known is the one guess of this file.
std::string reply(const scsns::Refusal& refusal);

struct Reply {
    bool ok = false;
    std::string type;     ///< "2000".
    std::string message;  ///< Cleaned, at most 500 bytes.
};
/// Errors: corrupt, when the bytes are no such answer.
Result<Reply> read_reply(std::string_view bytes);

/// A message as a partner would send it. Letters that other readers take for separators (U+0400–U+07FF)
/// become U+FFFD.
std::string write_event(const scsns::WriterHead& head, const scsns::WriterEvent& event);

}  // namespace bongsu::event::scsns_tcp
