#pragma once
// What a start knows of a segment without reading it: a file beside it, which nobody has to believe.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "journal/erasures.hpp"
#include "journal/record.hpp"

namespace bongsu::journal {

constexpr std::uint64_t kMarkEvery = 64;  ///< Entries between two remembered offsets.

/// A segment file as far as it holds.
struct Segment {
    std::string name;  ///< `<first seq, 20 digits>.bj`
    std::uint64_t first_seq = 0;
    std::uint64_t size = 0;
    std::vector<std::uint64_t> marks;  ///< Offsets of the entries first_seq, +64, +128, …
};

/// Where the chain stands after an entry.
struct Place {
    std::uint64_t seq = 0;
    std::string digest = kNoDigest;
    WallTime time{};
};

/// The segment up to the end of a batch. `<first seq, 20 digits>.bi` beside the segment: eight hex digits, the CRC-32C
/// of what follows, a line end, JSON. It saves a start the reading and proves nothing: `verify` does not look at it, a
/// start that finds it wrong reads the segment, and the deep check reads all of them.
struct SegmentIndex {
    Segment segment;
    std::string prev = kNoDigest;            ///< The chain before its first entry.
    Place place;                             ///< The chain at its size.
    std::vector<Erasures::Place> orders;     ///< Orders of erasure that stand in it,
    std::vector<std::uint64_t> closed;       ///< and those that entries in it close.
};

/// "….bj" -> "….bi".
std::string index_name(std::string_view segment);
std::string encode_index(const SegmentIndex& index);
/// Errors: corrupt. `name` is the segment's.
Result<SegmentIndex> decode_index(std::string_view bytes, std::string_view name);

}  // namespace bongsu::journal
