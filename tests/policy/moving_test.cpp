// A target that moves: its cameras, its trail and what lies ahead of it, at the API.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <set>

#include "device/catalogue.hpp"
#include "grant/read.hpp"
#include "incident/fold.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

constexpr std::int32_t kLon = 1'269'780'000, kLat = 375'665'000;  // Where the incidents of this world are told.
constexpr std::int32_t kMetre = 113;                              // Of longitude there, in 1e-7 degrees.

using Ids = std::set<std::string>;

/// A road to the east with a camera each 100 m, which sees 40 m of it.
class MovingTest : public testing::Test {
  protected:
    MovingTest() {
        stream();
        id = called("M1", 0);
    }

    static Ground ground() {
        Ground out{{}, R"({"type":"Feature","properties":{"class":"street"},"geometry":{"type":"LineString","coordinates":[[126.9700,37.5665],[126.9900,37.5665]]}})" "\n{\n"};
        for (int i = 0; i < kCameras; ++i) out.cameras += device::catalogue_line(camera(i), device::Urls::keep);
        return out;
    }
    void stream() {
        for (int i = 0; i < kCameras; ++i) world.run(app::MediaInput{{{"t", "camera"}, {"id", camera(i).id.value}, {"state", "streaming"}, {"cause", ""}}});
    }
    static device::Camera camera(int number) {
        device::Camera out;
        out.id.value = "11000-" + std::to_string(1000 + number);
        out.site.value = "11000";
        out.name = "길 카메라";
        out.owner.value = "B1100000000";
        out.lon = (kLon + (number - 2) * 100 * kMetre) / 1e7;
        out.lat = kLat / 1e7 - 0.00012;
        out.field_of_view = 90;
        out.range_m = 40;
        out.purpose = "crime";
        out.main_url = "rtsp://127.0.0.1:9/" + out.id.value;
        out.state = device::State::idle;
        return out;
    }
    event::scsns::WriterEvent message(const std::string& number, const std::string& state, int east_m) {
        event::scsns::WriterEvent event;
        event.number = number;
        event.grade = "10";
        event.state = state;
        event.position = event::Position{kLon + east_m * kMetre, kLat};
        event.occurred_at = event.state_time = world.clock().wall();
        return event;
    }
    std::string called(const std::string& number, int east_m) {
        EXPECT_EQ(world.room112_sends(message(number, "10", east_m)).at("result"), "0");
        const auto list = body_of(world.ask("operator", "GET", "/api/v1/incidents"));
        return std::string(list.at("items").at(0).at("id").as_string());
    }
    void moves(int east_m, const std::string& number = "M1") { EXPECT_EQ(world.room112_sends(message(number, "40", east_m)).at("result"), "0"); }
    void wait(std::chrono::seconds time) {
        world.clock().advance(time);
        world.run(app::Tick{});
    }
    json::object ahead(const std::string& more = {}) { return body_of(world.ask("operator", "GET", "/api/v1/incidents/" + id + "/ahead" + more)); }
    json::object incident() { return body_of(world.ask("operator", "GET", "/api/v1/incidents/" + id)); }

    /// The cameras of the 112 room's own grant.
    Ids granted() {
        Ids out;
        const auto grants = grant::live_grants_of_incident(world.site().book().db(), {id}, world.clock().wall()).value();
        for (const auto& grant : grants) {
            if (grant.holder.agency != AgencyId{"P1100000000"}) continue;
            for (const auto& one : grant.cameras) out.insert(one.value);
        }
        return out;
    }
    Ids chosen(const std::string& word) {
        Ids out;
        const auto cameras = incident::cameras(world.site().book().db(), {id}).value();
        for (const auto& one : cameras) {
            for (const auto& reason : one.reasons) {
                if (reason.substr(0, reason.find(':')) == word) out.insert(one.id.value);
            }
        }
        return out;
    }
    static bool holds(const Ids& all, const Ids& some) { return std::includes(all.begin(), all.end(), some.begin(), some.end()); }
    static Ids of(const json::value& list) {
        Ids out;
        for (const auto& item : list.as_array()) out.insert(std::string(item.at("id").as_string()));
        return out;
    }

    static constexpr int kCameras = 14;
    World world{{}, app::kDemonstrationArea, {}, ground()};
    std::string id;
};

TEST_F(MovingTest, TheCamerasBeforeItComeAtOnceAndThoseBehindItLeaveLate) {
    const auto first = granted();
    EXPECT_EQ(first.size(), 6U);
    EXPECT_TRUE(chosen("next").empty()) << "nothing moves yet";
    wait(20s);
    moves(120);
    const auto second = granted();
    EXPECT_TRUE(holds(second, first)) << "nobody who looked is cut";
    EXPECT_FALSE(chosen("next").empty());
    EXPECT_TRUE(holds(second, chosen("next")));
    const auto behind = chosen("leaving");
    wait(10s);
    EXPECT_TRUE(holds(granted(), behind));
    wait(6s);
    for (const auto& camera : behind) EXPECT_FALSE(granted().contains(camera)) << camera;
    EXPECT_TRUE(chosen("leaving").empty());
    EXPECT_FALSE(granted().empty());
}

