#include "journal/record.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/crypto.hpp"
#include "journal/crc32c.hpp"
#include "journal/head.hpp"

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

Result<Entry> decode_entry(const Record& record, Raw raw) {
    TRY(auto entry, read_head(record.head));
    entry.erased = record.erased;
    if (record.erased) return entry;
    if (crypto::to_hex(crypto::sha256(record.body)) != entry.payload_digest) {
        return corrupt("the payload's digest does not hold");
    }
    entry.salt = record.body.substr(0, kSaltBytes);
    entry.payload_text = record.body.substr(kSaltBytes);
    if (raw == Raw::as_text && is_raw(entry.kind)) return entry;
    boost::system::error_code code;
    auto payload = json::parse(entry.payload_text, code);
    if (code || !payload.is_object()) return corrupt("the payload is not a JSON object");
    entry.payload = std::move(payload.get_object());
    return entry;
}

Result<Entry> entry_of_head(std::string_view bytes) {
    if (bytes.size() < kRecordStartBytes || !bytes.starts_with(kMagic)) return corrupt("no record begins here");
    const std::size_t size = u32_at(bytes, 4);
    if (size > kHeadBytesMax || bytes.size() - kRecordStartBytes < size) return corrupt("the head is not whole");
    const auto head = bytes.substr(kRecordStartBytes, size);
    if (head_crc(bytes, head) != u32_at(bytes, 12)) return corrupt("the head's CRC does not hold");
    return read_head(head);
}

std::string encode_record(Entry& entry, std::string_view payload_text) {
    const auto body = entry.salt + std::string(payload_text);
    entry.payload_digest = crypto::to_hex(crypto::sha256(body));
    const auto head = write_head(entry);
    BONGSU_CHECK(head.size() <= kHeadBytesMax && body.size() <= kBodyBytesMax);

    std::string lengths;
    put_u32(lengths, static_cast<std::uint32_t>(head.size()));
    put_u32(lengths, static_cast<std::uint32_t>(body.size()));
    std::string bytes(kMagic);
    bytes.reserve(kRecordStartBytes + head.size() + body.size());
    bytes += lengths;
    put_u32(bytes, crc32c(head, crc32c(std::string_view("\0", 1), crc32c(lengths))));
    put_u32(bytes, crc32c(body));
    bytes += std::string_view("L\0\0\0", 4);
    bytes += head;
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
