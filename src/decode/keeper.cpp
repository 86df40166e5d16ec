#include "decode/keeper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/log.hpp"
#include "decode/process.hpp"

namespace bongsu::decode {

Result<int> run_decoder(env::Clock& clock, int listen_fd, KeeperLimits limits) {
    TRY(const auto library, Library::open());
    let_go(listen_fd);
    limit(RLIMIT_CORE, 0);
    const auto born = born_bytes();
    auto child = sandbox::prepare(sandbox::Calls::decoder_child);
    const auto layers = sandbox::close({}, sandbox::Calls::decoder);
    for (const auto& why : layers.missing) LOG_WARN("decoder.sandbox_missing", {{"layer", why}});
    for (const auto& layer : layers.active) LOG_INFO("decoder.sandbox", {{"layer", layer}});
    return Keeper(clock, *library, std::move(child), born, limits).serve(listen_fd);
}

Keeper::Keeper(env::Clock& clock, Library& library, sandbox::Prepared child, std::uint64_t born_bytes, KeeperLimits limits)
    : clock_(clock), library_(library), child_(std::move(child)), born_bytes_(born_bytes), limits_(limits), answer_(kAnswerSize + kJpegBytesMax) {}

void Keeper::hang_up() {
    if (connection_ >= 0) ::close(connection_);
    connection_ = -1;
}

Result<int> Keeper::serve(int listen_fd) {
    for (;;) {
        std::array<pollfd, 2> wait{pollfd{listen_fd, POLLIN, 0}, pollfd{connection_, POLLIN, 0}};
        if (::poll(wait.data(), wait.size(), -1) < 0 && errno != EINTR)
            return fail(ErrorKind::unavailable, std::string("the decoder's socket cannot be waited for: ") + std::strerror(errno));
        if ((wait[0].revents & (POLLERR | POLLNVAL)) != 0) return fail(ErrorKind::unavailable, "the decoder's socket is gone");
        // The newest one: media that was started again does not wait for what its dead self left.
        if (wait[0].revents != 0 && take_connection(listen_fd)) continue;
        if (wait[1].revents != 0 && !serve_one(listen_fd)) hang_up();
    }
}

bool Keeper::take_connection(int listen_fd) {
    const int fd = ::accept4(listen_fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return false;
    if (!is_ours(fd)) {
        ::close(fd);
        return false;
    }
    hang_up();
    connection_ = fd;
    return true;
}

bool Keeper::read_all(std::span<std::uint8_t> into, MonoTime until) {
    while (!into.empty()) {
        const auto got = ::read(connection_, into.data(), into.size());
        if (got > 0) into = into.subspan(static_cast<std::size_t>(got));
        else if (got == 0 || (errno != EAGAIN && errno != EINTR) || !wait_for(clock_, connection_, POLLIN, until)) return false;
    }
    return true;
}

bool Keeper::write_all(std::span<const std::uint8_t> bytes, MonoTime until) {
    while (!bytes.empty()) {
        const auto put = ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put > 0) bytes = bytes.subspan(static_cast<std::size_t>(put));
        else if ((errno != EAGAIN && errno != EINTR) || !wait_for(clock_, connection_, POLLOUT, until)) return false;
    }
    return true;
}

bool Keeper::serve_one(int listen_fd) {
    const auto until = clock_.mono() + limits_.talk;
    std::array<std::uint8_t, kQuestionSize> head{};
    if (!read_all(head, until)) return false;
    const auto question = read_question(head);
    if (!question) return false;
    picture_.assign(question->bytes + Library::kPadding, 0);
    if (!read_all(std::span(picture_).first(question->bytes), until)) return false;
    const Answer answer = ask_child(listen_fd, *question);
    const auto answer_head = write(answer);
    const auto answer_until = clock_.mono() + limits_.talk;
    return write_all(answer_head, answer_until) && write_all(std::span<const std::uint8_t>(answer_).subspan(kAnswerSize, answer.bytes), answer_until);
}

Answer Keeper::ask_child(int listen_fd, const Question& question) {
    std::array<int, 2> pipe{};
    Answer none{.id = question.id, .numbers = {}};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return none;
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::close(pipe[0]);
        be_child(listen_fd, pipe[1], question);
    }
    ::close(pipe[1]);
    if (pid > 0) none = collect(pid, pipe[0], question);
    ::close(pipe[0]);
    return none;
}

void Keeper::be_child(int listen_fd, int out_fd, const Question& question) {
    ::close(listen_fd);
    ::close(connection_);
    limit(RLIMIT_CPU, limits_.cpu_seconds);
    limit_child({.born_bytes = born_bytes_, .memory = limits_.memory, .log_bytes = limits_.log_bytes});
    if (!child_.program.empty() && !sandbox::close_child(child_)) ::_exit(3);
    const auto decoded = library_.decode(question, std::span<const std::uint8_t>(picture_).first(question.bytes));
    Answer answer{.id = question.id, .outcome = decoded.outcome, .numbers = decoded.numbers};
    answer.width = static_cast<std::uint16_t>(decoded.width);
    answer.height = static_cast<std::uint16_t>(decoded.height);
    answer.bytes = static_cast<std::uint32_t>(decoded.jpeg.size());
    const auto head = write(answer);
    const bool told = write_blocking(out_fd, head) && write_blocking(out_fd, decoded.jpeg);
    ::_exit(told ? 0 : 4);
}

/// What the child wrote within its deadline, if that is an answer. It may be anybody by now.
Answer Keeper::collect(int pid, int in_fd, const Question& question) {
    const auto until = clock_.mono() + limits_.picture;
    std::size_t size = 0;
    bool ended = false, late = false;
    while (!ended && !late && size < answer_.size()) {
        if (!wait_for(clock_, in_fd, POLLIN, until)) {
            late = true;
            break;
        }
        const auto got = ::read(in_fd, answer_.data() + size, answer_.size() - size);
        if (got > 0) size += static_cast<std::size_t>(got);
        ended = got == 0 || (got < 0 && errno != EINTR);
    }
    ::kill(pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    Answer out{.id = question.id, .outcome = late || signal == SIGXCPU ? Outcome::too_slow : Outcome::died, .numbers = {}};
    if (!late && size >= kAnswerSize) {
        auto answer = read_answer(std::span<const std::uint8_t, kAnswerSize>(answer_.data(), kAnswerSize));
        if (answer && answer->bytes == size - kAnswerSize) out = *std::move(answer);
        out.id = question.id;
    }
    if (out.outcome == Outcome::died || out.outcome == Outcome::too_slow)
        LOG_WARN("decoder.picture_lost", {{"outcome", to_string(out.outcome)}, {"signal", signal}, {"codec", media::to_string(question.codec)}});
    return out;
}

}  // namespace bongsu::decode
