#pragma once
// One picture of a camera as a JPEG: GET /snapshot/{camera}.jpg.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "decode/client.hpp"
#include "env/env.hpp"
#include "http/message.hpp"
#include "http/server.hpp"
#include "hub/stream.hpp"
#include "view/door.hpp"

namespace bongsu::view {

/// Order: the newest key picture of the ring, decoded, then the door (a camera that cannot be had uses up no ticket), then
/// the JPEG, then the view is closed: its record says that one picture of so many bytes was sent, or that the viewer left. A cut
/// on the way ends the connection.
///
/// Threads: the loop. What it is given outlives it; forget() before a stream goes.
/// Bounds:  kWaitingMax requests under way, kWait for the picture and kWait for the record; the decoder's own.
class Snapshot {
  public:
    static constexpr std::chrono::seconds kWait{3};
    static constexpr std::size_t kWaitingMax = 256;
    struct Tools {
        boost::asio::io_context& loop;
        env::Env& env;
        Door& door;
        decode::Decoder& decoder;
        /// The stream of this camera that fits the height (0 = no limit), or null.
        std::function<hub::Stream*(const CameraId& camera, int height)> stream;
    };
    struct Counters {
        std::uint64_t sent = 0, refused = 0, no_picture = 0, cut = 0, viewer_left = 0;
    };

    explicit Snapshot(Tools tools) : tools_(std::move(tools)) {}
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    /// Serves everything below /snapshot/. `?height=` 16 to 4320: at most so high, never higher than the ticket permits nor
    /// than the camera's picture. 200 image/jpeg, 204 (preflight), 400 (`field` names it: height, at), 401 ticket, 403
    /// origin, 404 camera, 405, 429, 503 where there is no picture within 3 s or none that can be decoded: the ticket is as
    /// good as before.
    void handle(const http::Request& request, http::Reply reply);
    /// Ends what waits for a camera whose streams are about to be destroyed.
    void forget(const CameraId& camera, const std::string& reason);
    /// Ends all, for a clean stop.
    void stop(const std::string& reason);

    std::size_t under_way() const { return shots_.size(); }
    const Counters& counters() const { return counters_; }

  private:
    class Shot;
    friend class Shot;
    void begin(Ask ask, const Admitted& admitted, int height, http::Reply reply);

    Tools tools_;
    std::set<std::shared_ptr<Shot>> shots_;
    Counters counters_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bongsu::view
