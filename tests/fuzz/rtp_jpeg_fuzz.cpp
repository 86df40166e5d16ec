// Properties: as of rtp_h264, for JPEG: each block is a key block and can be made a file, with the SDP's size
// or its own.

#include "media_fuzz.hpp"

using namespace bongsu::media;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::show({.codec = Codec::jpeg}, {data, size});
    fuzz::show({.width = 62, .height = 64, .codec = Codec::jpeg}, {data, size});
    return 0;
}
