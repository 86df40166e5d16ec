#include "transcode/keeper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include "base/log.hpp"
#include "decode/process.hpp"

namespace bongsu::transcode {

Result<int> run_transcoder(int listen_fd, KeeperLimits limits) {
    TRY(const auto library, Library::open());
    decode::let_go(listen_fd);
    decode::limit(RLIMIT_CORE, 0);
    ::setpriority(PRIO_PROCESS, 0, limits.nice);
    const auto born = decode::born_bytes();
    auto child = sandbox::prepare(sandbox::Calls::decoder_child);
    const auto layers = sandbox::close({}, sandbox::Calls::decoder);
    for (const auto& why : layers.missing) LOG_WARN("transcoder.sandbox_missing", {{"layer", why}});
    for (const auto& layer : layers.active) LOG_INFO("transcoder.sandbox", {{"layer", layer}});
    return Keeper(*library, std::move(child), born, limits).serve(listen_fd);
}

Keeper::Keeper(Library& library, sandbox::Prepared child, std::uint64_t born_bytes, KeeperLimits limits)
    : library_(library), child_(std::move(child)), born_bytes_(born_bytes), limits_(limits) {}

Result<int> Keeper::serve(int listen_fd) {
    for (;;) {
        std::vector<pollfd> wait{{listen_fd, POLLIN, 0}};
        for (const auto& child : children_) {
            wait.push_back({child.connection, 0, 0});  // Its bytes are the child's.
            wait.push_back({child.life, POLLIN, 0});
        }
        if (::poll(wait.data(), wait.size(), -1) < 0 && errno != EINTR)
            return fail(ErrorKind::unavailable, std::string("the transcoder's socket cannot be waited for: ") + std::strerror(errno));
        if ((wait[0].revents & (POLLERR | POLLNVAL)) != 0) return fail(ErrorKind::unavailable, "the transcoder's socket is gone");
        std::vector<Child> left;
        for (std::size_t i = 0; i < children_.size(); ++i) {
            const bool ended = wait[2 * i + 2].revents != 0;
            if (ended || wait[2 * i + 1].revents != 0) end(children_[i], ended);
            else left.push_back(children_[i]);
        }
        children_ = std::move(left);
        // Behind the ends: whoever makes room for itself finds it.
        if (wait[0].revents != 0) take_connection(listen_fd);
    }
}

void Keeper::end(const Child& child, bool by_itself) {
    ::kill(child.pid, SIGKILL);
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {}
    ::close(child.connection);
    ::close(child.life);
    // One that is told to end often sees its connection's end first, and leaves in good order.
    if (by_itself && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        LOG_WARN("transcoder.died", {{"signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0}, {"code", WIFEXITED(status) ? WEXITSTATUS(status) : 0}});
}

void Keeper::take_connection(int listen_fd) {
    const int connection = ::accept4(listen_fd, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    std::array<int, 2> life{-1, -1};
    const bool has_room = decode::is_ours(connection) && children_.size() < limits_.transcodes && ::pipe2(life.data(), O_CLOEXEC) == 0;
    const pid_t pid = has_room ? ::fork() : -1;
    if (pid == 0) {
        ::close(life[0]);
        be_child(listen_fd, connection);
    }
    if (life[1] >= 0) ::close(life[1]);
    if (pid > 0) return children_.push_back({pid, connection, life[0]});
    if (life[0] >= 0) ::close(life[0]);
    const auto refused = write(Answer{.say = Say::refused});
    ::send(connection, refused.data(), refused.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(connection);
}

void Keeper::be_child(int listen_fd, int connection) {
    ::close(listen_fd);
    // What the others see is none of its business.
    for (const auto& other : children_) {
        ::close(other.connection);
        ::close(other.life);
    }
    decode::limit_child({.born_bytes = born_bytes_, .memory = limits_.memory, .log_bytes = limits_.log_bytes});
    if (!child_.program.empty() && !sandbox::close_child(child_)) ::_exit(3);
    ::_exit(transcode(connection) ? 0 : 4);
}

/// Until the other end has enough (true), or says what is no unit.
bool Keeper::transcode(int connection) {
    const auto film = library_.begin();
    if (!film || !decode::write_blocking(connection, write(Answer{.say = Say::accepted}))) return false;
    std::vector<std::uint8_t> bytes;
    for (;;) {
        std::array<std::uint8_t, kUnitSize> head{};
        if (!decode::read_blocking(connection, head)) return true;
        const auto unit = read_unit(head);
        if (!unit) return false;
        bytes.resize(std::max(bytes.size(), unit->bytes + Library::kPadding));
        const auto whole = std::span(bytes).first(unit->bytes);
        if (!decode::read_blocking(connection, whole)) return true;
        std::fill_n(bytes.begin() + unit->bytes, Library::kPadding, std::uint8_t{0});
        bool told = true;
        const auto outcome = film->take(*unit, whole, [&](const Made& made) {
            const Answer answer{.say = Say::picture, .id = made.id, .key = made.key, .bytes = static_cast<std::uint32_t>(made.bytes.size())};
            told = told && decode::write_blocking(connection, write(answer)) && decode::write_blocking(connection, made.bytes);
        });
        told = told && decode::write_blocking(connection, write(Answer{.say = Say::done, .id = unit->id, .outcome = outcome}));
        if (!told) return true;
    }
}

}  // namespace bongsu::transcode
