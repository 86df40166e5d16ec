#include "journal/follow.hpp"

#include <algorithm>
#include <charconv>

#include "journal/record.hpp"
#include "journal/walk.hpp"

namespace bongsu::journal {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;
constexpr std::size_t kOrdersKept = 16;
constexpr std::string_view kSuffix = ".bj";

}  // namespace

/// To the segment that holds entry `after` + 1, or would.
Result<void> Follower::seek(std::uint64_t after) {
    if (next_ == after + 1 && !segment_.empty()) return {};
    TRY(const auto names, disk_.list(folder_));
    segment_.clear();
    for (const auto& name : names) {
        if (!name.ends_with(kSuffix)) continue;
        std::uint64_t first = 0;
        std::from_chars(name.data(), name.data() + name.size() - kSuffix.size(), first);
        if (first == 0 || first > after + 1) break;  // Sorted: twenty digits each.
        segment_ = name;
        next_ = first;
        offset_ = 0;
    }
    if (segment_.empty()) return fail(ErrorKind::not_found, folder_ + " holds no entry " + std::to_string(after + 1));
    return {};
}

Result<std::optional<std::string>> Follower::digest_of(std::uint64_t seq, std::uint64_t upto) {
    std::optional<std::string> digest;
    if (seq == 0 || seq > upto) return digest;
    TRY_DO(read(seq - 1, seq, [&](Entry entry) -> Result<bool> {
        digest = std::move(entry.digest);
        return false;
    }));
    return digest;
}

Result<void> Follower::read(std::uint64_t after, std::uint64_t upto, const Each& each) {
    return read_records(after, upto, [&](Entry entry) -> Result<bool> {
        if (entry.erased) TRY_DO(fill_erased(entry, upto));
        return each(std::move(entry));
    });
}

/// Null when no order up to orders_upto_ names it.
Result<const OrderedEntry*> Follower::find_order(std::uint64_t seq) {
    for (const auto& order : orders_) {
        if (const auto* named = order.find(seq)) return named;
    }
    for (const auto& place : erasures_.places()) {
        if (seq < place.first || seq > place.last) continue;
        std::optional<ErasureOrder> found;
        Follower other(disk_, folder_);
        TRY_DO(other.read_records(place.order - 1, place.order, [&](const Entry& entry) -> Result<bool> {
            TRY(found, order_of(entry));
            return false;
        }));
        if (!found || found->find(seq) == nullptr) continue;
        if (orders_.size() >= kOrdersKept) orders_.pop_back();
        orders_.push_front(*std::move(found));
        return orders_.front().find(seq);
    }
    return nullptr;
}

Result<void> Follower::fill_erased(Entry& entry, std::uint64_t upto) {
    TRY(const auto* known, find_order(entry.seq));
    if (known == nullptr && orders_upto_ < upto) {
        Follower other(disk_, folder_);  // This one is in the midst of its own reading.
        TRY_DO(other.read_records(orders_upto_, upto, [&](const Entry& each) -> Result<bool> {
            if (each.kind == kErasureOrdered) {
                TRY(const auto order, order_of(each));
                erasures_.add(order);
            }
            orders_upto_ = each.seq;
            return true;
        }));
        TRY(known, find_order(entry.seq));
    }
    if (known == nullptr) {
        return fail(ErrorKind::unavailable, "entry " + std::to_string(entry.seq) +
                                                " is erased, by no order up to entry " + std::to_string(upto));
    }
    entry.payload = known->left;
    return {};
}

Result<void> Follower::read_records(std::uint64_t after, std::uint64_t upto, const Each& each) {
    if (upto <= after) return {};
    TRY_DO(seek(after));
    std::size_t wanted = kReadBytes;
    while (next_ <= upto) {
        const auto path = folder_ + "/" + segment_;
        // Read anew each time: behind `upto` there may be other bytes by now.
        TRY(const auto bytes, disk_.read(path, offset_, wanted));
        if (bytes.empty()) {
            const auto following = segment_name(next_);
            if (following == segment_ || !disk_.exists(folder_ + "/" + following))
                return fail(ErrorKind::not_found, path + " ends before entry " + std::to_string(next_));
            segment_ = following;
            offset_ = 0;
            continue;
        }
        std::size_t used = 0;
        while (next_ <= upto && used < bytes.size()) {
            const auto cut = cut_record(std::string_view(bytes).substr(used));
            if (cut.kind == Cut::Kind::incomplete && bytes.size() == wanted) break;
            if (cut.kind != Cut::Kind::whole) {
                offset_ += used;
                return fail(ErrorKind::corrupt,
                            path + " offset " + std::to_string(offset_) + ": " + std::string(cut.what));
            }
            TRY(auto entry, decode_entry(cut.record));
            if (entry.seq != next_) {
                return fail(ErrorKind::corrupt, path + ": entry " + std::to_string(entry.seq) + " stands in the place of " +
                                                    std::to_string(next_));
            }
            used += cut.record.size;
            ++next_;
            if (entry.seq <= after) continue;
            bytes_read_ += cut.record.size;
            auto goes_on = each(std::move(entry));
            if (!goes_on || !*goes_on) {
                offset_ += used;
                if (!goes_on) return tl::unexpected(std::move(goes_on).error());
                return {};
            }
        }
        offset_ += used;
        wanted = used == 0 ? wanted * 4 : kReadBytes;  // A record is at most 16 MiB and its head.
    }
    return {};
}

}  // namespace bongsu::journal
