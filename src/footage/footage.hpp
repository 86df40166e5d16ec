#pragma once
// The synthetic cameras' clips: drawn here, encoded once by ffmpeg, kept in a folder.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "footage/scene.hpp"

namespace bongsu::footage {

struct Camera {
    int number;        ///< 0 to 99; NN in /cam/NN/main. Its bar code is number + 1, its large number too.
    std::string name;  ///< UTF-8, at most 90 bytes: "마포 홍대입구역 1".
    Ground ground = Ground::street;
};

struct Progress {
    std::size_t done;  ///< Cameras whose clips stand now, of those asked for.
    std::size_t total;
    std::string name;  ///< The one that was just finished.
};

struct Options {
    std::string folder;  ///< Made when missing.
    std::uint64_t seed = 1;
    std::vector<Camera> cameras;
    std::function<void(const Progress&)>
        progress;                ///< After each camera that had to be rendered; may be empty.
    std::function<bool()> stop;  ///< Asked at least each 200 ms; true ends with `cancelled`; may be empty.
    std::string ffmpeg = "ffmpeg";
    std::string font;         ///< Empty: find_font().
    std::size_t at_once = 2;  ///< ffmpeg processes, 1 to 8.
};

/// Makes sure that each camera has NN-main.h264 (1920x1080) and NN-sub.h264 (640x360), 15 frames a second,
/// 150 frames, a key frame with its parameter sets each second, Annex B, constrained baseline, each with a
/// sidecar NN-main.json
/// {"fps","width","height","frames","bytes","key"}. A clip is complete when its sidecar's key fits (version,
/// seed, number, name, ground) and its size too; complete ones are left alone, the rest are rendered under
/// another name and renamed, the sidecar last. About 2.5 MB and 1 s of two cores for each camera.
///
/// Threads: blocks its caller for as long as rendering takes. One caller per folder: a second gets
/// `conflict`. Errors: invalid (names the camera or field), unavailable (ffmpeg, libx264, font missing),
/// exhausted (disk full), cancelled, timeout (ffmpeg stands still for 60 s).
Result<void> ensure(const Options& options);

/// 16 hex digits that tell what is shown: version, seed, and each camera's number, name and ground.
/// Errors: as ensure(), invalid.
Result<std::string> film_name(const Options& options);

/// FOLDER/NN-main.h264, FOLDER/NN-main.json and so on.
std::string main_path(const std::string& folder, int number);
std::string sub_path(const std::string& folder, int number);

}  // namespace bongsu::footage
