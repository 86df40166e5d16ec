#pragma once
// All cameras of this media process: a stream and a puller for each camera and picture size.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "env/env.hpp"
#include "hub/stream.hpp"
#include "ingest/camera_puller.hpp"
#include "ingest/connect_gate.hpp"
#include "ingest/onvif_finder.hpp"
#include "ingest/onvif_turner.hpp"
#include "ingest/picture_verdict.hpp"

namespace bongsu::ingest {

struct CameraSource {
    CameraId id;
    std::string main_url, sub_url;  ///< `sub_url` may be empty. Secret where they hold a password.
    Mode mode = Mode::always;
    bool relay = false;  ///< The URLs belong to another site: a ticket is asked for each connection.
    rtsp::Transport transport = rtsp::Transport::tcp;
    rtsp::TlsProof tls = {};  ///< Of rtsps:// URLs.
    std::optional<OnvifSource> onvif = {};  ///< Instead of the URLs.
    bool operator==(const CameraSource&) const = default;
};

/// A camera's state as desks show it: streaming when any size streams, then unreachable, connecting, idle.
struct Health {
    State state = State::idle;
    Cause cause = Cause::none;  ///< Why it is not streaming; while it is, what is wrong with its picture.
    std::string words;          ///< The same for people; empty with Cause::none.
    bool operator==(const Health&) const = default;
};

struct Hooks {
    std::function<void(const CameraId&, const Health&)> on_state;
    /// For relays. `reply` may be called at once or later; a late one is ignored.
    std::function<void(const CameraId&, int height, CameraPuller::Reply reply)> ticket_wanted;
    /// A camera's clock is too far from ours, or runs too fast or slow, or no longer.
    std::function<void(const CameraId&, const media::CameraClock::State&)> on_clock = {};
};

/// Ownership: streams are ours; a removed one lives on, silent, until its last reader has gone.
/// Threads:   the loop of the io_context. Hooks are called on it, maybe from within set_cameras(): they must
/// not change
///            or remove cameras themselves, but post that.
class Supervisor {
  public:
    struct Totals {
        std::uint64_t cameras = 0, streaming = 0, streams = 0, readers = 0;
        std::uint64_t connects = 0, failures = 0, bytes = 0, blocks = 0;
        std::uint64_t packets_lost = 0, pictures_damaged = 0, packets_malformed = 0;
        std::uint64_t udp_streams = 0;  ///< Streaming by UDP now.
        std::uint64_t packets_reordered = 0, packets_duplicate = 0, packets_late = 0, packets_foreign = 0, foreign_sources = 0;
        std::uint64_t rtcp_malformed = 0, ssrc_changes = 0, redirects = 0, udp_fallbacks = 0;
        std::uint64_t clocks_off = 0, clocks_drifting = 0;  ///< Cameras with that alarm now.
        std::uint64_t black = 0, frozen = 0;                ///< Streaming cameras with such pictures now.
        std::uint64_t connecting = 0, connects_waiting = 0;  ///< Attempts in flight, and those that wait for a place, now.
        std::uint64_t connects_delayed = 0;                  ///< Attempts that had to wait.
    };

    static constexpr int kMainHeight = 1080, kSubHeight = 360;
    static constexpr int kSubHeightMax = 400;  ///< Whoever may see no more gets the sub stream.

    Supervisor(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, Hooks hooks,
               PullSettings settings = {});
    ~Supervisor();

    /// Adds these and changes those that differ from before; others stay. A changed camera keeps its streams.
    void set_cameras(const std::vector<CameraSource>& cameras);
    /// The whole list: removes whatever is not in it.
    void replace_cameras(const std::vector<CameraSource>& cameras);
    void remove(const CameraId& camera);

    /// Height 0 or above kSubHeightMax: the main stream; else the sub stream where there is one. Null for an unknown
    /// camera. The pointer stays good while a cursor is on the stream.
    hub::Stream* find(const CameraId& camera, int height);

    /// What a decoder sees in a camera's pictures. It goes on streaming; the verdict holds until the next one, or until the
    /// camera is lost. Unknown cameras are nobody's business.
    void on_picture_verdict(const CameraId& camera, PictureVerdict verdict);

    /// Has a camera turned. Errors, beside the camera's: not_found for one that is not listed; conflict `does_not_turn` for one that is
    /// not given by ONVIF.
    void turn(const CameraId& camera, TurnOrder order, Turned done);

    void for_each_state(const std::function<void(const CameraId&, const Health&)>& visit) const;
    /// Each stream with what it came to: its clock, cause and counters.
    void for_each_puller(const std::function<void(const CameraId&, int height, const CameraPuller&)>& visit) const;
    Totals totals() const;

  private:
    struct Channel {
        std::unique_ptr<hub::Stream> stream;
        std::shared_ptr<CameraPuller> puller;
    };
    struct Camera {
        CameraSource source;
        Channel main, sub;
        std::shared_ptr<OnvifFinder> finder;  // Of an ONVIF camera.
        std::shared_ptr<OnvifTurner> turner;  // Of one that somebody turned.
        Health health;
        PictureVerdict verdict = PictureVerdict::ok;
        bool told = false;
    };

    void open(Camera& camera, Channel& channel, const std::string& url, int height);
    void find_streams(Camera& camera);
    CameraPuller::Options options_for(const Camera& camera, const std::string& url, int height);
    static void close_onvif(Camera& camera);
    void close(Channel& channel);
    void retire(Channel& channel);
    void update(const CameraId& id);
    void tell_clock(const CameraId& id, const media::CameraClock::State& state);
    static void add_network(const CameraPuller& puller, Totals& out);
    void sweep();
    void tend_gate();

    boost::asio::io_context& loop_;
    env::Clock& clock_;
    env::Random& random_;
    Hooks hooks_;
    PullSettings settings_;
    ConnectGate gate_;
    boost::asio::steady_timer gate_timer_;
    std::map<CameraId, Camera> cameras_;
    std::vector<std::unique_ptr<hub::Stream>> retired_;
    std::shared_ptr<bool> alive_;  // For what was posted before we went.
};

}  // namespace bongsu::ingest
