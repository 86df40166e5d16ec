// What goes back to a telegram's sender, what comes back to ours, and the head of forwarded messages.
#include <algorithm>

#include "event/codec/telegram.hpp"
#include "event/text.hpp"

namespace bongsu::event::telegram {

namespace {

constexpr char kEnd = ';';

/// The partners' own texts; the field is named behind the one that says nothing.
std::string text_of(const Refusal& refusal) {
    if (refusal.code == Code::ok) return "";
    if (refusal.field == "SND_SYS_CD" || refusal.field == "RCV_SYS_CD") return "알수 없는 송수신 코드";
    if (refusal.field == "MSG_TYP_CD" || refusal.field == "STA_TYP_CD") return "발생유형이 잘못 되었습니다";
    if (refusal.code == Code::unauthorised) return "사용자 또는 권한이 없습니다";
    if (refusal.code == Code::not_found) return "미등록 서비스 요청";
    // None of the five says that a message was not taken and must come again: an alarm would be lost on a shrug.
    if (refusal.code == Code::too_many) return std::string(kSendAgain) + " (전송량 초과)";
    if (refusal.code == Code::unavailable) return std::string(kSendAgain) + " (저장 안됨)";
    return refusal.field.empty() ? "알수 없는 오류" : "알수 없는 오류 (" + refusal.field + ")";
}

/// At most `bytes_max` bytes of whole letters.
std::string cut(std::string text, Encoding encoding, std::size_t bytes_max) {
    auto bytes = from_utf8(text, encoding);
    while (bytes.size() > bytes_max) {
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
        if (!text.empty()) text.pop_back();
        bytes = from_utf8(text, encoding);
    }
    return bytes;
}

bool is_wide(std::string_view text, std::size_t size) {
    return text.size() == size &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

bool is_digits(std::string_view text, std::size_t size) {
    return text.size() == size && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<void> check(const ForwardHead& head) {
    const auto invalid = [](std::string_view what) { return fail(ErrorKind::invalid, std::string(what)); };
    if (!is_wide(head.type, 3)) return invalid("MSG_TYP_CD must be three letters or digits");
    if (!is_wide(head.send, 3)) return invalid("SND_SYS_CD must be three letters or digits");
    if (!is_wide(head.receive, 3)) return invalid("RCV_SYS_CD must be three letters or digits");
    if (head.pattern < '1' || head.pattern > '3') return invalid("MSG_EXCH_PTRN must be 1, 2 or 3");
    if (head.body_type != "01" && head.body_type != "02") return invalid("BODY_TYPE must be 01 or 02");
    if (!is_digits(head.sent, 14)) return invalid("SND_DTM must be 14 digits");
    if (head.data_length > kDataLengthMax) return invalid("DATA_LEN must be at most 65536");
    return {};
}

}  // namespace

std::string answer(const Refusal& refusal, Encoding encoding) {
    auto text = text_of(refusal);
    std::replace(text.begin(), text.end(), kEnd, ',');
    auto message = cut(std::move(text), encoding, kAnswerTextBytes);
    message.append(kAnswerTextBytes - message.size(), ' ');
    return (refusal.code == Code::ok ? '0' : '1') + message + kEnd;
}

Result<std::optional<Answer>> AnswerReader::feed(std::string_view bytes) {
    const auto room = kAnswerReadBytesMax - pending_.size();
    pending_.append(bytes.substr(0, room));
    if (pending_.empty()) return std::optional<Answer>{};
    if (pending_[0] != '0' && pending_[0] != '1') {
        return fail(ErrorKind::corrupt, "STATUS of the answer must be 0 or 1");
    }
    // No second byte of a CP949 letter is a ';'.
    const auto end = pending_.find(kEnd);
    if (end == std::string::npos) {
        if (pending_.size() < kAnswerReadBytesMax) return std::optional<Answer>{};
        return fail(ErrorKind::corrupt, "the answer has no ';' within 1024 bytes");
    }
    auto message = pending_.substr(1, end - 1);
    message.erase(message.find_last_not_of(' ') + 1);
    auto text = to_utf8(message, encoding_, "MSG");
    if (!text) return fail(ErrorKind::corrupt, text.error().message);
    return std::optional<Answer>{Answer{pending_[0] == '0', clean(*text, kAnswerReadBytesMax * 3).text}};
}

Result<std::string> write_forward_head(const ForwardHead& head) {
    TRY_DO(check(head));
    auto length = std::to_string(head.data_length);
    length.insert(0, 10 - length.size(), '0');
    return head.type + head.send + head.receive + head.pattern + head.body_type + head.sent + length;
}

Result<ForwardHead> parse_forward_head(std::string_view bytes) {
    if (bytes.size() != kForwardHeadBytes) return fail(ErrorKind::invalid, "a forwarding head has 36 bytes");
    ForwardHead head{.type = std::string(bytes.substr(0, 3)),
                     .send = std::string(bytes.substr(3, 3)),
                     .receive = std::string(bytes.substr(6, 3)),
                     .pattern = bytes[9],
                     .body_type = std::string(bytes.substr(10, 2)),
                     .sent = std::string(bytes.substr(12, 14))};
    const auto digits = bytes.substr(26, 10);
    if (!is_digits(digits, 10)) return fail(ErrorKind::invalid, "DATA_LEN must be ten digits");
    for (const char c : digits) head.data_length = head.data_length * 10 + static_cast<std::size_t>(c - '0');
    TRY_DO(check(head));
    return head;
}

}  // namespace bongsu::event::telegram
