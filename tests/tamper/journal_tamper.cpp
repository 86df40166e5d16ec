// An adversary with the disk but without the sites' keys. Makes journals, changes each in one seeded way before the last
// checkpoint kept elsewhere, asks our verifier, and writes changed journal and verdict to the standard output: a second
// verifier (journal-tamper.test.mjs) reads both. Frames: u32 little endian, that many bytes of JSON, then the segments.
//
// journal_tamper COUNT SEED
// journal_tamper erasable     What may be erased and what stays of it, as JSON, for the same comparison.

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "env/sim/sim_world.hpp"
#include "journal/checkpoint.hpp"
#include "journal/crc32c.hpp"
#include "journal/erasable.hpp"
#include "journal/journal.hpp"
#include "journal/record.hpp"
#include "journal/verify.hpp"

namespace bongsu::journal {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kEntries = 40, kCheckpointEach = 7, kTornEach = 20, kBaseEach = 250;
const std::string kFolder = "data/11440/journal";

template <class T>
T must(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// One record and where it stood.
struct Piece {
    std::string bytes;
    std::size_t segment = 0;
    Record record() const { return cut_record(bytes).record; }
};

/// A journal as it was, in records, and what others keep of it.
struct Base {
    std::vector<std::string> names;
    std::vector<Piece> pieces;
    std::vector<HeldCheckpoint> held;
    CheckpointKeys keys;
    std::uint64_t last_checkpoint = 0;
    std::uint64_t last_batch = 0;  ///< The first entry of the last batch.
};

using Segments = std::map<std::string, std::string>;

void fill(env::sim::World& world, Journal& journal, std::uint64_t until) {
    while (journal.last_seq() < until) {
        for (auto batch = world.random.below(4) + 1; batch > 0 && journal.last_seq() < until; --batch) {
            world.clock.advance(std::chrono::milliseconds(3));
            const auto n = static_cast<std::int64_t>(journal.last_seq());
            must(journal.append({"incident.opened",
                                 "user:01J9ZQ4Y7M3T8V6W5X2R1N0P9K",
                                 {"incident:" + std::to_string(n), "camera:11440-0001"},
                                 {{"incident", std::to_string(n)}, {"state", "new"}, {"text", "쓰러진 사람 \"1\" "}, {"n", n}}}));
        }
        must(journal.commit());
    }
}

void erase(env::sim::World& world, Journal& journal) {
    ErasureOrder order{.seq = 0, .id = "E", .reason = "retention", .basis = "PIPA 21", .entries = {}};
    const auto every = 2 + world.random.below(4);
    must(journal.read(0, [&](const Entry& entry) -> Result<bool> {
        if (!entry.erased && may_be_erased(entry.kind) && entry.seq % every == 0)
            order.entries.push_back({entry.seq, entry.kind, left_of(entry.kind, entry.payload)});
        return true;
    }));
    const auto entry = must(journal.append({std::string(kErasureOrdered), "user:U", {}, to_json(order)}));
    must(journal.commit());
    must(journal.carry_out(entry.seq));
    must(journal.append({std::string(kErasureDone), "site:11440", {}, {{"order", static_cast<std::int64_t>(entry.seq)}}}));
    must(journal.commit());
}

Base make_base(std::uint64_t seed) {
    env::sim::World world(seed);
    Base base;
    const auto key = must(crypto::key_pair_of_seed(std::string(32, 'v')));
    base.keys["11440-c1"] = key.public_key;
    std::vector<Entry> entries;
    {
        const auto journal = must(Journal::open(world.env, kFolder, {.segment_bytes_max = 4000 + world.random.below(20'000)}));
        fill(world, *journal, kEntries / 3);
        if (world.random.below(2) == 0) erase(world, *journal);
        fill(world, *journal, kEntries);
        must(journal->read(0, [&](Entry entry) -> Result<bool> {
            entries.push_back(std::move(entry));
            return true;
        }));
    }
    for (auto seq = kCheckpointEach; seq + 4 < entries.size(); seq += kCheckpointEach) {
        const auto& entry = entries[seq - 1];
        base.held.push_back({make({{"11440"}, seq, entry.digest, entry.time, "11440-c1"}, key), "site 11000 entry " + std::to_string(seq)});
        base.last_checkpoint = seq;
    }
    base.names = must(world.disk.list(kFolder));
    std::erase_if(base.names, [](const std::string& name) { return !name.ends_with(".bj"); });
    for (std::size_t i = 0; i < base.names.size(); ++i) {
        const auto bytes = must(world.disk.read(kFolder + "/" + base.names[i]));
        for (std::size_t at = 0; at < bytes.size();) {
            const auto size = cut_record(std::string_view(bytes).substr(at)).record.size;
            base.pieces.push_back({bytes.substr(at, size), i});
            at += size;
        }
    }
    base.last_batch = base.pieces.size();
    while (!base.pieces[base.last_batch - 2].record().ends_batch) --base.last_batch;
    return base;
}

Segments joined(const Base& base, const std::vector<Piece>& pieces) {
    Segments segments;
    for (const auto& piece : pieces) segments[base.names[piece.segment]] += piece.bytes;
    return segments;
}

std::string zeroed(std::string record) {
    const auto body = cut_record(record).record.body.size();
    record[kFlagOffset] = 'E';
    record.replace(kFlagOffset - 4, 4, 4, '\0');
    record.replace(record.size() - body, body, body, '\0');
    return record;
}

/// The record with its marks, made anew with other contents and right CRCs.
std::string forged(const Piece& piece, const std::string& prev, std::string_view payload, std::string& digest) {
    auto entry = must(decode_entry(piece.record()));
    const bool ends_batch = piece.record().ends_batch, erased = piece.record().erased;
    entry.prev = prev;
    if (entry.salt.empty()) entry.salt = std::string(kSaltBytes, 's');
    auto bytes = encode_record(entry, payload);
    if (ends_batch) mark_batch_end(bytes);
    digest = entry.digest;
    return erased ? zeroed(std::move(bytes)) : bytes;
}

std::string payload_of(const Piece& piece) { return std::string(piece.record().body.substr(kSaltBytes)); }

/// Writes the records from `first` on anew: chain and CRCs right. Orders stay what they say, or nothing would hold.
std::vector<Piece> rewritten(std::vector<Piece> pieces, std::size_t first) {
    std::string prev = first == 0 ? kNoDigest : must(decode_entry(pieces[first - 1].record())).digest;
    for (auto i = first; i < pieces.size(); ++i) {
        const auto entry = must(decode_entry(pieces[i].record()));
        const bool is_erasure = entry.kind.starts_with("erasure.") && i != first;
        pieces[i].bytes = forged(pieces[i], prev, is_erasure ? payload_of(pieces[i]) : R"({"number":4711})", prev);
    }
    return pieces;
}

struct Mutation {
    std::string name;
    Segments segments;
    std::uint64_t first = 0;  ///< The first entry that is not what it was.
};

/// Changes of one record in its place.
Mutation edit(const Base& base, env::Random& random, std::size_t a) {
    auto pieces = base.pieces;
    auto& bytes = pieces[a].bytes;
    std::string digest;
    switch (random.below(4)) {
        case 0: {
            const auto at = random.below(bytes.size());
            // In an erased body nothing stands that could change without a trace; its zeros are checked too.
            bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random.below(255)));
            return {"edit a byte", joined(base, pieces), a + 1};
        }
        case 1:
            bytes = forged(pieces[a], must(decode_entry(pieces[a].record())).prev, R"({"n":-1})", digest);
            return {"edit the contents, CRC and digest right", joined(base, pieces), a + 1};
        case 2:
            if (pieces[a].record().erased) {
                bytes[kFlagOffset] = 'L';
                return {"mark an erased one as live", joined(base, pieces), a + 1};
            }
            bytes[kFlagOffset] = 'E';
            return {"mark as erased", joined(base, pieces), a + 1};
        default:
            if (pieces[a].record().erased) {
                bytes = forged(pieces[a], must(decode_entry(pieces[a].record())).prev, R"({"n":-2})", digest);
                return {"forge an erased one", joined(base, pieces), a + 1};
            }
            bytes = zeroed(std::move(bytes));
            return {"wipe as if erased", joined(base, pieces), a + 1};
    }
}

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

void put_u32(std::string& bytes, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xffU);
}

/// Puts the CRCs right after an edit, as who knows the format does: rot is what they find, and no adversary.
void mend(std::string& record) {
    const std::size_t head_size = u32_at(record, 4);
    const auto bytes = std::string_view(record);
    const auto head = bytes.substr(kRecordStartBytes, head_size);
    put_u32(record, 12, crc32c(head, crc32c(bytes.substr(kBatchEndOffset, 1), crc32c(bytes.substr(4, 8)))));
    if (record[kFlagOffset] == 'L') put_u32(record, 16, crc32c(bytes.substr(kRecordStartBytes + head_size)));
}

/// The record with another head: lengths and CRCs right, and no digest.
std::string with_head(const std::string& record, const std::string& head) {
    auto bytes = record.substr(0, kRecordStartBytes) + head + record.substr(kRecordStartBytes + u32_at(record, 4));
    put_u32(bytes, 4, static_cast<std::uint32_t>(head.size()));
    mend(bytes);
    return bytes;
}

/// Heads that read the same or nearly so.
Mutation edit_head(const Base& base, env::Random& random, std::size_t a) {
    auto pieces = base.pieces;
    auto& bytes = pieces[a].bytes;
    const auto head = std::string(pieces[a].record().head);
    switch (random.below(3)) {
        case 0:
            bytes = with_head(bytes, "\xef\xbb\xbf" + head);
            return {"put a BOM before the head, CRC right", joined(base, pieces), a + 1};
        case 1: {
            auto changed = head;
            changed.replace(changed.find("\"time\":\"") + std::string_view("\"time\":\"2026-").size(), 2, "99");
            bytes = with_head(bytes, changed);
            return {"set the month to 99, CRC right", joined(base, pieces), a + 1};
        }
        default: {
            auto changed = head;
            const auto at = std::string_view("{\"actor\":\"").size();
            constexpr std::string_view kHex = "0123456789abcdef";
            const auto letter = static_cast<unsigned char>(changed[at]);
            changed.replace(at, 1, std::string("\\u00") + kHex[letter >> 4U] + kHex[letter & 0xfU]);
            bytes = with_head(bytes, changed);
            return {"escape a letter of the head, CRC right", joined(base, pieces), a + 1};
        }
    }
}

/// The same contents, or nearly so, in another form than the journal writes, all digests right up to the next entry.
Mutation edit_form(const Base& base, env::Random& random, std::size_t a) {
    while (a > 0 && base.pieces[a].record().erased) --a;
    if (base.pieces[a].record().erased) return edit_head(base, random, a);
    auto pieces = base.pieces;
    const auto payload = payload_of(pieces[a]);
    const auto rest = payload.substr(1);
    const std::array<std::string, 8> forms{"{ " + rest,          payload + "\n",        R"({"!":1.5,)" + rest,  R"({"!":1,"!":1,)" + rest,
                                           R"({"~":1,)" + rest, R"({"\u0021":1,)" + rest, R"({"!":-0,)" + rest, R"({"!":9007199254740993,)" + rest};
    std::string digest;
    pieces[a].bytes = forged(pieces[a], must(decode_entry(pieces[a].record())).prev, forms[random.below(forms.size())], digest);
    return {"write the contents in another form, CRC and digest right", joined(base, pieces), a + 1};
}

/// Any byte of the mark, the head or the body.
Mutation edit_mended(const Base& base, env::Random& random, std::size_t a) {
    auto pieces = base.pieces;
    auto& bytes = pieces[a].bytes;
    auto at = kRecordStartBytes + random.below(bytes.size() - kRecordStartBytes);
    if (random.below(8) == 0) at = kFlagOffset + random.below(4);
    auto changed = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random.below(255)));
    // A mark that becomes the other one is a change of its own, below.
    if (at == kBatchEndOffset && (changed == kBatchEnd || changed == '\0')) changed = '!';
    bytes[at] = changed;
    mend(bytes);
    return {"edit a byte, CRC right", joined(base, pieces), a + 1};
}

/// What is in no digest (docs/adr/0003-journal-bytes.md): the record stays what it is, and both verifiers say so.
Mutation edit_undigested(const Base& base, env::Random& random, std::size_t a) {
    auto pieces = base.pieces;
    if (pieces[a].record().erased && pieces[a].record().body.size() > kSaltBytes) {
        auto& bytes = pieces[a].bytes;
        const auto zeros = kSaltBytes + random.below(pieces[a].record().body.size() - kSaltBytes);
        bytes.resize(kRecordStartBytes + u32_at(bytes, 4) + zeros);
        put_u32(bytes, 8, static_cast<std::uint32_t>(zeros));
        mend(bytes);
        return {"shorten an erased body, CRC right", joined(base, pieces), a + 1};
    }
    // Not at a segment's end: there a mark that is gone is a fault, or at the journal's end a torn write.
    while (a > 0 && base.pieces[a].segment != base.pieces[a + 1].segment) --a;
    if (base.pieces[a].segment != base.pieces[a + 1].segment) return edit_head(base, random, a);
    auto& bytes = pieces[a].bytes;
    bytes[kBatchEndOffset] = bytes[kBatchEndOffset] == kBatchEnd ? '\0' : kBatchEnd;
    mend(bytes);
    return {"move a batch mark, CRC right", joined(base, pieces), a + 1};
}

Mutation truncate(const Base& base, env::Random& random, std::size_t a) {
    auto pieces = base.pieces;
    pieces.resize(a + 1);
    if (random.below(2) == 0) {
        pieces.pop_back();
        auto segments = joined(base, pieces);
        if (segments.empty()) segments[base.names[0]] = "";
        return {"truncate at an entry", segments, a + 1};
    }
    pieces.back().bytes.resize(random.below(pieces.back().bytes.size()));
    return {"truncate anywhere", joined(base, pieces), a + 1};
}

/// The tail without its batches' ends: nothing of it was ever acknowledged, as far as the journal itself tells.
Mutation clear_marks(const Base& base, env::Random& random) {
    auto pieces = base.pieces;
    auto first = base.last_checkpoint - 1 - random.below(base.last_checkpoint);
    // A segment before the last one that ends without a mark is a fault of its own.
    while (first < pieces.size() && pieces[first].segment != pieces.back().segment) ++first;
    if (first >= base.last_checkpoint) return truncate(base, random, base.last_checkpoint - 1);
    while (first > 0 && pieces[first - 1].segment == pieces.back().segment && !pieces[first - 1].record().ends_batch) --first;
    for (auto i = first; i < pieces.size(); ++i) {
        pieces[i].bytes[kBatchEndOffset] = '\0';
        mend(pieces[i].bytes);
    }
    return {"clear the tail's batch marks, CRC right", joined(base, pieces), first + 1};
}

/// Changes of which records there are, and in which order.
Mutation shuffle(const Base& base, env::Random& random, std::size_t a, std::size_t b) {
    auto pieces = base.pieces;
    std::string digest;
    switch (random.below(4)) {
        case 0: {
            const auto count = 1 + random.below(std::min<std::uint64_t>(3, base.last_checkpoint - a));
            pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(a), pieces.begin() + static_cast<std::ptrdiff_t>(a + count));
            return {"delete", joined(base, pieces), a + 1};
        }
        case 1:
            std::swap(pieces[a].bytes, pieces[b].bytes);
            return {"swap", joined(base, pieces), std::min(a, b) + 1};
        case 2:
            pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(a), {base.pieces[b].bytes, base.pieces[a].segment});
            return {"insert a copy", joined(base, pieces), a + 1};
        default: {
            const auto prev = must(decode_entry(base.pieces[a].record())).prev;
            pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(a), {forged(base.pieces[a], prev, R"({"n":0})", digest), base.pieces[a].segment});
            return {"insert a forged one", joined(base, pieces), a + 1};
        }
    }
}

