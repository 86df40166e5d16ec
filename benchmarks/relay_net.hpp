#pragma once
// What the programs of `./bench relay` share: the clock, sockets, heads of RTSP and HTTP, and how they print.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bongsu::relay {

constexpr std::int64_t kSecond = 1'000'000'000, kMillisecond = 1'000'000;

/// CLOCK_MONOTONIC, the same in all processes of the machine.
inline std::int64_t now_ns() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * kSecond + time.tv_nsec;
}

[[noreturn]] inline void die(const std::string& why) {
    std::fprintf(stderr, "relay: %s\n", why.c_str());
    std::exit(1);
}

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A non-blocking socket, bound to a port of 127.0.0.1; port 0: any. Empty: somebody else has the port.
inline std::optional<int> bound_socket(int type, std::uint16_t port) {
    const int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) die(std::string("no socket: ") + std::strerror(errno));
    const int on = 1;
    if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto address = loopback(port);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    close(fd);
    return {};
}

inline std::uint16_t port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

/// As large as asked where we are root, else as large as the system allows.
inline void set_buffer(int fd, int forced, int plain, int bytes) {
    if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0) setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof bytes);
}

inline void no_delay(int fd) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

inline void allow_many_sockets() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

inline double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/// A head's field, whatever its letters' case; empty when it is not there.
inline std::string field(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
        at += 2;
        const auto line = head.substr(at, head.find("\r\n", at) - at);
        if (line.size() <= name.size() || line[name.size()] != ':') continue;
        if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
        auto value = line.substr(name.size() + 1);
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        return std::string(value);
    }
    return {};
}

inline std::uint64_t number_in(std::string_view text) {
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

/// The size of the whole message at the front of `bytes`, head and body; 0 when it is not all here yet.
inline std::size_t message_size(std::string_view bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    const auto size = end + 4 + number_in(field(bytes.substr(0, end + 2), "Content-Length"));
    return size <= bytes.size() ? size : 0;
}

inline void put16(std::uint8_t* at, std::uint32_t value) {
    at[0] = static_cast<std::uint8_t>(value >> 8);
    at[1] = static_cast<std::uint8_t>(value);
}
inline void put32(std::uint8_t* at, std::uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value);
}
inline std::uint32_t get16(const std::uint8_t* at) { return static_cast<std::uint32_t>(at[0] << 8 | at[1]); }
inline std::uint32_t get32(const std::uint8_t* at) { return get16(at) << 16 | get16(at + 2); }

/// Times in ns, kept one by one; beyond 4.29 s they are that long.
class Times {
  public:
    void add(std::int64_t ns) {
        values_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(ns, 0, UINT32_MAX)));
    }
    void add(const Times& other) { values_.insert(values_.end(), other.values_.begin(), other.values_.end()); }
    void clear() { values_.clear(); }
    std::size_t count() const { return values_.size(); }
    /// {"n":…,"p50":…,"p99":…,"max":…} in ms.
    std::string json() {
        std::sort(values_.begin(), values_.end());
        char text[160];
        std::snprintf(text, sizeof text, R"({"n":%zu,"p50":%.4f,"p99":%.4f,"max":%.4f})", values_.size(), at(0.5), at(0.99), at(1));
        return text;
    }

  private:
    double at(double share) const {
        if (values_.empty()) return 0;
        const auto rank = static_cast<std::size_t>(share * static_cast<double>(values_.size()) + 0.9999);
        return static_cast<double>(values_[std::max<std::size_t>(1, rank) - 1]) / 1e6;
    }
    std::vector<std::uint32_t> values_;
};

/// `--name value` pairs.
class Words {
  public:
    Words(int argc, char** argv) : words_(argv + 1, argv + argc) {
        if (words_.size() % 2 != 0) die("each option needs a value");
    }
    std::string text(std::string_view name, std::string fallback = {}) const {
        for (std::size_t i = 0; i + 1 < words_.size(); i += 2) {
            if (words_[i] == name) return words_[i + 1];
        }
        return fallback;
    }
    double number(std::string_view name, double fallback) const {
        const auto found = text(name);
        return found.empty() ? fallback : std::strtod(found.c_str(), nullptr);
    }
    std::size_t count(std::string_view name, std::size_t fallback) const {
        return static_cast<std::size_t>(number(name, static_cast<double>(fallback)));
    }

  private:
    std::vector<std::string> words_;
};

}  // namespace bongsu::relay
