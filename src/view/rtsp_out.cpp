#include "view/rtsp_out.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "view/rtsp_connection.hpp"

namespace bongsu::view {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t kConnectionsMax = 4096;
constexpr int kAcceptsMost = 16;  // Of one wake.

Tcp protocol_of(int fd) {
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    const bool known = ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) == 0;
    return known && own.ss_family == AF_INET6 ? Tcp::v6() : Tcp::v4();
}

}  // namespace

RtspOut::RtspOut(asio::io_context& loop, env::Clock& clock, env::Random& random, int listen_fd, Hooks hooks)
    : loop_(loop),
      clock_(clock),
      random_(random),
      hooks_(std::move(hooks)),
      acceptor_(loop),
      timer_(loop),
      pause_(loop),
      waiting_(loop, clock, [](const std::shared_ptr<Connection>& connection) { connection->go_on(); }),
      alive_(std::make_shared<bool>(true)) {
    tick();
    if (listen_fd < 0) return;
    boost::system::error_code error;
    acceptor_.assign(protocol_of(listen_fd), listen_fd, error);
    BONGSU_CHECK(!error);
    acceptor_.non_blocking(true, error);
    accept();
}

RtspOut::~RtspOut() {
    while (!connections_.empty()) connections_.back().who->end("media stops");
    bury();
}

void RtspOut::accept() {
    acceptor_.async_accept(loop_, [this, alive = std::weak_ptr(alive_)](
                                      const boost::system::error_code& error, Tcp::socket socket) {
        if (alive.expired() || error == asio::error::operation_aborted) return;
        if (error) {
            // Out of descriptors: trying again at once would spin.
            LOG_WARN("rtsp.accept_failed", {{"cause", error.message()}});
            pause_.expires_after(100ms);
            return pause_.async_wait([this, alive](const boost::system::error_code& stopped) {
                if (!stopped && !alive.expired()) accept();
            });
        }
        spread(std::move(socket));
        // More may have come since; each wake has its price.
        for (int more = 1; more < kAcceptsMost; ++more) {
            Tcp::socket next(loop_);
            boost::system::error_code none;
            acceptor_.accept(next, none);
            if (none) break;
            spread(std::move(next));
        }
        accept();
    });
}

void RtspOut::spread(Tcp::socket socket) {
    if (!hooks_.spread) return take(std::move(socket), nullptr);
    if (const int fd = socket.release(); !hooks_.spread(fd)) adopt(fd);
}

void RtspOut::adopt(int fd, std::unique_ptr<rtsp::Tls> tls) {
    Tcp::socket socket(loop_);
    boost::system::error_code error;
    socket.assign(protocol_of(fd), fd, error);
    if (!error) return take(std::move(socket), std::move(tls));
    ::close(fd);
    LOG_WARN("rtsp.adopt_failed", {{"cause", error.message()}});
}

void RtspOut::take(Tcp::socket socket, std::unique_ptr<rtsp::Tls> tls) {
    boost::system::error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    if (gone) return;  // It left already.
    if (connections_.size() >= kConnectionsMax) {
        ++counters_.turned_away;
        return;
    }
    ++counters_.accepted;
    const std::size_t place = connections_.size();
    connections_.push_back({std::make_shared<Connection>(*this, std::move(socket), std::move(tls), peer, place), MonoTime::max()});
    std::shared_ptr(connections_.back().who)->start();
}

void RtspOut::tick() {
    const MonoTime now = clock_.mono();
    // Nearly none of them: this looks at the times alone.
    for (std::size_t i = connections_.size(); i-- > 0;) {
        if (i < connections_.size() && connections_[i].due <= now) std::shared_ptr(connections_[i].who)->tick(now);
    }
    timer_.expires_after(Connection::kTick);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) tick();
    });
}

void RtspOut::forget(std::size_t place) {
    // It may be in the middle of one of its own functions.
    ended_.push_back(std::move(connections_[place].who));
    if (place + 1 < connections_.size()) {
        connections_[place] = std::move(connections_.back());
        connections_[place].who->move_to(place);
    }
    connections_.pop_back();
    asio::post(loop_, [this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) bury();
    });
}

void RtspOut::forget(const CameraId& camera, const std::string& reason) {
    // From the back: forgetting one moves the last into its place.
    for (std::size_t i = connections_.size(); i-- > 0;) {
        if (i < connections_.size() && connections_[i].who->watches(camera)) std::shared_ptr(connections_[i].who)->end(reason);
    }
}

void RtspOut::bury() {
    for (const auto& connection : std::exchange(ended_, {})) connection->bury();
}

bool RtspOut::close(std::uint64_t lease, const std::string& reason) {
    const auto at = by_lease_.find(lease);
    if (at == by_lease_.end()) {
        if (opening_ > 0 && closed_early_.size() < kConnectionsMax) {
            closed_early_[lease] = reason;
        } else if (opening_ > 0) {
            refuse_openings_ = true;  // We cannot remember which: none of those begins.
        }
        return false;
    }
    at->second->end(reason, true);
    return true;
}

/// The reason for which a lease must not begin; empty when it may.
std::string RtspOut::take_early_close(std::uint64_t lease) {
    std::string reason = refuse_openings_ ? "view ended before it began" : "";
    if (const auto at = closed_early_.find(lease); at != closed_early_.end()) reason = at->second;
    if (--opening_ == 0) {
        closed_early_.clear();
        refuse_openings_ = false;
    }
    return reason;
}

}  // namespace bongsu::view
