// The shift log, what a shift leaves to the next one, and what is reported as wanting.
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

class LogbookTest : public testing::Test {
  protected:
    static constexpr std::string_view kNight = "/api/v1/duty/shifts/2026-09-21-night";
    json::object get(std::string_view caller, const std::string& path) {
        const auto answer = world.ask(caller, "GET", path);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return body_of(answer);
    }
    /// The night is over and a minute of the day has passed; sessions live on.
    void go_to_day() {
        const auto day = parse_rfc3339("2026-09-21T22:01:00Z", "day").value();
        while (world.clock().wall() < day) {
            world.clock().advance(std::min<std::chrono::microseconds>(10min, day - world.clock().wall()));
            for (const auto* caller : {"operator", "supervisor", "official", "police"}) ASSERT_EQ(world.ask(caller, "GET", "/api/v1/me").status, 200);
        }
        world.run(app::Tick{});
    }
    std::string night(const std::string& more = {}) { return std::string(kNight) + more; }

    World world;
};

TEST_F(LogbookTest, TheLogFillsItselfFromWhatEveryRoomHasOnRecord) {
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/duty/notes", {{"text", "비가 많이 옴"}}).status, 201);
    const auto log = get("police", night("/log"));
    const auto has = [&](std::string_view kind) {
        for (const auto& line : log.at("lines").as_array()) {
            if (line.at("kind").as_string() == kind) return true;
        }
        return false;
    };
    for (const auto* kind : {"came", "noted", "incident", "ended"}) EXPECT_TRUE(has(kind)) << kind;
    EXPECT_EQ(log.at("persons").as_array().size(), 3U);
    std::string before;
    for (const auto& line : log.at("lines").as_array()) {
        EXPECT_LE(before, std::string(line.at("at").as_string()));
        before = line.at("at").as_string();
    }
    EXPECT_EQ(world.ask("police", "GET", "/api/v1/duty/shifts/2026-09-21-noon/log").status, 404);
}

TEST_F(LogbookTest, AShiftLeavesItsBriefWhenItEndsAndTheNextOneAcknowledgesIt) {
    ASSERT_EQ(world.ask("operator", "POST", "/api/v1/duty/notes", {{"text", "7번 카메라 흐림"}, {"handOver", true}}).status, 201);
    EXPECT_EQ(world.ask("operator", "GET", night("/brief")).status, 404) << "it has not ended";
    go_to_day();

    const auto brief = get("official", night("/brief"));
    EXPECT_EQ(brief.at("to"), "2026-09-22-day");
    std::map<std::string, std::string> text_of;
    for (const auto& item : brief.at("items").as_array()) {
        const auto* text = item.at("text").if_string();
        text_of[std::string(item.at("kind").as_string())] = text == nullptr ? "" : std::string(*text);
    }
    EXPECT_EQ(text_of["note"], "7번 카메라 흐림");
    EXPECT_TRUE(text_of.contains("incident")) << "what is open";
    EXPECT_TRUE(text_of.contains("missing")) << "nobody is planned for the day";
    EXPECT_EQ(body_of(world.ask("operator", "POST", night("/brief/acks"), {{"kind", "missing"}, {"subject", "police"}})).at("type"), "/problems/not_of_that_shift");
    EXPECT_EQ(world.entries_of("duty.brief_frozen"), 1U);
    world.restart();
    world.run(app::Tick{});
    EXPECT_EQ(world.entries_of("duty.brief_frozen"), 1U) << "once";
}

TEST_F(LogbookTest, AShiftThatEndedWhileTheProcessWasAwayLeavesItsBriefToo) {
    world.clock().advance(9h);
    world.restart();
    world.run(app::Tick{});
    EXPECT_EQ(world.entries_of("duty.brief_frozen"), 1U);
}

