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

// libx265's parameter sets (tests/golden/media), as Dahua's cameras write them.
constexpr const char* kH265 =
    "v=0\r\no=- 2252310609 2252310609 IN IP4 0.0.0.0\r\ns=Media Server\r\nc=IN IP4 0.0.0.0\r\nt=0 "
    "0\r\na=control:*\r\n"
    "a=packetization-supported:DH\r\na=range:npt=now-\r\nm=video 0 RTP/AVP 98\r\na=control:trackID=0\r\n"
    "a=framerate:25.000000\r\na=rtpmap:98 H265/90000\r\n"
    "a=fmtp:98 profile-id=1;sprop-sps=QgEBAWAAAAMAkAAAAwAAAwAeoCCBBZZKkkyvAWgIAAADAAgAAAMAUEA=;"
    "sprop-pps=RAHBcrQiQA==;sprop-vps=QAEMAf//AWAAAAMAkAAAAwAAAwAekoCQ\r\na=recvonly\r\n"
    "m=audio 0 RTP/AVP 97\r\na=control:trackID=1\r\na=rtpmap:97 MPEG4-GENERIC/48000\r\n";

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

TEST(Sdp, AnH265TrackHasThreeParameterSets) {
    const auto track = parse_camera_sdp(kH265);

    ASSERT_TRUE(track) << track.error().message;
    EXPECT_EQ(track->payload_type, 98);
    EXPECT_EQ(track->format.codec, Codec::h265);
    EXPECT_TRUE(track->format.known());
    EXPECT_EQ(track->format.width, 64);
    EXPECT_EQ(track->format.height, 64);
    EXPECT_EQ(codec_string(track->format), "hvc1.1.6.L30.90");
}

TEST(Sdp, AJpegTrackNeedsNoRtpmap) {
    const auto plain =
        parse_camera_sdp("v=0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\na=x-dimensions: 3840, 2160\r\n");
    const auto dynamic = parse_camera_sdp(
        "v=0\r\nm=video 0 RTP/AVP 103\r\na=rtpmap:103 jpeg/90000\r\na=framesize:103 640-480\r\n");

    ASSERT_TRUE(plain && dynamic);
    EXPECT_EQ(plain->payload_type, 26);
    EXPECT_EQ(plain->format.codec, Codec::jpeg);
    EXPECT_EQ(plain->format.width, 3840);
    EXPECT_EQ(plain->format.height, 2160);
    EXPECT_EQ(dynamic->payload_type, 103);
    EXPECT_EQ(dynamic->format.height, 480);
}

