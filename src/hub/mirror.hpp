#pragma once
// A stream that another loop owns, as the viewers of this loop read it.

#include <cstdint>
#include <functional>
#include <memory>

#include "base/post.hpp"
#include "base/time.hpp"
#include "hub/stream.hpp"

namespace bongsu::hub {

/// Follows its original while it has readers: the first one asks for it, with the last one it lets go. What comes over
/// are references to blocks, with the format before the block that needs it and the loss of the camera in its place; a
/// picture is copied nowhere. A viewer who joins gets what the original's ring holds from its newest key block on.
///
/// Threads: made, used and destroyed on its own loop; the original is touched on the owner's only, and outlives the turn of
///          the owner's loop that follows our end.
/// Bounds:  kWaitingMax blocks between the loops; a reader's loop that stands still for longer loses the pictures up to the
///          next key block, counted.
class Mirror {
  public:
    static constexpr std::size_t kWaitingMax = 512;

    struct Ends {
        Post to_owner, to_here;
        /// The original, or null while there is none. Called on the owner's loop; the stream must live as long as it has
        /// a cursor on it.
        std::function<Stream*()> find;
        std::function<MonoTime()> now;  ///< Any thread.
    };

    explicit Mirror(Ends ends);
    ~Mirror();
    Mirror(const Mirror&) = delete;
    Mirror& operator=(const Mirror&) = delete;

    Stream& stream() { return stream_; }
    /// The original may be another stream than before: looks for it again.
    void refresh();
    /// Blocks that this loop was too slow to take.
    std::uint64_t dropped_total() const;

  private:
    class Link;
    void take();

    Stream stream_;
    std::shared_ptr<Link> link_;
};

}  // namespace bongsu::hub
