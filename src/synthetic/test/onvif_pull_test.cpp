// A camera that is given by its ONVIF device service: tests/onvif_camera.py says where, a synthetic camera shows.
#include "http/client.hpp"
#include "onvif/test/python_camera.hpp"
#include "synthetic/test/pulls.hpp"

namespace bongsu::synthetic {
namespace {

using ingest::Cause;
using ingest::Mode;

class OnvifPullTest : public PullTest {
  protected:
    /// Its streams are the synthetic cameras 0 and 1.
    void start(std::vector<std::string> arguments = {}) {
        arguments.insert(arguments.end(), {"--rtsp", std::to_string(port), "--main", "cam/00/main", "--sub", "cam/01/main"});
        device.emplace(std::move(arguments));
        ASSERT_NE(device->http, 0) << "python3 tests/onvif_camera.py did not start";
    }
    ingest::CameraSource source(Mode mode = Mode::always, const std::string& password = "p&ss<w\u00f6rd>") {
        ingest::OnvifSource onvif;
        onvif.device = onvif::parse_place("http://127.0.0.1:" + std::to_string(device ? device->http : 1) + "/onvif/device_service").value();
        onvif.credentials = {"admin", password};
        return {.id = a, .main_url = "", .sub_url = "", .mode = mode, .onvif = onvif};
    }
    /// What the camera was asked, how often it refused; a path may also move it.
    boost::json::object ask(const std::string& path = "/") {
        http::ClientRequest request;
        request.to = {boost::asio::ip::make_address("127.0.0.1"), device->http};
        request.host = "127.0.0.1";
        request.method = "GET";
        request.target = path;
        std::string body;
        const auto exchange = http::ClientExchange::start(loop, std::move(request), [&body](const Result<http::ClientAnswer>& got) { body = got ? got->body : "{}"; });
        EXPECT_TRUE(runs_until([&] { return !body.empty(); }));
        return boost::json::parse(body).as_object();
    }
    std::int64_t times(const std::string& operation) {
        const auto said = ask();
        const auto& asked = said.at("asked").as_array();
        return std::count_if(asked.begin(), asked.end(), [&](const auto& one) { return one.as_string() == operation; });
    }
    bool is_away(Cause cause) {
        return runs_until([&] { return causes.contains("a") && causes.at("a") == cause; });
    }
    const CameraId a{"a"};
    std::optional<onvif::PythonCamera> device;
};

TEST_F(OnvifPullTest, ItIsAskedOnceForBothStreamsWhichAreChosenAndPulled) {
    serve(2);
    start({"--clock", "-32400"});  // Its login is by its own clock.
    auto& supervisor = pull({source()});
    ASSERT_TRUE(runs_until([&] { return server->readers(0) == 1 && server->readers(1) == 1; })) << states["a"];
    ASSERT_TRUE(runs_until([&] { return supervisor.find(a, 0)->live() && supervisor.find(a, 360)->live(); }));
    EXPECT_EQ(states["a"], "streaming: ");
    EXPECT_EQ(times("GetSystemDateAndTime"), 1);
    EXPECT_EQ(times("GetProfiles"), 1);
    EXPECT_EQ(times("GetStreamUri"), 2);
    EXPECT_EQ(times("GetDeviceInformation"), 0);  // No more than is needed.
}

TEST_F(OnvifPullTest, WithoutMedia2TheOlderMediaServiceIsAsked) {
    serve(2);
    start({"--no-media2"});
    pull({source()});
    ASSERT_TRUE(runs_until([&] { return server->readers(0) == 1 && server->readers(1) == 1; })) << states["a"];
}

TEST_F(OnvifPullTest, OnDemandNobodyIsAskedBeforeSomebodyWatches) {
    serve(2);
    start();
    auto& supervisor = pull({source(Mode::demand)});
    loop.run_for(200ms);
    EXPECT_EQ(times("GetSystemDateAndTime"), 0);
    const hub::Cursor viewer(*supervisor.find(a, 360), [] {});
    ASSERT_TRUE(runs_until([&] { return supervisor.find(a, 360)->live(); }));
    EXPECT_EQ(server->readers(0), 0U);
}

TEST_F(OnvifPullTest, ACameraWithoutASmallStreamShowsItsMainOneToThoseWhoAskForIt) {
    serve(2);
    start({"--no-sub"});
    auto& supervisor = pull({source()});
    ASSERT_TRUE(runs_until([&] { return supervisor.find(a, 0)->live(); }));
    loop.run_for(200ms);
    EXPECT_EQ(server->readers(0), 1U);  // Not twice, while nobody asks.
    EXPECT_EQ(states["a"], "streaming: ");
    const hub::Cursor viewer(*supervisor.find(a, 360), [] {});
    ASSERT_TRUE(runs_until([&] { return supervisor.find(a, 360)->live(); }));
    EXPECT_EQ(server->readers(0), 2U);
}

TEST_F(OnvifPullTest, WhenItsStreamsHaveMovedItIsAskedAgain) {
    serve(2);
    start();
    pull({source()});
    ASSERT_TRUE(runs_until([&] { return server->readers(0) == 1; }));
    server.reset();
    serve(2);  // At another port.
    ask("/rtsp/" + std::to_string(port));
    const auto moved = clock.mono();
    ASSERT_TRUE(runs_until([&] { return server->readers(0) == 1 && server->readers(1) == 1; })) << states["a"];
    EXPECT_LT(clock.mono() - moved, 5s);
    EXPECT_GE(times("GetStreamUri"), 4);
}

TEST_F(OnvifPullTest, WhereItsOnvifIsSilentThenTheOldAddressIsTriedOnceMore) {
    serve(2);
    start();
    pull({source()});
    ASSERT_TRUE(runs_until([&] { return server->readers(0) == 1; }));
    device.reset();
    server->set_fault(0, Fault::refuse);
    loop.run_for(1s);
    server->set_fault(0, Fault::none);
    ASSERT_TRUE(runs_until([&] { return server->readers(0) == 1; }, 5s)) << states["a"];
}

TEST_F(OnvifPullTest, AWrongPasswordIsItsCauseAndNotTriedAgainSoon) {
    serve(2);
    start();
    pull({source(Mode::always, "wrong")});
    ASSERT_TRUE(is_away(Cause::credentials)) << states["a"];
    EXPECT_NE(states["a"].find("ONVIF: "), std::string::npos);
    EXPECT_EQ(states["a"].find("wrong\""), std::string::npos);
    loop.run_for(1500ms);
    EXPECT_LE(ask().at("refused").as_int64(), 2);
}

TEST_F(OnvifPullTest, TheStepThatFailedIsNamed) {
    serve(2);
    for (const char* step : {"GetProfiles", "GetStreamUri"}) {
        start({"--fail", step});
        pull({source()});
        ASSERT_TRUE(is_away(Cause::onvif)) << states["a"];
        EXPECT_NE(states["a"].find("ONVIF: "), std::string::npos) << states["a"];
        EXPECT_NE(states["a"].find(step), std::string::npos) << states["a"];
        pulls.reset();
        causes.clear();
    }
}

TEST_F(OnvifPullTest, NobodyThereIsToldApart) {
    pull({source()});
    ASSERT_TRUE(is_away(Cause::refused)) << states["a"];
    EXPECT_EQ(states["a"], "unreachable: ONVIF: GetSystemDateAndTime: not reached: Connection refused");
}

TEST_F(OnvifPullTest, ItsAddressIsCheckedBeforeItIsAsked) {
    serve(2);
    start();
    pull({source()}, {.reach = ingest::Reach::of_private(false)});
    ASSERT_TRUE(is_away(Cause::address)) << states["a"];
    pulls.reset();
    causes.clear();
    auto reach = ingest::Reach::of_private(true);
    reach.own_ports = {device->http};
    pull({source()}, {.reach = reach});
    ASSERT_TRUE(is_away(Cause::address)) << states["a"];
    EXPECT_EQ(times("GetSystemDateAndTime"), 0);
}

}  // namespace
}  // namespace bongsu::synthetic
