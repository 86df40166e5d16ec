#pragma once
// The media process of one site: cameras in, tickets checked, pictures out. Reads hostile bytes; holds no
// database.

#include <string>

#include "base/id.hpp"
#include "base/result.hpp"
#include "sandbox/sandbox.hpp"

namespace bongsu::app {

struct MediaOptions {
    std::string data;
    SiteId site;
    int http_fd = -1;  ///< WHEP: a listening TCP socket, taken over.
    int rtsp_fd = -1;  ///< RTSP: likewise.
    int udp_fd = -1;   ///< WebRTC: a bound UDP socket, taken over.
    int udp_port = 0;  ///< Its port, for the candidates.
    sandbox::Layers layers = {};  ///< What holds the process by now; run_media() fills it in.
};

/// Runs until SIGTERM or SIGINT. Answers the exit code.
Result<int> run_media(const MediaOptions& options);

}  // namespace bongsu::app
