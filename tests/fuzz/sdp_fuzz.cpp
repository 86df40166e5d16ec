// Properties: a description is refused in words of plain letters, or its format can be written and read again
// as the same.

#include <algorithm>

#include "media/sdp.hpp"
#include "media_fuzz.hpp"

using namespace bongsu::media;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto track = parse_camera_sdp({reinterpret_cast<const char*>(data), size});
    if (!track) {
        const auto& words = track.error().message;
        fuzz::require(!words.empty() && words.size() < 400);
        fuzz::require(std::all_of(words.begin(), words.end(), [](char c) { return c >= 0x20 && c < 0x7F; }));
        return 0;
    }
    fuzz::require(track->payload_type <= 127 && track->control.size() <= size);
    const auto again = parse_camera_sdp(write_sdp(track->format, "x"));
    fuzz::require(again && again->payload_type == kPayloadType && again->format == track->format);
    fuzz::require(track->format.codec == Codec::jpeg || !track->format.known() ||
                  fmp4::init_segment(track->format).has_value());
    return 0;
}
