#include "journal/state.hpp"

#include <algorithm>

namespace bongsu::journal {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;

}  // namespace

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

/// The index file of a segment that fits the file beside it; nothing where there is none to believe.
Result<std::optional<SegmentIndex>> Journal::State::index_of(const std::string& segment) {
    const auto path = folder + "/" + index_name(segment);
    if (!env.disk.exists(path)) return std::optional<SegmentIndex>{};
    TRY(const auto bytes, env.disk.read(path));
    auto index = decode_index(bytes, segment);
    if (!index) {
        LOG_WARN("journal.index_unreadable", {{"segment", segment}, {"why", index.error().message}});
        return std::optional<SegmentIndex>{};
    }
    if (index->segment.size > 0) {
        TRY(const auto last, env.disk.read(folder + "/" + segment, index->segment.size - 1, 1));
        if (last.empty()) {
            LOG_ERROR("journal.segment_shorter_than_its_index", {{"folder", folder}, {"segment", segment}});
            return std::optional<SegmentIndex>{};
        }
    }
    return std::optional(*std::move(index));
}

/// As far as index files reach without a gap.
Result<WalkStart> Journal::State::known_start() {
    WalkStart start;
    TRY(auto names, env.disk.list(folder));
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".bj"); });
    for (std::size_t i = 0; i < names.size(); ++i) {
        TRY(auto index, index_of(names[i]));
        if (!index || segment_name(start.place.seq + 1) != names[i] || index->prev != start.place.digest) break;
        start.place = index->place;
        for (const auto& order : index->orders) start.erasures.add(order, true);
        for (const auto order : index->closed) start.erasures.close(order);
        TRY(const auto more, env.disk.read(folder + "/" + names[i], index->segment.size, 1));
        if (i + 1 == names.size() || !more.empty()) {
            start.within = std::move(*index);
            break;
        }
        start.done.push_back(std::move(index->segment));
    }
    return start;
}

/// By the index files and the tail; where that does not fit together, by reading everything.
Result<Walk> Journal::State::look() {
    TRY(auto start, known_start());
    if (start.place.seq > 0) {
        TRY(auto found, walk_from(env.disk, folder, std::move(start)));
        if (!found.problem) return found;
        LOG_WARN("journal.index_does_not_fit", {{"folder", folder}, {"what", to_string(*found.problem)}});
    }
    return walk(env.disk, folder);
}

Result<void> Journal::State::recover() {
    TRY_DO(env.disk.make_folders(folder));
    TRY(auto found, look());
    if (found.problem) {
        return fail(ErrorKind::corrupt, "journal " + folder + " does not hold: " + to_string(*found.problem));
    }
    segments = std::move(found.segments);
    committed = {found.last_seq, found.last_digest, found.last_time};
    torn_bytes = found.torn_bytes;
    erasures = std::move(found.erasures);
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
    if (found.returned) LOG_ERROR("journal.erased_came_back", {{"folder", folder}, {"what", to_string(*found.returned)}});
    for (const auto order : found.unfinished_orders) {
        LOG_WARN("journal.erasure_finished", {{"folder", folder}, {"order", order}});
        TRY_DO(carry_out(order));
    }
    // The last segment's index is of a batch before its last: that one is read and written again at each start.
    open_index = std::move(found.indexes.back());
    found.indexes.pop_back();
    for (const auto& whole : found.indexes) write_index(whole);
    return {};
}

/// A start without it is slower, not wrong: its failure costs nobody a batch.
void Journal::State::write_index(const SegmentIndex& of) {
    const auto done = env.disk.replace(folder + "/" + index_name(of.segment.name), encode_index(of));
    if (done) return;
    ++index_failures;
    LOG_WARN("journal.index_not_written", {{"segment", of.segment.name}, {"why", done.error().message}});
}

