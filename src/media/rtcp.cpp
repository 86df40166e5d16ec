#include "media/rtcp.hpp"

#include <algorithm>

#include "media/rtp.hpp"

namespace bongsu::media::rtcp {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint64_t kFrom1900 = 2'208'988'800;  // Seconds between the NTP and the Unix epoch.
constexpr std::size_t kSenderReportSize = 28, kReceiverReportSize = 8;
constexpr std::uint8_t kCname = 1;
constexpr std::int32_t kLostMost = 0x7FFFFF, kLostLeast = -0x800000;
// RFC 3550 A.1.
constexpr std::uint16_t kDropoutMax = 3'000, kMisorderMax = 100;

tl::unexpected<Error> corrupt(const char* what) { return fail(ErrorKind::corrupt, what); }

unsigned count_of(Bytes part) { return part[0] & 31U; }

Result<void> read_reports(Bytes part, std::size_t at, Compound& out) {
    if (at + count_of(part) * kReportBlockSize > part.size()) return corrupt("rtcp: a report has more blocks than bytes");
    for (unsigned i = 0; i < count_of(part); ++i, at += kReportBlockSize) {
        out.reports.push_back(read_report_block(part.data() + at));
    }
    return {};
}

Result<void> read_sender_report(Bytes part, Compound& out) {
    if (part.size() < kSenderReportSize) return corrupt("rtcp: a sender report is too short");
    const auto* at = part.data();
    out.sender = SenderInfo{read_u32(at + 4), static_cast<Ntp>(read_u32(at + 8)) << 32 | read_u32(at + 12),
                            read_u32(at + 16), read_u32(at + 20), read_u32(at + 24)};
    return read_reports(part, kSenderReportSize, out);
}

/// Chunks of an SSRC and items; each ends with a zero and is padded to 32 bits (RFC 3550 6.5).
Result<void> read_sdes(Bytes part, Compound& out) {
    std::size_t at = 4;
    for (unsigned chunk = 0; chunk < count_of(part); ++chunk) {
        if (at + 4 > part.size()) return corrupt("rtcp: an SDES chunk beyond its packet");
        at += 4;
        while (true) {
            if (at >= part.size()) return corrupt("rtcp: an SDES chunk without its end");
            const std::uint8_t type = part[at];
            if (type == 0) break;
            if (at + 2 > part.size() || at + 2 + part[at + 1] > part.size())
                return corrupt("rtcp: an SDES item beyond its chunk");
            const std::size_t size = part[at + 1];
            if (type == kCname && out.cname.empty()) {
                out.cname = {reinterpret_cast<const char*>(part.data() + at + 2), size};
            }
            at += 2 + size;
        }
        at = (at / 4 + 1) * 4;
        if (at > part.size()) return corrupt("rtcp: an SDES chunk is not padded");
    }
    return {};
}

Result<void> read_bye(Bytes part, Compound& out) {
    const std::size_t end = 4 + count_of(part) * std::size_t{4};
    if (end > part.size()) return corrupt("rtcp: a BYE names more sources than it holds");
    for (std::size_t at = 4; at < end; at += 4) out.goodbyes.push_back(read_u32(part.data() + at));
    if (end < part.size() && end + 1 + part[end] > part.size()) return corrupt("rtcp: a BYE's reason beyond its packet");
    return {};
}

Result<void> read_part(std::uint8_t type, Bytes part, bool first, Compound& out) {
    const bool is_report = type == static_cast<std::uint8_t>(Type::sender_report) ||
                           type == static_cast<std::uint8_t>(Type::receiver_report);
    if (first && !is_report) return corrupt("rtcp: the first part is no report");
    if (is_report && part.size() < kReceiverReportSize) return corrupt("rtcp: a report is too short");
    if (first) out.from = read_u32(part.data() + 4);
    switch (static_cast<Type>(type)) {
        case Type::sender_report:
            return read_sender_report(part, out);
        case Type::receiver_report:
            return read_reports(part, kReceiverReportSize, out);
        case Type::sdes:
            return read_sdes(part, out);
        case Type::bye:
            return read_bye(part, out);
        case Type::app:
            if (part.size() < 12) return corrupt("rtcp: an APP part is too short");
            ++out.app;
            return {};
        default:
            ++out.unknown;
            return {};
    }
}

void put_u32(std::vector<std::uint8_t>& out, std::uint32_t value) {
    out.resize(out.size() + 4);
    write_u32(out.data() + out.size() - 4, value);
}

void put_header(std::vector<std::uint8_t>& out, unsigned count, Type type, std::size_t bytes) {
    out.push_back(static_cast<std::uint8_t>(0x80U | count));
    out.push_back(static_cast<std::uint8_t>(type));
    out.resize(out.size() + 2);
    write_u16(out.data() + out.size() - 2, static_cast<std::uint16_t>(bytes / 4 - 1));
}

void put_cname(std::vector<std::uint8_t>& out, std::uint32_t ssrc, std::string_view cname) {
    cname = cname.substr(0, 255);
    // Chunk: SSRC, item CNAME, then one to four zeros up to a multiple of four (RFC 3550 6.5).
    const std::size_t chunk = (4 + 2 + cname.size()) / 4 * 4 + 4;
    put_header(out, 1, Type::sdes, 4 + chunk);
    const std::size_t end = out.size() + chunk;
    put_u32(out, ssrc);
    out.push_back(kCname);
    out.push_back(static_cast<std::uint8_t>(cname.size()));
    out.insert(out.end(), cname.begin(), cname.end());
    out.resize(end);
}

std::uint32_t to_ticks(MonoTime time) {
    return static_cast<std::uint32_t>(std::chrono::duration_cast<MediaTicks>(time.time_since_epoch()).count());
}

}  // namespace

