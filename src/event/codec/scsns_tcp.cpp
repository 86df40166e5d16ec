#include "event/codec/scsns_tcp.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "event/codec/scsns_message.hpp"
#include "event/text.hpp"

namespace bongsu::event::scsns_tcp {

namespace json = boost::json;

namespace {

constexpr char kBody = '\xD0', kField = '\xD1', kElement = '\xD2', kPart = '\xD3';
constexpr char kStart = '\xDA', kEnd = '\xDB', kFinish = '\xDF';
constexpr std::string_view kSeparators = "\xD0\xD1\xD2\xD3\xDA\xDB\xDF";

constexpr std::array<std::string_view, kHeaderFields> kHeaderNames{
    "svcTy", "hdCnt",  "dtCnt", "apSeq",   "cmnMtd",  "sendCd", "rcvCd",
    "encAt", "tranTy", "rrKey", "reqDate", "bodyLen", "sysCd",  "tranSysHis"};
constexpr std::array<std::string_view, kBodyFieldsMin> kBodyNames{
    "evtId",         "evtNm",         "evtGrad",    "ocrNbr",    "ocrSts",       "ocrLc",
    "ocrPlc",        "ocrEvtCn",      "ocrEvtTime", "ocrEvtSts", "ocrEvtStsUsr", "ocrEvtStsTime",
    "ocrEvtEndTime", "ocrEvtItemCnt", "ocrEvtItem", "ocrEvtDtl"};
constexpr std::size_t kPlaceAt = 5, kStateAt = 9, kUserAt = 10, kItemsAt = 14, kDetailAt = 15;
constexpr std::size_t kSequenceAt = 3, kRouteAt = 13;

bool is_separator_at(std::string_view text, std::size_t at) {
    const bool is_lead = at + 1 < text.size() && (static_cast<unsigned char>(text[at + 1]) & 0xC0) == 0x80;
    return kSeparators.find(text[at]) != std::string_view::npos && !is_lead;
}

std::size_t find(std::string_view text, char separator, std::size_t from = 0) {
    for (auto at = text.find(separator, from); at != std::string_view::npos;
         at = text.find(separator, at + 1)) {
        if (is_separator_at(text, at)) return at;
    }
    return std::string_view::npos;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    std::size_t from = 0;
    for (auto at = find(text, separator); at != std::string_view::npos; at = find(text, separator, from)) {
        pieces.push_back(text.substr(from, at - from));
        from = at + 1;
    }
    pieces.push_back(text.substr(from));
    return pieces;
}

/// The first field whose bytes between separators are no UTF-8; npos when all are.
std::size_t first_foreign(const std::vector<std::string_view>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        std::size_t from = 0;
        for (std::size_t at = 0; at <= fields[i].size(); ++at) {
            if (at != fields[i].size() && !is_separator_at(fields[i], at)) continue;
            if (!is_utf8(fields[i].substr(from, at - from))) return i;
            from = at + 1;
        }
    }
    return std::string_view::npos;
}

/// The first field that is foreign when every separator byte parts, be it a letter's lead or not: in front of CP949
/// text the other reading takes a separator and the text's first byte for a letter, and blames the field before.
std::size_t first_foreign_plain(std::string_view text, std::size_t count_min, std::size_t count_max) {
    std::vector<std::string_view> fields;
    for (std::size_t from = 0; from <= text.size();) {
        const auto end = std::min(text.find(kField, from), text.size());
        fields.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    if (fields.size() < count_min || fields.size() > count_max) return std::string_view::npos;
    return first_foreign(fields);
}

bool has_separator(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_separator_at(text, at)) return true;
    }
    return false;
}

Refusal foreign(std::string_view field) {
    return {Code::bad_request, std::string(field), std::string(field) + " is not UTF-8"};
}

Refusal not_single(std::string_view field) {
    return {Code::invalid, std::string(field), std::string(field) + " must not hold a separator"};
}

json::value text_of(std::string_view text) { return json::value(json::string(text)); }

/// An object of the named parts; more parts than names are refused by the caller's count.
json::object object_of(std::string_view text, std::initializer_list<std::string_view> names) {
    const auto parts = split(text, kPart);
    json::object out;
    std::size_t i = 0;
    for (const auto name : names) {
        if (i < parts.size()) out[name] = text_of(parts[i]);
        ++i;
    }
    return out;
}

json::array route_of(std::string_view text) {
    json::array out;
    if (text.empty()) return out;
    for (const auto hop : split(text, kElement)) out.push_back(json::object{{"tranSysHis", text_of(hop)}});
    return out;
}

