#pragma once
// The control process of one site: sockets on a loop thread, the site on a store thread, passwords on two
// workers.

#include <string>

#include "app/partners.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace bongsu::app {

struct ControlOptions {
    std::string data;  ///< DATA.
    SiteId site;
    int http_fd = -1;     ///< A listening TCP socket, taken over.
    std::string console;  ///< Folder of the built desk.
    std::vector<PartnerSocket> partners;  ///< Listening sockets of the partners' ports, taken over.
};

/// Runs until SIGTERM or SIGINT, then makes a checkpoint and ends. Answers the exit code.
Result<int> run_control(const ControlOptions& options);

}  // namespace bongsu::app
