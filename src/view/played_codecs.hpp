#pragma once
// What a viewer of MP4 says that he plays. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/message.hpp"
#include "media/block.hpp"

namespace bongsu::view {

/// The names of samples that a viewer plays, from `avc1,hvc1.1.6.L93.B0` or a list: what stands before the first dot,
/// `hev1` as `hvc1` and `avc3` as `avc1`. Errors: invalid of `field` (more than 16, or longer than 32 letters).
Result<std::vector<std::string>> parse_codecs(const std::vector<std::string>& names, std::string_view field);

/// Those of `?codecs=`; none where it is left out. Errors: as parse_codecs(), or longer than 512 letters.
Result<std::vector<std::string>> codecs_of(const http::Request& request);

/// Whether one of them is this codec; without names everything is played.
bool plays(const std::vector<std::string>& codecs, media::Codec codec);

/// Why a camera's stream is not sent to who does not play it. Its ticket stays good for another way out, or for one who can.
Error not_played(media::Codec codec);

}  // namespace bongsu::view
