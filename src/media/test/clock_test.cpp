#include "media/clock.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace bongsu::media {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

/// A camera whose clock is off and drifts, behind a network that delays; its pictures come 25 times a second, a report each
/// 5 s.
struct Camera {
    double offset_s = 0, drift_ppm = 0, delay_ms = 1;
    std::mt19937 seeded{1};
    double t = 0;  // Our seconds.
    std::uint32_t rtp_start = 4'294'900'000U;
    bool reports = true;
    int pictures = 0;

    MonoTime mono(double at) const { return MonoTime(1h) + std::chrono::nanoseconds(std::llround(at * 1e9)); }
    WallTime wall(double at) const { return from_us(1'795'000'000'000'000 + std::llround(at * 1e6)); }
    double shown(double at) const { return at * (1 + drift_ppm * 1e-6) + offset_s; }
    std::uint32_t rtp(double at) const {
        return rtp_start + static_cast<std::uint32_t>(std::llround(at * (1 + drift_ppm * 1e-6) * 90'000));
    }
    double delay() {
        if (delay_ms <= 0) return 0;
        return std::exponential_distribution<double>(1 / (delay_ms / 1000))(seeded);
    }
    void report(CameraClock& clock, double late = 0) {
        const double came = t + delay() + late;
        clock.on_report(rtcp::to_ntp(wall(shown(t))), rtp(t), mono(came), wall(came));
    }
    /// `seconds` of pictures and reports; each picture's our_time goes to `seen`.
    template <class Seen>
    void run(CameraClock& clock, double seconds, Seen seen) {
        for (const double end = t + seconds; t < end; t += 0.04, ++pictures) {
            const double came = t + delay();
            clock.on_picture(rtp(t), mono(came));
            if (reports && pictures % 125 == 0) report(clock);
            seen(clock.our_time(rtp(t), mono(came), wall(came)), wall(t), wall(came));
        }
    }
    void run(CameraClock& clock, double seconds) {
        run(clock, seconds, [](WallTime, WallTime, WallTime) {});
    }
};

double seconds(std::optional<microseconds> time) { return time ? static_cast<double>(time->count()) / 1e6 : NAN; }

TEST(CameraClock, OffsetAndDriftAreMeasuredThroughANetworkThatDelays) {
    for (const double drift : {-250.0, -40.0, 0.0, 40.0, 250.0}) {
        for (const double delay_ms : {0.0, 1.0, 10.0}) {
            Camera camera{.offset_s = 0.3, .drift_ppm = drift, .delay_ms = delay_ms};
            CameraClock clock({});
            camera.run(clock, 600);

            EXPECT_NEAR(seconds(clock.state().offset), 0.3 + 600 * drift * 1e-6, 0.003 + delay_ms * 0.001);
            ASSERT_TRUE(clock.state().drift_ppm);
            EXPECT_NEAR(*clock.state().drift_ppm, drift, 2 + delay_ms * 2) << delay_ms;
            EXPECT_EQ(clock.state().drift_alarm, std::abs(drift) > 100);
            EXPECT_EQ(clock.state().epoch, 0U);
        }
    }
}

TEST(CameraClock, ACameraAMinuteOffIsAlarmedAtOnceAndTheAlarmClearsByState) {
    Camera camera{.offset_s = -60};
    CameraClock clock({});
    camera.run(clock, 1);
    EXPECT_NEAR(seconds(clock.state().offset), -60, 0.01);
    EXPECT_TRUE(clock.state().offset_alarm);

    camera.offset_s = -0.9;  // It was set, to within the alarm but not below 80 % of it.
    camera.run(clock, 10);
    EXPECT_EQ(clock.state().epoch, 1U);
    EXPECT_TRUE(clock.state().offset_alarm);
    camera.offset_s = 0;
    camera.run(clock, 10);
    EXPECT_FALSE(clock.state().offset_alarm);
}

TEST(CameraClock, ItsLimitsAreOptions) {
    Camera camera{.offset_s = 0.2, .drift_ppm = 30};
    CameraClock clock({.offset_alarm = 100ms, .drift_alarm_ppm = 20});
    camera.run(clock, 300);

    EXPECT_TRUE(clock.state().offset_alarm);
    EXPECT_TRUE(clock.state().drift_alarm);
}

TEST(CameraClock, AReportThatIsLateIsNoClockThatWasSet) {
    Camera camera;
    CameraClock clock({});
    camera.run(clock, 100);
    for (int i = 0; i < 3; ++i) {
        camera.report(clock, 3);
        camera.run(clock, 5);
    }
    EXPECT_EQ(clock.state().epoch, 0U);
    EXPECT_NEAR(seconds(clock.state().offset), 0, 0.01);
}

TEST(CameraClock, AClockThatWasSetBackOrForwardBeginsAnEpoch) {
    for (const double step : {-3600.0, -2.0, 2.0, 3600.0}) {
        Camera camera;
        CameraClock clock({});
        camera.run(clock, 100);
        camera.offset_s = step;
        camera.run(clock, 20);
        EXPECT_EQ(clock.state().epoch, 1U) << step;
        EXPECT_NEAR(seconds(clock.state().offset), step, 0.01);
    }
}

TEST(CameraClock, ANewConnectionKeepsWhatIsKnownOfTheClock) {
    Camera camera{.offset_s = 5, .drift_ppm = 50};
    CameraClock clock({});
    camera.run(clock, 300);
    camera.rtp_start = 12'345;
    clock.restart();
    EXPECT_FALSE(clock.camera_time(0));
    camera.run(clock, 20);

    EXPECT_EQ(clock.state().epoch, 0U);
    EXPECT_NEAR(*clock.state().drift_ppm, 50, 5);
}

TEST(CameraClock, RtpTimeIsMappedToTheCamerasTimeAndToOurs) {
    Camera camera{.offset_s = 100, .delay_ms = 0};
    CameraClock clock({});
    camera.run(clock, 30, [&](WallTime ours, WallTime taken, WallTime) {
        EXPECT_NEAR(static_cast<double>(to_us(ours) - to_us(taken)), 0, 100);
        EXPECT_NEAR(static_cast<double>(to_us(*clock.camera_time(camera.rtp(camera.t))) - to_us(taken)), 100e6, 100);
    });
}

TEST(CameraClock, WithoutReportsThePicturesArrivalTells) {
    Camera camera{.drift_ppm = 200, .delay_ms = 5, .reports = false};
    CameraClock clock({});
    double worst = 0;
    camera.run(clock, 400, [&](WallTime ours, WallTime taken, WallTime) {
        worst = std::max(worst, std::abs(static_cast<double>(to_us(ours) - to_us(taken))));
    });
    EXPECT_LT(worst, 30'000);
    EXPECT_FALSE(clock.state().offset);
}

TEST(CameraClock, OddReportsAreCountedAndNotBelieved) {
    Camera camera{.reports = false};
    CameraClock clock({});
    camera.run(clock, 1);
    clock.on_report(0, camera.rtp(1), camera.mono(1), camera.wall(1));
    EXPECT_FALSE(clock.state().offset);
    // Its reports count on another RTP clock: the time of day is good, the mapping is not.
    clock.on_report(rtcp::to_ntp(camera.wall(1)), camera.rtp(5000), camera.mono(1), camera.wall(1));
    EXPECT_NEAR(seconds(clock.state().offset), 0, 0.01);
    EXPECT_FALSE(clock.camera_time(camera.rtp(1)));
    EXPECT_EQ(clock.state().odd_reports, 2U);
}

TEST(CameraClockProperty, OurTimeNeverGoesBackWithinAnEpochAndIsNeverInTheFuture) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        Camera camera{.offset_s = seed % 7 - 3.0, .drift_ppm = seed % 500 - 250.0, .delay_ms = seed % 80 + 0.1};
        camera.seeded.seed(seed);
        CameraClock clock({});
        WallTime last{};
        std::uint32_t epoch = 0;
        for (int part = 0; part < 12; ++part) {
            switch (camera.seeded() % 6) {
                case 0:
                    camera.offset_s += static_cast<double>(camera.seeded() % 200) / 10 - 10;
                    break;
                case 1:
                    camera.rtp_start += static_cast<std::uint32_t>(camera.seeded());
                    break;
                case 2:
                    clock.restart();
                    break;
                case 3:
                    camera.report(clock, static_cast<double>(camera.seeded() % 30) / 10);
                    break;
                default:
                    break;
            }
            camera.run(clock, 8, [&](WallTime ours, WallTime, WallTime now) {
                ASSERT_LE(ours, std::max(now, last)) << seed;
                ASSERT_TRUE(clock.state().epoch != epoch || ours >= last) << seed;
                last = ours;
                epoch = clock.state().epoch;
            });
        }
    }
}

TEST(CameraClock, AnyNumbersAreTakenWithoutHarm) {
    std::mt19937_64 seeded(9);
    CameraClock clock({});
    MonoTime now{1h};
    for (int i = 0; i < 50'000; ++i) {
        now += std::chrono::milliseconds(seeded() % 3000);
        const auto rtp = static_cast<std::uint32_t>(seeded());
        if (seeded() % 3 == 0) clock.on_report(seeded(), rtp, now, from_us(1));
        if (seeded() % 3 == 0) clock.on_picture(rtp, now);
        clock.our_time(rtp, now, from_us(static_cast<std::int64_t>(seeded() % 1'000'000'000)));
    }
    EXPECT_GT(clock.state().epoch, 0U);
}

}  // namespace
}  // namespace bongsu::media
