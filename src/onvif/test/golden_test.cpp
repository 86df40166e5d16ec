// Each maker's camera, from its first answer to its streams.
#include <gtest/gtest.h>

#include "onvif/discovery.hpp"
#include "onvif/names.hpp"
#include "scripted_camera.hpp"

namespace bongsu::onvif {
namespace {

using namespace std::chrono_literals;
using test::Camera;
using test::describe;
using test::has_note;

TEST(Golden, Hikvision) {
    Camera camera("hikvision");
    const auto got = describe(camera, "203.0.113.7:8080");
    EXPECT_FALSE(got.failed);
    EXPECT_EQ(got.info->maker, "HIKVISION");
    EXPECT_EQ(got.time.zone, "CST-8:00:00");
    EXPECT_TRUE(got.time.is_by_ntp);
    EXPECT_EQ(got.hostname, "HikvisionCAM");
    EXPECT_EQ(got.interfaces.at(0).mac, "00:00:5e:00:53:01");
    EXPECT_EQ(got.interfaces.at(0).ipv4, "192.168.1.64/24");
    EXPECT_EQ(got.media, MediaVersion::media2);
    EXPECT_EQ(got.main.profile, "Profile_1");
    EXPECT_EQ(got.main.reason, "the largest picture, 2688x1520 H.265");
    EXPECT_EQ(got.main.url, "rtsp://203.0.113.7:554/Streaming/Channels/101?transportmode=unicast&profile=Profile_1");
    EXPECT_EQ(got.sub.profile, "Profile_2");
    EXPECT_EQ(got.snapshot, "http://203.0.113.7/onvif-http/snapshot?Profile_1");
    EXPECT_EQ(got.profiles.at(0).video->pictures_per_group, 50);
    EXPECT_EQ(got.profiles.at(0).video->frames_per_second, 25);
    EXPECT_TRUE(got.ptz_nodes.empty());
    EXPECT_TRUE(has_note(got, "calls itself 192.168.1.64"));
    // The port that was dialled is the one that NAT lets in.
    EXPECT_EQ(camera.log.at(5), "GetProfiles.media2 http://203.0.113.7:8080/onvif/Media2");
}

TEST(Golden, Dahua) {
    Camera camera("dahua");
    const auto got = describe(camera);
    EXPECT_FALSE(got.failed);
    EXPECT_EQ(got.clock_offset, 1500ms);
    EXPECT_EQ(got.media, MediaVersion::media1);
    EXPECT_EQ(got.interfaces.at(0).mac, "00:00:5e:00:53:02");
    EXPECT_EQ(got.interfaces.at(0).ipv4, "192.0.2.108/24");
    EXPECT_EQ(got.hostname, "");  // It does not know the question.
    EXPECT_EQ(got.main.url, "rtsp://192.0.2.108:554/cam/realmonitor?channel=1&subtype=0&unicast=true&proto=Onvif");
    EXPECT_EQ(got.sub.profile, "MediaProfile00001");  // The smaller one is JPEG.
    ASSERT_EQ(got.ptz_nodes.size(), 1U);
    EXPECT_EQ(got.ptz_nodes[0].ranges.pan, (Range{-1, 1}));  // The generic space, not the degrees before it.
    EXPECT_EQ(got.ptz_nodes[0].ranges.zoom, (Range{0, 1}));
    EXPECT_EQ(got.ptz_nodes[0].ranges.tilt_speed, (Range{-1, 1}));
    EXPECT_FALSE(got.ptz_nodes[0].ranges.pan_by);
    EXPECT_EQ(got.ptz_nodes[0].presets_max, 300);
    EXPECT_TRUE(got.ptz_nodes[0].has_home);
    ASSERT_EQ(got.ptz_configurations.size(), 1U);
    EXPECT_EQ(got.ptz_configurations[0].timeout, 10s);
    EXPECT_EQ(got.ptz_configurations[0].tilt_limits, (Range{-1, 0.5}));
    ASSERT_EQ(got.presets.size(), 2U);
    EXPECT_EQ(got.presets[0].name, "정문");
    EXPECT_EQ(got.presets[0].position, (Motion{0.25, -0.1, 0.5}));
    EXPECT_EQ(got.presets[1].position, Motion{});
}

TEST(Golden, DahuaWhileItTurns) {
    const auto document = xml::Document::parse(*test::read_file("dahua/GetStatus.xml")).value();
    const auto status = soap::read(200, *test::read_file("dahua/GetStatus.xml"), ask_ptz_status("MediaProfile00000")).value();
    const auto got = read_ptz_status(status.body).value();
    EXPECT_TRUE(got.is_moving);
    EXPECT_EQ(got.position, (Motion{-0.5, 0.125, 0.0}));
}

TEST(Golden, VideoEncodersOfBothMedia) {
    const auto old = soap::read(200, *test::read_file("dahua/GetVideoEncoderConfigurations.xml"), ask_encoders(MediaVersion::media1)).value();
    const auto of_old = read_encoders(MediaVersion::media1, old.body).value();
    ASSERT_EQ(of_old.size(), 2U);
    EXPECT_EQ(of_old[0].encoding, Encoding::h264);
    EXPECT_EQ(of_old[0].pictures_per_group, 50);
    EXPECT_EQ(of_old[1].encoding, Encoding::jpeg);
    const auto newer = soap::read(200, *test::read_file("hikvision/GetVideoEncoderConfigurations.media2.xml"), ask_encoders(MediaVersion::media2)).value();
    const auto of_new = read_encoders(MediaVersion::media2, newer.body).value();
    ASSERT_EQ(of_new.size(), 1U);
    EXPECT_EQ(of_new[0].encoding, Encoding::h265);
    EXPECT_EQ(of_new[0].width, 2688);
}

TEST(Golden, Hanwha) {
    Camera camera("hanwha");
    camera.instead["GetProfiles /onvif/media_service_old"] = test::answer(404, "");
    const auto got = describe(camera);
    EXPECT_FALSE(got.failed);
    EXPECT_EQ(got.main.profile, "H.264 profile 2");
    EXPECT_EQ(got.main.url, "rtsp://192.0.2.108:554/profile2/media.smp");
    EXPECT_EQ(got.sub.profile, "PLUGINFREE profile 1");
    EXPECT_EQ(got.sub.url, "rtsp://192.0.2.108:554/profile1/media.smp");
    EXPECT_EQ(got.interfaces.at(0).mac, "00:00:5e:00:53:03");
    EXPECT_TRUE(has_note(got, "the camera's clock is 9 h 0 min ahead"));
    EXPECT_TRUE(has_note(got, "more than one Media service"));
}

TEST(Golden, Axis) {
    Camera camera("axis");
    const auto got = describe(camera);
    EXPECT_FALSE(got.failed);
    EXPECT_EQ(got.clock_offset, -500ms);
    EXPECT_TRUE(got.time.has_daylight_saving);
    EXPECT_EQ(got.info->serial, "00005E005304");
    EXPECT_EQ(got.hostname, "axis-00005e005304");
    EXPECT_EQ(got.main.url, "rtsp://192.0.2.108/onvif-media/media.amp?profile=profile_1_h264&sessiontimeout=60&streamtype=unicast");
    EXPECT_EQ(got.profiles.at(0).video->kbits_per_second, 0);  // 2^31-1 is its word for no limit.
    EXPECT_EQ(got.sub.profile, "");
    EXPECT_EQ(got.sub.reason, "no other H.264 picture of this lens is at least 320 wide");
    EXPECT_EQ(got.snapshot, "http://192.0.2.108/onvif-cgi/jpg/image.cgi?resolution=1920x1080&compression=30");
}

TEST(Golden, Xiongmai) {
    Camera camera("xiongmai");
    const auto got = describe(camera, "192.168.1.10:8899");
    EXPECT_FALSE(got.failed);
    EXPECT_EQ(got.main.profile, "000");
    EXPECT_EQ(got.sub.profile, "001");
    EXPECT_TRUE(has_note(got, "GetServices: the camera answered 400 without saying why; asked in the older way"));
    EXPECT_TRUE(has_note(got, "behind"));
    EXPECT_EQ(got.interfaces.at(0).mac, "");
    EXPECT_EQ(without_secrets(got.main.url), "rtsp://192.168.1.10:554/user=admin_password=***_channel=1_stream=0.sdp?real_stream");
    EXPECT_EQ(without_secrets(got.snapshot), "http://192.168.1.10:80/webcapture.jpg?command=snap&channel=0&user=admin&password=***");
}

TEST(Golden, WhoAnswersAProbe) {
    const std::string id = "urn:uuid:6f1c9a3e-0000-4000-8000-000000000001";
    const auto hikvision = read_probe_matches(*test::read_file("hikvision/ProbeMatches.xml"), id).value();
    ASSERT_EQ(hikvision.size(), 1U);
    EXPECT_EQ(hikvision[0].name, "HIKVISION DS-2CD0000-L");
    EXPECT_EQ(hikvision[0].hardware, "DS-2CD0000-L");
    EXPECT_EQ(hikvision[0].location, "city/hangzhou");
    EXPECT_EQ(hikvision[0].xaddrs.size(), 2U);
    EXPECT_EQ(hikvision[0].scopes.size(), 6U);
    // An id in capitals without "urn:", a prefix that nobody declared, a name in Korean.
    const auto xiongmai = read_probe_matches(*test::read_file("xiongmai/ProbeMatches.xml"), id).value();
    ASSERT_EQ(xiongmai.size(), 1U);
    EXPECT_EQ(xiongmai[0].location, "성동구");
    EXPECT_EQ(xiongmai[0].xaddrs[0], "http://192.168.1.10:8899/onvif/device_service");
    EXPECT_EQ(read_probe_matches(*test::read_file("hikvision/ProbeMatches.xml"), "urn:uuid:0").error().kind, ErrorKind::conflict);
}

}  // namespace
}  // namespace bongsu::onvif
