#include "hub/stream.hpp"

#include <algorithm>
#include <utility>

namespace bongsu::hub {
namespace {

using namespace std::chrono_literals;
constexpr auto kSkipAfter = 1s;
constexpr auto kCutAfter = 5s;
constexpr std::uint64_t kCutBytes = 4U << 20;
constexpr std::size_t kRingLeast = 16;
constexpr std::size_t kAhead = 4;  // Cursors whose memory is asked for before their turn.

}  // namespace

void Stream::publish(media::BlockPtr block) {
    // Pictures before the first key block help nobody: a decoder cannot begin with them.
    if (!block || (!live() && !block->key)) return;
    refusal_.reset();
    if (blocks_held() == ring_.size()) grow();
    last_block_ = block->received;
    bytes_ += block->bytes.size();
    bytes_total_ += block->bytes.size();
    const std::uint64_t number = next_++;
    if (block->key) key_ = number;
    slot(number) = {block, bytes_total_};
    hold_bounds();
    hand_out(block, number);
    drop_before_key();
}

void Stream::grow() {
    std::vector<Slot> larger(std::max(kRingLeast, 2 * ring_.size()));
    for (std::uint64_t n = first_; n != next_; ++n) {
        larger[static_cast<std::size_t>(n) & (larger.size() - 1)] = std::move(slot(n));
    }
    ring_ = std::move(larger);
}

void Stream::hold_bounds() {
    const MonoTime newest = slot(next_ - 1).block->received;
    while (blocks_held() > 1 && (bytes_ > kBytesMax || newest - slot(first_).block->received > kAgeMax)) {
        if (key_ == first_) {
            ++keys_pushed_out_;
            key_.reset();
        }
        drop_front();
    }
}

void Stream::drop_front() {
    auto& front = slot(first_++);
    bytes_ -= front.block->bytes.size();
    front.block.reset();
}

template <class Visit>
void Stream::for_each_cursor(const Visit& visit) {
    ++visits_;
    const std::size_t count = cursors_.size();  // Who comes meanwhile begins by itself.
    for (std::size_t i = 0; i < count; ++i) {
        if (i + kAhead < count) __builtin_prefetch(cursors_[i + kAhead], 1);
        if (Cursor* const cursor = cursors_[i]) visit(*cursor, i);
    }
    if (--visits_ == 0 && readers_ < cursors_.size()) std::erase(cursors_, nullptr);
}

void Stream::hand_out(const media::BlockPtr& block, std::uint64_t number) {
    for_each_cursor([&](Cursor& cursor, std::size_t at) {
        if (cursor.started_ ? cursor.at_ != number : !block->key) return;
        if (cursor.reader_ != nullptr && cursor.started_ && cursor.reader_->take(block)) {
            if (cursors_[at] != &cursor) return;  // It is gone.
            cursor.at_ = number + 1;
            cursor.bytes_taken_ = bytes_total_;
            cursor.progress_ = block->received;
        } else if (cursors_[at] == &cursor) {
            cursor.wake();
        }
    });
}

/// Two groups at most, and the older one only for those who are about to be through with it.
void Stream::drop_before_key() {
    if (!live() || !key_ || first_ >= *key_) return;
    std::uint64_t lowest = *key_;
    for_each_cursor([&](const Cursor& cursor, std::size_t) {
        if (cursor.started_) lowest = std::min(lowest, cursor.at_);
    });
    const MonoTime newest = slot(next_ - 1).block->received;
    while (first_ < *key_ && (first_ < lowest || newest - slot(first_).block->received > kSkipAfter)) drop_front();
}

media::BlockPtr Stream::newest_key_block() const {
    return key_ ? slot(*key_).block : nullptr;
}

void Stream::set_format(media::Format format) { format_ = std::move(format); }

void Stream::lose() {
    ring_ = {};
    first_ = next_;
    key_.reset();
    bytes_ = 0;
    for_each_cursor([this](Cursor& cursor, std::size_t) {
        // Caught up with nothing, so that the first block of the camera's return wakes it.
        if (cursor.started_) cursor.skipped_ += next_ - cursor.at_;
        cursor.at_ = next_;
        cursor.wake();
    });
}

void Stream::refuse(std::shared_ptr<const Error> why) {
    if (refusal_ == why) return;
    refusal_ = std::move(why);
    for_each_cursor([](Cursor& cursor, std::size_t) { cursor.wake(); });
}

void Stream::add(Cursor& cursor) {
    // Whoever is wanted may refuse at once: that wakes no cursor that is still being made.
    if (++readers_ == 1 && on_wanted) on_wanted();
    cursors_.push_back(&cursor);
}

void Stream::remove(const Cursor& cursor) {
    const auto at = std::find(cursors_.begin(), cursors_.end(), &cursor);
    if (visits_ > 0) {
        *at = nullptr;
    } else {
        cursors_.erase(at);
    }
    if (--readers_ == 0 && on_unwanted) on_unwanted();
}

Cursor::Cursor(Stream& stream, std::function<void()> on_ready) : stream_(stream), on_ready_(std::move(on_ready)) {
    stream_.add(*this);
}

Cursor::Cursor(Stream& stream, Reader& reader) : reader_(&reader), stream_(stream) { stream_.add(*this); }

Cursor::~Cursor() { stream_.remove(*this); }

void Cursor::wake() {
    if (reader_ != nullptr) return reader_->on_ready();
    const auto call = on_ready_;  // It may end the cursor, and itself with it.
    if (call) call();
}

void Cursor::join(std::uint64_t key, MonoTime now) {
    if (started_) skipped_ += key - at_;
    at_ = key;
    started_ = true;
    progress_ = now;
    bytes_taken_ = stream_.bytes_total_;
}

media::BlockPtr Cursor::next(MonoTime now) {
    if (!stream_.live() || (started_ && at_ == stream_.next_)) {
        progress_ = now;
        bytes_taken_ = stream_.bytes_total_;
        return nullptr;
    }
    const auto key = stream_.key_;
    const bool fell_out = !started_ || at_ < stream_.first_;
    if (fell_out && !key) {
        // Nothing to go on with: as one who has just come it is woken by the next key block.
        if (started_) skipped_ += stream_.next_ - at_;
        started_ = false;
        progress_ = now;
        return nullptr;
    }
    if (fell_out) {
        join(*key, now);
    } else if (key && *key > at_) {
        const auto& newest = *stream_.slot(stream_.next_ - 1).block;
        if (newest.received - stream_.slot(at_).block->received > kSkipAfter) join(*key, now);
    }
    const auto& slot = stream_.slot(at_);
    ++at_;
    progress_ = now;
    bytes_taken_ = std::max(bytes_taken_, slot.bytes_end);
    return slot.block;
}

bool Cursor::overrun(MonoTime now) const {
    if (!is_behind() || !stream_.live()) return false;
    if (stream_.bytes_total_ - bytes_taken_ > kCutBytes) return true;
    MonoTime since = progress_;
    // A viewer that had caught up waits for nothing before its next block came.
    if (at_ >= stream_.first_) since = std::max(since, stream_.slot(at_).block->received);
    return now - since > kCutAfter;
}

}  // namespace bongsu::hub
