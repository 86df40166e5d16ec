// An adversary with the disk but without the sites' keys: 2,000 seeded mutations, every one has to be found.

#include "journal/record.hpp"
#include "sample.hpp"

namespace bongsu::journal {
namespace {

constexpr int kEntries = 24;

/// One journal in one segment as records, with a checkpoint of every eighth entry at other sites.
class Victim {
  public:
    Victim() : key_(key_of('v')), keys_{{"11440-c1", key_.public_key}} {
        const auto journal = open_journal(world_.env);
        fill(world_, *journal, kEntries);
        const auto bytes = world_.disk.read(first_segment()).value();
        for (std::size_t at = 0; at < bytes.size();) {
            const auto cut = cut_record(std::string_view(bytes).substr(at));
            records_.push_back(bytes.substr(at, cut.record.size));
            at += cut.record.size;
        }
        const auto entries = all_of(*journal);
        for (std::size_t seq = 8; seq <= entries.size(); seq += 8)
            held_.push_back(held(entries[seq - 1], key_));
    }

    const std::vector<std::string>& records() const { return records_; }

    /// What verification says of these bytes: nothing, or what it found and the entries it names.
    struct Verdict {
        bool found = false;
        std::uint64_t from = 0, to = 0;
        std::string what;
    };
    Verdict judge(const std::string& bytes) {
        world_.disk.put(first_segment(), bytes);
        const auto report = verify_folder(world_.disk, kFolder).value();
        if (report.problem) return {true, report.problem->seq, report.problem->seq, report.problem->what};
        const auto findings = verify_against(report, held_, keys_);
        if (!findings.empty()) return {true, findings[0].from, findings[0].to, findings[0].what};
        return {};
    }

  private:
    env::sim::World world_{77};
    crypto::KeyPair key_;
    CheckpointKeys keys_;
    std::vector<std::string> records_;
    std::vector<HeldCheckpoint> held_;
};

std::string joined(const std::vector<std::string>& records) {
    std::string bytes;
    for (const auto& record : records) bytes += record;
    return bytes;
}

/// Writes the records from `first` on anew, contents changed and chain and CRCs right.
std::vector<std::string> rewritten(std::vector<std::string> records, std::size_t first) {
    std::string prev = first == 0 ? kNoDigest : decode_entry(cut_record(records[first - 1]).record)->digest;
    for (auto i = first; i < records.size(); ++i) {
        auto entry = decode_entry(cut_record(records[i]).record).value();
        const bool ends_batch = cut_record(records[i]).record.ends_batch;
        entry.prev = prev;
        records[i] = encode_record(entry, R"({"number":4711})");
        if (ends_batch) mark_batch_end(records[i]);  // A forger knows the format.
        prev = entry.digest;
    }
    return records;
}

/// The mutated bytes, and the first entry (from 1) that is not what it was.
struct Mutation {
    std::string name, bytes;
    std::uint64_t first = 0;
};

Mutation mutate(const std::vector<std::string>& good, env::Random& random) {
    auto records = good;
    const auto a = random.below(good.size());
    const auto b = (a + 1 + random.below(good.size() - 1)) % good.size();
    const auto first = std::min(a, b) + 1;
    switch (random.below(8)) {
        case 0: {
            auto& record = records[a];
            const auto at = random.below(record.size());
            record[at] = static_cast<char>(record[at] ^ static_cast<char>(1 + random.below(255)));
            return {"flip", joined(records), a + 1};
        }
        case 1:
            records.erase(records.begin() + static_cast<std::ptrdiff_t>(a));
            return {"delete", joined(records), a + 1};
        case 2:
            std::swap(records[a], records[b]);
            return {"swap", joined(records), first};
        case 3:
            records.insert(records.begin() + static_cast<std::ptrdiff_t>(a), good[b]);
            return {"insert", joined(records), a + 1};
        case 4:
            records.resize(a);
            return {"truncate at an entry", joined(records), a + 1};
        case 5: {
            auto bytes = joined(records);
            std::uint64_t entry = 1;
            const auto size = random.below(bytes.size());
            for (std::size_t sum = 0; (sum += good[entry - 1].size()) <= size;) ++entry;
            return {"truncate anywhere", bytes.substr(0, size), entry};
        }
        case 6:
            return {"rewrite from here", joined(rewritten(records, a)), a + 1};
        default:
            return {"rewrite of the whole", joined(rewritten(records, 0)), 1};
    }
}

TEST(JournalMutation, EveryOneOf2000IsFoundAndItsEntryIsNamed) {
    Victim victim;
    ASSERT_FALSE(victim.judge(joined(victim.records())).found);
    env::sim::SimRandom random(20261123);
    std::map<std::string, int> kinds;

    for (int i = 0; i < 2000; ++i) {
        const auto mutation = mutate(victim.records(), random);
        ++kinds[mutation.name];

        const auto verdict = victim.judge(mutation.bytes);

        ASSERT_TRUE(verdict.found) << i << " " << mutation.name << " of entry " << mutation.first;
        EXPECT_LE(verdict.from, mutation.first) << i << " " << mutation.name << ": " << verdict.what;
        EXPECT_GE(verdict.to, mutation.first) << i << " " << mutation.name << ": " << verdict.what;
        EXPECT_LT(verdict.to - verdict.from, 8U) << i << " " << mutation.name;
    }
    EXPECT_EQ(kinds.size(), 8U);
}

TEST(JournalMutation, WithoutCheckpointsElsewhereACutTailAndARewrittenWholeDoNotShow) {
    // Why the checkpoints are there: the chain alone says that all is well.
    Victim victim;
    env::sim::World world(1);
    auto records = rewritten(victim.records(), 0);
    records.pop_back();
    world.disk.put(first_segment(), joined(records));
    EXPECT_FALSE(verify_folder(world.disk, kFolder).value().problem);
}

}  // namespace
}  // namespace bongsu::journal
