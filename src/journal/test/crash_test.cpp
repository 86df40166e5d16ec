// Power cuts, torn writes and rot: what was committed stays, what does not hold is named.

#include "journal/book.hpp"
#include "journal/record.hpp"
#include "sample.hpp"

namespace bongsu::journal {
namespace {

std::vector<std::string> segments_in(env::sim::World& world) {
    auto names = world.disk.list(kFolder).value();
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".bj"); });
    return names;
}

/// Counts entries by kind and keeps the numbers seen: enough to tell a lost, doubled or reordered entry.
class Tally final : public Fold {
  public:
    std::string_view name() const override { return "tally"; }
    std::string_view schema() const override {
        return "create table if not exists tally(number integer primary key, seq integer, times integer)";
    }
    std::vector<std::string> tables() const override { return {"tally"}; }
    Result<void> apply(sql::Db& db, const Entry& entry) override {
        TRY_DO(db.query(
            "insert into tally values($1, $2, 1) on conflict(number) do update set times = times + 1",
            {entry.payload.at("number").as_int64(), static_cast<std::int64_t>(entry.seq)}));
        return {};
    }
};

std::vector<std::unique_ptr<Fold>> tally() {
    std::vector<std::unique_ptr<Fold>> folds;
    folds.push_back(std::make_unique<Tally>());
    return folds;
}

/// Runs verbs until the power goes; answers the digests that were acknowledged.
std::vector<std::string> run_until_crash(env::sim::World& world, Book& book) {
    std::vector<std::string> acknowledged;
    for (const auto& entry : all_of(book.journal())) acknowledged.push_back(entry.digest);
    world.disk.power_off_after(world.random.below(60));
    for (int batch = 0; batch < 50; ++batch) {
        if (!book.begin()) return acknowledged;
        std::vector<std::string> digests;
        const auto count = world.random.below(4) + 1;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto entry = book.append(draft(static_cast<std::int64_t>(book.journal().last_seq())));
            if (!entry) return acknowledged;
            digests.push_back((*entry)->digest);
        }
        if (!book.commit()) return acknowledged;
        if (world.random.below(4) != 0) book.journal().tidy();
        acknowledged.insert(acknowledged.end(), digests.begin(), digests.end());
    }
    return acknowledged;
}

struct Outcome {
    std::uint64_t lost = 0;  ///< Acknowledged entries that are not there any more.
    std::uint64_t torn = 0;  ///< Opens that cut a torn write off.
};

/// Three lives of one site, each ended by a power cut at a random step.
void live_and_crash(std::uint64_t seed, bool lying_disk, Outcome& outcome) {
    env::sim::World world(seed);
    world.disk.lie_about_syncs(lying_disk);
    std::vector<std::string> acknowledged;
    for (int life = 0; life < 3; ++life) {
        const auto journal = open_journal(world.env, {.segment_bytes_max = 5000, .index_each_bytes = 1500});
        ASSERT_NE(journal, nullptr) << "seed " << seed;
        const auto db = sql::open_sqlite(":memory:").value();
        Book book(world.env, *journal, *db, tally());
        ASSERT_TRUE(book.catch_up());
        acknowledged = run_until_crash(world, book);
        const auto live = book.fingerprint().value();
        world.disk.crash(world.random);

        const auto after = Journal::open(world.env, kFolder);
        if (!after &&
            lying_disk) {  // A lost segment under a kept one: corrupt, and everything after is gone.
            outcome.lost += acknowledged.size();
            return;
        }
        ASSERT_TRUE(after) << "seed " << seed << ": " << after.error().message;
        outcome.torn += (*after)->torn_bytes_at_open() > 0 ? 1 : 0;
        const auto entries = all_of(**after);
        for (std::size_t i = 0; i < acknowledged.size(); ++i) {
            if (i >= entries.size() || entries[i].digest != acknowledged[i]) ++outcome.lost;
        }
        if (entries.size() == acknowledged.size() && !lying_disk) {
            const auto fresh = sql::open_sqlite(":memory:").value();
            Book replayed(world.env, **after, *fresh, tally());
            EXPECT_EQ(replayed.rebuild().value(), live) << "seed " << seed;
        }
    }
    EXPECT_FALSE(verify_folder(world.disk, kFolder).value().problem) << "seed " << seed;
}

