#pragma once
// What of a TCP connection's bytes has reached the other side's kernel.

#include <cstdint>
#include <optional>

namespace bongsu::http {

struct Arrival {
    std::uint64_t acknowledged = 0;  ///< Since the connection began.
    std::uint64_t under_way = 0;     ///< With our kernel: sent and not acknowledged, or not sent yet.
};
/// Nothing where the kernel does not say.
std::optional<Arrival> arrival_of(int fd);

}  // namespace bongsu::http
