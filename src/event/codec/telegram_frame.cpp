// Telegrams as bytes: where one ends, its head, its fields, and the bytes of one.
#include <algorithm>

#include "event/codec/telegram.hpp"
#include "event/text.hpp"

namespace bongsu::event::telegram {

namespace {

constexpr char kField = '\x1E', kPart = '\x1F', kEnd = ';';
constexpr std::size_t kLengthAt = 38, kLengthDigits = 10;

Refusal refuse(Code code, std::string_view field, std::string_view why) {
    return {code, std::string(field), std::string(field) + " " + std::string(why)};
}

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// nullopt: no number of ten digits, or above kDataLengthMax.
std::optional<std::size_t> data_length(std::string_view head) {
    const auto digits = head.substr(kLengthAt, kLengthDigits);
    if (!is_digits(digits)) return std::nullopt;
    std::size_t length = 0;
    for (const char c : digits) length = length * 10 + static_cast<std::size_t>(c - '0');
    if (length > kDataLengthMax) return std::nullopt;
    return length;
}

/// How many bytes the letter with this first byte has; a byte that begins none counts as one.
std::size_t letter_bytes(char first, Encoding encoding) {
    const auto lead = static_cast<unsigned char>(first);
    if (encoding == Encoding::cp949) return lead >= 0x81 && lead <= 0xFE ? 2 : 1;
    if (lead < 0xC0) return 1;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

std::size_t units(std::string_view text, LengthUnit unit, Encoding encoding) {
    if (unit == LengthUnit::bytes) return text.size();
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += letter_bytes(text[at], encoding)) ++count;
    return count;
}

std::string shortage(std::size_t length, std::size_t came, LengthUnit unit) {
    return "says " + std::to_string(length) + (unit == LengthUnit::bytes ? " bytes, " : " letters, ") +
           std::to_string(came) + " came";
}

bool is_system(std::string_view code) {
    return code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
           });
}

Refusal read_head(std::string_view bytes, Head& head) {
    head.type = std::string(bytes.substr(0, 2));
    head.status = std::string(bytes.substr(2, 2));
    head.status_time = std::string(bytes.substr(4, 14));
    head.send = folded(bytes.substr(18, 3), CaseRule::ignore);
    head.receive = folded(bytes.substr(21, 3), CaseRule::ignore);
    head.sent = std::string(bytes.substr(24, 14));
    if (!is_digits(head.type)) return refuse(Code::invalid, "MSG_TYP_CD", "must be two digits");
    if (!is_digits(head.status)) return refuse(Code::invalid, "STA_TYP_CD", "must be two digits");
    if (!is_digits(head.status_time)) return refuse(Code::invalid, "MSG_STA_DTM", "must be 14 digits");
    if (!is_system(head.send)) return refuse(Code::invalid, "SND_SYS_CD", "must be three letters or digits");
    if (!is_system(head.receive))
        return refuse(Code::invalid, "RCV_SYS_CD", "must be three letters or digits");
    const bool is_blank = head.sent.find_first_not_of(' ') == std::string::npos;
    if (!is_digits(head.sent) && !is_blank) return refuse(Code::invalid, "SND_DTM", "must be 14 digits");
    return {};
}

std::vector<std::string_view> split(std::string_view text, char separator, std::size_t pieces_max) {
    std::vector<std::string_view> pieces;
    while (pieces.size() <= pieces_max) {
        const auto end = text.find(separator);
        pieces.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return pieces;
}

Refusal read_fields(std::string_view body, Encoding encoding, Telegram& out) {
    const auto fields = split(body, kField, kFieldsMax);
    if (fields.size() > kFieldsMax) return refuse(Code::invalid, "the body", "has more than 100 fields");
    for (const auto field : fields) {
        const auto name = "field " + std::to_string(out.fields.size() + 1);
        auto& parts = out.fields.emplace_back();
        const auto pieces = split(field, kPart, kPartsMax);
        if (pieces.size() > kPartsMax) return refuse(Code::invalid, name, "has more than 300 parts");
        for (const auto piece : pieces) {
            auto text = to_utf8(piece, encoding, name);
            if (!text) return {Code::bad_request, name, text.error().message};
            parts.push_back(*std::move(text));
        }
    }
    return {};
}

}  // namespace

std::size_t Framer::body_end() {
    const auto body_bytes = pending_.size() - kHeadBytes;
    if (unit_ == LengthUnit::bytes) {
        counted_ = scanned_ = std::min(body_bytes, length_);
        return counted_ == length_ ? kHeadBytes + length_ : std::string::npos;
    }
    while (counted_ < length_ && scanned_ < body_bytes) {
        const auto size = letter_bytes(pending_[kHeadBytes + scanned_], encoding_);
        if (scanned_ + size > body_bytes) break;
        scanned_ += size;
        ++counted_;
    }
    return counted_ == length_ ? kHeadBytes + scanned_ : std::string::npos;
}

