#include "journal/journal.hpp"

#include "crypto/crypto.hpp"
#include "env/posix.hpp"
#include "journal/crc32c.hpp"
#include "journal/record.hpp"
#include "sample.hpp"

#include <unistd.h>

#include <filesystem>

namespace bongsu::journal {
namespace {

class JournalTest : public testing::Test {
  protected:
    env::sim::World world{1};
    std::unique_ptr<Journal> journal = open_journal(world.env);
    void reopen(JournalLimits limits = {}) {
        journal.reset();
        journal = open_journal(world.env, limits);
        ASSERT_NE(journal, nullptr);
    }
};

TEST(Crc32c, AnswersTheExamplesOfRfc3720) {
    EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
    EXPECT_EQ(crc32c("6789", crc32c("12345")), crc32c("123456789"));
}

TEST(Crc32c, ByInstructionAndByTablesIsOne) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(crc32c(bytes), crc32c_by_tables(bytes)) << i;
        EXPECT_EQ(crc32c(bytes, 0x12345678U), crc32c_by_tables(bytes, 0x12345678U)) << i;
        bytes += static_cast<char>(i * 37 + 200);
    }
}

TEST_F(JournalTest, StartsEmpty) {
    EXPECT_EQ(journal->last_seq(), 0U);
    EXPECT_EQ(journal->last_digest(), std::string(64, '0'));
    EXPECT_TRUE(all_of(*journal).empty());
    EXPECT_TRUE(journal->commit());
    EXPECT_TRUE(world.disk.list(kFolder).value().empty());
}

TEST_F(JournalTest, ReadsBackWhatWasAppendedWordForWord) {
    std::vector<std::string> written;
    for (int i = 0; i < 300; ++i) {
        auto one = draft(i);
        one.payload["unsigned"] = static_cast<std::uint64_t>(i);
        written.push_back(text_of(journal->append(std::move(one)).value()));
        if (i % 7 == 0) {
            ASSERT_TRUE(journal->commit());
        }
    }
    ASSERT_TRUE(journal->commit());
    reopen();

    const auto entries = all_of(*journal);
    ASSERT_EQ(entries.size(), written.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        EXPECT_EQ(entries[i].seq, i + 1);
        EXPECT_EQ(text_of(entries[i]), written[i]);
    }
    EXPECT_EQ(journal->last_digest(), entries.back().digest);
    for (const std::uint64_t after : {1U, 63U, 64U, 65U, 127U, 128U, 299U, 300U, 1000U}) {
        const auto rest = all_of(*journal, after);
        EXPECT_EQ(rest.size(), after < 300 ? 300 - after : 0);
        if (!rest.empty()) {
            EXPECT_EQ(rest.front().seq, after + 1);
        }
    }
}

TEST_F(JournalTest, AnsweredEntriesEqualThoseThatAreReadToTheKindOfTheirNumbers) {
    auto one = draft(1);
    one.payload["unsigned"] = std::uint64_t{7};
    const auto live = journal->append(std::move(one)).value();
    ASSERT_TRUE(journal->commit());

    const auto read = all_of(*journal).at(0);

    EXPECT_TRUE(live.payload.at("unsigned").is_int64());
    EXPECT_EQ(live.payload, read.payload);
    EXPECT_EQ(live.time, read.time);
    EXPECT_EQ(live.salt, read.salt);
}

TEST_F(JournalTest, DigestsAreThoseOfTheDecision) {
    const auto entry = journal->append({"site.started", "site:11440", {}, {{"n", 1}}}).value();

    EXPECT_EQ(entry.payload_digest, crypto::to_hex(crypto::sha256(entry.salt + R"({"n":1})")));
    EXPECT_EQ(
        entry.digest,
        crypto::to_hex(crypto::sha256(R"({"actor":"site:11440","kind":"site.started","payloadDigest":")" +
                                      entry.payload_digest + R"(","prev":")" + std::string(64, '0') +
                                      R"(","seq":1,"subjects":[],"time":"2026-01-01T00:00:00.000000Z"})")));
}