/// After a batch was written: an index is due once in index_each_bytes and at a segment's end. Of the last segment it
/// covers what was there before the last batch, which is durable.
void Journal::State::note_index(const Place& before, std::uint64_t size_before, std::size_t marks_before,
                                bool erasures_in_it) {
    if (size_before < indexed + limits.index_each_bytes || erasures_in_it) return;
    open_index.segment = segments.back();
    open_index.segment.size = size_before;
    open_index.segment.marks.resize(marks_before);
    open_index.place = before;
    due = open_index;
    indexed = size_before;
}

void Journal::State::write_due_indexes() {
    if (sealed) write_index(*std::exchange(sealed, std::nullopt));
    if (due) write_index(*std::exchange(due, std::nullopt));
}

/// Of an entry that is durable.
void Journal::State::note_erasures(const Pending& of) {
    if (of.orders) {
        erasures.add(*of.orders);
        open_index.orders.push_back(erasures.places().back());
    }
    if (of.closes) {
        erasures.close(*of.closes);
        open_index.closed.push_back(*of.closes);
    }
}

Result<void> Journal::State::begin_segment_if_due() {
    // Once due it stays due: an open that failed may have made the file, and nothing may go on in the segment before it.
    segment_due = segment_due || (file && (segments.back().size >= limits.segment_bytes_max ||
                                           (segments.back().size > 0 && env.buggify("journal.new_segment"))));
    if (file && !segment_due) return {};
    Segment segment{segment_name(committed.seq + 1), committed.seq + 1, 0, {}};
    TRY(auto opened, env.disk.open(path_of(segment)));
    segment_due = false;
    if (file) {
        if (sealed) write_index(*sealed);  // Nobody called tidy() since the segment before: none is left out.
        due.reset();                       // What follows covers more of the same segment.
        open_index.segment = segments.back();
        open_index.place = committed;
        sealed = std::move(open_index);
    }
    open_index = {{}, committed.digest, {}, {}, {}};
    indexed = 0;
    file = std::move(opened);
    segments.push_back(std::move(segment));
    return {};
}

/// Not synced yet. On an error without poison the files stand as they stood before.
Result<void> Journal::State::write_batch(const std::string& bytes) {
    TRY_DO(begin_segment_if_due());
    const auto size_before = segments.back().size;
    if (auto written = file->append(bytes); !written) {
        // Synced, so that no crash brings back entries whose writers were told that they failed.
        if (auto cut = file->truncate(size_before); !cut) return poison(std::move(cut).error());
        if (auto synced = file->sync(); !synced) return poison(std::move(synced).error());
        return written;
    }
    sync = std::make_shared<Sync>(file);
    return {};
}

Result<void> Journal::State::settle() {
    TRY_DO(usable());
    if (!sync) return {};
    if (auto synced = sync->wait(); !synced) return poison(std::move(synced).error());
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
    std::size_t wanted = env.buggify("journal.read_in_pieces") ? kRecordStartBytes : kReadBytes;
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

std::size_t Journal::State::segment_of(std::uint64_t seq) const {
    const auto next = std::upper_bound(segments.begin(), segments.end(), seq,
                                       [](std::uint64_t s, const Segment& segment) { return s < segment.first_seq; });
    return static_cast<std::size_t>(next - segments.begin()) - 1;
}

/// Of a committed one; without what an erasure left of it.
Result<Entry> Journal::State::entry_at(std::uint64_t seq) {
    if (seq == 0 || seq > committed.seq)
        return fail(ErrorKind::not_found, "journal has no committed entry " + std::to_string(seq));
    std::optional<Entry> found;
    TRY_DO(visit(segment_of(seq), seq - 1, [&](const Record& record, std::uint64_t) -> Result<bool> {
        TRY(auto entry, decode_entry(record));
        if (entry.seq < seq) return true;
        if (entry.seq == seq) found = std::move(entry);
        return false;
    }));
    if (!found) return fail(ErrorKind::corrupt, "entry " + std::to_string(seq) + " is not where it was");
    return *std::move(found);
}

}  // namespace bongsu::journal
