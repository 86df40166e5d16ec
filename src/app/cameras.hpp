#pragma once
// The process of the synthetic cameras.

#include <string>

#include "base/result.hpp"

namespace bongsu::app {

struct CamerasOptions {
    std::string footage;  ///< Folder of the clips.
    int fd = -1;          ///< A listening TCP socket, taken over.
    std::size_t count = 48;
    std::string control;  ///< A Unix socket that takes
                          ///< {"t":"fault","camera":N,"fault":"refuse|hang|close|none"}; may be empty.
};

Result<int> run_cameras(const CamerasOptions& options);

}  // namespace bongsu::app
