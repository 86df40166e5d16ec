#include "app/media_settings.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <filesystem>

#include "app/media_tls.hpp"
#include "env/posix.hpp"
#include "rtsp/test/certificate.hpp"

namespace bongsu::app {
namespace {

using namespace std::chrono_literals;

class MediaSettingsTest : public testing::Test {
  protected:
    MediaSettingsTest() {
        std::filesystem::create_directories(folder);
        keep("media.pem", shown.pem);
        keep("media.key", shown.key_pem);
    }
    ~MediaSettingsTest() override { std::filesystem::remove_all(data); }
    void keep(const std::string& name, const std::string& text, unsigned mode = 0600) {
        EXPECT_TRUE(disk.replace(folder + "/" + name, text));
        std::filesystem::permissions(folder + "/" + name, static_cast<std::filesystem::perms>(mode));
    }
    Result<MediaSettings> read(const std::string& text) {
        keep("site.toml", text);
        return read_media_settings(disk, data, site);
    }
    std::string why(const std::string& text) {
        const auto read_ = read(text);
        return read_ ? "" : read_.error().message;
    }
    const std::string data = testing::TempDir() + "media-settings-" + std::to_string(::getpid());
    const SiteId site{"11440"};
    const std::string folder = data + "/11440";
    env::PosixDisk disk;
    rtsp::test::TestCertificate shown = rtsp::test::make_certificate("IP:127.0.0.1");
};

const std::string kGood = "[media]\nrtsps = {certificate_file = \"media.pem\", key_file = \"media.key\", port = 8322}\n";

TEST_F(MediaSettingsTest, WithoutATableRtspIsPlain) {
    for (const auto& settings : {read_media_settings(disk, data, site), read(""), read("[store]\nkind = \"sqlite\"\n")}) {
        ASSERT_TRUE(settings);
        EXPECT_FALSE(settings->rtsps);
        EXPECT_TRUE(settings->plain_rtsp);
    }
}

TEST_F(MediaSettingsTest, HalfOfTheCoresTranscodeUnlessTheSettingsSayHowMany) {
    EXPECT_GE(read("")->transcodes, 1U);
    EXPECT_EQ(read("")->transcodes, MediaSettings::transcodes_by_default());
    for (const unsigned many : {0U, 1U, 256U}) EXPECT_EQ(read("[media]\ntranscodes = " + std::to_string(many) + "\n")->transcodes, many);
    for (const auto* odd : {"-1", "257", "\"2\"", "1.5", "true"}) {
        EXPECT_NE(why(std::string("[media]\ntranscodes = ") + odd + "\n").find("media.transcodes must be a number from 0 to 256"), std::string::npos) << odd;
    }
}

TEST_F(MediaSettingsTest, FilesStandBesideTheSettings) {
    const auto settings = read(kGood + "plain_rtsp = false\n");

    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->rtsps->certificate_file, folder + "/media.pem");
    EXPECT_EQ(settings->rtsps->key_file, folder + "/media.key");
    EXPECT_EQ(settings->rtsps->port, 8322);
    EXPECT_FALSE(settings->plain_rtsp);
}

TEST_F(MediaSettingsTest, WhatCannotBeIsNamed) {
    const auto path = folder + "/site.toml:";
    EXPECT_EQ(why("[media]\nrtsps = {}\n"), path + "\n  media.rtsps.certificate_file must name a file\n  media.rtsps.key_file must name a file\n  media.rtsps.port must be a number from 1 to 65535");
    EXPECT_EQ(why("[media]\nrtsps = true\nplain_rtsp = 1\nhls = 2\n"),
              path + "\n  media.hls is not a setting\n  media.plain_rtsp must be true or false\n  media.rtsps must be a table: {certificate_file, key_file, port}");
    EXPECT_EQ(why("media = 3\n"), path + "\n  media must be a table");
    EXPECT_EQ(why("[media]\nplain_rtsp = false\n"), path + "\n  media.plain_rtsp is off, and media.rtsps is not there: nobody could watch by RTSP");
    for (const auto* port : {"0", "65536", "-1", "\"8322\""}) {
        EXPECT_EQ(why(std::string("[media]\nrtsps = {certificate_file = \"media.pem\", key_file = \"media.key\", port = ") + port + "}\n"),
                  path + "\n  media.rtsps.port must be a number from 1 to 65535");
    }
    keep("media.key", shown.key_pem, 0640);
    EXPECT_NE(why(kGood).find("media.rtsps.key_file must be its owner's alone (chmod 600)"), std::string::npos) << why(kGood);
    keep("media.key", rtsp::test::make_certificate("IP:127.0.0.1").key_pem);
    EXPECT_NE(why(kGood).find("media.rtsps.key_file does not belong to certificate_file"), std::string::npos) << why(kGood);
    keep("media.key", "");
    EXPECT_NE(why(kGood).find("media.rtsps.key_file holds no private key"), std::string::npos) << why(kGood);
    keep("media.pem", "no");
    EXPECT_NE(why(kGood).find("media.rtsps.certificate_file holds no certificate"), std::string::npos) << why(kGood);
    std::filesystem::remove(folder + "/media.pem");
    EXPECT_NE(why(kGood).find("media.rtsps.certificate_file cannot be read"), std::string::npos) << why(kGood);
}

/// A certificate lives for weeks, a city for years.
TEST_F(MediaSettingsTest, ARenewedCertificateIsShownOnceItHolds) {
    using Tcp = boost::asio::ip::tcp;
    boost::asio::io_context loop;
    boost::asio::thread_pool disk_thread(1);
    auto& env = env::process_env();
    Tcp::acceptor acceptor(loop, {boost::asio::ip::address_v4::loopback(), 0});
    const auto at = acceptor.local_endpoint();
    int taken = 0;
    const auto door = MediaTls::open({loop, disk_thread, env, acceptor.release(), *read(kGood)->rtsps, [&](int fd, const auto&) {
                                          ++taken;
                                          ::close(fd);
                                      },
                                      50ms});
    ASSERT_TRUE(door) << door.error().message;
    const auto shows = [&](const std::string& sha256) {
        Tcp::socket socket(loop);
        socket.connect(at);
        socket.non_blocking(true);
        const auto tls = *rtsp::Tls::client(*rtsp::TlsTrust::make(""), {.sha256 = sha256}, "x", socket.native_handle());
        for (int i = 0; i < 200 && !tls->secure() && errno == EAGAIN; ++i) loop.run_one_for(5ms);
        return tls->is_secured();
    };
    EXPECT_TRUE(shows(shown.sha256));
    const auto renewed = rtsp::test::make_certificate("IP:127.0.0.1");
    keep("media.pem", renewed.pem);  // Its key comes later.
    loop.run_for(500ms);
    EXPECT_TRUE(shows(shown.sha256));

    keep("media.key", renewed.key_pem);
    loop.run_for(500ms);

    EXPECT_TRUE(shows(renewed.sha256));
    EXPECT_FALSE(shows(shown.sha256));
    loop.run_for(50ms);
    EXPECT_GE(taken, 3);
    disk_thread.join();
}

}  // namespace
}  // namespace bongsu::app
