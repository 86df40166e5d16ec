#pragma once
// A camera's clocks against ours: its RTP time (RFC 3550 5.1), its NTP time (sender reports, 6.4.1), offset and drift. Pure.

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "media/rtcp.hpp"

namespace bongsu::media {

/// How far one clock is ahead of another, from samples that are late by an unknown delay but never early. The least late
/// sample of each of kBuckets intervals is kept; a line through these (Theil and Sen: the median of all slopes, then of
/// all distances) bears outliers on both sides. Bounds: kBuckets samples, whatever comes.
class Envelope {
  public:
    static constexpr std::size_t kBuckets = 32, kBucketsForDrift = 8;
    static constexpr std::chrono::seconds kBucket{20};  ///< So the window is 640 s, and drift is known after 160 s.

    /// `ahead`: the other clock's reading minus ours, in ns.
    void add(MonoTime at, std::int64_t ahead);
    void clear() { size_ = 0, drift_ = 0; }

    bool empty() const { return size_ == 0; }
    /// Ahead at this time, in ns. Only when it is not empty.
    std::int64_t ahead(MonoTime now) const;
    /// The other clock's gain per second of ours, times 10^6.
    std::optional<double> drift_ppm() const;

  private:
    struct Sample {
        MonoTime bucket{}, at{};
        std::int64_t ahead = 0;
    };
    void fit();

    std::array<Sample, kBuckets> samples_{};  // The oldest first.
    std::size_t size_ = 0;
    double drift_ = 0;  // ns per ns.
};

/// One camera's clocks. A clock that was set, or that runs away from where it was expected, begins a new epoch; within
/// an epoch our time of its pictures never goes back.
///
/// Alarms:  set at their limit, cleared below 80 % of it, so that they do not flutter.
/// Odd:     an SR without an NTP time, or whose RTP time is more than 10 s off the pictures' (some cameras count their
///          reports on another clock): counted, and not used for what it cannot say.
/// Threads: none inside.
class CameraClock {
  public:
    struct Limits {
        std::chrono::milliseconds offset_alarm{1'000};
        double drift_alarm_ppm = 100;
        std::chrono::milliseconds jump{500};  ///< A step of its NTP time beyond this is a clock that was set.
    };
    struct State {
        std::uint32_t epoch = 0;
        std::optional<std::chrono::microseconds> offset;  ///< Its NTP time minus our time; none without reports.
        std::optional<double> drift_ppm;  ///< Of its NTP time, or without reports of its RTP time, against ours.
        bool offset_alarm = false, drift_alarm = false;
        std::uint64_t reports = 0, odd_reports = 0;
    };

    explicit CameraClock(Limits limits) : limits_(limits) {}

    /// A new connection: RTP time begins anew, the camera's NTP time is the same.
    void restart();
    /// The first packet of a picture.
    void on_picture(std::uint32_t rtp_time, MonoTime arrived);
    void on_report(rtcp::Ntp ntp, std::uint32_t rtp_time, MonoTime arrived, WallTime wall);

    /// What the camera's clock showed; none before a usable report of this connection.
    std::optional<WallTime> camera_time(std::uint32_t rtp_time) const;
    /// When it was by our clock: from the reports, else from the pictures' arrival, else `wall`. Never later than `wall`.
    WallTime our_time(std::uint32_t rtp_time, MonoTime now, WallTime wall);

    const State& state() const { return state_; }

  private:
    struct Anchor {
        WallTime ntp;
        std::uint32_t rtp_time;
        MonoTime arrived;
    };

    bool jumped(std::int64_t ahead, WallTime ntp, std::uint32_t rtp_time, MonoTime arrived);
    void begin_epoch();
    void judge(MonoTime arrived, WallTime wall);

    const Limits limits_;
    State state_;
    Envelope ntp_, rtp_;
    std::optional<Anchor> anchor_;     // The newest report whose RTP time is of the pictures.
    std::optional<std::uint32_t> last_rtp_;
    std::int64_t rtp_unwrapped_ = 0;   // Ticks of last_rtp_ since the connection's first.
    bool suspected_ = false;
    std::optional<WallTime> last_ours_;
};

}  // namespace bongsu::media
