#pragma once
// The media process of one site: cameras in, tickets checked, pictures out. Reads hostile bytes; holds no
// database.

#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"

namespace bongsu::app {

struct MediaOptions {
    std::string data;
    SiteId site;
    int http_fd = -1;  ///< WHEP: a listening TCP socket, taken over.
    int rtsp_fd = -1;  ///< RTSP: likewise.
    std::vector<int> udp_fds;  ///< WebRTC: bound UDP sockets, taken over; one event loop for each.
    int udp_port = 0;          ///< The first one's port; the others' follow it.
};

/// Runs until SIGTERM or SIGINT. Answers the exit code.
Result<int> run_media(const MediaOptions& options);

}  // namespace bongsu::app
