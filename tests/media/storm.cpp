// media-storm: thousands of cameras (360p, a picture a second, RTSP/TCP) before a real media process; all are dropped at
// once, refuse for five seconds, and have to be back on screen within thirty.
//
//   media_storm PROGRAM [--cameras 10000] [--loops 2] [--base PORT]
//
// Plays control by the messages of docs/adr/0005. Prints the curve of the return, memory for a stream and the processors'
// share; exits with 1 where a promise is broken.
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>
#include <algorithm>
#include <memory>
#include <sstream>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include "bus/local.hpp"
#include "env/posix.hpp"
#include "storm_cameras.hpp"

namespace bongsu::storm {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto kRefused = 5s, kBackMost = 30s, kSteady = 5s;
constexpr int kPorts = 4;

struct Options {
    std::string program, film, self;
    int cameras = 10'000, loops = 2, base = 0;
};

/// A program with our end of its input and output; killed at the end.
class Child {
  public:
    Child(std::vector<std::string> words, const std::string& log) {
        int in[2], out[2];
        if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) std::abort();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            const int errors = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            ::dup2(errors, 2);
            std::vector<char*> arguments;
            for (auto& word : words) arguments.push_back(word.data());
            arguments.push_back(nullptr);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        input_ = in[1];
        output_ = out[0];
    }
    ~Child() {
        ::close(input_);
        ::close(output_);
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    bool say(const std::string& word) {
        const auto line = word + "\n";
        return ::write(input_, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && hears(word);
    }
    bool hears(const std::string& word) {
        std::string line;
        char c = 0;
        while (::read(output_, &c, 1) == 1 && c != '\n') line += c;
        return line == word;
    }
    double cpu_s() const {
        std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
        std::string text((std::istreambuf_iterator<char>(file)), {});
        text.erase(0, text.rfind(')') + 2);
        std::istringstream fields(text);
        std::string skipped;
        for (int i = 3; i < 14; ++i) fields >> skipped;
        double user = 0, system = 0;
        fields >> user >> system;
        return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }
    double resident_kib() const {
        std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
        double total = 0, resident = 0;
        file >> total >> resident;
        return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
    }

  private:
    pid_t pid_ = -1;
    int input_ = -1, output_ = -1;
};

/// Bound to a port of the loopback address, inherited by children.
int bound(int type, int port) {
    const int fd = ::socket(AF_INET, type | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (type == SOCK_STREAM) ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_good = ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 && (type != SOCK_STREAM || ::listen(fd, 64) == 0);
    if (is_good) return fd;
    ::close(fd);
    return -1;
}

/// Ten ports in a row that are free, below those that the kernel gives away: ours to hand down, and the cameras'.
int free_base(int wanted) {
    for (int base = wanted != 0 ? wanted : 20'000 + static_cast<int>(::getpid() % 400) * 25; base < 32'000; base += 25) {
        std::vector<int> taken;
        for (int i = 0; i < 10; ++i) taken.push_back(bound(SOCK_STREAM, base + i));
        for (const int fd : taken) ::close(fd);
        if (std::find(taken.begin(), taken.end(), -1) == taken.end()) return base;
    }
    return -1;
}

class Storm {
  public:
    Storm(const Options& options, std::string data, int base) : options_(options), data_(std::move(data)), base_(base) {}

    int run() {
        if (!begin()) return 1;
        const double idle_kib = media_->resident_kib();
        returned_ = now();
        tell_state();
        const bool all_at_first = until([this] { return live_ == count(); }, 60s);
        curve("first");
        std::printf("processor: media %.2f s, cameras %.2f s\n", media_->cpu_s(), cameras_->cpu_s());
        if (!all_at_first) return failed("all cameras stream at first");
        wait(2s);  // Rings fill.
        if (!steady("steady")) return 1;
        std::printf("memory: %.1f KiB a stream (%.0f MiB with, %.0f MiB without cameras; a GOP of the film is %.1f KiB)\n",
                    (media_->resident_kib() - idle_kib) / options_.cameras, media_->resident_kib() / 1024, idle_kib / 1024,
                    static_cast<double>(std::filesystem::file_size(options_.film)) / 1024);
        const double cpu_before = media_->cpu_s();
        if (!cameras_->say("drop")) return failed("the cameras drop");
        const auto dropped = now();
        if (!until([this] { return live_ == 0; }, kRefused)) return failed("all are seen to be lost");
        std::printf("drop: all are lost %.1f s after it\n", seconds_since(dropped));
        wait(kRefused - std::chrono::duration_cast<std::chrono::milliseconds>(now() - dropped));
        const double cpu_refused = media_->cpu_s();
        back_after_s_.clear();
        if (!cameras_->say("back")) return failed("the cameras return");
        returned_ = now();
        const bool all_back = until([this] { return live_ == count(); }, kBackMost);
        curve("return");
        std::printf("processor: media %.2f s while refused, %.2f s in the return\n", cpu_refused - cpu_before, media_->cpu_s() - cpu_refused);
        if (!all_back) return failed("each is back within 30 s");
        return steady("after") ? 0 : 1;
    }

  private:
    std::size_t count() const { return static_cast<std::size_t>(options_.cameras); }
    MonoTime now() const { return env::process_env().clock.mono(); }
    double seconds_since(MonoTime from) const { return std::chrono::duration<double>(now() - from).count(); }

    bool begin() {
        const auto spool = data_ + "/11000/spool";
        std::filesystem::create_directories(spool);
        std::filesystem::create_directories(data_ + "/city");
        std::ofstream(data_ + "/city/sites.json") << json::serialize(json::object{
            {"centre", "11000"},
            {"sites", {{{"id", "11000"}, {"joined", true}, {"http", base_}, {"media", base_ + 1}, {"rtsp", base_ + 2}, {"udp", base_ + 3}}}}});
        // Behind the hundred that belong to control.
        std::vector<std::string> words{options_.self, "cameras", options_.film, std::to_string(options_.cameras)};
        for (int i = 0; i < kPorts; ++i) words.push_back(std::to_string(camera_port(i)));
        cameras_ = std::make_unique<Child>(words, data_ + "/cameras.log");
        if (!cameras_->hears("ready")) return failed("the cameras start") == 0;
        auto listening = bus::Listener::listen(loop_, spool + "/media.sock", [this](std::shared_ptr<bus::Peer> peer) {
            peer_ = std::move(peer);
            return bus::PeerEvents{.message = [this](const json::object& message) { take(message); }, .closed = [this] { is_gone_ = true; }};
        });
        if (!listening) return failed(listening.error().message) == 0;
        control_ = *std::move(listening);
        words = {options_.program, "media", "--data", data_, "--site", "11000"};
        const auto hand_down = [&](const char* name, int type, int port) { words.insert(words.end(), {name, std::to_string(bound(type, port))}); };
        hand_down("--http-fd", SOCK_STREAM, base_ + 1);
        hand_down("--rtsp-fd", SOCK_STREAM, base_ + 2);
        for (int i = 0; i < options_.loops; ++i) hand_down("--udp-fd", SOCK_DGRAM, base_ + 3 + i);
        words.insert(words.end(), {"--udp-port", std::to_string(base_ + 3)});
        media_ = std::make_unique<Child>(words, data_ + "/media.log");
        return until([this] { return peer_ != nullptr && hello_; }, 10s) || failed("the media process says hello") == 0;
    }
    int camera_port(int i) const { return base_ + 100 + i; }

    void tell_state() {
        json::array cameras;
        for (int i = 0; i < options_.cameras; ++i) {
            const auto url = "rtsp://127.0.0.1:" + std::to_string(camera_port(i % kPorts)) + "/cam/" + std::to_string(i) + "/main";
            cameras.push_back({{"id", "11000-" + std::to_string(10'000 + i)}, {"main", url}, {"sub", ""}, {"mode", "always"}, {"relay", false}});
        }
        peer_->send({{"t", "state"}, {"v", 1}, {"site", "11000"}, {"origins", json::array{}}, {"keys", json::object{}}, {"cameras", std::move(cameras)},
                     {"revoked", json::array{}}, {"relays", json::array{}}, {"spool_from", 0}});
    }

    void take(const json::object& message) {
        const auto& kind = message.at("t").as_string();
        if (kind == "hello") hello_ = true;
        if (kind == "stats") stats_ = message;
        if (kind != "camera") return;
        const bool is_live = message.at("state").as_string() == "streaming";
        auto& was_live = is_live_[std::string(message.at("id").as_string())];
        if (is_live == was_live) return;
        was_live = is_live;
        live_ += is_live ? 1 : static_cast<std::size_t>(-1);
        if (is_live) back_after_s_.push_back(seconds_since(returned_));
        else ++losses_;
    }

    /// Pictures come at their pace and nobody is lost.
    bool steady(const char* name) {
        const auto lost = losses_;
        const double cpu = media_->cpu_s(), cameras_cpu = cameras_->cpu_s();
        const auto from = now();
        const auto blocks = blocks_now();
        wait(kSteady);
        const double span = seconds_since(from);
        const double pictures = static_cast<double>(blocks_now() - blocks) / span / options_.cameras;
        std::printf("%s: %.2f pictures a second and camera, media %.3f of a core, cameras %.3f, %zu lost\n", name, pictures,
                    (media_->cpu_s() - cpu) / span, (cameras_->cpu_s() - cameras_cpu) / span, losses_ - lost);
        if (losses_ - lost > count() / 100) return failed("those that stream stay") == 0;
        return true;
    }
    std::int64_t blocks_now() {
        stats_.clear();
        until([this] { return !stats_.empty(); }, 10s);
        return stats_.contains("ingest_blocks_total") ? stats_.at("ingest_blocks_total").as_int64() : 0;
    }

    void curve(const char* name) {
        std::sort(back_after_s_.begin(), back_after_s_.end());
        const auto at = [this](double part) {
            const auto rank = static_cast<std::size_t>(part * static_cast<double>(count()) + 0.5);
            return rank > back_after_s_.size() ? -1.0 : back_after_s_[rank - 1];
        };
        std::printf("%s: 5 %% %.2f s, 50 %% %.2f s, 95 %% %.2f s, 100 %% %.2f s\n", name, at(0.05), at(0.5), at(0.95), at(1));
        if (!stats_.empty())
            std::printf("connects: %lld begun, %lld of them had to wait for a place\n", static_cast<long long>(stats_.at("ingest_connects_total").as_int64()),
                        static_cast<long long>(stats_.at("ingest_connects_delayed_total").as_int64()));
    }

    template <class Holds>
    bool until(Holds holds, std::chrono::seconds most) {
        const auto end = now() + most;
        while (!holds()) {
            if (now() > end || is_gone_) return false;
            loop_.run_one_for(10ms);
        }
        return true;
    }
    void wait(std::chrono::milliseconds time) {
        const auto end = now() + time;
        while (now() < end) loop_.run_one_for(10ms);
    }
    int failed(const std::string& what) {
        std::printf("FAILED: %s (%zu of %d stream; logs in %s)\n", what.c_str(), live_, options_.cameras, data_.c_str());
        std::fflush(stdout);
        for (const char* log : {"/media.log", "/cameras.log"}) {
            std::ifstream file(data_ + log);
            const std::string text((std::istreambuf_iterator<char>(file)), {});
            std::printf("%s ends with:\n%s\n", log, text.substr(text.size() - std::min<std::size_t>(text.size(), 2000)).c_str());
        }
        return 1;
    }

    const Options& options_;
    const std::string data_;
    const int base_;
    asio::io_context loop_{1};
    std::unique_ptr<Child> cameras_, media_;
    std::unique_ptr<bus::Listener> control_;
    std::shared_ptr<bus::Peer> peer_;
    bool hello_ = false, is_gone_ = false;
    json::object stats_;
    std::map<std::string, bool> is_live_;
    std::size_t live_ = 0, losses_ = 0;
    MonoTime returned_{};
    std::vector<double> back_after_s_;
};

/// 640x360, a picture a second, a key picture every five.
bool make_film(const std::string& path) {
    std::ofstream(std::filesystem::path(path).replace_extension(".json")) << R"({"fps":1,"width":640,"height":360})";
    const std::string command =
        "ffmpeg -v error -y -f lavfi -i testsrc2=size=640x360:rate=1 -t 5 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 5 -bf 0 "
        "-x264-params keyint=5:scenecut=0:repeat-headers=1 -f h264 " + path;
    return std::system(command.c_str()) == 0;  // tidy-ok: a fixed command, in a test
}

/// Each camera is a descriptor in both processes.
bool allow_sockets(int cameras) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur >= static_cast<rlim_t>(cameras) + 200;
}

int run(Options options) {
    if (!allow_sockets(options.cameras)) {
        std::printf("FAILED: this system allows a process fewer than %d descriptors (ulimit -Hn)\n", options.cameras + 200);
        return 1;
    }
    char folder[] = "/tmp/bongsu-storm-XXXXXX";
    if (::mkdtemp(folder) == nullptr) return 1;
    options.film = std::string(folder) + "/film.h264";
    const int base = free_base(options.base);
    int code = 1;
    if (!make_film(options.film)) std::printf("FAILED: ffmpeg with libx264 is needed\n");
    else if (base < 0) std::printf("FAILED: no ten ports are free\n");
    else code = Storm(options, folder, base).run();
    if (code == 0) std::filesystem::remove_all(folder);
    return code;
}

}  // namespace
}  // namespace bongsu::storm

int main(int argc, char** argv) {
    namespace storm = bongsu::storm;
    ::signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() >= 4 && words[0] == "cameras") {
        storm::allow_sockets(0);
        storm::CamerasOptions cameras{.film = words[1], .count = std::atoi(words[2].c_str()), .ports = {}};
        for (std::size_t i = 3; i < words.size(); ++i) cameras.ports.push_back(std::atoi(words[i].c_str()));
        return storm::run_cameras(cameras);
    }
    storm::Options options;
    options.self = "/proc/self/exe";
    options.program = words.empty() ? "" : words[0];
    for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
        const int value = std::atoi(words[i + 1].c_str());
        if (words[i] == "--cameras") options.cameras = value;
        if (words[i] == "--loops") options.loops = value;
        if (words[i] == "--base") options.base = value;
    }
    if (options.program.empty() || options.cameras <= 0) {
        std::printf("media_storm PROGRAM [--cameras N] [--loops N] [--base PORT]\n");
        return 2;
    }
    return storm::run(options);
}
