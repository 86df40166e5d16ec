#include "rtsp/message.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bongsu::rtsp {
namespace {

std::string_view head_of(std::string_view text) { return text.substr(0, text.find("\r\n\r\n")); }

TEST(Message, ARequestIsReadWithHeadersInAnyCase) {
    const auto message =
        parse("DESCRIBE rtsp://h/x RTSP/1.0\r\ncseq:7\r\nACCEPT : a,\r\n  b\r\nX-empty:", "");

    ASSERT_TRUE(message) << message.error().message;
    const auto& request = std::get<Request>(*message);
    EXPECT_EQ(request.method, "DESCRIBE");
    EXPECT_EQ(request.url, "rtsp://h/x");
    EXPECT_EQ(*cseq_of(request.headers), 7U);
    EXPECT_EQ(request.headers.get("Accept"), "a, b");
    EXPECT_EQ(request.headers.get("x-EMPTY"), "");
}

TEST(Message, AFoldedLineBehindAnEmptyValueIsTheValue) {
    const auto message = parse("A b RTSP/1.0\r\nx:\r\n 1\r\ny: 2\r\n \r\n\t3", "");
    ASSERT_TRUE(message);
    EXPECT_EQ(std::get<Request>(*message).headers.get("x"), "1");
    EXPECT_EQ(std::get<Request>(*message).headers.get("y"), "2 3");
}

TEST(Message, WhatWasWrittenReadsTheSame) {
    Request request{"SETUP", "rtsp://h:554/a?b=c", {}, {}};
    request.headers.add("CSeq", "3");
    Response response{461, {}, {}, "body"};
    response.headers.add("CSeq", "3");

    const std::string asked = write(request), answered = write(response);
    const auto request_back = parse(head_of(asked), "");
    const auto response_back = parse(head_of(answered), "body");

    ASSERT_TRUE(request_back);
    EXPECT_EQ(std::get<Request>(*request_back), request);
    ASSERT_TRUE(response_back);
    EXPECT_EQ(std::get<Response>(*response_back).status, 461);
    EXPECT_EQ(std::get<Response>(*response_back).reason, "Unsupported Transport");
    EXPECT_EQ(std::get<Response>(*response_back).headers.get("content-length"), "4");
    EXPECT_EQ(std::get<Response>(*response_back).body, "body");
}

TEST(Message, WhatIsNoRtspIsSaidSo) {
    EXPECT_EQ(parse("HTTP/1.1 400 Bad Request\r\nServer: x", "").error().message,
              "the peer speaks HTTP, not RTSP");
    for (const char* head :
         {"", "OPTIONS", "OPTIONS *", "OPTIONS * RTSP/2.0", "OPT IONS * RTSP/1.0", "RTSP/2.0 200 OK",
          "RTSP/1.0 20 OK", "RTSP/1.0 2000 OK", "RTSP/1.0 abc", "A b RTSP/1.0\r\nnocolon",
          "A b RTSP/1.0\r\n: x", "A b RTSP/1.0\r\na b: x", "A b RTSP/1.0\r\nx: \x01"}) {
        EXPECT_FALSE(parse(head, "")) << head;
    }
    std::string many = "A b RTSP/1.0";
    for (int i = 0; i < 101; ++i) many += "\r\nx: y";
    EXPECT_FALSE(parse(many, ""));
    EXPECT_FALSE(cseq_of(Headers{}));
}

TEST(Url, ItsPartsAreFoundAndItsSecretsLeftOut) {
    const auto url = parse_url("rtsp://admin:p%40ss:w@10.0.0.9:8554/a/b?x=1&y=2");

    ASSERT_TRUE(url);
    EXPECT_EQ(url->user, "admin");
    EXPECT_EQ(url->password, "p@ss:w");
    EXPECT_EQ(url->host, "10.0.0.9");
    EXPECT_EQ(url->port, 8554);
    EXPECT_EQ(url->without_secrets(), "rtsp://10.0.0.9:8554/a/b?x=1&y=2");
    EXPECT_EQ(parse_url("RTSP://[::1]")->without_secrets(), "rtsp://[::1]/");
    EXPECT_EQ(parse_url("rtsp://cam?channel=1")->query, "channel=1");
}

TEST(Url, ABadOneIsRefusedWithoutQuotingIt) {
    for (const char* text :
         {"", "http://h/", "rtsp://", "rtsp:///x", "rtsp://u:s3cret@", "rtsp://h:0/", "rtsp://h:65536/",
          "rtsp://h:5x/", "rtsp://[::1/", "rtsp://[]/", "rtsp://[[a]/", "rtsp://[[:a]/", "rtsp://[h]/",
          "rtsp://h]/", "rtsp://h/a b", "rtsp://u:s3cret%zz@h/", "rtsp://h/\r\nX: y"}) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().message.find("s3cret"), std::string::npos);
    }
}

TEST(Url, WhatIsWrittenOfItIsNeverTooLongToBeReadAgain) {
    const std::string begin = "rtsp://h?", full = begin + std::string(2048 - begin.size(), 'q');

    EXPECT_FALSE(parse_url(full)) << "a '/' goes before the '?'";
    EXPECT_TRUE(parse_url(parse_url(full.substr(0, 2047))->without_secrets()));
    EXPECT_EQ(parse_url("rtsp://[fe80::1%25eth0]:8554/x")->without_secrets(),
              "rtsp://[fe80::1%25eth0]:8554/x");
}

TEST(Message, AnyMutationIsAnsweredWithoutHarm) {
    std::mt19937 seeded(5);
    const std::string request =
        "SETUP rtsp://u:p@h:554/a?b RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n x";
    for (int i = 0; i < 200'000; ++i) {
        std::string text = request;
        for (unsigned n = 0; n <= seeded() % 5; ++n)
            text[seeded() % text.size()] = static_cast<char>(seeded());

        const auto message = parse(text, "");
        const auto url = parse_url(std::string_view(text).substr(6, 20));

        if (!message) {
            ASSERT_EQ(message.error().kind, ErrorKind::corrupt);
        } else if (const auto* parsed = std::get_if<Request>(&*message)) {
            // No header may break out of its line when it is written again.
            const std::string again = write(*parsed);
            ASSERT_TRUE(parse(head_of(again), "")) << again;
        }
        if (url) {
            ASSERT_FALSE(url->host.empty());
        }
    }
}

}  // namespace
}  // namespace bongsu::rtsp
