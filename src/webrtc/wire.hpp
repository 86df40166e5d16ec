#pragma once
// How a peer's datagrams leave: the endpoint's socket in production, a vector in tests.

#include <cstdint>
#include <span>

#include "webrtc/address.hpp"

namespace bongsu::webrtc {

enum class Sent : std::uint8_t {
    all,
    blocked,  ///< The socket's buffer is full (EAGAIN): some or all datagrams are lost.
    failed,   ///< The address cannot be reached; consent will end the peer if that lasts.
};

class Wire {
  public:
    /// Room for one GSO run: the greatest UDP payload that one sendmsg() takes.
    static constexpr std::size_t kScratch = 65'000;
    static constexpr std::size_t kSegmentsMax = 64;  ///< UDP_MAX_SEGMENTS of the kernel.

    virtual ~Wire() = default;
    /// Sends `bytes` cut into datagrams of `segment` bytes, the last one may be shorter.
    virtual Sent send(const Address& to, std::span<const std::uint8_t> bytes, std::size_t segment) = 0;
    /// Space to build a run in; shared by all peers of the loop, valid until the next send().
    virtual std::span<std::uint8_t> scratch() = 0;
};

}  // namespace bongsu::webrtc
