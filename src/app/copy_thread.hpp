#pragma once
// The thread that keeps a site's copy in PostgreSQL: it follows the journal, and nobody waits for it (ADR 0008).

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "app/site/copy_state.hpp"
#include "base/id.hpp"
#include "env/env.hpp"
#include "journal/copy.hpp"
#include "sql/sql.hpp"

namespace bongsu::app {

struct CopyOptions {
    std::string folder;  ///< Of the journal: DATA/<site>/journal.
    SiteId site;
    sql::PostgresOptions database;
};

/// Connects, follows, and after each failure connects anew: after 0.2 s at first, after 5 s at most.
///
/// Bounds:  what waits is on disk; in memory stands one batch of at most 1,000 entries or some 4 MiB.
/// Threads: one of its own, which alone meets the database. committed() from any, stop() from one that may wait.
class CopyThread {
  public:
    CopyThread(env::Env& env, CopyOptions options, std::shared_ptr<CopyState> state);
    ~CopyThread() { stop(); }

    /// The journal is durable up to this entry. While `is_busy`, the copy gives way to the messages on the same machine: a
    /// fifth of its time it copies, so that it falls behind and never stands still. Never waits.
    void committed(std::uint64_t seq, bool is_busy);
    /// Gives it half a second to copy what is committed, then ends it, wherever it waits.
    void stop();

  private:
    void run();
    bool wait_for_work(std::chrono::milliseconds pause);
    void give_way(std::chrono::nanoseconds worked);
    Result<void> step();
    void failed(const Error& error);
    void worked();

    env::Env& env_;
    CopyOptions options_;
    std::shared_ptr<CopyState> state_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::atomic<bool> give_up_{false};  // Ends every wait for the database.
    std::atomic<bool> is_busy_{false};

    // Of the thread alone.
    journal::Follower follower_;
    std::unique_ptr<sql::Db> db_;
    std::unique_ptr<journal::Copy> copy_;
    std::size_t batch_ = 0;
    std::chrono::milliseconds pause_{0};
    std::string last_why_;
    std::int64_t last_told_us_ = 0;
    std::thread thread_;  // Last: it begins when all the rest is there.
};

}  // namespace bongsu::app
