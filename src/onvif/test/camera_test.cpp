// The drivers against tests/onvif_camera.py, a camera that shares no code with them.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "crypto/crypto.hpp"
#include "env/posix.hpp"
#include "onvif/client.hpp"
#include "onvif/names.hpp"
#include "onvif/prober.hpp"
#include "onvif/test/python_camera.hpp"

namespace bongsu::onvif {
namespace {

using namespace std::chrono_literals;

constexpr auto kPassword = "p&ss<wörd>";

class CameraTest : public testing::Test {
  protected:
    void start(std::vector<std::string> arguments) {
        camera_ = std::make_unique<PythonCamera>(std::move(arguments));
        ASSERT_NE(camera_->http, 0) << "python3 tests/onvif_camera.py did not start";
        options_.camera = parse_place("127.0.0.1:" + std::to_string(camera_->http)).value();
        options_.credentials = {"admin", kPassword};
        options_.networks = address::Networks::parse({"127.0.0.0/8", "::1"}).value();
    }

    Result<Description> describe() {
        client_ = std::make_shared<Client>(loop_, env::process_env().clock, env::process_env().random, options_);
        Result<Description> got = fail(ErrorKind::cancelled, "never called");
        client_->describe([&got](Result<Description> result) { got = std::move(result); });
        loop_.restart();
        loop_.run();
        return got;
    }

    Result<soap::Answer> call(Call what) {
        Result<soap::Answer> got = fail(ErrorKind::cancelled, "never called");
        client_->call(std::move(what), [&got](Result<soap::Answer> result) { got = std::move(result); });
        loop_.restart();
        loop_.run();
        return got;
    }

    /// How often the camera did not know who asked.
    std::int64_t refused() {
        http::ClientRequest request;
        request.to = {boost::asio::ip::make_address("127.0.0.1"), camera_->http};
        request.host = "127.0.0.1";
        request.method = "GET";
        std::string body = "{}";
        const auto exchange = http::ClientExchange::start(loop_, std::move(request), [&body](const Result<http::ClientAnswer>& got) {
            if (got) body = got->body;
        });
        loop_.restart();
        loop_.run();
        return boost::json::parse(body).at("refused").as_int64();
    }

    PtzStatus status() { return read_ptz_status(call(ask_ptz_status("main profile")).value().body).value(); }

    void expect_whole(const Description& got) {
        EXPECT_FALSE(got.failed) << got.failed->message;
        ASSERT_TRUE(got.info);
        EXPECT_EQ(got.info->model, "Dome & Co");
        EXPECT_EQ(got.hostname, "dome");
        EXPECT_EQ(got.main.profile, "main profile");
        EXPECT_EQ(got.main.url, "rtsp://127.0.0.1:8554/main");
        EXPECT_EQ(got.sub.url, "rtsp://127.0.0.1:8554/sub");
        ASSERT_EQ(got.ptz_nodes.size(), 1U);
        EXPECT_TRUE(got.ptz_nodes[0].is_home_fixed);
        ASSERT_EQ(got.presets.size(), 1U);
        EXPECT_EQ(got.presets[0].name, "정문");
    }

