#pragma once
// What a server takes of the machine: processor to the nanosecond, threads that ended included, the core's ksoftirqd, memory.

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "relay_net.hpp"

namespace bongsu::relay {

struct Reading {
    std::int64_t at = 0, server_ns = 0, softirq_ns = 0, idle_ns = 0, camera_ns = 0;
    std::size_t rss_kib = 0;
};

/// Of the server process and its children, on one core.
class Meter {
  public:
    Meter(pid_t server, pid_t camera, int core) : server_(server), camera_(camera), core_(core) {
        if (core < 0) return;
        const auto wanted = "ksoftirqd/" + std::to_string(core);
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            std::ifstream file(entry.path() / "comm");
            std::string name;
            if (std::getline(file, name) && name == wanted) softirq_ = static_cast<pid_t>(number_in(entry.path().filename().string()));
        }
    }

    Reading read() const {
        Reading out;
        out.at = now_ns();
        for (const auto pid : family(server_)) {
            out.server_ns += process_ns(pid);
            out.rss_kib += rss_of(pid);
        }
        out.camera_ns = process_ns(camera_);
        if (softirq_ != 0) out.softirq_ns = static_cast<std::int64_t>(first_number("/proc/" + std::to_string(softirq_) + "/schedstat"));
        out.idle_ns = idle_ns();
        return out;
    }

  private:
    static std::vector<pid_t> family(pid_t pid) {
        if (pid == 0) return {};
        std::vector<pid_t> out{pid};
        std::error_code gone;
        for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
            std::ifstream file(task.path() / "children");
            for (pid_t child = 0; file >> child;) {
                const auto below = family(child);
                out.insert(out.end(), below.begin(), below.end());
            }
        }
        return out;
    }
    /// The sum of all its threads, those that ended too: what schedstat shows of the living ones.
    static std::int64_t process_ns(pid_t pid) {
        clockid_t clock{};
        timespec time{};
        if (pid == 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
        return time.tv_sec * kSecond + time.tv_nsec;
    }
    static std::size_t rss_of(pid_t pid) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/status");
        for (std::string line; std::getline(file, line);) {
            if (line.starts_with("VmRSS:")) return number_in(std::string_view(line).substr(line.find_first_of("0123456789")));
        }
        return 0;
    }
    static std::uint64_t first_number(const std::string& path) {
        std::ifstream file(path);
        std::uint64_t out = 0;
        file >> out;
        return out;
    }
    /// The time in which the core had nothing to run: of its line in /proc/stat the only two that are no samples of a clock tick.
    std::int64_t idle_ns() const {
        std::ifstream file("/proc/stat");
        for (std::string line; std::getline(file, line);) {
            std::istringstream words(line);
            std::string name;
            words >> name;
            if (name != "cpu" + std::to_string(core_)) continue;
            std::array<std::int64_t, 5> values{};
            for (auto& value : values) words >> value;
            return (values[3] + values[4]) * (kSecond / sysconf(_SC_CLK_TCK));
        }
        return 0;
    }

    pid_t server_, camera_, softirq_ = 0;
    int core_;
};

}  // namespace bongsu::relay
