#include "app/supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "base/log.hpp"

namespace bongsu::app {

namespace {

using namespace std::chrono_literals;

constexpr auto kDeathWindow = 10s;
constexpr std::size_t kDeathsForPause = 3;
constexpr auto kStopDeadline = 5s;

sigset_t our_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD, SIGHUP}) sigaddset(&set, signal);
    return set;
}

/// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const std::vector<char*>& argv, const std::vector<int>& fds, int log_fd,
                         pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(0);  // The parent died before we could ask.
    const sigset_t ours = our_signals();
    ::sigprocmask(SIG_UNBLOCK, &ours, nullptr);
    ::setpgid(0, 0);  // Ctrl-C goes to the supervisor alone, which ends the children in order.
    for (const int fd : fds) ::fcntl(fd, F_SETFD, 0);
    if (log_fd >= 0) ::dup2(log_fd, STDERR_FILENO);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
}

}  // namespace

void Supervisor::add(ChildSpec spec) { children_.push_back({std::move(spec), -1, {}, {}}); }

void Supervisor::start(Child& child) {
    std::vector<std::string> words{"bongsu"};
    words.insert(words.end(), child.spec.args.begin(), child.spec.args.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int log_fd = child.spec.log_path.empty() ? -1
                                                   : ::open(child.spec.log_path.c_str(),
                                                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) become(argv, child.spec.inherited_fds, log_fd, parent);
    if (log_fd >= 0) ::close(log_fd);
    if (pid < 0) {
        LOG_ERROR("supervisor.fork_failed", {{"child", child.spec.name}});
        child.start_at = clock_.mono() + 500ms;
        return;
    }
    child.pid = pid;
    LOG_INFO("supervisor.started", {{"child", child.spec.name}, {"pid", pid}});
}

void Supervisor::reap() {
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid <= 0) return;
        const auto found =
            std::find_if(children_.begin(), children_.end(), [&](const Child& c) { return c.pid == pid; });
        if (found == children_.end()) continue;
        found->pid = -1;
        if (stopping_) {
            judge_end(*found, pid, status);
            continue;
        }
        const auto now = clock_.mono();
        std::erase_if(found->deaths, [&](MonoTime at) { return now - at > kDeathWindow; });
        found->deaths.push_back(now);
        const auto extra =
            found->deaths.size() > kDeathsForPause ? found->deaths.size() - kDeathsForPause : 0;
        const auto pause = std::min<std::chrono::milliseconds>(5s, extra * 500ms);
        found->start_at = now + pause;
        LOG_WARN("supervisor.child_died", {{"child", found->spec.name},
                                           {"pid", pid},
                                           {"signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0},
                                           {"exit", WIFEXITED(status) ? WEXITSTATUS(status) : 0},
                                           {"restart_in_ms", pause.count()}});
    }
}

/// A child that was asked to end and broke instead may have left its last records to the next start: that is said, and
/// the city's own exit code tells it.
void Supervisor::judge_end(const Child& child, pid_t pid, int status) {
    const int exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (exit_code == 0 && (signal == 0 || signal == SIGTERM)) return;  // SIGTERM: it had not begun to listen for it.
    ended_badly_ = true;
    LOG_WARN("supervisor.child_ended_badly",
             {{"child", child.spec.name}, {"pid", pid}, {"signal", signal}, {"exit", exit_code}});
}

void Supervisor::start_due() {
    for (auto& child : children_) {
        if (child.pid < 0 && clock_.mono() >= child.start_at) start(child);
    }
}

void Supervisor::stop_all() {
    stopping_ = true;
    const auto deadline = clock_.mono() + kStopDeadline;
    std::set<int> orders;
    for (const auto& child : children_) orders.insert(child.spec.stop_order);
    for (const int order : orders) {
        const auto alive = [order](const Child& c) { return c.pid > 0 && c.spec.stop_order == order; };
        for (const auto& child : children_) {
            if (alive(child)) ::kill(child.pid, SIGTERM);
        }
        while (std::any_of(children_.begin(), children_.end(), alive) && clock_.mono() < deadline) {
            ::poll(nullptr, 0, 10);
            reap();
        }
    }
    for (const auto& child : children_) {
        if (child.pid <= 0) continue;
        LOG_WARN("supervisor.killed", {{"child", child.spec.name}});
        ::kill(child.pid, SIGKILL);
        ::waitpid(child.pid, nullptr, 0);
    }
}

int Supervisor::run(const std::function<bool()>& is_ready, const std::function<void()>& ready) {
    const sigset_t signals = our_signals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    const int signal_fd = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    bool told = false;
    for (;;) {
        start_due();
        pollfd wait{signal_fd, POLLIN, 0};
        ::poll(&wait, 1, told ? 100 : 20);
        signalfd_siginfo info{};
        while (::read(signal_fd, &info, sizeof info) == sizeof info) {
            if (info.ssi_signo == SIGCHLD) continue;
            stop_all();
            ::close(signal_fd);
            return ended_badly_ ? 1 : 0;
        }
        reap();
        if (!told && is_ready()) {
            told = true;
            ready();
        }
    }
}

}  // namespace bongsu::app