json::array items_of(std::string_view text) {
    json::array out;
    if (text.empty()) return out;
    for (const auto element : split(text, kElement)) {
        const auto parts = split(element, kPart);
        if (parts.size() == 2) {
            out.push_back(json::object{{"key", text_of(parts[0])}, {"val", text_of(parts[1])}});
        } else {
            out.push_back(text_of("?"));  // No pair: the reader notes it as an item of a wrong shape.
        }
    }
    return out;
}

/// How many parts a field may have; lists are counted elsewhere.
std::size_t parts_max(std::string_view field) {
    if (field == "ocrLc") return 3;
    return field == "apSeq" || field == "ocrEvtSts" || field == "ocrEvtStsUsr" || field == "ocrEvtDtl" ? 2
                                                                                                       : 1;
}

template <std::size_t N>
Refusal check_parts(const std::vector<std::string_view>& fields,
                    const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
        const bool is_list = names[i] == "ocrEvtItem" || names[i] == "tranSysHis";
        for (const auto element : is_list ? split(fields[i], kElement) : std::vector{fields[i]}) {
            const auto parts = split(element, kPart);
            const bool is_clean = std::none_of(parts.begin(), parts.end(), has_separator);
            if (!is_clean || (!is_list && parts.size() > parts_max(names[i]))) return not_single(names[i]);
        }
    }
    return {};
}

void fill_header(const std::vector<std::string_view>& fields, scsns::Message& out) {
    for (std::size_t i = 0; i < kHeaderFields; ++i) out.envelope[kHeaderNames[i]] = text_of(fields[i]);
    out.envelope["apSeq"] = object_of(fields[kSequenceAt], {"apCurrent", "apTotal"});
    out.envelope["tranSysHis"] = route_of(fields[kRouteAt]);
    if (fields[1] != std::to_string(kHeaderFields)) out.faults.emplace_back("hdCnt");
}

void fill_body(const std::vector<std::string_view>& fields, scsns::Message& out) {
    for (std::size_t i = 0; i < kBodyNames.size(); ++i) out.body[kBodyNames[i]] = text_of(fields[i]);
    out.body["ocrLc"] = object_of(fields[kPlaceAt], {"crdntX", "crdntY", "crdntZ"});
    out.body["ocrEvtStsUsr"] = object_of(fields[kUserAt], {"ocrEvtUsrId", "ocrEvtUsrNm"});
    out.body["ocrEvtDtl"] = object_of(fields[kDetailAt], {"ocrEvtDtlCd", "ocrEvtDtlCdDtl"});
    // One part is the words of the state; a code stands only in front of them.
    const bool has_code = split(fields[kStateAt], kPart).size() == 2;
    out.body["ocrEvtSts"] = has_code ? object_of(fields[kStateAt], {"ocrEvtStsCd", "ocrEvtStsDtl"})
                                     : object_of(fields[kStateAt], {"ocrEvtStsDtl"});
    auto items = items_of(fields[kItemsAt]);
    if (fields.size() == kBodyFieldsMax && !fields.back().empty()) {
        items.push_back(json::object{{"key", "DATA_17"}, {"val", text_of(fields.back())}});
        // The count is the sender's, of the items alone.
        const auto count = std::to_string(items.size() - 1);
        if (fields[13] == count) out.body["ocrEvtItemCnt"] = std::to_string(items.size());
    }
    out.body["ocrEvtItem"] = std::move(items);
}

Refusal missing(std::string_view field) {
    return {Code::missing, std::string(field), std::string(field) + " is missing"};
}

struct Parts {
    std::vector<std::string_view> header, body;
    std::string_view body_bytes;  ///< Between the start and the end of data.
};

Refusal take_apart(std::string_view bytes, Parts& out) {
    if (bytes.size() > kMessageBytesMax) {
        return {Code::bad_request, "",
                "the message is longer than " + std::to_string(kMessageBytesMax) + " bytes"};
    }
    if (bytes.ends_with(kFinish)) bytes.remove_suffix(1);
    const auto border = find(bytes, kBody);
    const auto head = bytes.substr(0, border);
    out.header = split(head, kField);
    if (auto at = first_foreign(out.header); at != std::string_view::npos) {
        const auto plain = first_foreign_plain(head, kHeaderFields, kHeaderFields);
        if (plain != std::string_view::npos) at = plain;
        return foreign(at < kHeaderNames.size() ? kHeaderNames[at] : "the header");
    }
    if (border == std::string_view::npos) return missing("body");
    auto rest = bytes.substr(border + 1);
    if (!rest.starts_with(kStart)) return missing("startTag");
    rest.remove_prefix(1);
    const bool is_ended = rest.ends_with(kEnd);
    if (is_ended) rest.remove_suffix(1);
    out.body = split(rest, kField);
    if (auto at = first_foreign(out.body); at != std::string_view::npos) {
        const auto plain = first_foreign_plain(rest, kBodyFieldsMin, kBodyFieldsMax);
        if (plain != std::string_view::npos) at = plain;
        return foreign(at < kBodyNames.size() ? kBodyNames[at] : "the body");
    }
    if (!is_ended) return missing("endTag");
    out.body_bytes = rest;
    return {};
}

