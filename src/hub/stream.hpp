#pragma once
// One camera's live ring in this process, and the cursors that read it.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>

#include "media/block.hpp"

namespace bongsu::hub {

class Cursor;

/// A ring of blocks that reaches back to the newest key block but one (the GOP cache).
///
/// Threads: one loop; a stream and its cursors live on its owner loop.
/// Bounds:  at most 2 GOPs, 8 MiB and 20 s; older blocks leave first and are counted when a key was still
/// needed.
class Stream {
  public:
    void publish(media::BlockPtr block);
    void set_format(media::Format format);
    /// The camera is gone: cursors are woken and see `lost()`; blocks are dropped so that nothing stale is
    /// shown as live.
    void lose();

    /// The newest picture that a decoder can begin with, for who looks at one and reads no stream; null where there is none.
    media::BlockPtr newest_key_block() const;

    bool live() const { return !blocks_.empty(); }
    const media::Format& format() const { return format_; }
    MonoTime last_block() const { return last_block_; }
    std::uint64_t blocks_total() const { return next_; }
    std::size_t readers() const { return cursors_.size(); }
    /// Times that the bounds pushed out the newest key block, so that nobody could join before the next one.
    std::uint64_t keys_pushed_out_total() const { return keys_pushed_out_; }

    /// Called when the first reader comes and when the last one goes (pull on demand).
    std::function<void()> on_wanted, on_unwanted;

  private:
    friend class Cursor;
    struct Slot {
        media::BlockPtr block;
        std::uint64_t number;
        std::uint64_t bytes_end;  // Bytes published up to and with this block.
    };
    static constexpr std::size_t kBytesMax = 8U << 20;
    static constexpr std::chrono::seconds kAgeMax{20};
    void trim();
    void drop_front();
    const Slot* newest_key() const;

    std::deque<Slot> blocks_;
    std::list<Cursor*> cursors_;
    media::Format format_;
    MonoTime last_block_{};
    std::uint64_t next_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t bytes_total_ = 0;
    std::uint64_t keys_pushed_out_ = 0;
};

/// A viewer's place in a stream: no queue of its own, constant memory.
///
/// Policy: it starts at the newest key block; more than 1 s behind the newest block, next() jumps to the
/// newest key
///         block and counts what it skipped; 5 s behind or 4 MiB behind it answers overrun() and its viewer
///         is cut. What already lay in the ring when it joined or jumped is its head start and counts in
///         neither.
/// Wake:   `on_ready` is called on the loop when a block came while the cursor had caught up, and by lose().
/// It may be
///         called in the middle of publish(): do not destroy a cursor of this stream inside it, post instead.
class Cursor {
  public:
    Cursor(Stream& stream, std::function<void()> on_ready);
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    /// The next block, or null when caught up. `now` decides on skipping.
    media::BlockPtr next(MonoTime now);
    bool overrun(MonoTime now) const;
    std::uint64_t skipped_total() const { return skipped_; }
    Stream& stream() { return stream_; }

  private:
    friend class Stream;
    Stream& stream_;
    std::function<void()> on_ready_;
    std::uint64_t at_ = 0;
    bool started_ = false;
    std::uint64_t skipped_ = 0;
    MonoTime progress_{};            // Of the last next().
    std::uint64_t bytes_taken_ = 0;  // Stream::bytes_total_ at our place, or when we joined or jumped.
    void join(const Stream::Slot& key, MonoTime now);
};

}  // namespace bongsu::hub
