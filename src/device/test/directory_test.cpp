#include "device/directory.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <random>
#include <set>

#include "device/test/lines.hpp"

namespace bongsu::device {
namespace {

constexpr WallTime kNow = from_us(1'700'000'000'000'000);

std::vector<std::string> ids(const Page& page) {
    std::vector<std::string> out;
    for (const auto* camera : page.items) out.push_back(camera->id.value);
    return out;
}

/// `count` cameras strewn over the city by a seed, in four sites.
std::vector<Camera> strewn(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> lon(126.80, 127.18), lat(37.43, 37.70);
    const char* const sites[] = {"11000", "11200", "11440", "11650"};
    std::vector<Camera> cameras;
    for (std::size_t i = 0; i < count; ++i) {
        auto number = std::to_string(1'000'000 + i).substr(1);
        cameras.push_back(test_camera(std::string(sites[i % 4]) + "-" + number, lon(random), lat(random)));
        cameras.back().name = (i % 10 == 0 ? "서울숲 산책로 " : "마포 골목 ") + number;
    }
    return cameras;
}

std::string lines_of(const std::vector<Camera>& cameras) {
    std::string lines;
    for (const auto& camera : cameras) lines += line(camera);
    return lines;
}

TEST(Geo, DistancesAndDirectionsAreTheOnesOnTheGround) {
    EXPECT_NEAR(distance_m({127, 37}, {127, 38}), 111'195, 1);
    EXPECT_NEAR(distance_m({127, 37.5}, {127.01, 37.5}), 882.1, 0.5);
    EXPECT_NEAR(direction_deg({127, 37.5}, {127.01, 37.5}), 90, 0.01);
    EXPECT_NEAR(direction_deg({127, 37.5}, {127, 37.4}), 180, 0.01);
    EXPECT_NEAR(direction_deg({127, 37.5}, {126.99, 37.5}), 270, 0.01);
    EXPECT_DOUBLE_EQ(angle_between_deg(350, 20), 30);
    EXPECT_DOUBLE_EQ(angle_between_deg(20, 350), 30);
    EXPECT_DOUBLE_EQ(angle_between_deg(0, 180), 180);
}

TEST(Directory, FindsTheNearestAsAFullSearchDoes) {
    const auto cameras = strewn(5000, 1);
    Directory directory;
    ASSERT_TRUE(directory.load(lines_of(cameras)));
    std::mt19937 random(2);
    std::uniform_real_distribution<double> lon(126.5, 127.5), lat(37.3, 37.9);
    for (int i = 0; i < 200; ++i) {
        const Position place{lon(random), lat(random)};
        std::vector<Near> all;
        for (const auto& camera : directory.cameras())
            all.push_back({&camera, distance_m(place, camera.position())});
        std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.distance_m < b.distance_m; });
        const auto found = directory.nearest(place, 7);
        ASSERT_EQ(found.size(), 7U);
        for (std::size_t k = 0; k < found.size(); ++k) EXPECT_EQ(found[k].camera->id, all[k].camera->id);
    }
}

TEST(Directory, TheConnectedOnesWithinAreThoseOfAllThatAreConnected) {
    auto cameras = strewn(3000, 5);
    for (std::size_t i = 0; i < cameras.size(); ++i) {
        if (i % 7 != 0) cameras[i].state = State::not_connected;
    }
    Directory directory;
    ASSERT_TRUE(directory.load(lines_of(cameras)));
    std::set<std::string> all, connected;
    directory.within({127.0, 37.55}, 5000, [&](const Camera& camera, double) {
        if (camera.connected()) all.insert(camera.id.value);
    });
    directory.connected_within({127.0, 37.55}, 5000,
                               [&](const Camera& camera, double) { connected.insert(camera.id.value); });
    EXPECT_GT(all.size(), 5U);
    EXPECT_EQ(all, connected);
}

TEST(Directory, NearestAnswersAllThereAreAndNothingFromNothing) {
    Directory directory;
    EXPECT_TRUE(directory.nearest({127, 37.5}, 5).empty());
    EXPECT_TRUE(directory.in_box({124, 33, 132, 39}, {}).items.empty());
    EXPECT_TRUE(directory.matching("서울", {}).items.empty());
    ASSERT_TRUE(directory.load(lines_of(strewn(3, 1))));
    EXPECT_EQ(directory.nearest({-60, -37.5}, 5).size(), 3U);
    EXPECT_EQ(directory.nearest({127, 37.5}, 5, SiteId{"11200"}).size(), 1U);
    EXPECT_TRUE(directory.nearest({127, 37.5}, 5, SiteId{"11999"}).empty());
}

TEST(Directory, ABoxAnswersPagesWithoutGapOrRepeat) {
    const auto cameras = strewn(5000, 3);
    Directory directory;
    ASSERT_TRUE(directory.load(lines_of(cameras)));
    const Box box{126.9, 37.5, 127.0, 37.6};
    std::vector<std::string> expected;
    for (const auto& camera : directory.cameras()) {
        if (camera.lon >= box.west && camera.lon <= box.east && camera.lat >= box.south &&
            camera.lat <= box.north) {
            expected.push_back(camera.id.value);
        }
    }
    std::vector<std::string> got;
    Scope scope;
    scope.limit = 37;
    do {
        const auto page = directory.in_box(box, scope);
        EXPECT_LE(page.items.size(), 37U);
        for (const auto& id : ids(page)) got.push_back(id);
        scope.after = page.next;
    } while (!scope.after.empty());
    EXPECT_GT(expected.size(), 100U);
    EXPECT_EQ(got, expected);
    EXPECT_TRUE(directory.in_box({129, 35, 130, 36}, {}).items.empty());
}

TEST(Directory, SearchFindsByNameIdAndLeadingConsonants) {
    Directory directory;
    auto a = test_camera("11200-0001", 127.04, 37.54);
    a.name = "서울숲 정문";
    auto b = test_camera("11200-0002", 127.04, 37.54);
    b.name = "Hongdae 3번출구";
    ASSERT_TRUE(directory.load(line(a) + line(b)));
    EXPECT_EQ(ids(directory.matching("울숲 정", {})), std::vector<std::string>{"11200-0001"});
    EXPECT_EQ(ids(directory.matching("ㅅㅇㅅ", {})), std::vector<std::string>{"11200-0001"});
    EXPECT_EQ(ids(directory.matching("ㅅㅇㅅ ㅈㅁ", {})), std::vector<std::string>{"11200-0001"});
    EXPECT_EQ(ids(directory.matching("hongDAE", {})), std::vector<std::string>{"11200-0002"});
    EXPECT_EQ(ids(directory.matching("11200-", {})), (std::vector<std::string>{"11200-0001", "11200-0002"}));
    EXPECT_TRUE(directory.matching("ㅁㅍ", {}).items.empty());
    Scope one;
    one.limit = 1;
    EXPECT_EQ(directory.matching("11200-", one).next, "11200-0001");
    one.after = "11200-0001";
    EXPECT_EQ(ids(directory.matching("11200-", one)), std::vector<std::string>{"11200-0002"});
    EXPECT_EQ(directory.matching("11200-", one).next, "");
    one.after = "99999";
    EXPECT_TRUE(directory.matching("11200-", one).items.empty());
}

TEST(Directory, RefusesAnIdTwiceAndKeepsWhatItHad) {
    Directory directory;
    ASSERT_TRUE(directory.load(line(test_camera("11200-0001", 127, 37.5))));
    const auto again = directory.load(line(test_camera("11200-0002", 127, 37.5)) +
                                      line(test_camera("11200-0001", 127, 37.5)));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::conflict);
    EXPECT_NE(again.error().message.find("11200-0001"), std::string::npos);
    EXPECT_EQ(directory.size(), 1U);
    EXPECT_EQ(directory.find(CameraId{"11200-0002"}), nullptr);
}

TEST(Directory, ACauseStaysWithACameraThatIsAwayAndWithAPictureThatShowsNothing) {
    Directory directory;
    ASSERT_TRUE(directory.load(line(test_camera("11200-0001", 127, 37.5))));
    const CameraId id{"11200-0001"};
    const auto* camera = directory.find(id);
    EXPECT_TRUE(*directory.set_state(id, State::unreachable, "no answer to the connection in time", kNow, "timed_out"));
    EXPECT_EQ(camera->cause_code, "timed_out");
    EXPECT_TRUE(*directory.set_state(id, State::unreachable, "no answer to the connection in time", kNow, "Not a word!"));
    EXPECT_EQ(camera->cause_code, "");
    EXPECT_TRUE(*directory.set_state(id, State::streaming, "its pictures do not change", kNow, "frozen"));
    EXPECT_TRUE(camera->live());
    EXPECT_EQ(camera->cause + "/" + camera->cause_code, "its pictures do not change/frozen");
    EXPECT_FALSE(*directory.set_state(id, State::streaming, "its pictures do not change", kNow, "frozen"));
    EXPECT_TRUE(*directory.set_state(id, State::streaming, "", kNow, "none"));
    EXPECT_EQ(camera->cause + camera->cause_code, "");
    EXPECT_TRUE(*directory.set_state(id, State::idle, "nobody watches", kNow, "nobody_watches"));
    EXPECT_EQ(camera->cause + camera->cause_code, "");
    EXPECT_EQ(directory.set_site_unreachable(SiteId{"11200"}, "the link is down", kNow), 1U);
    EXPECT_EQ(camera->cause_code, "site_unreachable");
}

TEST(Directory, StateFollowsTelemetryInTheOrderOfItsTimes) {
    Directory directory;
    auto dead = test_camera("11200-0002", 127, 37.5);
    dead.state = State::not_connected;
    ASSERT_TRUE(directory.load(line(test_camera("11200-0001", 127, 37.5)) + line(dead)));
    const CameraId id{"11200-0001"};
    EXPECT_TRUE(*directory.set_state(id, State::unreachable, "refused", kNow));
    EXPECT_EQ(directory.find(id)->cause, "refused");
    EXPECT_FALSE(directory.find(id)->live());
    EXPECT_FALSE(*directory.set_state(id, State::streaming, "", kNow - std::chrono::seconds(1)));
    EXPECT_TRUE(*directory.set_state(id, State::streaming, "", kNow + std::chrono::seconds(1)));
    EXPECT_FALSE(*directory.set_state(id, State::streaming, "", kNow + std::chrono::seconds(2)));
    EXPECT_TRUE(directory.find(id)->live());
    EXPECT_EQ(directory.find(id)->cause, "");
    EXPECT_EQ(directory.set_state(CameraId{"11200-0002"}, State::streaming, "", kNow).error().kind,
              ErrorKind::conflict);
    EXPECT_EQ(directory.set_state(CameraId{"11200-9999"}, State::idle, "", kNow).error().kind,
              ErrorKind::not_found);
    EXPECT_EQ(directory.set_state(id, State::not_connected, "", kNow).error().kind, ErrorKind::invalid);
    EXPECT_EQ(directory.counts().at(SiteId{"11200"}), (Counts{1, 0, 0, 1}));
    EXPECT_EQ(directory.set_site_unreachable(SiteId{"11200"}, "the site does not answer",
                                             kNow + std::chrono::minutes(1)),
              1U);
    EXPECT_EQ(directory.counts().at(SiteId{"11200"}), (Counts{0, 0, 1, 1}));
}

TEST(Directory, ASitesNewCatalogueReplacesItsOldOneAndKeepsStates) {
    Directory directory;
    ASSERT_TRUE(directory.load(line(test_camera("11200-0001", 127, 37.5)) +
                               line(test_camera("11200-0002", 127, 37.5)) +
                               line(test_camera("11440-0001", 127, 37.5))));
    ASSERT_TRUE(*directory.set_state(CameraId{"11200-0001"}, State::streaming, "", kNow));
    ASSERT_TRUE(directory.replace_site(SiteId{"11200"}, line(test_camera("11200-0001", 127.1, 37.5)) +
                                                            line(test_camera("11200-0003", 127, 37.5))));
    EXPECT_EQ(directory.find(CameraId{"11200-0002"}), nullptr);
    EXPECT_NE(directory.find(CameraId{"11440-0001"}), nullptr);
    EXPECT_EQ(directory.find(CameraId{"11200-0001"})->state, State::streaming);
    EXPECT_DOUBLE_EQ(directory.find(CameraId{"11200-0001"})->lon, 127.1);
    const auto foreign = directory.replace_site(SiteId{"11200"}, line(test_camera("11440-0007", 127, 37.5)));
    EXPECT_EQ(foreign.error().kind, ErrorKind::invalid);
    EXPECT_EQ(directory.size(), 3U);
}

TEST(Directory, PrintsWhatThreeHundredThousandCamerasCost) {
    const auto lines = lines_of(strewn(300'000, 4));
    using Clock = std::chrono::steady_clock;  // tidy-ok: prints what it cost, asserts nothing of it
    auto from = Clock::now();
    const auto print = [&from](std::string_view what, int times) {
        const auto took = std::chrono::duration<double, std::milli>(Clock::now() - from).count() / times;
        std::cout << what << ": " << took << " ms\n";  // tidy-ok: a test's own output
        from = Clock::now();
    };
    Directory directory;
    ASSERT_EQ(directory.load(lines).value_or(0), 300'000U);
    print("load 300,000 cameras", 1);
    std::size_t found = 0;
    for (int i = 0; i < 1000; ++i) found += directory.nearest({126.9 + i * 1e-4, 37.55}, 20).size();
    EXPECT_EQ(found, 20'000U);
    print("nearest 20", 1000);
    EXPECT_TRUE(directory.matching("ㅎㄱㄷ", {}).items.empty());
    print("search without a hit", 1);
    EXPECT_EQ(directory.in_box({126, 37, 128, 38}, {.site = {}, .after = "", .limit = 1000}).items.size(),
              1000U);
    print("box over the whole city", 1);
}

}  // namespace
}  // namespace bongsu::device
