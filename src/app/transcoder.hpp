#pragma once
// The transcoder process of one site: H.265 of hostile cameras becomes H.264 for viewers who cannot play it, in the strictest sandbox.

#include "base/id.hpp"
#include "base/result.hpp"

namespace bongsu::app {

struct TranscoderOptions {
    SiteId site;              ///< For the log.
    int fd = -1;              ///< A listening Unix socket, taken over.
    unsigned transcodes = 1;  ///< Streams at a time.
};

/// Runs until SIGTERM. Returns only with an error.
Result<int> run_transcoder(const TranscoderOptions& options);

}  // namespace bongsu::app
