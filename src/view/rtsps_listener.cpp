#include "view/rtsps_listener.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.hpp"

namespace bongsu::view {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto kTick = 250ms;  // A handshake may take this much longer.

Tcp protocol_of(int fd) {
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    const bool known = ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) == 0;
    return known && own.ss_family == AF_INET6 ? Tcp::v6() : Tcp::v4();
}

}  // namespace

struct RtspsListener::Handshake {
    Tcp::socket socket;
    std::unique_ptr<rtsp::Tls> tls;
    MonoTime until;
};

RtspsListener::RtspsListener(asio::io_context& loop, env::Clock& clock, int listen_fd,
                             std::shared_ptr<const rtsp::TlsIdentity> identity, Secured secured)
    : loop_(loop),
      clock_(clock),
      identity_(std::move(identity)),
      secured_(std::move(secured)),
      acceptor_(loop),
      timer_(loop),
      pause_(loop),
      alive_(std::make_shared<bool>(true)) {
    boost::system::error_code error;
    acceptor_.assign(protocol_of(listen_fd), listen_fd, error);
    BONGSU_CHECK(!error);
    acceptor_.non_blocking(true, error);
    accept();
    tick();
}

RtspsListener::~RtspsListener() {
    for (const auto& one : std::exchange(waiting_, {})) {
        boost::system::error_code ignored;
        one->socket.close(ignored);
    }
}

void RtspsListener::accept() {
    acceptor_.async_accept(loop_, [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error, Tcp::socket socket) {
        if (alive.expired() || error == asio::error::operation_aborted) return;
        if (error) {
            // Out of descriptors: trying again at once would spin.
            LOG_WARN("rtsps.accept_failed", {{"cause", error.message()}});
            pause_.expires_after(100ms);
            return pause_.async_wait([this, alive](const boost::system::error_code& stopped) {
                if (!stopped && !alive.expired()) accept();
            });
        }
        begin(std::move(socket));
        accept();
    });
}

void RtspsListener::begin(Tcp::socket socket) {
    if (waiting_.size() >= kWaitingMax) {
        ++counters_.turned_away;
        return;
    }
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    auto tls = rtsp::Tls::server(identity_, socket.native_handle());
    if (!tls) {
        ++counters_.turned_away;
        return;
    }
    ++counters_.accepted;
    const auto one = std::make_shared<Handshake>(Handshake{std::move(socket), *std::move(tls), clock_.mono() + kHandshakeMax});
    waiting_.push_back(one);
    go_on(one);
}

void RtspsListener::go_on(const std::shared_ptr<Handshake>& one) {
    if (one->tls->secure()) {
        forget(one);
        ++counters_.secured;
        return secured_(std::move(one->socket), std::move(one->tls));
    }
    if (errno != EAGAIN) {
        ++counters_.failed;
        return forget(one);
    }
    const auto wait = one->tls->wants_write() ? asio::socket_base::wait_write : asio::socket_base::wait_read;
    one->socket.async_wait(wait, [this, alive = std::weak_ptr(alive_), one](const boost::system::error_code& error) {
        // Timed out, or ended with us: whoever took it out of the list closed it.
        const bool waits = !alive.expired() && std::find(waiting_.begin(), waiting_.end(), one) != waiting_.end();
        if (!error && waits) go_on(one);
    });
}

void RtspsListener::forget(const std::shared_ptr<Handshake>& one) { std::erase(waiting_, one); }

void RtspsListener::tick() {
    const MonoTime now = clock_.mono();
    std::erase_if(waiting_, [&](const std::shared_ptr<Handshake>& one) {
        if (now < one->until) return false;
        ++counters_.timed_out;
        boost::system::error_code ignored;
        one->socket.close(ignored);
        return true;
    });
    timer_.expires_after(kTick);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) tick();
    });
}

}  // namespace bongsu::view
