#include "storm_cameras.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <cstdio>
#include <istream>
#include <memory>

#include "env/posix.hpp"
#include "synthetic/camera_server.hpp"

namespace bongsu::storm {
namespace {

namespace asio = boost::asio;

int listen_at(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 && ::listen(fd, SOMAXCONN) == 0) return fd;
    std::fprintf(stderr, "storm: port %d is not to be had\n", port);
    return -1;
}

class Cameras {
  public:
    Cameras(const CamerasOptions& options, std::shared_ptr<synthetic::Clip> clip)
        : options_(options), clip_(std::move(clip)), input_(loop_, ::dup(STDIN_FILENO)) {}

    int run() {
        if (!back()) return 1;
        say("ready");
        read();
        loop_.run();
        return 0;
    }

  private:
    bool back() {
        for (const int port : options_.ports) {
            const int fd = listen_at(port);
            if (fd < 0) return false;
            const synthetic::SyntheticCamera camera{clip_, nullptr};
            auto& env = env::process_env();
            servers_.push_back(std::make_unique<synthetic::CameraServer>(
                loop_, env.clock, env.random, fd, std::vector(static_cast<std::size_t>(options_.count), camera),
                synthetic::CameraServer::Options{.user = {}, .password = {}, .connections_max = static_cast<std::size_t>(options_.count) * 2}));
        }
        return true;
    }
    void read() {
        asio::async_read_until(input_, text_, '\n', [this](boost::system::error_code code, std::size_t) {
            if (code) return loop_.stop();
            std::istream words(&text_);
            std::string word;
            std::getline(words, word);
            if (word == "drop") servers_.clear();
            if (word == "back" && !back()) return loop_.stop();
            say(word);
            read();
        });
    }
    static void say(const std::string& word) {
        std::printf("%s\n", word.c_str());
        std::fflush(stdout);
    }

    const CamerasOptions& options_;
    std::shared_ptr<synthetic::Clip> clip_;
    asio::io_context loop_{1};
    asio::posix::stream_descriptor input_;
    asio::streambuf text_;
    std::vector<std::unique_ptr<synthetic::CameraServer>> servers_;
};

}  // namespace

int run_cameras(const CamerasOptions& options) {
    auto clip = synthetic::load_clip(options.film);
    if (!clip) {
        std::fprintf(stderr, "storm: %s\n", clip.error().message.c_str());
        return 1;
    }
    return Cameras(options, *clip).run();
}

}  // namespace bongsu::storm
