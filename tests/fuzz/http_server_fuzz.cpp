// Bytes on a connection of the HTTP server, and on a WebSocket of it, over loopback. Properties: what handlers get is bounded and UTF-8,
// each WebSocket that was opened is closed once, and no connection outlives its client.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "camera_fuzz.hpp"
#include "http/head.hpp"
#include "http/server.hpp"

using namespace bongsu;        // tidy-ok: a program of one function
using namespace bongsu::http;  // tidy-ok: a program of one function

namespace {

constexpr std::string_view kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

class Door {
  public:
    Door() {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in at{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        fuzz::require(::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 && ::listen(fd, 16) == 0);
        socklen_t size = sizeof address_;
        fuzz::require(::getsockname(fd, reinterpret_cast<sockaddr*>(&address_), &size) == 0);
        Handlers handlers;
        handlers.request = [](const Request& request, const Reply& reply) {
            fuzz::require(is_utf8(request.path) && request.body.size() <= 4096);
            fuzz::require(!request.file || request.file->size() <= 8192);
            reply(json_response(200, boost::json::object{{"path", request.path}}));
        };
        handlers.upgrade = [this](const Request& request, const std::shared_ptr<Socket>& socket) -> Result<SocketEvents> {
            if (request.path != "/ws") return fail(ErrorKind::not_found, "no");
            ++opened_;
            return SocketEvents{.text =
                                    [socket](const std::string& text) {
                                        fuzz::require(text.size() <= 64 * 1024 && is_utf8(text));
                                        socket->send_text("{\"heard\":" + std::to_string(text.size()) + "}");
                                    },
                                .closed = [this] { ++closed_; }};
        };
        handlers.file_bytes_max = [](const Request& head) { return head.path == "/file" ? std::size_t{8192} : std::size_t{0}; };
        auto made = Server::start(loop_, fd, std::move(handlers), {.body_bytes_max = 4096, .header_bytes_max = 2048});
        fuzz::require(made.has_value());
        server_ = *std::move(made);
    }

    /// One client that says this, in two pieces, and goes.
    void visit(std::string_view bytes, std::size_t first) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)::connect(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_);
        turn();
        say(fd, bytes.substr(0, first));
        turn();
        say(fd, bytes.substr(std::min(first, bytes.size())));
        turn();
        const linger at_once{1, 0};
        if (first % 2 == 0) (void)::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::shutdown(fd, SHUT_WR);
        turn();
        ::close(fd);
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(3);  // tidy-ok: a hung connection is found by real time.
        while (server_->connections() > 0) {
            loop_.restart();
            loop_.run_one_for(std::chrono::milliseconds(1));
            fuzz::require(std::chrono::steady_clock::now() < end);  // tidy-ok: likewise.
        }
        fuzz::require(opened_ == closed_);
    }

  private:
    void turn() {
        for (int i = 0; i < 8; ++i) {
            loop_.restart();
            if (loop_.poll() == 0) return;
        }
    }
    void say(int fd, std::string_view bytes) {
        if (!bytes.empty()) (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }

    boost::asio::io_context loop_{1};
    sockaddr_in address_{};
    std::unique_ptr<Server> server_;
    std::uint64_t opened_ = 0, closed_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Door door;
    if (size < 2) return 0;
    std::string bytes((data[0] & 1U) != 0 ? kUpgrade : std::string_view{});
    bytes.append(reinterpret_cast<const char*>(data) + 2, size - 2);
    door.visit(bytes, ((data[0] & 1U) != 0 ? kUpgrade.size() : 0) + data[1]);
    return 0;
}
