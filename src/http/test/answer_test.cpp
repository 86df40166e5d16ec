#include "http/answer.hpp"

#include <gtest/gtest.h>

namespace bongsu::http {
namespace {

TEST(Answer, IsItsStatusItsFieldsAndItsBody) {
    EXPECT_EQ(to_text({201, "text/plain", "made", {{"Location", "/api/v1/events/7"}}}, true, false),
              "HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nLocation: /api/v1/events/7\r\n"
              "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nContent-Length: 4\r\n\r\nmade");
}

TEST(Answer, SaysThatTheConnectionEnds) {
    EXPECT_EQ(to_text({503, "", "", {}}, false, false),
              "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n"
              "Cache-Control: no-store\r\nContent-Length: 0\r\n\r\n");
}

TEST(Answer, ToHeadHasTheLengthWithoutTheBody) {
    const auto text = to_text({200, "text/plain", "picture", {}}, true, true);
    EXPECT_NE(text.find("Content-Length: 7\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n")) << text;
}

TEST(Answer, WithoutABodyHasNoLength) {
    for (const int status : {204, 304}) {
        const auto text = to_text({status, "application/json", "", {{"ETag", "\"1\""}}}, true, false);
        EXPECT_EQ(text.find("Content-Length"), std::string::npos) << text;
        EXPECT_EQ(text.find("Content-Type:"), std::string::npos) << text;
        EXPECT_NE(text.find("ETag: \"1\"\r\n"), std::string::npos) << text;
        EXPECT_TRUE(text.ends_with("\r\n\r\n")) << text;
    }
}

TEST(Answer, AValueCannotStartAFieldOfItsOwn) {
    const auto text = to_text({200, "text/plain", "", {{"X-Reason", "a\r\nSet-Cookie: b"}}}, true, false);
    EXPECT_NE(text.find("X-Reason: a  Set-Cookie: b\r\n"), std::string::npos) << text;
}

TEST(Answer, TheResponsesOwnWordOnCachingStands) {
    const auto text = to_text({200, "text/plain", "", {{"cache-control", "max-age=60"}}}, true, false);
    EXPECT_NE(text.find("cache-control: max-age=60\r\n"), std::string::npos);
    EXPECT_EQ(text.find("no-store"), std::string::npos);
}

TEST(Answer, AStatusWithoutAPhraseIsSentWithoutOne) {
    EXPECT_TRUE(to_text({299, "", "", {}}, true, false).starts_with("HTTP/1.1 299 \r\n"));
}

}  // namespace
}  // namespace bongsu::http