Result<void> for_each_part(Bytes compound, const std::function<void(std::uint8_t, Bytes)>& visit) {
    if (compound.size() > kCompoundMax) return corrupt("rtcp: larger than 1500 bytes");
    if (compound.empty()) return corrupt("rtcp: empty");
    for (int parts = 0; !compound.empty(); ++parts) {
        if (parts == kPartsMax) return corrupt("rtcp: more than 32 parts");
        if (compound.size() < 4 || compound[0] >> 6 != 2) return corrupt("rtcp: version is not 2");
        const std::size_t size = (read_u16(compound.data() + 2) + std::size_t{1}) * 4;
        if (size > compound.size()) return corrupt("rtcp: a part's length is beyond the packet");
        auto part = compound.first(size);
        compound = compound.subspan(size);
        if ((part[0] & 0x20U) != 0) {  // Only the last part is padded, by a multiple of four (RFC 3550 6.4.1).
            const std::size_t padding = part.back();
            if (!compound.empty() || padding == 0 || padding % 4 != 0 || padding + 4 > size)
                return corrupt("rtcp: bad padding");
            part = part.first(size - padding);
        }
        visit(part[1], part);
    }
    return {};
}

Ntp to_ntp(WallTime time) {
    const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_us(time)));
    return (us / 1'000'000 + kFrom1900) << 32 | (us % 1'000'000 << 32) / 1'000'000;
}

WallTime from_ntp(Ntp time) {
    constexpr std::uint64_t kEra = 1ULL << 32, kFirstEra = 1ULL << 31;
    std::uint64_t seconds = time >> 32;
    if (seconds < kFirstEra) seconds += kEra;
    const auto us = ((time & 0xFFFFFFFFU) * 1'000'000 + 0x80000000U) >> 32;
    return from_us((static_cast<std::int64_t>(seconds) - static_cast<std::int64_t>(kFrom1900)) * 1'000'000 +
                   static_cast<std::int64_t>(us));
}

ReportBlock read_report_block(const std::uint8_t* from) {
    const std::uint32_t lost = read_u32(from + 4);
    // Sign-extended from 24 bits.
    const auto cumulative = static_cast<std::int32_t>(lost << 8) >> 8;
    return {read_u32(from), static_cast<std::uint8_t>(lost >> 24), cumulative, read_u32(from + 8), read_u32(from + 12),
            read_u32(from + 16), read_u32(from + 20)};
}

Result<Compound> parse(Bytes compound) {
    Compound out;
    Result<void> fault;
    bool first = true;
    TRY_DO(for_each_part(compound, [&](std::uint8_t type, Bytes part) {
        if (fault) fault = read_part(type, part, first, out);
        first = false;
    }));
    if (!fault) return tl::unexpected(std::move(fault).error());
    return out;
}

std::vector<std::uint8_t> write_sender_report(const SenderReport& report) {
    std::vector<std::uint8_t> out;
    const Ntp ntp = to_ntp(report.at);
    put_header(out, 0, Type::sender_report, kSenderReportSize);
    put_u32(out, report.ssrc);
    put_u32(out, static_cast<std::uint32_t>(ntp >> 32));
    put_u32(out, static_cast<std::uint32_t>(ntp));
    put_u32(out, report.rtp_time);
    put_u32(out, report.packets);
    put_u32(out, report.octets);
    put_cname(out, report.ssrc, report.cname);
    return out;
}

