// What a stream of H.265 costs that is made H.264: 1080p25 in, 720p25 out, through the transcoder as it runs.
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "env/posix.hpp"
#include "media/h264.hpp"
#include "media/h265.hpp"
#include "transcode/connection.hpp"
#include "transcode/keeper.hpp"

namespace bongsu {
namespace {

using namespace std::chrono_literals;
constexpr auto kPicture = 40ms;

struct Options {
    std::string film;
    int seconds = 20;
    bool json = false;
};

MonoTime now() { return env::process_env().clock.mono(); }

/// The film's pictures, encoded anew by libx265 as cameras do: 3 Mbit/s, a key picture each 2 s, none out of order; 10 s at most, shown again and again.
std::vector<media::BlockPtr> encoded(const Options& options) {
    const std::string path = "/tmp/bongsu-transcode-" + std::to_string(::getpid()) + ".h265";
    const auto command = "ffmpeg -v error -y -r 25 -f h264 -i '" + options.film + "' -frames:v 250 -pix_fmt yuv420p -vf scale=1920:1080 -c:v libx265 -preset veryfast -b:v 3M "
                         "-x265-params log-level=none:bframes=0:keyint=50:min-keyint=50:scenecut=0 -f hevc " + path;
    if (std::system(command.c_str()) != 0) return {};  // tidy-ok: a measurement's own command
    std::ifstream file(path, std::ios::binary);
    const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    ::unlink(path.c_str());
    std::vector<media::BlockPtr> out;
    std::shared_ptr<media::Block> block;
    for (const auto unit : media::split_annex_b(bytes)) {
        if (!block) block = std::make_shared<media::Block>();
        media::h265::append_nal(*block, unit);
        const auto type = media::h265::type(unit[0]);
        if (!media::h265::is_picture(type)) continue;
        block->key = media::h265::is_key(type);
        media::write_headers(*block, {});
        out.push_back(std::exchange(block, nullptr));
    }
    return out;
}

int listen_at(const std::string& path) {
    ::unlink(path.c_str());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::strncpy(at.sun_path, path.c_str(), sizeof at.sun_path - 1);
    const bool good = ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 && ::listen(fd, 4) == 0;
    return good ? fd : -1;
}

/// Of the transcoder's only child: seconds of processor until now, and its memory in MiB.
struct Child {
    double cpu = 0, rss_mib = 0;
};
Child child_of(pid_t keeper) {
    const auto id = std::to_string(keeper);
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    std::string pid;
    children >> pid;
    std::ifstream stat("/proc/" + pid + "/stat");
    std::string word;
    std::vector<std::string> words;
    while (stat >> word) words.push_back(word);
    if (words.size() < 24) return {};
    const auto number = [&](std::size_t at) { return std::strtod(words[at].c_str(), nullptr); };
    return {(number(13) + number(14)) / static_cast<double>(::sysconf(_SC_CLK_TCK)), number(23) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20)};
}

void print(const Options& options, const char* figure, double value, const char* unit, std::size_t n) {
    if (options.json) std::printf("{\"figure\":\"%s\",\"subject\":\"bongsu\",\"value\":%.3f,\"unit\":\"%s\",\"n\":%zu}\n", figure, value, unit, n);
    else std::printf("  %-32s %10.2f %s\n", figure, value, unit);
}

class Run {
  public:
    Run(const Options& options, std::vector<media::BlockPtr> film, pid_t keeper, const std::string& path) : options_(options), film_(std::move(film)), keeper_(keeper) {
        connection_ = std::make_shared<transcode::Connection>(
            loop_, path,
            transcode::Connection::Events{.accepted = [this] { accepted_ = true; },
                                          .picture = [this](const transcode::Answer& answer, std::span<const std::uint8_t> bytes) { on_picture(answer, bytes.size()); },
                                          .done = [](const transcode::Answer&) {},
                                          .writable = [] {},
                                          .ended = [this](const Error& error) { why_ = error.message; }});
        connection_->open();
    }

    int go() {
        const auto until = now() + 10s;
        while (!accepted_ && why_.empty() && now() < until) loop_.run_one_for(10ms);
        const auto count = static_cast<std::uint32_t>(options_.seconds * 25);
        const auto before = child_of(keeper_);
        const auto begun = now();
        for (std::uint32_t id = 0; id < count && why_.empty(); ++id) {
            const auto due = begun + id * kPicture;
            while (now() < due || !connection_->can_send()) loop_.run_one_for(1ms);
            const auto& block = *film_[id % film_.size()];
            sent_.push_back(now());
            connection_->send({.id = id, .rtp_time = id * 3'600, .key = block.key}, block);
        }
        while (connection_->waiting() > 0 && why_.empty()) loop_.run_one_for(10ms);
        const auto after = child_of(keeper_);
        if (!why_.empty() || late_ms_.empty()) return std::fprintf(stderr, "transcode: %s\n", why_.c_str()), 1;
        std::sort(late_ms_.begin(), late_ms_.end());
        const auto n = late_ms_.size();
        print(options_, "cpu_core_share", (after.cpu - before.cpu) / (options_.seconds), "cores", n);
        print(options_, "cpu_ms_per_picture", (after.cpu - before.cpu) * 1000 / count, "ms", n);
        print(options_, "added_latency_ms_p50", late_ms_[n / 2], "ms", n);
        print(options_, "added_latency_ms_p99", late_ms_[n * 99 / 100], "ms", n);
        print(options_, "first_picture_ms", first_ms_, "ms", 1);
        print(options_, "sent_mbit_per_s", static_cast<double>(bytes_) * 8 / 1e6 / options_.seconds, "Mbit/s", n);
        print(options_, "rss", after.rss_mib, "MiB", 1);
        return 0;
    }

  private:
    void on_picture(const transcode::Answer& answer, std::size_t size) {
        const auto ms = std::chrono::duration<double, std::milli>(now() - sent_.at(answer.id)).count();
        if (late_ms_.empty()) first_ms_ = ms;
        late_ms_.push_back(ms);
        bytes_ += size;
    }

    const Options& options_;
    std::vector<media::BlockPtr> film_;
    pid_t keeper_;
    boost::asio::io_context loop_;
    std::shared_ptr<transcode::Connection> connection_;
    std::vector<MonoTime> sent_;
    std::vector<double> late_ms_;
    double first_ms_ = 0;
    std::uint64_t bytes_ = 0;
    bool accepted_ = false;
    std::string why_;
};

int measure(const Options& options) {
    auto film = encoded(options);
    if (film.size() < 50) return std::fprintf(stderr, "transcode: ffmpeg with libx265 and --film FILE are needed\n"), 1;
    const std::string path = "/tmp/bongsu-transcode-" + std::to_string(::getpid()) + ".sock";
    const int listening = listen_at(path);
    const pid_t keeper = ::fork();
    if (keeper == 0) {
        (void)transcode::run_transcoder(listening, {.nice = 0});
        ::_exit(1);
    }
    const int code = Run(options, std::move(film), keeper, path).go();
    ::kill(keeper, SIGKILL);
    ::waitpid(keeper, nullptr, 0);
    ::unlink(path.c_str());
    return code;
}

}  // namespace
}  // namespace bongsu

int main(int argc, char** argv) {
    bongsu::Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--json") options.json = true;
        else if (word == "--film" && i + 1 < argc) options.film = argv[++i];
        else if (word == "--seconds" && i + 1 < argc) options.seconds = std::max(1, std::atoi(argv[++i]));
        else return std::fprintf(stderr, "transcode: --film FILE [--seconds N] [--json]\n"), 2;
    }
    return bongsu::measure(options);
}
