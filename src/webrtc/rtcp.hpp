#pragma once
// RTCP (RFC 3550, RFC 4585): a viewer's feedback in, our sender reports out. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bongsu::webrtc {

/// A report block (RFC 3550 6.4.1) about our stream.
struct ReceiverReport {
    std::uint8_t fraction_lost = 0;  ///< Of 256.
    std::uint32_t jitter = 0;        ///< 90 kHz ticks.
    std::uint32_t highest_sequence = 0;
};

struct Feedback {
    std::vector<std::uint16_t> lost;  ///< NACKed sequence numbers, at most kLostMax.
    bool picture_lost = false;        ///< PLI (RFC 4585 6.3.1) or FIR (RFC 5104 4.3.1).
    std::optional<ReceiverReport> report;
};

/// Reads a decrypted compound packet; what is not about `ssrc` or not known is skipped.
/// Bounds: 1500 bytes, 32 parts, kLostMax numbers (the rest is dropped: the viewer asks again).
/// Errors: invalid for a length or version that does not hold.
constexpr std::size_t kLostMax = 256;
Result<Feedback> parse_rtcp(std::span<const std::uint8_t> compound, std::uint32_t ssrc);

struct SenderReport {
    std::uint32_t ssrc = 0;
    WallTime at{};               ///< This instant …
    std::uint32_t rtp_time = 0;  ///< … on the stream's 90 kHz clock.
    std::uint32_t packets = 0, octets = 0;
    std::string_view cname;  ///< At most 255 bytes.
};

/// SR followed by SDES CNAME.
std::vector<std::uint8_t> write_sender_report(const SenderReport& report);
/// Empty RR, then BYE (RFC 3550 6.6), for a view that ends.
std::vector<std::uint8_t> write_bye(std::uint32_t ssrc);

}  // namespace bongsu::webrtc
