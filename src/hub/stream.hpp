#pragma once
// One camera's live ring in this process, and the cursors that read it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "media/block.hpp"

namespace bongsu::hub {

class Cursor;

/// A ring of blocks that reaches back to the newest key block (the GOP cache). What is older stays only while a cursor that is
/// at most 1 s behind still stands in it.
///
/// Threads: one loop; a stream and its cursors live on its owner loop.
/// Bounds:  8 MiB and 20 s; older blocks leave first and are counted when a key was still needed.
class Stream {
  public:
    void publish(media::BlockPtr block);
    void set_format(media::Format format);
    /// The camera is gone: cursors are woken and see `lost()`; blocks are dropped so that nothing stale is
    /// shown as live.
    void lose();
    /// No picture is to be had now, and why: cursors are woken and see it. Holds until a block comes or it is taken back (null).
    void refuse(std::shared_ptr<const Error> why);
    const std::shared_ptr<const Error>& refusal() const { return refusal_; }

    /// The newest picture that a decoder can begin with, for who looks at one and reads no stream; null where there is none.
    media::BlockPtr newest_key_block() const;

    bool live() const { return first_ != next_; }
    const media::Format& format() const { return format_; }
    MonoTime last_block() const { return last_block_; }
    std::uint64_t blocks_total() const { return next_; }
    std::size_t readers() const { return readers_; }
    /// Blocks that lie in the ring now, and their bytes.
    std::size_t blocks_held() const { return static_cast<std::size_t>(next_ - first_); }
    std::size_t bytes_held() const { return bytes_; }
    /// Times that the bounds pushed out the newest key block, so that nobody could join before the next one.
    std::uint64_t keys_pushed_out_total() const { return keys_pushed_out_; }

    /// Called when the first reader comes, before it reads anything, and when the last one goes (pull on demand).
    std::function<void()> on_wanted, on_unwanted;

  private:
    friend class Cursor;
    struct Slot {
        media::BlockPtr block;
        std::uint64_t bytes_end = 0;  // Bytes published up to and with this block.
    };
    static constexpr std::size_t kBytesMax = 8U << 20;
    static constexpr std::chrono::seconds kAgeMax{20};
    void hold_bounds();
    void hand_out(const media::BlockPtr& block, std::uint64_t number);
    void drop_before_key();
    void drop_front();
    void grow();
    void add(Cursor& cursor);
    void remove(const Cursor& cursor);
    /// Calls each cursor that was there when it began; one that goes meanwhile is left out.
    template <class Visit>
    void for_each_cursor(const Visit& visit);
    const Slot& slot(std::uint64_t number) const { return ring_[static_cast<std::size_t>(number) & (ring_.size() - 1)]; }
    Slot& slot(std::uint64_t number) { return ring_[static_cast<std::size_t>(number) & (ring_.size() - 1)]; }

    std::vector<Slot> ring_;               // A power of two; the block of number n stands at n modulo its size.
    std::uint64_t first_ = 0, next_ = 0;   // Numbers of the oldest block in it and of the one that will come.
    std::optional<std::uint64_t> key_;     // Of the newest key block, if it is in the ring.
    std::vector<Cursor*> cursors_;         // In the order in which they came; null: gone in the middle of a visit.
    std::size_t readers_ = 0;
    int visits_ = 0;
    media::Format format_;
    MonoTime last_block_{};
    std::size_t bytes_ = 0;
    std::uint64_t bytes_total_ = 0;
    std::uint64_t keys_pushed_out_ = 0;
    std::shared_ptr<const Error> refusal_;
};

/// Who reads with a cursor. Both are called on the loop, in the middle of publish() or lose(); the cursor may be destroyed in
/// there, the stream may not.
class Reader {
  public:
    /// A block came while the cursor had caught up, or the camera was lost, or the stream is refused.
    virtual void on_ready() = 0;
    /// The shorter way for a cursor that had caught up: true takes the block, as if next() had given it. False: on_ready()
    /// follows.
    virtual bool take(const media::BlockPtr&) { return false; }

  protected:
    ~Reader() = default;
};

/// A viewer's place in a stream: no queue of its own, constant memory.
///
/// Policy: it starts at the newest key block; more than 1 s behind the newest block, next() jumps to the
/// newest key
///         block and counts what it skipped; 5 s behind or 4 MiB behind it answers overrun() and its viewer
///         is cut. What already lay in the ring when it joined or jumped is its head start and counts in
///         neither.
/// Wake:   its Reader, or `on_ready` as Reader::on_ready().
class Cursor {
  public:
    Cursor(Stream& stream, std::function<void()> on_ready);
    /// `reader` outlives it.
    Cursor(Stream& stream, Reader& reader);
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    /// The next block, or null when caught up. `now` decides on skipping.
    media::BlockPtr next(MonoTime now);
    /// The one that next() will give after so many others; null when there are not as many. Decides on nothing.
    const media::Block* ahead(std::size_t others) const {
        return started_ && at_ >= stream_.first_ && at_ + others < stream_.next_ ? stream_.slot(at_ + others).block.get() : nullptr;
    }
    bool overrun(MonoTime now) const;
    /// Blocks wait for it in the ring.
    bool is_behind() const { return started_ && at_ != stream_.next_; }
    std::uint64_t skipped_total() const { return skipped_; }
    Stream& stream() { return stream_; }

  private:
    friend class Stream;
    // What a block that is handed out touches comes first.
    Reader* reader_ = nullptr;
    Stream& stream_;
    std::uint64_t at_ = 0;
    std::uint64_t bytes_taken_ = 0;  // Stream::bytes_total_ at our place, or when we joined or jumped.
    bool started_ = false;
    MonoTime progress_{};  // Of the last next().
    std::uint64_t skipped_ = 0;
    std::function<void()> on_ready_;
    void join(std::uint64_t key, MonoTime now);
    void wake();
};

}  // namespace bongsu::hub
