#include "journal/book.hpp"

#include "crypto/crypto.hpp"
#include "sample.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::journal {
namespace {

class Numbers final : public Fold {
  public:
    explicit Numbers(std::string suffix = "") : suffix_(std::move(suffix)) {}
    std::string_view name() const override { return "numbers"; }
    std::string_view schema() const override {
        schema_ = "create table if not exists numbers(seq integer primary key, number integer, text text" +
                  suffix_ + "); create table if not exists numbers_sum(total integer)";
        return schema_;
    }
    std::vector<std::string> tables() const override { return {"numbers", "numbers_sum"}; }
    Result<void> apply(sql::Db& db, const Entry& entry) override {
        if (entry.kind == "fold.fails") {
            TRY_DO(db.query("delete from numbers"));  // So that a half-done entry would show.
            return fail(ErrorKind::invalid, "asked to");
        }
        if (entry.erased) return {};
        const auto number = entry.payload.at("number").as_int64();
        TRY_DO(db.query("insert into numbers(seq, number, text) values($1, $2, $3)",
                        {static_cast<std::int64_t>(entry.seq), number, std::to_string(number)}));
        TRY_DO(db.query("delete from numbers_sum"));
        TRY_DO(db.query("insert into numbers_sum select sum(number) from numbers"));
        return {};
    }

  private:
    std::string suffix_;
    mutable std::string schema_;
};

class BookTest : public testing::Test {
  protected:
    env::sim::World world{11};
    std::unique_ptr<Journal> journal = open_journal(world.env);
    std::unique_ptr<sql::Db> db = sql::open_store();
    std::unique_ptr<Book> book = new_book(*db);

    std::unique_ptr<Book> new_book(sql::Db& in, std::string suffix = "") {
        std::vector<std::unique_ptr<Fold>> folds;
        folds.push_back(std::make_unique<Numbers>(std::move(suffix)));
        return std::make_unique<Book>(world.env, *journal, in, std::move(folds));
    }
    void write(int from, int to) {
        ASSERT_TRUE(book->begin());
        for (int i = from; i < to; ++i) ASSERT_TRUE(book->append(draft(i)));
        ASSERT_TRUE(book->commit());
    }
    std::int64_t count() { return db->query("select count(*) from numbers").value()[0].integer(0); }
    std::int64_t position() { return db->query("select seq from fold_position").value()[0].integer(0); }
};

TEST_F(BookTest, FoldsFollowAtOnceAndStandAtTheJournalsLastEntry) {
    ASSERT_TRUE(book->begin());
    ASSERT_TRUE(book->append(draft(20)));
    EXPECT_EQ(count(), 1);
    ASSERT_TRUE(book->append(draft(22)));
    EXPECT_EQ(journal->committed_seq(), 0U);
    ASSERT_TRUE(book->commit());

    EXPECT_EQ(journal->committed_seq(), 2U);
    EXPECT_EQ(position(), 2);
    EXPECT_EQ(book->appended().size(), 2U);
    EXPECT_EQ(db->query("select total from numbers_sum").value()[0].integer(0), 42);
}

TEST_F(BookTest, APositionThatSomebodyDeletedStandsAgainWithTheNextBatch) {
    ASSERT_TRUE(book->catch_up());
    write(0, 3);
    const auto before = db->query("select * from fold_position").value();
    ASSERT_TRUE(db->exec("delete from fold_position"));
    write(3, 5);
    const auto after = db->query("select * from fold_position").value();
    ASSERT_EQ(after.size(), before.size());
    EXPECT_EQ(position(), 5);
    EXPECT_EQ(after[0].text(3), before[0].text(3)) << "its schema's digest";
}

TEST_F(BookTest, UndoTakesBackOneVerbAndLeavesTheRestOfTheBatch) {
    ASSERT_TRUE(book->begin());
    ASSERT_TRUE(book->mark());
    ASSERT_TRUE(book->append(draft(1)));
    ASSERT_TRUE(book->mark());
    ASSERT_TRUE(book->append(draft(2)));
    ASSERT_TRUE(book->append(draft(3)));
    book->undo();
    book->undo();  // Without a mark: nothing more goes.
    ASSERT_TRUE(book->mark());
    ASSERT_TRUE(book->append(draft(4)));
    ASSERT_TRUE(book->commit());

    const auto entries = all_of(*journal);
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[1].payload.at("number").as_int64(), 4);
    EXPECT_EQ(book->appended().size(), 2U);
    EXPECT_EQ(count(), 2);
    const auto live = book->fingerprint().value();
    EXPECT_EQ(book->rebuild().value(), live);
}

TEST_F(BookTest, ATransactionThatTheDatabaseTookBackItselfCostsTheBatchAndNoOther) {
    write(0, 3);
    const auto before = book->fingerprint().value();
    ASSERT_TRUE(book->begin());
    ASSERT_TRUE(book->mark());
    auto bad = draft(9);
    bad.kind = "fold.fails";
    ASSERT_FALSE(book->append(bad));
    ASSERT_TRUE(db->exec("rollback"));  // As SQLite does when its disk fails within a statement.
    book->undo();
    EXPECT_FALSE(book->mark());
    EXPECT_FALSE(book->append(draft(10)));
    EXPECT_FALSE(book->commit());

    EXPECT_EQ(journal->last_seq(), 3U);
    EXPECT_EQ(book->fingerprint().value(), before);
    write(3, 5);
    EXPECT_EQ(journal->committed_seq(), 5U);
}

