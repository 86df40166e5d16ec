#pragma once
// What the journal's tests share: drafts, a journal in a simulated world, its bytes.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "env/sim/sim_world.hpp"
#include "journal/checkpoint.hpp"
#include "journal/erasable.hpp"
#include "journal/journal.hpp"
#include "journal/verify.hpp"

namespace bongsu::journal {

inline const std::string kFolder = "data/11440/journal";

inline Draft draft(std::int64_t number) {
    return {.kind = "incident.opened",
            .actor = "user:01J9ZQ4Y7M3T8V6W5X2R1N0P9K",
            .subjects = {"incident:" + std::to_string(number), "camera:11440-0001"},
            .payload = {{"number", number}, {"장소", "마포구 상암동"}, {"list", {1, true, nullptr, "x\n"}}}};
}

inline std::unique_ptr<Journal> open_journal(env::Env& env, JournalLimits limits = {}) {
    auto opened = Journal::open(env, kFolder, limits);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
}

/// `count` entries, committed in batches of one to four.
inline void fill(env::sim::World& world, Journal& journal, int count) {
    for (int i = 0; i < count;) {
        for (auto batch = world.random.below(4) + 1; batch > 0 && i < count; --batch, ++i) {
            world.clock.advance(std::chrono::milliseconds(3));
            ASSERT_TRUE(journal.append(draft(i)));
        }
        ASSERT_TRUE(journal.commit());
        journal.tidy();
    }
}

inline std::vector<Entry> all_of(Journal& journal, std::uint64_t after = 0) {
    std::vector<Entry> entries;
    const auto done = journal.read(after, [&](Entry entry) -> Result<bool> {
        entries.push_back(std::move(entry));
        return true;
    });
    EXPECT_TRUE(done) << done.error().message;
    return entries;
}

/// Appends and commits the order to erase these entries; answers its seq.
inline std::uint64_t order(Journal& journal, const std::vector<std::uint64_t>& seqs) {
    ErasureOrder wanted{.seq = 0, .id = "E1", .reason = "retention", .basis = "PIPA 21", .entries = {}};
    for (const auto& entry : all_of(journal)) {
        if (std::find(seqs.begin(), seqs.end(), entry.seq) != seqs.end())
            wanted.entries.push_back({entry.seq, entry.kind, left_of(entry.kind, entry.payload)});
    }
    const auto entry = journal.append({std::string(kErasureOrdered), "user:01JOFFICIAL", {}, to_json(wanted)});
    EXPECT_TRUE(entry) << entry.error().message;
    EXPECT_TRUE(journal.commit());
    return entry ? entry->seq : 0;
}

/// What is ordered is wiped and the order closed.
inline void carry_out_and_close(Journal& journal, std::uint64_t order) {
    const auto done = journal.carry_out(order);
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_TRUE(journal.append(
        {std::string(kErasureDone), "site:11440", {}, {{"order", static_cast<std::int64_t>(order)}}}));
    ASSERT_TRUE(journal.commit());
}

inline std::string first_segment() { return kFolder + "/00000000000000000001.bj"; }

inline std::string text_of(const Entry& entry) { return boost::json::serialize(to_json(entry)); }

inline crypto::KeyPair key_of(char letter) {
    return crypto::key_pair_of_seed(std::string(32, letter)).value();
}

inline HeldCheckpoint held(const Entry& entry, const crypto::KeyPair& key, std::string kid = "11440-c1") {
    return {make({{"11440"}, entry.seq, entry.digest, entry.time, std::move(kid)}, key),
            "site 11000 entry " + std::to_string(entry.seq)};
}

}  // namespace bongsu::journal
