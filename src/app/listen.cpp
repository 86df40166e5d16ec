#include "app/listen.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bongsu::app {

namespace {

tl::unexpected<Error> refused(int port, const std::string& doing, int why) {
    const auto name = "port " + std::to_string(port);
    if (why == EADDRINUSE) {
        return fail(ErrorKind::conflict, name + " is in use by another program: choose another with --port");
    }
    return fail(ErrorKind::unavailable, "cannot " + doing + " " + name + ": " + std::strerror(why));
}

Result<int> bound(int type, int port) {
    const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(ErrorKind::unavailable, std::string("no socket to be had: ") + std::strerror(errno));
    if (type == SOCK_STREAM) {
        const int on = 1;  // A port in TIME_WAIT of our own last run is free.
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int why = errno;
        ::close(fd);
        return refused(port, "bind", why);
    }
    return fd;
}

}  // namespace

Result<int> listen_tcp(int port) {
    TRY(const int fd, bound(SOCK_STREAM, port));
    if (::listen(fd, 1024) != 0) {
        const int why = errno;
        ::close(fd);
        return refused(port, "listen on", why);
    }
    return fd;
}

Result<int> listen_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return fail(ErrorKind::invalid, "the folder's path is too long for a socket: " + path);
    path.copy(address.sun_path, path.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return fail(ErrorKind::unavailable, std::string("no socket to be had: ") + std::strerror(errno));
    ::unlink(path.c_str());
    const auto mask = ::umask(0077);
    const bool good = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && ::listen(fd, 16) == 0;
    const int why = errno;
    ::umask(mask);
    if (good) return fd;
    ::close(fd);
    return fail(ErrorKind::unavailable, "cannot listen on " + path + ": " + std::strerror(why));
}

Result<int> bind_udp(int port) {
    TRY(const int fd, bound(SOCK_DGRAM, port));
    const int bytes = 4 << 20;
    ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return fd;
}

Result<int> connect_tcp(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(ErrorKind::unavailable, std::string("no socket to be had: ") + std::strerror(errno));
    const timeval deadline{2, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int why = errno;
        ::close(fd);
        return fail(ErrorKind::unavailable,
                    "nothing answers on port " + std::to_string(port) + ": " + std::strerror(why));
    }
    return fd;
}

void raise_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool is_on_loopback(int fd) {
    sockaddr_storage at{};
    socklen_t size = sizeof at;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0) return false;
    if (at.ss_family == AF_INET) return ntohl(reinterpret_cast<const sockaddr_in&>(at).sin_addr.s_addr) >> 24U == IN_LOOPBACKNET;
    return at.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(at).sin6_addr);
}

}  // namespace bongsu::app
