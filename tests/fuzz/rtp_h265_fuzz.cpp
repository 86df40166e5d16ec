// Properties: as of rtp_h264, for H.265.

#include "media/sdp.hpp"
#include "media_fuzz.hpp"

using namespace bongsu::media;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto known = parse_camera_sdp(
        "v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\na=fmtp:96 "
        "sprop-vps=QAEMAf//AWAAAAMAkAAAAwAAAwAekoCQ;"
        "sprop-sps=QgEBAWAAAAMAkAAAAwAAAwAeoCCBBZZKkkyvAWgIAAADAAgAAAMAUEA=;sprop-pps=RAHBcrQiQA==");
    fuzz::require(known && known->format.known());
    fuzz::show({.codec = Codec::h265}, {data, size});
    fuzz::show(known->format, {data, size});
    return 0;
}
