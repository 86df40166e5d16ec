#include "ingest/picture_health.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace bongsu::ingest {
namespace {

using namespace std::chrono_literals;
using media::PictureNumbers;

constexpr MonoTime kStart{1h};

PictureNumbers street(std::uint16_t mean = 60 * 256, std::uint16_t texture = 4 * 256) {
    PictureNumbers out{.width = 1920, .height = 1080};
    for (std::size_t i = 0; i < out.tiles.size(); ++i) out.tiles[i] = {static_cast<std::uint16_t>(mean + 64 * i), texture};
    return out;
}

/// As the noise of a sensor moves the tiles' means.
PictureNumbers noisy(PictureNumbers picture, std::mt19937& chance, int most = 8) {
    for (auto& tile : picture.tiles) tile.mean = static_cast<std::uint16_t>(tile.mean + static_cast<int>(chance() % (2U * static_cast<unsigned>(most) + 1)) - most);
    return picture;
}

PictureVerdict after(PictureHealth& health, const std::vector<PictureNumbers>& pictures) {
    MonoTime at = kStart;
    for (const auto& picture : pictures) health.take(picture, at += 10s);
    return health.verdict();
}

TEST(PictureHealth, APictureThatStaysTheSameIsFrozenAfterThirtySeconds) {
    PictureHealth health;
    EXPECT_EQ(after(health, {street(), street(), street()}), PictureVerdict::ok);
    EXPECT_TRUE(health.is_suspect());
    EXPECT_EQ(health.take(street(), kStart + 40s), PictureVerdict::frozen);
}

TEST(PictureHealth, AClockInACornerDoesNotMakeItMove) {
    std::vector<PictureNumbers> pictures(4, street());
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        for (const std::size_t tile : {0U, 1U, 2U, 8U, 9U}) pictures[i].tiles[tile].mean = static_cast<std::uint16_t>(20000 + 900 * i);
    }
    PictureHealth health;
    EXPECT_EQ(after(health, pictures), PictureVerdict::frozen);
}

TEST(PictureHealth, AStillNightStreetWithNoiseIsNotFrozen) {
    std::mt19937 chance(2019);
    std::vector<PictureNumbers> pictures;
    for (int i = 0; i < 50; ++i) pictures.push_back(noisy(street(20 * 256, 256), chance));
    PictureHealth health;
    EXPECT_EQ(after(health, pictures), PictureVerdict::ok);
}

TEST(PictureHealth, OnePersonWhoWalksThroughAPictureWithoutNoiseIsMovement) {
    std::vector<PictureNumbers> pictures(8, street());
    for (std::size_t i = 0; i < pictures.size(); ++i) pictures[i].tiles[27 + i % 2].mean = static_cast<std::uint16_t>(pictures[i].tiles[27].mean + 300);
    PictureHealth health;
    EXPECT_EQ(after(health, pictures), PictureVerdict::ok);
}

TEST(PictureHealth, WhereNothingTellsAnythingNothingIsSaid) {
    PictureHealth health;
    EXPECT_EQ(after(health, std::vector<PictureNumbers>(10, street(250 * 256, 0))), PictureVerdict::ok);
}

TEST(PictureHealth, ACoveredLensIsBlackAlsoWithNoiseAndAClock) {
    std::mt19937 chance(2019);
    std::vector<PictureNumbers> pictures;
    for (int i = 0; i < 2; ++i) {
        auto picture = street(0, 3 * 256);
        for (std::size_t tile = 0; tile < picture.tiles.size(); ++tile) picture.tiles[tile].mean = static_cast<std::uint16_t>(chance() % 1024);
        picture.tiles[1] = {15000, 9000};
        pictures.push_back(picture);
    }
    PictureHealth health;
    EXPECT_EQ(after(health, {pictures[0]}), PictureVerdict::ok) << "one picture may be a moment";
    EXPECT_EQ(health.take(pictures[1], kStart + 20s), PictureVerdict::black);
    EXPECT_EQ(health.take(street(), kStart + 30s), PictureVerdict::ok);
}

