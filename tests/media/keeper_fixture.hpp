#pragma once
// What tests of a keeper share: its listening socket, and the process that serves it.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/result.hpp"

namespace bongsu::test {

class KeeperTest : public testing::Test {
  protected:
    void SetUp() override {
        ::unlink(path_.c_str());
        listen_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::strncpy(at.sun_path, path_.c_str(), sizeof at.sun_path - 1);
        ASSERT_EQ(::bind(listen_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
        ASSERT_EQ(::listen(listen_, 16), 0);
    }
    void TearDown() override {
        stop();
        ::close(listen_);
        ::unlink(path_.c_str());
    }

    /// A process whose whole life `serve(listen_)` is, in the place of the one that there was.
    template <class Serve>
    void serve(const Serve& serve) {
        stop();
        keeper_ = ::fork();
        if (keeper_ != 0) return;
        const Result<int> outcome = serve(listen_);
        if (!outcome) std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
        ::_exit(1);
    }
    void stop() {
        if (keeper_ <= 0) return;
        ::kill(keeper_, SIGKILL);
        ::waitpid(keeper_, nullptr, 0);
        keeper_ = -1;
    }

    const std::string path_ = testing::TempDir() + "keeper-" + std::to_string(::getpid()) + ".sock";
    int listen_ = -1;
    pid_t keeper_ = -1;
};

}  // namespace bongsu::test
