#pragma once
// Turns an ONVIF camera: what is wanted last is what is asked, and what nobody wants any more is stopped.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/env.hpp"
#include "ingest/onvif_finder.hpp"
#include "onvif/client.hpp"

namespace bongsu::ingest {

/// What a camera is to do.
struct TurnOrder {
    enum class Act : std::uint8_t { move, stop, preset, home, presets };
    Act act = Act::stop;
    onvif::Motion speed = {};             ///< Of a move: all three; what stands still is left out where the camera need not hear of it.
    std::chrono::milliseconds lasts{0};   ///< Of a move: it is stopped unless another one comes by then. At most kMoveMost.
    std::string preset = {};              ///< Token.
    static constexpr std::chrono::milliseconds kMoveMost{1'000};
};
/// What the camera said: its presets, where they were asked for. Errors: of the camera, in words; conflict for one that does not turn;
/// exhausted; unauthenticated; unavailable and timeout.
using Turned = std::function<void(Result<std::vector<onvif::Preset>>)>;

/// One order at a time goes to the camera. What comes meanwhile waits, and a newer movement takes the place of one that waits: both have
/// the newer one's answer. A move carries the camera's own timeout of a second, and is stopped by us when `lasts` has passed: it stands
/// still however the desk, the centre, this process or the network ends.
/// Bounds:    one order under way, one movement and one question for presets that wait, of 16 askers each; 2.5 s a request. A login that
///            failed is not tried again for 25 s, as cameras lock accounts.
/// Ownership: by the supervisor; close() ends what is under way, and nothing is called afterwards.
/// Threads:   the loop's.
class OnvifTurner : public std::enable_shared_from_this<OnvifTurner> {
  public:
    OnvifTurner(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, const Reach& reach, OnvifSource source);

    /// `done` may be called at once.
    void order(TurnOrder order, Turned done);
    void close();

  private:
    struct Asked {
        TurnOrder order;
        std::vector<Turned> askers;
    };

    void take(std::optional<Asked>& place, TurnOrder order, Turned done);
    void next();
    onvif::Motion told_speed(const onvif::Motion& wanted);
    void describe();
    void described(Result<onvif::Description> got);
    void ask(Asked asked);
    void answered(const Asked& asked, Result<onvif::soap::Answer> got);
    void fail_all(const Error& error);
    void stop_after(std::chrono::milliseconds span);

    boost::asio::io_context& loop_;
    env::Clock& clock_;
    env::Random& random_;
    const Reach& reach_;
    const OnvifSource source_;
    std::shared_ptr<onvif::Client> client_;  // Knows the camera once profile_ is there.
    std::string profile_;                    // By which it turns.
    std::optional<Asked> movement_, question_;
    bool turns_ = false, zooms_ = false;     // As far as we know: what a move does not name goes on.
    bool is_busy_ = false;
    boost::asio::steady_timer stop_;
    std::optional<Error> locked_out_;
    MonoTime locked_until_{};
};

}  // namespace bongsu::ingest
