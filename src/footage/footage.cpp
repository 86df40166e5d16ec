#include "footage/footage.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <list>
#include <optional>
#include <set>
#include <utility>

#include "footage/lettering.hpp"
#include "footage/process.hpp"

namespace bongsu::footage {
namespace {

constexpr std::string_view kVersion =
    "bongsu footage 1";  // Another picture or encoding needs another number.
constexpr std::size_t kNameBytesMax = 90;
constexpr std::uint64_t kBytesPerCamera = 4'000'000;  // Asked of the disk; rendered clips are smaller.
constexpr int kPollMs = 200;
constexpr int kIdlePollsMax = 300;  // 60 s without a byte taken.

struct Clip {
    std::string_view kind;
    std::size_t width;
    std::size_t height;
};
constexpr std::array<Clip, 2> kClips{{{"main", kMainWidth, kMainHeight}, {"sub", 640, 360}}};

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string clip_path(const std::string& folder, int number, std::string_view kind, std::string_view ending) {
    return folder + "/" + two_digits(number) + "-" + std::string(kind) + std::string(ending);
}

/// FNV-1a, 64 bits: it tells one set of options from another; it protects nothing.
std::string digest(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
    std::string digits;
    for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[(hash >> shift) & 15];
    return digits;
}

std::string key_of(std::uint64_t seed, const Camera& camera) {
    return digest(std::string(kVersion) + '\n' + std::to_string(seed) + '\n' + std::to_string(camera.number) +
                  '\n' + camera.name + '\n' + (camera.ground == Ground::park ? "park" : "street"));
}

std::string sidecar(const Clip& clip, std::uint64_t bytes, const std::string& key) {
    return "{\"fps\":" + std::to_string(kFramesPerSecond) + ",\"width\":" + std::to_string(clip.width) +
           ",\"height\":" + std::to_string(clip.height) + ",\"frames\":" + std::to_string(kFrames) +
           ",\"bytes\":" + std::to_string(bytes) + ",\"key\":\"" + key + "\"}\n";
}

std::optional<std::uint64_t> size_of(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(info.st_size);
}

std::string read_small(const std::string& path) {
    std::array<char, 512> buffer;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    const ssize_t got = ::read(file, buffer.data(), buffer.size());
    ::close(file);
    return std::string(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
}

/// The sidecar is the proof: it is written last and names the clip's size.
bool is_complete(const std::string& folder, const Camera& camera, const std::string& key) {
    return std::all_of(kClips.begin(), kClips.end(), [&](const Clip& clip) {
        const auto bytes = size_of(clip_path(folder, camera.number, clip.kind, ".h264"));
        return bytes && *bytes > 0 &&
               read_small(clip_path(folder, camera.number, clip.kind, ".json")) == sidecar(clip, *bytes, key);
    });
}

Result<void> check(const Options& options) {
    if (options.folder.empty()) return fail(ErrorKind::invalid, "footage: folder is empty");
    if (options.at_once < 1 || options.at_once > 8)
        return fail(ErrorKind::invalid, "footage: at_once must be 1 to 8");
    std::set<int> numbers;
    for (const Camera& camera : options.cameras) {
        const std::string which = "footage: camera " + std::to_string(camera.number);
        if (camera.number < 0 || camera.number > 99)
            return fail(ErrorKind::invalid, which + ": number must be 0 to 99");
        if (!numbers.insert(camera.number).second) return fail(ErrorKind::invalid, which + " is there twice");
        const bool plain = std::none_of(camera.name.begin(), camera.name.end(), [](char letter) {
            return static_cast<unsigned char>(letter) < 0x20;
        });
        if (camera.name.empty() || camera.name.size() > kNameBytesMax || !plain) {
            return fail(ErrorKind::invalid, which + ": name must have 1 to 90 bytes and no control letters");
        }
    }
    return {};
}

Error disk_error(const std::string& what) {
    const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return {full ? ErrorKind::exhausted : ErrorKind::unavailable,
            full ? "footage: the disk is full" : "footage: " + what + ": " + std::strerror(errno),
            Where::here()};
}

Result<void> write_synced(const std::string& path, std::string_view text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return tl::unexpected(disk_error(path));
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    if (!written) {
        const Error error = disk_error(path);
        ::close(file);
        return tl::unexpected(error);
    }
    ::close(file);
    return {};
}

Result<void> sync_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return tl::unexpected(disk_error(path));
    const bool synced = ::fsync(file) == 0;
    ::close(file);
    if (!synced) return tl::unexpected(disk_error(path));
    return {};
}

Result<void> renamed(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return tl::unexpected(disk_error(to));
    return {};
}

/// The folder, locked for one renderer, with a workshop of its own that is empty at the start and gone at the
/// end.
class Workshop {
  public:
    static Result<Workshop> open(const std::string& folder) {
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        if (error) return fail(ErrorKind::unavailable, "footage: folder " + folder + ": " + error.message());
        const int lock = ::open((folder + "/.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (lock < 0) return tl::unexpected(disk_error("folder " + folder));
        if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
            ::close(lock);
            return fail(ErrorKind::conflict, "footage: another process renders into " + folder);
        }
        Workshop workshop(lock, folder + "/.tmp");
        std::filesystem::remove_all(workshop.path_, error);
        if (!std::filesystem::create_directory(workshop.path_, error)) {
            return fail(ErrorKind::unavailable, "footage: folder " + workshop.path_ + ": " + error.message());
        }
        return workshop;
    }
    Workshop(Workshop&& other) noexcept
        : lock_(std::exchange(other.lock_, -1)), path_(std::move(other.path_)) {}
    Workshop& operator=(Workshop&&) = delete;
    ~Workshop() {
        if (lock_ < 0) return;
        std::error_code ignored;  // What stays behind is removed by the next renderer.
        std::filesystem::remove_all(path_, ignored);
        ::close(lock_);
    }
    const std::string& path() const { return path_; }

  private:
    Workshop(int lock, std::string path) : lock_(lock), path_(std::move(path)) {}
    int lock_;
    std::string path_;
};

std::vector<std::string> encoder(const std::string& ffmpeg, int number) {
    const std::string name = two_digits(number);
    const std::string size = std::to_string(kMainWidth) + "x" + std::to_string(kMainHeight);
    const std::string rate = std::to_string(kFramesPerSecond);
    std::vector<std::string> words{ffmpeg,
                                   "-v",
                                   "error",
                                   "-y",
                                   "-f",
                                   "rawvideo",
                                   "-pix_fmt",
                                   "yuv420p",
                                   "-s",
                                   size,
                                   "-r",
                                   rate,
                                   "-i",
                                   "pipe:0",
                                   "-filter_complex_threads",
                                   "1",
                                   "-filter_complex",
                                   "[0:v]split[a][b];[b]scale=640:360:flags=area[c]"};
    const auto output = [&](std::string_view pad, std::string_view rate_max, std::string_view quality,
                            std::string_view kind) {
        const std::array<std::string, 31> more{
            "-map",
            std::string(pad),
            "-c:v",
            "libx264",
            "-preset",
            "superfast",
            "-profile:v",
            "baseline",
            "-crf",
            std::string(quality),
            "-maxrate",
            std::string(rate_max),
            "-bufsize",
            std::string(rate_max),
            "-threads",
            "1",
            "-x264-params",
            "keyint=15:min-keyint=15:scenecut=0:bframes=0:repeat-headers=1:annexb=1:rc-lookahead=0:mbtree=0",
            "-color_range",
            "tv",
            "-colorspace",
            "bt709",
            "-color_primaries",
            "bt709",
            "-color_trc",
            "bt709",
            "-f",
            "h264",
            "-flush_packets",
            "0",
            name + "-" + std::string(kind) + ".h264"};
        words.insert(words.end(), more.begin(), more.end());
    };
    output("[a]", "2400k", "25", "main");
    output("[c]", "500k", "24", "sub");
    return words;
}

/// One camera on its way through ffmpeg.
class Render {
  public:
    static Result<Render> start(const Options& options, const Camera& camera, const Lettering& lettering,
                                const std::string& workshop) {
        TRY(Process process, Process::start(encoder(options.ffmpeg, camera.number), workshop,
                                            two_digits(camera.number) + ".log"));
        Scene scene = draw_scene(options.seed, camera.number, camera.ground);
        lay_over(scene.background, lettering, camera.number);
        return Render(camera, std::move(scene), std::move(process));
    }

