#include "webrtc/rtcp.hpp"

#include <algorithm>

#include "webrtc/bytes.hpp"

namespace bongsu::webrtc {
namespace {

constexpr std::uint8_t kSenderReport = 200, kReceiverReport = 201, kSdes = 202, kBye = 203, kTransport = 205,
                       kPayload = 206;

void read_reports(std::span<const std::uint8_t> part, std::size_t at, std::uint32_t ssrc, Feedback& out) {
    for (unsigned count = part[0] & 31U; count > 0 && at + 24 <= part.size(); --count, at += 24) {
        if (get32(part.data() + at) != ssrc) continue;
        out.report = ReceiverReport{part[at + 4], get32(part.data() + at + 12), get32(part.data() + at + 8)};
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

void read_part(std::span<const std::uint8_t> part, std::uint32_t ssrc, Feedback& out) {
    const unsigned format = part[0] & 31U;
    const std::uint8_t type = part[1];
    if (type == kReceiverReport && part.size() >= 8) read_reports(part, 8, ssrc, out);
    if (type == kSenderReport && part.size() >= 28) read_reports(part, 28, ssrc, out);
    if (part.size() < 12) return;
    const bool ours = get32(part.data() + 8) == ssrc;
    if (type == kTransport && format == 1 && ours) read_nacks(part, out);
    if (type == kPayload && format == 1 && ours) out.picture_lost = true;
    // A FIR names its media source in its FCI (RFC 5104 4.3.1.1).
    if (type == kPayload && format == 4 && part.size() >= 20 && get32(part.data() + 12) == ssrc)
        out.picture_lost = true;
}

void put_header(std::vector<std::uint8_t>& out, unsigned count, std::uint8_t type, std::size_t bytes) {
    out.push_back(static_cast<std::uint8_t>(0x80U | count));
    out.push_back(type);
    put16(out, static_cast<std::uint16_t>(bytes / 4 - 1));
}

}  // namespace

Result<Feedback> parse_rtcp(std::span<const std::uint8_t> compound, std::uint32_t ssrc) {
    if (compound.size() > 1500) return fail(ErrorKind::invalid, "rtcp is larger than 1500 bytes");
    Feedback out;
    int parts = 0;
    while (!compound.empty()) {
        if (++parts > 32) return fail(ErrorKind::invalid, "rtcp has more than 32 parts");
        if (compound.size() < 4 || compound[0] >> 6 != 2) return fail(ErrorKind::invalid, "rtcp version");
        const std::size_t size = (get16(compound.data() + 2) + std::size_t{1}) * 4;
        if (size > compound.size()) return fail(ErrorKind::invalid, "rtcp length");
        read_part(compound.first(size), ssrc, out);
        compound = compound.subspan(size);
    }
    return out;
}

std::vector<std::uint8_t> write_sender_report(const SenderReport& report) {
    constexpr std::int64_t kFrom1900 = 2'208'988'800;  // Seconds between the NTP and the Unix epoch.
    const std::int64_t us = std::max<std::int64_t>(0, to_us(report.at));
    std::vector<std::uint8_t> out;
    put_header(out, 0, kSenderReport, 28);
    put32(out, report.ssrc);
    put32(out, static_cast<std::uint32_t>(us / 1'000'000 + kFrom1900));
    put32(out, static_cast<std::uint32_t>((static_cast<std::uint64_t>(us % 1'000'000) << 32) / 1'000'000));
    put32(out, report.rtp_time);
    put32(out, report.packets);
    put32(out, report.octets);
    const std::string_view cname = report.cname.substr(0, 255);
    // Chunk: SSRC, item CNAME, then one to four zeros up to a multiple of four (RFC 3550 6.5).
    const std::size_t chunk = (4 + 2 + cname.size()) / 4 * 4 + 4;
    put_header(out, 1, kSdes, 4 + chunk);
    const std::size_t end = out.size() + chunk;
    put32(out, report.ssrc);
    out.push_back(1);
    out.push_back(static_cast<std::uint8_t>(cname.size()));
    out.insert(out.end(), cname.begin(), cname.end());
    out.resize(end);
    return out;
}

std::vector<std::uint8_t> write_bye(std::uint32_t ssrc) {
    std::vector<std::uint8_t> out;
    put_header(out, 0, kReceiverReport, 8);
    put32(out, ssrc);
    put_header(out, 1, kBye, 8);
    put32(out, ssrc);
    return out;
}

}  // namespace bongsu::webrtc
