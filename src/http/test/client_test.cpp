#include "http/client.hpp"

#include <gtest/gtest.h>

namespace bongsu::http {
namespace {

/// All of it at once, then once more byte by byte.
Result<ClientAnswer> read(std::string_view bytes, bool closes = false) {
    AnswerReader reader(1000);
    auto whole = reader.feed(bytes);
    AnswerReader slow(1000);
    std::optional<ClientAnswer> last;
    std::optional<Error> error;
    for (const char c : bytes) {
        auto got = slow.feed({&c, 1});
        if (!got) error = got.error();
        if (!got || *got) {
            if (got) last = **std::move(got);
            break;
        }
    }
    EXPECT_EQ(whole.has_value(), !error.has_value());
    if (!whole) return tl::unexpected(std::move(whole).error());
    EXPECT_EQ(whole->has_value(), last.has_value());
    if (*whole) return **std::move(whole);
    if (!closes) return fail(ErrorKind::cancelled, "more is needed");
    return reader.ended();
}

TEST(AnswerReader, ReadsByLengthInChunksAndUntilTheEnd) {
    const auto by_length = read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: b\r\n\r\nabcSURPLUS");
    ASSERT_TRUE(by_length);
    EXPECT_EQ(by_length->body, "abc");
    EXPECT_EQ(by_length->header("x-a"), "b");
    const auto chunked = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n");
    ASSERT_TRUE(chunked);
    EXPECT_EQ(chunked->body, "abc");
    const auto until_end = read("HTTP/1.0 400 Bad Request\r\n\r\nabc", true);
    ASSERT_TRUE(until_end);
    EXPECT_EQ(until_end->status, 400);
    EXPECT_EQ(until_end->body, "abc");
}

TEST(AnswerReader, PassesOverAContinue) {
    const auto got = read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, 204);
}

TEST(AnswerReader, RefusesWhatIsTooLongBeforeItComes) {
    const auto claimed = read("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    ASSERT_FALSE(claimed);
    EXPECT_EQ(claimed.error().kind, ErrorKind::exhausted);
    const auto head = read("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'a'));
    ASSERT_FALSE(head);
    EXPECT_EQ(head.error().kind, ErrorKind::exhausted);
}

TEST(AnswerReader, KeepsNoLineWithoutAnEnd) {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto* begin : {"5;", "0\r\nX: "}) {
        const auto got = read(head + begin + std::string(40'000, 'a'));
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error().kind, ErrorKind::exhausted);
    }
    EXPECT_EQ(read(head + "0\r\n\r\n")->body, "");
}

TEST(AnswerReader, NamesWhatIsNoHttpAndWhatBrokeOff) {
    EXPECT_EQ(read("SSH-2.0-OpenSSH_9.2\r\n\r\n").error().kind, ErrorKind::corrupt);
    EXPECT_EQ(read("", true).error().message, "the connection was closed without an answer");
    EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na", true).error().message, "the answer broke off");
}

TEST(ClientRequest, CannotBeSplitByWhatItCarries) {
    ClientRequest request;
    request.host = "cam.example";
    request.to.port(8080);
    request.target = "/onvif/device_service";
    request.headers = {{"Content-Type", "text/xml"}};
    EXPECT_EQ(to_text(request).value(),
              "POST /onvif/device_service HTTP/1.1\r\nHost: cam.example:8080\r\nConnection: close\r\nContent-Length: 0\r\n"
              "Content-Type: text/xml\r\n\r\n");
    request.target = "/a b";
    EXPECT_FALSE(to_text(request));
    request.target = "/";
    request.headers = {{"X", "a\r\nEvil: b"}};
    EXPECT_FALSE(to_text(request));
    request.headers = {};
    request.host = "a\r\nb";
    EXPECT_FALSE(to_text(request));
}

}  // namespace
}  // namespace bongsu::http
