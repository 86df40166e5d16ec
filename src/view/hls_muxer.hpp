#pragma once
// One stream as HLS: blocks in; parts, segments and playlists out (RFC 8216 and its successor draft-pantos-hls-rfc8216bis for
// parts, preload hints and blocking reloads). Pure.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "media/block.hpp"
#include "view/hls_playlist.hpp"

namespace bongsu::view {

/// Segments:  cut at the first key picture after kSegmentMin; where a camera sends none for longer than the target duration, at a
///            part's end before it. Target duration and part target are measured on the first pictures and never change (8216 4.3.3.1).
/// Parts:     as many whole pictures as fit into 200 to 333 ms; at least one. Closed when the next picture has come, so that
///            each duration is known, not guessed.
/// Times:     the stream's RTP times; with pictures out of order decode times are the same times in order.
/// Breaks:    a gap (gap(), or RTP times that jump) and other parameter sets begin a segment with EXT-X-DISCONTINUITY, at a key
///            picture; the latter with a new EXT-X-MAP.
/// Window:    listed are the newest segments that make three target durations (at least kListed), kept those that make four (at least
///            kWindow), for slow readers; both reach back to a key picture, but not beyond kWindowMax, kSegmentsMax and kBytesMax.
/// Errors:    push() answers them, and from then on nothing else: invalid with code `codec_unsupported` (JPEG, or another codec than before),
///            corrupt (parameter sets that cannot be read), exhausted (one group of pictures beyond kBytesMax).
class HlsMuxer {
  public:
    static constexpr std::uint32_t kSecond = 90'000;
    static constexpr std::uint32_t kPartMax = kSecond / 3, kSegmentMin = kSecond, kHurried = kSecond * 6 / 10;
    static constexpr std::uint64_t kListed = 6 * kSecond, kWindow = 8 * kSecond, kWindowMax = 30 * kSecond;
    static constexpr std::size_t kBytesMax = 24U << 20, kSegmentsMax = 64, kPartsMax = 64;

    /// `group`: how long the stream's groups of pictures were seen to be, in 90 kHz ticks; 0 where that is not known.
    explicit HlsMuxer(std::uint32_t group = 0);

    /// One access unit of the stream whose format is `format`; `at` is when it was received. Pictures before the first key
    /// picture, and after a break before the next, are left out.
    Result<void> push(media::BlockPtr block, const media::Format& format, WallTime at);
    /// The camera is lost: what there is ends here.
    void gap();
    /// Nothing more is at hand for now: the first segment ends early, so that a player without parts has one to begin with.
    void hurry() { hurries_ = true; }

    /// Whether there is a segment to list. Before that playlist() is of no use to anybody.
    bool ready() const { return !segments_.empty() && segments_.front().number < edge_.segment; }
    const HlsEdge& edge() const { return edge_; }
    /// The media playlist; made anew only when something came. Its URIs are relative: `init-1.mp4`, `7.m4s`, `7.2.m4s`.
    const std::string& playlist() const;
    /// The multivariant playlist that points to a media playlist.
    std::string multivariant(std::string_view media_uri) const;
    /// Whether a playlist now would hold this segment whole, or this part of it (8216bis 6.2.5.2: a part behind a segment's last
    /// one means the first of the next).
    bool has(std::uint64_t segment, std::optional<std::uint64_t> part) const;
    /// Whether a reload may wait for it: at most two segments, or 3 parts' worth of a second, ahead.
    bool may_wait(std::uint64_t segment, std::optional<std::uint64_t> part) const;
    /// A whole segment; null when it has left the window or is not there yet.
    const HlsSegment* segment(std::uint64_t number) const;
    const HlsPart* part(std::uint64_t segment, std::size_t part) const;
    /// Null for one that no kept segment needs.
    HlsBytes init(std::uint32_t number) const;

    std::uint32_t target_seconds() const { return target_seconds_; }
    std::uint32_t part_target() const { return part_target_; }  ///< In 90 kHz ticks; 0 before it is measured.
    std::size_t bytes() const { return bytes_; }
    std::uint64_t damaged_total() const { return damaged_; }  ///< Parts that could not be put together.

  private:
    struct Picture {
        media::BlockPtr block;
        std::int64_t shown = 0;  // Its time, unwrapped, in ticks.
        WallTime at{};
    };
    struct Init {
        std::uint32_t number;
        media::Format format;
        HlsBytes bytes;
    };

    Result<void> keep_failure(Result<void> done);
    Result<void> begin_format(const media::Format& format);
    bool breaks_off(std::int64_t step) const;
    void measure();
    Result<void> take_measured();
    Result<void> take(Picture picture);
    bool part_is_full(std::int64_t span) const;
    /// Whether a segment is under way.
    bool is_open() const { return !segments_.empty() && segments_.back().number == edge_.segment; }
    bool segment_is_over(bool next_is_key, std::uint64_t span) const;
    bool segment_is_long() const;
    /// Of a segment: rounded it is the target duration (8216 4.3.3.1).
    std::uint64_t longest() const { return std::uint64_t{target_seconds_} * kSecond + kSecond / 2 - 1; }
    void close_part(std::optional<std::int64_t> next);
    void add_part(HlsPart part);
    void close_segment();
    std::size_t newest(std::uint64_t ticks) const;
    Result<void> trim();
    void drop_front();

    std::deque<HlsSegment> segments_;  // The last one is under way when its number is the edge's.
    std::deque<Init> inits_;           // The last one is the present format's.
    HlsEdge edge_;
    std::vector<Picture> pending_;   // Of the part under way.
    std::vector<Picture> measured_;  // The first ones, until the targets are known.
    std::optional<Error> failed_;
    std::uint32_t target_seconds_ = 0, part_target_ = 0, interval_ = 0;
    std::optional<std::uint32_t> last_rtp_;
    std::int64_t shown_ = 0;    // Of the newest picture.
    std::int64_t decoded_ = 0;  // Where the next part begins at the earliest.
    std::uint32_t fragments_ = 0, inits_made_ = 0;
    std::uint64_t discontinuities_ = 0, damaged_ = 0;
    std::size_t bytes_ = 0, pending_bytes_ = 0;
    bool broken_off_ = false, waits_for_key_ = true, reordered_ = false, hurries_ = false;
    mutable std::string playlist_;  // Empty: to be made.
};

}  // namespace bongsu::view
