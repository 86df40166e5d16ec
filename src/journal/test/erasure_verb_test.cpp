// The verb over a book: folds forget at once, and what a replay builds after it is the same.

#include "journal/erasure.hpp"
#include "sample.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::journal {
namespace {

/// Keeps the words of incident.opened by seq, as a room's fold does.
class Words final : public Fold {
  public:
    std::string_view name() const override { return "words"; }
    std::string_view schema() const override {
        return "create table if not exists words(seq integer primary key, text text not null, state text not null)";
    }
    std::vector<std::string> tables() const override { return {"words"}; }
    Result<void> apply(sql::Db& db, const Entry& entry) override {
        if (entry.kind == kErasureOrdered) {
            TRY(const auto order, order_of(entry));
            for (const auto& one : order.entries)
                TRY_DO(db.query("update words set text = '' where seq = $1", {static_cast<std::int64_t>(one.seq)}));
            return {};
        }
        if (entry.kind != "incident.opened") return {};
        const auto* text = entry.payload.if_contains("text");
        TRY_DO(db.query("insert into words values ($1, $2, $3)",
                        {static_cast<std::int64_t>(entry.seq), text ? std::string(text->as_string()) : std::string(),
                         std::string(entry.payload.at("state").as_string())}));
        return {};
    }
};

std::vector<std::unique_ptr<Fold>> folds() {
    std::vector<std::unique_ptr<Fold>> all;
    all.push_back(std::make_unique<Words>());
    all.push_back(make_erasure_fold());
    return all;
}

class ErasureVerb : public testing::Test {
  protected:
    env::sim::World world{31};
    std::unique_ptr<Journal> journal = open_journal(world.env);
    std::unique_ptr<sql::Db> db = sql::open_store();
    Book book{world.env, *journal, *db, folds()};

