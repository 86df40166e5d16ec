#pragma once
// The captures of tests/golden/media through a BlockBuilder, as a camera's packets would come.

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "ingest/block_builder.hpp"
#include "media/sdp.hpp"

namespace bongsu::test {

using Buffer = std::vector<std::uint8_t>;

inline Buffer read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// RFC 4571: each packet behind its length in 16 bits.
inline std::vector<Buffer> read_capture(const std::string& path) {
    const Buffer all = read_file(path);
    std::vector<Buffer> out;
    for (std::size_t at = 0; at + 2 <= all.size();) {
        const std::size_t size = media::read_u16(all.data() + at);
        if (at + 2 + size > all.size()) break;
        out.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(at + 2),
                         all.begin() + static_cast<std::ptrdiff_t>(at + 2 + size));
        at += 2 + size;
    }
    return out;
}

/// What came of a stream, and from which block on each format holds.
struct Film {
    struct Part {
        media::Format format;
        std::size_t first_block;
    };
    std::vector<media::BlockPtr> blocks;
    std::vector<Part> parts;
    ingest::BlockBuilder::Counters counters;
};

inline Film show(const media::CameraTrack& track, const std::vector<Buffer>& packets) {
    using namespace std::chrono_literals;
    Film out;
    ingest::BlockBuilder builder(
        0xB0B0B0B0U, {.on_block = [&](media::BlockPtr block) { out.blocks.push_back(std::move(block)); },
                      .on_format =
                          [&](const media::Format& format) {
                              out.parts.push_back({format, out.blocks.size()});
                          }});
    builder.restart(track.payload_type, track.format);
    MonoTime now{1h};
    for (const auto& packet : packets) builder.add(packet, now += 1ms);
    out.counters = builder.counters();
    return out;
}

}  // namespace bongsu::test
