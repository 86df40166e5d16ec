#pragma once
// What comes of a camera's track: RTP and RTCP told apart, the right source chosen, packets in order, reports answered. Pure.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "ingest/block_builder.hpp"
#include "ingest/reorder.hpp"
#include "media/clock.hpp"
#include "media/rtcp.hpp"
#include "media/sdp.hpp"
#include "rtsp/transport.hpp"

namespace bongsu::ingest {

/// Between the connection and the BlockBuilder; lives as long as the camera is listed, begin() starts a connection.
///
/// Source: the first SSRC with the track's payload type, or the one that SETUP announced once it speaks. Another one takes
///         over when it sends kRun packets in a row while ours was silent for kSilence; until then it is counted and dropped
///         (old live555 leaks the pictures of a dead session into the next connection).
/// Order:  by Reorder on UDP; TCP keeps it by itself.
/// Bounds: constant memory; RTCP up to 1,500 bytes.
/// Threads: none inside.
class RtpIn {
  public:
    static constexpr int kRun = 3;
    static constexpr std::chrono::milliseconds kSilence{500}, kReorderWait{100};

    struct Options {
        std::uint32_t ssrc = 0;  ///< Of our receiver reports.
        std::string cname = "bongsu";
        media::CameraClock::Limits clock = {};
    };
    struct Counters {
        std::uint64_t packets = 0;       ///< Of the track, as they came.
        std::uint64_t foreign = 0;       ///< Of other SSRCs, payload types or channels.
        std::uint64_t malformed = 0;     ///< Neither RTP nor RTCP.
        std::uint64_t ssrc_changes = 0;  ///< Within a connection.
        std::uint64_t rtcp = 0, rtcp_malformed = 0, goodbyes = 0;
    };

    /// `builder` outlives it.
    RtpIn(Options options, BlockBuilder& builder);

    /// The track is known. Packets may come before its path is.
    void begin(const media::CameraTrack& track);
    void set_path(const rtsp::Path& path);

    void on_interleaved(std::uint8_t channel, std::span<const std::uint8_t> payload, MonoTime now, WallTime wall);
    /// Of the RTP port; RTCP there is known by its type (RFC 5761).
    void on_packet(std::span<const std::uint8_t> packet, MonoTime now, WallTime wall);
    void on_rtcp(std::span<const std::uint8_t> packet, MonoTime now, WallTime wall);

    /// Gaps that are overdue are given up.
    void tick(MonoTime now);
    std::optional<MonoTime> deadline() const;
    /// A receiver report with SDES CNAME; empty of blocks before the first packet.
    std::vector<std::uint8_t> report(MonoTime now);

    bool heard_any() const { return heard_any_; }
    const Counters& counters() const { return counters_; }
    const Reorder::Counters& order() const { return reorder_.counters(); }
    media::CameraClock& clock() { return clock_; }
    const media::CameraClock& clock() const { return clock_; }

  private:
    void on_rtp(std::span<const std::uint8_t> packet, MonoTime now);
    bool is_ours(std::uint32_t ssrc, std::uint16_t sequence, MonoTime now);
    void follow(std::uint32_t ssrc);

    const Options options_;
    BlockBuilder& builder_;
    media::CameraTrack track_;
    rtsp::Path path_;
    media::CameraClock clock_;
    Reorder reorder_;
    Counters counters_;
    bool begun_ = false, heard_any_ = false;
    std::optional<media::rtcp::Reception> reception_;  // Of the SSRC that we follow.
    std::optional<std::uint32_t> last_time_;
    MonoTime heard_at_{}, now_{};
    std::uint32_t rival_ = 0;
    std::uint16_t rival_next_ = 0;
    int rival_run_ = 0;
};

}  // namespace bongsu::ingest
