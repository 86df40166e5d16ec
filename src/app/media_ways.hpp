#pragma once
// The ways out of the media process: which there are, and what answers to which path.

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "app/media.hpp"
#include "env/env.hpp"
#include "http/server.hpp"
#include "ingest/supervisor.hpp"
#include "view/gate_door.hpp"
#include "view/rtsp_out.hpp"
#include "view/whep.hpp"
#include "webrtc/endpoint.hpp"

namespace bongsu::app {

/// Threads: the media process's loop. The gate and the cameras outlive it.
class MediaWays {
  public:
    MediaWays(boost::asio::io_context& loop, env::Env& env, const MediaOptions& options, view::Gate& gate, ingest::Supervisor& cameras);

    /// Takes over the sockets of the options for WebRTC and RTSP. Errors: of the endpoint.
    Result<void> open();
    /// Serves HTTP from here on. Errors: of the server.
    Result<void> listen();
    /// Ends what watches cameras that are not served here any more.
    void forget(const CameraId& camera);
    /// When cameras change, and each 100 ms.
    void serve_arrived() { door_.serve_arrived(); }
    /// Ends all views, for a clean stop. What was asked meanwhile is not answered.
    void stop();
    bool stopped() const { return !rtsp_; }
    /// What desks and /metrics see of the ways out.
    void add_stats(boost::json::object& out) const;

  private:
    void take(http::Request request, http::Reply reply);
    http::Response ready() const;
    view::RtspOut::Hooks rtsp_hooks();

    // Given to us.
    boost::asio::io_context& loop_;
    env::Env& env_;
    const MediaOptions& options_;
    view::Gate& gate_;
    ingest::Supervisor& cameras_;
    // Owned by us.
    view::GateDoor door_;
    std::unique_ptr<webrtc::Endpoint> endpoint_;
    std::unique_ptr<view::Whep> whep_;
    std::unique_ptr<view::RtspOut> rtsp_;
    std::unique_ptr<http::Server> http_;
};

}  // namespace bongsu::app
