// What only PostgreSQL has: a network, a server that dies or hangs, a password, TLS.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <fstream>

#include "stores.hpp"

namespace bongsu::sql {
namespace {

using namespace std::chrono_literals;

class PostgresTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!on_postgres()) GTEST_SKIP() << "runs as sql_test_postgres";
    }
    static env::Clock& clock() { return env::process_env().clock; }
};

TEST_F(PostgresTest, OneConnectionAloneWritesToASchemaAndOthersMayRead) {
    auto options = test_server().options("alone");
    auto first = open_postgres(clock(), options);
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_TRUE((*first)->exec("create table t(n integer primary key)"));
    const auto second = open_postgres(clock(), options);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
    EXPECT_NE(second.error().message.find("another process writes to the schema alone"), std::string::npos);

    options.reads_only = true;
    auto reader = open_postgres(clock(), options);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_TRUE((*reader)->query("select n from t"));
    EXPECT_EQ((*reader)->query("insert into t values(1)").error().kind, ErrorKind::unavailable);

    first->reset();
    options.reads_only = false;
    EXPECT_TRUE(open_postgres(clock(), options)) << "the lock went with its connection";
}

TEST_F(PostgresTest, AnOptionThatCannotBeIsNamed) {
    auto options = test_server().options("Public; drop");
    options.port = 0;
    options.user.clear();
    const auto opened = open_postgres(clock(), options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::invalid);
    for (const auto* name : {"schema", "port", "user"}) EXPECT_NE(opened.error().message.find(name), std::string::npos) << name;
}

TEST_F(PostgresTest, NobodyThereAndAWrongNameAreUnavailable) {
    auto options = test_server().options("public");
    options.host = "/nonexistent";
    EXPECT_EQ(open_postgres(clock(), options).error().kind, ErrorKind::unavailable);
    options = test_server().options("public");
    options.database = "nobody";
    EXPECT_EQ(open_postgres(clock(), options).error().kind, ErrorKind::unavailable);
    options = test_server().options("public");
    options.host = "/nonexistent," + options.host;
    EXPECT_TRUE(open_postgres(clock(), options)) << "the next host is tried";
}

TEST_F(PostgresTest, AStatementThatTakesTooLongEndsAndTheConnectionGoesOn) {
    auto options = test_server().options("slow");
    options.statement_timeout = 200ms;
    auto db = open_postgres(clock(), options).value();
    EXPECT_EQ(db->query("select 1 from pg_sleep(30)").error().kind, ErrorKind::timeout);
    EXPECT_EQ(db->query("select 7")->at(0).integer(0), 7);
}

TEST_F(PostgresTest, ATransactionThatFailedIsNoSuccessAtItsCommit) {
    auto db = open_store();
    ASSERT_TRUE(db->exec("create table t(n integer primary key)"));
    ASSERT_TRUE(db->exec("begin immediate"));
    ASSERT_TRUE(db->query("insert into t values(1)"));
    ASSERT_FALSE(db->query("insert into t values(1)"));
    EXPECT_EQ(db->exec("commit").error().kind, ErrorKind::conflict);
    EXPECT_TRUE(db->query("select n from t")->empty());
}

TEST_F(PostgresTest, AnErrorShowsNoValueThatCouldNotBeRead) {
    auto db = open_store();
    ASSERT_TRUE(db->exec("create table t(n integer, x text unique)"));
    const auto failed = db->query("insert into t(n) select cast($1 as bigint)", {"010-1234-5678"});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::invalid);
    EXPECT_EQ(failed.error().message.find("010-1234"), std::string::npos) << failed.error().message;
}

