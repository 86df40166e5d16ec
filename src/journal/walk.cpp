#include "journal/walk.hpp"

#include <algorithm>
#include <set>

#include "crypto/crypto.hpp"

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

bool is_as_written(const Entry& entry) {
    const auto canonical = crypto::canonical_json(entry.payload);
    return canonical && *canonical == entry.payload_text;
}

class Walker {
  public:
    Walker(env::Disk& disk, const std::string& folder, const std::function<void(const Entry&)>& each,
           const std::atomic<bool>* stop, Payloads payloads)
        : disk_(disk), folder_(folder), each_(each), stop_(stop), payloads_(payloads) {}

    void begin_at(WalkStart start) {
        walk_.segments = std::move(start.done);
        walk_.last_seq = start.place.seq;
        walk_.last_digest = std::move(start.place.digest);
        walk_.last_time = start.place.time;
        walk_.erasures = std::move(start.erasures);
        begun_at_ = walk_.last_seq;
        within_ = std::move(start.within);
    }

    Result<Walk> run() {
        TRY(auto names, disk_.list(folder_));
        std::erase_if(names, [](const std::string& name) { return !name.ends_with(kSuffix); });
        for (auto i = walk_.segments.size(); i < names.size() && !walk_.problem; ++i) {
            TRY_DO(segment(names[i], i + 1 == names.size()));
        }
        if (!walk_.problem) judge_erasures();
        return std::move(walk_);
    }

  private:
    void problem(std::uint64_t offset, std::string what) {
        walk_.problem = {walk_.segments.back().name, offset, walk_.last_seq + 1, std::move(what)};
    }

