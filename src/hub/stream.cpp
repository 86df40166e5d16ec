#include "hub/stream.hpp"

#include <algorithm>
#include <utility>

namespace bongsu::hub {
namespace {

using namespace std::chrono_literals;
constexpr auto kSkipAfter = 1s;
constexpr auto kCutAfter = 5s;
constexpr std::uint64_t kCutBytes = 4U << 20;

}  // namespace

void Stream::publish(media::BlockPtr block) {
    // Pictures before the first key block help nobody: a decoder cannot begin with them.
    if (!block || (blocks_.empty() && !block->key)) return;
    last_block_ = block->received;
    bytes_ += block->bytes.size();
    bytes_total_ += block->bytes.size();
    const std::uint64_t number = next_++;
    const bool key = block->key;
    blocks_.push_back({std::move(block), number, bytes_total_});
    trim();
    for (auto it = cursors_.begin(); it != cursors_.end();) {
        Cursor& cursor = **it++;
        const bool waits = cursor.started_ ? cursor.at_ == number : key;
        if (waits && cursor.on_ready_) cursor.on_ready_();
    }
}

void Stream::trim() {
    // Two GOPs: the newest key block and the one before it.
    const auto is_key = [](const Slot& slot) { return slot.block->key; };
    auto from = std::find_if(blocks_.rbegin(), blocks_.rend(), is_key);
    if (from != blocks_.rend()) from = std::find_if(std::next(from), blocks_.rend(), is_key);
    if (from != blocks_.rend()) {
        const std::uint64_t keep = from->number;
        while (blocks_.front().number < keep) drop_front();
    }
    const MonoTime newest = blocks_.back().block->received;
    while (blocks_.size() > 1 && (bytes_ > kBytesMax || newest - blocks_.front().block->received > kAgeMax)) {
        const Slot* key = newest_key();
        if (key == &blocks_.front()) ++keys_pushed_out_;
        drop_front();
    }
}

void Stream::drop_front() {
    bytes_ -= blocks_.front().block->bytes.size();
    blocks_.pop_front();
}

const Stream::Slot* Stream::newest_key() const {
    const auto at =
        std::find_if(blocks_.rbegin(), blocks_.rend(), [](const Slot& slot) { return slot.block->key; });
    return at == blocks_.rend() ? nullptr : &*at;
}

media::BlockPtr Stream::newest_key_block() const {
    const Slot* key = newest_key();
    return key == nullptr ? nullptr : key->block;
}

void Stream::set_format(media::Format format) { format_ = std::move(format); }

void Stream::lose() {
    blocks_.clear();
    bytes_ = 0;
    for (auto it = cursors_.begin(); it != cursors_.end();) {
        Cursor& cursor = **it++;
        // Caught up with nothing, so that the first block of the camera's return wakes it.
        if (cursor.started_) cursor.skipped_ += next_ - cursor.at_;
        cursor.at_ = next_;
        if (cursor.on_ready_) cursor.on_ready_();
    }
}

Cursor::Cursor(Stream& stream, std::function<void()> on_ready)
    : stream_(stream), on_ready_(std::move(on_ready)) {
    stream_.cursors_.push_back(this);
    if (stream_.cursors_.size() == 1 && stream_.on_wanted) stream_.on_wanted();
}

Cursor::~Cursor() {
    stream_.cursors_.remove(this);
    if (stream_.cursors_.empty() && stream_.on_unwanted) stream_.on_unwanted();
}

void Cursor::join(const Stream::Slot& key, MonoTime now) {
    if (started_) skipped_ += key.number - at_;
    at_ = key.number;
    started_ = true;
    progress_ = now;
    bytes_taken_ = stream_.bytes_total_;
}

media::BlockPtr Cursor::next(MonoTime now) {
    const auto& blocks = stream_.blocks_;
    if (blocks.empty() || (started_ && at_ == stream_.next_)) {
        progress_ = now;
        bytes_taken_ = stream_.bytes_total_;
        return nullptr;
    }
    const Stream::Slot* key = stream_.newest_key();
    const bool fell_out = !started_ || at_ < blocks.front().number;
    if (fell_out && key == nullptr) return nullptr;
    if (fell_out) {
        join(*key, now);
    } else if (key != nullptr && key->number > at_) {
        const auto& mine = *blocks[static_cast<std::size_t>(at_ - blocks.front().number)].block;
        if (blocks.back().block->received - mine.received > kSkipAfter) join(*key, now);
    }
    const auto& slot = blocks[static_cast<std::size_t>(at_ - blocks.front().number)];
    at_ = slot.number + 1;
    progress_ = now;
    bytes_taken_ = std::max(bytes_taken_, slot.bytes_end);
    return slot.block;
}

bool Cursor::overrun(MonoTime now) const {
    if (!started_ || at_ >= stream_.next_ || stream_.blocks_.empty()) return false;
    if (stream_.bytes_total_ - bytes_taken_ > kCutBytes) return true;
    MonoTime since = progress_;
    const auto first = stream_.blocks_.front().number;
    if (at_ >= first) {
        // A viewer that had caught up waits for nothing before its next block came.
        since = std::max(since, stream_.blocks_[static_cast<std::size_t>(at_ - first)].block->received);
    }
    return now - since > kCutAfter;
}

}  // namespace bongsu::hub