Mutation mutate(const Base& base, env::Random& random) {
    const auto a = static_cast<std::size_t>(random.below(base.last_checkpoint));
    const auto b = static_cast<std::size_t>((a + 1 + random.below(base.last_checkpoint - 1)) % base.last_checkpoint);
    switch (random.below(12)) {
        case 11:
            return clear_marks(base, random);
        case 0:
        case 1:
            return edit(base, random, a);
        case 7:
            return edit_mended(base, random, a);
        case 8:
            return edit_head(base, random, a);
        case 10:
            return edit_form(base, random, a);
        case 9:
            return edit_undigested(base, random, a);
        case 2:
        case 3:
            return shuffle(base, random, a, b);
        case 4:
            return truncate(base, random, a);
        case 5:
            return {"rewrite from here", joined(base, rewritten(base.pieces, a)), a + 1};
        default:
            return {"rewrite of the whole", joined(base, rewritten(base.pieces, 0)), 1};
    }
}

/// A power cut in the midst of the last write, which nobody acknowledged.
Mutation torn(const Base& base, env::Random& random) {
    const auto first = base.last_batch - 1;  // Of the last batch.
    const auto last = static_cast<std::size_t>(first + random.below(base.pieces.size() - first));
    auto pieces = base.pieces;
    pieces.resize(last + 1);
    auto& bytes = pieces.back().bytes;
    const bool empty = last == first;
    bytes.resize((empty ? 1 : 0) + random.below(bytes.size() - (empty ? 1 : 0)));
    return {"torn", joined(base, pieces), base.last_batch};
}