TEST_F(JournalTest, ABatchCostsOneWriteAndOneSync) {
    ASSERT_TRUE(journal->append(draft(0)));
    ASSERT_TRUE(journal->commit());
    const auto syncs = world.disk.syncs();
    const auto steps = world.disk.steps();

    for (int i = 0; i < 100; ++i) ASSERT_TRUE(journal->append(draft(i)));
    EXPECT_EQ(journal->committed_seq(), 1U);
    EXPECT_EQ(journal->last_seq(), 101U);
    ASSERT_TRUE(journal->commit());

    EXPECT_EQ(world.disk.syncs() - syncs, 1U);
    EXPECT_EQ(world.disk.steps() - steps, 2U);
    EXPECT_EQ(journal->committed_seq(), 101U);
}

TEST_F(JournalTest, BeginsANewSegmentPastItsLimit) {
    reopen({.segment_bytes_max = 4000});
    fill(world, *journal, 100);
    EXPECT_GT(world.disk.list(kFolder).value().size(), 5U);
    reopen({.segment_bytes_max = 4000});
    fill(world, *journal, 20);

    const auto entries = all_of(*journal);
    ASSERT_EQ(entries.size(), 120U);
    for (std::uint64_t after = 0; after < 120; ++after)
        EXPECT_EQ(all_of(*journal, after).size(), 120 - after);
    EXPECT_FALSE(verify_folder(world.disk, kFolder).value().problem);
}

