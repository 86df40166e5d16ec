#pragma once
// Synthetic cameras pulled by the real ingest over loopback.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <map>

#include "env/posix.hpp"
#include "ingest/supervisor.hpp"
#include "media/rtp.hpp"
#include "synthetic/camera_server.hpp"
#include "synthetic/test/film.hpp"

namespace bongsu::synthetic {

using namespace std::chrono_literals;

class PullTest : public testing::Test {
  protected:
    void serve(std::size_t cameras, CameraServer::Options options = {}) {
        ASSERT_NE(film_path(), "") << "ffmpeg with libx264 is needed";
        auto clip = load_clip(film_path());
        ASSERT_TRUE(clip);
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&at), size), 0);
        ASSERT_EQ(::listen(fd, 256), 0);
        ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), 0);
        port = ntohs(at.sin_port);
        server.emplace(loop, clock, random, fd, std::vector<SyntheticCamera>(cameras, {*clip, nullptr}),
                       std::move(options));
    }
    std::string url(const std::string& path, const std::string& user_info = "") const {
        return "rtsp://" + user_info + "127.0.0.1:" + std::to_string(port) + path;
    }
    ingest::Supervisor& pull(const std::vector<ingest::CameraSource>& sources, ingest::PullSettings settings = {}) {
        pulls.emplace(
            loop, clock, random,
            ingest::Hooks{[this](const CameraId& id, const ingest::Health& health) {
                              states[id.value] = std::string(ingest::to_string(health.state)) + ": " + health.words;
                              causes[id.value] = health.cause;
                          },
                          {}},
            std::move(settings));
        pulls->set_cameras(sources);
        return *pulls;
    }
    template <class Holds>
    bool runs_until(Holds holds, std::chrono::seconds most = 15s) {
        const MonoTime end = clock.mono() + most;
        while (!holds()) {
            if (clock.mono() > end) return false;
            loop.run_one_for(20ms);
        }
        return true;
    }

    env::PosixClock clock;
    env::PosixRandom random;
    boost::asio::io_context loop;
    std::uint16_t port = 0;
    std::map<std::string, std::string> states;
    std::map<std::string, ingest::Cause> causes;
    std::optional<CameraServer> server;
    std::optional<ingest::Supervisor> pulls;
};

}  // namespace bongsu::synthetic