    int input() const { return process_.input(); }
    bool is_fed() const { return frame_ == kFrames; }
    const Camera& camera() const { return camera_; }

    /// Sends what ffmpeg takes now; answers the bytes.
    std::size_t feed() {
        std::size_t total = 0;
        while (!is_fed()) {
            const std::size_t sent = process_.send(picture_.bytes().subspan(sent_));
            if (sent == 0) break;
            total += sent;
            sent_ += sent;
            if (sent_ < picture_.bytes().size()) continue;
            sent_ = 0;
            if (++frame_ == kFrames)
                process_.end_input();
            else
                draw();
        }
        return total;
    }

    Result<void> finish(const std::string& workshop, const std::string& folder, const std::string& key) {
        TRY_DO(process_.wait());
        if (!is_fed()) return fail(ErrorKind::corrupt, "footage: ffmpeg ended before its last picture");
        for (const Clip& clip : kClips) {
            const std::string made = clip_path(workshop, camera_.number, clip.kind, ".h264");
            const auto bytes = size_of(made);
            if (!bytes || *bytes == 0)
                return fail(ErrorKind::corrupt, "footage: ffmpeg wrote an empty " + made);
            TRY_DO(sync_file(made));
            TRY_DO(renamed(made, clip_path(folder, camera_.number, clip.kind, ".h264")));
            const std::string proof = clip_path(workshop, camera_.number, clip.kind, ".json");
            TRY_DO(write_synced(proof, sidecar(clip, *bytes, key)));
            TRY_DO(renamed(proof, clip_path(folder, camera_.number, clip.kind, ".json")));
        }
        return {};
    }