TEST(JournalCrash, LosesNoCommittedEntryAndItsFoldsComeBackEqualFor200Seeds) {
    Outcome outcome;
    for (std::uint64_t seed = 0; seed < 200; ++seed) live_and_crash(seed, false, outcome);

    EXPECT_EQ(outcome.lost, 0U);
    EXPECT_GT(outcome.torn, 20U);  // Else the crashes were too kind to prove anything.
}

TEST(JournalCrash, OnADiskThatLiesAboutItsSyncsTheSameTestLosesEntries) {
    Outcome outcome;
    for (std::uint64_t seed = 0; seed < 50; ++seed) live_and_crash(seed, true, outcome);

    EXPECT_GT(outcome.lost, 100U);
}

TEST(JournalRecovery, CutsATornLastRecordAtEveryByte) {
    env::sim::World world(5);
    std::string whole;
    std::size_t last_begins = 0;
    {
        const auto journal = open_journal(world.env);
        fill(world, *journal, 4);
        last_begins = world.disk.read(first_segment()).value().size();
        fill(world, *journal, 1);
        whole = world.disk.read(first_segment()).value();
    }
    for (auto size = last_begins; size < whole.size(); ++size) {
        for (const auto& bytes : {whole.substr(0, size), whole.substr(0, size) + std::string(40, '\0')}) {
            world.disk.put(first_segment(), bytes);
            const auto report = verify_folder(world.disk, kFolder).value();
            ASSERT_FALSE(report.problem) << size << to_string(*report.problem);
            EXPECT_EQ(report.torn_bytes, bytes.size() - last_begins);

            const auto journal = open_journal(world.env);
            ASSERT_NE(journal, nullptr) << size;
            EXPECT_EQ(journal->torn_bytes_at_open(), bytes.size() - last_begins);
            EXPECT_EQ(journal->last_seq(), 4U);
            ASSERT_TRUE(journal->append(draft(9)));
            ASSERT_TRUE(journal->commit());
            EXPECT_EQ(all_of(*journal).size(), 5U);
        }
    }
}

TEST(JournalRecovery, ABatchIsKeptOrLostAsAWhole) {
    env::sim::World world(8);
    std::string whole;
    std::size_t batch_begins = 0;
    {
        const auto journal = open_journal(world.env);
        fill(world, *journal, 2);
        batch_begins = world.disk.read(first_segment()).value().size();
        for (int i = 0; i < 3; ++i) ASSERT_TRUE(journal->append(draft(i)));
        ASSERT_TRUE(journal->commit());
        EXPECT_EQ(journal->committed_seq(), 5U);
        whole = world.disk.read(first_segment()).value();
    }
    for (auto size = batch_begins; size < whole.size(); ++size) {
        world.disk.put(first_segment(), whole.substr(0, size));
        const auto report = verify_folder(world.disk, kFolder).value();
        ASSERT_FALSE(report.problem) << size << to_string(*report.problem);
        EXPECT_EQ(report.entries, 2U) << size;
        EXPECT_EQ(report.digests.size(), 2U) << size;
        EXPECT_EQ(open_journal(world.env)->last_seq(), 2U) << size;
    }
    world.disk.put(first_segment(), whole);
    EXPECT_EQ(open_journal(world.env)->last_seq(), 5U);
}