TEST_F(PostgresTest, AServerThatHangsCostsTheDeadlineAndOneThatStopsIsNotWaitedFor) {
    TestServer server;
    server.start();
    auto options = server.options("public");
    options.statement_timeout = 300ms;
    options.connect_timeout = 300ms;
    auto db = open_postgres(clock(), options).value();
    const auto backend = db->query("select pg_backend_pid()")->at(0).integer(0);
    ::kill(static_cast<pid_t>(backend), SIGSTOP);
    ::kill(server.pid(), SIGSTOP);

    EXPECT_EQ(db->query("select 1").error().kind, ErrorKind::timeout);
    EXPECT_EQ(db->query("select 1").error().kind, ErrorKind::unavailable) << "a late answer belongs to nobody";
    EXPECT_EQ(db->exec("commit").error().kind, ErrorKind::unavailable);
    EXPECT_EQ(db->changes(), 0);
    EXPECT_EQ(open_postgres(clock(), options).error().kind, ErrorKind::timeout);

    options.connect_timeout = 1h;
    std::atomic<bool> stop = true;
    EXPECT_EQ(open_postgres(clock(), options, &stop).error().kind, ErrorKind::cancelled);

    ::kill(static_cast<pid_t>(backend), SIGCONT);
    server.stop(SIGQUIT);
    EXPECT_EQ(open_postgres(clock(), options).error().kind, ErrorKind::unavailable);
    server.start();
    EXPECT_TRUE(open_postgres(clock(), options));
}

TEST_F(PostgresTest, AServerThatDiesInAPipelineIsUnavailable) {
    TestServer server;
    server.start();
    auto db = open_postgres(clock(), server.options("public")).value();
    ASSERT_TRUE(db->exec("create table t(n integer primary key)"));
    const auto backend = db->query("select pg_backend_pid()")->at(0).integer(0);
    ASSERT_TRUE(db->exec("begin immediate"));
    ASSERT_TRUE(db->pipeline(true));
    ASSERT_TRUE(db->query("insert into t values(1)"));
    ::kill(static_cast<pid_t>(backend), SIGKILL);  // Without it the backend answers until it hears of the server's death.
    server.stop(SIGKILL);
    (void)db->query("insert into t values(2)");
    EXPECT_EQ(db->pipeline(false).error().kind, ErrorKind::unavailable);
    EXPECT_EQ(db->exec("rollback").error().kind, ErrorKind::unavailable);
}

/// One free port of this machine, let go a moment before it is used.
int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    ::close(fd);
    return ntohs(address.sin_port);
}

TEST_F(PostgresTest, ByTcpThePasswordAndTheServersCertificateAreAskedFor) {
    const auto port = free_port();
    TestServer server;
    const auto folder = server.folder();
    std::ofstream(folder + "/password") << "열쇠 and ' more\n";
    const auto make = [&](const std::string& name, const std::string& host) {
        const auto command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + host + " -addext subjectAltName=IP:" +
                             host + " -keyout " + folder + "/" + name + ".key -out " + folder + "/" + name + ".crt 2>/dev/null";
        ASSERT_EQ(std::system(command.c_str()), 0);  // tidy-ok: a test's own certificate
    };
    make("server", "127.0.0.1");
    make("other", "127.0.0.1");
    server.set({"fsync=off", "listen_addresses=127.0.0.1", "port=" + std::to_string(port), "ssl=on",
                "ssl_cert_file=" + folder + "/server.crt", "ssl_key_file=" + folder + "/server.key"});
    server.start();

    auto options = server.options("public");
    options.host = "127.0.0.1";
    options.port = port;
    options.sslrootcert = folder + "/server.crt";
    options.password = "wrong";
    const auto refused = open_postgres(clock(), options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(refused.error().message.find("wrong"), std::string::npos);

    options.password = "열쇠 and ' more";
    auto db = open_postgres(clock(), options);
    ASSERT_TRUE(db) << db.error().message;
    EXPECT_EQ((*db)->query("select ssl from pg_stat_ssl where pid = pg_backend_pid()")->at(0).integer(0), 1);

    options.sslrootcert = folder + "/other.crt";
    const auto stranger = open_postgres(clock(), options);
    ASSERT_FALSE(stranger) << "another server's certificate";
    EXPECT_EQ(stranger.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(stranger.error().message.find("열쇠"), std::string::npos);
}

}  // namespace
}  // namespace bongsu::sql
