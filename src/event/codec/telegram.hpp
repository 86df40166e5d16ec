#pragma once
// Wire format C: the telegram of the five linkage services, with its three-letter system codes. Pure.
//
//   head (48 bytes ASCII)  MSG_TYP_CD 2, STA_TYP_CD 2, MSG_STA_DTM 14, SND_SYS_CD 3, RCV_SYS_CD 3, SND_DTM
//   14,
//                          DATA_LEN 10 (decimal, filled with zeros)
//   body                   fields joined by 0x1E, parts of a field by 0x1F, then ';'
//
// DATA_LEN alone says where the body ends: a ';' within a text ends nothing. Whether it counts the closing
// ';' is not known, so both are read: the body's last counted byte is a ';', or the byte behind it is. When
// neither is, DATA_LEN and the body disagree: the telegram is refused by the name DATA_LEN as soon as that is
// seen, or by Framer::finish when the peer closed or fell silent short of it; nothing of it is taken, and the
// stream has no way on. DATA_LEN is in bytes unless the profile says letters.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/codec/decoded.hpp"
#include "event/codec/framing.hpp"
#include "event/profile.hpp"

namespace bongsu::event::telegram {

inline constexpr std::size_t kHeadBytes = 48;
inline constexpr std::size_t kDataLengthMax = 64 << 10;
inline constexpr std::size_t kFieldsMax = 100;
inline constexpr std::size_t kPartsMax = 300;  ///< Of one field.
inline constexpr std::size_t kAnswerTextBytes = 100;
inline constexpr std::size_t kAnswerBytes = 1 + kAnswerTextBytes + 1;
inline constexpr std::size_t kAnswerReadBytesMax = 1024;
/// "Not received: send it again." The text of an answer to what was not stored and is not the sender's fault.
inline constexpr std::string_view kSendAgain = "접수되지 않음: 다시 보내 주십시오";
inline constexpr std::size_t kForwardHeadBytes = 36;

struct Head {
    std::string type;           ///< "99" login, "10" incident, "20" dispatch, "30" vehicle position.
    std::string status;         ///< "10" "40" "50" "90" "91", "99" of a login.
    std::string status_time;    ///< 14 digits.
    std::string send, receive;  ///< Upper case: some senders write "ucp".
    std::string sent;           ///< 14 digits.
    friend bool operator==(const Head&, const Head&) = default;
};

/// One telegram taken apart: texts in UTF-8, each field as its parts (one when it has no 0x1F).
struct Telegram {
    Head head;
    std::vector<std::vector<std::string>> fields;
    friend bool operator==(const Telegram&, const Telegram&) = default;
};

/// Cuts a stream into telegrams. One connection carries one as a rule; line ends and stray ';' between two
/// are passed over.
///
/// Invariant: the telegrams depend on the bytes alone, not on how they were split into calls.
/// Bounds:    a DATA_LEN above kDataLengthMax or one that is no number is refused at the head's last byte.
class Framer {
  public:
    explicit Framer(LengthUnit unit = LengthUnit::bytes, Encoding encoding = Encoding::utf8)
        : unit_(unit), encoding_(encoding) {}

    Fed feed(std::string_view bytes);
    /// The peer closed or fell silent: refuses a telegram that is not whole, so that it is answered. A head
    /// with DATA_LEN 0 is whole without its ';'.
    Fed finish();
    const std::string& pending() const { return pending_; }

  private:
    std::size_t body_end();
    void cut(Fed& out);

    LengthUnit unit_;
    Encoding encoding_;
    std::string pending_;
    std::size_t length_ = 0;                 ///< DATA_LEN, once the head is whole.
    std::size_t counted_ = 0, scanned_ = 0;  ///< Of the body: units, and the bytes that hold them.
    bool has_head_ = false;
    Refusal broken_;
};

/// One whole telegram. Errors: as a Refusal in `refusal` of Parsed.
struct Parsed {
    Refusal refusal;
    Telegram telegram;
};
Parsed parse(std::string_view bytes, LengthUnit unit = LengthUnit::bytes, Encoding encoding = Encoding::utf8);

/// The bytes of a telegram; DATA_LEN counts the closing ';'. Bytes 0x1E and 0x1F within a text become spaces.
/// parse(write(t)) is t for a telegram that parse gave.
std::string write(const Telegram& telegram, LengthUnit unit = LengthUnit::bytes,
                  Encoding encoding = Encoding::utf8);

struct Input {
    std::string_view bytes;  ///< One telegram, from the framer.
    std::optional<WallTime> received_at{};
};

/// Type 99 is a Login, 30 Telemetry, 10 and 20 an Event. Its type: the code map's for "class/sub-class",
/// class or the type field, else the profile's; its grade: the profile's; its state and time: STA_TYP_CD and
/// MSG_STA_DTM; a 119's class and sub-class are type_name and detail. Fields by telegram_fields.hpp: fewer or
/// more than agreed refuse the telegram and are named, one empty field at the end is none. A position or a legal-dong code
/// that cannot be read is noted ("positionFault:FIELD", "bjdFault") and refuses nothing.
///
/// Bounds: see above and event.hpp. Never fails otherwise than by `refusal`. Threads: any.
Decoding decode(const Profile& profile, const Input& input);

/// STATUS, MSG filled with spaces to 100 bytes in the partner's encoding, ';': 102 bytes. The partners' five
/// texts, and the field's name behind them where it helps; kSendAgain and why for what was not taken.
std::string answer(const Refusal& refusal, Encoding encoding = Encoding::utf8);

struct Answer {
    bool ok = false;
    std::string message;  ///< UTF-8, without the padding; cleaned.
};

/// Reads a partner's answer up to its ';' however long its padding is. Bounds: kAnswerReadBytesMax.
/// Errors of feed: corrupt when it begins with neither 0 nor 1, is no text of the encoding, or has no ';' in
/// time.
class AnswerReader {
  public:
    explicit AnswerReader(Encoding encoding = Encoding::utf8) : encoding_(encoding) {}
    /// nullopt: more is needed.
    Result<std::optional<Answer>> feed(std::string_view bytes);

  private:
    Encoding encoding_;
    std::string pending_;
};

/// The head of a forwarded message (ExtHead), 36 bytes.
struct ForwardHead {
    std::string type;           ///< MSG_TYP_CD, 3.
    std::string send, receive;  ///< 3 each.
    char pattern =
        '2';  ///< MSG_EXCH_PTRN: '1' one-way, '2' one-way with acknowledgement, '3' acknowledgement.
    std::string body_type;  ///< "01" JSON, "02" XML.
    std::string sent;       ///< 14 digits.
    std::size_t data_length = 0;
    friend bool operator==(const ForwardHead&, const ForwardHead&) = default;
};
/// Errors: invalid, naming the field.
Result<std::string> write_forward_head(const ForwardHead& head);
Result<ForwardHead> parse_forward_head(std::string_view bytes);

}  // namespace bongsu::event::telegram