TEST_F(BookTest, BatchesThatAreKeptAreDurableAndSettledTogether) {
    const auto keep = [&](int number) {
        ASSERT_TRUE(book->begin());
        ASSERT_TRUE(book->append(draft(number)));
        ASSERT_TRUE(book->keep());
    };
    keep(1);
    keep(2);
    EXPECT_EQ(journal->committed_seq(), 2U);
    ASSERT_TRUE(book->open().has_value());
    EXPECT_EQ(book->open()->entries, 2U);
    EXPECT_TRUE(db->in_transaction());
    book->settle();
    EXPECT_FALSE(book->open().has_value() || db->in_transaction() || book->take_lost());
    ASSERT_TRUE(db->exec("begin; rollback"));
    EXPECT_EQ(count(), 2);

    // A batch that is given up takes the open ones back with it: they are applied again.
    keep(3);
    ASSERT_TRUE(book->begin());
    ASSERT_TRUE(book->append(draft(9)));
    book->abort();
    EXPECT_TRUE(book->behind());
    EXPECT_TRUE(book->take_lost());
    EXPECT_FALSE(book->take_lost());
    EXPECT_EQ(count(), 2);
    keep(4);
    book->settle();
    EXPECT_EQ(journal->committed_seq(), 4U);
    EXPECT_EQ(count(), 4);
    const auto live = book->fingerprint().value();
    EXPECT_EQ(book->rebuild().value(), live);
}

/// The process ends between the two: what it had not settled is in the journal.
TEST_F(BookTest, WhatWasNotSettledIsAppliedByTheNextStart) {
    write(0, 2);
    ASSERT_TRUE(book->begin());
    ASSERT_TRUE(book->append(draft(5)));
    ASSERT_TRUE(book->keep());
    ASSERT_TRUE(db->exec("rollback"));  // As the database does when its writer is gone.
    book = new_book(*db);
    EXPECT_EQ(count(), 2);
    ASSERT_TRUE(book->catch_up());
    EXPECT_EQ(count(), 3);
    EXPECT_EQ(position(), 3);
}

/// A look sees what the database does not take, and writes nothing.
TEST_F(BookTest, ALookOfABookThatIsBehindSeesAllAndLeavesNothing) {
    write(0, 2);
    ASSERT_TRUE(book->begin());
    ASSERT_TRUE(book->append(draft(5)));
    ASSERT_TRUE(book->keep());
    ASSERT_TRUE(book->begin());
    book->abort();
    ASSERT_TRUE(book->behind());
    EXPECT_EQ(count(), 2);
    ASSERT_TRUE(book->begin_look());
    EXPECT_EQ(count(), 3);
    EXPECT_EQ(book->append(draft(6)).error().kind, ErrorKind::exhausted);
    book->abort();
    EXPECT_EQ(count(), 2);
    EXPECT_TRUE(book->behind());
    EXPECT_EQ(journal->committed_seq(), 3U);
}

TEST_F(BookTest, AbortLeavesNothing) {
    write(0, 3);
    const auto before = book->fingerprint().value();
    ASSERT_TRUE(book->begin());
    ASSERT_TRUE(book->append(draft(9)));
    book->abort();
    book->abort();

    EXPECT_EQ(journal->last_seq(), 3U);
    EXPECT_EQ(book->fingerprint().value(), before);
    write(3, 5);
    EXPECT_EQ(journal->committed_seq(), 5U);
}

TEST_F(BookTest, AFoldThatFailsCostsItsVerbAndNoOther) {
    ASSERT_TRUE(book->begin());
    ASSERT_TRUE(book->append(draft(1)));
    ASSERT_TRUE(book->mark());
    auto bad = draft(2);
    bad.kind = "fold.fails";
    const auto failed = book->append(bad);
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("fold numbers at entry 2 (fold.fails)"), std::string::npos)
        << failed.error().message;
    EXPECT_FALSE(book->append(draft(3)));
    book->undo();
    ASSERT_TRUE(book->append(draft(4)));
    ASSERT_TRUE(book->commit());
    EXPECT_EQ(count(), 2);

    ASSERT_TRUE(book->begin());
    EXPECT_FALSE(book->append(bad));
    EXPECT_FALSE(book->commit());
    EXPECT_EQ(count(), 2);
    EXPECT_EQ(journal->last_seq(), 2U);
}

TEST_F(BookTest, AFoldThatThrowsIsAnErrorLikeAnyOther) {
    ASSERT_TRUE(book->begin());
    auto bad = draft(1);
    bad.payload["number"] = "seven";
    const auto failed = book->append(bad);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::corrupt);
    book->abort();
}

