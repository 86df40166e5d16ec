#pragma once
// One view of a camera as MP4, from its ticket to its end.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "view/door.hpp"
#include "view/fmp4_muxer.hpp"
#include "view/other_streams.hpp"

namespace bongsu::view {

/// Why a view ended, as the code of a close frame (RFC 6455 7.4; 4000 and more are an application's own).
enum class Fmp4Code : unsigned {
    left = 1000,
    stopping = 1001,
    slow = 1013,
    invalid = 4400,
    ticket = 4401,
    cut = 4403,  ///< By the gate: its grant is over or revoked.
    unknown = 4404,
    codec = 4415,
    exhausted = 4429,
    unavailable = 4503,
};

/// Order: admit, then a picture in hand (a camera that cannot be had, or whose codec the viewer cannot play, uses up no
/// ticket), then the door, which opens with the record on disk, then pictures.
///
/// Slow:    a viewer who does not take its pictures loses whole ones, up to the newest key picture (hub::Cursor's rule);
///          check() ends one that is overrun.
/// Threads: the loop. Held by shared_ptr; `ended` is called once, maybe within start(). The stream must outlive it.
class Fmp4View : public std::enable_shared_from_this<Fmp4View> {
  public:
    static constexpr std::chrono::seconds kPictureWait{3};

    struct Tools {
        boost::asio::io_context& loop;
        env::Env& env;
        Door& door;
        /// As Whep's: the camera's stream, and those for a viewer who does not play that one's codec.
        OtherStreams::Find stream;
        std::vector<OtherStreams::Find> others;
        /// The muxer of all who watch this stream. Errors: Fmp4Muxer::start()'s.
        std::function<Result<std::shared_ptr<Fmp4Muxer>>(hub::Stream&)> muxer;
    };
    struct End {
        Fmp4Code code;
        std::string reason;
        std::optional<Error> error;  ///< Why it never opened; none where it was open.
    };
    struct Events {
        std::function<void()> ready;  ///< next() may have something; may be called within Stream::publish().
        std::function<void(const End& end)> ended;
    };
    /// What to send now. With `init` it is an init segment, and its `mime` is to be told first.
    struct Piece {
        std::shared_ptr<const Fmp4Init> init;
        http::SharedBytes bytes;
    };

    /// `codecs`: what the viewer can play, by the names of their samples (`avc1`, `hvc1`); empty: anything.
    Fmp4View(const Tools& tools, Ask ask, std::vector<std::string> codecs, Events events);

    void start();
    std::optional<Piece> next(MonoTime now);
    void check(MonoTime now);
    /// Not inside Stream::publish(). After it next() gives nothing. Within it `ended` is called.
    void end(Fmp4Code code, const std::string& reason);
    const CameraId& camera() const { return camera_; }
    bool opened() const { return pass_.has_value(); }

  private:
    enum class Phase : std::uint8_t { admit, picture, record, open, ended };
    void on_admitted(const Result<Admitted>& admitted);
    void on_block();
    void look();
    void wait_for(hub::Stream& stream);
    void open_door();
    bool fall_back();
    void on_pass(Result<Pass> pass);
    std::optional<Piece> piece_of(const Fmp4Fragment& fragment);
    void end_later(Fmp4Code code, std::string reason);
    void fail_with(Error error);
    void arm(const char* what);

    const Tools& tools_;
    const CameraId camera_;
    Ask ask_;  // Until the door is asked.
    const std::vector<std::string> codecs_;
    Events events_;

    Phase phase_ = Phase::admit;
    boost::asio::steady_timer timer_;
    std::unique_ptr<hub::Cursor> cursor_;
    std::shared_ptr<Fmp4Muxer> muxer_;
    std::shared_ptr<const Fmp4Init> told_;  // The init that the viewer has.
    http::SharedBytes held_;                // A picture that waits for its init to leave first.
    std::optional<Pass> pass_;
    std::optional<Error> error_;
    bool needs_key_ = false;
    OtherStreams others_;
    std::uint64_t frames_ = 0, bytes_ = 0;
};

}  // namespace bongsu::view
