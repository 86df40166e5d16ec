// Properties: whatever path, query and range are asked, what is read keeps its bounds; whatever times, key pictures, gaps and
// parameter sets a stream has, its parts have a length, its segments are no longer than the target, the window is bounded and the
// playlist is made of known lines.

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "media/h264.hpp"
#include "view/hls_muxer.hpp"
#include "view/hls_request.hpp"

using namespace bongsu;        // tidy-ok: a program of one function
using namespace bongsu::view;  // tidy-ok: a program of one function

namespace {

const std::string kSps("\x67\x42\xC0\x16\xDA\x02\x80\xBF\xE5\xC0\x44\x00\x00\x03\x00\x04\x00\x00\x03\x00\x78\x3C\x58\xBA\x80", 25);
const std::string kPps("\x68\xCE\x0F\xC8", 4);

void require(bool holds) {
    if (!holds) std::abort();
}

void ask(const std::string& text) {
    if (const auto target = hls::read_target(text)) {
        require(target->camera.size() <= hls::kCameraMax && target->view.size() <= hls::kViewMax);
        require(target->camera.find_first_of("/.%") == std::string::npos && target->view.find_first_of("/.%") == std::string::npos);
        require(target->number <= 9'999'999'999U && target->part <= 9'999'999'999U);
    }
    const auto reload = hls::read_reload({{"_HLS_msn", text}, {"_HLS_part", text}});
    require(reload ? reload->segment == reload->part : !reload.error().field.empty());
    const auto range = hls::read_range(text, 5000);
    if (range && *range) require((*range)->size > 0 && (*range)->from + (*range)->size <= 5000);
}

void require_window(const HlsMuxer& muxer) {
    require(muxer.bytes() <= HlsMuxer::kBytesMax + (8U << 20));
    const HlsEdge edge = muxer.edge();
    require(edge.part <= HlsMuxer::kPartsMax + 1);
    const std::uint64_t from = edge.segment > HlsMuxer::kSegmentsMax ? edge.segment - HlsMuxer::kSegmentsMax : 0;
    for (std::uint64_t number = from; number < edge.segment; ++number) {
        const HlsSegment* segment = muxer.segment(number);
        if (segment == nullptr) continue;
        require(!segment->parts.empty() && muxer.init(segment->init) != nullptr);
        require(segment->parts.size() == 1 || segment->duration < (muxer.target_seconds() + 0.5) * HlsMuxer::kSecond);
        for (const HlsPart& part : segment->parts) require(part.duration > 0 && part.pictures > 0 && !part.bytes->empty());
    }
    if (!muxer.ready()) return;
    const std::string& list = muxer.playlist();
    require(list.starts_with("#EXTM3U\n") && list.size() < 64U << 10);
    require(muxer.may_wait(edge.segment, std::nullopt) && !muxer.has(edge.segment, edge.part));
}

media::BlockPtr picture(std::uint32_t time, std::uint8_t what) {
    auto block = std::make_shared<media::Block>();
    block->rtp_time = time;
    block->key = (what & 1U) != 0;
    std::vector<std::uint8_t> slice(2 + (what & 0x30U), 7);
    slice[0] = block->key ? 0x65 : 0x41;
    if ((what & 0xC0U) == 0xC0U) slice[0] = 0x68;  // A parameter set is no picture.
    media::append_nal(*block, slice);
    media::write_headers(*block, {.timestamp = time});
    return block;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t text = std::min<std::size_t>(data[0], size - 1);
    ask(std::string(data + 1, data + 1 + text));
    const std::span steps(data + 1 + text, size - 1 - text);
    HlsMuxer muxer(data[0] * HlsMuxer::kSecond / 16);
    if (data[0] % 2 == 0) muxer.hurry();
    media::Format format{kSps, kPps, 640, 360};
    constexpr std::int32_t kSteps[] = {3600, 3000, 6000, 0, 1, -3600, -7200, 90'000, 450'000, -900'000, 18'000, 1500, 135'001, -90'001, 45'000, 0x7FFFFFFF};
    std::uint32_t time = 0;
    for (std::size_t i = 0; i + 1 < steps.size(); i += 2) {
        time += static_cast<std::uint32_t>(kSteps[steps[i] & 15U]);
        if (steps[i] >> 4 == 1) muxer.gap();
        if (steps[i] >> 4 == 2) format.pps.back() = static_cast<char>(steps[i + 1]);
        const bool taken = muxer.push(picture(time, steps[i + 1]), format, from_us(1'795'000'000'000'000)).has_value();
        if (!taken) break;
        if (i % 64 == 0) require_window(muxer);
    }
    require_window(muxer);
    return 0;
}