    void SetUp() override {
        ASSERT_TRUE(book.begin());
        for (int i = 0; i < 400; ++i) {
            ASSERT_TRUE(book.append({"incident.opened", "site:11000", {}, {{"text", "쓰러진 사람"}, {"state", "new"}}}));
        }
        ASSERT_TRUE(book.append({"message.received", "agency:P", {}, {{"bytes", "AAAA"}, {"parts", 3}, {"format", "f"}}}));
        ASSERT_TRUE(book.append({"message.continued", "agency:P", {}, {{"raw", 401}, {"part", 2}, {"bytes", "BBBB"}}}));
        ASSERT_TRUE(book.append({"message.continued", "agency:P", {}, {{"raw", 401}, {"part", 3}, {"bytes", "CCCC"}}}));
        ASSERT_TRUE(book.append({"grant.issued", "site:11000", {}, {{"grant", "G"}}}));
        ASSERT_TRUE(book.commit());
    }
    Result<std::vector<ErasureOrder>> ask(std::vector<std::uint64_t> seqs, std::string reason = "consent_withdrawn") {
        EXPECT_TRUE(book.begin());
        auto done = order_erasure(book, {"user:OFFICIAL", std::move(reason), "PIPA 37", std::move(seqs), {}});
        if (done) {
            EXPECT_TRUE(book.commit());
        } else {
            book.abort();
        }
        return done;
    }
    std::int64_t worded() { return db->query("select count(*) from words where text <> ''").value()[0].integer(0); }
    std::string replayed() {
        const auto fresh = sql::open_store();
        return Book(world.env, *journal, *fresh, folds()).rebuild().value();
    }
};

TEST_F(ErasureVerb, AMessageOfMorePartsThanAnOrderHoldsGoesWhole) {
    ASSERT_TRUE(book.begin());
    ASSERT_TRUE(book.append({"message.received", "agency:P", {}, {{"bytes", "AAAA"}, {"parts", 700}, {"format", "f"}}}));
    const auto raw = static_cast<std::int64_t>(journal->last_seq());
    for (int part = 2; part <= 700; ++part) ASSERT_TRUE(book.append({"message.continued", "agency:P", {}, {{"raw", raw}, {"part", part}, {"bytes", "BBBB"}}}));
    ASSERT_TRUE(book.append({"incident.opened", "site:11000", {}, {{"text", "another's"}, {"state", "new"}}}));
    ASSERT_TRUE(book.commit());

    const auto orders = ask({static_cast<std::uint64_t>(raw)});

    ASSERT_TRUE(orders) << orders.error().message;
    ASSERT_EQ(orders->size(), 3U);
    EXPECT_EQ(orders->back().entries.size(), 100U);
    EXPECT_EQ(orders->back().entries.back().seq, static_cast<std::uint64_t>(raw) + 699);
}

TEST_F(ErasureVerb, APartThatWasOrderedByItselfIsNotInTheWayOfItsMessage) {
    ASSERT_TRUE(ask({402}));

    const auto rest = ask({401});

    ASSERT_TRUE(rest) << rest.error().message;
    ASSERT_EQ(rest->size(), 1U);
    ASSERT_EQ(rest->at(0).entries.size(), 2U);
    EXPECT_EQ(rest->at(0).entries[0].seq, 401U);
    EXPECT_EQ(rest->at(0).entries[1].seq, 403U);
}

TEST_F(ErasureVerb, FoldsForgetAtOnceAndAReplayBeforeAndAfterTheWipeIsEqual) {
    const auto orders = ask({3, 5, 4});
    ASSERT_TRUE(orders) << orders.error().message;
    ASSERT_EQ(orders->size(), 1U);
    EXPECT_EQ(worded(), 397);
    EXPECT_EQ(book.fingerprint().value(), replayed()) << "ordered, not wiped yet";

    ASSERT_TRUE(finish_erasures(book, "site:11000"));

    EXPECT_EQ(book.fingerprint().value(), replayed()) << "wiped and closed";
    EXPECT_TRUE(journal->open_erasures().empty());
    EXPECT_EQ(db->query("select state from words where seq = 4").value()[0].text(0), "new") << "what is left stays";
    const auto record = erasures(*db, 0, 10).value();
    ASSERT_EQ(record.size(), 1U);
    EXPECT_EQ(record[0].actor, "user:OFFICIAL");
    EXPECT_EQ(record[0].reason, "consent_withdrawn");
    EXPECT_EQ(record[0].entries, 3);
    EXPECT_EQ(record[0].first, 3U);
    EXPECT_EQ(record[0].last, 5U);
    EXPECT_TRUE(record[0].done_at);
    EXPECT_EQ(world.disk.read(first_segment()).value().find("\"text\":\"쓰러진 사람\"},{"), std::string::npos);
}

TEST_F(ErasureVerb, AMessageGoesWithAllItsPartsAndManyEntriesBecomeSeveralOrders) {
    std::vector<std::uint64_t> seqs;
    for (std::uint64_t seq = 401; seq >= 1; --seq) seqs.push_back(seq);
    const auto orders = ask(seqs, "retention");
    ASSERT_TRUE(orders) << orders.error().message;
    ASSERT_EQ(orders->size(), 2U);
    EXPECT_EQ((*orders)[0].entries.size(), kOrderEntriesMax);
    EXPECT_EQ((*orders)[1].entries.back().seq, 403U);
    ASSERT_TRUE(finish_erasures(book, "site:11000"));

    const auto bytes = world.disk.read(first_segment()).value();
    for (const auto* gone : {"AAAA", "BBBB", "CCCC", "쓰러진"}) EXPECT_EQ(bytes.find(gone), std::string::npos) << gone;
    EXPECT_EQ(worded(), 0);
    EXPECT_EQ(book.fingerprint().value(), replayed());
    EXPECT_FALSE(verify_folder(world.disk, kFolder).value().problem);
    const auto page = erasures(*db, (*orders)[1].seq, 10).value();
    ASSERT_EQ(page.size(), 1U);
    EXPECT_EQ(page[0].id, (*orders)[0].id);
}

TEST_F(ErasureVerb, RefusesWhatStaysWhatIsNotThereAndWhatIsGoneAlready) {
    EXPECT_EQ(ask({1}, "boredom").error().kind, ErrorKind::invalid);
    EXPECT_EQ(ask({}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(ask({404}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(ask({0}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(ask({9999}).error().kind, ErrorKind::not_found);
    ASSERT_TRUE(ask({7}));
    EXPECT_EQ(ask({7}).error().kind, ErrorKind::conflict) << "ordered, not wiped yet";
    ASSERT_TRUE(finish_erasures(book, "site:11000"));
    EXPECT_EQ(ask({6, 7}).error().kind, ErrorKind::conflict);
    EXPECT_EQ(worded(), 399);
    EXPECT_EQ(book.fingerprint().value(), replayed());
}

TEST_F(ErasureVerb, ADeathBetweenOrderAndEndIsFinishedByTheNextStart) {
    ASSERT_TRUE(ask({10, 11}));
    journal.reset();
    journal = open_journal(world.env);
    const auto fresh = sql::open_store();
    Book again(world.env, *journal, *fresh, folds());
    ASSERT_TRUE(again.catch_up());
    ASSERT_EQ(journal->open_erasures().size(), 1U);

    ASSERT_TRUE(finish_erasures(again, "site:11000"));

    EXPECT_TRUE(journal->open_erasures().empty());
    EXPECT_TRUE(all_of(*journal)[9].erased);
    EXPECT_EQ(all_of(*journal).back().kind, kErasureDone);
    EXPECT_FALSE(verify_folder(world.disk, kFolder).value().problem);
}

}  // namespace
}  // namespace bongsu::journal
