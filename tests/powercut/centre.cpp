#include "centre.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <vector>

#include "messages.hpp"

namespace bongsu::powercut {

namespace {

constexpr const char* kSite = "11000";
constexpr const char* kPartners[] = {"fire-dispatch", "disaster", "police-tcp"};
constexpr auto kStart = std::chrono::minutes(2);

/// Listens on any free port of the loopback address; the number of the port.
int listen_somewhere(int& port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    if (fd < 0 || ::bind(fd, address, size) != 0 || ::listen(fd, 64) != 0 || ::getsockname(fd, address, &size) != 0)
        give_up("no port to listen on");
    port = ntohs(at.sin_port);
    return fd;
}

}  // namespace

Centre::Centre(const CentreOptions& options) : log_(options.log) {
    std::vector<int> fds{listen_somewhere(ports_["http"])};
    std::vector<std::string> words{"bongsu", "control", "--data", options.data, "--site", kSite, "--http-fd",
                                   std::to_string(fds[0]), "--console", options.console};
    for (const auto* key : kPartners) {
        fds.push_back(listen_somewhere(ports_[key]));
        words.insert(words.end(), {"--partner-fd", std::string(key) + "=" + std::to_string(fds.back())});
    }
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (const int fd : fds) ::fcntl(fd, F_SETFD, 0);
        const int log_fd = ::open(options.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(log_fd, STDOUT_FILENO);
        ::dup2(log_fd, STDERR_FILENO);
        ::execv(options.program.c_str(), argv.data());
        ::_exit(127);
    }
    for (const int fd : fds) ::close(fd);
    if (pid_ < 0) give_up("control cannot be started");
}

void Centre::wait_until_open() {
    const auto end = std::chrono::steady_clock::now() + kStart;  // tidy-ok: a real process is waited for
    const std::string request = "GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    for (;;) {
        // Without a media process it is open, takes messages and says that it is not ready for everything.
        const auto answer = ask_http(ports_["http"], request);
        if (!answer.empty() && answer.find(R"("starting":true)") == std::string::npos) return;
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = -1;
            give_up("control ended at its start:\n" + log());
        }
        if (std::chrono::steady_clock::now() > end) give_up("control does not open:\n" + log());  // tidy-ok: as above
        ::poll(nullptr, 0, 5);
    }
}

void Centre::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

std::string Centre::log() const {
    std::ifstream in(log_);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace bongsu::powercut
