#include "sandbox/calls.hpp"

#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>

namespace bongsu::sandbox {
namespace {

struct Free {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Free>;

/// The first refusal is kept: a filter with a hole in it is not loaded.
class Builder {
  public:
    explicit Builder(std::uint32_t others) : filter_(seccomp_init(others)) {
        if (!filter_) {
            note(-ENOMEM);
            return;
        }
        note(seccomp_attr_set(filter_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
        note(seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
        note(seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));  // A tree: some hundred comparisons otherwise.
    }

    template <class... Compares>
    void rule(std::uint32_t action, const char* name, Compares... compares) {
        const int number = seccomp_syscall_resolve_name(name);
        if (number < 0 || !filter_) return;  // Not a call of this architecture, or younger than the library.
        const std::array<scmp_arg_cmp, sizeof...(Compares)> list{compares...};
        note(seccomp_rule_add_array(filter_.get(), action, number, static_cast<unsigned>(list.size()), list.data()));
    }
    template <class... Compares>
    void allow(const char* name, Compares... compares) {
        rule(SCMP_ACT_ALLOW, name, compares...);
    }
    void note(int code) {
        if (code < 0 && code_ == 0) code_ = code;
    }
    int code() const { return code_; }
    scmp_filter_ctx filter() const { return filter_.get(); }

  private:
    Filter filter_;
    int code_ = 0;
};

scmp_arg_cmp equal(unsigned argument, std::uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) { return {argument, SCMP_CMP_MASKED_EQ, mask, value}; }

/// Calls of which not all are left: who may be signalled, what a thread is, which families of sockets.
void add_narrow(Builder& out, const CallLists& lists) {
    // Nothing that was written becomes code.
    out.allow("mmap", masked(2, PROT_EXEC, 0));
    out.allow("mprotect", masked(2, PROT_EXEC, 0));
    out.allow("rt_sigaction", scmp_arg_cmp{0, SCMP_CMP_NE, SIGSYS, 0});  // Whose handler says what was forbidden.
    if (!lists.others_are_deadly) out.allow("tgkill", equal(0, static_cast<std::uint64_t>(::getpid())));
    if (lists.sockets) {
        for (const std::uint64_t family : {AF_INET, AF_INET6, AF_UNIX}) out.allow("socket", equal(0, family));
        out.rule(SCMP_ACT_ERRNO(EACCES), "socket", scmp_arg_cmp{0, SCMP_CMP_GT, AF_INET6, 0});
        out.allow("socketpair", equal(0, AF_UNIX));
    }
    if (lists.threads) {
        out.allow("kill", equal(0, static_cast<std::uint64_t>(::getpid())));
        // clone3 hides its flags in memory: it answers ENOSYS, and glibc makes its threads by clone.
        out.allow("clone", masked(0, CLONE_THREAD, CLONE_THREAD));
        out.allow("prctl", equal(0, PR_SET_NAME));
        out.allow("ioctl", equal(1, FIONBIO));
        out.allow("ioctl", equal(1, FIONREAD));
        out.allow("ioctl", equal(1, SIOCOUTQ));  // How much of a cut view is still under way.
        out.allow("prlimit64", equal(0, 0), equal(2, 0));  // Asks, and sets nothing.
    }
    if (lists.forks) {
        out.allow("prlimit64", equal(0, 0));  // The child's own.
        constexpr std::uint64_t kNew = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP |
                                       CLONE_VM | CLONE_PTRACE | CLONE_UNTRACED;
        out.allow("clone", masked(0, kNew, 0));
        out.allow("kill", masked(0, 0x8000'0000U, 0), equal(1, SIGKILL));  // One process, no group.
    }
}

Builder build(Calls calls) {
    const auto lists = lists_of(calls);
    Builder out(lists.others_are_deadly ? SCMP_ACT_TRAP : SCMP_ACT_ERRNO(ENOSYS));
    for (const auto* name : lists.allowed) out.allow(name);
    add_narrow(out, lists);
    if (!lists.others_are_deadly) {
        for (const auto* name : kDeadly) out.rule(SCMP_ACT_TRAP, name);
    }
    return out;
}

/// The names of kDeadly for the handler, which may not ask the library.
struct Named {
    int number;
    const char* name;
};
std::array<Named, 128> deadly_names;
std::size_t deadly_count = 0;

void note_names() {
    deadly_count = 0;
    for (const auto* name : kDeadly) {
        const int number = seccomp_syscall_resolve_name(name);
        if (number >= 0 && deadly_count < deadly_names.size()) deadly_names[deadly_count++] = {number, name};
    }
}

struct Line {
    std::array<char, 160> text{};
    std::size_t size = 0;

    void add(const char* word) {
        while (*word != '\0' && size < text.size()) text[size++] = *word++;
    }
    void add(unsigned number) {
        if (number >= 10) add(number / 10);
        const char digit[2]{static_cast<char>('0' + number % 10), '\0'};
        add(digit);
    }
};

void say_forbidden(int call) {
    const char* name = "";
    for (std::size_t i = 0; i < deadly_count; ++i) {
        if (deadly_names[i].number == call) name = deadly_names[i].name;
    }
    Line line;
    line.add(R"({"level":"error","event":"sandbox.forbidden_call","call":")");
    line.add(name);
    line.add(R"(","number":")");
    line.add(static_cast<unsigned>(std::max(call, 0)));
    line.add("\"}\n");
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.text.data(), line.size);
}

/// SIGSYS: says which call it was, then dies of the signal, whose handler is gone by now. Async-signal-safe calls only.
void on_forbidden(int, siginfo_t* info, void*) {
    constexpr int kBySeccomp = 1;  // SYS_SECCOMP; anything else was sent by somebody.
    if (info->si_code == kBySeccomp) say_forbidden(info->si_syscall);
    ::raise(SIGSYS);
    ::_exit(128 + SIGSYS);  // A child may not signal itself.
}

void install_handler() {
    note_names();
    struct sigaction action {};
    action.sa_sigaction = on_forbidden;
    action.sa_flags = SA_SIGINFO | static_cast<int>(SA_RESETHAND) | SA_NODEFER;
    ::sigaction(SIGSYS, &action, nullptr);
}

tl::unexpected<Error> refused(const char* step, int code) {
    return fail(ErrorKind::unavailable, std::string(step) + ": " + std::strerror(-code));
}

}  // namespace

Result<void> filter_calls(Calls calls) {
    const auto builder = build(calls);
    if (builder.code() < 0) return refused("cannot make the filter", builder.code());
    install_handler();
    if (const int code = seccomp_load(builder.filter()); code < 0) return refused("cannot load the filter", code);
    return {};
}

Result<std::vector<unsigned char>> program_of(Calls calls) {
    const auto builder = build(calls);
    if (builder.code() < 0) return refused("cannot make the filter", builder.code());
    const int fd = ::memfd_create("bongsu-filter", MFD_CLOEXEC);
    if (fd < 0) return refused("cannot keep the filter", -errno);
    const int code = seccomp_export_bpf(builder.filter(), fd);
    std::vector<unsigned char> program(static_cast<std::size_t>(std::max<off_t>(0, ::lseek(fd, 0, SEEK_END))));
    const auto got = ::pread(fd, program.data(), program.size(), 0);
    ::close(fd);
    if (code < 0 || got != static_cast<ssize_t>(program.size())) return refused("cannot keep the filter", code < 0 ? code : -EIO);
    return program;
}

bool load_program(const std::vector<unsigned char>& program) {
    std::array<sock_filter, BPF_MAXINSNS> instructions{};
    const auto count = program.size() / sizeof(sock_filter);
    if (count == 0 || count > instructions.size()) return false;
    std::memcpy(instructions.data(), program.data(), count * sizeof(sock_filter));
    const sock_fprog whole{static_cast<unsigned short>(count), instructions.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) == 0;
}

}  // namespace bongsu::sandbox
