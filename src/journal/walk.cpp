#include "journal/walk.hpp"

#include <algorithm>

namespace bongsu::journal {
namespace {

constexpr std::size_t kSegmentBytesMax = 1ULL << 30;
constexpr std::string_view kSuffix = ".bj";

/// The first seq that a segment's name tells; 0 when it is no such name.
std::uint64_t first_seq_of(std::string_view name) {
    constexpr std::size_t kDigits = 20;
    if (name.size() != kDigits + kSuffix.size()) return 0;
    std::uint64_t seq = 0;
    for (const char letter : name.substr(0, kDigits)) {
        if (letter < '0' || letter > '9' || seq > (std::uint64_t{1} << 53U)) return 0;
        seq = seq * 10 + static_cast<std::uint64_t>(letter - '0');
    }
    return seq;
}

class Walker {
  public:
    Walker(env::Disk& disk, const std::string& folder, const std::function<void(const Entry&)>& each)
        : disk_(disk), folder_(folder), each_(each) {}

    Result<Walk> run() {
        TRY(auto names, disk_.list(folder_));
        std::erase_if(names, [](const std::string& name) { return !name.ends_with(kSuffix); });
        for (std::size_t i = 0; i < names.size() && !walk_.problem; ++i) {
            TRY_DO(segment(names[i], i + 1 == names.size()));
        }
        return std::move(walk_);
    }

  private:
    void problem(std::uint64_t offset, std::string what) {
        walk_.problem = {walk_.segments.back().name, offset, walk_.last_seq + 1, std::move(what)};
    }

    Result<void> segment(const std::string& name, bool is_last) {
        walk_.segments.push_back({name, first_seq_of(name), 0, {}});
        auto& segment = walk_.segments.back();
        if (segment.first_seq != walk_.last_seq + 1) {
            problem(0, "the segment's name is not that of the next entry");
            return {};
        }
        TRY(const auto bytes, disk_.read(folder_ + "/" + name, 0, kSegmentBytesMax + 1));
        if (bytes.size() > kSegmentBytesMax) {
            problem(0, "the segment is larger than 1 GiB");
        } else if (bytes.empty() && !is_last) {
            problem(0, "the segment is empty but not the last");
        }
        while (!walk_.problem && segment.size < bytes.size()) {
            const auto rest = std::string_view(bytes).substr(segment.size);
            const auto cut = cut_record(rest);
            if (cut.kind == Cut::Kind::whole) {
                entry(cut.record);
            } else if (is_last && !holds_a_record(rest.substr(1))) {
                // The last write, never acknowledged: power went before its sync came back.
                walk_.torn_bytes = rest.size();
                break;
            } else {
                problem(segment.size, std::string(cut.what));
            }
        }
        return {};
    }

    void entry(const Record& record) {
        auto& segment = walk_.segments.back();
        const auto entry = decode_entry(record);
        if (!entry) return problem(segment.size, entry.error().message);
        if (entry->seq != walk_.last_seq + 1) {
            return problem(segment.size, "entry " + std::to_string(entry->seq) +
                                             " stands in the place of entry " +
                                             std::to_string(walk_.last_seq + 1));
        }
        if (entry->prev != walk_.last_digest) {
            return problem(segment.size, "the chain is broken: prev is not the digest of the entry before");
        }
        if (entry->time < walk_.last_time)
            return problem(segment.size, "its time is before the entry's before it");
        if ((entry->seq - segment.first_seq) % kMarkEvery == 0) segment.marks.push_back(segment.size);
        if (entry->erased) ++walk_.erased;
        if (record.erasure_unfinished) {
            walk_.unfinished_erasures.push_back(
                {segment.name, segment.size, entry->seq,
                 "its erasure is not finished: the site's next start does it"});
        }
        segment.size += record.size;
        walk_.last_seq = entry->seq;
        walk_.last_digest = entry->digest;
        walk_.last_time = entry->time;
        if (each_) each_(*entry);
    }

    env::Disk& disk_;
    const std::string& folder_;
    const std::function<void(const Entry&)>& each_;
    Walk walk_;
};

}  // namespace

std::string segment_name(std::uint64_t first_seq) {
    const auto digits = std::to_string(first_seq);
    return std::string(20 - digits.size(), '0') + digits + std::string(kSuffix);
}

std::string to_string(const Problem& problem) {
    return "segment " + problem.segment + " offset " + std::to_string(problem.offset) + " entry " +
           std::to_string(problem.seq) + ": " + problem.what;
}

Result<Walk> walk(env::Disk& disk, const std::string& folder, const std::function<void(const Entry&)>& each) {
    return Walker(disk, folder, each).run();
}

}  // namespace bongsu::journal
