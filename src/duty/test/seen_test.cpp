#include "duty/seen.hpp"

#include "duty/test/crew.hpp"

namespace bongsu::duty {
namespace {

using namespace std::chrono_literals;

struct SeenTest : DutyTest {
    void SetUp() override {
        DutyTest::SetUp();
        go_to_shift_of("A", 5min);
        ASSERT_TRUE(come("OP1", Role::operator_));
    }
    Result<void> report(WallTime from, WallTime to, std::vector<Screen> screens, const std::string& user = "OP1") {
        return site.in_batch([&] {
            return report_screens(*site.book, {user}, {from, to, desk, std::move(screens)}, [&](const CameraId& camera) -> Result<bool> { return camera.value != "C9"; });
        });
    }
    std::string desk = "S1";
    std::string refused(WallTime from, WallTime to, std::vector<Screen> screens) {
        const auto done = report(from, to, std::move(screens));
        return done ? "" : done.error().field;
    }
};

TEST_F(SeenTest, ReportsAddUpByHourCameraAndPerson) {
    site.world.clock.advance(hour_of(now()) + 1h - now());
    const auto hour = now();
    ASSERT_TRUE(come("OP2", Role::operator_));
    site.world.clock.advance(10min);
    ASSERT_TRUE(report(hour, hour + 5min, {{{"C1"}, 300s}, {{"C2"}, 20s}}));
    ASSERT_TRUE(report(hour + 5min, hour + 10min, {{{"C1"}, 100s}}));
    ASSERT_TRUE(report(hour, hour + 10min, {{{"C1"}, 60s}}, "OP2"));
    site.world.clock.advance(52min);
    ASSERT_TRUE(report(hour + 1h, hour + 61min, {{{"C3"}, 7s}}));

    const auto hours = lit_hours(*site.db, hour, hour + 24h).value();
    ASSERT_EQ(hours.size(), 2U);
    EXPECT_EQ(hours[0].hour, hour);
    EXPECT_EQ(hours[0].cameras, 2U) << "one camera before two persons is one";
    EXPECT_EQ(hours[0].seconds, 480s);
    EXPECT_EQ(lit_hours(*site.db, hour, hour + 1h)->size(), 1U);
    const auto cameras = lit_cameras(*site.db, hour).value();
    ASSERT_EQ(cameras.size(), 3U);
    EXPECT_EQ(cameras[0].camera.value, "C1");
    EXPECT_EQ(cameras[0].seconds, 400s);
    EXPECT_EQ(cameras[1].user.value, "OP2");
}

TEST_F(SeenTest, WhatCannotHaveBeenIsRefusedByName) {
    site.world.clock.advance(hour_of(now()) + 1h + 30min - now());
    const auto at = now();
    EXPECT_EQ(refused(at, at, {{{"C1"}, 1s}}), "to");
    EXPECT_EQ(refused(at - 1min, at + 1min, {{{"C1"}, 1s}}), "to") << "later than now";
    EXPECT_EQ(refused(at - 16min, at, {{{"C1"}, 1s}}), "from");
    EXPECT_EQ(refused(at - 34min, at - 29min, {{{"C1"}, 1s}}), "to") << "two hours";
    EXPECT_EQ(refused(at - 1min, at, {}), "screens");
    EXPECT_EQ(refused(at - 1min, at, {{{"C1"}, 1s}, {{"C1"}, 1s}}), "screens");
    EXPECT_EQ(refused(at - 1min, at, {{{"C1"}, 0s}}), "screens");
    EXPECT_EQ(refused(at - 1min, at, {{{"C1"}, 70s}}), "screens") << "longer than the report";
    EXPECT_EQ(refused(at - 1min, at, {{{"C1"}, 5s}, {{"C9"}, 5s}}), "screens") << "not shown";
    EXPECT_EQ(count("duty.screens_lit"), 0U);
    ASSERT_TRUE(report(at - 5min, at, {{{"C1"}, 5s}}));
    EXPECT_EQ(refused(at - 1min, at, {{{"C1"}, 5s}}), "from") << "said before";
    EXPECT_EQ(report(at - 1min, at, {{{"C1"}, 5s}}, "OP2").error().code, "not_at_a_seat");
    desk = "S2";
    EXPECT_EQ(refused(at - 1min, at, {{{"C1"}, 5s}}), "") << "another page of the same person";
}

TEST_F(SeenTest, TheLastMinutesOfAStayAreToldWhenItIsOver) {
    site.world.clock.advance(hour_of(now()) + 1h + 10min - now());
    const auto from = now();
    site.world.clock.advance(2min);
    ASSERT_TRUE(go("OP1"));
    site.world.clock.advance(1min);
    EXPECT_EQ(refused(from, now(), {{{"C1"}, 90s}}), "");
    const auto later = now();
    site.world.clock.advance(1min);
    EXPECT_EQ(report(later, now(), {{{"C1"}, 5s}}).error().code, "not_at_a_seat");
}

TEST_F(SeenTest, AClockThatStepsBackSilencesNoDesk) {
    site.world.clock.advance(hour_of(now()) + 1h + 50min - now());
    ASSERT_TRUE(report(now() - 5min, now(), {{{"C1"}, 5s}}));
    site.world.clock.set_wall(now() - 20min);
    EXPECT_EQ(refused(now() - 1min, now(), {{{"C1"}, 5s}}), "");
}

TEST_F(SeenTest, AnHourThatBeginsWithTheReportIsOne) {
    site.world.clock.advance(hour_of(now()) + 1h - now());
    EXPECT_EQ(refused(now() - 5min, now(), {{{"C1"}, 5s}}), "") << "to the very hour";
}

}  // namespace
}  // namespace bongsu::duty
