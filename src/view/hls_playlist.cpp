#include "view/hls_playlist.hpp"

#include <algorithm>

namespace bongsu::view::hls {
namespace {

constexpr std::uint64_t kSecond = 90'000;

/// Ticks as seconds with five decimals.
std::string seconds(std::uint64_t ticks) {
    const std::uint64_t value = (ticks * 100'000 + kSecond / 2) / kSecond;
    const std::string decimals = std::to_string(value % 100'000);
    return std::to_string(value / 100'000) + "." + std::string(5 - decimals.size(), '0') + decimals;
}

std::string name(std::uint64_t segment) { return std::to_string(segment) + ".m4s"; }
std::string name(std::uint64_t segment, std::size_t part) {
    return std::to_string(segment) + "." + std::to_string(part) + ".m4s";
}

void append_parts(std::string& out, const HlsSegment& segment) {
    for (std::size_t i = 0; i < segment.parts.size(); ++i) {
        const HlsPart& part = segment.parts[i];
        out += "#EXT-X-PART:DURATION=" + seconds(part.duration) + ",URI=\"" + name(segment.number, i) + "\"";
        if (part.independent) out += ",INDEPENDENT=YES";
        out += "\n";
    }
}

void append_head(std::string& out, const MediaPlaylist& list) {
    const bool empty = list.from >= list.segments.size();
    const std::uint64_t first = empty ? list.edge.segment : list.segments[list.from].number;
    std::uint64_t discontinuities = 0;
    if (!empty) {
        const HlsSegment& segment = list.segments[list.from];
        discontinuities = segment.discontinuities - (segment.discontinuity ? 1 : 0);
    }
    out += "#EXTM3U\n#EXT-X-VERSION:6\n";
    out += "#EXT-X-TARGETDURATION:" + std::to_string(list.target_seconds) + "\n";
    out += "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=" + seconds(3 * std::uint64_t{list.part_target}) + "\n";
    out += "#EXT-X-PART-INF:PART-TARGET=" + seconds(list.part_target) + "\n";
    out += "#EXT-X-MEDIA-SEQUENCE:" + std::to_string(first) + "\n";
    out += "#EXT-X-DISCONTINUITY-SEQUENCE:" + std::to_string(discontinuities) + "\n";
}

}  // namespace

std::string media_playlist(const MediaPlaylist& list) {
    std::string out;
    out.reserve(4096);
    append_head(out, list);
    std::uint64_t behind = 0;  // How far a segment's end is from the last one's.
    for (std::size_t i = list.from; i < list.segments.size(); ++i) behind += list.segments[i].duration;
    std::uint32_t init = 0;
    for (std::size_t i = list.from; i < list.segments.size(); ++i) {
        const HlsSegment& segment = list.segments[i];
        if (segment.discontinuity) out += "#EXT-X-DISCONTINUITY\n";
        if (segment.init != init) out += "#EXT-X-MAP:URI=\"init-" + std::to_string(segment.init) + ".mp4\"\n";
        init = segment.init;
        const std::string begin = to_rfc3339(segment.begin);
        out += "#EXT-X-PROGRAM-DATE-TIME:" + begin.substr(0, begin.size() - 4) + "Z\n";
        behind -= segment.duration;
        if (behind < 3 * list.target_seconds * kSecond) append_parts(out, segment);
        if (segment.number != list.edge.segment) out += "#EXTINF:" + seconds(segment.duration) + ",\n" + name(segment.number) + "\n";
    }
    out += "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"" + name(list.edge.segment, list.edge.part) + "\"\n";
    return out;
}

std::string multivariant_playlist(const std::deque<HlsSegment>& segments, const media::Format& format, std::uint32_t interval,
                                  std::string_view media_uri) {
    std::uint64_t bits = 0;
    for (const HlsSegment& segment : segments) {
        if (segment.duration >= kSecond / 2) bits = std::max(bits, segment.bytes * 8 * kSecond / segment.duration);
    }
    // A tenth of a bit a pixel at 25 pictures a second.
    if (bits == 0)
        bits = std::max<std::uint64_t>(
            100'000, static_cast<std::uint64_t>(std::max(format.width, 0)) * static_cast<std::uint64_t>(std::max(format.height, 0)) * 5 / 2);
    std::string out = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(bits);
    if (const std::string codec = media::codec_string(format); !codec.empty()) out += ",CODECS=\"" + codec + "\"";
    if (format.width > 0 && format.height > 0)
        out += ",RESOLUTION=" + std::to_string(format.width) + "x" + std::to_string(format.height);
    if (interval > 0) {
        const std::string rate = seconds(kSecond * kSecond / interval);
        out += ",FRAME-RATE=" + rate.substr(0, rate.size() - 2);
    }
    out += "\n";
    out += media_uri;
    out += "\n";
    return out;
}

}  // namespace bongsu::view::hls