TEST(Sdp, WhatWeCannotRelayIsToldInWords) {
    const auto words = [](const std::string& media) {
        const auto track = parse_camera_sdp("v=0\r\n" + media);
        return track ? "taken: payload type " + std::to_string(track->payload_type) : track.error().message;
    };
    const std::string none = "the camera offers no H.264, H.265 or JPEG video (it offers: ";

    EXPECT_EQ(words("m=video 0 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\n"), none + "MP4V-ES/90000)");
    EXPECT_EQ(words("m=audio 0 RTP/AVP 0\r\n"), none + "none)");
    EXPECT_EQ(words("m=video 0 RTP/AVP 96\r\n"), none + "payload type 96)");
    EXPECT_EQ(words("m=video 0 RTP/AVP 34 99\r\na=rtpmap:99 VP8/90000\r\n"), none + "H263/90000, VP8/90000)");
    EXPECT_EQ(words("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=2\r\n"),
              none + "H264/90000 with packetization-mode 2)");
    EXPECT_EQ(words("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-max-don-diff=4\r\n"),
              none + "H265/90000 with sprop-max-don-diff)");
    EXPECT_EQ(words("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-max-don-diff=0\r\n"),
              "taken: payload type 96");
    EXPECT_EQ(words("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/1000\r\n"), none + "H264/1000)");
    EXPECT_EQ(words("m=video 0 RTP/AVP 96\r\na=rtpmap:96 \xFF\xED\t<b>/90000\r\n"), none + "\?\?\?<b>/90000)");
    EXPECT_EQ(parse_camera_sdp("m=video 0 RTP/AVP 96\r\n").error().kind, ErrorKind::corrupt);
    EXPECT_EQ(parse_camera_sdp("<html>").error().kind, ErrorKind::corrupt);
    EXPECT_EQ(parse_camera_sdp("v=0\r\n" + std::string(70'000, 'a')).error().kind, ErrorKind::corrupt);
    std::string many = "v=0\r\n";
    for (int i = 0; i < 65; ++i) many += "m=audio 0 RTP/AVP 0\r\n";
    EXPECT_EQ(parse_camera_sdp(many).error().kind, ErrorKind::corrupt);
}

TEST(Sdp, MakersFaultsAreBorne) {
    const std::string sps = "Z0LAFtoCgL/lwEQAAAMABAAAAwB4PFi6gA", pps = "aM4PyA";
    const auto known = [](const std::string& text, std::uint8_t payload_type = 96) {
        const auto track = parse_camera_sdp(text);
        if (!track) return track.error().message;
        if (track->payload_type != payload_type) return "payload type " + std::to_string(track->payload_type);
        return std::string(track->format.known() ? "known" : "unknown");
    };
    const std::string head = "v=0\nm=video 0 RTP/AVP 96\n", map = "a=rtpmap:96 H264/90000\n";

    // Lines ended by LF alone, with spaces behind them, blank lines, a BOM, and zeros at the end.
    EXPECT_EQ(known("\xEF\xBB\xBF\n\r\n" + head + map + "a=fmtp:96 sprop-parameter-sets=" + sps + "==," +
                    pps + "== \n\n" + std::string(3, '\0')),
              "known");
    // Without padding, in quotes, with blanks within and around, in odd case, without a blank behind the
    // semicolon.
    EXPECT_EQ(known(head + map + "a=fmtp:96 sprop-parameter-sets=" + sps + "," + pps + "\n"), "known");
    EXPECT_EQ(known(head + map + "a=fmtp:96 sprop-parameter-sets=\"" + sps + "==," + pps + "==\"\n"),
              "known");
    EXPECT_EQ(known(head +
                    "A=rtpmap:96 x\na=RtpMap: 96  h264/90000\na=FMTP:96  Packetization-Mode = "
                    "1;Sprop-Parameter-Sets = " +
                    sps.substr(0, 8) + " " + sps.substr(8) + "==, " + pps + "==;\n"),
              "known");
    // PPS before SPS; start codes within: 00 00 00 01 67 …, 00 00 01 68 ….
    EXPECT_EQ(known(head + map + "a=fmtp:96 sprop-parameter-sets=" + pps + "==," + sps + "==\n"), "known");
    EXPECT_EQ(known(head + map +
                    "a=fmtp:96 sprop-parameter-sets=AAAAAWdCwBbaAoC/5cBEAAADAAQAAAMAeDxYuoA=,AAABaM4PyA==\n"),
              "known");
    // The fmtp before the rtpmap; no clock rate; attributes of another format of the same line.
    EXPECT_EQ(known(head + "a=fmtp:96 sprop-parameter-sets=" + sps + "==," + pps + "==\na=rtpmap:96 H264\n"),
              "known");
    EXPECT_EQ(
        known(
            "v=0\nm=audio 0 RTP/AVP 0 96\na=rtpmap:96 opus/48000\na=control:sound\nm=video 0 RTP/AVP 97 96\n"
            "a=rtpmap:97 VP9/90000\n" +
            map + "a=fmtp:97 sprop-parameter-sets=AAAA\na=fmtp:96 sprop-parameter-sets=" + sps + "==," + pps +
            "==\n"),
        "known");
    // Nothing, or nonsense, in place of parameter sets: they may come in band.
    EXPECT_EQ(known(head + map), "unknown");
    EXPECT_EQ(known(head + map + "a=fmtp:96 sprop-parameter-sets=,,;;=;\n"), "unknown");
    EXPECT_EQ(known(head + map + "a=fmtp:96 sprop-parameter-sets=" + sps + "==\n"), "unknown");
    EXPECT_EQ(known("v=0\nm=video 0 RTP/AVP\t26\n", 26), "known");
}

TEST(Sdp, TheFirstFormatAndTrackThatWeCanRelayIsTaken) {
    const auto track = parse_camera_sdp(
        "v=0\na=control:*\nm=video 0 RTP/AVP 33\na=control:first\nm=video 0 RTP/AVP 97 98 26\na=rtpmap:97 "
        "VP8/90000\n"
        "a=rtpmap:98 H265/90000\na=control:rtsp://10.0.0.9/cam?channel=1&subtype=0/trackID=2\nm=video 0 "
        "RTP/AVP 26\na=control:third\n");

    ASSERT_TRUE(track);
    EXPECT_EQ(track->payload_type, 98);
    EXPECT_EQ(track->control, "rtsp://10.0.0.9/cam?channel=1&subtype=0/trackID=2");
    EXPECT_EQ(track->session_control, "*");
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
    for (const char* other : {kH265, "v=0\r\nm=video 0 RTP/AVP 26\r\na=framesize:26 640-480\r\n"}) {
        const auto track = parse_camera_sdp(other);
        ASSERT_TRUE(track);
        const auto again = parse_camera_sdp(write_sdp(track->format, "x"));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->payload_type, 96);
        EXPECT_TRUE(again->format == track->format);
    }
}

TEST(Sdp, AnyMutationIsAnsweredWithoutHarm) {
    std::mt19937 seeded(3);
    for (int i = 0; i < 200'000; ++i) {
        std::string text = i % 2 == 0 ? kCamera : kH265;
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