Refusal check_counts(const Parts& parts) {
    if (parts.header.size() != kHeaderFields) {
        return {Code::invalid, "hdCnt",
                "hdCnt: the header has " + std::to_string(parts.header.size()) + " fields, not 14"};
    }
    if (parts.body.size() < kBodyFieldsMin || parts.body.size() > kBodyFieldsMax) {
        return {Code::invalid, "dtCnt",
                "dtCnt: the body has " + std::to_string(parts.body.size()) + " fields, not 16 or 17"};
    }
    return {};
}

}  // namespace

Fed Framer::feed(std::string_view bytes) {
    Fed out;
    while (!bytes.empty() && !is_broken_) {
        if (pending_.empty()) {
            const auto begin = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
            bytes.remove_prefix(begin);
            if (bytes.empty()) break;
        }
        const auto end = bytes.find(kFinish);
        const auto take = end == std::string_view::npos ? bytes.size() : end + 1;
        if (pending_.size() + take > kMessageBytesMax) {
            pending_.append(bytes.substr(0, kMessageBytesMax - pending_.size()));
            is_broken_ = true;
            break;
        }
        pending_.append(bytes.substr(0, take));
        bytes.remove_prefix(take);
        if (end == std::string_view::npos) break;
        out.messages.push_back(std::move(pending_));
        pending_.clear();
    }
    if (is_broken_) {
        out.refusal = {Code::bad_request, "",
                       "the message is longer than " + std::to_string(kMessageBytesMax) + " bytes"};
    }
    return out;
}

scsns::Decoded decode(const Input& input) {
    scsns::Decoded out;
    Parts parts;
    out.refusal = take_apart(input.bytes, parts);
    if (out.ok()) out.refusal = check_counts(parts);
    if (out.ok()) out.refusal = check_parts(parts.header, kHeaderNames);
    if (out.ok()) out.refusal = check_parts(parts.body, kBodyNames);
    if (!out.ok()) return out;

    scsns::Message message;
    message.text = input.bytes;
    message.is_tcp = true;
    message.body_text = std::string(parts.body_bytes);
    const auto size = parts.body_bytes.size();
    const auto count = letters(parts.body_bytes);
    message.other_lengths = {size + 1, size + 2, size + 3, count + 1, count + 2, count + 3};
    fill_header(parts.header, message);
    fill_body(parts.body, message);
    if (parts.header[2] != std::to_string(parts.body.size())) message.faults.emplace_back("dtCnt");
    scsns::Input rest{.content_type = "", .bytes = input.bytes};
    rest.profile = input.profile;
    rest.received_at = input.received_at;
    scsns::read(rest, message, out);
    scsns::admit(rest, out);
    return out;
}

std::string number_in(std::string_view bytes) {
    constexpr std::size_t kNumberAt = 3;
    Parts parts;
    static_cast<void>(take_apart(bytes, parts));
    return parts.body.size() > kNumberAt && is_utf8(parts.body[kNumberAt]) ? std::string(parts.body[kNumberAt]) : std::string{};
}

std::string reply(const scsns::Refusal& refusal) {
    std::string out(1, kStart);
    out += refusal.code == Code::ok ? '0' : '1';
    out += kField;
    out += std::to_string(static_cast<int>(refusal.code));
    out += kField;
    out += refusal.reason;
    out += kFinish;
    return out;
}

Result<Reply> read_reply(std::string_view bytes) {
    constexpr std::size_t kReplyMessageBytesMax = 500;
    if (bytes.ends_with(kFinish)) bytes.remove_suffix(1);
    if (!bytes.starts_with(kStart)) return fail(ErrorKind::corrupt, "the answer does not begin with DA");
    const auto fields = split(bytes.substr(1), kField);
    if (fields.size() != 3) return fail(ErrorKind::corrupt, "the answer has no result, type and message");
    if (fields[0] != "0" && fields[0] != "1") return fail(ErrorKind::corrupt, "result must be 0 or 1");
    const bool is_number = !fields[1].empty() && fields[1].size() <= 9 &&
                           fields[1].find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_number) return fail(ErrorKind::corrupt, "type is no code");
    if (!is_utf8(fields[2])) return fail(ErrorKind::corrupt, "message is not UTF-8");
    return Reply{fields[0] == "0", std::string(fields[1]), clean(fields[2], kReplyMessageBytesMax).text};
}

}  // namespace bongsu::event::scsns_tcp
