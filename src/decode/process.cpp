#include "decode/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace bongsu::decode {

bool is_ours(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

void limit(int what, std::uint64_t most) {
    const rlimit both{most, most};
    ::setrlimit(static_cast<__rlimit_resource>(what), &both);
}

bool wait_for(env::Clock& clock, int fd, short events, MonoTime until) {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock.mono()).count();
        if (left <= 0) return false;
        pollfd wait{fd, events, 0};
        const int ready = ::poll(&wait, 1, static_cast<int>(left) + 1);
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

bool write_blocking(int fd, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const auto done = ::write(fd, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    return true;
}

bool read_blocking(int fd, std::span<std::uint8_t> into) {
    while (!into.empty()) {
        const auto got = ::read(fd, into.data(), into.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        into = into.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

std::uint64_t born_bytes() {
    const int fd = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    std::array<char, 32> text{};
    const auto got = fd < 0 ? -1 : ::read(fd, text.data(), text.size() - 1);
    if (fd >= 0) ::close(fd);
    if (got <= 0) return 0;
    return std::strtoull(text.data(), nullptr, 10) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void let_go(int listen_fd) {
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0) return;
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    const auto from = static_cast<unsigned>(STDERR_FILENO) + 1;
    const auto kept = static_cast<unsigned>(listen_fd);
    if (kept > from) ::close_range(from, kept - 1, 0);
    ::close_range(std::max(kept + 1, from), ~0U, 0);
}

void limit_child(const ChildLimits& limits) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 0);  // What is open stays open.
    if (limits.born_bytes > 0) limit(RLIMIT_AS, limits.born_bytes + limits.memory);
    const auto log_size = ::lseek(STDERR_FILENO, 0, SEEK_END);
    limit(RLIMIT_FSIZE, static_cast<std::uint64_t>(std::max<off_t>(0, log_size)) + limits.log_bytes);
}

}  // namespace bongsu::decode
