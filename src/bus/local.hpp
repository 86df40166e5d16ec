#pragma once
// Messages between processes of one machine: Unix stream sockets, both ends of the same user (SO_PEERCRED).

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace bongsu::bus {

/// One end of a connection. Call it on the loop's thread.
/// Bounds: 64 MiB of unsent messages; one more closes the connection (the peer has stopped reading), and both
/// sides
///         begin anew with the full state.
class Peer {
  public:
    virtual ~Peer() = default;
    virtual void send(const boost::json::object& message) = 0;
    virtual void close() = 0;
};

struct PeerEvents {
    std::function<void(boost::json::object)> message;
    std::function<void()> closed;  ///< Once, last.
};

/// Called for each new connection; answers what to do with it.
using OnPeer = std::function<PeerEvents(std::shared_ptr<Peer>)>;

/// Listens at a path (0600); an old socket file there is removed first. Stops when destroyed.
class Listener {
  public:
    static Result<std::unique_ptr<Listener>> listen(boost::asio::io_context& loop, const std::string& path,
                                                    OnPeer on_peer);
    virtual ~Listener() = default;
};

/// Keeps one connection to a path: tries each 50 ms until it stands, and again when it falls. Stops when
/// destroyed.
class Dialer {
  public:
    static std::unique_ptr<Dialer> dial(boost::asio::io_context& loop, const std::string& path,
                                        OnPeer on_peer);
    virtual ~Dialer() = default;
};

}  // namespace bongsu::bus
