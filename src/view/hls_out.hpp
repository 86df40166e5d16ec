#pragma once
// Pictures out by HLS and low-latency HLS (RFC 8216, rfc8216bis): for phones, whose browsers have nothing else, and for players.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "http/message.hpp"
#include "view/door.hpp"
#include "view/hls_request.hpp"
#include "view/hls_source.hpp"
#include "view/other_streams.hpp"

namespace bongsu::view {

/// GET /hls/{camera}/index.m3u8 swaps a ticket for a view, whose id is 128 random bits: it answers a multivariant playlist that
/// points below /hls/view/{id}, where media.m3u8, init segments, segments and parts are. No later URL holds the ticket. DELETE
/// /hls/view/{id} ends the view.
///
/// Codecs:   `?codecs=avc1` on the first request says what the player plays; who does not play the stream gets another one of the
///           camera's, in the order of WhepHooks::others.
/// Opening:  the picture first (who cannot have one keeps the ticket), then the door, which opens with the record on disk, then
///           the answer. HEAD looks and opens nothing. Players ask twice for what they begin with: within kSwapAgain the same
///           ticket from the same address finds the view that it opened; everybody else is refused.
/// Waiting:  a reload for what is not there yet (`_HLS_msn`, `_HLS_part`), the first playlist, and the part that the playlist's
///           hint names wait for it, at most three target durations; then a reload is answered with the playlist as it is (players
///           would give up on an error, and the camera may come back), and a part with 404.
/// Ending:   kIdle without a request and without a byte sent ("viewer left"), the door's cut, DELETE, a camera that goes or changes
///           its codec. From then on no byte of the view leaves, also not of responses under way, and each request is answered 410
///           with the reason, for kRemembered.
/// Bounds:   kOpeningMax openings, kWaitingMax requests that wait and kWaitingPerView of a view (429 beyond), kEndedMax ended views
///           remembered; muxers as HlsMuxer, one a stream.
/// Threads:  the loop of the streams; the HTTP server may be on another. Destroy it before the door and the streams.
class HlsOut {
  public:
    static constexpr std::size_t kOpeningMax = 256, kWaitingMax = 1000, kWaitingPerView = 8, kEndedMax = 4096;
    static constexpr std::chrono::milliseconds kTick{250};
    static constexpr std::chrono::seconds kPictureWait{3}, kIdle{10}, kSwapAgain{10}, kRemembered{300};

    struct Tools {
        boost::asio::io_context& loop;
        env::Env& env;
        Door& door;
    };
    struct Hooks {
        /// As WhepHooks has them.
        OtherStreams::Find stream;
        std::vector<OtherStreams::Find> others = {};
        /// Views' ids begin with it, so that their requests find their loop.
        std::string prefix = {};
    };
    struct Stats {
        std::uint64_t opened = 0, refused = 0, no_picture = 0, left = 0, turned_away = 0;
    };
    using Reply = std::function<void(http::Response)>;  ///< http::Reply

    HlsOut(Tools tools, Hooks hooks);
    ~HlsOut();
    HlsOut(const HlsOut&) = delete;
    HlsOut& operator=(const HlsOut&) = delete;

    /// Serves everything below /hls; `reply` is called once on the loop, at once or later.
    /// 200, 204 (preflight), 206, 400 a parameter (`field` names it) or a codec that is not sent by HLS, 401 ticket, 403 origin, 404,
    /// 405, 410 the view is over, 416, 429, 503 no picture, or no place for a transcode.
    void handle(const http::Request& request, Reply reply);
    /// Deadlines: called each kTick by itself while there is anything to end.
    void tick();
    /// Ends the views of a camera whose streams are about to be destroyed.
    void forget(const CameraId& camera, const std::string& reason);
    /// Ends all, for a clean stop.
    void stop(const std::string& reason);

    std::size_t views() const { return views_.size(); }
    /// Streams that are muxed now.
    std::size_t muxers() const;
    std::size_t waiting() const { return waiting_.size(); }
    const Stats& stats() const { return stats_; }

  private:
    struct View {
        std::string id;
        CameraId camera;
        std::shared_ptr<HlsSource> source;
        Pass pass = {};
        std::shared_ptr<http::Tap> tap = std::make_shared<http::Tap>();
        std::string host = {}, ticket = {};  // Of the swap; the ticket's SHA-256.
        MonoTime opened{}, seen{};
        std::uint64_t bytes_seen = 0, frames = 0;
        std::size_t waiting = 0;
    };
    using ViewPtr = std::shared_ptr<View>;
    struct Opening {
        std::uint64_t number;
        Ask ask;
        std::shared_ptr<HlsSource> source;
        MonoTime until;
        Reply reply;
        std::vector<std::string> codecs = {};  // That are played; none: all.
        OtherStreams others = {};
        bool asked = false;          // The door, or `first`'s answer is waited for.
        ViewPtr view = {};           // What it becomes.
        std::uint64_t first = 0;     // Another opening with the same ticket from the same host, which asked the door.
    };
    struct Asked {
        hls::Target target;
        hls::Reload reload;
        std::string range;
        bool is_head = false;
    };
    struct Waiting {
        ViewPtr view;
        Asked asked;
        MonoTime until;
        Reply reply;
    };
    struct Ended {
        std::string reason;
        MonoTime until;
    };

    void index(const http::Request& request, const hls::Target& target, Reply reply);
    void begin(const Ask& ask, std::vector<std::string> codecs, const Admitted& admitted, bool is_head, const Reply& reply);
    bool fall_back(Opening& one);
    std::shared_ptr<HlsSource> source_of(hub::Stream& stream);
    void on_change(HlsSource& source);
    void open_door(std::uint64_t number);
    void on_pass(std::uint64_t number, Result<Pass> pass);
    bool answer_known(const Ask& ask, const Reply& reply);
    bool follow(const Ask& ask, const Reply& reply);
    std::vector<Reply> take_followers(std::uint64_t number);
    void fail_opening(std::uint64_t number, const Error& error);
    std::list<Opening>::iterator opening(std::uint64_t number);
    ViewPtr again(const std::string& ticket, const std::string& remote) const;
    void arm();
    static http::Response welcome(const View& view);

    void view_request(const http::Request& request, const hls::Target& target, Reply reply);
    /// The answer, or nothing while it has to wait. `late`: it may not any more.
    std::optional<http::Response> answer(View& view, const Asked& asked, bool late);
    std::optional<http::Response> answer_playlist(const HlsMuxer& muxer, const hls::Reload& reload, bool late);
    std::optional<http::Response> answer_part(View& view, const Asked& asked, bool late);
    http::Response answer_media(View& view, const Asked& asked, std::vector<http::Piece> pieces, std::uint32_t pictures);
    void settle(const HlsSource* source, bool late);
    void end(const ViewPtr& view, const std::string& reason);
    void end_where(const std::function<bool(const View&)>& is_over, const std::string& reason);
    std::string random_id();

    Tools tools_;
    Hooks hooks_;
    std::unordered_map<std::string, ViewPtr> views_, by_ticket_;
    std::unordered_map<std::string, Ended> ended_;
    std::list<Opening> openings_;
    std::list<Waiting> waiting_;
    std::map<const hub::Stream*, std::weak_ptr<HlsSource>> sources_;
    boost::asio::steady_timer timer_;
    bool armed_ = false;
    std::uint64_t openings_made_ = 0;
    Stats stats_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bongsu::view
