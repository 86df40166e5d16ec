#include "http/arrival.hpp"

// The kernel's own header: the C library's tcp_info ends before tcpi_bytes_acked, and the two cannot stand in one file.
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace bongsu::http {

std::optional<Arrival> arrival_of(int fd) {
    tcp_info info{};
    socklen_t size = sizeof info;
    int under_way = 0;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || ::ioctl(fd, SIOCOUTQ, &under_way) != 0) {
        return std::nullopt;
    }
    return Arrival{info.tcpi_bytes_acked, static_cast<std::uint64_t>(under_way)};
}

}  // namespace bongsu::http
