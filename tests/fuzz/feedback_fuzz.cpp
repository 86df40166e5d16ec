// What a viewer reports by RTCP, after its tag held. Properties: bounded, the same twice, parts about other streams say nothing.

#include "camera_fuzz.hpp"
#include "media/rtp.hpp"
#include "webrtc/rtcp.hpp"

using namespace bongsu;          // tidy-ok: a program of one function
using namespace bongsu::webrtc;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span compound(data, size);
    constexpr std::uint32_t kOurs = 0x01020304;
    const auto first = parse_rtcp(compound, kOurs);
    const auto again = parse_rtcp(compound, kOurs);
    fuzz::require(first.has_value() == again.has_value());
    if (!first) {
        fuzz::require(first.error().kind == ErrorKind::corrupt && first.error().message.size() < 200);
        return 0;
    }
    fuzz::require(size <= 1500 && first->lost.size() <= kLostMax && first->lost == again->lost);
    fuzz::require(first->picture_lost == again->picture_lost && first->report == again->report);
    fuzz::require(!first->report || first->report->ssrc == kOurs);
    // An SSRC that stands nowhere in the packet hears nothing.
    std::uint32_t absent = 0x5A5A5A5A;
    for (std::size_t at = 0; at + 4 <= size; ++at) {
        if (media::read_u32(data + at) == absent) return 0;
    }
    const auto nothing = parse_rtcp(compound, absent);
    fuzz::require(nothing && nothing->lost.empty() && !nothing->picture_lost && !nothing->report);
    return 0;
}
