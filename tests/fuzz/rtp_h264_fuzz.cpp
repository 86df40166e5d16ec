// Properties: whatever a camera sends as RTP with H.264, each block that comes of it can be parsed again,
// keeps the limits of a packet, runs on in sequence and goes into a fragment of MP4; with and without
// parameter sets in the SDP.

#include "media_fuzz.hpp"

using namespace bongsu::media;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Format known{
        .sps = std::string(
            "\x67\x42\xC0\x16\xDA\x02\x80\xBF\xE5\xC0\x44\0\0\x03\0\x04\0\0\x03\0\x78\x3C\x58\xBA\x80", 25),
        .pps = "\x68\xCE\x0F\xC8",
        .width = 640,
        .height = 360};
    fuzz::show({}, {data, size});
    fuzz::show(known, {data, size});
    return 0;
}