TEST_F(JournalTest, ReadsRecordsThatAreLargerThanAReadAndStopsWhenTold) {
    for (int i = 0; i < 5; ++i) {
        auto one = draft(i);
        one.payload["raw"] = std::string(250'000, 'a');
        ASSERT_TRUE(journal->append(std::move(one)));
    }
    ASSERT_TRUE(journal->commit());
    EXPECT_EQ(all_of(*journal).size(), 5U);

    int seen = 0;
    ASSERT_TRUE(journal->read(1, [&](Entry) -> Result<bool> { return ++seen < 2; }));
    EXPECT_EQ(seen, 2);
    const auto failed =
        journal->read(0, [&](Entry) -> Result<bool> { return fail(ErrorKind::conflict, "enough"); });
    EXPECT_EQ(failed.error().kind, ErrorKind::conflict);
}

TEST_F(JournalTest, TimeNeverGoesBackThoughTheClockDoes) {
    world.clock.advance(std::chrono::hours(1));
    const auto first = journal->append(draft(0)).value();
    world.clock.set_wall(first.time - std::chrono::hours(2));
    EXPECT_EQ(journal->append(draft(1)).value().time, first.time);
    ASSERT_TRUE(journal->commit());
    reopen();
    EXPECT_EQ(journal->append(draft(2)).value().time, first.time);
    world.clock.set_wall(first.time + std::chrono::seconds(1));
    EXPECT_GT(journal->append(draft(3)).value().time, first.time);
}

TEST_F(JournalTest, RefusesDraftsByTheNameOfTheField) {
    const auto refused = [&](Draft bad, std::string_view field) {
        const auto result = journal->append(std::move(bad));
        ASSERT_FALSE(result) << field;
        EXPECT_EQ(result.error().kind, ErrorKind::invalid);
        EXPECT_NE(result.error().message.find(field), std::string::npos) << result.error().message;
    };
    auto bad = draft(0);
    bad.kind = "";
    refused(bad, "kind");
    bad.kind = std::string(65, 'k');
    refused(bad, "kind");
    bad = draft(0);
    bad.actor = "홍길동";
    refused(bad, "actor");
    bad.actor = "user:a b";
    refused(bad, "actor");
    bad = draft(0);
    bad.subjects.assign(257, "camera:1");
    refused(bad, "subjects");
    bad.subjects = {std::string(201, 's')};
    refused(bad, "subjects");
    bad = draft(0);
    bad.payload["longitude"] = 126.97;
    refused(bad, "longitude");
    bad = draft(0);
    bad.payload["text"] = std::string((256 << 10) + 1, 'x');
    refused(bad, "payload");
    EXPECT_EQ(journal->last_seq(), 0U);
    auto largest = draft(0);
    largest.subjects.assign(256, std::string(200, 's'));
    EXPECT_TRUE(journal->append(largest));
    EXPECT_TRUE(journal->commit());
}

TEST_F(JournalTest, BoundsWhatWaitsForCommit) {
    Result<Entry> last = journal->append(draft(0));
    for (int i = 0; last && i < 1000; ++i) {
        auto one = draft(i);
        one.payload["raw"] = std::string(200'000, 'a');
        last = journal->append(std::move(one));
    }
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().kind, ErrorKind::exhausted);
    EXPECT_TRUE(journal->commit());
    EXPECT_TRUE(journal->append(draft(0)));
}

TEST_F(JournalTest, DiscardsTheTailOfABatch) {
    fill(world, *journal, 3);
    const auto kept = journal->append(draft(3)).value();
    ASSERT_TRUE(journal->append(draft(4)));
    ASSERT_TRUE(journal->append(draft(5)));

    journal->discard_after(4);

    EXPECT_EQ(journal->last_seq(), 4U);
    EXPECT_EQ(journal->last_digest(), kept.digest);
    ASSERT_TRUE(journal->append(draft(6)));
    ASSERT_TRUE(journal->commit());
    reopen();
    const auto entries = all_of(*journal);
    ASSERT_EQ(entries.size(), 5U);
    EXPECT_EQ(entries[4].payload.at("number").as_int64(), 6);
}

TEST_F(JournalTest, AFullDiskCostsTheBatchAndNothingElse) {
    fill(world, *journal, 10);
    const auto digest = journal->last_digest();
    world.disk.disk_full(true);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(journal->append(draft(i)));

    EXPECT_EQ(journal->commit().error().kind, ErrorKind::exhausted);

    EXPECT_EQ(journal->last_seq(), 10U);
    EXPECT_EQ(journal->last_digest(), digest);
    EXPECT_EQ(all_of(*journal).size(), 10U);
    world.disk.disk_full(false);
    fill(world, *journal, 5);
    reopen();
    EXPECT_EQ(all_of(*journal).size(), 15U);
    EXPECT_EQ(journal->torn_bytes_at_open(), 0U);
}

TEST_F(JournalTest, AFullDiskAtTheVeryFirstEntryOrANewSegmentIsNoHarmEither) {
    world.disk.disk_full(true);
    ASSERT_TRUE(journal->append(draft(0)));
    EXPECT_FALSE(journal->commit());
    reopen({.segment_bytes_max = 1});
    world.disk.disk_full(false);
    fill(world, *journal, 3);
    world.disk.fail_write(1);
    ASSERT_TRUE(journal->append(draft(3)));
    EXPECT_FALSE(journal->commit());
    reopen({.segment_bytes_max = 1});
    fill(world, *journal, 2);
    reopen();
    EXPECT_EQ(all_of(*journal).size(), 5U);
}

TEST_F(JournalTest, AFailedSyncEndsItsUseUntilItIsOpenedAgain) {
    fill(world, *journal, 4);
    ASSERT_TRUE(journal->append(draft(4)));
    world.disk.fail_sync(1);

    EXPECT_EQ(journal->commit().error().kind, ErrorKind::unavailable);

    EXPECT_EQ(journal->append(draft(5)).error().kind, ErrorKind::unavailable);
    EXPECT_EQ(journal->commit().error().kind, ErrorKind::unavailable);
    EXPECT_EQ(journal->carry_out(1).error().kind, ErrorKind::unavailable);
    EXPECT_EQ(journal->read(0, [](Entry) -> Result<bool> { return true; }).error().kind,
              ErrorKind::unavailable);
    world.disk.crash(world.random);
    reopen();
    EXPECT_EQ(all_of(*journal).size(), 4U);
}

TEST(JournalOnARealDisk, ComesBackAndIsLockedAgainstASecondProcess) {
    std::string folder = testing::TempDir() + "bjXXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    env::PosixDisk disk;
    env::sim::World world(3);
    env::Env env{world.clock, world.random, disk};
    {
        const auto journal = Journal::open(env, folder + "/journal").value();
        fill(world, *journal, 50);
        EXPECT_EQ(Journal::open(env, folder + "/journal").error().kind, ErrorKind::unavailable);
    }
    const auto again = Journal::open(env, folder + "/journal").value();
    EXPECT_EQ(all_of(*again).size(), 50U);
    carry_out_and_close(*again, order(*again, {7}));
    EXPECT_FALSE(verify_folder(disk, folder + "/journal").value().problem);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace bongsu::journal
