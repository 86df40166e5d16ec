#include "bus/local.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>

#include "base/log.hpp"
#include "bus/frame.hpp"

namespace bongsu::bus {

namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
constexpr std::size_t kUnsentBytesMax = 64U << 20;
constexpr std::chrono::milliseconds kRetry{50};

bool same_user(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

class Connection final : public Peer, public std::enable_shared_from_this<Connection> {
  public:
    explicit Connection(Local::socket socket) : socket_(std::move(socket)) {}

    void start(const OnPeer& on_peer) {
        events_ = on_peer(shared_from_this());
        read();
    }

    void send(const boost::json::object& message) override {
        if (finished_) return;
        auto frame = to_frame(message);
        unsent_bytes_ += frame.size();
        if (unsent_bytes_ > kUnsentBytesMax) {
            LOG_ERROR("bus.peer_stopped_reading", {{"unsent_bytes", unsent_bytes_}});
            return close();
        }
        unsent_.push_back(std::move(frame));
        write();
    }

    void close() override {
        // Posted: the owner may be in the middle of using us.
        asio::post(socket_.get_executor(), [self = shared_from_this()] { self->finish(); });
    }

  private:
    void read() {
        socket_.async_read_some(asio::buffer(piece_),
                                [self = shared_from_this()](boost::system::error_code code, std::size_t n) {
                                    if (code || self->finished_) return self->finish();
                                    auto messages = self->reader_.feed({self->piece_.data(), n});
                                    if (!messages) {
                                        LOG_ERROR("bus.corrupt", {{"why", messages.error().message}});
                                        return self->finish();
                                    }
                                    for (auto& message : *messages) {
                                        if (self->events_.message) self->events_.message(std::move(message));
                                    }
                                    self->read();
                                });
    }

    void write() {
        if (writing_ || unsent_.empty() || finished_) return;
        writing_ = true;
        asio::async_write(socket_, asio::buffer(unsent_.front()),
                          [self = shared_from_this()](boost::system::error_code code, std::size_t n) {
                              self->writing_ = false;
                              if (code) return self->finish();
                              self->unsent_bytes_ -= n;
                              self->unsent_.pop_front();
                              self->write();
                          });
    }

    void finish() {
        if (finished_) return;
        finished_ = true;
        boost::system::error_code ignored;
        socket_.close(ignored);
        auto events = std::move(events_);
        events_ = {};
        if (events.closed) events.closed();
    }

    Local::socket socket_;
    PeerEvents events_;
    FrameReader reader_;
    std::array<char, 64 << 10> piece_;
    std::deque<std::string> unsent_;
    std::size_t unsent_bytes_ = 0;
    bool writing_ = false, finished_ = false;
};

class LocalListener final : public Listener {
  public:
    LocalListener(asio::io_context& loop, int fd, std::string path, OnPeer on_peer)
        : acceptor_(loop, Local(), fd), path_(std::move(path)), on_peer_(std::move(on_peer)) {
        accept();
    }
    ~LocalListener() override {
        *alive_ = false;
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        ::unlink(path_.c_str());
    }

  private:
    void accept() {
        acceptor_.async_accept([this, alive = alive_](boost::system::error_code code, Local::socket socket) {
            if (!*alive || code == asio::error::operation_aborted) return;
            if (!code && same_user(socket.native_handle())) {
                std::make_shared<Connection>(std::move(socket))->start(on_peer_);
            } else if (!code) {
                LOG_WARN("bus.foreign_user_refused", {{"path", path_}});
            }
            accept();
        });
    }
    Local::acceptor acceptor_;
    std::string path_;
    OnPeer on_peer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class LocalDialer final : public Dialer {
  public:
    LocalDialer(asio::io_context& loop, std::string path, OnPeer on_peer)
        : loop_(loop), path_(std::move(path)), on_peer_(std::move(on_peer)), retry_(loop) {
        asio::post(loop_, [this, alive = alive_] {
            if (*alive) dial();
        });
    }
    ~LocalDialer() override {
        *alive_ = false;
        if (auto peer = peer_.lock()) peer->close();
    }

  private:
    void dial() {
        Local::socket socket(loop_);
        boost::system::error_code code;
        socket.connect(Local::endpoint(path_), code);  // A local connect never blocks for long.
        if (code || !same_user(socket.native_handle())) return again();
        auto connection = std::make_shared<Connection>(std::move(socket));
        peer_ = connection;
        connection->start([this, alive = alive_](std::shared_ptr<Peer> peer) {
            auto events = on_peer_(std::move(peer));
            auto closed = std::move(events.closed);
            events.closed = [this, alive, closed = std::move(closed)] {
                if (closed) closed();
                if (*alive) again();
            };
            return events;
        });
    }
    void again() {
        retry_.expires_after(kRetry);
        retry_.async_wait([this, alive = alive_](boost::system::error_code code) {
            if (*alive && !code) dial();
        });
    }
    asio::io_context& loop_;
    std::string path_;
    OnPeer on_peer_;
    asio::steady_timer retry_;
    std::weak_ptr<Peer> peer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

Result<std::unique_ptr<Listener>> Listener::listen(asio::io_context& loop, const std::string& path,
                                                   OnPeer on_peer) {
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return fail(ErrorKind::invalid,
                    "the path " + path + " is too long for a socket (107 bytes): choose a shorter DATA");
    }
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ::unlink(path.c_str());
    const auto old_mask = ::umask(0177);
    const bool bound = fd >= 0 &&
                       ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                       ::listen(fd, 64) == 0;
    ::umask(old_mask);
    if (!bound) {
        if (fd >= 0) ::close(fd);
        return fail(ErrorKind::unavailable, "cannot listen on " + path);
    }
    return std::unique_ptr<Listener>(std::make_unique<LocalListener>(loop, fd, path, std::move(on_peer)));
}

std::unique_ptr<Dialer> Dialer::dial(asio::io_context& loop, const std::string& path, OnPeer on_peer) {
    return std::make_unique<LocalDialer>(loop, path, std::move(on_peer));
}

}  // namespace bongsu::bus