/// Takes the telegram at the head of `pending_` if it is whole; sets `broken_` when it cannot become one.
void Framer::cut(Fed& out) {
    if (!has_head_) {
        const auto length = data_length(pending_);
        if (!length) {
            broken_ = refuse(Code::invalid, "DATA_LEN",
                             "must be ten digits of at most " + std::to_string(kDataLengthMax));
            return;
        }
        has_head_ = true;
        length_ = *length;
    }
    auto end = body_end();
    if (end == std::string::npos) return;
    const bool is_counted = end > kHeadBytes && pending_[end - 1] == kEnd;
    if (!is_counted) {
        if (pending_.size() == end) return;  // The next byte says whether the two agree.
        if (pending_[end] != kEnd) {
            broken_ = refuse(Code::invalid, "DATA_LEN", "and the body disagree: no ';' where it ends");
            return;
        }
        ++end;
    }
    out.messages.push_back(pending_.substr(0, end));
    pending_.erase(0, end);
    counted_ = scanned_ = length_ = 0;
    has_head_ = false;
}

Fed Framer::feed(std::string_view bytes) {
    Fed out;
    while (broken_.code == Code::ok) {
        if (pending_.empty()) bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n;"), bytes.size()));
        // Head first, then at most what the missing units can be and the ';': a flood is not copied.
        const auto wanted = !has_head_ ? kHeadBytes : pending_.size() + 4 * (length_ - counted_) + 1;
        const auto take = std::min(bytes.size(), wanted - std::min(pending_.size(), wanted));
        pending_.append(bytes.substr(0, take));
        bytes.remove_prefix(take);
        if (pending_.size() < kHeadBytes) break;
        const auto before = out.messages.size();
        cut(out);
        // What was held beyond the telegram belongs to the next.
        if (out.messages.size() != before && !pending_.empty()) {
            const auto begin = std::min(pending_.find_first_not_of("\r\n;"), pending_.size());
            pending_.erase(0, begin);
            if (pending_.size() >= kHeadBytes) continue;
        }
        if (bytes.empty()) break;
    }
    out.refusal = broken_;
    return out;
}

Fed Framer::finish() {
    Fed out;
    if (broken_.code == Code::ok && has_head_ && length_ == 0 && pending_.size() == kHeadBytes) {
        out.messages.push_back(std::move(pending_));
        pending_.clear();
        has_head_ = false;
    } else if (broken_.code == Code::ok && !pending_.empty()) {
        broken_ = !has_head_ ? Refusal{Code::bad_request, "", "the telegram ends within its head"}
                  : counted_ < length_
                      ? refuse(Code::invalid, "DATA_LEN", shortage(length_, counted_, unit_))
                      : refuse(Code::invalid, "DATA_LEN", "and the body disagree: no ';' where it ends");
    }
    out.refusal = broken_;
    return out;
}

Parsed parse(std::string_view bytes, LengthUnit unit, Encoding encoding) {
    Parsed out;
    Framer framer(unit, encoding);
    auto fed = framer.feed(bytes);
    if (fed.ok() && fed.messages.empty()) fed = framer.finish();
    out.refusal = fed.refusal;
    if (out.refusal.code != Code::ok) return out;
    if (fed.messages.size() != 1 || !framer.pending().empty()) {
        out.refusal = {Code::bad_request, "", "there must be one telegram"};
        return out;
    }
    std::string_view whole = fed.messages.front();
    out.refusal = read_head(whole, out.telegram.head);
    if (out.refusal.code != Code::ok) return out;
    auto body = whole.substr(kHeadBytes);
    if (body.ends_with(kEnd)) body.remove_suffix(1);
    out.refusal = read_fields(body, encoding, out.telegram);
    return out;
}

std::string write(const Telegram& telegram, LengthUnit unit, Encoding encoding) {
    std::string body;
    for (std::size_t i = 0; i < telegram.fields.size(); ++i) {
        if (i != 0) body += kField;
        for (std::size_t j = 0; j < telegram.fields[i].size(); ++j) {
            if (j != 0) body += kPart;
            auto text = from_utf8(telegram.fields[i][j], encoding);
            std::replace_if(
                text.begin(), text.end(), [](char c) { return c == kField || c == kPart; }, ' ');
            body += text;
        }
    }
    body += kEnd;
    auto length = std::to_string(units(body, unit, encoding));
    length.insert(0, kLengthDigits - length.size(), '0');
    const auto& head = telegram.head;
    return head.type + head.status + head.status_time + head.send + head.receive + head.sent + length + body;
}

}  // namespace bongsu::event::telegram
