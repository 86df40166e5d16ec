#pragma once
// The decoder process of one site: pictures of hostile cameras become JPEGs and numbers, in the strictest sandbox.

#include "base/id.hpp"
#include "base/result.hpp"

namespace bongsu::app {

struct DecoderOptions {
    SiteId site;  ///< For the log.
    int fd = -1;  ///< A listening Unix socket, taken over.
};

/// Runs until SIGTERM. Returns only with an error.
Result<int> run_decoder(const DecoderOptions& options);

}  // namespace bongsu::app
