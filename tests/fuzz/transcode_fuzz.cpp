// Properties: what a transcode's process says is a message within its bounds or none; whatever it made is a block that each way out can
// carry, or none, and sequence numbers run on.

#include <algorithm>
#include <span>

#include "media_fuzz.hpp"
#include "transcode/made_blocks.hpp"
#include "transcode/wire.hpp"

using namespace bongsu;  // tidy-ok: a program of one function
using media::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span input(data, size);
    if (size >= transcode::kAnswerSize) {
        if (const auto answer = transcode::read_answer(input.first<transcode::kAnswerSize>()))
            require(answer->bytes <= transcode::kPictureBytesMax && (answer->bytes > 0) == (answer->say == transcode::Say::picture));
    }
    if (size >= transcode::kUnitSize) {
        if (const auto unit = transcode::read_unit(input.first<transcode::kUnitSize>())) require(unit->bytes > 0 && unit->bytes <= transcode::kUnitBytesMax);
    }
    transcode::MadeBlocks made(media::fuzz::kSsrc);
    media::fuzz::Judge judge;
    // Pictures are divided by a byte that begins none.
    for (auto rest = input; !rest.empty();) {
        const auto end = std::find(rest.begin(), rest.end(), std::uint8_t{0xFF});
        const auto picture = rest.first(static_cast<std::size_t>(end - rest.begin()));
        if (const auto block = made.take(picture, 3600, {})) {
            if (block->key) judge.on_format(made.format());
            judge.on_block(*block, media::Codec::h264);
        }
        rest = rest.subspan(picture.size() + (end == rest.end() ? 0 : 1));
    }
    return 0;
}
