#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "sandbox/files.hpp"

namespace bongsu::sandbox {
namespace {

struct Outcome {
    int code = -1, signal = 0;
    std::string said;  ///< On stdout and stderr.
};

std::string folder_of(const char* name) {
    std::string path = testing::TempDir() + name + "-XXXXXX";
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    std::ofstream(path + "/kept") << "x";
    return path;
}

/// The prisoner, closed as `how` says, tries `what`.
Outcome attempt(const std::string& how, const std::string& what) {
    static const std::string folder = folder_of("own"), other = folder_of("other");
    std::array<int, 2> pipe{};
    EXPECT_EQ(::pipe(pipe.data()), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::dup2(pipe[1], 1);
        ::dup2(pipe[1], 2);
        ::close(pipe[0]);
        ::execl(BONGSU_PRISONER, BONGSU_PRISONER, how.c_str(), what.c_str(), folder.c_str(), other.c_str(), nullptr);
        ::_exit(103);
    }
    ::close(pipe[1]);
    Outcome out;
    std::array<char, 512> bytes{};
    for (ssize_t got = 0; (got = ::read(pipe[0], bytes.data(), bytes.size())) > 0;) out.said.append(bytes.data(), static_cast<std::size_t>(got));
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    out.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return out;
}

bool has(const Outcome& outcome, const std::string& text) { return outcome.said.find(text) != std::string::npos; }

TEST(Sandbox, SaysWhichLayersAreActive) {
    const auto outcome = attempt("media", "nothing");
    ASSERT_EQ(outcome.code, 0) << outcome.said;
    EXPECT_TRUE(has(outcome, "active seccomp")) << outcome.said;
    EXPECT_EQ(has(outcome, "active landlock:" + std::to_string(landlock_abi())), landlock_abi() > 0) << outcome.said;
    EXPECT_EQ(has(outcome, "missing landlock"), landlock_abi() == 0) << outcome.said;
}

TEST(Sandbox, TheKernelKnowsOfIt) {
    const auto outcome = attempt("media", "status");
    EXPECT_TRUE(has(outcome, "NoNewPrivs:\t1")) << outcome.said;
    EXPECT_TRUE(has(outcome, "Seccomp:\t2")) << outcome.said;
}

TEST(Sandbox, LeavesAMediaProcessWhatItNeeds) {
    for (const auto* what : {"read-own", "write-own", "connect", "resolve"}) EXPECT_EQ(attempt("media", what).code, 0) << what;
}

TEST(Sandbox, LeavesADecoderItsChildren) { EXPECT_EQ(attempt("decoder", "fork").code, 0); }

TEST(Sandbox, FilesOutsideAreRefused) {
    if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
    for (const auto* what : {"shadow", "shadow-in-thread", "read-outside", "write-outside"}) {
        const auto outcome = attempt("media", what);
        EXPECT_EQ(outcome.code, EACCES) << what << ": " << outcome.said;
    }
    for (const auto* what : {"rename-outside", "link-inside"}) EXPECT_NE(attempt("media", what).code, 0) << what;
}

TEST(Sandbox, ADecoderOpensNothingAtAll) {
    for (const auto* what : {"read-own", "write-own", "shadow", "connect", "packet-socket"}) EXPECT_NE(attempt("decoder", what).code, 0) << what;
}

TEST(Sandbox, WhatNobodyDoesByAccidentEndsTheProcessAndIsNamed) {
    for (const auto& [what, call] : std::vector<std::pair<std::string, std::string>>{{"exec", "execve"},
                                                                                     {"ptrace", "ptrace"},
                                                                                     {"mount", "mount"},
                                                                                     {"keyctl", "keyctl"},
                                                                                     {"bpf", "bpf"},
                                                                                     {"io_uring", "io_uring_setup"},
                                                                                     {"setuid", "setuid"}}) {
        for (const auto* how : {"media", "decoder", "child"}) {
            const auto outcome = attempt(how, what);
            EXPECT_EQ(outcome.signal, SIGSYS) << how << " " << what << ": " << outcome.said;
            const bool named = has(outcome, R"("event":"sandbox.forbidden_call","call":")" + call + '"');
            EXPECT_TRUE(named) << outcome.said;
        }
    }
}

TEST(Sandbox, SocketsOfOtherFamiliesAreRefused) {
    EXPECT_EQ(attempt("media", "packet-socket").code, EACCES);
    EXPECT_EQ(attempt("media", "netlink-socket").code, EACCES);  // glibc's resolver asks, and goes on without.
}

TEST(Sandbox, AMediaProcessMakesNoOtherProcess) { EXPECT_EQ(attempt("media", "fork").code, ENOSYS); }

TEST(Sandbox, NothingWrittenBecomesCode) { EXPECT_EQ(attempt("media", "code-page").code, ENOSYS); }

TEST(Sandbox, TheHandlerThatNamesAForbiddenCallCannotBeTakenAway) { EXPECT_EQ(attempt("media", "unmask-handler").code, ENOSYS); }

TEST(Sandbox, NewerKernelsAlsoKeepItFromItsParentAndFromPorts) {
    if (landlock_abi() < 6) GTEST_SKIP() << "this kernel's Landlock knows neither signals nor ports";
    EXPECT_EQ(attempt("media", "listen-tcp").code, EACCES);
    EXPECT_NE(attempt("media", "signal-parent").code, 0);
}

TEST(Sandbox, BindsThreadsThatWereThereBeforeByCallsAndSaysThatFilesAreNot) {
    const auto outcome = attempt("late", "ptrace");
    EXPECT_EQ(outcome.signal, SIGSYS) << outcome.said;
    EXPECT_TRUE(has(outcome, "missing landlock: the process has threads already")) << outcome.said;
}

TEST(Sandbox, ADecodersChildDiesOfAnyOtherCall) {
    for (const auto* what : {"shadow", "fork", "connect", "packet-socket", "code-page"}) {
        const auto outcome = attempt("child", what);
        EXPECT_EQ(outcome.signal, SIGSYS) << what << ": " << outcome.said;
    }
    EXPECT_EQ(attempt("child", "nothing").code, 0);
}

}  // namespace
}  // namespace bongsu::sandbox
