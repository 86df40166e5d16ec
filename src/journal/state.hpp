#pragma once
// What a journal keeps in memory, and how it meets its files. Of this room alone.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "env/env.hpp"
#include "journal/journal.hpp"
#include "journal/record.hpp"
#include "journal/walk.hpp"

namespace bongsu::journal {

struct Pending {
    Place place;
    std::string bytes;
    std::optional<ErasureOrder> orders;    // What an erasure.ordered says.
    std::optional<std::uint64_t> closes;   // The order that an erasure.done closes.
};

struct Journal::State {
    State(env::Env& the_env, std::string the_folder, JournalLimits the_limits)
        : env(the_env), folder(std::move(the_folder)), limits(the_limits) {}

    env::Env& env;
    std::string folder;
    JournalLimits limits;

    std::vector<Segment> segments;
    std::shared_ptr<env::File> file;  // Of the last segment; null while there is none.
    Place committed;
    std::vector<Pending> pending;
    std::size_t pending_bytes = 0;
    std::uint64_t torn_bytes = 0;
    bool poisoned = false;
    std::shared_ptr<Sync> sync;  // Of the last batch: on its way or done; null before the first.
    bool segment_due = false;
    Erasures erasures;
    SegmentIndex open_index;    // Of the last segment: `prev`, `orders` and `closed` kept up, the rest filled in to write.
    std::uint64_t indexed = 0;  // Bytes of it that its index file covers.
    std::uint64_t index_failures = 0;
    std::optional<SegmentIndex> sealed;  // Of the segment before, until its index is written.
    std::optional<SegmentIndex> due;     // Of the last segment, as far as it was before some batch.
    std::deque<ErasureOrder> orders_read;  // The ones read last: neighbours were erased by one order.

    const Place& last() const { return pending.empty() ? committed : pending.back().place; }
    std::string path_of(const Segment& segment) const { return folder + "/" + segment.name; }

    Result<void> usable() const {
        if (!poisoned) return {};
        return fail(ErrorKind::unavailable,
                    "journal " + folder + " is in an unknown state after a failed sync: restart to recover");
    }

    void forget_pending() {
        pending.clear();
        pending_bytes = 0;
    }

    tl::unexpected<Error> poison(Error error) {
        poisoned = true;
        forget_pending();
        LOG_ERROR("journal.poisoned", {{"folder", folder}, {"error", error.message}});
        return tl::unexpected(Error{ErrorKind::unavailable, std::move(error.message), error.where});
    }

    Result<void> recover();
    Result<Walk> look();
    Result<std::optional<SegmentIndex>> index_of(const std::string& segment);
    Result<WalkStart> known_start();
    void write_index(const SegmentIndex& of);
    void note_index(const Place& before, std::uint64_t size_before, std::size_t marks_before, bool erasures_in_it);
    void write_due_indexes();
    Result<void> write_last_batch_again(std::uint64_t at);
    void note_erasures(const Pending& of);
    Result<void> begin_segment_if_due();
    /// Waits for the sync that is on its way.
    Result<void> settle();
    Result<void> write_batch(const std::string& bytes);
    Result<void> visit(std::size_t index, std::uint64_t after,
                       const std::function<Result<bool>(const Record&, std::uint64_t offset)>& each);
    std::size_t segment_of(std::uint64_t seq) const;
    Result<Entry> entry_at(std::uint64_t seq);

    // wipe.cpp
    /// A record that an order names, as it stands in its file.
    struct Doomed {
        std::size_t segment = 0;
        std::uint64_t offset = 0;
        std::size_t head_bytes = 0, body_bytes = 0;
    };
    Result<const ErasureOrder*> order_at(std::uint64_t order);
    Result<boost::json::object> left_of_erased(const Entry& entry);
    Result<std::vector<Doomed>> doomed_by(const ErasureOrder& order);
    Result<void> wipe(const std::vector<Doomed>& doomed);
    Result<void> carry_out(std::uint64_t order);
};

}  // namespace bongsu::journal
