#pragma once
// RTCP (RFC 3550 section 6): compound packets read strictly, reports written, reception kept. Pure.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bongsu::media::rtcp {

constexpr std::size_t kCompoundMax = 1'500;  ///< Bytes that parse() and for_each_part() take.
constexpr int kPartsMax = 32;

enum class Type : std::uint8_t {
    sender_report = 200,
    receiver_report = 201,
    sdes = 202,
    bye = 203,
    app = 204,
    transport_feedback = 205,  ///< RFC 4585; the WebRTC side reads it.
    payload_feedback = 206,
};

/// Whether a packet on a shared channel is RTCP (RFC 5761 4).
constexpr bool is_rtcp(std::span<const std::uint8_t> packet) {
    return packet.size() >= 4 && packet[0] >> 6 == 2 && packet[1] >= 192 && packet[1] <= 223;
}

/// Calls `visit` with each part (header included, padding cut off). Other types than ours are parts too.
/// Errors: corrupt for a version, length, padding or number of parts that does not hold; what was visited before stands.
Result<void> for_each_part(std::span<const std::uint8_t> compound,
                           const std::function<void(std::uint8_t type, std::span<const std::uint8_t> part)>& visit);

/// A 64-bit NTP timestamp (RFC 3550 4): seconds since 1900, and 2^-32 of one. 0: the sender has no clock.
using Ntp = std::uint64_t;
Ntp to_ntp(WallTime time);  ///< Times before 1970 as 1970.
/// Of the era that began in 1900 until 2036, then of the next (RFC 4330 3).
WallTime from_ntp(Ntp time);

/// RFC 3550 6.4.1.
struct ReportBlock {
    std::uint32_t ssrc = 0;           ///< Of the stream that is reported on.
    std::uint8_t fraction_lost = 0;   ///< Of 256, since the report before.
    std::int32_t cumulative_lost = 0;  ///< Signed 24 bits: duplicates count against it.
    std::uint32_t highest_sequence = 0;  ///< Extended by the number of wraps.
    std::uint32_t jitter = 0;            ///< RTP ticks.
    std::uint32_t last_report = 0;       ///< Middle 32 bits of the newest SR's NTP time; 0: none.
    std::uint32_t delay = 0;             ///< Since that SR came, 1/65536 s.
    bool operator==(const ReportBlock&) const = default;
};
constexpr std::size_t kReportBlockSize = 24;
/// The block at `from`, which holds kReportBlockSize bytes.
ReportBlock read_report_block(const std::uint8_t* from);

struct SenderInfo {
    std::uint32_t ssrc = 0;
    Ntp ntp = 0;
    std::uint32_t rtp_time = 0, packets = 0, octets = 0;
    bool operator==(const SenderInfo&) const = default;
};

/// What a compound packet says of the things that we know; a second SR of the same packet wins over the first.
struct Compound {
    std::optional<SenderInfo> sender;
    std::uint32_t from = 0;            ///< SSRC of the first report's sender.
    std::vector<ReportBlock> reports;  ///< At most 31 for each of kPartsMax parts, bounded by kCompoundMax.
    std::string_view cname;            ///< Within the packet; empty when there is none.
    std::vector<std::uint32_t> goodbyes;
    int app = 0, unknown = 0;  ///< Parts that were skipped.
};

/// Bounds: kCompoundMax, kPartsMax. Errors: corrupt, naming the part: the first is no SR or RR (RFC 3550 6.1), counts
/// beyond the part, SDES items beyond their chunk, BYE reasons beyond the part.
Result<Compound> parse(std::span<const std::uint8_t> compound);

struct SenderReport {
    std::uint32_t ssrc = 0;
    WallTime at{};               ///< This instant …
    std::uint32_t rtp_time = 0;  ///< … on the stream's 90 kHz clock.
    std::uint32_t packets = 0, octets = 0;
    std::string_view cname;  ///< At most 255 bytes.
};

/// SR followed by SDES CNAME.
std::vector<std::uint8_t> write_sender_report(const SenderReport& report);
/// RR with one block followed by SDES CNAME; without a block an empty RR, which says that we are here.
std::vector<std::uint8_t> write_receiver_report(std::uint32_t ssrc, const std::optional<ReportBlock>& block,
                                                std::string_view cname);
/// Empty RR, then BYE (RFC 3550 6.6).
std::vector<std::uint8_t> write_bye(std::uint32_t ssrc);

/// What came of one stream (RFC 3550 A.1, A.3, A.8): feed it each packet once, in the order of arrival.
class Reception {
  public:
    explicit Reception(std::uint32_t ssrc) : ssrc_(ssrc) {}

    void on_packet(std::uint16_t sequence, std::uint32_t rtp_time, MonoTime arrived);
    void on_sender_report(Ntp ntp, MonoTime arrived);
    /// None before the first packet. Each call closes the interval of fraction_lost.
    std::optional<ReportBlock> report(MonoTime now);

    std::uint32_t ssrc() const { return ssrc_; }
    std::uint64_t received() const { return received_; }
    std::uint32_t jitter() const { return jitter_ >> 4; }  ///< 90 kHz ticks.

  private:
    void begin(std::uint16_t sequence);

    std::uint32_t ssrc_;
    bool begun_ = false;
    std::uint32_t base_ = 0, cycles_ = 0;
    std::uint16_t max_ = 0;
    std::optional<std::uint16_t> suspect_;
    std::uint64_t received_ = 0, received_before_ = 0, expected_before_ = 0;
    std::optional<std::uint32_t> transit_;
    std::uint32_t jitter_ = 0;  // Times 16.
    std::uint32_t last_report_ = 0;
    MonoTime last_report_at_{};
};

}  // namespace bongsu::media::rtcp
