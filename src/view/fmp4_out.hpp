#pragma once
// Pictures out as fragmented MP4 over WebSocket (RFC 6455), for browsers' Media Source Extensions: where WebRTC does not
// get through, and for programs.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>
#include <unordered_map>

#include "http/message.hpp"
#include "view/fmp4_socket.hpp"

namespace bongsu::view {

/// `WS /fmp4/{camera}` with the ticket as `Authorization: Bearer` or `?ticket=`, and `WS /fmp4` for many, whose tickets come
/// in band; `?codecs=avc1,hvc1` says what the viewer plays. See Fmp4Socket for what is said on them.
///
/// Times:   a fragment's decode time is our wall clock when the picture was here whole, in 90 kHz ticks since 1970: a page
///          reads a picture's age as now minus its media time.
/// Threads: the loop. Destroy it after the HTTP server, before the door and the streams.
/// Bounds:  kSocketsMax sockets, and for one more the one goes on which nothing has been watched for longest; for each the bounds of Fmp4Socket; for each stream that is watched those of Fmp4Muxer.
class Fmp4Out {
  public:
    static constexpr std::size_t kSocketsMax = 1024;

    struct Stats {
        std::size_t sockets = 0, views = 0, muxers = 0;
    };

    /// As WhepHooks has them.
    struct Hooks {
        OtherStreams::Find stream;
        std::vector<OtherStreams::Find> others = {};
        std::function<void(std::size_t)> on_viewers = {};  ///< How many there are, some four times a second.
    };
    Fmp4Out(boost::asio::io_context& loop, env::Env& env, Door& door, Hooks hooks);
    ~Fmp4Out();
    Fmp4Out(const Fmp4Out&) = delete;
    Fmp4Out& operator=(const Fmp4Out&) = delete;

    /// http::Handlers::upgrade for everything below /fmp4. Errors, which refuse the upgrade: forbidden (a page of a foreign
    /// origin), not_found (no such path), invalid (`codecs`), exhausted. What is wrong with a ticket is said on the socket:
    /// a browser does not show its page why an upgrade was refused.
    Result<http::SocketEvents> upgrade(const http::Request& request, std::shared_ptr<http::Socket> socket);
    /// The answer to a request below /fmp4 that asks for no WebSocket: 426.
    static http::Response refuse_plain();
    /// Ends the views of a camera whose streams are about to be destroyed.
    void forget(const CameraId& camera, const std::string& reason);
    /// Ends all, for a clean stop.
    void stop(const std::string& reason);

    Stats stats() const;

  private:
    Result<std::shared_ptr<Fmp4Muxer>> muxer_of(hub::Stream& stream);
    void arm();
    void tick();
    void count();
    bool make_room();

    Fmp4View::Tools tools_;
    std::function<void(std::size_t)> on_viewers_;
    std::set<std::shared_ptr<Fmp4Socket>> sockets_;
    std::unordered_map<hub::Stream*, std::weak_ptr<Fmp4Muxer>> muxers_;
    boost::asio::steady_timer timer_;
    bool ticking_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bongsu::view
