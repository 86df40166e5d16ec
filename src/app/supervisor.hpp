#pragma once
// Keeps child processes running: starts them, restarts the dead, ends them all at the end.

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "env/env.hpp"

namespace bongsu::app {

struct ChildSpec {
    std::string name;                ///< "control 11000", for the log.
    std::vector<std::string> args;   ///< Of this same program: {"control", "--site", …}.
    std::vector<int> inherited_fds;  ///< Kept open in the child under the same numbers.
    std::string log_path;            ///< The child's stderr is appended here.
    int stop_order = 0;              ///< Ended in rising order, those of one number together.
};

/// Threads: one, the process's only one, so that fork() is safe.
///
/// A child that dies is started again at once; after three deaths within 10 s the pause grows from 0.5 s to 5
/// s, so that a child which cannot start does not eat the machine. Each child asks the kernel for SIGTERM at
/// our death.
class Supervisor {
  public:
    explicit Supervisor(env::Clock& clock) : clock_(clock) {}

    void add(ChildSpec spec);
    /// Blocks the signals, starts everything and serves until SIGINT or SIGTERM; then SIGTERM in order,
    /// SIGKILL after 5 s. `ready` is called once, when `is_ready` first answers true (asked each 20 ms).
    /// Answers 0, or 1 when a child that was to end broke instead.
    int run(const std::function<bool()>& is_ready, const std::function<void()>& ready);

  private:
    struct Child {
        ChildSpec spec;
        pid_t pid = -1;
        std::vector<MonoTime> deaths;
        MonoTime start_at{};
    };
    void start(Child& child);
    void reap();
    void judge_end(const Child& child, pid_t pid, int status);
    void start_due();
    void stop_all();

    env::Clock& clock_;
    std::vector<Child> children_;
    bool stopping_ = false, ended_badly_ = false;
};

}  // namespace bongsu::app