TEST_F(LogbookTest, ABriefThatIsLostWithItsBatchIsLeftWhenThereIsRoom) {
    world.clock().advance(9h);
    world.restart();
    world.disk().disk_full(true);
    world.run(app::Tick{});
    EXPECT_EQ(world.entries_of("duty.brief_frozen"), 0U);
    world.disk().disk_full(false);
    for (int i = 0; i < 10; ++i) {
        world.clock().advance(1s);
        world.run(app::Tick{});
    }
    EXPECT_EQ(world.entries_of("duty.brief_frozen"), 1U);
}

TEST_F(LogbookTest, ResultsCountWhatWasDoneAndNamePersonsToTheOfficialAlone) {
    auto request = request_of("GET", "/api/v1/duty/results");
    request.query = {{"from", "2026-09-20"}, {"days", "3"}};
    const auto results = body_of(world.ask("supervisor", request));
    EXPECT_TRUE(results.at("persons").is_null());
    ASSERT_EQ(results.at("shifts").as_array().size(), 4U) << "the night that runs is the last";
    const auto& night = results.at("shifts").at(3).as_object();
    EXPECT_EQ(night.at("id"), "2026-09-21-night");
    EXPECT_EQ(night.at("came"), 3);
    EXPECT_EQ(night.at("planned"), 3);
    EXPECT_EQ(night.at("absent"), 0);
    EXPECT_GT(night.at("work").at("opened").as_int64(), 0);
    EXPECT_EQ(night.at("findings").as_array().size(), 9U) << "none is a figure too";
    EXPECT_EQ(results.at("shifts").at(0).at("work").at("opened"), 0);
    const auto persons = get("official", "/api/v1/duty/results?from=2026-09-21").at("persons").as_array();
    EXPECT_EQ(persons.size(), 3U);
    for (const auto* bad : {"?days=0", "?days=32", "?from=x", "?day=1"}) EXPECT_EQ(world.ask("official", "GET", std::string("/api/v1/duty/results") + bad).status, 400) << bad;
}

TEST_F(LogbookTest, AReportIsAnsweredToWhoMadeIt) {
    const auto made = world.ask("operator", "POST", "/api/v1/duty/shortcomings", {{"text", "화장실 불이 나감"}});
    ASSERT_EQ(made.status, 201) << made.body;
    const auto path = "/api/v1/duty/shortcomings/" + std::string(body_of(made).at("no").as_string());
    EXPECT_EQ(world.ask("operator", "POST", path + "/assign", {{"user", "x"}}).status, 403);
    EXPECT_EQ(body_of(world.ask("supervisor", "POST", path + "/assign", {{"user", "x"}})).at("field"), "user");
    EXPECT_EQ(world.ask("police", "POST", path + "/answer", {{"text", "고침"}}).status, 403);
    ASSERT_EQ(world.ask("supervisor", "POST", path + "/assign", {{"user", world.user("police").value}}).status, 201);
    ASSERT_EQ(world.ask("police", "POST", path + "/answer", {{"text", "고침"}}).status, 201);
    const auto items = get("operator", "/api/v1/duty/shortcomings").at("items").as_array();
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].at("state"), "answered");
    EXPECT_EQ(items[0].at("answer"), "고침");
    EXPECT_TRUE(get("operator", "/api/v1/duty/shortcomings?open=true").at("items").as_array().empty());
    EXPECT_EQ(body_of(world.ask("operator", "GET", "/api/v1/duty/shortcomings?open=yes")).at("field"), "open");
}

TEST_F(LogbookTest, WhoSitsNowhereWritesNothing) {
    ASSERT_EQ(world.ask("operator", "DELETE", "/api/v1/duty/seat").status, 200);
    for (const auto* path : {"/api/v1/duty/notes", "/api/v1/duty/shortcomings"}) EXPECT_EQ(body_of(world.ask("operator", "POST", path, {{"text", "x"}})).at("type"), "/problems/not_at_a_seat") << path;
}

}  // namespace
}  // namespace bongsu::policy
