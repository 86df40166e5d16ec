// Erasure in the files: only what a committed entry of the chain orders, and finished after a crash.
#include <algorithm>
#include <map>

#include "journal/state.hpp"

namespace bongsu::journal {
namespace {

constexpr std::size_t kOrdersKept = 16;
constexpr std::uint64_t kSkipMax = 256;  // Entries read over rather than beginning anew behind them.

std::string zeros(std::size_t size) { return std::string(size, '\0'); }

}  // namespace

Result<const ErasureOrder*> Journal::State::order_at(std::uint64_t order) {
    const auto found = std::find_if(orders_read.begin(), orders_read.end(),
                                    [&](const ErasureOrder& one) { return one.seq == order; });
    if (found != orders_read.end()) return &*found;
    TRY(const auto entry, entry_at(order));
    TRY(auto read, order_of(entry));
    if (orders_read.size() >= kOrdersKept) orders_read.pop_back();
    orders_read.push_front(std::move(read));
    return &orders_read.front();
}

Result<boost::json::object> Journal::State::left_of_erased(const Entry& entry) {
    for (const auto& order : orders_read) {
        if (const auto* named = order.find(entry.seq)) return named->left;
    }
    for (const auto& place : erasures.places()) {
        if (entry.seq < place.first || entry.seq > place.last) continue;
        TRY(const auto* order, order_at(place.order));
        if (const auto* named = order->find(entry.seq)) return named->left;
    }
    return fail(ErrorKind::corrupt, "entry " + std::to_string(entry.seq) +
                                        " is marked as erased, but no entry of the chain orders that");
}

/// What is still to be wiped of an order. All of it is looked at before anything is. Of one that no entry closes that is
/// everything: after a sync that failed it may read as wiped and be on no disk.
Result<std::vector<Journal::State::Doomed>> Journal::State::doomed_by(const ErasureOrder& order) {
    std::vector<Doomed> doomed;
    const bool is_open = erasures.is_open(order.seq);
    auto next = order.entries.begin();
    while (next != order.entries.end()) {
        const auto index = segment_of(next->seq);
        bool moved = false;
        TRY_DO(visit(index, next->seq - 1, [&](const Record& record, std::uint64_t offset) -> Result<bool> {
            TRY(const auto entry, decode_entry(record));
            if (entry.seq < next->seq) return next->seq - entry.seq <= kSkipMax;
            if (entry.kind != next->kind) {
                return fail(ErrorKind::corrupt, "entry " + std::to_string(order.seq) + " orders the erasure of entry " +
                                                    std::to_string(entry.seq) + " as " + next->kind + ", which it is not");
            }
            moved = true;
            if (is_open || !record.erased || record.erasure_unfinished)
                doomed.push_back({index, offset, record.head.size(), record.body.size()});
            return ++next != order.entries.end();
        }));
        if (!moved) return fail(ErrorKind::corrupt, "entry " + std::to_string(next->seq) + " is not where it was");
    }
    return doomed;
}

Result<void> Journal::State::wipe(const std::vector<Doomed>& doomed) {
    std::map<std::size_t, std::unique_ptr<env::File>> older;
    const auto file_of = [&](std::size_t index) -> Result<env::File*> {
        if (index + 1 == segments.size()) return file.get();
        auto& opened = older[index];
        if (!opened) {
            TRY(opened, env.disk.open(path_of(segments[index])));
        }
        return opened.get();
    };
    const auto sync_all = [&]() -> Result<void> {
        for (const auto& [index, opened] : older) TRY_DO(opened->sync());
        return file->sync();
    };
    // The marks first, a byte each and synced: from then on a crash leaves an erasure to finish, no broken CRC.
    for (const auto& one : doomed) {
        TRY(auto* target, file_of(one.segment));
        TRY_DO(target->overwrite(one.offset + kFlagOffset, "E"));
    }
    TRY_DO(sync_all());
    for (const auto& one : doomed) {
        TRY(auto* target, file_of(one.segment));
        TRY_DO(target->overwrite(one.offset + kFlagOffset - 4, zeros(4)));
        TRY_DO(target->overwrite(one.offset + kRecordStartBytes + one.head_bytes, zeros(one.body_bytes)));
    }
    return sync_all();
}

Result<void> Journal::State::carry_out(std::uint64_t order) {
    TRY_DO(usable());
    const auto& places = erasures.places();
    const bool known = std::any_of(places.begin(), places.end(),
                                   [&](const Erasures::Place& place) { return place.order == order; });
    if (!known) return fail(ErrorKind::not_found, "entry " + std::to_string(order) + " is no committed order of erasure");
    TRY(const auto* found, order_at(order));
    TRY(const auto doomed, doomed_by(*found));
    if (doomed.empty()) return {};
    if (auto done = wipe(doomed); !done) return poison(std::move(done).error());
    return {};
}

}  // namespace bongsu::journal
