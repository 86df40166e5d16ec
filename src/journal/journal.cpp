#include "journal/journal.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "crypto/crypto.hpp"
#include "journal/record.hpp"
#include "journal/state.hpp"

namespace bongsu::journal {
namespace {

constexpr std::size_t kPendingBytesMax = 32 << 20;
constexpr std::size_t kKindBytesMax = 64;
constexpr std::size_t kIdBytesMax = 200;  // With 256 subjects a head stays below its 64 KiB.
constexpr std::size_t kSubjectsMax = 256;

/// Ids are printable ASCII: no name fits in by chance, and nothing in a head needs an escape (512 bytes at
/// most).
Result<void> check_id(std::string_view text, std::string_view field, std::size_t bytes_max) {
    if (text.empty()) return fail(ErrorKind::invalid, std::string(field) + " is empty");
    if (text.size() > bytes_max) {
        return fail(ErrorKind::invalid,
                    std::string(field) + " has more than " + std::to_string(bytes_max) + " bytes");
    }
    for (const char letter : text) {
        if (letter <= ' ' || letter > '~' || letter == '"' || letter == '\\') {
            return fail(ErrorKind::invalid, std::string(field) + " holds a letter that no id has");
        }
    }
    return {};
}

Result<void> check_draft(const Draft& draft) {
    TRY_DO(check_id(draft.kind, "kind", kKindBytesMax));
    TRY_DO(check_id(draft.actor, "actor", kIdBytesMax));
    if (draft.subjects.size() > kSubjectsMax) {
        return fail(ErrorKind::invalid, "subjects: more than " + std::to_string(kSubjectsMax));
    }
    for (const auto& subject : draft.subjects) TRY_DO(check_id(subject, "subjects", kIdBytesMax));
    return {};
}

/// An order that verification would not take is not written: every later start would stop at it.
Result<void> note_erasure(const Entry& entry, Pending& pending) {
    if (entry.kind != kErasureOrdered && entry.kind != kErasureDone) return {};
    const auto invalid = [](Error error) { return fail(ErrorKind::invalid, std::move(error.message)); };
    if (entry.kind == kErasureDone) {
        const auto closed = closed_order_of(entry);
        if (!closed) return invalid(closed.error());
        pending.closes = *closed;
        return {};
    }
    auto order = order_of(entry);
    if (!order) return invalid(std::move(order).error());
    pending.orders = *std::move(order);
    return {};
}

}  // namespace

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(env::Env& env, std::string folder, JournalLimits limits) {
    if (limits.payload_bytes_max > kBodyBytesMax - kSaltBytes) {
        return fail(ErrorKind::invalid, "payload_bytes_max is past 16 MiB");
    }
    auto state = std::make_unique<State>(env, std::move(folder), limits);
    TRY_DO(state->recover());
    return std::unique_ptr<Journal>(new Journal(std::move(state)));
}

Result<Entry> Journal::append(Draft draft) {
    TRY_DO(state_->usable());
    TRY_DO(check_draft(draft));
    // As it is read back: a fold must not see an unsigned number live and a signed one, or another order, at replay.
    crypto::put_in_canonical_order(draft.payload);
    auto payload = crypto::canonical_json(draft.payload);
    if (!payload) return fail(ErrorKind::invalid, "payload: " + payload.error().message);
    if (payload->size() > state_->limits.payload_bytes_max) {
        return fail(ErrorKind::invalid,
                    "payload has more than " + std::to_string(state_->limits.payload_bytes_max) + " bytes");
    }
    if (state_->pending_bytes + payload->size() > kPendingBytesMax ||
        state_->env.buggify("journal.pending_full")) {
        return fail(ErrorKind::exhausted, "more than 32 MiB wait for the journal's commit");
    }
    std::array<std::uint8_t, kSaltBytes> salt{};
    state_->env.random.fill_public(salt);

    Entry entry;
    entry.seq = state_->last().seq + 1;
    entry.time = std::max(state_->env.clock.wall(), state_->last().time);
    entry.kind = std::move(draft.kind);
    entry.actor = std::move(draft.actor);
    entry.subjects = std::move(draft.subjects);
    entry.salt.assign(salt.begin(), salt.end());
    entry.prev = state_->last().digest;
    auto bytes = encode_record(entry, *payload);
    entry.payload = std::move(draft.payload);
    entry.payload_text = *std::move(payload);

    Pending pending{{entry.seq, entry.digest, entry.time}, std::move(bytes), std::nullopt, std::nullopt};
    TRY_DO(note_erasure(entry, pending));
    state_->pending_bytes += pending.bytes.size();
    state_->pending.push_back(std::move(pending));
    return entry;
}

Result<void> Journal::commit() {
    TRY_DO(write());
    return settle();
}

Result<void> Journal::settle() { return state_->settle(); }

Result<std::shared_ptr<Sync>> Journal::write() {
    TRY_DO(state_->usable());
    if (state_->pending.empty()) return state_->sync;
    TRY_DO(state_->settle());
    mark_batch_end(state_->pending.back().bytes);
    std::string batch;
    batch.reserve(state_->pending_bytes);
    for (const auto& pending : state_->pending) batch += pending.bytes;
    if (auto written = state_->write_batch(batch); !written) {
        state_->forget_pending();
        return tl::unexpected(std::move(written).error());
    }
    auto& segment = state_->segments.back();
    const auto size_before = segment.size;
    const auto marks_before = segment.marks.size();
    bool erasures_in_it = false;
    for (const auto& pending : state_->pending) {
        if ((pending.place.seq - segment.first_seq) % kMarkEvery == 0) segment.marks.push_back(segment.size);
        segment.size += pending.bytes.size();
        erasures_in_it = erasures_in_it || pending.orders || pending.closes;
        state_->note_erasures(pending);
    }
    const auto before = std::exchange(state_->committed, state_->pending.back().place);
    state_->forget_pending();
    state_->note_index(before, size_before, marks_before, erasures_in_it);
    return state_->sync;
}

void Journal::tidy() {
    if (state_->poisoned) return;
    state_->write_due_indexes();
}

void Journal::discard_after(std::uint64_t seq) {
    BONGSU_CHECK(seq >= state_->committed.seq || state_->pending.empty());
    while (!state_->pending.empty() && state_->pending.back().place.seq > seq) {
        state_->pending_bytes -= state_->pending.back().bytes.size();
        state_->pending.pop_back();
    }
}

std::vector<std::uint64_t> Journal::open_erasures() const {
    const auto& open = state_->erasures.open();
    return {open.begin(), open.end()};
}

Result<void> Journal::carry_out(std::uint64_t order) {
    TRY_DO(state_->settle());
    return state_->carry_out(order);
}

Result<bool> Journal::is_ordered_erased(std::uint64_t seq) {
    TRY_DO(state_->usable());
    for (const auto& place : state_->erasures.places()) {
        if (seq < place.first || seq > place.last) continue;
        TRY(const auto* order, state_->order_at(place.order));
        if (order->find(seq) != nullptr) return true;
    }
    for (const auto& pending : state_->pending) {
        if (pending.orders && pending.orders->find(seq) != nullptr) return true;
    }
    return false;
}

bool Journal::usable() const { return !state_->poisoned; }

std::uint64_t Journal::last_seq() const { return state_->last().seq; }
std::uint64_t Journal::committed_seq() const { return state_->committed.seq; }
const std::string& Journal::last_digest() const { return state_->last().digest; }
std::uint64_t Journal::index_failures() const { return state_->index_failures; }
const std::string& Journal::folder() const { return state_->folder; }
std::uint64_t Journal::torn_bytes_at_open() const { return state_->torn_bytes; }

Result<void> Journal::read(std::uint64_t after, const std::function<Result<bool>(Entry)>& each, Raw raw) {
    TRY_DO(state_->usable());
    auto& segments = state_->segments;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (i + 1 < segments.size() && segments[i + 1].first_seq <= after + 1) continue;
        bool goes_on = true;
        TRY_DO(state_->visit(i, after, [&](const Record& record, std::uint64_t) -> Result<bool> {
            TRY(auto entry, decode_entry(record, raw));
            if (entry.seq <= after) return true;
            if (entry.erased) {
                TRY(entry.payload, state_->left_of_erased(entry));
            }
            TRY(goes_on, each(std::move(entry)));
            return goes_on;
        }));
        if (!goes_on) return {};
    }
    return {};
}

}  // namespace bongsu::journal
