#include "journal/verify.hpp"

#include "sample.hpp"

namespace bongsu::journal {
namespace {

std::vector<std::string> segments_in(env::sim::World& world) {
    auto names = world.disk.list(kFolder).value();
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".bj"); });
    return names;
}

class Verify : public testing::Test {
  protected:
    env::sim::World world{21};
    crypto::KeyPair key = key_of('c');
    CheckpointKeys keys{{"11440-c1", key.public_key}};
    std::vector<Entry> entries;

    void SetUp() override { entries = written(world, 40); }
    static std::vector<Entry> written(env::sim::World& in, int count) {
        const auto journal = open_journal(in.env, {.segment_bytes_max = 4000});
        fill(in, *journal, count);
        return all_of(*journal);
    }
    VerifyReport report() { return verify_folder(world.disk, kFolder).value(); }
    std::vector<HeldCheckpoint> held_at(std::initializer_list<std::size_t> seqs) {
        std::vector<HeldCheckpoint> all;
        for (const auto seq : seqs) all.push_back(held(entries[seq - 1], key));
        return all;
    }
    void wipe() {
        const auto names = segments_in(world);
        for (const auto& name : names) ASSERT_TRUE(world.disk.remove(kFolder + "/" + name));
    }
};

TEST_F(Verify, AWholeJournalHoldsAgainstItsCheckpoints) {
    const auto seen = report();
    EXPECT_FALSE(seen.problem);
    EXPECT_EQ(seen.entries, 40U);
    EXPECT_EQ(seen.last_seq, 40U);
    EXPECT_EQ(seen.last_digest, entries.back().digest);
    EXPECT_TRUE(verify_against(seen, held_at({40, 1, 17}), keys).empty());
}

TEST_F(Verify, AnAbsentJournalHoldsWithNothingInIt) {
    const auto seen = verify_folder(world.disk, "nowhere").value();
    EXPECT_FALSE(seen.problem);
    EXPECT_EQ(seen.entries, 0U);
    const auto findings = verify_against(seen, held_at({3}), keys);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].from, 1U);
}

TEST_F(Verify, APayloadInAnotherFormIsNamedAlsoWhereAllDigestsAreRight) {
    for (const auto* payload : {R"({ "n":1})", R"({"n":1.5})", R"({"n":-0})", R"({"b":1,"a":2})", R"({"a":1,"a":1})", R"({"\u0061":1})",
                                R"({"n":9007199254740993})"}) {
        env::sim::World other(9);
        Entry one;
        one.seq = 1;
        one.time = other.clock.wall();
        one.kind = "incident.opened";
        one.actor = "site:11440";
        one.salt = std::string(kSaltBytes, 's');
        one.prev = kNoDigest;
        auto record = encode_record(one, payload);
        mark_batch_end(record);
        other.disk.put(kFolder + "/" + segment_name(1), record);
        const auto report = verify_folder(other.disk, kFolder).value();
        ASSERT_TRUE(report.problem) << payload;
        EXPECT_EQ(to_string(*report.problem), "segment 00000000000000000001.bj offset 0 entry 1: the payload is not in its canonical form");
        EXPECT_EQ(report.entries, 0U);
        const std::atomic<bool> stop = false;
        EXPECT_TRUE(check_deep(other.disk, kFolder, {}, stop).value().problem) << payload;
        EXPECT_FALSE(walk(other.disk, kFolder).value().problem) << "a start takes the chain's word: " << payload;
    }
}

TEST_F(Verify, ACutTailNamesTheFirstMissingEntry) {
    const auto names = segments_in(world);
    ASSERT_TRUE(world.disk.remove(kFolder + "/" + names.back()));
    const auto seen = report();
    EXPECT_FALSE(seen.problem);  // By itself it shows nothing.

    const auto findings = verify_against(seen, held_at({10, 40}), keys);

    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].from, seen.last_seq + 1);
    EXPECT_EQ(findings[0].to, seen.last_seq + 1);
    EXPECT_NE(findings[0].what.find("site 11000 entry 40"), std::string::npos) << findings[0].what;
}

