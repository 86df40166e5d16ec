#pragma once
// One WHEP viewer from its offer to its end: waits for a picture, opens the gate, answers, sends.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "env/env.hpp"
#include "hub/stream.hpp"
#include "view/door.hpp"
#include "view/other_streams.hpp"
#include "webrtc/endpoint.hpp"

namespace bongsu::view {

/// Either a 201 with this SDP, or an error; called once.
using WhepAnswer = std::function<void(Result<std::string> answer)>;

struct WhepAsk {
    std::string id;  ///< Unguessable; the Location.
    Ask ask;
    webrtc::Offer offer;
};

/// Codec: that of the stream, where the offer has it, else another stream of the camera whose codec it has.
/// Order: the picture first (a camera that cannot be had uses up no ticket), then the door, which opens with the record
/// on disk, then the answer. So no answer and no frame leaves before its view.opened is synced.
///
/// Threads: the loop. Held by shared_ptr in Whep until `ended` is called (once, may be inside start()).
/// The stream must outlive it: Whep::forget() ends sessions of a stream that goes.
class WhepSession : public std::enable_shared_from_this<WhepSession> {
  public:
    static constexpr std::chrono::seconds kPictureWait{3};

    struct Tools {
        boost::asio::io_context& loop;
        env::Env& env;
        Door& door;
        webrtc::Endpoint& endpoint;
    };
    WhepSession(const Tools& tools, WhepAsk ask, hub::Stream& stream, OtherStreams others, WhepAnswer answer,
                std::function<void(const std::string& id)> ended);

    void start();
    /// From here on no RTP leaves; spools view.closed, tells the viewer goodbye. Not inside
    /// Stream::publish().
    void end(const std::string& reason);
    const CameraId& camera() const { return camera_; }
    const std::string& id() const { return id_; }
    bool answered() const { return !answer_; }

  private:
    enum class Phase : std::uint8_t { picture, record, open, ended };
    bool is_playable() const { return offer_.format(stream_->format().codec) != nullptr; }
    void wait_for_picture();
    bool fall_back();
    void look();
    void on_block();
    void open_door();
    void on_pass(Result<Pass> pass);
    void open_peer();
    void pump();
    void restart();
    void fail_with(Error error, const std::string& reason);
    void arm(const char* what);
    webrtc::PeerEvents events();

    Tools tools_;
    const std::string id_;
    const CameraId camera_;
    Ask ask_;  // Until the door is asked.
    webrtc::Offer offer_;
    hub::Stream* stream_;
    OtherStreams others_;
    media::Codec codec_ = media::Codec::h264;  // As answered.
    WhepAnswer answer_;
    std::function<void(const std::string&)> ended_;

    Phase phase_ = Phase::picture;
    boost::asio::steady_timer timer_;
    std::unique_ptr<hub::Cursor> cursor_;
    std::optional<Pass> pass_;
    std::shared_ptr<webrtc::Peer> peer_;
};

}  // namespace bongsu::view
