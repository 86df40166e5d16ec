#include "sql/sql.hpp"

#include <sys/stat.h>

#include <atomic>
#include <fstream>

#include "stores.hpp"

namespace bongsu::sql {
namespace {

class Sql : public testing::Test {
  protected:
    std::unique_ptr<Db> db = open_store();
    void SetUp() override {
        ASSERT_TRUE(
            db->exec("create table camera(id text primary key, height integer, note text);"
                     "create table other(id integer primary key)"));
    }
};

TEST_F(Sql, BindsValuesByNumberNotByPlace) {
    ASSERT_TRUE(db->query("insert into camera values($2, $1, $3)", {720, "11440-0001", nullptr}));

    const auto rows = db->query("select id, height, note from camera where height = $1", {720}).value();

    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].size(), 3U);
    EXPECT_EQ(rows[0].text(0), "11440-0001");
    EXPECT_EQ(rows[0].integer(1), 720);
    EXPECT_TRUE(rows[0].is_null(2));
    EXPECT_EQ(rows[0].text(2), "");
    EXPECT_EQ(rows[0].integer(2), 0);
}

TEST_F(Sql, KeepsTextWithZerosQuotesAndKorean) {
    constexpr char kText[] = "마포'구\"; drop table camera; --\0end";
    const std::string text(kText, sizeof kText - 1);
    ASSERT_TRUE(db->query("insert into camera(id, note) values($1, $1)", {text}));
    EXPECT_EQ(db->query("select note from camera", std::vector<Value>{}).value()[0].text(0), text);
}

