#pragma once
// The ways out of one loop of the media process.

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <memory>

#include "decode/client.hpp"
#include "env/env.hpp"
#include "hub/stream.hpp"
#include "view/door.hpp"
#include "view/fmp4_out.hpp"
#include "view/hls_out.hpp"
#include "view/rtsp_out.hpp"
#include "view/snapshot.hpp"
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
        view::OtherStreams::Find find;
        view::OtherStreams::Find stand_in = {};  ///< What is made in H.264 of a camera that sends H.265; it may answer null.
        std::size_t index = 0;  ///< Of the loop: its WHEP sessions' and HLS views' names begin with it.
        int udp_fd = -1;        ///< WebRTC: a bound socket, taken over.
        int udp_port = 0;       ///< Its port.
        int rtp_fd = -1, rtcp_fd = -1;  ///< RTSP viewers over UDP: bound sockets, taken over; -1: none.
        bool plain_rtsp = true;         ///< False: only relays may come without TLS.
        int rtsp_fd = -1;       ///< RTSP: a listening socket, taken over; -1: connections are adopted only.
        /// Called with each accepted RTSP connection: true takes it over to another loop.
        std::function<bool(int fd)> rtsp_spread = {};
        std::function<void(std::size_t)> on_viewers = {};  ///< How many browsers' views there are.
        decode::Decoder* decoder = nullptr;                      ///< Of the loop that has HTTP: no other serves snapshots.
    };
    /// Errors: of the endpoint.
    static Result<std::unique_ptr<MediaWays>> open(Given given);

    view::Whep& whep() { return *whep_; }
    view::Fmp4Out& fmp4() { return *fmp4_; }
    /// Null on a loop without a decoder.
    view::Snapshot* snapshot() { return snapshot_.get(); }
    view::HlsOut& hls() { return *hls_; }
    /// An RTSP connection from another loop; closed when this one is stopping.
    void adopt_rtsp(int fd, std::unique_ptr<rtsp::Tls> tls = nullptr);
    /// Ends what watches a camera that is not served here any more.
    void forget(const CameraId& camera);
    /// Ends all views, for a clean stop.
    void stop();
    /// What desks and /metrics see of these ways out.
    void add_stats(boost::json::object& out) const;

  private:
    explicit MediaWays(Given given) : given_(std::move(given)) {}
    view::RtspOut::Hooks rtsp_hooks();
    void add_udp_stats(boost::json::object& out) const;

    void count() const;

    Given given_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::size_t whep_viewers_ = 0, fmp4_viewers_ = 0;
    std::unique_ptr<webrtc::Endpoint> endpoint_;
    std::unique_ptr<view::Whep> whep_;
    std::unique_ptr<view::Fmp4Out> fmp4_;
    std::unique_ptr<view::RtspOut> rtsp_;
    std::unique_ptr<view::Snapshot> snapshot_;
    std::unique_ptr<view::HlsOut> hls_;
};

}  // namespace bongsu::app
