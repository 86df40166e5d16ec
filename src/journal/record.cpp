#include "journal/record.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/crypto.hpp"
#include "journal/crc32c.hpp"

namespace bongsu::journal {
namespace {

namespace json = boost::json;

constexpr std::string_view kMagic = "BJ1\n";
constexpr std::size_t kSearchBytesMax = 64 << 20;

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

void put_u32(std::string& bytes, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xffU);
}

/// Of the lengths, the batch mark and the head; `record` begins at its magic.
std::uint32_t head_crc(std::string_view record, std::string_view head) {
    return crc32c(head, crc32c(record.substr(kBatchEndOffset, 1), crc32c(record.substr(4, 8))));
}

tl::unexpected<Error> corrupt(std::string what, Where where = Where::here()) {
    return fail(ErrorKind::corrupt, std::move(what), where);
}

/// The fields that the digest covers.
json::object covered(const Entry& entry) {
    json::array subjects;
    for (const auto& subject : entry.subjects) subjects.emplace_back(subject);
    return {{"actor", entry.actor},
            {"kind", entry.kind},
            {"payloadDigest", entry.payload_digest},
            {"prev", entry.prev},
            {"seq", entry.seq},
            {"subjects", std::move(subjects)},
            {"time", to_rfc3339(entry.time)}};
}

/// `"digest":"…",` goes in after the actor: the one place that RFC 8785's order gives it.
Result<std::string> head_with(std::string covered_text, const Entry& entry) {
    TRY(const auto actor, crypto::canonical_json(json::value(entry.actor)));
    const auto at = std::string_view("{\"actor\":").size() + actor.size() + 1;
    return covered_text.insert(at, "\"digest\":\"" + entry.digest + "\",");
}

bool is_digest(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::string> text_of(const json::object& head, std::string_view name) {
    const auto* value = head.if_contains(name);
    if (!value || !value->is_string()) return corrupt("head has no text \"" + std::string(name) + "\"");
    return std::string(value->get_string());
}

Result<Entry> parse_head(std::string_view text) {
    boost::system::error_code code;
    const auto value = json::parse(text, code);
    if (code || !value.is_object()) return corrupt("head is not a JSON object");
    const auto& head = value.get_object();
    Entry entry;
    TRY(entry.actor, text_of(head, "actor"));
    TRY(entry.digest, text_of(head, "digest"));
    TRY(entry.kind, text_of(head, "kind"));
    TRY(entry.payload_digest, text_of(head, "payloadDigest"));
    TRY(entry.prev, text_of(head, "prev"));
    TRY(const auto time, text_of(head, "time"));
    const auto parsed = parse_rfc3339(time, "time");
    if (!parsed) return corrupt("head's time is none");
    entry.time = *parsed;
    const auto* seq = head.if_contains("seq");
    if (!seq || !seq->is_int64() || seq->get_int64() < 1) return corrupt("head has no seq");
    entry.seq = static_cast<std::uint64_t>(seq->get_int64());
    const auto* subjects = head.if_contains("subjects");
    if (!subjects || !subjects->is_array()) return corrupt("head has no subjects");
    for (const auto& subject : subjects->get_array()) {
        if (!subject.is_string()) return corrupt("head has a subject that is no text");
        entry.subjects.emplace_back(subject.get_string());
    }
    if (!is_digest(entry.digest) || !is_digest(entry.payload_digest) || !is_digest(entry.prev)) {
        return corrupt("head has a digest that is none");
    }
    return entry;
}

}  // namespace

Cut cut_record(std::string_view bytes) {
    const auto broken = [](std::string_view what) { return Cut{Cut::Kind::broken, {}, 0, what}; };
    const auto incomplete = [](std::size_t needs) {
        return Cut{Cut::Kind::incomplete, {}, needs, "the record is incomplete"};
    };
    if (!kMagic.starts_with(bytes.substr(0, kMagic.size()))) return broken("no record begins here");
    if (bytes.size() < kRecordStartBytes) return incomplete(kRecordStartBytes);
    const std::size_t head_size = u32_at(bytes, 4);
    const std::size_t body_size = u32_at(bytes, 8);
    if (head_size > kHeadBytesMax || body_size > kBodyBytesMax || body_size < kSaltBytes) {
        return broken("the record's lengths are out of bounds");
    }
    Record record;
    record.size = kRecordStartBytes + head_size + body_size;
    if (bytes.size() < record.size) return incomplete(record.size);
    record.head = bytes.substr(kRecordStartBytes, head_size);
    record.body = bytes.substr(kRecordStartBytes + head_size, body_size);
    if (head_crc(bytes, record.head) != u32_at(bytes, 12)) return broken("the head's CRC does not hold");
    const char flag = bytes[kFlagOffset];
    if (flag != 'L' && flag != 'E') return broken("the record is neither live nor erased");
    const char mark = bytes[kBatchEndOffset];
    if ((mark != kBatchEnd && mark != '\0') || bytes.substr(kBatchEndOffset + 1, 2) != std::string_view("\0\0", 2)) {
        return broken("the record's spare bytes are not zero");
    }
    record.ends_batch = mark == kBatchEnd;
    record.erased = flag == 'E';
    const auto body_crc = u32_at(bytes, 16);
    if (record.erased) {
        record.erasure_unfinished =
            body_crc != 0 || record.body.find_first_not_of('\0') != std::string_view::npos;
    } else if (crc32c(record.body) != body_crc) {
        return broken("the body's CRC does not hold");
    }
    return {Cut::Kind::whole, record, record.size, {}};
}

bool holds_a_record(std::string_view bytes) {
    std::size_t searched = 0;
    for (auto at = bytes.find(kMagic); at != std::string_view::npos; at = bytes.find(kMagic, at + 1)) {
        const auto rest = bytes.substr(at);
        if (rest.size() < kRecordStartBytes) return false;
        const std::size_t head_size = u32_at(rest, 4);
        if (head_size > kHeadBytesMax || rest.size() - kRecordStartBytes < head_size) continue;
        searched += head_size;
        if (searched > kSearchBytesMax) return true;
        if (head_crc(rest, rest.substr(kRecordStartBytes, head_size)) == u32_at(rest, 12)) return true;
    }
    return false;
}

Result<Entry> decode_entry(const Record& record) {
    TRY(auto entry, parse_head(record.head));
    const auto covered_text = crypto::canonical_json(covered(entry));
    if (!covered_text) return corrupt("head: " + covered_text.error().message);
    TRY(const auto head, head_with(*covered_text, entry));
    if (head != record.head) return corrupt("head is not in its canonical form");
    if (crypto::to_hex(crypto::sha256(*covered_text)) != entry.digest)
        return corrupt("the digest does not hold");
    entry.erased = record.erased;
    if (record.erased) return entry;
    if (crypto::to_hex(crypto::sha256(record.body)) != entry.payload_digest) {
        return corrupt("the payload's digest does not hold");
    }
    entry.salt = record.body.substr(0, kSaltBytes);
    boost::system::error_code code;
    auto payload = json::parse(record.body.substr(kSaltBytes), code);
    if (code || !payload.is_object()) return corrupt("the payload is not a JSON object");
    entry.payload = std::move(payload.get_object());
    return entry;
}

std::string encode_record(Entry& entry, std::string_view payload_text) {
    const auto body = entry.salt + std::string(payload_text);
    entry.payload_digest = crypto::to_hex(crypto::sha256(body));
    const auto covered_text = crypto::canonical_json(covered(entry));
    BONGSU_CHECK(covered_text);  // Journal::append() let no other text through.
    entry.digest = crypto::to_hex(crypto::sha256(*covered_text));
    const auto head = head_with(*covered_text, entry);
    BONGSU_CHECK(head && head->size() <= kHeadBytesMax && body.size() <= kBodyBytesMax);

    std::string lengths;
    put_u32(lengths, static_cast<std::uint32_t>(head->size()));
    put_u32(lengths, static_cast<std::uint32_t>(body.size()));
    std::string bytes(kMagic);
    bytes.reserve(kRecordStartBytes + head->size() + body.size());
    bytes += lengths;
    put_u32(bytes, crc32c(*head, crc32c(std::string_view("\0", 1), crc32c(lengths))));
    put_u32(bytes, crc32c(body));
    bytes += std::string_view("L\0\0\0", 4);
    bytes += *head;
    bytes += body;
    return bytes;
}

void mark_batch_end(std::string& record) {
    record[kBatchEndOffset] = kBatchEnd;
    const auto head = std::string_view(record).substr(kRecordStartBytes, u32_at(record, 4));
    std::string crc;
    put_u32(crc, head_crc(record, head));
    record.replace(12, 4, crc);
}

json::object to_json(const Entry& entry) {
    auto object = covered(entry);
    object["digest"] = entry.digest;
    if (entry.erased) {
        object["erased"] = true;
        object["left"] = entry.payload;
        object["payload"] = nullptr;
        object["salt"] = nullptr;
    } else {
        object["payload"] = entry.payload;
        object["salt"] = crypto::to_hex(entry.salt);
    }
    return object;
}

}  // namespace bongsu::journal
