#pragma once
// The media side of a site: the gate fed by what its control says, and the real ways out before it. There is no picture: who is
// let in is told that the camera is not here, who is not let in hears nothing of that.

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "app/media_ways.hpp"
#include "env/env.hpp"
#include "view/gate.hpp"
#include "view/gate_door.hpp"

namespace bongsu::authorisation {

class WaysOut {
  public:
    /// `state`: the message with which control greets its media process. `folder`: on the env's disk, for the spool.
    WaysOut(env::Env& env, const boost::json::object& state, const std::string& folder);
    ~WaysOut();

    struct Answer {
        int status = 0;      ///< As HTTP has it; an RTSP status is the same number, a close code of fMP4 less 4000.
        std::string text;    ///< All of it.
        /// Nothing but what is behind the door answers so: the camera is not here, or what was offered cannot be served.
        bool is_let_in() const { return status == 404 || status == 400; }
    };
    /// `way`: "whep", "fmp4", "hls", "rtsp", "snapshot". `origin`: of the page that asks; empty for none.
    Answer ask(const std::string& way, const std::string& camera, const std::string& ticket, const std::string& origin = {});
    view::Gate& gate() { return *gate_; }

  private:
    Answer ask_rtsp(const std::string& camera, const std::string& ticket);
    bool runs_until(const std::function<bool()>& holds);

    env::Env& env_;
    boost::asio::io_context loop_;
    std::unique_ptr<view::Spool> spool_;
    std::unique_ptr<view::Gate> gate_;
    std::unique_ptr<view::GateDoor> door_;
    std::unique_ptr<decode::Decoder> decoder_;
    std::unique_ptr<app::MediaWays> ways_;
    std::uint16_t rtsp_port_ = 0;
};

}  // namespace bongsu::authorisation
