#include "footage/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

extern char** environ;

namespace bongsu::footage {
namespace {

constexpr std::size_t kLogBytesMax = 16'384;  // What is read of a program's last words.

std::string read_end(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    const off_t size = ::lseek(file, 0, SEEK_END);
    const off_t from = size > static_cast<off_t>(kLogBytesMax) ? size - static_cast<off_t>(kLogBytesMax) : 0;
    std::string text(kLogBytesMax, '\0');
    const ssize_t got = ::pread(file, text.data(), text.size(), from);
    ::close(file);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

std::string last_line(std::string_view text) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    const std::size_t begin = text.rfind('\n');
    return std::string(begin == std::string_view::npos ? text : text.substr(begin + 1)).substr(0, 300);
}

struct SpawnActions {
    posix_spawn_file_actions_t value;
    SpawnActions() { posix_spawn_file_actions_init(&value); }
    ~SpawnActions() { posix_spawn_file_actions_destroy(&value); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
};

}  // namespace

Result<Process> Process::start(const std::vector<std::string>& arguments, const std::string& folder,
                               const std::string& log) {
    // A socket, not a pipe: writing to a program that died must not raise SIGPIPE in ours.
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail(ErrorKind::exhausted,
                    "footage: no socket for ffmpeg: " + std::string(std::strerror(errno)));
    }
    constexpr int kBuffer = 1 << 20;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &kBuffer, sizeof kBuffer);
    SpawnActions actions;
    posix_spawn_file_actions_addchdir_np(&actions.value, folder.c_str());
    posix_spawn_file_actions_adddup2(&actions.value, ends[1], 0);
    posix_spawn_file_actions_addopen(&actions.value, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions.value, 2, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addclosefrom_np(&actions.value, 3);
    std::vector<char*> words;
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    pid_t pid = 0;
    const int error = ::posix_spawnp(&pid, words[0], &actions.value, nullptr, words.data(), environ);
    ::close(ends[1]);
    if (error != 0) {
        ::close(ends[0]);
        if (error == ENOENT) {
            return fail(ErrorKind::unavailable, arguments[0] + " is not installed: apt-get install ffmpeg");
        }
        return fail(ErrorKind::unavailable, arguments[0] + " cannot be started: " + std::strerror(error));
    }
    return Process(pid, ends[0], folder + "/" + log);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_(std::exchange(other.input_, -1)),
      log_(std::move(other.log_)) {}

Process& Process::operator=(Process&& other) noexcept {
    if (this == &other) return *this;
    end();
    pid_ = std::exchange(other.pid_, -1);
    input_ = std::exchange(other.input_, -1);
    log_ = std::move(other.log_);
    return *this;
}

Process::~Process() { end(); }

void Process::end() noexcept {
    if (input_ >= 0) ::close(std::exchange(input_, -1));
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

std::size_t Process::send(std::span<const std::uint8_t> bytes) {
    const ssize_t sent = ::send(input_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void Process::end_input() { ::shutdown(input_, SHUT_WR); }

Result<void> Process::wait() {
    end_input();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
        if (errno == EINTR) continue;
        pid_ = -1;
        return fail(ErrorKind::unavailable, "footage: ffmpeg was reaped by somebody else");
    }
    pid_ = -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return tl::unexpected(failure_of(read_end(log_), status));
}

Error failure_of(std::string_view last_words, int status) {
    const auto said = [&](std::string_view words) {
        return last_words.find(words) != std::string_view::npos;
    };
    const Where where = Where::here();
    if (said("No space left on device") || said("File too large") || said("Disk quota exceeded")) {
        return {ErrorKind::exhausted, "footage: the disk is full", where};
    }
    if (said("Unknown encoder 'libx264'")) {
        return {ErrorKind::unavailable,
                "footage: this ffmpeg has no libx264: install Debian's ffmpeg package", where};
    }
    if (said("No such filter: 'drawtext'")) {
        return {ErrorKind::unavailable,
                "footage: this ffmpeg has no drawtext: install Debian's ffmpeg package", where};
    }
    if (WIFSIGNALED(status)) {
        return {ErrorKind::unavailable,
                "footage: ffmpeg was ended by signal " + std::to_string(WTERMSIG(status)), where};
    }
    return {ErrorKind::unavailable, "footage: ffmpeg failed: " + last_line(last_words), where};
}

}  // namespace bongsu::footage