    Result<void> segment(const std::string& name, bool is_last) {
        walk_.indexes.push_back({{}, walk_.last_digest, {}, {}, {}});
        if (within_ && within_->segment.name == name) {
            walk_.segments.push_back(within_->segment);
            walk_.indexes.back() = *std::exchange(within_, std::nullopt);
        } else {
            walk_.segments.push_back({name, first_seq_of(name), 0, {}});
        }
        auto& segment = walk_.segments.back();
        const auto expected = segment.size == 0 ? walk_.last_seq + 1 : first_seq_of(name);
        if (segment.first_seq != expected) {
            problem(0, "the segment's name is not that of the next entry");
            return {};
        }
        skipped_ = segment.size;
        TRY(const auto bytes, disk_.read(folder_ + "/" + name, skipped_, kSegmentBytesMax + 1));
        if (bytes.size() > kSegmentBytesMax) {
            problem(0, "the segment is larger than 1 GiB");
        } else if (bytes.empty() && !is_last) {
            problem(0, "the segment is empty but not the last");
        }
        held_ = at_batch_end();
        walk_.last_batch_at = skipped_;
        waiting_.clear();
        erasure_entries_.clear();
        while (!walk_.problem && segment.size - skipped_ < bytes.size()) {
            if (stop_ != nullptr && stop_->load()) return fail(ErrorKind::cancelled, "the walk was stopped");
            const auto rest = std::string_view(bytes).substr(segment.size - skipped_);
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
        if (!walk_.problem && walk_.last_seq != held_.last_seq) end_within_batch(skipped_ + bytes.size(), is_last);
        if (walk_.problem) return {};
        walk_.indexes.back().segment = segment;
        walk_.indexes.back().place = {walk_.last_seq, walk_.last_digest, walk_.last_time};
        return {};
    }

    /// Where the walk stood at the end of the last whole batch.
    struct Held {
        std::uint64_t size = 0, last_seq = 0, erased = 0;
        std::string last_digest;
        WallTime last_time{};
        std::size_t marks = 0, erased_seen = 0;
    };
    Held at_batch_end() const {
        const auto& segment = walk_.segments.back();
        return {segment.size, walk_.last_seq, walk_.erased, walk_.last_digest, walk_.last_time, segment.marks.size(),
                erased_.size()};
    }

    /// A batch is acknowledged as a whole or not at all: what is there of one that did not reach the disk whole is torn.
    void end_within_batch(std::uint64_t bytes, bool is_last) {
        auto& segment = walk_.segments.back();
        if (!is_last) return problem(segment.size, "the segment ends in the middle of a batch but is not the last");
        walk_.torn_entries = walk_.last_seq - held_.last_seq;
        back_to_batch_end();
        walk_.torn_bytes = bytes - held_.size;
    }

    void back_to_batch_end() {
        auto& segment = walk_.segments.back();
        segment.size = held_.size;
        segment.marks.resize(held_.marks);
        walk_.last_seq = held_.last_seq;
        walk_.last_digest = held_.last_digest;
        walk_.last_time = held_.last_time;
        walk_.erased = held_.erased;
        erased_.resize(held_.erased_seen);
    }

    void entry(const Record& record) {
        auto& segment = walk_.segments.back();
        const auto entry = decode_entry(record);
        if (!entry) return problem(segment.size, entry.error().message);
        if (payloads_ == Payloads::as_written && !entry->erased && !is_as_written(*entry))
            return problem(segment.size, "the payload is not in its canonical form");
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
        if (entry->erased && !may_be_erased(entry->kind))
            return problem(segment.size, "it is marked as erased, but no entry of the chain orders that: its kind stays");
        if ((entry->seq - segment.first_seq) % kMarkEvery == 0) segment.marks.push_back(segment.size);
        if (entry->erased) {
            ++walk_.erased;
            erased_.push_back({entry->seq, entry->kind, walk_.segments.size() - 1, segment.size,
                               record.erasure_unfinished});
        } else if (entry->kind == kErasureOrdered || entry->kind == kErasureDone) {
            erasure_entries_.push_back({*entry, segment.size});
        }
        segment.size += record.size;
        walk_.last_seq = entry->seq;
        walk_.last_digest = entry->digest;
        walk_.last_time = entry->time;
        if (each_) waiting_.push_back(*entry);
        if (!record.ends_batch) return;
        for (const auto& [whole, at] : erasure_entries_) {
            if (!take_erasure(whole, at)) return back_to_batch_end();  // Nothing of its batch holds.
        }
        erasure_entries_.clear();
        for (const auto& whole : waiting_) each_(whole);
        waiting_.clear();
        walk_.last_batch_at = held_.size;
        held_ = at_batch_end();
    }

    /// False when the entry does not hold; it is the problem then.
    bool take_erasure(const Entry& entry, std::uint64_t offset) {
        if (entry.kind == kErasureDone) {
            const auto closed = closed_order_of(entry);
            if (closed && walk_.erasures.close(*closed)) {
                walk_.indexes.back().closed.push_back(*closed);
                return true;
            }
            walk_.problem = {walk_.segments.back().name, offset, entry.seq,
                             closed ? "it closes an erasure that is not open" : closed.error().message};
            return false;
        }
        auto order = order_of(entry);
        if (!order) {
            walk_.problem = {walk_.segments.back().name, offset, entry.seq, order.error().message};
            return false;
        }
        walk_.erasures.add(*order);
        walk_.indexes.back().orders.push_back(walk_.erasures.places().back());
        for (const auto& one : order->entries) ordered_.push_back({one.seq, one.kind, order->seq});
        return true;
    }

    /// A mark in a record is nobody's word: what is marked as erased must be ordered by the chain, by an entry after it.
    void judge_erasures() {
        std::set<std::uint64_t> unfinished;
        if (begun_at_ > 0) unfinished = walk_.erasures.open();
        std::erase_if(ordered_, [&](const Ordered& one) { return one.seq <= begun_at_; });
        std::stable_sort(ordered_.begin(), ordered_.end(),
                         [](const Ordered& a, const Ordered& b) { return a.seq < b.seq; });
        auto order = ordered_.begin();
        for (const auto& erased : erased_) {
            for (; order != ordered_.end() && order->seq < erased.seq; ++order) still_here(*order, nullptr, unfinished);
            if (order == ordered_.end() || order->seq != erased.seq) {
                walk_.problem = {walk_.segments[erased.segment].name, erased.offset, erased.seq,
                                 "it is marked as erased, but no entry of the chain orders that"};
                return;
            }
            if (order->kind != erased.kind) {
                walk_.problem = {walk_.segments[erased.segment].name, erased.offset, erased.seq,
                                 "entry " + std::to_string(order->order) + " orders its erasure as one of kind " + order->kind};
                return;
            }
            for (; order != ordered_.end() && order->seq == erased.seq; ++order) {
                if (erased.unfinished) still_here(*order, &erased, unfinished);
            }
        }
        for (; order != ordered_.end(); ++order) still_here(*order, nullptr, unfinished);
        walk_.unfinished_orders.assign(unfinished.begin(), unfinished.end());
    }

    struct Erased {
        std::uint64_t seq;
        std::string kind;
        std::size_t segment;
        std::uint64_t offset;
        bool unfinished;
    };
    struct Ordered {
        std::uint64_t seq;
        std::string kind;
        std::uint64_t order;
    };

    void still_here(const Ordered& ordered, const Erased* where, std::set<std::uint64_t>& unfinished) {
        unfinished.insert(ordered.order);
        if (walk_.returned || walk_.erasures.is_open(ordered.order)) return;
        walk_.returned = Problem{where != nullptr ? walk_.segments[where->segment].name : "",
                                 where != nullptr ? where->offset : 0, ordered.seq,
                                 "entry " + std::to_string(ordered.order) +
                                     " erased its contents, and they are here: the site's next start wipes them again"};
    }

    env::Disk& disk_;
    const std::string& folder_;
    const std::function<void(const Entry&)>& each_;
    const std::atomic<bool>* stop_;
    Payloads payloads_;
    std::optional<SegmentIndex> within_;
    std::uint64_t begun_at_ = 0;  // What is before it was not seen.
    std::uint64_t skipped_ = 0;   // Bytes of the segment under way that were not read.
    Walk walk_;
    Held held_;
    std::vector<Entry> waiting_;  // Of the batch under way.
    std::vector<std::pair<Entry, std::uint64_t>> erasure_entries_;  // The same, with their offsets.
    std::vector<Erased> erased_;                                    // In order.
    std::vector<Ordered> ordered_;
};

}  // namespace

std::string segment_name(std::uint64_t first_seq) {
    const auto digits = std::to_string(first_seq);
    return std::string(20 - digits.size(), '0') + digits + std::string(kSuffix);
}

std::string to_string(const Problem& problem) {
    const auto where = problem.segment.empty() ? std::string()
                                               : "segment " + problem.segment + " offset " +
                                                     std::to_string(problem.offset) + " ";
    return where + "entry " + std::to_string(problem.seq) + ": " + problem.what;
}

Result<Walk> walk(env::Disk& disk, const std::string& folder, const std::function<void(const Entry&)>& each,
                  const std::atomic<bool>* stop, Payloads payloads) {
    return Walker(disk, folder, each, stop, payloads).run();
}

Result<Walk> walk_from(env::Disk& disk, const std::string& folder, WalkStart start) {
    const std::function<void(const Entry&)> nobody;
    Walker walker(disk, folder, nobody, nullptr, Payloads::as_objects);
    walker.begin_at(std::move(start));
    return walker.run();
}

}  // namespace bongsu::journal