  private:
    Render(Camera camera, Scene scene, Process process)
        : camera_(std::move(camera)),
          scene_(std::move(scene)),
          picture_(scene_.background),
          process_(std::move(process)) {
        draw();
    }
    void draw() {
        draw_frame(scene_, frame_, picture_);
        lay_over_frame(picture_, frame_);
    }

    Camera camera_;
    Scene scene_;
    Canvas picture_;
    Process process_;
    int frame_ = 0;
    std::size_t sent_ = 0;
};

Result<void> check_space(const std::string& folder, std::size_t cameras) {
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) != 0) return tl::unexpected(disk_error("folder " + folder));
    const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    const std::uint64_t needed = kBytesPerCamera * cameras;
    if (free >= needed) return {};
    return fail(ErrorKind::exhausted, "footage: " + folder + " needs " + std::to_string(needed / 1'000'000) +
                                          " MB and has " + std::to_string(free / 1'000'000) + " MB free");
}

/// Feeds several ffmpegs in turn from one thread: each takes pictures while another encodes.
class Floor {
  public:
    Floor(const Options& options, std::vector<Camera> missing, std::vector<Lettering> letterings,
          const std::string& workshop)
        : options_(options),
          missing_(std::move(missing)),
          letterings_(std::move(letterings)),
          workshop_(workshop) {}

    Result<void> run() {
        int idle = 0;
        while (next_ < missing_.size() || !running_.empty()) {
            if (options_.stop && options_.stop())
                return fail(ErrorKind::cancelled, "footage: rendering was stopped");
            while (running_.size() < options_.at_once && next_ < missing_.size()) {
                TRY(Render render, Render::start(options_, missing_[next_], letterings_[next_], workshop_));
                running_.push_back(std::move(render));
                ++next_;
            }
            TRY(const bool moved, turn());
            idle = moved ? 0 : idle + 1;
            if (idle > kIdlePollsMax) return fail(ErrorKind::timeout, "footage: ffmpeg stands still");
        }
        return {};
    }

  private:
    /// Waits for one of them; answers whether any took bytes or ended.
    Result<bool> turn() {
        std::vector<pollfd> waiting;
        for (const Render& render : running_) {
            // Fed ones are watched for their end alone: their side of the socket closes.
            waiting.push_back(
                {render.input(), static_cast<short>(render.is_fed() ? POLLIN : POLLIN | POLLOUT), 0});
        }
        if (::poll(waiting.data(), waiting.size(), kPollMs) < 0 && errno != EINTR) {
            return tl::unexpected(disk_error("poll"));
        }
        bool moved = false;
        auto render = running_.begin();
        for (const pollfd& one : waiting) {
            if ((one.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
                TRY_DO(finish(*render));
                render = running_.erase(render);
                moved = true;
                continue;
            }
            if ((one.revents & POLLOUT) != 0) moved = render->feed() > 0 || moved;
            ++render;
        }
        return moved;
    }

    Result<void> finish(Render& render) {
        TRY_DO(render.finish(workshop_, options_.folder, key_of(options_.seed, render.camera())));
        ++done_;
        if (options_.progress) {
            options_.progress({options_.cameras.size() - missing_.size() + done_, options_.cameras.size(),
                               render.camera().name});
        }
        return {};
    }

    const Options& options_;
    std::vector<Camera> missing_;
    std::vector<Lettering> letterings_;
    std::string workshop_;
    std::list<Render> running_;
    std::size_t next_ = 0;
    std::size_t done_ = 0;
};

}  // namespace

std::string main_path(const std::string& folder, int number) {
    return clip_path(folder, number, "main", ".h264");
}
std::string sub_path(const std::string& folder, int number) {
    return clip_path(folder, number, "sub", ".h264");
}

Result<std::string> film_name(const Options& options) {
    TRY_DO(check(options));
    std::set<std::string> keys;
    for (const Camera& camera : options.cameras) keys.insert(key_of(options.seed, camera));
    std::string all;
    for (const auto& key : keys) all += key + '\n';
    return digest(all);
}

Result<void> ensure(const Options& options) {
    TRY_DO(check(options));
    std::vector<Camera> missing;
    for (const Camera& camera : options.cameras) {
        if (!is_complete(options.folder, camera, key_of(options.seed, camera))) missing.push_back(camera);
    }
    if (missing.empty()) return {};
    std::string font = options.font;
    if (font.empty()) {
        TRY(font, find_font());
    }
    TRY(const Workshop workshop, Workshop::open(options.folder));
    TRY_DO(check_space(options.folder, missing.size()));
    LetteringJob job{options.ffmpeg, font, workshop.path(), {}};
    for (const Camera& camera : missing) job.lines.emplace_back(two_digits(camera.number + 1), camera.name);
    TRY(std::vector<Lettering> letterings, draw_lettering(job));
    return Floor(options, std::move(missing), std::move(letterings), workshop.path()).run();
}

}  // namespace bongsu::footage