std::vector<std::uint8_t> write_receiver_report(std::uint32_t ssrc, const std::optional<ReportBlock>& block,
                                                std::string_view cname) {
    std::vector<std::uint8_t> out;
    put_header(out, block ? 1 : 0, Type::receiver_report, kReceiverReportSize + (block ? kReportBlockSize : 0));
    put_u32(out, ssrc);
    if (block) {
        const auto lost = static_cast<std::uint32_t>(std::clamp(block->cumulative_lost, kLostLeast, kLostMost));
        put_u32(out, block->ssrc);
        put_u32(out, static_cast<std::uint32_t>(block->fraction_lost) << 24 | (lost & 0xFFFFFFU));
        put_u32(out, block->highest_sequence);
        put_u32(out, block->jitter);
        put_u32(out, block->last_report);
        put_u32(out, block->delay);
    }
    put_cname(out, ssrc, cname);
    return out;
}

std::vector<std::uint8_t> write_bye(std::uint32_t ssrc) {
    std::vector<std::uint8_t> out;
    put_header(out, 0, Type::receiver_report, kReceiverReportSize);
    put_u32(out, ssrc);
    put_header(out, 1, Type::bye, 8);
    put_u32(out, ssrc);
    return out;
}

void Reception::begin(std::uint16_t sequence) {
    begun_ = true;
    base_ = max_ = sequence;
    cycles_ = 0;
    received_ = received_before_ = expected_before_ = 0;
    suspect_.reset();
}

void Reception::on_packet(std::uint16_t sequence, std::uint32_t rtp_time, MonoTime arrived) {
    if (!begun_) begin(sequence);
    const auto ahead = static_cast<std::uint16_t>(sequence - max_);
    if (ahead < kDropoutMax) {
        if (sequence < max_) cycles_ += 0x10000;
        max_ = sequence;
        suspect_.reset();
    } else if (ahead <= 0x10000 - kMisorderMax) {  // A large jump: believed with its follower.
        if (suspect_ != sequence) {
            suspect_ = static_cast<std::uint16_t>(sequence + 1);
            return;
        }
        begin(sequence);
        transit_.reset();
    }
    ++received_;
    // A.8, in 90 kHz ticks; the unsigned difference is right beyond wraps too.
    const std::uint32_t transit = to_ticks(arrived) - rtp_time;
    if (transit_) {
        const auto apart = static_cast<std::int32_t>(transit - *transit_);
        const std::uint32_t change = apart < 0 ? 0U - static_cast<std::uint32_t>(apart) : static_cast<std::uint32_t>(apart);
        // A clock that jumped is no jitter.
        if (change < 90'000U * 10) jitter_ += change - ((jitter_ + 8) >> 4);
    }
    transit_ = transit;
}

void Reception::on_sender_report(Ntp ntp, MonoTime arrived) {
    last_report_ = static_cast<std::uint32_t>(ntp >> 16);
    last_report_at_ = arrived;
}

std::optional<ReportBlock> Reception::report(MonoTime now) {
    if (!begun_) return std::nullopt;
    ReportBlock out{.ssrc = ssrc_, .highest_sequence = cycles_ + max_, .jitter = jitter()};
    const std::uint64_t expected = std::uint64_t{cycles_} + max_ - base_ + 1;
    const auto lost = static_cast<std::int64_t>(expected) - static_cast<std::int64_t>(received_);
    out.cumulative_lost = static_cast<std::int32_t>(std::clamp<std::int64_t>(lost, kLostLeast, kLostMost));
    const auto expected_now = static_cast<std::int64_t>(expected - expected_before_);
    const auto lost_now = expected_now - static_cast<std::int64_t>(received_ - received_before_);
    if (expected_now > 0 && lost_now > 0)
        out.fraction_lost = static_cast<std::uint8_t>(std::min<std::int64_t>(255, lost_now * 256 / expected_now));
    expected_before_ = expected;
    received_before_ = received_;
    if (last_report_ != 0) {
        out.last_report = last_report_;
        const auto since = std::chrono::duration_cast<std::chrono::microseconds>(now - last_report_at_).count();
        out.delay = static_cast<std::uint32_t>(std::clamp<std::int64_t>(since, 0, 65'535'000'000) * 65536 / 1'000'000);
    }
    return out;
}

}  // namespace bongsu::media::rtcp
