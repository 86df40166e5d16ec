#include "journal/journal.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/log.hpp"
#include "crypto/crypto.hpp"
#include "journal/record.hpp"
#include "journal/walk.hpp"

namespace bongsu::journal {
namespace {

constexpr std::size_t kPendingBytesMax = 32 << 20;
constexpr std::size_t kKindBytesMax = 64;
constexpr std::size_t kIdBytesMax = 200;  // With 256 subjects a head stays below its 64 KiB.
constexpr std::size_t kSubjectsMax = 256;
constexpr std::size_t kReadBytes = 256 << 10;

/// Where the chain stands after an entry.
struct Place {
    std::uint64_t seq = 0;
    std::string digest = kNoDigest;
    WallTime time{};
};

struct Pending {
    Place place;
    std::string bytes;
};

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

}  // namespace

struct Journal::State {
    State(env::Env& the_env, std::string the_folder, JournalLimits the_limits)
        : env(the_env), folder(std::move(the_folder)), limits(the_limits) {}

    env::Env& env;
    std::string folder;
    JournalLimits limits;

    std::vector<Segment> segments;
    std::unique_ptr<env::File> file;  // Of the last segment; null while there is none.
    Place committed;
    std::vector<Pending> pending;
    std::size_t pending_bytes = 0;
    std::uint64_t torn_bytes = 0;
    bool poisoned = false;

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
    Result<void> write_last_batch_again(std::uint64_t at);
    Result<void> begin_segment_if_due();
    Result<void> write_batch(const std::string& bytes);
    Result<void> visit(std::size_t index, std::uint64_t after,
                       const std::function<Result<bool>(const Record&, std::uint64_t offset)>& each);
    Result<void> erase_at(std::size_t index, std::uint64_t offset, const Record& record);
    Result<void> erase(std::uint64_t seq);
};

/// After a failed sync the kernel takes the written pages for clean: a restarted process reads a batch that no disk has,
/// and no later sync would write it. Written again it is on the disk before anything follows it.
Result<void> Journal::State::write_last_batch_again(std::uint64_t at) {
    const auto& segment = segments.back();
    if (at < segment.size) {
        TRY(const auto bytes, env.disk.read(path_of(segment), at, static_cast<std::size_t>(segment.size - at)));
        TRY_DO(file->overwrite(at, bytes));
    }
    return file->sync();
}

Result<void> Journal::State::recover() {
    TRY_DO(env.disk.make_folders(folder));
    TRY(auto found, walk(env.disk, folder));
    if (found.problem) {
        return fail(ErrorKind::corrupt, "journal " + folder + " does not hold: " + to_string(*found.problem));
    }
    segments = std::move(found.segments);
    committed = {found.last_seq, found.last_digest, found.last_time};
    torn_bytes = found.torn_bytes;
    if (segments.empty()) return {};
    TRY(file, env.disk.open(path_of(segments.back())));
    if (file->size() != segments.back().size) {
        LOG_WARN("journal.torn", {{"folder", folder},
                                  {"segment", segments.back().name},
                                  {"bytes", torn_bytes},
                                  {"last_seq", committed.seq}});
        TRY_DO(file->truncate(segments.back().size));
    }
    TRY_DO(write_last_batch_again(found.last_batch_at));
    for (const auto& unfinished : found.unfinished_erasures) {
        LOG_WARN("journal.erasure_finished", {{"folder", folder}, {"seq", unfinished.seq}});
        TRY_DO(erase(unfinished.seq));
    }
    return {};
}

Result<void> Journal::State::begin_segment_if_due() {
    if (file && segments.back().size < limits.segment_bytes_max) return {};
    Segment segment{segment_name(committed.seq + 1), committed.seq + 1, 0, {}};
    TRY(auto opened, env.disk.open(path_of(segment)));
    file = std::move(opened);
    segments.push_back(std::move(segment));
    return {};
}

/// On an error without poison the files stand as they stood before.
Result<void> Journal::State::write_batch(const std::string& bytes) {
    TRY_DO(begin_segment_if_due());
    const auto size_before = segments.back().size;
    if (auto written = file->append(bytes); !written) {
        // Synced, so that no crash brings back entries whose writers were told that they failed.
        if (auto cut = file->truncate(size_before); !cut) return poison(std::move(cut).error());
        if (auto synced = file->sync(); !synced) return poison(std::move(synced).error());
        return written;
    }
    if (auto synced = file->sync(); !synced) return poison(std::move(synced).error());
    return {};
}

/// Calls `each` for the records of one segment from the last remembered offset at or before `after` + 1 on.
Result<void> Journal::State::visit(
    std::size_t index, std::uint64_t after,
    const std::function<Result<bool>(const Record&, std::uint64_t offset)>& each) {
    const auto path = path_of(segments[index]);
    const auto first = segments[index].first_seq;
    const auto end = segments[index].size;
    const auto mark = after < first ? 0 : (after + 1 - first) / kMarkEvery;
    if (mark >= segments[index].marks.size()) return {};
    auto offset = segments[index].marks[mark];
    std::size_t wanted = kReadBytes;
    while (offset < end) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, end - offset));
        TRY(const auto bytes, env.disk.read(path, offset, size));
        std::size_t used = 0;
        wanted = kReadBytes;
        while (used < bytes.size()) {
            const auto cut = cut_record(std::string_view(bytes).substr(used));
            if (cut.kind == Cut::Kind::incomplete && bytes.size() == size && offset + size < end) {
                wanted = std::max(kReadBytes, cut.needs);
                break;
            }
            if (cut.kind != Cut::Kind::whole) {
                return fail(ErrorKind::corrupt,
                            path + " offset " + std::to_string(offset + used) + ": " + std::string(cut.what));
            }
            TRY(const bool goes_on, each(cut.record, offset + used));
            if (!goes_on) return {};
            used += cut.record.size;
        }
        if (bytes.empty()) return fail(ErrorKind::corrupt, path + " is shorter than it was");
        offset += used;
    }
    return {};
}

