#include "view/fmp4_muxer.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "media/fmp4.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
constexpr auto kBehindMax = 1s;  // hub::Cursor jumps to the newest key picture beyond it.

Result<std::shared_ptr<const Fmp4Init>> make_init(const media::Format& format) {
    if (format.codec == media::Codec::jpeg) {
        Error error{ErrorKind::invalid, "the camera sends JPEG, which is not put into MP4", Where::here()};
        error.code = "codec_unsupported";
        return tl::unexpected(std::move(error));
    }
    if (!format.known()) return fail(ErrorKind::unavailable, "the camera has not told its parameter sets yet");
    TRY(auto bytes, media::fmp4::init_segment(format));
    return std::make_shared<const Fmp4Init>(Fmp4Init{format.codec, "video/mp4; codecs=\"" + media::codec_string(format) + "\"",
                                                     std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes))});
}

}  // namespace

Result<std::shared_ptr<Fmp4Muxer>> Fmp4Muxer::start(hub::Stream& stream, const env::Clock& clock) {
    TRY(auto init, make_init(stream.format()));
    return std::make_shared<Fmp4Muxer>(stream, clock, std::move(init));
}

Fmp4Muxer::Fmp4Muxer(hub::Stream& stream, const env::Clock& clock, std::shared_ptr<const Fmp4Init> init)
    : stream_(stream), clock_(clock), cursor_(stream, [this] { advance(); }), format_(stream.format()), init_(std::move(init)) {
    advance();
}

const Fmp4Fragment* Fmp4Muxer::fragment_of(const media::BlockPtr& block) {
    if (const auto* found = find(block)) return found;
    advance();  // Whoever asks may hear of a block before we do.
    return find(block);
}

const Fmp4Fragment* Fmp4Muxer::find(const media::BlockPtr& block) const {
    const auto at = std::find_if(kept_.rbegin(), kept_.rend(), [&](const Kept& kept) { return kept.block == block; });
    return at == kept_.rend() ? nullptr : &at->fragment;
}

void Fmp4Muxer::advance() {
    const MonoTime now = clock_.mono();
    while (auto block = cursor_.next(now)) take(std::move(block), now);
}

void Fmp4Muxer::take(media::BlockPtr block, MonoTime now) {
    // Within a GOP the parameter sets stay; what came in band stays there.
    if (block->key) follow_format();
    const WallTime arrived = clock_.wall() - std::chrono::duration_cast<std::chrono::microseconds>(now - block->received);
    const auto spot = timeline_.place(block->rtp_time, block->key, arrived);
    const media::fmp4::Sample sample{block.get(), spot.duration, spot.composition_offset};
    auto bytes = std::make_shared<std::vector<std::uint8_t>>();
    const auto written = media::fmp4::append_fragment(*bytes, format_, {++sequence_, spot.decode_time}, {&sample, 1});
    Fmp4Fragment fragment{init_, nullptr, block->key};
    if (written && init_) {
        ++counters_.fragments;
        counters_.bytes += bytes->size();
        kept_bytes_ += bytes->size();
        fragment.bytes = std::move(bytes);
    } else {
        ++counters_.failed;
    }
    kept_.push_back({std::move(block), std::move(fragment)});
    trim();
}

void Fmp4Muxer::follow_format() {
    const auto& now = stream_.format();
    if (now == format_ || !now.known()) return;
    format_ = now;
    auto init = make_init(format_);
    if (!init) LOG_ERROR("fmp4.format", {{"why", init.error().message}});
    init_ = init ? *std::move(init) : nullptr;
}

void Fmp4Muxer::trim() {
    const auto newest = kept_.back().block->received;
    const auto key = std::find_if(kept_.rbegin(), kept_.rend(), [](const Kept& kept) { return kept.fragment.key; });
    auto before_key = key == kept_.rend() ? 0 : kept_.rend() - key - 1;
    while (kept_.size() > 1 && ((before_key > 0 && newest - kept_.front().block->received > kBehindMax) || kept_bytes_ > kKeptBytes)) {
        if (kept_.front().fragment.bytes) kept_bytes_ -= kept_.front().fragment.bytes->size();
        kept_.pop_front();
        --before_key;
    }
}

}  // namespace bongsu::view
