#pragma once
// What a decoder thinks of a camera's pictures.

#include <cstdint>

namespace bongsu::ingest {

enum class PictureVerdict : std::uint8_t {
    ok,      ///< They show something, and it changes.
    black,   ///< They are black: a cap, a dead sensor, no light.
    frozen,  ///< They come, and are the same for longer than a street stays still.
};

}  // namespace bongsu::ingest
