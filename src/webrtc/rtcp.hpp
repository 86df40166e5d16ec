#pragma once
// A viewer's RTCP feedback (RFC 3550, RFC 4585), read. Pure. What both sides of the media river share of RTCP, such as
// writing reports, is in media/rtcp.hpp.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "media/rtcp.hpp"

namespace bongsu::webrtc {

using media::rtcp::SenderReport;
using media::rtcp::write_bye;
using media::rtcp::write_sender_report;

struct Feedback {
    std::vector<std::uint16_t> lost;  ///< NACKed sequence numbers, at most kLostMax.
    bool picture_lost = false;        ///< PLI (RFC 4585 6.3.1) or FIR (RFC 5104 4.3.1).
    std::optional<media::rtcp::ReportBlock> report;
};

/// Reads a decrypted compound packet, reduced ones too (RFC 5506); what is not about `ssrc` or not known is skipped.
/// Bounds: 1500 bytes, 32 parts, kLostMax numbers (the rest is dropped: the viewer asks again).
/// Errors: corrupt for a length, padding or version that does not hold.
constexpr std::size_t kLostMax = 256;
Result<Feedback> parse_rtcp(std::span<const std::uint8_t> compound, std::uint32_t ssrc);

}  // namespace bongsu::webrtc
