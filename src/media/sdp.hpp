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

/// The camera's first video track, and its first format, that we can relay: H.264 (RFC 6184 modes 0 and 1),
/// H.265 without decoding order numbers (RFC 7798), or JPEG (RFC 2435).
struct CameraTrack {
    std::uint8_t payload_type = 0;
    /// Its codec, and what the description says of the rest: parameter sets (RFC 6184 8.1, RFC 7798 7.1)
    /// where they are whole and readable; width and height of their SPS, or of `a=framesize`,
    /// `a=x-dimensions`.
    Format format;
    std::string control;          ///< Of the track: absolute, relative or empty.
    std::string session_control;  ///< Of the session; "*" or empty means the base URL.
};

/// Makers' faults that are borne: lines ended by LF alone, zeros and blank lines around the text, any case,
/// blanks in and around parameters, quoted or unpadded base64, start codes in it, a missing fmtp, rtpmap or
/// clock rate, several formats on a line.
/// Bounds: 64 KiB, 2,000 lines, 64 tracks, 32 formats a track.
/// Errors: corrupt (not SDP), invalid (no video that we can relay; the message says what there is, the code is "codec" where
/// there is video).
Result<CameraTrack> parse_camera_sdp(std::string_view text);

/// Our own description of one track with payload type 96 (for JPEG too) and `a=control:trackID=0`.
std::string write_sdp(const Format& format, std::string_view session_name);

}  // namespace bongsu::media