    boost::asio::io_context loop_{1};
    std::unique_ptr<PythonCamera> camera_;
    Client::Options options_;
    std::shared_ptr<Client> client_;
};

TEST_F(CameraTest, LetsInByATokenOfItsOwnClock) {
    start({"--clock", "-32400"});
    const auto got = describe().value();
    expect_whole(got);
    EXPECT_EQ(got.media, MediaVersion::media2);
    EXPECT_NEAR(static_cast<double>(got.clock_offset->count()), -32'400'000.0, 3'000.0);
}

TEST_F(CameraTest, LetsInByDigest) {
    start({"--auth", "digest"});
    expect_whole(describe().value());
}

TEST_F(CameraTest, LetsInByDigestWithANonceForEachRequest) {
    start({"--auth", "digest", "--one-time-nonce"});
    expect_whole(describe().value());
}

TEST_F(CameraTest, LetsInWhoNamesNobody) {
    start({"--auth", "none"});
    options_.credentials = {};
    expect_whole(describe().value());
}

TEST_F(CameraTest, AnswersInChunks) {
    start({"--chunked", "--bom"});
    expect_whole(describe().value());
}

TEST_F(CameraTest, AnswersInHttp10UntilItCloses) {
    start({"--http10", "--bom"});
    expect_whole(describe().value());
}

TEST_F(CameraTest, KnowsNeitherGetServicesNorMedia2) {
    start({"--no-services", "--no-media2"});
    const auto got = describe().value();
    expect_whole(got);
    EXPECT_EQ(got.media, MediaVersion::media1);
}

TEST_F(CameraTest, CallsItselfByItsInnerAddress) {
    start({"--inner", "http://192.168.1.64"});
    expect_whole(describe().value());
}

TEST_F(CameraTest, RefusesAWrongPasswordTwiceAtMost) {
    for (const auto* way : {"token", "digest"}) {
        start({"--auth", way});
        options_.credentials.password = "wrong-secret";
        const auto got = describe().value();
        ASSERT_TRUE(got.failed);
        EXPECT_EQ(got.failed->kind, ErrorKind::unauthenticated);
        EXPECT_EQ(got.failed->message.find("wrong-secret"), std::string::npos);
        EXPECT_TRUE(got.profiles.empty());
        EXPECT_EQ(refused(), way == std::string("token") ? 1 : 2);
    }
}

TEST_F(CameraTest, IsTrustedOverTlsByItsCertificateAlone) {
    start({"--tls"});
    options_.camera.is_tls = true;
    const auto unknown = describe().value();
    ASSERT_TRUE(unknown.failed);
    EXPECT_EQ(unknown.failed->kind, ErrorKind::forbidden);
    EXPECT_TRUE(unknown.failed->message.ends_with(camera_->sha256)) << unknown.failed->message;
    options_.tls_sha256 = std::string(32, 'x');
    EXPECT_EQ(describe().value().failed->kind, ErrorKind::forbidden);
    options_.tls_sha256 = crypto::from_hex(camera_->sha256, "sha256").value();
    expect_whole(describe().value());
}

TEST_F(CameraTest, IsNotCalledOutsideOfTheCamerasNetworks) {
    start({});
    options_.networks = address::Networks::parse({"10.0.0.0/8"}).value();
    EXPECT_EQ(describe().error().kind, ErrorKind::forbidden);
    options_.camera.host = "localhost";
    EXPECT_EQ(describe().error().kind, ErrorKind::forbidden);
    options_.networks = address::Networks::parse({"127.0.0.0/8", "::1"}).value();
    options_.camera.host = "no-such-host.invalid";
    EXPECT_EQ(describe().error().kind, ErrorKind::not_found);
}

TEST_F(CameraTest, HangsAndIsLeft) {
    start({"--hang"});
    options_.request_time_max = 300ms;
    EXPECT_EQ(describe().value().failed->kind, ErrorKind::timeout);
    options_.request_time_max = 30s;
    options_.time_max = 300ms;
    EXPECT_EQ(describe().value().failed->kind, ErrorKind::timeout);
}

TEST_F(CameraTest, IsNotThere) {
    start({});
    camera_.reset();
    const auto got = describe().value();
    ASSERT_TRUE(got.failed);
    EXPECT_EQ(got.failed->kind, ErrorKind::unavailable);
}

TEST_F(CameraTest, Turns) {
    start({"--auth", "digest"});
    expect_whole(describe().value());
    const std::string profile = "main profile";
    ASSERT_TRUE(call(ask_continuous_move(profile, {0.2, -0.1, 0.1}, 10s)));
    EXPECT_TRUE(status().is_moving);
    ASSERT_TRUE(call(ask_stop(profile)));
    const auto stopped = status();
    EXPECT_FALSE(stopped.is_moving);
    EXPECT_GT(*stopped.position.pan, 0);
    EXPECT_LT(*stopped.position.tilt, 0);

    ASSERT_TRUE(call(ask_absolute_move(profile, {-0.5, 0.25, 0.75})));
    EXPECT_EQ(status().position, (Motion{-0.5, 0.25, 0.75}));
    ASSERT_TRUE(call(ask_absolute_move(profile, {{}, {}, 0.5})));
    EXPECT_EQ(status().position, (Motion{-0.5, 0.25, 0.5}));
    ASSERT_TRUE(call(ask_relative_move(profile, {0.25, 0.25, {}})));
    EXPECT_EQ(status().position, (Motion{-0.25, 0.5, 0.5}));

    const auto token = read_set_preset(call(ask_set_preset(profile, "후문 <2>")).value().body).value();
    ASSERT_TRUE(call(ask_goto_home(profile)));
    EXPECT_EQ(status().position, (Motion{0, 0, 0}));
    ASSERT_TRUE(call(ask_goto_preset(profile, token)));
    EXPECT_EQ(status().position, (Motion{-0.25, 0.5, 0.5}));
    const auto presets = read_presets(call(ask_presets(profile)).value().body).value();
    ASSERT_EQ(presets.size(), 2U);
    EXPECT_EQ(presets[1].name, "후문 <2>");

    EXPECT_EQ(call(ask_goto_preset(profile, "none")).error().kind, ErrorKind::not_found);
    EXPECT_EQ(call(ask_stop("no profile")).error().kind, ErrorKind::not_found);
    const auto too_long = call(ask_continuous_move(profile, {0.1, {}, {}}, 60s));
    EXPECT_EQ(too_long.error().message, "ContinuousMove: the camera says Sender, TimeoutNotSupported: at most ten seconds");
}

TEST_F(CameraTest, StandsStillByItselfWhenNobodyGoesOn) {
    start({"--auth", "none"});
    expect_whole(describe().value());
    ASSERT_TRUE(call(ask_continuous_move("main profile", {0.1, {}, {}}, 1s)));
    const auto end = env::process_env().clock.mono() + 10s;
    while (status().is_moving && env::process_env().clock.mono() < end) {
    }
    EXPECT_NEAR(*status().position.pan, 0.1, 0.001);
}

TEST_F(CameraTest, IsAskedOneThingAtATime) {
    start({"--auth", "none"});
    client_ = std::make_shared<Client>(loop_, env::process_env().clock, env::process_env().random, options_);
    int described = 0;
    Result<soap::Answer> second = fail(ErrorKind::cancelled, "never called");
    client_->describe([&described](const Result<Description>&) { ++described; });
    client_->call(ask_hostname(), [&second](Result<soap::Answer> result) { second = std::move(result); });
    loop_.run();
    EXPECT_EQ(described, 1);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
    client_->describe([&described](const Result<Description>&) { ++described; });
    client_->close();
    loop_.restart();
    loop_.run();
    EXPECT_EQ(described, 1);
}

TEST_F(CameraTest, AnswersAProbe) {
    start({});
    Prober::Options options;
    options.to = {boost::asio::ip::make_address_v4("127.0.0.1"), camera_->udp};
    options.time_max = 1s;
    const auto prober = std::make_shared<Prober>(loop_, env::process_env(), options);
    Result<Gathering> got = fail(ErrorKind::cancelled, "never called");
    prober->start([&got](Result<Gathering> result) { got = std::move(result); });
    loop_.run();
    ASSERT_TRUE(got);
    ASSERT_EQ(got->found().size(), 1U);
    const auto& match = got->found().begin()->second;
    EXPECT_EQ(match.name, "Dome & Co");
    EXPECT_EQ(match.location, "서울");
    EXPECT_EQ(match.from, "127.0.0.1");
    EXPECT_GE(got->counters().repeats, 1U);
    EXPECT_GE(got->counters().foreign, 1U);
}

}  // namespace
}  // namespace bongsu::onvif
