#pragma once
// When each picture of a live stream stands on the page's clock. Pure.

#include <cstdint>

#include "base/time.hpp"

namespace bongsu::view {

/// Places pictures, each before the next one is there, on our wall clock in 90 kHz ticks since 1970, so that a page reads
/// a picture's age off its media time, and live and recorded pictures share one line.
///
/// Shown:    by the camera's RTP clock, which has no jitter, from the arrival of the first picture on. The least late
///           picture of each GOP says how far off that is: a drift is made good by 0.2 % of the time that passes, more
///           than 50 ms (a burst at the beginning) by an eighth. A jump of more than 10 s begins anew.
/// Decoded:  never goes back, and never more than twice the last picture's duration on: Media Source Extensions (W3C,
///           3.5.8 coded frame processing, step 6) would drop everything up to the next key picture. What a gap is
///           longer goes into the composition offset, and the following pictures catch up. A key picture after more than
///           3 s takes its place at once.
/// Duration: what pictures have lately taken; 1/30 s before that is known.
class Fmp4Timeline {
  public:
    struct Spot {
        std::uint64_t decode_time = 0;
        std::uint32_t duration = 0;
        std::int32_t composition_offset = 0;  ///< Shown minus decoded.
    };
    /// In the order of decoding. `arrived` is when the whole of it was here.
    Spot place(std::uint32_t rtp_time, bool key, WallTime arrived);

  private:
    std::int64_t shown_of(std::uint32_t rtp_time, bool key, std::int64_t arrived);
    std::int64_t decoded_of(std::int64_t shown, bool key) const;

    bool begun_ = false;
    std::uint32_t rtp_time_ = 0;
    std::int64_t shown_ = 0, decoded_ = 0;
    std::int64_t duration_ = 0, told_duration_ = 0;  // As of now, and of the last picture.
    std::int64_t lead_ = 0;  // The least arrival minus shown of this GOP, had all been made good.
    std::int64_t owed_ = 0;  // What is left to be made good.
};

}  // namespace bongsu::view