TEST_F(BookTest, ADiskThatIsFullUndoesJournalAndFoldsAlike) {
    write(0, 3);
    const auto before = book->fingerprint().value();
    world.disk.disk_full(true);
    ASSERT_TRUE(book->begin());
    ASSERT_TRUE(book->append(draft(9)));

    EXPECT_EQ(book->commit().error().kind, ErrorKind::exhausted);

    EXPECT_EQ(book->fingerprint().value(), before);
    EXPECT_EQ(journal->last_seq(), 3U);
    world.disk.disk_full(false);
    write(3, 4);
    EXPECT_EQ(position(), 4);
}

TEST_F(BookTest, CatchesUpWhatTheFoldsHaveNotSeen) {
    write(0, 200);
    const auto live = book->fingerprint().value();
    const auto fresh = sql::open_store();
    const auto other = new_book(*fresh);

    ASSERT_TRUE(other->catch_up());
    EXPECT_EQ(other->fingerprint().value(), live);
    ASSERT_TRUE(other->catch_up());
    EXPECT_EQ(other->fingerprint().value(), live);
}

TEST_F(BookTest, RebuildsAFoldThatIsAheadOrOfAnotherHistoryOrOfAnotherSchema) {
    write(0, 10);
    // Another journal under the same tables, as after a restore.
    world.disk.put(first_segment(), "");
    journal = open_journal(world.env);
    book = new_book(*db);
    ASSERT_TRUE(book->catch_up());
    EXPECT_EQ(count(), 0);
    write(100, 110);

    world.disk.put(first_segment(), "");
    journal = open_journal(world.env);
    { fill(world, *journal, 10); }
    book = new_book(*db);
    ASSERT_TRUE(book->catch_up());
    EXPECT_EQ(db->query("select number from numbers where seq = 1").value()[0].integer(0), 0);

    book = new_book(*db, ", note text");
    ASSERT_TRUE(book->catch_up());
    EXPECT_TRUE(db->query("select note from numbers"));
    EXPECT_EQ(count(), 10);
}

TEST_F(BookTest, TheFingerprintSeesEveryChangedRow) {
    write(0, 5);
    const auto live = book->fingerprint().value();
    ASSERT_TRUE(db->exec("update numbers set text = '' where seq = 3"));
    const auto changed = book->fingerprint().value();
    ASSERT_TRUE(db->exec("update numbers set text = null where seq = 3"));

    EXPECT_NE(changed, live);
    EXPECT_NE(book->fingerprint().value(), changed);
    EXPECT_EQ(book->rebuild().value(), live);
}

TEST_F(BookTest, EntriesWhoseFoldsCouldNotCommitStandAndTheFoldsFollowLater) {
    write(0, 2);
    // A deferred constraint fails at commit alone, as a full disk can.
    ASSERT_TRUE(
        db->exec("create table parent(id integer primary key);"
                 "create table child(id integer references parent(id) deferrable initially deferred)"));
    ASSERT_TRUE(book->begin());
    ASSERT_TRUE(book->append(draft(7)));
    ASSERT_TRUE(db->exec("insert into child values(1)"));

    EXPECT_TRUE(book->commit());

    EXPECT_EQ(journal->committed_seq(), 3U);
    EXPECT_EQ(count(), 2);
    write(8, 9);
    EXPECT_EQ(count(), 4);
    EXPECT_EQ(position(), 4);
}

/// Rows under a key of two columns, many more than are read at a time.
class Many final : public Fold {
  public:
    std::string_view name() const override { return "many"; }
    std::string_view schema() const override {
        return "create table if not exists many(a text not null, n integer not null, b integer, primary key (n, a)) without rowid";
    }
    std::vector<std::string> tables() const override { return {"many"}; }
    Result<void> apply(sql::Db&, const Entry&) override { return {}; }
};

TEST(Fingerprint, IsThatOfAllRowsInTheOrderOfTheirKeyHoweverManyAreReadAtATime) {
    const auto db = sql::open_store();
    FoldList folds;
    folds.push_back(std::make_unique<Many>());
    ASSERT_TRUE(db->exec(folds[0]->schema()));
    auto expected = crypto::sha256(crypto::sha256("") + "table many");
    for (std::int64_t row = 0; row < 3000; ++row) {
        const std::string a = row % 2 == 0 ? "가" : "나";  // The second column of the key: two rows with one number.
        ASSERT_TRUE(db->query("insert into many(a, n, b) values ($1, $2, null)", {a, row / 2}));
        expected = crypto::sha256(expected + "t3:" + a + ";i" + std::to_string(row / 2) + ";n;");
        if (row != 0 && row % 1000 != 998 && row % 1000 != 999 && row % 1000 != 0) continue;  // About a page's end.
        ASSERT_EQ(fingerprint_of(*db, folds).value(), crypto::to_hex(expected)) << row + 1 << " rows";
    }
    EXPECT_EQ(fingerprint_of(*db, *folds[0]).value(), crypto::to_hex(expected));
}

}  // namespace
}  // namespace bongsu::journal
