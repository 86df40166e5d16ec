#pragma once
// The ways out of one loop of the media process.

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <memory>

#include "env/env.hpp"
#include "hub/stream.hpp"
#include "view/door.hpp"
#include "view/rtsp_out.hpp"
#include "view/whep.hpp"
#include "webrtc/endpoint.hpp"

namespace bongsu::app {

/// Threads: its loop. What it is given outlives it.
class MediaWays {
  public:
    struct Given {
        boost::asio::io_context& loop;
        env::Env& env;
        view::Door& door;
        std::function<hub::Stream*(const CameraId&, int height)> find;
        std::size_t index = 0;  ///< Of the loop: its WHEP sessions' names begin with it.
        int udp_fd = -1;        ///< WebRTC: a bound socket, taken over.
        int udp_port = 0;       ///< Its port.
        int rtsp_fd = -1;       ///< RTSP: a listening socket, taken over; -1: connections are adopted only.
        /// Called with each accepted RTSP connection: true takes it over to another loop.
        std::function<bool(int fd)> rtsp_spread = {};
        std::function<void(std::size_t)> on_whep_sessions = {};  ///< How many there are.
    };
    /// Errors: of the endpoint.
    static Result<std::unique_ptr<MediaWays>> open(Given given);

    view::Whep& whep() { return *whep_; }
    view::RtspOut& rtsp() { return *rtsp_; }
    /// Ends what watches a camera that is not served here any more.
    void forget(const CameraId& camera);
    /// Ends all views, for a clean stop.
    void stop();
    /// What desks and /metrics see of these ways out.
    void add_stats(boost::json::object& out) const;

  private:
    explicit MediaWays(Given given) : given_(std::move(given)) {}
    view::RtspOut::Hooks rtsp_hooks();

    Given given_;
    std::unique_ptr<webrtc::Endpoint> endpoint_;
    std::unique_ptr<view::Whep> whep_;
    std::unique_ptr<view::RtspOut> rtsp_;
};

}  // namespace bongsu::app