/// What our verifier says: all of it, the earliest first.
json::object judge(const Base& base, const Segments& segments) {
    env::sim::World world(1);
    for (const auto& [name, bytes] : segments) world.disk.put(kFolder + "/" + name, bytes);
    const auto report = must(verify_folder(world.disk, kFolder));
    std::vector<Finding> findings = verify_against(report, base.held, base.keys);
    if (report.problem) findings.push_back({report.problem->seq, report.problem->seq, to_string(*report.problem)});
    std::sort(findings.begin(), findings.end(), [](const Finding& x, const Finding& y) { return x.from < y.from; });
    json::object out{{"found", !findings.empty()},
                     {"tornBytes", static_cast<std::int64_t>(report.torn_bytes)},
                     {"lastSeq", static_cast<std::int64_t>(report.last_seq)}};
    json::array all;
    for (const auto& one : findings) {
        all.push_back(json::object{{"from", static_cast<std::int64_t>(one.from)},
                                   {"to", static_cast<std::int64_t>(one.to)},
                                   {"what", one.what}});
    }
    out["findings"] = std::move(all);
    return out;
}

void write_frame(json::object head, const Segments& segments) {
    json::array sizes;
    for (const auto& [name, bytes] : segments) sizes.push_back(json::array{name, static_cast<std::int64_t>(bytes.size())});
    head["segments"] = std::move(sizes);
    const auto text = json::serialize(head);
    for (int i = 0; i < 4; ++i) std::fputc(static_cast<int>(text.size() >> (8 * i) & 0xffU), stdout);
    std::fwrite(text.data(), 1, text.size(), stdout);
    for (const auto& [name, bytes] : segments) std::fwrite(bytes.data(), 1, bytes.size(), stdout);
}

