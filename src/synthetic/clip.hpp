#pragma once
// A film loop for a synthetic camera: packetised once, then sent again and again.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "media/block.hpp"

namespace bongsu::synthetic {

/// Pictures as blocks whose RTP headers are written anew at each sending; the payloads never change.
/// Ownership: shared by the cameras that show it. Threads: one loop (the headers are written in place).
struct Clip {
    int fps = 0;
    media::Format format;
    std::vector<media::Block> pictures;  ///< The first is a key block.
    /// For each picture: the newest key block at or before it.
    std::vector<std::uint32_t> key_before;
};

/// Reads an Annex-B .h264 file and the .json beside it ({"fps":15,"width":640,"height":360}).
/// Bounds: 64 MiB, 1 to 120 pictures a second. Errors: not_found, invalid (the sidecar), corrupt (the film);
/// each names the file.
Result<std::shared_ptr<Clip>> load_clip(const std::string& path);

}  // namespace bongsu::synthetic
