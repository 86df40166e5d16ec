#include "view/hls_source.hpp"

#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

#include "view/other_streams.hpp"

namespace bongsu::view {
namespace {

/// How long groups of pictures are at least, by what a ring holds from its newest key picture on.
std::uint32_t group_of(const std::vector<media::BlockPtr>& blocks) {
    std::int32_t longest = 0;
    const media::Block* key = nullptr;
    for (const auto& block : blocks) {
        if (key != nullptr) longest = std::max(longest, static_cast<std::int32_t>(block->rtp_time - key->rtp_time));
        if (block->key) key = block.get();
    }
    return static_cast<std::uint32_t>(longest);
}

}  // namespace

HlsSource::HlsSource(boost::asio::io_context& loop, env::Clock& clock, hub::Stream& stream, Changed changed)
    : loop_(loop), clock_(clock), stream_(stream), changed_(std::move(changed)) {}

void HlsSource::start() {
    cursor_ = std::make_unique<hub::Cursor>(stream_, [this] { pump(); });
    pump();
}

void HlsSource::pump() {
    if (failure_ || !cursor_) return;
    if (!stream_.live() && muxer_) {
        muxer_->gap();
        return tell();
    }
    const MonoTime now = clock_.mono();
    if (muxer_) {
        const HlsEdge before = muxer_->edge();
        while (const auto block = cursor_->next(now)) push(block);
        if (failure_ || muxer_->edge() != before) tell();
        return;
    }
    if (const auto why = refusal_of_stream(stream_)) {
        failure_ = *why;
        return tell();
    }
    std::vector<media::BlockPtr> held;
    while (auto block = cursor_->next(now)) held.push_back(std::move(block));
    if (held.empty()) return;
    muxer_.emplace(group_of(held));
    muxer_->hurry();
    for (const auto& block : held) push(block);
    tell();
}

void HlsSource::push(const media::BlockPtr& block) {
    if (failure_) return;
    // Pictures that the ring had no room for are a gap like any other.
    if (std::exchange(skipped_, cursor_->skipped_total()) != cursor_->skipped_total()) muxer_->gap();
    const auto ago = std::chrono::duration_cast<std::chrono::microseconds>(clock_.mono() - block->received);
    if (auto pushed = muxer_->push(block, stream_.format(), clock_.wall() - ago); !pushed) failure_ = std::move(pushed).error();
}

void HlsSource::tell() {
    if (std::exchange(told_, true)) return;
    boost::asio::post(loop_, [self = weak_from_this()] {
        const auto source = self.lock();
        if (!source) return;
        source->told_ = false;
        source->changed_(*source);
    });
}

}  // namespace bongsu::view
