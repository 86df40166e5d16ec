#include "coverage/choose.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <numbers>
#include <random>

#include "device/test/lines.hpp"

namespace bongsu::coverage {
namespace {

using device::Camera;

constexpr double kLon = 127.0374, kLat = 37.5447;  // The place: the edge of a park.

/// A camera `metres` away on the side `side_deg` (north 0) that looks `off_deg` past the place.
Camera around(std::string id, double metres, double side_deg, double off_deg = 0) {
    const double radians = side_deg * std::numbers::pi / 180;
    const double lat = kLat + metres * std::cos(radians) / 111'195;
    const double lon =
        kLon + metres * std::sin(radians) / (111'195 * std::cos(kLat * std::numbers::pi / 180));
    auto camera = device::test_camera(std::move(id), lon, lat);
    camera.bearing = static_cast<float>(std::fmod(side_deg + 180 + off_deg + 360, 360.0));
    camera.field_of_view = 60;
    camera.range_m = 80;
    return camera;
}

device::Directory directory_of(const std::vector<Camera>& cameras) {
    std::string lines;
    for (const auto& camera : cameras) lines += device::line(camera);
    device::Directory directory;
    EXPECT_TRUE(directory.load(lines));
    return directory;
}

std::vector<std::string> ids(const std::vector<Choice>& choices) {
    std::vector<std::string> out;
    for (const auto& choice : choices) out.push_back(choice.id.value);
    return out;
}

bool has(const Choice& choice, const std::string& reason) {
    return std::find(choice.reasons.begin(), choice.reasons.end(), reason) != choice.reasons.end();
}

//            N (looks here)
//   place *        E (looks away)
TEST(Choose, PrefersTheCameraThatLooksThereToANearerOneThatLooksAway) {
    const auto directory = directory_of({around("11200-east", 30, 90, 180), around("11200-north", 60, 0)});
    const auto choices = choose(directory, kLon, kLat);
    ASSERT_EQ(ids(choices), (std::vector<std::string>{"11200-north", "11200-east"}));
    EXPECT_TRUE(has(choices[0], "distance:60m"));
    EXPECT_TRUE(has(choices[0], "in_view:0deg"));
    EXPECT_TRUE(has(choices[1], "out_of_view:180deg"));
    EXPECT_TRUE(has(choices[1], "other_side"));
    EXPECT_GT(choices[0].score, 600);
    EXPECT_LE(choices[0].score, 1000);
    EXPECT_LT(choices[1].score, choices[0].score);
}

//   place *   |house|   E (looks here)
//             S (looks here, farther)
TEST(Choose, AViewThroughAHouseIsNone) {
    const auto directory = directory_of({around("11200-east", 40, 90), around("11200-south", 60, 180)});
    const auto at = [](double metres, double side) { const auto camera = around("x", metres, side); return camera.position(); };
    const Occluders houses({{{at(15, 60), at(15, 120), at(30, 110), at(30, 70)}, 12}});
    EXPECT_EQ(choose(directory, kLon, kLat)[0].id.value, "11200-east");
    const auto choices = choose(directory, kLon, kLat, {.permitted = {}, .houses = &houses});
    ASSERT_EQ(ids(choices), (std::vector<std::string>{"11200-south", "11200-east"}));
    EXPECT_TRUE(has(choices[1], "hidden"));
    EXPECT_FALSE(has(choices[1], "in_view:0deg"));
}

TEST(Choose, NeverChoosesACameraThatGivesNoPicture) {
    auto registered = around("11200-a", 10, 0);
    registered.state = device::State::not_connected;
    auto directory = directory_of({registered, around("11200-b", 10, 90), around("11200-c", 300, 180)});
    ASSERT_TRUE(directory.set_state(CameraId{"11200-b"}, device::State::unreachable, "refused", from_us(1)));
    EXPECT_EQ(ids(choose(directory, kLon, kLat)), std::vector<std::string>{"11200-c"});
    ASSERT_TRUE(directory.set_state(CameraId{"11200-b"}, device::State::idle, "", from_us(2)));
    EXPECT_EQ(ids(choose(directory, kLon, kLat)), (std::vector<std::string>{"11200-b", "11200-c"}));
}

TEST(Choose, AStreamingCameraBeatsAnIdleOneThatIsAlike) {
    auto directory = directory_of({around("11200-a", 40, 0), around("11200-b", 40, 90)});
    ASSERT_TRUE(directory.set_state(CameraId{"11200-b"}, device::State::streaming, "", from_us(1)));
    const auto choices = choose(directory, kLon, kLat);
    EXPECT_EQ(ids(choices), (std::vector<std::string>{"11200-b", "11200-a"}));
    EXPECT_TRUE(has(choices[0], "healthy"));
    EXPECT_TRUE(has(choices[1], "idle"));
}

TEST(Choose, ATurningCameraMayLookAwayNow) {
    auto ptz = around("11200-a", 40, 0, 150);
    ptz.ptz = true;
    const auto choices =
        choose(directory_of({ptz, around("11200-b", 40, 90, 150), around("11200-c", 40, 180)}), kLon, kLat);
    EXPECT_EQ(ids(choices), (std::vector<std::string>{"11200-c", "11200-a", "11200-b"}));
    EXPECT_TRUE(has(choices[1], "ptz"));
    EXPECT_FALSE(has(choices[1], "out_of_view:150deg"));
}

TEST(Choose, DoesNotFillTheScreenFromOnePole) {
    std::vector<Camera> cameras;
    for (int i = 0; i < 6; ++i) cameras.push_back(around("11200-pole" + std::to_string(i), 20, 0, i * 2));
    for (int i = 1; i < 6; ++i) cameras.push_back(around("11200-side" + std::to_string(i), 70, i * 60));
    const auto choices = choose(directory_of(cameras), kLon, kLat);
    ASSERT_EQ(choices.size(), 6U);
    const auto poles = std::count_if(choices.begin(), choices.end(), [](const auto& choice) {
        return choice.id.value.starts_with("11200-pole");
    });
    EXPECT_EQ(poles, 1);
    EXPECT_EQ(choices[0].id.value, "11200-pole0");
}

TEST(Choose, ASecondCameraOfAPoleYieldsToAFartherOneOfItsOwn) {
    Rule two;
    two.count = 2;
    const auto choices = choose(
        directory_of({around("11200-a", 20, 0), around("11200-b", 20, 0, 3), around("11200-c", 75, 0)}), kLon,
        kLat, two);
    EXPECT_EQ(ids(choices), (std::vector<std::string>{"11200-a", "11200-c"}));
}

TEST(Choose, TakesSeveralFromOnePoleWhenThereIsNothingElse) {
    const auto choices =
        choose(directory_of({around("11200-a", 20, 0), around("11200-b", 20, 0, 5)}), kLon, kLat);
    ASSERT_EQ(choices.size(), 2U);
    EXPECT_TRUE(has(choices[1], "same_side"));
}

TEST(Choose, KeepsToCountRadiusAndPermission) {
    std::vector<Camera> cameras;
    for (int i = 0; i < 12; ++i)
        cameras.push_back(around("11200-" + std::to_string(10 + i), 20 + 10 * i, i * 30));
    cameras.push_back(around("11200-far", 1200, 0));
    const auto directory = directory_of(cameras);
    EXPECT_EQ(choose(directory, kLon, kLat).size(), 6U);
    Rule rule;
    rule.count = 100;
    EXPECT_EQ(choose(directory, kLon, kLat, rule).size(), 12U);
    rule.radius_m = 55;
    EXPECT_EQ(choose(directory, kLon, kLat, rule).size(), 4U);
    rule.permitted = [](const Camera& camera) { return camera.id.value == "11200-11"; };
    EXPECT_EQ(ids(choose(directory, kLon, kLat, rule)), std::vector<std::string>{"11200-11"});
    rule.count = 0;
    EXPECT_TRUE(choose(directory, kLon, kLat, rule).empty());
    EXPECT_TRUE(choose(directory, 129, 35).empty());
    EXPECT_TRUE(choose(device::Directory{}, kLon, kLat).empty());
}

TEST(Choose, TellsWhenThePlaceIsBeyondTheCamerasRange) {
    const auto choices = choose(directory_of({around("11200-a", 400, 0)}), kLon, kLat);
    ASSERT_EQ(choices.size(), 1U);
    EXPECT_TRUE(has(choices[0], "out_of_range"));
    EXPECT_LT(choices[0].score, 500);
}

TEST(Choose, TiesGoByIdAndTheAnswerIsAlwaysTheSame) {
    const auto a = around("11200-a", 40, 0), b = around("11200-b", 40, 0);
    const auto choices = choose(directory_of({b, a}), kLon, kLat);
    EXPECT_EQ(choices[0].id.value, "11200-a");
    EXPECT_EQ(ids(choices), ids(choose(directory_of({a, b}), kLon, kLat)));
}

TEST(Choose, ScoresStandInOrderBetweenNoughtAndThousand) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> side(0, 360), metres(0, 1000);
    for (int round = 0; round < 200; ++round) {
        std::vector<Camera> cameras;
        for (int i = 0; i < 40; ++i) {
            cameras.push_back(
                around("11200-" + std::to_string(100 + i), metres(random), side(random), side(random)));
        }
        const auto choices = choose(directory_of(cameras), kLon, kLat);
        for (std::size_t i = 0; i < choices.size(); ++i) {
            EXPECT_GE(choices[i].score, 0);
            EXPECT_LE(choices[i].score, 1000);
            EXPECT_LE(choices[i].score, choices[i == 0 ? 0 : i - 1].score);
        }
    }
}

TEST(Choose, PrintsWhatItCostsAmongThreeHundredThousand) {
    std::mt19937 random(9);
    std::uniform_real_distribution<double> lon(126.80, 127.18), lat(37.43, 37.70), turn(0, 360);
    std::string lines;
    for (int i = 0; i < 300'000; ++i) {
        lines += device::line(device::test_camera("11200-" + std::to_string(i), lon(random), lat(random),
                                                  static_cast<float>(turn(random))));
    }
    device::Directory directory;
    ASSERT_TRUE(directory.load(lines));
    using Clock = std::chrono::steady_clock;  // tidy-ok: prints what it cost, asserts nothing of it
    const auto from = Clock::now();
    std::size_t found = 0;
    for (int i = 0; i < 200; ++i) found += choose(directory, 126.9 + i * 1e-3, 37.55).size();
    const auto took = std::chrono::duration<double, std::milli>(Clock::now() - from).count() / 200;
    std::cout << "choose among 300,000 live: " << took << " ms\n";  // tidy-ok: a test's own output
    EXPECT_EQ(found, 1200U);
}

}  // namespace
}  // namespace bongsu::coverage
