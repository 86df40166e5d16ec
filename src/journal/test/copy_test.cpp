#include "journal/copy.hpp"

#include "journal/book.hpp"
#include "journal/erasable.hpp"
#include "sample.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::journal {
namespace {

class Subjects final : public Fold {
  public:
    explicit Subjects(std::string extra = "") {
        schema_ = "create table if not exists subjects(subject text primary key, count integer not null, last integer not null" +
                  extra + ")";
    }
    std::string_view name() const override { return "subjects"; }
    std::string_view schema() const override { return schema_; }
    std::vector<std::string> tables() const override { return {"subjects"}; }
    Result<void> apply(sql::Db& db, const Entry& entry) override {
        if (entry.kind == "fold.fails") return fail(ErrorKind::invalid, "asked to");
        for (const auto& subject : entry.subjects) {
            TRY_DO(db.query("insert into subjects(subject, count, last) values ($1, 1, $2) on conflict(subject) do update "
                            "set count = subjects.count + 1, last = excluded.last",
                            {subject, static_cast<std::int64_t>(entry.seq)}));
        }
        return {};
    }

  private:
    std::string schema_;
};

FoldList folds(std::string extra = "") {
    FoldList all;
    all.push_back(std::make_unique<Subjects>(std::move(extra)));
    return all;
}

class CopyTest : public testing::Test {
  protected:
    env::sim::World world{21};
    std::unique_ptr<Journal> journal = open_journal(world.env, {.segment_bytes_max = 20'000});
    Follower follower{world.disk, kFolder};
    std::unique_ptr<sql::Db> db = sql::open_store();
    std::unique_ptr<Copy> copy = new_copy();

    std::unique_ptr<Copy> new_copy(std::string extra = "", std::string site = "11440") {
        return std::make_unique<Copy>(*db, SiteId{std::move(site)}, folds(std::move(extra)));
    }
    Copy::DigestOf digest_of() {
        return [this](std::uint64_t seq) { return Follower(world.disk, kFolder).digest_of(seq, journal->committed_seq()); };
    }
    Result<void> follow(std::size_t batch = 50) {
        while (copy->position() < journal->committed_seq())
            TRY_DO(follow_once(*copy, follower, journal->committed_seq(), {.entries_max = batch, .bytes_max = 4 << 20}));
        return {};
    }
    /// What a book of its own makes of the same journal.
    std::string replayed(std::string extra = "") {
        const auto fresh = sql::open_sqlite(":memory:").value();
        Book book(world.env, *journal, *fresh, folds(std::move(extra)));
        return book.rebuild().value();
    }
    std::int64_t rows() { return db->query("select count(*) from journal_entry")->at(0).integer(0); }
    std::optional<std::string> difference() {
        auto reader = CopyReader::open(*db, {"11440"}).value();
        const auto entries = all_of(*journal);
        auto found = reader.compare(std::span(entries).first(reader.copied())).value();
        return found ? found : reader.beyond(reader.copied()).value();
    }
};

TEST_F(CopyTest, FollowsEntryByEntryAndItsFoldsEqualTheReplay) {
    ASSERT_TRUE(copy->open(digest_of()));
    fill(world, *journal, 137);
    ASSERT_TRUE(follow(7));
    fill(world, *journal, 64);
    ASSERT_TRUE(follow());

    EXPECT_EQ(copy->copied(), 201U);
    EXPECT_EQ(rows(), 201);
    EXPECT_EQ(copy->fingerprint().value(), replayed());
    EXPECT_EQ(difference(), std::nullopt);
    const auto row = db->query("select kind, actor, payload, prev, erased from journal_entry where seq = 2")->at(0);
    EXPECT_EQ(row.text(0), "incident.opened");
    EXPECT_NE(row.text(2).find("마포구 상암동"), std::string::npos);
    EXPECT_EQ(row.integer(4), 0);
}

TEST_F(CopyTest, GoesOnWhereItStoodAndARebuiltFoldReadsFromTheBeginning) {
    ASSERT_TRUE(copy->open(digest_of()));
    fill(world, *journal, 100);
    ASSERT_TRUE(follow());
    copy = new_copy();
    ASSERT_TRUE(copy->open(digest_of()));
    EXPECT_EQ(copy->position(), 100U);

    copy = new_copy(", note text");
    ASSERT_TRUE(copy->open(digest_of()));
    EXPECT_EQ(copy->position(), 0U);
    EXPECT_EQ(copy->copied(), 100U);
    fill(world, *journal, 20);
    ASSERT_TRUE(follow(30));
    EXPECT_EQ(rows(), 120);
    EXPECT_EQ(copy->fingerprint().value(), replayed(", note text"));
    EXPECT_EQ(difference(), std::nullopt);
}

TEST_F(CopyTest, ABatchThatFailsLeavesNothingOfIt) {
    ASSERT_TRUE(copy->open(digest_of()));
    fill(world, *journal, 10);
    ASSERT_TRUE(follow());
    const auto before = copy->fingerprint().value();
    fill(world, *journal, 3);
    auto bad = draft(1);
    bad.kind = "fold.fails";
    ASSERT_TRUE(journal->append(bad));
    ASSERT_TRUE(journal->commit());

    const auto failed = follow();
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("fold subjects at entry 14"), std::string::npos) << failed.error().message;
    EXPECT_EQ(rows(), 10);
    copy = new_copy();
    ASSERT_TRUE(copy->open(digest_of()));
    EXPECT_EQ(copy->position(), 10U);
    EXPECT_EQ(copy->fingerprint().value(), before);
    EXPECT_FALSE(follow(1));
    EXPECT_EQ(rows(), 13) << "one by one what comes before it stands";
}

TEST_F(CopyTest, AnotherHistoryAnotherSiteAndALongerCopyAreNotTouched) {
    ASSERT_TRUE(copy->open(digest_of()));
    fill(world, *journal, 30);
    ASSERT_TRUE(follow());

    copy = new_copy("", "11650");
    EXPECT_EQ(copy->open(digest_of()).error().kind, ErrorKind::conflict);
    for (const int count : {30, 10}) {  // As long, and shorter: both another journal than before.
        const auto names = world.disk.list(kFolder).value();
        for (const auto& name : names) ASSERT_TRUE(world.disk.remove(kFolder + "/" + name));
        journal = open_journal(world.env);
        { fill(world, *journal, count); }
        copy = new_copy();
        const auto opened = copy->open(digest_of());
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().kind, ErrorKind::conflict);
        EXPECT_NE(opened.error().message.find("entry 30"), std::string::npos);
        EXPECT_EQ(rows(), 30);
    }
}

TEST_F(CopyTest, AnErasureReachesTheCopyWhetherItSawTheContentsOrNot) {
    ASSERT_TRUE(copy->open(digest_of()));
    const auto message = [&](int number) {
        auto one = draft(number);
        one.kind = "message.received";
        ASSERT_TRUE(journal->append(one));
        ASSERT_TRUE(journal->commit());
    };
    for (int i = 0; i < 5; ++i) message(i);
    ASSERT_TRUE(follow());
    for (int i = 5; i < 8; ++i) message(i);
    ErasureOrder order{.seq = 0, .id = "E1", .reason = "requested", .basis = "개인정보 보호법 제36조", .entries = {}};
    for (const std::uint64_t seq : {2, 4, 7}) order.entries.push_back({seq, "message.received", {}});
    for (auto& named : order.entries) named.left = left_of(named.kind, all_of(*journal, named.seq - 1).front().payload);
    const auto entry = journal->append({std::string(kErasureOrdered), "user:U", {}, to_json(order)});
    ASSERT_TRUE(entry) << entry.error().message;
    ASSERT_TRUE(journal->commit());
    ASSERT_TRUE(journal->carry_out(entry->seq));

    EXPECT_EQ(difference(), std::nullopt) << "a copy of before the order is older and not wrong";
    ASSERT_TRUE(follow());
    EXPECT_EQ(difference(), std::nullopt);
    EXPECT_EQ(copy->fingerprint().value(), replayed());
    const auto erased = db->query("select seq, payload, salt, remains from journal_entry where erased = 1 order by seq").value();
    ASSERT_EQ(erased.size(), 3U);
    for (const auto& row : erased) {
        EXPECT_TRUE(row.is_null(1) && row.is_null(2)) << row.integer(0);
        EXPECT_FALSE(row.is_null(3));
        EXPECT_EQ(row.text(3).find("상암동"), std::string::npos);
    }
    // One that begins after it all has the same rows.
    const auto other_db = sql::open_store();
    Copy other(*other_db, {"11440"}, folds());
    ASSERT_TRUE(other.open(digest_of()));
    Follower again(world.disk, kFolder);
    ASSERT_TRUE(follow_once(other, again, journal->committed_seq()));
    EXPECT_EQ(other.fingerprint().value(), copy->fingerprint().value());
    EXPECT_EQ(other_db->query("select count(*) from journal_entry where remains is not null")->at(0).integer(0), 3);

    ASSERT_TRUE(db->query("update journal_entry set erased = 0, payload = '{}' where seq = 4"));
    EXPECT_NE(difference().value_or("").find("entry 4"), std::string::npos);
    EXPECT_EQ(Follower(world.disk, kFolder).read(0, 8, [](const Entry&) -> Result<bool> { return true; }).error().kind,
              ErrorKind::unavailable) << "the order stands behind what it was told";
}

TEST_F(CopyTest, VerificationNamesTheFirstRowThatIsNotTheJournals) {
    ASSERT_TRUE(copy->open(digest_of()));
    fill(world, *journal, 40);
    ASSERT_TRUE(follow());
    const auto broken_by = [&](const std::string& change) {
        EXPECT_TRUE(db->exec("begin immediate"));
        EXPECT_TRUE(db->exec(change)) << change;
        auto found = difference();
        EXPECT_TRUE(db->exec("rollback"));
        return found.value_or("nothing");
    };
    EXPECT_EQ(broken_by("update journal_entry set payload = '{}' where seq = 17"), "entry 17: its payload is not the journal's");
    EXPECT_EQ(broken_by("update journal_entry set actor = 'user:me' where seq >= 20"), "entry 20: its actor is not the journal's");
    EXPECT_EQ(broken_by("update journal_entry set time = time + 1 where seq = 1"), "entry 1: its time is not the journal's");
    EXPECT_EQ(broken_by("update journal_entry set salt = null where seq = 40"), "entry 40: its salt is not the journal's");
    EXPECT_EQ(broken_by("delete from journal_entry where seq = 9"), "entry 9 is missing");
    EXPECT_EQ(broken_by("delete from journal_entry where seq = 40"), "entry 40 is missing");
    EXPECT_EQ(broken_by("update journal_entry set seq = 41 where seq = 5"), "entry 5 is missing");
    EXPECT_EQ(broken_by("insert into journal_entry select 41, time, kind, actor, subjects, payload, salt, payload_digest, prev, "
                        "digest, erased, remains from journal_entry where seq = 40"),
              "entry 41 is in the copy and not in the journal");
    EXPECT_EQ(difference(), std::nullopt);
}

TEST_F(CopyTest, ThereIsNoCopyBeforeTheFirst) {
    EXPECT_EQ(CopyReader::open(*db, {"11440"}).error().kind, ErrorKind::not_found);
    ASSERT_TRUE(copy->open(digest_of()));
    EXPECT_EQ(CopyReader::open(*db, {"11440"})->copied(), 0U);
}

TEST_F(CopyTest, TheFollowerReadsNothingBehindWhatItWasTold) {
    fill(world, *journal, 20);
    const auto names = world.disk.list(kFolder).value();
    const auto last = kFolder + "/" + names.back();
    const auto whole = world.disk.read(last).value();
    const auto seqs = [&](std::uint64_t after, std::uint64_t upto) {
        std::vector<std::uint64_t> found;
        EXPECT_TRUE(follower.read(after, upto, [&](Entry entry) -> Result<bool> {
            found.push_back(entry.seq);
            return true;
        }));
        return found;
    };
    world.disk.put(last, whole + "BJ1\n a batch that is being written");
    EXPECT_EQ(seqs(17, 20), (std::vector<std::uint64_t>{18, 19, 20}));
    EXPECT_EQ(seqs(20, 20), std::vector<std::uint64_t>{});
    world.disk.put(last, whole);  // And was taken back; another one follows.
    journal = open_journal(world.env, {.segment_bytes_max = 20'000});
    { fill(world, *journal, 200); }
    EXPECT_EQ(seqs(20, 22), (std::vector<std::uint64_t>{21, 22}));
    EXPECT_EQ(seqs(22, 220).size(), 198U);
    EXPECT_EQ(seqs(0, 220).size(), 220U);
    EXPECT_EQ(seqs(100, 101), std::vector<std::uint64_t>{101});
    EXPECT_GT(world.disk.list(kFolder)->size(), 3U) << "over several segments";
    EXPECT_EQ(follower.read(219, 221, [](const Entry&) -> Result<bool> { return true; }).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace bongsu::journal
