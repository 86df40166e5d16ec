#include "app/store_settings.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "env/posix.hpp"

namespace bongsu::app {
namespace {

class StoreSettings : public testing::Test {
  protected:
    std::string data = testing::TempDir() + "storeXXXXXX";
    void SetUp() override {
        ASSERT_NE(::mkdtemp(data.data()), nullptr);
        std::filesystem::create_directories(data + "/11000");
        keep("secret", "s3cr3t words\n", 0600);
    }
    void TearDown() override { std::filesystem::remove_all(data); }

    void keep(const std::string& name, const std::string& text, mode_t mode) {
        std::ofstream(data + "/11000/" + name) << text;
        ASSERT_EQ(::chmod((data + "/11000/" + name).c_str(), mode), 0);
    }
    Result<std::optional<sql::PostgresOptions>> read(const std::string& toml) {
        keep("site.toml", toml, 0644);
        return read_store_settings(env::process_env().disk, data, {"11000"});
    }
    std::string refusal(const std::string& toml) {
        const auto settings = read(toml);
        if (settings) return "taken";
        EXPECT_EQ(settings.error().kind, ErrorKind::invalid);
        EXPECT_EQ(settings.error().message.find("s3cr3t"), std::string::npos);
        return settings.error().message;
    }
};

const std::string kStore = "[store]\nkind = \"postgres\"\n";
const std::string kPlace = kStore + "host = \"/run/postgresql\"\ndatabase = \"bongsu\"\nuser = \"bongsu\"\n";

TEST_F(StoreSettings, WithoutAFileOrWithTheDefaultThereIsNoCopy) {
    EXPECT_FALSE(read_store_settings(env::process_env().disk, data, {"11000"}).value());
    EXPECT_FALSE(read("").value());
    EXPECT_FALSE(read("[store]\nkind = \"sqlite\"\n").value());
}

TEST_F(StoreSettings, EverySettingReachesTheDatabasesDoor) {
    const auto settings = read(kStore +
                               "host = \"db1.example,db2.example\"\nport = 5433\ndatabase = \"bongsu\"\nuser = \"centre\"\n"
                               "password_file = \"secret\"\nsslmode = \"verify-ca\"\nsslrootcert = \"/etc/ca.pem\"\n"
                               "schema = \"copy_of_11000\"\nconnect_timeout_ms = 700\nstatement_timeout_ms = 900\n");
    ASSERT_TRUE(settings) << settings.error().message;
    const auto& options = settings->value();
    EXPECT_EQ(options.host, "db1.example,db2.example");
    EXPECT_EQ(options.port, 5433);
    EXPECT_EQ(options.database, "bongsu");
    EXPECT_EQ(options.user, "centre");
    EXPECT_EQ(options.password, "s3cr3t words");
    EXPECT_EQ(options.sslmode, "verify-ca");
    EXPECT_EQ(options.sslrootcert, "/etc/ca.pem");
    EXPECT_EQ(options.schema, "copy_of_11000");
    EXPECT_EQ(options.connect_timeout.count(), 700);
    EXPECT_EQ(options.statement_timeout.count(), 900);

    const auto defaults = read(kPlace).value().value();
    EXPECT_EQ(defaults.schema, "site_11000");
    EXPECT_EQ(defaults.sslmode, "verify-full");
    EXPECT_EQ(defaults.password, "");
}

TEST_F(StoreSettings, AllThatCannotBeIsNamedAtOnce) {
    const auto all = refusal("[store]\nkind = \"postgres\"\nport = 0\nuser = 7\nsslmode = \"prefer\"\nconnect_timeout_ms = 1\n"
                             "pasword_file = \"x\"\n[stores]\n");
    for (const auto* name : {"store.port", "store.user", "store.host is missing", "store.database is missing", "store.sslmode",
                             "store.connect_timeout_ms", "store.pasword_file is not a setting", "stores is not a setting"}) {
        EXPECT_NE(all.find(name), std::string::npos) << name << " in" << all;
    }
    EXPECT_NE(refusal("[store]\nkind = \"oracle\"\n").find("store.kind must be sqlite or postgres"), std::string::npos);
    EXPECT_NE(refusal("store = 1\n").find("store must be a table"), std::string::npos);
    EXPECT_NE(refusal("[store\n").find("line 1"), std::string::npos);
}

TEST_F(StoreSettings, NothingGoesToAnotherMachineInTheClear) {
    const auto at = [](const std::string& host) {
        return kStore + "host = \"" + host + "\"\ndatabase = \"b\"\nuser = \"u\"\nsslmode = \"disable\"\n";
    };
    for (const auto* host : {"10.0.0.5", "localhost,db2", "db1.example"})
        EXPECT_NE(refusal(at(host)).find("in the clear"), std::string::npos) << host;
    for (const auto* host : {"127.0.0.1", "localhost", "::1", "/run/postgresql", "/a,127.0.0.1"}) EXPECT_TRUE(read(at(host))) << host;
}

TEST_F(StoreSettings, APasswordFileThatOthersCanReadIsRefused) {
    const auto with = [](const std::string& file) { return kPlace + "password_file = \"" + file + "\"\n"; };
    EXPECT_EQ(read(with(data + "/11000/secret")).value()->password, "s3cr3t words");
    for (const mode_t mode : {0640, 0604, 0644}) {
        keep("secret", "s3cr3t words\n", mode);
        EXPECT_NE(refusal(with("secret")).find("chmod 600"), std::string::npos) << mode;
    }
    EXPECT_NE(refusal(with("none")).find("cannot be read"), std::string::npos);
    EXPECT_NE(refusal(with("/11000")).find("cannot be read"), std::string::npos);
    EXPECT_NE(refusal(with(data)).find("is no file"), std::string::npos);
    for (const auto& text : {std::string(), std::string("\n"), std::string("s3cr3t\ntwo\n"), std::string(1001, 'x')}) {
        keep("secret", text, 0600);
        EXPECT_NE(refusal(with("secret")).find("one line"), std::string::npos);
    }
}

}  // namespace
}  // namespace bongsu::app
