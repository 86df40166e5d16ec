#pragma once
// How many messages a partner may send: a bucket that fills evenly.

#include <cstdint>

#include "base/time.hpp"

namespace bongsu::intake {

/// One for a partner, however many connections it has. Threads: one.
class RateBucket {
  public:
    /// `per_second` and `burst` are at least 1; the bucket is full at `now`.
    RateBucket(std::int64_t per_second, std::int64_t burst, MonoTime now);

    /// Another agreement; what is in the bucket stays, as far as it fits.
    void set_rate(std::int64_t per_second, std::int64_t burst, MonoTime now);

    /// True, and one message less to take, when there is room.
    bool take(MonoTime now);
    /// When the next one can be had.
    MonoTime next() const;

  private:
    void fill(MonoTime now);

    std::int64_t per_second_, full_us_;
    std::int64_t room_us_;  ///< Microseconds of filling that are in the bucket.
    MonoTime filled_at_;
};

}  // namespace bongsu::intake
