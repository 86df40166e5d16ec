#include "place/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <map>
#include <set>

#include "place/districts.hpp"
#include "place/groups.hpp"

namespace bongsu::place {
namespace {

const City& city() {
    static const City drawn = draw_city(1);
    return drawn;
}

CatalogueOptions options(std::size_t cameras, std::size_t streaming) {
    return {.cameras = cameras, .streaming = streaming, .rtsp_base = "rtsp://127.0.0.1:8480"};
}

Catalogue made(std::size_t cameras, std::size_t streaming) {
    auto catalogue = generate_catalogue(city(), options(cameras, streaming));
    EXPECT_TRUE(catalogue.has_value());
    return *std::move(catalogue);
}

std::vector<CameraLine> connected(const Catalogue& catalogue) {
    std::vector<CameraLine> found;
    for (const auto& [site, cameras] : catalogue) {
        std::copy_if(cameras.begin(), cameras.end(), std::back_inserter(found),
                     [](const CameraLine& camera) { return camera.connected; });
    }
    return found;
}

bool sees(const CameraLine& camera, Position spot) {
    const Position stands{camera.lon, camera.lat};
    return distance_m(stands, spot) <= camera.range &&
           angle_between_deg(bearing_deg(stands, spot), camera.bearing) <= camera.fov / 2.0;
}

TEST(Catalogue, TheSameSeedMakesTheSameBytes) {
    const Catalogue first = made(2'000, 48);
    const Catalogue again = *generate_catalogue(draw_city(1), options(2'000, 48));
    const Catalogue other = *generate_catalogue(draw_city(2), options(2'000, 48));
    ASSERT_EQ(first.size(), again.size());
    for (std::size_t i = 0; i < first.size(); ++i)
        EXPECT_EQ(to_jsonl(first[i].second), to_jsonl(again[i].second));
    EXPECT_NE(to_jsonl(first[1].second), to_jsonl(other[1].second));
}

TEST(Catalogue, IdsAreUniqueAndBelongToTheirSite) {
    const Catalogue catalogue = made(2'000, 48);
    std::set<std::string> ids;
    EXPECT_EQ(catalogue.front().first, "11000");
    EXPECT_EQ(catalogue.size(), kDistricts + 1);
    for (const auto& [site, cameras] : catalogue) {
        for (const CameraLine& camera : cameras) {
            EXPECT_TRUE(ids.insert(camera.id).second) << camera.id;
            EXPECT_TRUE(camera.id.starts_with(site + "-"));
            EXPECT_EQ(camera.site, site);
            EXPECT_EQ(camera.connected, !camera.main.empty() && !camera.sub.empty());
            EXPECT_EQ(camera.owner.size(), 11U);
            EXPECT_GE(camera.bearing, 0);
            EXPECT_LT(camera.bearing, 360);
        }
    }
    EXPECT_EQ(ids.size(), 2'000U);
}

TEST(Catalogue, UnconnectedCamerasStandInTheirDistrictInProportion) {
    const Catalogue catalogue = made(10'000, 48);
    for (const auto& [site, cameras] : catalogue) {
        if (site == kCentreSite) continue;
        EXPECT_GT(cameras.size(), 150U) << site;
        EXPECT_LT(cameras.size(), 900U) << site;
        std::size_t inside = 0;
        for (const CameraLine& camera : cameras) {
            const auto district = district_at(to_plane(Position{camera.lon, camera.lat}));
            inside += district && districts()[*district].code == site ? 1U : 0U;
        }
        EXPECT_GT(static_cast<double>(inside), 0.9 * static_cast<double>(cameras.size()))
            << site;  // Streets cross borders.
    }
}

TEST(Catalogue, EachGroupHasTwelveCamerasWithin500MetresAndTheirNumbersInTurn) {
    const Catalogue catalogue = made(2'000, 48);
    std::map<std::string, int> count;
    for (const CameraLine& camera : connected(catalogue)) {
        const auto group = static_cast<std::size_t>(camera.number / 12);
        const StreamGroup& own = groups()[group];
        EXPECT_EQ(camera.site, own.site) << camera.id;
        EXPECT_EQ(camera.owner, own.owner) << camera.id;
        EXPECT_LE(distance_m(Position{camera.lon, camera.lat}, own.middle), kGroupRadius) << camera.id;
        const std::string number = (camera.number < 10 ? "0" : "") + std::to_string(camera.number);
        EXPECT_EQ(camera.main, "rtsp://127.0.0.1:8480/cam/" + number + "/main");
        EXPECT_EQ(camera.sub, "rtsp://127.0.0.1:8480/cam/" + number + "/sub");
        ++count[camera.site];
    }
    EXPECT_EQ(count,
              (std::map<std::string, int>{{"11000", 12}, {"11200", 12}, {"11440", 12}, {"11650", 12}}));
    const auto numbers = streaming_cameras(catalogue);
    ASSERT_EQ(numbers.size(), 48U);
    for (int i = 0; i < 48; ++i) EXPECT_EQ(numbers[static_cast<std::size_t>(i)].number, i);
    EXPECT_TRUE(numbers[11].park);
    EXPECT_FALSE(numbers[12].park);
    EXPECT_EQ(numbers[12].name, "마포 홍대입구역 1");
}

TEST(Catalogue, AnyPointInAGroupsMiddleIsSeenBySixCamerasFromAllSidesForAnySeed) {
    for (const std::uint64_t seed : {1U, 2U, 3U, 2019U}) {
        const auto cameras = connected(*generate_catalogue(draw_city(seed), options(48, 48)));
        for (const StreamGroup& group : groups()) {
            for (int step = 0; step < 36; ++step) {
                const Position spot = moved(group.middle, step * 10.0, step % 3 * 30.0);
                std::set<int> quarters;
                const auto seeing =
                    std::count_if(cameras.begin(), cameras.end(), [&](const CameraLine& camera) {
                        if (camera.site != group.site || !sees(camera, spot)) return false;
                        quarters.insert(static_cast<int>(bearing_deg(spot, {camera.lon, camera.lat}) / 90));
                        return true;
                    });
                EXPECT_GE(seeing, 6) << group.place_ko << " seed " << seed << " step " << step;
                EXPECT_GE(quarters.size(), 3U) << group.place_ko << " seed " << seed << " step " << step;
            }
        }
    }
}

TEST(Catalogue, AtTheParksEdgeBothOwnersSee) {
    const Catalogue catalogue = made(2'000, 48);
    const Position park = groups()[0].middle;
    const Position station = groups()[2].middle;
    const Position edge{(park.lon + station.lon) / 2, (park.lat + station.lat) / 2};
    std::map<std::string, int> seeing;
    for (const CameraLine& camera : connected(catalogue)) seeing[camera.site] += sees(camera, edge) ? 1 : 0;
    EXPECT_GE(seeing["11000"], 3);
    EXPECT_GE(seeing["11200"], 3);
}

TEST(Catalogue, SmallerGroupsKeepTheirOrder) {
    for (const std::size_t streaming : {4U, 8U, 24U, 44U}) {
        const auto cameras = streaming_cameras(made(streaming, streaming));
        ASSERT_EQ(cameras.size(), streaming);
        EXPECT_EQ(cameras[streaming / 4].name, "마포 홍대입구역 1");
    }
}

TEST(Catalogue, ThreeHundredThousandHaveFiveDigitsWhereNeeded) {
    const Catalogue catalogue = made(300'000, 48);
    std::size_t total = 0;
    std::set<std::string> ids;
    for (const auto& [site, cameras] : catalogue) {
        total += cameras.size();
        for (const CameraLine& camera : cameras) ids.insert(camera.id);
        EXPECT_TRUE(std::is_sorted(cameras.begin(), cameras.end(),
                                   [](const CameraLine& a, const CameraLine& b) { return a.id < b.id; }))
            << site;
    }
    EXPECT_EQ(total, 300'000U);
    EXPECT_EQ(ids.size(), 300'000U);
}

TEST(Catalogue, LinesAreTheJsonThatTheDirectoryReads) {
    const Catalogue catalogue = made(2'000, 48);
    const std::set<std::string_view> keys{"id",  "name",    "site",      "owner", "lon",
                                          "lat", "bearing", "fov",       "range", "height",
                                          "ptz", "purpose", "connected", "main",  "sub"};
    const std::string text = to_jsonl(catalogue[0].second) + to_jsonl(catalogue[1].second);
    std::size_t lines = 0;
    for (std::size_t begin = 0; begin < text.size(); ++lines) {
        const std::size_t end = text.find('\n', begin);
        const boost::json::object line = boost::json::parse(text.substr(begin, end - begin)).as_object();
        ASSERT_EQ(line.size(), keys.size());
        for (const auto& field : line) EXPECT_TRUE(keys.contains(std::string_view(field.key())));
        EXPECT_NEAR(line.at("lon").to_number<double>(), 127.0, 0.3);
        EXPECT_TRUE(line.at("ptz").is_bool());
        begin = end + 1;
    }
    EXPECT_EQ(lines, catalogue[0].second.size() + catalogue[1].second.size());
}

TEST(Catalogue, BadOptionsAreRefusedByName) {
    const auto refused = [](CatalogueOptions asked, std::string_view field) {
        const auto catalogue = generate_catalogue(city(), asked);
        ASSERT_FALSE(catalogue.has_value());
        EXPECT_EQ(catalogue.error().kind, ErrorKind::invalid);
        EXPECT_TRUE(catalogue.error().message.starts_with(field)) << catalogue.error().message;
    };
    refused(options(2'000, 0), "streaming");
    refused(options(2'000, 10), "streaming");
    refused(options(2'000, 52), "streaming");
    refused(options(40, 48), "cameras");
    refused(options(300'001, 48), "cameras");
    refused({.cameras = 2'000, .streaming = 48, .rtsp_base = "http://x"}, "rtsp_base");
}

}  // namespace
}  // namespace bongsu::place
