#include "webrtc/rtcp.hpp"

#include "webrtc/bytes.hpp"

namespace bongsu::webrtc {
namespace {

using media::rtcp::Type;

void read_reports(std::span<const std::uint8_t> part, std::size_t at, std::uint32_t ssrc, Feedback& out) {
    constexpr std::size_t kSize = media::rtcp::kReportBlockSize;
    for (unsigned count = part[0] & 31U; count > 0 && at + kSize <= part.size(); --count, at += kSize) {
        const auto block = media::rtcp::read_report_block(part.data() + at);
        if (block.ssrc == ssrc) out.report = block;
    }
}

void read_nacks(std::span<const std::uint8_t> part, Feedback& out) {
    for (std::size_t at = 12; at + 4 <= part.size(); at += 4) {
        const std::uint16_t first = get16(part.data() + at), mask = get16(part.data() + at + 2);
        if (out.lost.size() < kLostMax) out.lost.push_back(first);
        for (unsigned bit = 0; bit < 16; ++bit) {
            if ((mask >> bit & 1) != 0 && out.lost.size() < kLostMax) {
                out.lost.push_back(static_cast<std::uint16_t>(first + bit + 1));
            }
        }
    }
}

void read_part(std::uint8_t number, std::span<const std::uint8_t> part, std::uint32_t ssrc, Feedback& out) {
    const unsigned format = part[0] & 31U;
    const auto type = static_cast<Type>(number);
    if (type == Type::receiver_report && part.size() >= 8) read_reports(part, 8, ssrc, out);
    if (type == Type::sender_report && part.size() >= 28) read_reports(part, 28, ssrc, out);
    if (part.size() < 12) return;
    const bool ours = get32(part.data() + 8) == ssrc;
    if (type == Type::transport_feedback && format == 1 && ours) read_nacks(part, out);
    if (type == Type::payload_feedback && format == 1 && ours) out.picture_lost = true;
    // A FIR names its media source in its FCI (RFC 5104 4.3.1.1).
    if (type == Type::payload_feedback && format == 4 && part.size() >= 20 && get32(part.data() + 12) == ssrc)
        out.picture_lost = true;
}

}  // namespace

Result<Feedback> parse_rtcp(std::span<const std::uint8_t> compound, std::uint32_t ssrc) {
    Feedback out;
    if (compound.empty()) return out;
    TRY_DO(media::rtcp::for_each_part(compound, [&](std::uint8_t type, std::span<const std::uint8_t> part) {
        read_part(type, part, ssrc, out);
    }));
    return out;
}

}  // namespace bongsu::webrtc
