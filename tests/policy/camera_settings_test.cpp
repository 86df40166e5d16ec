#include "app/camera_settings.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "env/posix.hpp"
#include "rtsp/test/certificate.hpp"

namespace bongsu::app {
namespace {

using namespace std::chrono_literals;

class CameraSettingsTest : public testing::Test {
  protected:
    CameraSettingsTest() { std::filesystem::create_directories(data + "/11440"); }
    ~CameraSettingsTest() override { std::filesystem::remove_all(data); }
    Result<CameraSettings> read(const std::string& text) {
        EXPECT_TRUE(disk.replace(data + "/11440/cameras.toml", text));
        return read_camera_settings(disk, data, site);
    }
    ingest::CameraSource reached(const CameraSettings& settings, const std::string& id) {
        ingest::CameraSource out{.id = CameraId{id}, .main_url = "", .sub_url = ""};
        settings.apply(out);
        return out;
    }
    const std::string data = testing::TempDir() + "camera-settings-" + std::to_string(::getpid());
    const SiteId site{"11440"};
    env::PosixDisk disk;
};

TEST_F(CameraSettingsTest, WithoutAFileCamerasArePulledByTcpFromAnywhere) {
    const auto settings = read_camera_settings(disk, data, site);
    ASSERT_TRUE(settings);
    EXPECT_FALSE(settings->pull.networks);
    EXPECT_EQ(reached(*settings, "11440-0001").transport, rtsp::Transport::tcp);
    EXPECT_EQ(settings->pull.clock.offset_alarm, 1s);
}

TEST_F(CameraSettingsTest, TheSiteAndEachCameraHaveTheirSettings) {
    ASSERT_TRUE(disk.replace(data + "/11440/ca.pem", rtsp::test::make_certificate("IP:10.0.0.1").pem));
    const auto settings = read("networks = [\"10.1.0.0/16\"]\nauthorities_file = \"ca.pem\"\ntransport = \"auto\"\nclock_offset_ms = 2000\nclock_drift_ppm = 50\n"
                               "[camera.11440-0001]\ntransport = \"udp\"\n[camera.11440-0002]\ntls_sha256 = \"" + std::string(64, 'A') +
                               "\"\n[camera.11440-0003]\ntls_insecure = true\n");
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_TRUE(settings->pull.networks->contains(boost::asio::ip::make_address("10.1.2.3")));
    EXPECT_TRUE(settings->pull.tls_trust);
    EXPECT_EQ(settings->pull.clock.offset_alarm, 2s);
    EXPECT_EQ(settings->pull.clock.drift_alarm_ppm, 50);
    EXPECT_EQ(reached(*settings, "11440-0001").transport, rtsp::Transport::udp);
    EXPECT_EQ(reached(*settings, "11440-0002").tls.sha256, std::string(64, 'A'));
    EXPECT_EQ(reached(*settings, "11440-0002").transport, rtsp::Transport::automatic);
    EXPECT_TRUE(reached(*settings, "11440-0003").tls.insecure);
    EXPECT_EQ(reached(*settings, "11440-0004").transport, rtsp::Transport::automatic);
}

TEST_F(CameraSettingsTest, AllThatCannotBeIsSaidAtOnce) {
    const auto settings = read("networks = [\"10.1.0.0/99\"]\nauthorities_file = \"none.pem\"\ntransport = \"both\"\nclock_offset_ms = 0\nodd = 1\n"
                               "[camera.a]\ntls_sha256 = \"12\"\ntls_insecure = 1\nudp = true\n");
    ASSERT_FALSE(settings);
    for (const char* name : {"networks", "authorities_file", "transport", "clock_offset_ms", "odd", "camera.a.tls_sha256", "camera.a.tls_insecure", "camera.a.udp"}) {
        EXPECT_NE(settings.error().message.find("\n  " + std::string(name) + " "), std::string::npos) << name << settings.error().message;
    }
}

}  // namespace
}  // namespace bongsu::app
