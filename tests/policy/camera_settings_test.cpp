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
        return read_camera_settings(disk, data, site, place);
    }
    void write_password(const std::string& text, std::filesystem::perms mode = std::filesystem::perms::owner_read) {
        const auto path = data + "/11440/camera-password";
        EXPECT_TRUE(disk.replace(path, text));
        std::filesystem::permissions(path, mode);
    }
    ingest::CameraSource reached(const CameraSettings& settings, const std::string& id) {
        ingest::CameraSource out{.id = CameraId{id}, .main_url = "", .sub_url = ""};
        settings.apply(out);
        return out;
    }
    const std::string data = testing::TempDir() + "camera-settings-" + std::to_string(::getpid());
    const SiteId site{"11440"};
    env::PosixDisk disk;
    MediaPlace place;
};

TEST_F(CameraSettingsTest, WithoutAFileCamerasArePulledByTcpFromPrivateNetworks) {
    const auto settings = read_camera_settings(disk, data, site, {.is_on_loopback = false, .own_ports = {11000}});
    ASSERT_TRUE(settings);
    ASSERT_TRUE(settings->pull.reach.networks && settings->pull.reach.is_default);
    EXPECT_TRUE(settings->pull.reach.networks->contains(boost::asio::ip::make_address("192.168.0.1")));
    EXPECT_FALSE(settings->pull.reach.networks->contains(boost::asio::ip::make_address("127.0.0.1")));
    EXPECT_FALSE(settings->pull.reach.networks->contains(boost::asio::ip::make_address("169.254.169.254")));
    EXPECT_EQ(settings->pull.reach.own_ports, (std::vector<std::uint16_t>{11000}));
    EXPECT_EQ(reached(*settings, "11440-0001").transport, rtsp::Transport::tcp);
    EXPECT_EQ(settings->pull.clock.offset_alarm, 1s);
}

TEST_F(CameraSettingsTest, ASiteOnThisMachineAloneMayHaveItsCamerasThere) {
    place.is_on_loopback = true;
    EXPECT_TRUE(read("transport = \"tcp\"")->pull.reach.networks->contains(boost::asio::ip::make_address("127.0.0.1")));
    // Networks that are written down replace the default.
    const auto written = read("networks = [\"10.0.0.0/8\"]");
    EXPECT_FALSE(written->pull.reach.networks->contains(boost::asio::ip::make_address("127.0.0.1")));
    EXPECT_FALSE(written->pull.reach.is_default);
}

TEST_F(CameraSettingsTest, OurOwnPortsAreThoseOfAllSitesOfThisMachine) {
    City city;
    const auto add = [&city](bool joined, int http, int rtsp) {
        auto& one = city.sites.emplace_back();
        one.joined = joined;
        one.http = http;
        one.media = http + 1;
        one.rtsp = rtsp;
    };
    add(true, 11000, 8554);
    add(true, 11100, 11102);
    add(false, 0, 0);
    const auto ports = own_ports(city);
    for (const int port : {11000, 11001, 11020, 8554, 11100, 11102}) EXPECT_NE(std::find(ports.begin(), ports.end(), port), ports.end()) << port;
    for (const int port : {11400, 554, 0}) EXPECT_EQ(std::find(ports.begin(), ports.end(), port), ports.end()) << port;
}

TEST_F(CameraSettingsTest, AnOnvifCameraIsGivenByItsDeviceServiceAndItsLogin) {
    write_password("p&ss<w\u00f6rd>\n");
    const auto settings = read("[camera.11440-0001]\nonvif = \"https://10.1.2.3:8443/onvif/device_service\"\nuser = \"admin\"\npassword_file = \"camera-password\"\ntls_sha256 = \"" +
                               std::string(64, 'a') + "\"\n[camera.11440-0002]\nonvif = \"http://cam.local/onvif/device_service\"\n");
    ASSERT_TRUE(settings) << settings.error().message;
    const auto source = reached(*settings, "11440-0001");
    ASSERT_TRUE(source.onvif);
    EXPECT_EQ(source.onvif->device.text(), "https://10.1.2.3:8443/onvif/device_service");
    EXPECT_EQ(source.onvif->credentials.password, "p&ss<w\u00f6rd>");
    EXPECT_EQ(source.onvif->tls_sha256, std::string(32, '\xAA'));
    EXPECT_EQ(reached(*settings, "11440-0002").onvif->credentials.user, "");
    EXPECT_FALSE(reached(*settings, "11440-0003").onvif);
}

TEST_F(CameraSettingsTest, WhatAnOnvifCameraLacksIsNamed) {
    write_password("secret", std::filesystem::perms::owner_read | std::filesystem::perms::others_read);
    const auto settings = read("[camera.a]\nonvif = \"rtsp://10.1.2.3\"\n[camera.b]\nuser = \"admin\"\n[camera.c]\nonvif = \"http://10.1.2.3/\"\nuser = \"admin\"\n"
                               "[camera.d]\nonvif = \"http://10.1.2.3/\"\nuser = \"admin\"\npassword_file = \"camera-password\"\n[camera.e]\nonvif = \"10.1.2.3\"\n");
    ASSERT_FALSE(settings);
    for (const char* name : {"camera.a.onvif", "camera.b.user", "camera.c.password_file", "camera.d.password_file", "camera.e.onvif"})
        EXPECT_NE(settings.error().message.find("\n  " + std::string(name) + " "), std::string::npos) << name << settings.error().message;
    EXPECT_EQ(settings.error().message.find("secret"), std::string::npos);
}

TEST_F(CameraSettingsTest, TheSiteAndEachCameraHaveTheirSettings) {
    ASSERT_TRUE(disk.replace(data + "/11440/ca.pem", rtsp::test::make_certificate("IP:10.0.0.1").pem));
    const auto settings = read("networks = [\"10.1.0.0/16\"]\nauthorities_file = \"ca.pem\"\ntransport = \"auto\"\nclock_offset_ms = 2000\nclock_drift_ppm = 50\n"
                               "[camera.11440-0001]\ntransport = \"udp\"\n[camera.11440-0002]\ntls_sha256 = \"" + std::string(64, 'A') +
                               "\"\n[camera.11440-0003]\ntls_insecure = true\n");
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_TRUE(settings->pull.reach.networks->contains(boost::asio::ip::make_address("10.1.2.3")));
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
