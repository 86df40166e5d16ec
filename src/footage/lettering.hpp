#pragma once
// Numbers and names in large letters, and the marks that a program reads: what is laid over a scene.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "footage/canvas.hpp"

namespace bongsu::footage {

/// A Korean font of Debian's fonts-noto-cjk or fonts-nanum. Errors: unavailable (none; names the packages).
Result<std::string> find_font();

/// Coverage of one camera's line of letters, 0 to 255.
struct Lettering {
    std::size_t columns = 0;
    std::vector<std::uint8_t> mask;
};

struct LetteringJob {
    std::string ffmpeg;
    std::string font;
    std::string folder;                                      ///< For its files.
    std::vector<std::pair<std::string, std::string>> lines;  ///< Number and name.
};

/// All lines by one run of ffmpeg's drawtext. Errors: unavailable, exhausted, corrupt (it wrote too little).
Result<std::vector<Lettering>> draw_lettering(const LetteringJob& job);

/// The line at the upper left, the dial's face and the camera's bar code: what stays in every frame.
void lay_over(Canvas& canvas, const Lettering& lettering, int number);
/// The dial's hand (a turn in 10 s), its dot (a turn in 1 s) and the frame's bar code.
void lay_over_frame(Canvas& canvas, int frame);

}  // namespace bongsu::footage
