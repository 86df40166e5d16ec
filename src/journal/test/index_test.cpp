// A start believes index files and reads the tail; what it believed is checked afterwards, and nobody has to believe it.

#include "journal/index.hpp"

#include "journal/record.hpp"
#include "sample.hpp"

namespace bongsu::journal {
namespace {

constexpr JournalLimits kSmall{.segment_bytes_max = 4000, .payload_bytes_max = 256 << 10, .index_each_bytes = 1500};

class IndexTest : public testing::Test {
  protected:
    env::sim::World world{41};
    std::vector<Entry> entries;

    void SetUp() override {
        const auto journal = open_journal(world.env, kSmall);
        fill(world, *journal, 60);
        entries = all_of(*journal);
    }
    std::vector<std::string> names(std::string_view ending) {
        auto all = world.disk.list(kFolder).value();
        std::erase_if(all, [&](const std::string& name) { return !name.ends_with(ending); });
        return all;
    }
    std::string path(const std::string& name) { return kFolder + "/" + name; }
    void expect_whole(Journal& journal) {
        const auto now = all_of(journal);
        ASSERT_GE(now.size(), entries.size());
        for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(text_of(now[i]), text_of(entries[i]));
    }
    std::string deep() {
        const std::atomic<bool> stop{false};
        const auto check = check_deep(world.disk, kFolder, {entries.back().seq, entries.back().digest, {}}, stop).value();
        return check.problem ? to_string(*check.problem) : std::string();
    }
};

TEST_F(IndexTest, EverySealedSegmentHasOneAndItTellsWhatTheSegmentHolds) {
    const auto segments = names(".bj");
    ASSERT_GT(segments.size(), 5U);
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
        const auto bytes = world.disk.read(path(index_name(segments[i]))).value();
        const auto index = decode_index(bytes, segments[i]);
        ASSERT_TRUE(index) << segments[i];
        EXPECT_EQ(index->segment.size, world.disk.read(path(segments[i])).value().size());
        EXPECT_EQ(index->place.digest, entries[index->place.seq - 1].digest);
        EXPECT_EQ(index->place.time, entries[index->place.seq - 1].time);
        EXPECT_EQ(encode_index(*index), bytes);
    }
}

TEST_F(IndexTest, AStartDoesNotReadSealedSegmentsAndTheDeepCheckDoes) {
    const auto segments = names(".bj");
    auto bytes = world.disk.read(path(segments[1])).value();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    world.disk.put(path(segments[1]), bytes);

    EXPECT_TRUE(Journal::open(world.env, kFolder, kSmall)) << "the service goes on";
    EXPECT_NE(deep().find("segment " + segments[1]), std::string::npos) << deep();
    EXPECT_TRUE(verify_folder(world.disk, kFolder).value().problem);

    ASSERT_TRUE(world.disk.remove(path(index_name(segments[1]))));
    EXPECT_EQ(Journal::open(world.env, kFolder, kSmall).error().kind, ErrorKind::corrupt) << "what is read must hold";
}

TEST_F(IndexTest, ADamagedForeignOrMissingOneCostsTimeAndNothingElse) {
    const auto indexes = names(".bi");
    const auto good = world.disk.read(path(indexes[2])).value();
    env::sim::SimRandom random(3);
    for (int i = 0; i < 60; ++i) {
        auto bytes = good;
        if (i % 3 == 0) {
            bytes.resize(random.below(bytes.size()));
        } else {
            bytes[random.below(bytes.size())] ^= static_cast<char>(1 + random.below(255));
        }
        world.disk.put(path(indexes[2]), bytes);
        const auto journal = open_journal(world.env, kSmall);
        ASSERT_NE(journal, nullptr) << i;
        EXPECT_EQ(journal->last_seq(), entries.size());
    }
    world.disk.put(path(indexes[2]), world.disk.read(path(indexes[1])).value());
    expect_whole(*open_journal(world.env, kSmall));
    for (const auto& name : indexes) ASSERT_TRUE(world.disk.remove(path(name)));
    expect_whole(*open_journal(world.env, kSmall));
    EXPECT_EQ(names(".bi").size(), names(".bj").size() - 1) << "a start that read them writes them";
    EXPECT_EQ(deep(), "");
}

TEST_F(IndexTest, ALieThatFitsIsFoundByTheDeepCheck) {
    // The last segment's: it tells of another entry at its end. The tail does not follow from that.
    const auto segments = names(".bj");
    auto index = decode_index(world.disk.read(path(index_name(segments[0]))).value(), segments[0]).value();
    index.place.digest = std::string(64, 'a');
    world.disk.put(path(index_name(segments[0])), encode_index(index));
    expect_whole(*open_journal(world.env, kSmall));

    const std::atomic<bool> stop{false};
    const auto check = check_deep(world.disk, kFolder, {7, std::string(64, 'b'), {}}, stop).value();
    ASSERT_TRUE(check.problem);
    EXPECT_EQ(check.problem->seq, 7U);
}

TEST_F(IndexTest, ASegmentShorterThanItsIndexIsReadAsItIs) {
    const auto segments = names(".bj");
    const auto bytes = world.disk.read(path(segments.back())).value();
    SegmentIndex index = decode_index(world.disk.read(path(index_name(segments[0]))).value(), segments[0]).value();
    index.segment = {segments.back(), std::stoull(segments.back()), bytes.size() + 100, {0}};
    index.place = {index.segment.first_seq + 3, std::string(64, 'c'), {}};
    world.disk.put(path(index_name(segments.back())), encode_index(index));

    const auto journal = open_journal(world.env, kSmall);

    ASSERT_NE(journal, nullptr);
    EXPECT_EQ(journal->last_seq(), entries.size());
    EXPECT_EQ(world.disk.read(path(segments.back())).value(), bytes);
}

TEST_F(IndexTest, AnErasureOfLongAgoIsKnownWithoutReading) {
    {
        const auto journal = open_journal(world.env, kSmall);
        carry_out_and_close(*journal, order(*journal, {2, 3}));
        const auto open = order(*journal, {5});
        fill(world, *journal, 30);
        EXPECT_EQ(journal->open_erasures(), std::vector<std::uint64_t>{open});
    }
    const auto journal = open_journal(world.env, kSmall);
    EXPECT_EQ(journal->open_erasures().size(), 1U) << "the site closes it";
    const auto now = all_of(*journal);
    for (const std::uint64_t seq : {2U, 3U, 5U}) {
        EXPECT_TRUE(now[seq - 1].erased) << seq;
        EXPECT_EQ(now[seq - 1].payload, left_of(entries[seq - 1].kind, entries[seq - 1].payload));
        EXPECT_TRUE(journal->is_ordered_erased(seq).value());
    }
    carry_out_and_close(*journal, journal->open_erasures()[0]);
    EXPECT_EQ(deep(), "");
}

TEST_F(IndexTest, OneThatCannotBeWrittenCostsNoBatch) {
    for (std::uint64_t at = 1; at < 40; ++at) {
        env::sim::World other(at);
        const auto journal = open_journal(other.env, kSmall);
        fill(other, *journal, 8);
        std::uint64_t acknowledged = journal->committed_seq();
        other.disk.fail_write(at);
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(journal->append(draft(i)));
            if (journal->commit()) acknowledged = journal->committed_seq();
        }
        ASSERT_TRUE(journal->usable());
        EXPECT_EQ(journal->committed_seq(), acknowledged);
        EXPECT_FALSE(verify_folder(other.disk, kFolder).value().problem) << at;
    }
}

TEST_F(IndexTest, TheDeepCheckCanBeStopped) {
    const std::atomic<bool> stop{true};
    EXPECT_EQ(check_deep(world.disk, kFolder, {}, stop).error().kind, ErrorKind::cancelled);
}

}  // namespace
}  // namespace bongsu::journal
