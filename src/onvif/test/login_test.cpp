// Who is let in, in which way, and what a camera that refuses costs.
#include <gtest/gtest.h>

#include "crypto/crypto.hpp"
#include "onvif/names.hpp"
#include "scripted_camera.hpp"

namespace bongsu::onvif {
namespace {

using test::Camera;
using test::describe;

constexpr std::string_view kPassword = "s3cret-pass";

http::ClientAnswer challenge(std::string_view nonce, std::string_view more = "") {
    return {401, {{"WWW-Authenticate", "Digest realm=\"cam\", qop=\"auth\", nonce=\"" + std::string(nonce) + "\"" + std::string(more)}}, {}};
}

bool has_token(const Outgoing& outgoing) { return outgoing.body.find("UsernameToken") != std::string::npos; }
std::string authorization_of(const Outgoing& outgoing) {
    for (const auto& [name, value] : outgoing.headers)
        if (name == "Authorization") return value;
    return {};
}

class Login : public testing::Test {
  protected:
    test::CountingRandom random_;
    Speaker speaker_{{"admin", std::string(kPassword)}, random_};
    Place place_ = parse_place("192.0.2.108").value();
    http::ClientAnswer good_ = test::answer(200, *test::read_file("hikvision/GetDeviceInformation.xml"));
};

TEST_F(Login, TokenDigestIsTheOneOfTheProfilesExample) {
    // ONVIF Application Programmer's Guide 6.1.1.3 gives these four.
    const auto nonce = crypto::from_base64("LKqI6G/AikKCQrN0zqZFlg==", "nonce").value();
    EXPECT_EQ(soap::password_digest(nonce, "2010-09-16T07:50:45Z", "userpassword"), "tuOSpGlFlIXsozq4HFNeeGeFLEI=");
}

TEST_F(Login, BeginsWithATokenByTheCamerasClock) {
    speaker_.set_clock_offset(std::chrono::hours{-3});
    const auto asked = speaker_.ask(ask_info(), place_, test::now());
    EXPECT_TRUE(has_token(asked));
    EXPECT_NE(asked.body.find("<wsu:Created>2026-11-23T00:20:00Z</wsu:Created>"), std::string::npos);
    EXPECT_EQ(asked.body.find(kPassword), std::string::npos);
    EXPECT_TRUE(authorization_of(asked).empty());
    EXPECT_EQ(asked.headers.at(0).second, "application/soap+xml; charset=utf-8; action=\"http://www.onvif.org/ver10/device/wsdl/GetDeviceInformation\"");
    EXPECT_TRUE(speaker_.answered(good_, test::now()).over->has_value());
}

TEST_F(Login, GoesOverToDigestWhereThatIsAskedAndStaysThere) {
    speaker_.ask(ask_info(), place_, test::now());
    const auto again = speaker_.answered(Camera::raw(*test::read_file("hikvision/401.http")), test::now()).again;
    ASSERT_TRUE(again);
    EXPECT_FALSE(has_token(*again));
    const auto first = authorization_of(*again);
    EXPECT_TRUE(first.starts_with("Digest username=\"admin\", realm=\"IP Camera(E0000)\""));
    EXPECT_NE(first.find("uri=\"/onvif/device_service\""), std::string::npos);
    EXPECT_NE(first.find("nc=00000001"), std::string::npos);
    EXPECT_TRUE(speaker_.answered(good_, test::now()).over->has_value());
    const auto next = speaker_.ask(ask_hostname(), place_, test::now());
    EXPECT_NE(authorization_of(next).find("nc=00000002"), std::string::npos);
}

TEST_F(Login, ANonceThatGrewOldCostsOneMoreRequest) {
    speaker_.ask(ask_info(), place_, test::now());
    speaker_.answered(challenge("one"), test::now());
    speaker_.answered(good_, test::now());
    speaker_.ask(ask_info(), place_, test::now());
    const auto again = speaker_.answered(challenge("two"), test::now()).again;  // Not a word of stale.
    ASSERT_TRUE(again);
    EXPECT_NE(authorization_of(*again).find("nonce=\"two\""), std::string::npos);
    EXPECT_TRUE(speaker_.answered(good_, test::now()).over->has_value());
}

TEST_F(Login, AWrongPasswordCostsTwoTries) {
    speaker_.ask(ask_info(), place_, test::now());
    ASSERT_TRUE(speaker_.answered(challenge("one"), test::now()).again);
    const auto step = speaker_.answered(challenge("two"), test::now());
    ASSERT_TRUE(step.over);
    EXPECT_EQ(step.over->error().kind, ErrorKind::unauthenticated);
}

TEST_F(Login, ACameraThatAlwaysFindsTheNonceOldIsLeft) {
    speaker_.ask(ask_info(), place_, test::now());
    int requests = 1;
    Speaker::Step step;
    do {
        step = speaker_.answered(challenge("n" + std::to_string(requests), ", stale=true"), test::now());
        ++requests;
    } while (step.again);
    EXPECT_LE(requests, 5);
    EXPECT_EQ(step.over->error().kind, ErrorKind::unauthenticated);
}

TEST_F(Login, ATimeThatWantsALoginGetsOne) {
    EXPECT_FALSE(has_token(speaker_.ask(ask_time(), place_, test::now())));
    const auto again = speaker_.answered(test::soap_fault("Sender", "NotAuthorized", 400), test::now()).again;
    ASSERT_TRUE(again);
    EXPECT_TRUE(has_token(*again));
}

TEST_F(Login, BasicIsNeverAnswered) {
    speaker_.ask(ask_time(), place_, test::now());
    const http::ClientAnswer basic{401, {{"WWW-Authenticate", "Basic realm=\"ONVIF\""}}, {}};
    const auto again = speaker_.answered(basic, test::now()).again;  // A token is what there is left to say.
    ASSERT_TRUE(again);
    EXPECT_TRUE(authorization_of(*again).empty());
    EXPECT_EQ(speaker_.answered(basic, test::now()).over->error().kind, ErrorKind::unauthenticated);
}

TEST_F(Login, ThePasswordIsInNoErrorAndNoNote) {
    Camera camera("hikvision");
    camera.instead["GetDeviceInformation"] = {401, {{"WWW-Authenticate", "Digest realm=\"s\", nonce=\"n\""}}, "s3cret-pass"};
    const auto got = describe(camera);
    ASSERT_TRUE(got.failed);
    EXPECT_EQ(got.failed->message.find(kPassword), std::string::npos);
    for (const auto& note : got.notes) EXPECT_EQ(note.find(kPassword), std::string::npos);
    for (const auto& request : camera.requests) {
        EXPECT_EQ(request.body.find(kPassword), std::string::npos);
        EXPECT_EQ(authorization_of(request).find(kPassword), std::string::npos);
    }
    // Time, and two failed logins; an account that locks after three is still open.
    EXPECT_EQ(camera.requests.size(), 3U);
}

TEST_F(Login, NobodyGivenIsSaidSo) {
    Camera camera("hikvision");
    camera.instead["GetDeviceInformation"] = test::soap_fault("Sender", "NotAuthorized", 401);
    const auto got = describe(camera, "192.0.2.108", {});
    EXPECT_EQ(got.failed->message, "GetDeviceInformation: the camera wants a user name and password, none is given");
    EXPECT_EQ(camera.requests.size(), 2U);
}

TEST_F(Login, FaultsAreReadIntoWords) {
    const auto kind_of = [](std::string_view subcode, std::string_view code = "Sender") {
        const auto answer = test::soap_fault(code, subcode);
        return soap::read(answer.status, answer.body, ask_info()).error();
    };
    EXPECT_EQ(kind_of("NotAuthorized").kind, ErrorKind::unauthenticated);
    EXPECT_EQ(kind_of("OperationProhibited").kind, ErrorKind::forbidden);
    EXPECT_EQ(kind_of("ActionNotSupported", "Receiver").code, "not_supported");
    EXPECT_EQ(kind_of("NoProfile").kind, ErrorKind::not_found);
    EXPECT_EQ(kind_of("InvalidArgVal").kind, ErrorKind::invalid);
    EXPECT_EQ(kind_of("OutofMemory", "Receiver").kind, ErrorKind::unavailable);
    EXPECT_EQ(kind_of("InvalidArgVal").message, "GetDeviceInformation: the camera says Sender, InvalidArgVal");
    const auto golden = soap::read(400, *test::read_file("hikvision/NotAuthorized.xml"), ask_info()).error();
    EXPECT_EQ(golden.message, "GetDeviceInformation: the camera says Sender, NotAuthorized: The action requested requires authorization and the sender is not authorized");
    const auto dahua = soap::read(500, *test::read_file("dahua/NotSupported.xml"), ask_info()).error();
    EXPECT_EQ(dahua.code, "not_supported");
}

TEST_F(Login, StatusAloneIsReadIntoWords) {
    EXPECT_EQ(soap::read(400, "", ask_info()).error().code, "bad_request");
    EXPECT_EQ(soap::read(403, "<html/>", ask_info()).error().kind, ErrorKind::forbidden);
    EXPECT_EQ(soap::read(404, "", ask_info()).error().code, "not_supported");
    EXPECT_EQ(soap::read(503, "", ask_info()).error().kind, ErrorKind::unavailable);
    EXPECT_EQ(soap::read(200, "<html/>", ask_info()).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(soap::read(200, "<a><b></a>", ask_info()).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(soap::read(200, "", ask_info()).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace bongsu::onvif
