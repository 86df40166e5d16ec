#pragma once
// Session descriptions (RFC 8866): a camera's is read, ours is written. Pure.
//
// Audio ends here: a camera's audio track is not even set up (Personal Information Protection Act, article
// 25(5)).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "media/block.hpp"

namespace bongsu::media {

/// The camera's first H.264 video track.
struct CameraTrack {
    std::uint8_t payload_type = 0;
    Format format;        ///< From sprop-parameter-sets (RFC 6184 8.1); empty when the camera gives none.
    std::string control;  ///< Of the track: absolute, relative or empty.
    std::string session_control;  ///< Of the session; "*" or empty means the base URL.
};

/// Bounds: 64 KiB and 2,000 lines. Errors: corrupt (not SDP), invalid (no H.264 video; the message says what
/// there is).
Result<CameraTrack> parse_camera_sdp(std::string_view text);

/// Our own description of one H.264 track with payload type 96 and `a=control:trackID=0`.
std::string write_sdp(const Format& format, std::string_view session_name);

}  // namespace bongsu::media
