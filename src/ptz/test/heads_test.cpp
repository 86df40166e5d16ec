#include "ptz/heads.hpp"

#include <gtest/gtest.h>

namespace bongsu::ptz {
namespace {

using namespace std::chrono_literals;

class HeadsTest : public ::testing::Test {
  protected:
    MonoTime at(std::chrono::milliseconds after) const { return MonoTime{} + 1h + after; }
    WallTime wall(std::chrono::milliseconds after) const { return from_us(1'790'000'000'000'000) + after; }
    void begin(const Speed& speed, std::chrono::milliseconds after) { heads_.begin(kCamera, "M1", speed, 500ms, wall(after), at(after)); }
    bool goes_on(const Speed& speed, std::chrono::milliseconds after) { return heads_.goes_on(kCamera, speed, 500ms, wall(after), at(after)); }

    const CameraId kCamera{"11000-0001"};
    const Speed kLeft{.pan = -50}, kUp{.tilt = 50};
    Heads heads_;
};

TEST_F(HeadsTest, AKeyThatIsHeldIsOneMoveFromItsFirstWordToItsLast) {
    heads_.use(kCamera, "L1", at(0ms));
    EXPECT_FALSE(goes_on(kLeft, 0ms)) << "nothing is under way";
    begin(kLeft, 0ms);
    for (const auto after : {300ms, 600ms, 900ms, 1600ms}) EXPECT_TRUE(goes_on(kLeft, after)) << "a word may be late by " << Heads::kLate.count() << " ms";

    const auto motion = heads_.end(kCamera).value();

    EXPECT_EQ(motion.id, "M1");
    EXPECT_EQ(motion.count, 5);
    EXPECT_EQ(motion.from, wall(0ms));
    EXPECT_EQ(motion.to, wall(2100ms));
    EXPECT_FALSE(heads_.end(kCamera)) << "once";
}

TEST_F(HeadsTest, AnotherDirectionAndAWordThatCameTooLateAreMovesOfTheirOwn) {
    heads_.use(kCamera, "L1", at(0ms));
    begin(kLeft, 0ms);
    EXPECT_FALSE(goes_on(kUp, 300ms));
    EXPECT_FALSE(goes_on({.pan = -51}, 300ms));
    EXPECT_FALSE(goes_on(kLeft, 750ms)) << "the camera was stopped meanwhile";
    EXPECT_EQ(heads_.motion(kCamera)->count, 1);
}

TEST_F(HeadsTest, WhoFallsSilentAndWhoDoesNothingIsFound) {
    heads_.use(kCamera, "L1", at(0ms));
    begin(kLeft, 0ms);
    EXPECT_TRUE(heads_.silent(at(749ms)).empty());
    EXPECT_EQ(heads_.silent(at(750ms)), std::vector{kCamera});
    EXPECT_TRUE(heads_.idle(at(60s)).empty()) << "a move is under way as far as anybody knows";

    heads_.end(kCamera);

    EXPECT_TRUE(heads_.idle(at(29'999ms)).empty());
    EXPECT_EQ(heads_.idle(at(30s)), std::vector{kCamera});
    EXPECT_EQ(heads_.left(kCamera, at(10s)), 20s);
    heads_.use(kCamera, "L1", at(29s));
    EXPECT_TRUE(heads_.idle(at(30s)).empty()) << "used again";
}

TEST_F(HeadsTest, AnotherLeaseHasAHeadOfItsOwn) {
    heads_.use(kCamera, "L1", at(0ms));
    begin(kLeft, 0ms);
    heads_.use(kCamera, "L2", at(100ms));
    EXPECT_EQ(heads_.motion(kCamera), nullptr) << "who took it over has moved nothing yet";
    EXPECT_FALSE(heads_.has(kCamera, "L1"));

    Lease standing;
    standing.id = "L2";
    heads_.keep_only({standing});
    EXPECT_TRUE(heads_.has(kCamera, "L2"));
    heads_.keep_only({});
    EXPECT_TRUE(heads_.empty());
}

TEST_F(HeadsTest, AProgramThatRunsWildIsHeldBack) {
    EXPECT_EQ(heads_.count_word(kCamera, at(0ms)).error().kind, ErrorKind::not_found);
    heads_.use(kCamera, "L1", at(0ms));
    for (int i = 0; i < Heads::kWordsMost; ++i) ASSERT_TRUE(heads_.count_word(kCamera, at(10ms)));
    const auto over = heads_.count_word(kCamera, at(999ms));
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().kind, ErrorKind::exhausted);
    EXPECT_EQ(over.error().retry_after, 1s);
    EXPECT_TRUE(heads_.count_word(kCamera, at(1s)));
}

}  // namespace
}  // namespace bongsu::ptz
