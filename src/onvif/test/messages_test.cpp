// What is written, where it leads, and what is chosen.
#include <gtest/gtest.h>

#include <cmath>

#include "onvif/discovery.hpp"
#include "onvif/names.hpp"
#include "scripted_camera.hpp"

namespace bongsu::onvif {
namespace {

using namespace std::chrono_literals;

Place place(std::string_view text) { return parse_place(text).value(); }

TEST(Urls, ArePartsOfWhatWasDialled) {
    EXPECT_EQ(place("192.168.1.64").text(), "http://192.168.1.64/onvif/device_service");
    EXPECT_EQ(place("cam.local:8080").text(), "http://cam.local:8080/onvif/device_service");
    EXPECT_EQ(place("https://[fd00::1]/onvif/services").text(), "https://[fd00::1]/onvif/services");
    EXPECT_EQ(place("https://cam.local:80").text(), "https://cam.local:80/onvif/device_service");
    EXPECT_FALSE(parse_place("rtsp://cam.local:554/"));
    EXPECT_FALSE(parse_place("http://user:pass@cam.local"));
    EXPECT_FALSE(parse_place("0x7f.1"));
    EXPECT_FALSE(parse_place(""));
}

TEST(Urls, LeadNowhereElse) {
    const auto dialled = place("192.0.2.1:8080");
    EXPECT_EQ(reach("http://10.0.0.1:80/a?b", dialled)->place.text(), "http://192.0.2.1:8080/a?b");
    EXPECT_EQ(reach("http://192.0.2.1:80/a", dialled)->place.text(), "http://192.0.2.1/a");
    EXPECT_EQ(reach("https://192.0.2.1/a", dialled)->place.text(), "https://192.0.2.1/a");
    EXPECT_EQ(reach("a/b", dialled)->place.text(), "http://192.0.2.1:8080/a/b");
    EXPECT_EQ(reach("http://user@192.0.2.1/", dialled)->place.host, "192.0.2.1");
    EXPECT_EQ(reach("http://192.0.2.1@evil.example/", dialled)->place.host, "192.0.2.1");
    EXPECT_EQ(reach("http://192.0.2.1:99999/", dialled)->place.port, 80);
    EXPECT_FALSE(reach("ftp://192.0.2.1/", dialled));
    EXPECT_FALSE(reach("", dialled));
    EXPECT_FALSE(reach("http://192.0.2.1/\xEA\xB0\x80", dialled));
    EXPECT_FALSE(reach(std::string(2000, 'a'), dialled));
    EXPECT_EQ(reach_stream("/live/1", dialled, {"rtsp"})->url, "rtsp://192.0.2.1/live/1");
    EXPECT_EQ(reach_stream("RTSP://u:p@10.0.0.1:8554/live", dialled, {"rtsp", "rtsps"})->url, "rtsp://192.0.2.1:8554/live");
    EXPECT_FALSE(reach_stream("file:///etc/passwd", dialled, {"rtsp"}));
}

Profile profile(std::string token, Encoding encoding, int width, int height, std::string source = "s") {
    Profile out;
    out.token = std::move(token);
    out.source = std::move(source);
    out.video = Encoder{"e", "", encoding, width, height, 0, 0, 0};
    return out;
}

TEST(Choice, TakesTheLargestAndTheSmallestThatOneCanSee) {
    const std::vector profiles{profile("tiny", Encoding::h264, 176, 144), profile("low", Encoding::h264, 640, 360), profile("lower", Encoding::h264, 320, 240),
                               profile("big", Encoding::h265, 3840, 2160), profile("mjpeg", Encoding::jpeg, 4000, 3000),
                               profile("h265 low", Encoding::h265, 320, 180), profile("other lens", Encoding::h264, 320, 180, "t")};
    const auto got = choose_streams(profiles);
    EXPECT_EQ(got.main.profile->token, "big");
    EXPECT_EQ(got.main.reason, "the largest picture, 3840x2160 H.265");
    EXPECT_EQ(got.sub.profile->token, "lower");
    EXPECT_EQ(got.sub.reason, "the smallest H.264 picture from 320 wide, 320x240");
}

TEST(Choice, SaysWhyThereIsNone) {
    EXPECT_EQ(choose_streams({}).main.reason, "the camera has no profile");
    EXPECT_EQ(choose_streams({profile("a", Encoding::jpeg, 640, 480)}).main.reason, "no profile has H.264 or H.265 video");
    const std::vector alike{profile("a", Encoding::h265, 640, 480), profile("b", Encoding::h264, 640, 480)};
    EXPECT_EQ(choose_streams(alike).main.profile->token, "b");  // More can play it.
    EXPECT_EQ(choose_streams(alike).sub.profile, nullptr);
}

/// The written body as an element, in its namespace.
xml::Document read_back(const Call& call) {
    auto document = xml::Document::parse(soap::write(call.body, std::nullopt)).value();
    EXPECT_TRUE(document.root().child(names::soap12, "Body").child(call.service, call.operation));
    return document;
}

TEST(Ptz, WritesWhatAStandsFor) {
    const auto call = ask_continuous_move("a<b", {0.5, -2.0, std::nullopt}, 500ms);
    EXPECT_EQ(call.body, "<tptz:ContinuousMove><tptz:ProfileToken>a&lt;b</tptz:ProfileToken><tptz:Velocity><tt:PanTilt x=\"0.5000\" y=\"-1.0000\"/>"
                         "</tptz:Velocity><tptz:Timeout>PT1S</tptz:Timeout></tptz:ContinuousMove>");
    read_back(call);
    EXPECT_EQ(ask_continuous_move("p", {{}, {}, std::nan("")}, 90s).body,
              "<tptz:ContinuousMove><tptz:ProfileToken>p</tptz:ProfileToken><tptz:Velocity><tt:Zoom x=\"0.0000\"/></tptz:Velocity>"
              "<tptz:Timeout>PT60S</tptz:Timeout></tptz:ContinuousMove>");
    EXPECT_EQ(ask_absolute_move("p", {0, 1, 0.25}, Motion{1, 1, 1}).body,
              "<tptz:AbsoluteMove><tptz:ProfileToken>p</tptz:ProfileToken><tptz:Position><tt:PanTilt x=\"0.0000\" y=\"1.0000\"/><tt:Zoom x=\"0.2500\"/>"
              "</tptz:Position><tptz:Speed><tt:PanTilt x=\"1.0000\" y=\"1.0000\"/><tt:Zoom x=\"1.0000\"/></tptz:Speed></tptz:AbsoluteMove>");
    for (const auto& each : {ask_relative_move("p", {0.1, {}, {}}), ask_stop("p"), ask_presets("p"), ask_goto_preset("p", "1"), ask_set_preset("p", "문"),
                             ask_goto_home("p"), ask_ptz_status("p"), ask_ptz_nodes(), ask_ptz_configurations(), ask_set_time(test::now(), "KST-9", false),
                             ask_snapshot_uri(MediaVersion::media1, "p"), ask_encoders(MediaVersion::media2), ask_capabilities()})
        read_back(each);
    EXPECT_EQ(ask_set_preset("p", "n").body.find("PresetToken"), std::string::npos);
}

TEST(Ptz, ReadsDurations) {
    EXPECT_EQ(parse_duration("PT10S"), 10s);
    EXPECT_EQ(parse_duration("PT1M0.5S"), 60'500ms);
    EXPECT_EQ(parse_duration("P1DT0S"), 24h);
    EXPECT_EQ(to_duration(10s), "PT10S");
    EXPECT_EQ(to_duration(60'250ms), "PT60.25S");
    for (const auto* text : {"", "P", "PT", "10", "PT10", "PTS", "P1Y", "PT1X", "-PT1S", "PT99999999S", "PT1.1.1S"}) EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Time, IsSetAsItIsRead) {
    const auto call = ask_set_time(test::now(), "KST-9", true);
    const auto document = read_back(call);
    const auto set = document.root().child(names::soap12, "Body").child(names::device, "SetSystemDateAndTime");
    EXPECT_EQ(set.child(names::device, "UTCDateTime").child(names::schema, "Date").child(names::schema, "Day").text(), "23");
    EXPECT_EQ(set.child(names::device, "UTCDateTime").child(names::schema, "Time").child(names::schema, "Hour").text(), "3");
    EXPECT_EQ(set.child(names::device, "DaylightSavings").text(), "true");
}

TEST(Discovery, AsksUnderAnIdOfItsOwn) {
    test::CountingRandom random;
    const auto id = make_message_id(random);
    EXPECT_EQ(id, "urn:uuid:01020304-0506-4708-890a-0b0c0d0e0f10");
    const auto document = xml::Document::parse(write_probe(id)).value();
    EXPECT_EQ(document.root().child(names::soap12, "Header").child(names::addressing, "MessageID").text(), id);
    EXPECT_EQ(document.root().child(names::soap12, "Body").child(names::discovery, "Probe").child(names::discovery, "Types").text(), "dn:NetworkVideoTransmitter");
}

std::string match(std::string_view id, std::string_view endpoint) {
    return "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope' xmlns:a='http://schemas.xmlsoap.org/ws/2004/08/addressing'><e:Header><a:RelatesTo>" + std::string(id) +
           "</a:RelatesTo></e:Header><e:Body><d:ProbeMatches xmlns:d='http://schemas.xmlsoap.org/ws/2005/04/discovery'><d:ProbeMatch><a:EndpointReference><a:Address>" +
           std::string(endpoint) + "</a:Address></a:EndpointReference><d:XAddrs>http://10.0.0.1/x</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>";
}

TEST(Discovery, CountsRepeatsForeignersAndFloods) {
    Gathering gathering("urn:uuid:1");
    const MonoTime now{};
    gathering.add(match("urn:uuid:1", "urn:uuid:a"), "10.0.0.1", now);
    gathering.add(match("uuid:1", "URN:UUID:A"), "10.0.0.1", now);
    gathering.add(match("urn:uuid:2", "urn:uuid:b"), "10.0.0.2", now);
    gathering.add("hello", "10.0.0.3", now);
    gathering.add(std::string(kDatagramBytesMax + 1, ' '), "10.0.0.3", now);
    EXPECT_EQ(gathering.found().size(), 1U);
    EXPECT_EQ(gathering.counters().repeats, 1U);
    EXPECT_EQ(gathering.counters().foreign, 1U);
    EXPECT_EQ(gathering.counters().unread, 1U);
    EXPECT_EQ(gathering.counters().dropped, 1U);
    for (int i = 0; i < 600; ++i) gathering.add(match("urn:uuid:1", "urn:uuid:f" + std::to_string(i)), "10.0.0.4", now);
    EXPECT_EQ(gathering.found().size(), 1U + 495U);
    gathering.add(match("urn:uuid:1", "urn:uuid:late"), "10.0.0.5", now + 1s);
    EXPECT_EQ(gathering.found().size(), 497U);
}

}  // namespace
}  // namespace bongsu::onvif
