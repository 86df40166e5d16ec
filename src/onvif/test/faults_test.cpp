// What makers get wrong: a test named after each fault.
#include <gtest/gtest.h>

#include "onvif/names.hpp"
#include "scripted_camera.hpp"

namespace bongsu::onvif {
namespace {

using test::Camera;
using test::describe;
using test::has_note;

std::string of(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

std::string golden(const std::string& name) { return test::read_file(name).value(); }

TEST(MakersFaults, XaddrOfTheInnerNetworkBehindNat) {
    Camera camera("hikvision");
    describe(camera, "203.0.113.7:8080");
    for (const auto& request : camera.requests) {
        EXPECT_EQ(request.place.host, "203.0.113.7");
        EXPECT_EQ(request.place.port, 8080);
    }
}

TEST(MakersFaults, XaddrOnAnotherPortOfTheSameHost) {
    Camera camera("hikvision");
    camera.instead["GetServices"] = test::answer(200, of(golden("hikvision/GetServices.xml"), "192.168.1.64/onvif/Media2", "203.0.113.7:8000/onvif/Media2"));
    describe(camera, "203.0.113.7");
    EXPECT_EQ(camera.log.at(5), "GetProfiles.media2 http://203.0.113.7:8000/onvif/Media2");
}

TEST(MakersFaults, XaddrOfSomebodyElseIsNeverCalled) {
    Camera camera("hikvision");
    camera.instead["GetServices"] = test::answer(200, of(golden("hikvision/GetServices.xml"), "192.168.1.64", "169.254.169.254:80"));
    camera.instead["GetStreamUri.media2"] = test::answer(200, of(golden("hikvision/GetStreamUri.media2.Profile_1.xml"), "192.168.1.64:554", "127.0.0.1:22"));
    const auto got = describe(camera, "203.0.113.7");
    for (const auto& request : camera.requests) EXPECT_EQ(request.place.host, "203.0.113.7");
    EXPECT_TRUE(got.main.url.starts_with("rtsp://203.0.113.7:22/"));
}

TEST(MakersFaults, Media2MissingThoughItIsListed) {
    Camera camera("dahua");
    camera.instead["GetServices"] = test::answer(200, of(golden("dahua/GetServices.xml"), "</tds:GetServicesResponse>",
        "<tds:Service><tds:Namespace>http://www.onvif.org/ver20/media/wsdl</tds:Namespace><tds:XAddr>http://192.0.2.108/onvif/media2_service</tds:XAddr></tds:Service></tds:GetServicesResponse>"));
    const auto got = describe(camera);
    EXPECT_FALSE(got.failed);
    EXPECT_EQ(got.media, MediaVersion::media1);
    EXPECT_FALSE(got.main.url.empty());
    EXPECT_TRUE(has_note(got, "GetProfiles: the camera says Receiver, ActionNotSupported"));
}

TEST(MakersFaults, Media2ThatKnowsNoVideo) {
    Camera camera("hikvision");
    camera.instead["GetProfiles.media2"] = test::answer(200, "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body>"
        "<GetProfilesResponse xmlns='http://www.onvif.org/ver20/media/wsdl'><Profiles token='a'/></GetProfilesResponse></e:Body></e:Envelope>");
    camera.instead["GetProfiles"] = test::answer(200, golden("dahua/GetProfiles.xml"));
    EXPECT_EQ(describe(camera).media, MediaVersion::media1);
}

TEST(MakersFaults, PrefixesOfAnotherNamespace) {
    Camera camera("hikvision");
    // The prefixes of device and Media2 swapped, their URIs with them.
    auto swapped = of(golden("hikvision/GetProfiles.media2.xml"), "tds", "@");
    swapped = of(of(of(swapped, "tr2", "tds"), "@", "tr2"), "tt:", "onvif:");
    camera.instead["GetProfiles.media2"] = test::answer(200, of(swapped, "xmlns:tt=", "xmlns:onvif="));
    EXPECT_EQ(describe(camera).main.profile, "Profile_1");
    // The right prefix of a wrong namespace is not the element that was asked.
    camera.instead["GetProfiles.media2"] = test::answer(200, of(golden("hikvision/GetProfiles.media2.xml"), "ver20/media", "ver21/media"));
    EXPECT_TRUE(has_note(describe(camera), "something that was not asked"));
}

TEST(MakersFaults, PrefixThatIsNotDeclared) {
    Camera camera("dahua");
    camera.instead["GetProfiles"] = test::answer(200, of(golden("dahua/GetProfiles.xml"), "xmlns:trt=", "xmlns:unused="));
    EXPECT_EQ(describe(camera).profiles.size(), 3U);
}

TEST(MakersFaults, RelativeAddresses) {
    Camera camera("axis");
    const auto got = describe(camera, "https://192.0.2.108");
    EXPECT_EQ(got.snapshot, "http://192.0.2.108/onvif-cgi/jpg/image.cgi?resolution=1920x1080&compression=30");
    EXPECT_EQ(camera.log.at(3), "GetNetworkInterfaces https://192.0.2.108/onvif/device_service");
}

TEST(MakersFaults, ClockWrongByHours) {
    Camera camera("hanwha");
    describe(camera);
    const auto body = xml::Document::parse(camera.requests.at(1).body).value();
    const auto token = body.root().child(names::soap12, "Header").child(names::wsse, "Security").child(names::wsse, "UsernameToken");
    EXPECT_EQ(token.child(names::wsu, "Created").text(), "2026-11-23T12:20:00Z");
}

TEST(MakersFaults, TimeThatCannotBe) {
    Camera camera("hikvision");
    camera.instead["GetSystemDateAndTime"] = test::answer(200, of(golden("hikvision/GetSystemDateAndTime.xml"), "<tt:Month>11<", "<tt:Month>13<"));
    const auto got = describe(camera);
    EXPECT_FALSE(got.clock_offset);
    EXPECT_TRUE(has_note(got, "no possible UTC time"));
    EXPECT_FALSE(got.main.url.empty());
}

TEST(MakersFaults, BadRequestInsteadOfAFault) {
    Camera camera("xiongmai");
    const auto got = describe(camera, "192.168.1.10:8899");
    EXPECT_EQ(camera.log.at(3), "GetCapabilities http://192.168.1.10:8899/onvif/device_service");
    EXPECT_EQ(got.services.size(), 2U);
}

TEST(MakersFaults, FaultWithStatusOk) {
    Camera camera("dahua");
    camera.instead["GetNodes"] = test::soap_fault("Receiver", "ActionNotSupported", 200);
    const auto got = describe(camera);
    EXPECT_FALSE(got.failed);
    EXPECT_TRUE(got.ptz_nodes.empty());
    EXPECT_TRUE(has_note(got, "GetNodes: the camera says Receiver, ActionNotSupported"));
}

TEST(MakersFaults, Http10WithoutALength) {
    const auto got = Camera::raw(golden("xiongmai/GetDeviceInformation.http"));
    EXPECT_EQ(read_info(soap::read(got.status, got.body, ask_info()).value().body)->maker, "H264");
}

TEST(MakersFaults, ChunkedBodies) {
    const auto got = Camera::raw(golden("axis/GetSystemDateAndTime.http"));
    EXPECT_TRUE(read_time(soap::read(got.status, got.body, ask_time()).value().body)->utc);
}

TEST(MakersFaults, ByteOrderMarkBeforeTheXml) {
    const auto got = Camera::raw(golden("xiongmai/GetDeviceInformation.http"));
    EXPECT_TRUE(got.body.starts_with("\xEF\xBB\xBF"));
}

TEST(MakersFaults, TwoMediaServices) {
    Camera camera("hanwha");
    camera.instead["GetProfiles /onvif/media_service_old"] = test::answer(404, "");
    describe(camera);
    EXPECT_EQ(camera.log.at(5), "GetProfiles http://192.0.2.108/onvif/media_service_old");
    EXPECT_EQ(camera.log.at(6), "GetProfiles http://192.0.2.108/onvif/media_service");
    EXPECT_EQ(camera.log.at(7), "GetStreamUri http://192.0.2.108/onvif/media_service");
}

TEST(MakersFaults, TokensWithSpaces) {
    Camera camera("hanwha");
    camera.instead["GetProfiles"] = test::answer(200, of(golden("hanwha/GetProfiles.xml"), "H.264 profile 2", " &lt;2&gt;  &amp; "));
    EXPECT_EQ(describe(camera).main.profile, " <2>  & ");
    const auto asked = xml::Document::parse(camera.requests.at(6).body).value();
    const auto token = asked.root().child(names::soap12, "Body").child(names::media, "GetStreamUri").child(names::media, "ProfileToken");
    EXPECT_EQ(token.text(), "<2>  &");  // As written there were spaces at both ends:
    EXPECT_NE(camera.requests.at(6).body.find("> &lt;2&gt;  &amp; <"), std::string::npos);
}

TEST(MakersFaults, Soap11) {
    Camera camera("hikvision");
    camera.instead["GetDeviceInformation"] = test::answer(200, of(golden("hikvision/GetDeviceInformation.xml"), names::soap12, names::soap11));
    camera.instead["GetHostname"] = test::answer(500, "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault>"
        "<faultcode>e:Server</faultcode><faultstring>no name\nhere</faultstring></e:Fault></e:Body></e:Envelope>");
    const auto got = describe(camera);
    EXPECT_EQ(got.info->maker, "HIKVISION");
    EXPECT_TRUE(has_note(got, "GetHostname: the camera says Receiver: no name"));
}

TEST(MakersFaults, UserNameAndPasswordWithinAStreamsAddress) {
    Camera camera("hikvision");
    camera.instead["GetStreamUri.media2"] = test::answer(200, of(golden("hikvision/GetStreamUri.media2.Profile_1.xml"), "rtsp://", "rtsp://admin:hid/den@"));
    const auto got = describe(camera);
    for (const auto& note : got.notes) EXPECT_EQ(note.find("hid"), std::string::npos);
    EXPECT_EQ(without_secrets("rtsp://admin:hid/d@en@10.0.0.1/a?b=c@d"), "rtsp://10.0.0.1/a?b=c@d");
    EXPECT_EQ(without_secrets("token=a http://w?q rtsp://admin:hidden@10.0.0.1/x"), "token=***//w?q rtsp://10.0.0.1/x") << "a second address behind what a star took";
}

TEST(MakersFaults, RedirectToHttpsOfTheSameHost) {
    Camera camera("hikvision");
    camera.instead["GetSystemDateAndTime /onvif/device_service"] = {301, {{"Location", "https://192.0.2.108/onvif/device_service"}}, {}};
    test::CountingRandom random;
    Conversation conversation(parse_place("192.0.2.108").value(), {"admin", "p"}, random);
    conversation.start(test::now());
    const auto next = conversation.answered(camera.instead.begin()->second, test::now());
    ASSERT_TRUE(next);
    EXPECT_EQ(next->place.text(), "https://192.0.2.108/onvif/device_service");
    const auto after = conversation.answered(test::answer(200, golden("hikvision/GetSystemDateAndTime.xml")), test::now());
    ASSERT_TRUE(after);
    EXPECT_EQ(after->place.text(), "https://192.0.2.108/onvif/device_service");
}

TEST(MakersFaults, RedirectToAnotherHostOrToTheClearIsRefused) {
    Camera camera("hikvision");
    camera.instead["GetSystemDateAndTime"] = {302, {{"Location", "http://198.51.100.1/onvif/device_service"}}, {}};
    EXPECT_EQ(describe(camera).failed->kind, ErrorKind::forbidden);
    EXPECT_EQ(camera.requests.size(), 1U);
    Camera other("hikvision");
    other.instead["GetSystemDateAndTime"] = {302, {{"Location", "http://192.0.2.108/onvif/device_service"}}, {}};
    EXPECT_EQ(describe(other, "https://192.0.2.108").failed->kind, ErrorKind::unavailable);
    for (const auto& request : other.requests) EXPECT_TRUE(request.place.is_tls);
}

TEST(MakersFaults, ProfilesWithoutEnd) {
    Camera camera("dahua");
    std::string many;
    for (int i = 0; i < 500; ++i) many += "<trt:Profiles token='p" + std::to_string(i) + "'/>";
    many += "<trt:Profiles token='" + std::string(300, 'x') + "'/>";
    camera.instead["GetProfiles"] = test::answer(200, of(golden("dahua/GetProfiles.xml"), "</trt:GetProfilesResponse>", many + "</trt:GetProfilesResponse>"));
    EXPECT_EQ(describe(camera).profiles.size(), kProfilesMax);
}

TEST(MakersFaults, NoOnvifAtAll) {
    Camera camera("nobody");
    camera.instead["GetSystemDateAndTime"] = test::answer(404, "<html>");
    camera.instead["GetDeviceInformation"] = test::answer(404, "<html>");
    const auto got = describe(camera);
    EXPECT_EQ(got.failed->kind, ErrorKind::not_found);
    EXPECT_EQ(camera.requests.size(), 2U);
}

TEST(MakersFaults, SilentInTheMiddle) {
    test::CountingRandom random;
    Camera camera("hikvision");
    Conversation conversation(parse_place("192.0.2.108").value(), {}, random);
    auto next = std::optional{conversation.start(test::now())};
    int asked = 0;
    while (next) {
        ++asked;
        const auto operation = test::asked_of(*next).operation;
        const bool is_silent = operation == "GetNetworkInterfaces" || operation == "GetHostname";
        next = is_silent ? conversation.answered(fail(ErrorKind::timeout, "no whole answer in time"), test::now())
                         : conversation.answered(camera.reply(*next), test::now());
    }
    EXPECT_EQ(asked, 5);
    EXPECT_EQ(conversation.description().failed->message, "GetHostname: no whole answer in time");
    EXPECT_EQ(conversation.description().info->maker, "HIKVISION");
}

}  // namespace
}  // namespace bongsu::onvif
