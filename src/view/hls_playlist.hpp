#pragma once
// What HLS playlists are made of, and their text (RFC 8216; parts and server control of its successor, rfc8216bis). Pure.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "media/block.hpp"

namespace bongsu::view {

using HlsBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

/// A part: some pictures as `moof` and `mdat`, made once and sent to all viewers.
struct HlsPart {
    HlsBytes bytes;
    std::uint32_t duration = 0;  ///< In 90 kHz ticks.
    std::uint32_t pictures = 0;
    bool independent = false;  ///< Begins with a key picture.
};

struct HlsSegment {
    std::uint64_t number = 0;  ///< Its media sequence number.
    std::vector<HlsPart> parts;
    std::uint64_t duration = 0;  ///< In 90 kHz ticks.
    std::size_t bytes = 0;
    std::uint32_t pictures = 0;
    std::uint32_t init = 0;             ///< The number of the init segment that it needs.
    std::uint64_t discontinuities = 0;  ///< Since the stream's beginning, with that of its own.
    bool discontinuity = false;         ///< It does not follow from the one before.
    bool key = false;                   ///< Begins with a key picture.
    WallTime begin{};                   ///< When its first picture was received.
};

/// The next part that will come; everything before it is there.
struct HlsEdge {
    std::uint64_t segment = 0;
    std::size_t part = 0;
    friend bool operator==(const HlsEdge&, const HlsEdge&) = default;
};

namespace hls {

struct MediaPlaylist {
    const std::deque<HlsSegment>& segments;
    std::size_t from = 0;  ///< The first one that is listed.
    HlsEdge edge;          ///< A segment of its number is under way.
    std::uint32_t target_seconds = 0;
    std::uint32_t part_target = 0;  ///< In 90 kHz ticks.
};
/// URIs are relative to it: `init-1.mp4`, `7.m4s`, `7.2.m4s`. Parts are listed for the last three target durations.
std::string media_playlist(const MediaPlaylist& list);

/// The multivariant playlist of one variant. Bandwidth: the greatest of the segments, or guessed from the picture's size while
/// there is none. `interval`: of two pictures, in 90 kHz ticks; 0 where it is not known.
std::string multivariant_playlist(const std::deque<HlsSegment>& segments, const media::Format& format, std::uint32_t interval,
                                  std::string_view media_uri);

}  // namespace hls
}  // namespace bongsu::view