TEST(JournalRecovery, ABatchWhoseSyncFailedIsOnTheDiskBeforeAnythingFollowsIt) {
    env::sim::World world(9);
    {
        const auto journal = open_journal(world.env);
        fill(world, *journal, 3);
        world.disk.fail_sync(1);
        ASSERT_TRUE(journal->append({"test.done", "system", {}, {{"what", "its sync fails"}}}));
        ASSERT_FALSE(journal->commit());
        EXPECT_FALSE(journal->usable());
    }
    std::uint64_t last = 0;
    {
        // The process alone starts again: what it wrote still reads back although no disk has it.
        const auto journal = open_journal(world.env);
        fill(world, *journal, 2);
        last = journal->committed_seq();
    }

    world.disk.crash(world.random);

    const auto journal = Journal::open(world.env, kFolder);
    ASSERT_TRUE(journal) << journal.error().message;
    EXPECT_EQ((*journal)->committed_seq(), last);
    EXPECT_FALSE(verify_folder(world.disk, kFolder).value().problem);
}

TEST(JournalRecovery, RefusesToStartOnAnythingElseAndNamesIt) {
    env::sim::World world(6);
    { fill(world, *open_journal(world.env, {.segment_bytes_max = 1500}), 12); }
    const auto names = segments_in(world);
    ASSERT_GT(names.size(), 2U);
    // The tail of a segment that another one follows is no torn write.
    const auto path = kFolder + "/" + names[1];
    const auto bytes = world.disk.read(path).value();
    world.disk.put(path, bytes.substr(0, bytes.size() - 5));

    const auto opened = Journal::open(world.env, kFolder);

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
    EXPECT_NE(opened.error().message.find(names[1]), std::string::npos);
    EXPECT_NE(opened.error().message.find("offset"), std::string::npos);
    EXPECT_NE(opened.error().message.find("entry"), std::string::npos);
}

TEST(JournalRecovery, FindsEverySingleFlippedByteAndNamesItsEntry) {
    env::sim::World world(7);
    std::vector<std::size_t> begins;
    std::string whole;
    {
        const auto journal = open_journal(world.env);
        for (int i = 0; i < 6; ++i) {
            begins.push_back(
                world.disk.exists(first_segment()) ? world.disk.read(first_segment()).value().size() : 0);
            fill(world, *journal, 1);
        }
        whole = world.disk.read(first_segment()).value();
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const int change : {1, 0x80, 'L' ^ 'E'}) {
            auto bytes = whole;
            bytes[at] = static_cast<char>(bytes[at] ^ change);
            world.disk.put(first_segment(), bytes);
            const auto entry = static_cast<std::uint64_t>(std::upper_bound(begins.begin(), begins.end(), at) -
                                                          begins.begin());

            const auto report = verify_folder(world.disk, kFolder).value();

            if (entry < 6 || report.problem) {
                ASSERT_TRUE(report.problem) << "byte " << at << " of entry " << entry;
                EXPECT_EQ(report.problem->seq, entry) << to_string(*report.problem);
                if (report.problem->segment.empty())
                    continue;  // An erasure to finish stands in no one place.
                EXPECT_EQ(report.problem->offset, begins[entry - 1]);
            } else {  // Nothing valid follows the last record: it is told as torn, and a checkpoint shows the
                      // rest.
                EXPECT_EQ(report.torn_bytes, whole.size() - begins[5]) << at;
                EXPECT_EQ(report.entries, 5U);
            }
        }
    }
}

TEST(RecordSearch, IsBoundedOnBytesMadeToBeSlow) {
    std::string bytes;
    for (int i = 0; i < 40'000; ++i)
        bytes += std::string("BJ1\n\0\0\1\0", 8);  // Each claims a head of 64 KiB.
    EXPECT_TRUE(holds_a_record(bytes));
    EXPECT_FALSE(holds_a_record(std::string(1 << 20, 'B')));
    EXPECT_EQ(cut_record("").kind, Cut::Kind::incomplete);
    EXPECT_EQ(cut_record("BX").kind, Cut::Kind::broken);
}

}  // namespace
}  // namespace bongsu::journal
