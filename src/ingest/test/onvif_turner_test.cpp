// The driver that turns cameras against tests/onvif_camera.py, whose dome turns by itself.
#include "ingest/onvif_turner.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

#include "env/posix.hpp"
#include "http/client.hpp"
#include "onvif/test/python_camera.hpp"

namespace bongsu::ingest {
namespace {

using namespace std::chrono_literals;
using Act = TurnOrder::Act;

class OnvifTurnerTest : public testing::Test {
  protected:
    void start(std::vector<std::string> arguments = {}, std::string password = "p&ss<wörd>") {
        camera_ = std::make_unique<onvif::PythonCamera>(std::move(arguments));
        ASSERT_NE(camera_->http, 0) << "python3 tests/onvif_camera.py did not start";
        OnvifSource source;
        source.device = onvif::parse_place("127.0.0.1:" + std::to_string(camera_->http)).value();
        source.credentials = {"admin", std::move(password)};
        turner_ = std::make_shared<OnvifTurner>(loop_, env_.clock, env_.random, reach_, std::move(source));
    }
    void TearDown() override {
        if (turner_) turner_->close();
        loop_.restart();
        loop_.run();
    }

    /// Runs the loop until `is_so`, or 5 s have passed; answers whether it became so.
    bool until(const std::function<bool()>& is_so) {
        const auto end = env_.clock.mono() + 5s;
        while (!is_so() && env_.clock.mono() < end) {
            loop_.restart();
            loop_.run_for(10ms);
        }
        return is_so();
    }
    /// Gives the order; its answer stands in answers_ under `name`.
    void give(const std::string& name, TurnOrder order) {
        turner_->order(std::move(order), [this, name](Result<std::vector<onvif::Preset>> got) { answers_.insert_or_assign(name, std::move(got)); });
    }
    Result<std::vector<onvif::Preset>> ask(TurnOrder order) {
        answers_.erase("one");
        give("one", std::move(order));
        EXPECT_TRUE(until([this] { return answers_.contains("one"); }));
        return answers_.at("one");
    }
    boost::json::object state() {
        http::ClientRequest request;
        request.to = {boost::asio::ip::make_address("127.0.0.1"), camera_->http};
        request.host = "127.0.0.1";
        request.method = "GET";
        std::string body;
        const auto exchange = http::ClientExchange::start(loop_, std::move(request), [&body](const Result<http::ClientAnswer>& got) { body = got ? got->body : "{}"; });
        until([&body] { return !body.empty(); });
        return boost::json::parse(body).as_object();
    }
    bool is_moving() { return state().at("dome").at("moving").as_bool(); }
    double pan() { return state().at("dome").at("at").at(0).to_number<double>(); }
    std::size_t asked(std::string_view operation) {
        const auto all = state().at("asked").as_array();
        return static_cast<std::size_t>(std::count(all.begin(), all.end(), boost::json::value(operation)));
    }

    env::Env& env_ = env::process_env();
    boost::asio::io_context loop_{1};
    Reach reach_ = Reach::of_private(true);
    std::unique_ptr<onvif::PythonCamera> camera_;
    std::shared_ptr<OnvifTurner> turner_;
    std::map<std::string, Result<std::vector<onvif::Preset>>> answers_;
};

TEST_F(OnvifTurnerTest, AMoveThatNobodyRepeatsIsStoppedByUsBeforeTheCameraDoes) {
    start();
    ASSERT_TRUE(ask({.act = Act::presets}));  // Known by now: what follows is one call.
    ASSERT_TRUE(ask({.act = Act::move, .speed = {.pan = 0.5, .tilt = 0.0, .zoom = {}}, .lasts = 300ms}));
    EXPECT_TRUE(is_moving());

    EXPECT_TRUE(until([this] { return !is_moving(); }));

    EXPECT_EQ(asked("Stop"), 1U);
    EXPECT_GT(pan(), 0.05);
    EXPECT_LT(pan(), 0.45) << "the camera's own timeout would have been 0.5";
}

TEST_F(OnvifTurnerTest, AMoveThatIsRepeatedGoesOnAndAStopEndsIt) {
    start();
    ASSERT_TRUE(ask({.act = Act::presets}));
    const auto begun = env_.clock.mono();
    while (env_.clock.mono() - begun < 1500ms) {
        ASSERT_TRUE(ask({.act = Act::move, .speed = {.pan = 0.2, .tilt = 0.0, .zoom = {}}, .lasts = 500ms}));
        until([&, at = env_.clock.mono()] { return env_.clock.mono() - at > 100ms; });
    }
    EXPECT_EQ(asked("Stop"), 0U);

    ASSERT_TRUE(ask({.act = Act::stop}));

    EXPECT_FALSE(is_moving());
    EXPECT_EQ(asked("Stop"), 1U);
    EXPECT_GT(pan(), 0.2) << "beyond one timeout";
}

TEST_F(OnvifTurnerTest, WhatWaitsGivesWayToTheNewest) {
    start();
    // The camera is not known yet: all but the newest of these is never asked.
    give("left", {.act = Act::move, .speed = {.pan = -1.0, .tilt = 0.0, .zoom = {}}, .lasts = 1000ms});
    give("right", {.act = Act::move, .speed = {.pan = 1.0, .tilt = 0.0, .zoom = {}}, .lasts = 1000ms});
    give("stop", {.act = Act::stop});
    ASSERT_TRUE(until([this] { return answers_.size() == 3; }));

    EXPECT_TRUE(answers_.at("left") && answers_.at("right") && answers_.at("stop"));
    EXPECT_EQ(asked("ContinuousMove"), 0U);
    EXPECT_EQ(asked("Stop"), 1U);
    EXPECT_EQ(pan(), 0.0);
}

TEST_F(OnvifTurnerTest, ItsPresetsAreNamedAndGoneTo) {
    start();
    const auto presets = ask({.act = Act::presets}).value();
    ASSERT_EQ(presets.size(), 1U);
    EXPECT_EQ(presets[0].name, "정문");

    ASSERT_TRUE(ask({.act = Act::preset, .preset = presets[0].token}));
    EXPECT_DOUBLE_EQ(pan(), 0.25);
    ASSERT_TRUE(ask({.act = Act::home}));
    EXPECT_DOUBLE_EQ(pan(), 0.0);

    const auto unknown = ask({.act = Act::preset, .preset = "77"});
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().message.find("there is no such preset"), std::string::npos) << unknown.error().message;
    EXPECT_TRUE(ask({.act = Act::home})) << "one refusal is not the end";
}

TEST_F(OnvifTurnerTest, AWrongPasswordIsTriedOnce) {
    start({}, "another");
    const auto first = ask({.act = Act::home}), second = ask({.act = Act::home});
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().kind, ErrorKind::unauthenticated);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message, first.error().message);
    EXPECT_EQ(first.error().message.find("another"), std::string::npos);
    EXPECT_LE(state().at("refused").as_int64(), 2);
}

TEST_F(OnvifTurnerTest, ARefusalOfTheCamerasIsInItsOwnWordsAndNotTheEnd) {
    start({"--fail", "ContinuousMove"});
    const auto refused = ask({.act = Act::move, .speed = {.pan = 1.0, .tilt = 0.0, .zoom = {}}, .lasts = 200ms});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("not today"), std::string::npos) << refused.error().message;
    EXPECT_TRUE(ask({.act = Act::home}));
}

}  // namespace
}  // namespace bongsu::ingest
