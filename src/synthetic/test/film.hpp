#pragma once
// A film for tests, made by ffmpeg once for each process.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "synthetic/clip.hpp"

namespace bongsu::synthetic {

/// A folder of this process's own under the system's temporary one; removed when the program ends.
inline const std::filesystem::path& test_folder() {
    struct Folder {
        std::filesystem::path path =
            std::filesystem::temp_directory_path() / ("bongsu-synthetic-" + std::to_string(::getpid()));
        Folder() { std::filesystem::create_directories(path); }
        ~Folder() { std::filesystem::remove_all(path); }
    };
    static const Folder folder;
    return folder.path;
}

/// 320x180, 15 pictures a second, a key picture each second, three seconds. Empty when ffmpeg cannot make it.
inline std::string film_path() {
    static const std::string made = [] {
        const std::string path = (test_folder() / "film.h264").string();
        std::ofstream(test_folder() / "film.json") << R"({"fps":15,"width":320,"height":180,"frames":45})";
        const std::string command =
            "ffmpeg -v error -y -f lavfi -i testsrc2=size=320x180:rate=15 -t 3 -c:v libx264 -preset "
            "ultrafast -pix_fmt "
            "yuv420p -g 15 -bf 0 -x264-params keyint=15:scenecut=0:repeat-headers=1 -f h264 " +
            path;
        const bool done = std::system(command.c_str()) == 0;  // tidy-ok: a fixed command, in a test
        return done ? path : std::string{};
    }();
    return made;
}

}  // namespace bongsu::synthetic
