#pragma once
// One entry as bytes in a segment file (docs/adr/0003-journal-bytes.md). Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "journal/entry.hpp"

namespace bongsu::journal {

constexpr std::size_t kRecordStartBytes = 24;  ///< Magic, lengths, CRCs, flag.
constexpr std::size_t kFlagOffset = 20;
constexpr std::size_t kBatchEndOffset = 21;
constexpr char kBatchEnd = 'C';  ///< The batch that was written in one go ends with this record.
constexpr std::size_t kHeadBytesMax = 64 << 10;
constexpr std::size_t kBodyBytesMax = 16 << 20;
constexpr std::size_t kSaltBytes = 16;
inline const std::string kNoDigest(64, '0');  ///< `prev` of the first entry.

/// A record's parts; the views point into the bytes that it was cut from.
struct Record {
    std::string_view head, body;
    std::size_t size = 0;
    bool erased = false;
    bool ends_batch = false;
    bool erasure_unfinished = false;  ///< Flagged, yet its body or the body's CRC is not zero.
};

struct Cut {
    enum class Kind : unsigned char { whole, incomplete, broken };
    Kind kind = Kind::broken;
    Record record;  ///< When whole.
    std::size_t needs =
        0;  ///< When incomplete: bytes that the record has to its end, as far as they are known.
    std::string_view what;  ///< When broken: what does not hold.
};

/// Cuts the record at the start of `bytes`: structure, bounds and CRCs.
Cut cut_record(std::string_view bytes);

/// Whether a record whose head holds begins anywhere in `bytes`. Reads at most 64 MiB of claimed heads, then
/// says yes.
bool holds_a_record(std::string_view bytes);

/// The entry of a record: canonical head, right digest, and while live the right payload digest. corrupt says
/// what does not hold.
Result<Entry> decode_entry(const Record& record, Raw raw = Raw::parsed);

constexpr std::size_t kFirstHeadBytesMax = kRecordStartBytes + kHeadBytesMax;  ///< What entry_of_head() needs to see of any record.
/// The head of the record at the start of `bytes`, whose body need not be there: an entry without payload and salt. corrupt when
/// the head is not whole or does not hold.
Result<Entry> entry_of_head(std::string_view bytes);

/// Sets `digest` of an entry whose other fields stand, and answers its record. `payload_text` is canonical.
std::string encode_record(Entry& entry, std::string_view payload_text);

/// Marks a record as the last of its batch: without it at its end, a batch is torn as a whole.
void mark_batch_end(std::string& record);

}  // namespace bongsu::journal
