#pragma once
// HTTP/1.1 and WebSocket on one listening socket. Boost.Beast stays within this room.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/message.hpp"

namespace bongsu::http {

struct ServerLimits {
    std::size_t body_bytes_max = 1 << 20;  ///< More is answered 413 and the connection closed.
    std::size_t header_bytes_max = 16 << 10;
    /// For one more, the one goes that has waited longest for its client's bytes; where none waits it is answered 503.
    std::size_t connections_max = 4096;
    std::chrono::seconds idle{60};       ///< Between requests; a request must arrive whole within 15 s.
    std::size_t files_at_once_max = 4;   ///< Bodies above body_bytes_max under way; one more is answered 503.
    std::size_t socket_queue_bytes_max = 4 << 20;  ///< Of a WebSocket's unsent messages; more closes it (1013).
    /// How much of a WebSocket the kernel keeps that it has not sent yet (TCP_NOTSENT_LOWAT); 0: as it likes.
    unsigned socket_kernel_bytes = 0;
};

/// Bytes that several sockets send without a copy of them.
using SharedBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

/// One WebSocket. Owned by the server's loop; hold it by shared_ptr, call it from any thread. On the loop a message goes
/// to the kernel within the call where nothing waits before it.
class Socket {
  public:
    static constexpr std::size_t kPrefixMax = 8;

    virtual ~Socket() = default;
    virtual void send_text(std::string text) = 0;
    /// One binary message: `prefix`, at most kPrefixMax bytes, then `bytes`, of which no copy is made.
    virtual void send_binary(SharedBytes bytes, std::string_view prefix = {}) = 0;
    /// Throws away the binary messages that have not been begun, and closes behind what else waits: `reason` is cut to the
    /// 123 bytes that a close frame has room for. A reader that has not taken all that within 700 ms gets a reset instead.
    virtual void close(unsigned code, std::string reason) = 0;
    /// What was handed over until now is with the reader's kernel in `within`, or the connection is reset: what our
    /// kernel has not sent then never leaves.
    virtual void must_arrive(std::chrono::milliseconds within) = 0;
};

/// What the owner of a Socket wants to hear; called on the server's loop. `closed` is called once, last.
struct SocketEvents {
    std::function<void(std::string)> text;  ///< At most 64 KiB a message.
    std::function<void()> closed;
    std::function<void()> drained = {};  ///< The kernel has taken everything: nothing waits any more.
};

using Reply = std::function<void(Response)>;  ///< Call once, from any thread.
/// Answers the events to attach, or an error, which refuses the upgrade.
using Upgrade = std::function<Result<SocketEvents>(const Request&, std::shared_ptr<Socket>)>;

/// Where a WebSocket lives.
struct SocketPlace {
    boost::asio::io_context* loop = nullptr;
    Upgrade upgrade;  ///< Called on that loop, as all of the socket's events are.
};

struct Handlers {
    std::function<void(Request, Reply)> request;
    Upgrade upgrade;  ///< On the server's loop. Empty: no WebSockets here.
    /// Asked of a request whose body is larger than ServerLimits::body_bytes_max, or comes in chunks, by its head
    /// alone: how large it may be. Such a body comes as Request::file, and each MiB of it has 15 s to arrive. 0, or empty: the
    /// limit of all.
    std::function<std::size_t(const Request& head)> file_bytes_max = {};
    /// Whether somebody stands behind such a request, by its head alone: of strangers' bodies one is taken at a time, so that they cannot
    /// take everybody's place. Empty: all are known.
    std::function<bool(const Request& head)> is_known = {};
    /// Where there are several loops: asked instead of `upgrade`. The loops outlive the server.
    std::function<SocketPlace(const Request&)> socket_place = {};
    /// Told of each body above its limit, with the request's head and the answer (413), which it may put in another form.
    /// Called on the server's loop.
    std::function<void(const Request& head, Response& answer)> too_large = {};
};

/// Serves an already listening TCP socket `listen_fd`, which it takes over, until destroyed on the loop's thread.
class Server {
  public:
    static Result<std::unique_ptr<Server>> start(boost::asio::io_context& loop, int listen_fd, Handlers handlers,
                                                 ServerLimits limits = {});
    virtual ~Server() = default;
    virtual std::size_t connections() const = 0;
    /// Connections that were closed to make room for another.
    virtual std::uint64_t given_up() const = 0;
};

}  // namespace bongsu::http