TEST_F(Sql, TellsWhatTheCallerCanDoAboutAFailure) {
    ASSERT_TRUE(db->query("insert into camera(id) values($1)", {"a"}));
    EXPECT_EQ(db->query("insert into camera(id) values($1)", {"a"}).error().kind, ErrorKind::conflict);
    EXPECT_EQ(db->query("select * from nowhere").error().kind, ErrorKind::invalid);
    EXPECT_EQ(db->query("select 1; select 2").error().kind, ErrorKind::invalid);
    EXPECT_EQ(db->query("  ").error().kind, ErrorKind::invalid);
    EXPECT_EQ(db->query("select $1", {1, 2}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(db->query("select $1, $3", {1, 2}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(db->query("select 1.5").error().kind, ErrorKind::invalid);
    if (on_postgres()) return;  // There a full disk is the whole server's: tests/integration/database.test.mjs.
    ASSERT_TRUE(db->exec("pragma max_page_count=8"));
    EXPECT_EQ(db->query("insert into camera(id) values($1)", {std::string(1 << 20, 'x')}).error().kind,
              ErrorKind::exhausted);
}

TEST_F(Sql, ErrorsNeverShowAValue) {
    ASSERT_TRUE(db->query("insert into camera(id) values($1)", {"010-1234-5678"}));
    const auto failed = db->query("insert into camera(id) values($1)", {"010-1234-5678"});
    EXPECT_EQ(failed.error().message.find("010-1234"), std::string::npos);
}

TEST_F(Sql, CountsChangesAndRollsBack) {
    ASSERT_TRUE(db->query("insert into camera(id) values('a'),('b'),('c')"));
    EXPECT_EQ(db->changes(), 3);
    ASSERT_TRUE(db->exec("begin"));
    ASSERT_TRUE(db->query("delete from camera where id > $1", {"a"}));
    EXPECT_EQ(db->changes(), 2);
    ASSERT_TRUE(db->exec("rollback"));
    EXPECT_EQ(db->query("select count(*) from camera").value()[0].integer(0), 3);
}

TEST_F(Sql, ASavepointThatStaysPreparedTakesBackWhatCameAfterItEachTime) {
    ASSERT_TRUE(db->exec("create table kept(n integer)"));
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(db->exec("begin immediate"));
        ASSERT_TRUE(db->query("insert into kept values($1)", {std::int64_t{i}}));
        ASSERT_TRUE(db->exec("savepoint here"));
        ASSERT_TRUE(db->query("insert into kept values(100)"));
        ASSERT_TRUE(db->exec("rollback to here; release here"));
        ASSERT_TRUE(db->exec("commit"));
    }
    EXPECT_EQ(db->query("select count(*) from kept").value()[0].integer(0), 3);
    ASSERT_TRUE(db->exec("drop table kept"));
}

TEST_F(Sql, ForgetsOldStatementsAndPreparesThemAgain) {
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 600; ++i) {
            const auto rows = db->query("select " + std::to_string(i) + " + $1", {1});
            ASSERT_TRUE(rows);
            EXPECT_EQ((*rows)[0].integer(0), i + 1);
        }
    }
}

TEST_F(Sql, AnswersIntegersOf64BitsWhereverTheyComeFrom) {
    ASSERT_TRUE(db->query("insert into camera(id, height) values($1, $2)", {"a", INT64_MAX}));
    ASSERT_TRUE(db->query("insert into camera(id, height) values($1, $2)", {"b", INT64_MIN}));
    const auto rows = db->query("select max(height), min(height), count(*), sum(height) + $1, $2 > 1 from camera", {1, 2});
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ((*rows)[0].integer(0), INT64_MAX);
    EXPECT_EQ((*rows)[0].integer(1), INT64_MIN);
    EXPECT_EQ((*rows)[0].integer(2), 2);
    EXPECT_EQ((*rows)[0].integer(3), 0);
    EXPECT_EQ((*rows)[0].integer(4), 1);
}

TEST_F(Sql, OrdersTextsByTheirBytes) {
    ASSERT_TRUE(db->query("insert into camera(id) values('b'),('B'),('a'),('가'),('Z'),('_'),('é')"));
    std::string order;
    const auto rows = db->query("select id from camera order by id").value();
    for (const auto& row : rows) order += row.text(0);
    EXPECT_EQ(order, "BZ_abé가");
}

TEST_F(Sql, NamesATablesKeyInItsOrderOrAllItsColumns) {
    ASSERT_TRUE(db->exec("create table pair(note text, b integer, a text, primary key(a, b));"
                         "create table keyless(z integer, \"user\" text)"));
    EXPECT_EQ(db->key_columns("pair").value(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(db->key_columns("camera").value(), (std::vector<std::string>{"id"}));
    EXPECT_EQ(db->key_columns("keyless").value(), (std::vector<std::string>{"z", "user"}));
    EXPECT_EQ(db->key_columns("nowhere").error().kind, ErrorKind::invalid);
}

TEST_F(Sql, ATableMadeAnewInAnotherShapeIsReadInIt) {
    ASSERT_TRUE(db->query("insert into other(id) values($1)", {1}));
    EXPECT_EQ(db->query("select * from other").value()[0].size(), 1U);
    ASSERT_TRUE(db->exec("drop table other"));
    ASSERT_TRUE(db->exec("create table other(id integer primary key, text text)"));
    ASSERT_TRUE(db->query("insert into other(id) values($1)", {1}));
    EXPECT_EQ(db->query("select * from other").value()[0].size(), 2U);
}

TEST_F(Sql, APipelineKeepsItsOrderAndATransactionsFailureIsToldBeforeItsEnd) {
    ASSERT_TRUE(db->exec("begin immediate"));
    ASSERT_TRUE(db->pipeline(true));
    for (int i = 0; i < 2000; ++i) {  // More than may wait.
        ASSERT_TRUE(db->query("insert into camera(id, height) values($1, $2)", {std::to_string(i), std::int64_t{i}}));
    }
    EXPECT_EQ(db->query("select count(*) from camera where height >= $1", {0})->at(0).integer(0), 2000);
    ASSERT_TRUE(db->query("update camera set note = 'x' where height < $1", {10}));
    EXPECT_EQ(db->changes(), 10);
    ASSERT_TRUE(db->pipeline(false));
    ASSERT_TRUE(db->exec("commit"));

    ASSERT_TRUE(db->exec("begin immediate"));
    ASSERT_TRUE(db->pipeline(true));
    auto done = db->query("insert into camera(id) values($1)", {"7"});
    if (done) done = db->query("insert into camera(id) values($1)", {"new"});
    auto ended = db->pipeline(false);
    EXPECT_FALSE(done && ended);
    EXPECT_EQ((done ? ended.error() : done.error()).kind, ErrorKind::conflict);
    ASSERT_TRUE(db->exec("rollback"));
    EXPECT_TRUE(db->query("select 1 from camera where id = 'new'")->empty());
    EXPECT_TRUE(db->query("insert into camera(id) values($1)", {"new"})) << "the connection goes on";
}

TEST_F(Sql, AStatementThatFailedWorksAgain) {
    const std::string_view statement = "insert into camera(id) values($1)";
    ASSERT_TRUE(db->query(statement, {"a"}));
    ASSERT_FALSE(db->query(statement, {"a"}));
    EXPECT_TRUE(db->query(statement, {"b"}));
}

TEST(SqlFile, ACheckpointBesideTheWriterEmptiesItsLogAndLosesNothing) {
    std::string folder = testing::TempDir() + "sqlXXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const auto path = folder + "/log.db";
    auto db = *open_sqlite(path, Checkpoints::elsewhere);
    auto checkpointer = *Checkpointer::open(path);
    ASSERT_TRUE(db->exec("create table t(n integer primary key, x text)"));
    std::atomic<bool> running = true;
    std::thread beside([&] {
        while (running) EXPECT_TRUE(checkpointer->run());
    });

    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(db->exec("begin immediate"));
        ASSERT_TRUE(db->query("insert into t values($1, $2)", {std::int64_t{i}, std::string(3000, 'x')}));
        ASSERT_TRUE(db->exec("commit")) << "the writer never waits for it";
    }
    running = false;
    beside.join();

    EXPECT_EQ(*checkpointer->run(), 0) << "with the writer at rest nothing is left";
    EXPECT_GT(std::filesystem::file_size(path), 300U * 3000U) << "what the log held stands in the database itself";
    EXPECT_EQ(db->query("select count(*) from t")->at(0).integer(0), 300);
    std::filesystem::remove_all(folder);
}

TEST(SqlFile, AnEmptiedLogHoldsNoPageAsItWas) {
    std::string folder = testing::TempDir() + "sqlXXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const auto path = folder + "/erased.db";
    auto db = *open_sqlite(path, Checkpoints::elsewhere);
    ASSERT_TRUE(db->exec("create table t(n integer primary key, x text)"));
    ASSERT_TRUE(db->query("insert into t values(1, 'where somebody was')"));
    ASSERT_TRUE(db->query("update t set x = ''"));
    const auto holds = [&](const std::string& file) {
        std::ifstream in(file, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        return bytes.find("where somebody was") != std::string::npos;
    };
    ASSERT_TRUE(holds(path + "-wal"));
    {
        auto reader = *open_sqlite(path, Checkpoints::elsewhere);
        ASSERT_TRUE(reader->exec("begin"));
        ASSERT_TRUE(reader->query("select count(*) from t"));
        EXPECT_FALSE(*db->empty_log()) << "somebody still reads it";
    }

    EXPECT_TRUE(*db->empty_log());
    EXPECT_FALSE(holds(path) || holds(path + "-wal"));
    EXPECT_EQ(db->query("select count(*) from t")->at(0).integer(0), 1);
    std::filesystem::remove_all(folder);
}

TEST(SqlFile, IsPrivateAndKeepsItsRows) {
    std::string folder = testing::TempDir() + "sqlXXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const auto path = folder + "/fold.db";
    { ASSERT_TRUE(open_sqlite(path).value()->exec("create table t(a); insert into t values(7)")); }

    struct stat state {};
    ASSERT_EQ(::stat(path.c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777U, 0600U);
    EXPECT_EQ(open_sqlite(path).value()->query("select a from t").value()[0].integer(0), 7);

    std::ofstream(path, std::ios::trunc) << std::string(4096, 'x');
    EXPECT_EQ(open_sqlite(path).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(open_sqlite(folder + "/none/fold.db").error().kind, ErrorKind::unavailable);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace bongsu::sql
