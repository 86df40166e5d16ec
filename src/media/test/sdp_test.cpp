#include "media/sdp.hpp"

#include <gtest/gtest.h>

#include <random>

#include "media/h264.hpp"

namespace bongsu::media {
namespace {

// The shape that Hikvision's cameras send: sound, metadata, absolute controls.
constexpr const char* kCamera =
    "v=0\r\no=- 1109162014219182 1109162014219192 IN IP4 0.0.0.0\r\ns=Media "
    "Presentation\r\ne=NONE\r\nb=AS:5100\r\nt=0 0\r\n"
    "a=control:rtsp://10.0.0.9:554/Streaming/Channels/101/\r\n"
    "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 "
    "PCMU/8000\r\na=control:rtsp://10.0.0.9:554/Streaming/Channels/101/trackID=2\r\n"
    "m=video 0 RTP/AVP 99\r\nb=AS:5000\r\na=recvonly\r\n"
    "a=control:rtsp://10.0.0.9:554/Streaming/Channels/101/trackID=1\r\na=rtpmap:99 H264/90000\r\n"
    "a=fmtp:99 profile-level-id=42C016; packetization-mode=1; "
    "sprop-parameter-sets=Z0LAFtoCgL/lwEQAAAMABAAAAwB4PFi6gA==,aM4PyA==\r\n"
    "m=application 0 RTP/AVP 107\r\na=control:trackID=3\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\n";

TEST(Sdp, TheVideoTrackOfACameraIsFoundAndItsSoundIsNot) {
    const auto track = parse_camera_sdp(kCamera);

    ASSERT_TRUE(track) << track.error().message;
    EXPECT_EQ(track->payload_type, 99);
    EXPECT_EQ(track->control, "rtsp://10.0.0.9:554/Streaming/Channels/101/trackID=1");
    EXPECT_EQ(track->session_control, "rtsp://10.0.0.9:554/Streaming/Channels/101/");
    EXPECT_EQ(track->format.width, 640);
    EXPECT_EQ(track->format.height, 360);
    EXPECT_TRUE(track->format.known());
}

TEST(Sdp, ACameraMaySpareItsParameterSets) {
    for (const char* fmtp :
         {"", "a=fmtp:96 packetization-mode=1\n", "a=fmtp:96 sprop-parameter-sets=!!!,??\n",
          "a=fmtp:97 sprop-parameter-sets=Z0LAFtoCgL/lwEQAAAMABAAAAwB4PFi6gA==,aM4PyA==\n"}) {
        const auto track =
            parse_camera_sdp("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 h264/90000\n" + std::string(fmtp));

        ASSERT_TRUE(track);
        EXPECT_FALSE(track->format.known());
        EXPECT_EQ(track->control, "");
    }
}

TEST(Sdp, ACameraWithoutH264IsToldSoInWords) {
    const auto track = parse_camera_sdp("v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n");

    ASSERT_FALSE(track);
    EXPECT_EQ(track.error().kind, ErrorKind::invalid);
    EXPECT_EQ(track.error().message, "the camera offers no H.264 video (it offers: H265/90000)");
    EXPECT_FALSE(parse_camera_sdp("v=0\r\nm=audio 0 RTP/AVP 0\r\n"));
    EXPECT_EQ(parse_camera_sdp("<html>").error().kind, ErrorKind::corrupt);
    EXPECT_EQ(parse_camera_sdp("v=0\r\n" + std::string(70'000, 'a')).error().kind, ErrorKind::corrupt);
}

TEST(Sdp, WhatWeWriteWeCanRead) {
    const auto camera = parse_camera_sdp(kCamera);
    ASSERT_TRUE(camera);

    const std::string text = write_sdp(camera->format, "11440-0001");
    const auto back = parse_camera_sdp(text);

    ASSERT_TRUE(back);
    EXPECT_EQ(back->payload_type, 96);
    EXPECT_EQ(back->control, "trackID=0");
    EXPECT_EQ(back->format.sps, camera->format.sps);
    EXPECT_EQ(back->format.pps, camera->format.pps);
    EXPECT_NE(text.find("profile-level-id=42c016"), std::string::npos);
}

TEST(Sdp, AnyMutationIsAnsweredWithoutHarm) {
    std::mt19937 seeded(3);
    const std::string original = kCamera;
    for (int i = 0; i < 200'000; ++i) {
        std::string text = original;
        for (unsigned n = 0; n <= seeded() % 4; ++n)
            text[seeded() % text.size()] = static_cast<char>(seeded());
        if (seeded() % 8 == 0) text.resize(seeded() % text.size());

        const auto track = parse_camera_sdp(text);

        if (track) {
            ASSERT_LE(track->payload_type, 127);
        } else {
            ASSERT_FALSE(track.error().message.empty());
        }
    }
}

}  // namespace
}  // namespace bongsu::media