TEST_F(Verify, ATailWithoutItsBatchMarksNamesTheFirstEntryThatIsLost) {
    const auto last = kFolder + "/" + segments_in(world).back();
    const auto bytes = world.disk.read(last).value();
    std::string cleared;
    std::uint64_t first = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto record = cut_record(std::string_view(bytes).substr(at)).record;
        auto entry = decode_entry(record).value();
        if (first == 0) first = entry.seq;
        cleared += encode_record(entry, std::string(record.body.substr(kSaltBytes)));  // The same entry without its mark, CRCs right.
        at += record.size;
    }
    world.disk.put(last, cleared);
    const auto seen = report();
    ASSERT_FALSE(seen.problem);
    ASSERT_EQ(seen.last_seq + 1, first);
    ASSERT_EQ(seen.torn_entries, 40 - seen.last_seq);

    const auto findings = verify_against(seen, held_at({10, 40}), keys);

    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].from, first);
    EXPECT_EQ(findings[0].to, 41U) << "whoever cleared the marks may have cut something off too";
    EXPECT_EQ(findings[0].what, "the tail is cut off: entry " + std::to_string(first) +
                                    " and all after it are lost, those up to entry 40 being of a batch without its end, but a checkpoint of entry 40 "
                                    "held by site 11000 entry 40 exists");
}

TEST_F(Verify, ARewrittenHistoryNamesTheRangeAfterTheLastGoodCheckpoint) {
    // The forger keeps the first 20 entries as they are and writes the rest anew, with a chain that holds.
    const auto old = entries;
    wipe();
    env::sim::World forger(21);
    (void)written(forger, 20);
    const auto kept = segments_in(forger);
    for (const auto& name : kept)
        world.disk.put(kFolder + "/" + name, forger.disk.read(kFolder + "/" + name).value());
    {
        const auto journal = open_journal(world.env);
        ASSERT_EQ(journal->last_digest(), old[19].digest);
        fill(world, *journal, 20);
    }
    const auto seen = report();
    ASSERT_FALSE(seen.problem);
    ASSERT_EQ(seen.entries, 40U);

    const auto wide = verify_against(seen, held_at({5, 15, 30, 40}), keys);
    const auto exact = verify_against(seen, held_at({20, 21}), keys);

    ASSERT_EQ(wide.size(), 1U);
    EXPECT_EQ(wide[0].from, 16U);
    EXPECT_EQ(wide[0].to, 30U);
    ASSERT_EQ(exact.size(), 1U);
    EXPECT_EQ(exact[0].from, 21U);
    EXPECT_EQ(exact[0].to, 21U);
}

TEST_F(Verify, CheckpointsThatTheSiteDidNotSignAreFindingsAndProveNothing) {
    auto forged = held_at({10});
    forged[0].checkpoint.digest = entries[10].digest;
    auto foreign = held_at({12});
    foreign[0].checkpoint =
        make({{"11440"}, 12, entries[11].digest, entries[11].time, "11440-c9"}, key_of('x'));

    const auto first = verify_against(report(), forged, keys);
    const auto second = verify_against(report(), foreign, keys);

    ASSERT_EQ(first.size(), 1U);
    EXPECT_NE(first[0].what.find("forged"), std::string::npos);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_NE(second[0].what.find("key that the site does not show"), std::string::npos);
}

TEST_F(Verify, ASegmentThatIsGoneSwappedOrOfAnotherNameIsNamed) {
    const auto names = segments_in(world);
    ASSERT_GT(names.size(), 3U);
    const auto middle = world.disk.read(kFolder + "/" + names[1]).value();
    const auto next = world.disk.read(kFolder + "/" + names[2]).value();

    ASSERT_TRUE(world.disk.remove(kFolder + "/" + names[1]));
    ASSERT_TRUE(report().problem);
    EXPECT_EQ(report().problem->segment, names[2]);

    world.disk.put(kFolder + "/" + names[1], next);
    ASSERT_TRUE(report().problem);
    EXPECT_EQ(report().problem->segment, names[1]);

    world.disk.put(kFolder + "/" + names[1], middle);
    EXPECT_FALSE(report().problem);
    world.disk.put(kFolder + "/7.bj", middle);
    EXPECT_TRUE(report().problem);
}

TEST_F(Verify, TheFirstSegmentCannotBeLeftOut) {
    const auto names = segments_in(world);
    ASSERT_TRUE(world.disk.remove(kFolder + "/" + names[0]));
    const auto seen = report();
    ASSERT_TRUE(seen.problem);
    EXPECT_EQ(seen.problem->seq, 1U);
    EXPECT_EQ(seen.problem->segment, names[1]);
}

}  // namespace
}  // namespace bongsu::journal
