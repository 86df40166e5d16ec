#pragma once
// The database that a test runs on: SQLite in memory, or a schema of its own in a PostgreSQL that this process started,
// as BONGSU_TEST_STORE says.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "env/posix.hpp"
#include "sql/sql.hpp"

namespace bongsu::sql {

inline bool on_postgres() {
    const char* store = std::getenv("BONGSU_TEST_STORE");
    return store != nullptr && std::string_view(store) == "postgres";
}

/// A server of this process, begun with tools/postgres.sh; it ends with it, however that ends.
class TestServer {
  public:
    explicit TestServer(std::vector<std::string> settings = {"fsync=off"}) : settings_(std::move(settings)) {
        char folder[] = "/tmp/bongsu-pgXXXXXX";
        folder_ = ::mkdtemp(folder);
    }
    ~TestServer() {
        stop(SIGQUIT);
        std::filesystem::remove_all(folder_);
    }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    const std::string& folder() const { return folder_; }
    pid_t pid() const { return pid_; }

    /// Before start().
    void set(std::vector<std::string> settings) { settings_ = std::move(settings); }

    /// Starts it and waits until it takes connections.
    void start() {
        std::vector<std::string> words{BONGSU_SOURCE_DIR "/tools/postgres.sh", folder_};
        for (const auto& setting : settings_) words.insert(words.end(), {"-c", setting});
        pid_ = ::fork();
        if (pid_ == 0) {
            const int log = ::open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
            ::dup2(log, 1);
            ::dup2(log, 2);
            std::vector<char*> arguments;
            for (auto& word : words) arguments.push_back(word.data());
            arguments.push_back(nullptr);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        Result<std::unique_ptr<Db>> opened = fail(ErrorKind::unavailable, "not tried");
        auto& clock = env::process_env().clock;
        for (const auto end = clock.mono() + std::chrono::seconds(60); !opened;) {
            opened = open_postgres(clock, options("public"));
            ASSERT_LT(clock.mono(), end) << opened.error().message << ", see " << folder_ << "/log";
            std::this_thread::yield();
        }
    }
    /// Answers when it has ended.
    void stop(int signal) {
        if (pid_ <= 0) return;
        ::kill(pid_, signal);
        ::kill(pid_, SIGCONT);  // One that was made to hang.
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    PostgresOptions options(const std::string& schema) const {
        PostgresOptions options;
        options.host = folder_;
        for (const auto& setting : settings_) {
            if (setting.starts_with("port=")) options.port = std::stoi(setting.substr(5));
        }
        options.database = "postgres";
        options.user = "bongsu";
        options.schema = schema;
        return options;
    }

  private:
    std::string folder_;
    std::vector<std::string> settings_;
    pid_t pid_ = -1;
};

/// The one server of a test binary.
inline TestServer& test_server() {
    static TestServer server;
    if (server.pid() < 0) server.start();
    return server;
}

/// An empty database of the kind that this run is about.
inline std::unique_ptr<Db> open_store() {
    if (!on_postgres()) return open_sqlite(":memory:").value();
    static int schemas = 0;
    auto opened = open_postgres(env::process_env().clock, test_server().options("t" + std::to_string(++schemas)));
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
}

}  // namespace bongsu::sql