json::object kept(const Base& base) {
    json::array held;
    for (const auto& one : base.held) held.push_back(json::object{{"checkpoint", to_json(one.checkpoint)}, {"holder", one.holder}});
    return {{"held", std::move(held)},
            {"keys", {{"11440-c1", crypto::to_hex(base.keys.find("11440-c1")->second)}}},
            {"checkpointEach", static_cast<std::int64_t>(kCheckpointEach)}};
}

/// The list, and what it comes to for the two fields of which a value decides: [field, value, whether it stays].
json::object erasable_list() {
    const auto texts = [](const std::vector<std::string_view>& words) {
        json::array out;
        for (const auto word : words) out.emplace_back(word);
        return out;
    };
    json::object kinds;
    for (const auto& one : erasable_kinds()) kinds[one.kind] = one.left;
    json::array values;
    const auto try_value = [&](std::string_view kind, std::string_view field, const json::value& value) {
        values.push_back(json::array{kind, field, value, left_of(kind, {{field, value}}).contains(field)});
    };
    for (const auto outcome : outcomes_left()) try_value("incident.acted", "outcome", json::value(outcome));
    try_value("incident.acted", "outcome", "at home again");
    try_value("incident.acted", "outcome", true);
    const json::array types{"112UC001", "kr.go.seoul.bell-1_a", "a", "A", "Z9", std::string(64, 'a'), std::string(65, 'a'), "", "01012345678", "...",
                            "two words", "a/b", "a:b", "a@b", "a\n", "\na", "홍길동", "a홍", "\u017f", 5, nullptr, true, json::array{"a"}, json::object{{"a", "b"}}};
    for (const auto* kind : {"event.received", "incident.opened", "outbound.queued", "view.opened"}) {
        for (const auto& type : types) try_value(kind, "type", type);
    }
    return {{"kinds", std::move(kinds)},
            {"outcomes", texts(outcomes_left())},
            {"reasons", texts(erasure_reasons())},
            {"values", std::move(values)}};
}

void run(std::uint64_t count, std::uint64_t seed) {
    env::sim::SimRandom random(seed);
    Base base;
    for (std::uint64_t n = 0; n < count; ++n) {
        if (n % kBaseEach == 0) {
            base = make_base(seed * 1000 + n);
            auto head = kept(base);
            head["name"] = "unchanged";
            const auto whole = joined(base, base.pieces);
            head["verdict"] = judge(base, whole);
            write_frame(std::move(head), whole);
        }
        const bool is_torn = n % kTornEach == kTornEach - 1;
        const auto mutation = is_torn ? torn(base, random) : mutate(base, random);
        write_frame({{"n", static_cast<std::int64_t>(n)},
                     {"name", mutation.name},
                     {"first", static_cast<std::int64_t>(mutation.first)},
                     {"verdict", judge(base, mutation.segments)}},
                    mutation.segments);
    }
}

}  // namespace
}  // namespace bongsu::journal

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "erasable") {
        std::puts(boost::json::serialize(bongsu::journal::erasable_list()).c_str());
        return 0;
    }
    if (argc != 3) {
        std::fprintf(stderr, "journal_tamper COUNT SEED | erasable\n");
        return 2;
    }
    bongsu::journal::run(std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10));
    return 0;
}