TEST_F(MovingTest, WhoRunsOnKeepsNoCameraForLongerThanItsTime) {
    for (int step = 1; step <= 8; ++step) {
        const auto before = granted();
        wait(5s);
        moves(30 * step + 60 * step);
        // What is left out now was left behind 15 s ago at least.
        for (const auto& camera : before) {
            const bool stays = granted().contains(camera);
            EXPECT_TRUE(stays || step >= 3) << camera;
        }
    }
    wait(16s);
    EXPECT_TRUE(chosen("leaving").empty());
    EXPECT_LE(granted().size(), 14U);
    const Ids now = of(ahead().at("now"));
    EXPECT_TRUE(holds(granted(), now));
}

TEST_F(MovingTest, WhatLiesAheadIsToldWithTheTrail) {
    EXPECT_FALSE(ahead().at("moves").as_bool());
    EXPECT_EQ(ahead().at("trail").as_array().size(), 1U);
    wait(20s);
    moves(100);
    auto told = ahead();
    EXPECT_TRUE(told.at("moves").as_bool());
    EXPECT_EQ(told.at("pace"), "run") << "100 m in 20 s";
    EXPECT_EQ(told.at("headingDeg"), 90);
    EXPECT_EQ(told.at("trail").as_array().size(), 2U);
    EXPECT_TRUE(told.at("onRoad").as_bool());
    EXPECT_FALSE(told.at("coming").as_array().empty());
    EXPECT_EQ(told.at("exits").as_array().size(), 2U) << "a road has two ways out";
    EXPECT_TRUE(told.at("allExits").as_bool());
    EXPECT_FALSE(told.at("next").as_array().empty());
    for (const auto& camera : told.at("next").as_array()) {
        EXPECT_EQ(of(told.at("now")).count(std::string(camera.at("id").as_string())), 0U);
        EXPECT_LE(camera.at("inS").as_int64(), 60);
    }
    EXPECT_EQ(incident().at("moves"), 1);
    EXPECT_GT(body_of(world.ask("operator", "GET", "/api/v1/incidents/" + id + "/ahead?pace=car")).at("coming").at(0).as_array().size(), 1U);
}

TEST_F(MovingTest, WordsAloneMakeNoPlaceYounger) {
    wait(20s);
    moves(100);
    wait(70s);
    auto words = message("M1", "40", 100);
    words.position = std::nullopt;
    words.text = "검은 옷";
    EXPECT_EQ(world.room112_sends(words).at("result"), "0");
    const auto told = ahead();
    EXPECT_GE(told.at("ageS").as_int64(), 70);
    EXPECT_GE(told.at("ageS").as_int64(), told.at("staleAfterS").as_int64());
    EXPECT_EQ(told.at("trail").as_array().size(), 2U);
    EXPECT_EQ(incident().at("moves"), 1);
    moves(100);
    EXPECT_EQ(ahead().at("ageS"), 0) << "seen there again";
    EXPECT_EQ(incident().at("moves"), 1) << "which is no other place";
}

TEST_F(MovingTest, ItIsTheCentresOwnAndEndsWithTheIncident) {
    wait(20s);
    moves(100);
    for (const auto* caller : {"room112", "room119"}) EXPECT_EQ(world.ask(caller, "GET", "/api/v1/incidents/" + id + "/ahead").status, 403) << caller;
    EXPECT_EQ(body_of(world.ask("operator", "GET", "/api/v1/incidents/" + id + "/ahead?pace=plane")).at("field"), "pace");
    EXPECT_EQ(world.ask("operator", "GET", "/api/v1/incidents/" + std::string(kUnknownId) + "/ahead").status, 404);
    const auto looks = world.entries_of("record.read");
    EXPECT_EQ(world.ask("police", "GET", "/api/v1/incidents/" + id + "/ahead").status, 200);
    EXPECT_EQ(world.entries_of("record.read"), looks + 1) << "who looks is on record";
    world.room112_sends(message("M1", "91", 100));
    EXPECT_EQ(world.ask("operator", "GET", "/api/v1/incidents/" + id + "/ahead").status, 409);
    wait(20s);
    EXPECT_TRUE(granted().empty());
}

TEST_F(MovingTest, ARestartForgetsNoCameraThatHasToLeave) {
    wait(20s);
    moves(300);
    ASSERT_FALSE(chosen("leaving").empty());
    world.restart();
    world.run(app::MediaUp{});
    stream();
    world.run(app::Tick{});
    EXPECT_FALSE(chosen("leaving").empty()) << "its time begins anew";
    wait(16s);
    EXPECT_TRUE(chosen("leaving").empty());
}

}  // namespace
}  // namespace bongsu::policy