TEST(PictureHealth, ALampInTheDarkIsNotBlack) {
    std::vector<PictureNumbers> pictures(5, street(0, 0));
    for (auto& picture : pictures) {
        for (auto& tile : picture.tiles) tile = {100, 10};
        picture.tiles[36] = {60 * 256, 2000};
    }
    PictureHealth health;
    EXPECT_EQ(after(health, pictures), PictureVerdict::ok);
}

TEST(PictureHealth, TheSamePictureLookedAtTwiceTellsNothing) {
    PictureHealth health;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(health.take(street(), kStart), PictureVerdict::ok);
}

struct Rounds : testing::Test {
    PictureRounds rounds;
    MonoTime now = kStart;
    std::vector<CameraId> showing{{"A"}, {"B"}, {"C"}};
    std::mt19937 chance{2019};
    std::map<std::string, unsigned> looks;
    std::vector<std::string> told;
    std::function<PictureNumbers(const CameraId&)> picture_of = [this](const CameraId&) { return noisy(street(), chance); };

    void run(std::chrono::seconds time) {
        for (const auto until = now + time; now < until; now += 50ms) {
            const auto camera = rounds.next(now, [this] { return showing; });
            if (!camera) continue;
            ++looks[camera->value];
            if (const auto verdict = rounds.take(*camera, picture_of(*camera), now, now)) told.push_back(camera->value + " " + std::string(to_string(*verdict)));
        }
    }
};

TEST_F(Rounds, EachCameraIsVisitedForTwoPictures) {
    run(11s);
    for (const auto* camera : {"A", "B", "C"}) EXPECT_EQ(looks[camera], 2U) << camera;
    EXPECT_TRUE(told.empty());
}

TEST_F(Rounds, PicturesAreDecodedWithinTheBudget) {
    showing.clear();
    for (int i = 1000; i < 3000; ++i) showing.push_back({std::to_string(i)});
    run(60s);
    unsigned all = 0;
    for (const auto& [camera, count] : looks) all += count;
    EXPECT_LE(all, 241U);
    EXPECT_GE(all, 200U);
}

TEST_F(Rounds, AFrozenCameraIsToldWithEachLookAndToldAgainWhenItMoves) {
    bool frozen = true;
    picture_of = [&](const CameraId& camera) { return frozen && camera.value == "B" ? street() : noisy(street(), chance); };
    run(200s);
    EXPECT_GE(told.size(), 2U) << "it may have been away meanwhile, and its supervisor have forgotten it";
    EXPECT_EQ(std::set(told.begin(), told.end()), std::set<std::string>{"B frozen"});
    frozen = false;
    run(90s);
    EXPECT_EQ(told.back(), "B ok");
}

TEST_F(Rounds, AFilmWithoutNoiseThatRepeatsEachTenSecondsIsNotFrozen) {
    picture_of = [&](const CameraId&) {
        auto picture = street();
        picture.tiles[27].mean = static_cast<std::uint16_t>(picture.tiles[27].mean + now.time_since_epoch() % 10s / 1s * 200);
        return picture;
    };
    run(300s);
    EXPECT_TRUE(told.empty());
}

TEST_F(Rounds, AHundredFrozenCamerasDoNotKeepOthersFromBeingLookedAt) {
    showing.clear();
    for (int i = 100; i < 300; ++i) showing.push_back({std::to_string(i)});
    picture_of = [&](const CameraId& camera) { return camera.value < "200" ? street() : noisy(street(), chance); };
    run(300s);
    EXPECT_EQ(std::set(told.begin(), told.end()).size(), 100U);
    EXPECT_GE(looks.size(), 200U);
}

TEST_F(Rounds, ACameraWithoutPicturesIsForgottenAndNoLongerFrozen) {
    picture_of = [&](const CameraId&) { return street(); };
    run(60s);
    EXPECT_EQ(rounds.lose({"A"}), PictureVerdict::ok);
    EXPECT_EQ(rounds.lose({"A"}), std::nullopt);
    EXPECT_EQ(rounds.lose({"unknown"}), std::nullopt);
}

}  // namespace
}  // namespace bongsu::ingest