Result<void> Journal::State::erase_at(std::size_t index, std::uint64_t offset, const Record& record) {
    std::unique_ptr<env::File> older;
    auto* target = file.get();
    if (index + 1 != segments.size()) {
        TRY(older, env.disk.open(path_of(segments[index])));
        target = older.get();
    }
    const auto done = [&]() -> Result<void> {
        // The flag first, one byte and synced: from then on a crash leaves an erasure to finish, no
        // corruption.
        TRY_DO(target->overwrite(offset + kFlagOffset, "E"));
        TRY_DO(target->sync());
        TRY_DO(target->overwrite(offset + kFlagOffset - 4, std::string_view("\0\0\0\0", 4)));
        TRY_DO(target->overwrite(offset + kRecordStartBytes + record.head.size(),
                                 std::string(record.body.size(), '\0')));
        return target->sync();
    }();
    if (!done) return poison(done.error());
    return {};
}

Result<void> Journal::State::erase(std::uint64_t seq) {
    TRY_DO(usable());
    if (seq == 0 || seq > committed.seq) {
        return fail(ErrorKind::not_found, "journal has no committed entry " + std::to_string(seq));
    }
    const auto next =
        std::upper_bound(segments.begin(), segments.end(), seq,
                         [](std::uint64_t s, const Segment& segment) { return s < segment.first_seq; });
    const auto index = static_cast<std::size_t>(next - segments.begin()) - 1;
    auto at = segments[index].first_seq + (seq - segments[index].first_seq) / kMarkEvery * kMarkEvery;
    return visit(index, seq - 1, [&](const Record& record, std::uint64_t offset) -> Result<bool> {
        if (at++ < seq) return true;
        if (!record.erased || record.erasure_unfinished) TRY_DO(erase_at(index, offset, record));
        return false;
    });
}

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
    auto payload = crypto::canonical_json(draft.payload);
    if (!payload) return fail(ErrorKind::invalid, "payload: " + payload.error().message);
    if (payload->size() > state_->limits.payload_bytes_max) {
        return fail(ErrorKind::invalid,
                    "payload has more than " + std::to_string(state_->limits.payload_bytes_max) + " bytes");
    }
    if (state_->pending_bytes + payload->size() > kPendingBytesMax) {
        return fail(ErrorKind::exhausted, "more than 32 MiB wait for the journal's commit");
    }
    std::array<std::uint8_t, kSaltBytes> salt{};
    state_->env.random.fill(salt);

    Entry entry;
    entry.seq = state_->last().seq + 1;
    entry.time = std::max(state_->env.clock.wall(), state_->last().time);
    entry.kind = std::move(draft.kind);
    entry.actor = std::move(draft.actor);
    entry.subjects = std::move(draft.subjects);
    entry.salt.assign(salt.begin(), salt.end());
    entry.prev = state_->last().digest;
    auto bytes = encode_record(entry, *payload);
    // Read back: a fold must not see an unsigned number live and a signed one, or another order, at replay.
    boost::system::error_code code;
    auto read_back = boost::json::parse(*payload, code);
    BONGSU_CHECK(!code && read_back.is_object());
    entry.payload = std::move(read_back.get_object());

    state_->pending_bytes += bytes.size();
    state_->pending.push_back({{entry.seq, entry.digest, entry.time}, std::move(bytes)});
    return entry;
}

Result<void> Journal::commit() {
    TRY_DO(state_->usable());
    if (state_->pending.empty()) return {};
    mark_batch_end(state_->pending.back().bytes);
    std::string batch;
    batch.reserve(state_->pending_bytes);
    for (const auto& pending : state_->pending) batch += pending.bytes;
    if (auto written = state_->write_batch(batch); !written) {
        state_->forget_pending();
        return written;
    }
    auto& segment = state_->segments.back();
    for (const auto& pending : state_->pending) {
        if ((pending.place.seq - segment.first_seq) % kMarkEvery == 0) segment.marks.push_back(segment.size);
        segment.size += pending.bytes.size();
    }
    state_->committed = state_->pending.back().place;
    state_->forget_pending();
    return {};
}

void Journal::discard_after(std::uint64_t seq) {
    BONGSU_CHECK(seq >= state_->committed.seq || state_->pending.empty());
    while (!state_->pending.empty() && state_->pending.back().place.seq > seq) {
        state_->pending_bytes -= state_->pending.back().bytes.size();
        state_->pending.pop_back();
    }
}

Result<void> Journal::erase(std::uint64_t seq) { return state_->erase(seq); }

bool Journal::usable() const { return !state_->poisoned; }

std::uint64_t Journal::last_seq() const { return state_->last().seq; }
std::uint64_t Journal::committed_seq() const { return state_->committed.seq; }
const std::string& Journal::last_digest() const { return state_->last().digest; }
std::uint64_t Journal::torn_bytes_at_open() const { return state_->torn_bytes; }

Result<void> Journal::read(std::uint64_t after, const std::function<Result<bool>(Entry)>& each) {
    TRY_DO(state_->usable());
    auto& segments = state_->segments;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (i + 1 < segments.size() && segments[i + 1].first_seq <= after + 1) continue;
        bool goes_on = true;
        TRY_DO(state_->visit(i, after, [&](const Record& record, std::uint64_t) -> Result<bool> {
            TRY(auto entry, decode_entry(record));
            if (entry.seq <= after) return true;
            TRY(goes_on, each(std::move(entry)));
            return goes_on;
        }));
        if (!goes_on) return {};
    }
    return {};
}

}  // namespace bongsu::journal
