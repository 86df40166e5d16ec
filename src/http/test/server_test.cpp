#include "http/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <future>
#include <thread>

namespace bongsu::http {
namespace {

/// A server on a port of the system's choosing with its loop on a thread of its own.
class ServerTest : public testing::Test {
  protected:
    void SetUp() override {
        fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(::listen(fd_, 16), 0);
        socklen_t size = sizeof address;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = address.sin_port;
    }

    void serve(Handlers handlers, ServerLimits limits = {}) {
        server_ = Server::start(loop_, fd_, std::move(handlers), limits).value();
        thread_ = std::thread([this] { loop_.run(); });
    }

    void TearDown() override {
        boost::asio::post(loop_, [this] { server_.reset(); });
        loop_.stop();
        if (thread_.joinable()) thread_.join();
        server_.reset();
    }

    /// A connection that has said nothing yet; -1 when there is none.
    int connect() const {
        const int client = ::socket(AF_INET, SOCK_STREAM, 0);
        timeval deadline{5, 0};
        ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = port_;
        return ::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? client : -1;
    }

    /// Sends raw bytes and reads until the server closes or `until` is seen; `after_head` goes out once a
    /// head came.
    std::string talk(const std::string& bytes, std::string_view until = {}, std::string after_head = {}) {
        const int client = connect();
        if (client < 0) return "no connection";
        for (std::size_t sent = 0; sent < bytes.size();) {
            const auto n = ::send(client, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (n <= 0) break;
            sent += static_cast<std::size_t>(n);
        }
        std::string answer;
        char piece[4096];
        for (;;) {
            const auto n = ::recv(client, piece, sizeof piece, 0);
            if (n <= 0) break;
            answer.append(piece, static_cast<std::size_t>(n));
            if (!after_head.empty() && answer.find("\r\n\r\n") != std::string::npos) {
                ::send(client, after_head.data(), after_head.size(), MSG_NOSIGNAL);
                after_head.clear();
            }
            if (!until.empty() && answer.find(until) != std::string::npos) break;
        }
        ::close(client);
        return answer;
    }

    boost::asio::io_context loop_{1};
    int fd_ = -1;
    in_port_t port_ = 0;
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

Handlers echo() {
    return {.request =
                [](Request request, Reply reply) {
                    Response response;
                    response.content_type = "text/plain";
                    response.body = request.method + " " + request.path + " " +
                                    request.param("q").value_or("-") + " " + request.body;
                    reply(std::move(response));
                },
            .upgrade = {}};
}

TEST_F(ServerTest, ARequestIsAnsweredWithItsPathAndQueryDecoded) {
    serve(echo());
    const auto answer = talk("GET /a%2Fb+c?q=%EB%A7%88+x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_NE(answer.find("200 OK"), std::string::npos) << answer;
    EXPECT_NE(answer.find("GET /a/b+c 마 x"), std::string::npos) << answer;
}

TEST_F(ServerTest, TwoRequestsOnOneConnectionAreAnsweredInOrder) {
    serve(echo());
    const auto answer =
        talk("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_LT(answer.find("GET /1"), answer.find("GET /2")) << answer;
}

TEST_F(ServerTest, BadRequestsGetAClearAnswer) {
    ServerLimits limits;
    limits.body_bytes_max = 100;
    serve(echo(), limits);
    EXPECT_NE(talk("nonsense\r\n\r\n").find("400"), std::string::npos);
    for (const auto* target : {"/%ff", "/%c3%28", "/a?%ff=1", "/a?q=%ed%a0%80"})
        EXPECT_EQ(talk(std::string("GET ") + target + " HTTP/1.1\r\nHost: h\r\n\r\n").substr(0, 12), "HTTP/1.1 400") << target;
    EXPECT_NE(talk("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n").find("400"), std::string::npos);
    EXPECT_NE(
        talk("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x')).find("413"),
        std::string::npos);
    EXPECT_NE(talk("GET / HTTP/1.1\r\nX: " + std::string(40'000, 'y') + "\r\n\r\n").find("431"),
              std::string::npos);
}

/// RFC 9110 6.5.1: who looks at requests on their way sees the head alone.
TEST_F(ServerTest, WhatComesInTrailersIsNoHeader) {
    Handlers handlers;
    handlers.request = [](Request request, Reply reply) {
        reply(json_response(200, boost::json::object{{"bearer", request.bearer()}, {"headers", request.headers.size()}}));
    };
    handlers.upgrade = [](const Request&, const std::shared_ptr<Socket>&) -> Result<SocketEvents> { return SocketEvents{}; };
    serve(std::move(handlers));
    const std::string head = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    EXPECT_NE(talk(head + "Authorization: Bearer secret\r\nHost: other\r\n\r\n").find(R"({"bearer":"","headers":3})"), std::string::npos);
    EXPECT_EQ(talk(head + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").substr(0, 12),
              "HTTP/1.1 200");
}

TEST_F(ServerTest, ATargetMayBeWhole) {
    serve(echo());
    for (const auto& [target, path] : {std::pair{"http://h/a?q=1", "GET /a 1"}, {"https://h?q=2", "GET / 2"}, {"http://h", "GET / -"}})
        EXPECT_NE(talk(std::string("GET ") + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").find(path), std::string::npos) << target;
}

/// RFC 9110 10.1.1: whoever waits for a word before its body gets one, however small the body.
TEST_F(ServerTest, AClientThatWaitsIsInvited) {
    serve(echo());
    const auto answer = talk("POST /e HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", {}, "hi");
    EXPECT_EQ(answer.substr(0, 25), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_NE(answer.find("POST /e - hi"), std::string::npos) << answer;
}

/// A close at once would be a reset, which takes the answer away again (RFC 9112 9.6).
TEST_F(ServerTest, WhoSendsTooMuchBeforeItReadsHearsSo) {
    ServerLimits limits;
    limits.body_bytes_max = 100;
    serve(echo(), limits);
    for (int i = 0; i < 10; ++i)
        ASSERT_EQ(talk("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n" + std::string(8'000'000, 'x')).substr(0, 12), "HTTP/1.1 413");
}

TEST_F(ServerTest, AHandshakeThatIsNoneIsAnsweredAsEverythingElse) {
    auto handlers = echo();
    handlers.upgrade = [](const Request&, const std::shared_ptr<Socket>&) -> Result<SocketEvents> { return SocketEvents{}; };
    serve(std::move(handlers));
    const std::string head = "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    const auto no_key = talk(head + "Sec-WebSocket-Version: 13\r\n\r\n");
    EXPECT_EQ(no_key.substr(0, 12), "HTTP/1.1 400");
    EXPECT_NE(no_key.find("application/problem+json"), std::string::npos);
    const auto old = talk(head + "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_EQ(old.substr(0, 12), "HTTP/1.1 426");
    EXPECT_NE(old.find("Sec-WebSocket-Version: 13"), std::string::npos);
}

/// RFC 9112 7.1: where a message is cut into packets means nothing.
TEST_F(ServerTest, ABodyOfNoChunksMayEndInAnyNumberOfPieces) {
    serve(echo());
    const int client = connect();
    for (const auto* piece : {"POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n", "\r", "\n"}) {
        ::send(client, piece, std::string_view(piece).size(), MSG_NOSIGNAL);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // tidy-ok: for a packet of its own.
    }
    char answer[512];
    const auto n = ::recv(client, answer, sizeof answer, 0);
    ::close(client);
    ASSERT_GT(n, 0);
    EXPECT_NE(std::string(answer, static_cast<std::size_t>(n)).find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, AChunkWhoseSizeHasNoEndIsNotKept) {
    serve(echo());
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(talk(head + "5;" + std::string(1 << 20, 'a')).substr(0, 12), "HTTP/1.1 400");
    EXPECT_EQ(talk(head + "0\r\nX: " + std::string(1 << 20, 'a')).substr(0, 12), "HTTP/1.1 400");
}

/// RFC 9112 3.2: one Host that can be one; 6.1: no transfer coding but the one that we have.
TEST_F(ServerTest, AHeadThatMayMeanTwoThingsIsRefusedAndTheConnectionClosed) {
    serve(echo());
    const std::string next = "GET /smuggled HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    const std::pair<const char*, const char*> cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: <script>\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", "501"},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "400"},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"}};
    for (const auto& [bytes, status] : cases) {
        const auto answer = talk(bytes + next);
        EXPECT_EQ(answer.substr(0, 12), std::string("HTTP/1.1 ") + status) << bytes << answer;
        EXPECT_EQ(answer.find("/smuggled"), std::string::npos) << bytes;
    }
    EXPECT_NE(talk("GET /old HTTP/1.0\r\n\r\n").find("GET /old"), std::string::npos) << "1.0 had no Host";
    for (const auto* host : {"h", "127.0.0.1:8300", "[::1]:8300", ""})
        EXPECT_NE(talk(std::string("GET /ok HTTP/1.1\r\nHost: ") + host + "\r\nConnection: close\r\n\r\n").find("200 OK"),
                  std::string::npos)
            << host;
}

TEST_F(ServerTest, ARaisedLimitIsForTheRequestThatItIsMeantForAlone) {
    ServerLimits limits;
    limits.body_bytes_max = 100;
    Handlers handlers{
        .request =
            [](Request request, Reply reply) {
                Response response;
                const auto size = request.file ? request.file->size() : 0;
                response.body =
                    "file " + std::to_string(size) + " body " + std::to_string(request.body.size());
                reply(std::move(response));
            },
        .upgrade = {},
        .file_bytes_max = [](const Request& head) -> std::size_t { return head.path == "/file" ? 1000 : 0; }};
    serve(std::move(handlers), limits);
    const auto post = [&](const std::string& path, std::size_t size, const std::string& more = "") {
        return talk("POST " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + more +
                    "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x'));
    };

    EXPECT_NE(post("/file", 1000).find("file 1000 body 0"), std::string::npos);
    EXPECT_NE(post("/file", 50).find("file 0 body 50"), std::string::npos);
    EXPECT_NE(post("/file", 1001).find("larger than 1000 bytes"), std::string::npos);
    EXPECT_NE(post("/other", 101).find("larger than 100 bytes"), std::string::npos);
    EXPECT_NE(post("/file", 500, "Expect: 100-continue\r\n").find("HTTP/1.1 200 OK"), std::string::npos) << "it came along";
    const std::string waits = "POST /file HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n";
    EXPECT_NE(talk(waits, {}, std::string(500, 'x')).find("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"), std::string::npos);
    const std::string chunks = "\r\n\r\n80\r\n" + std::string(128, 'x') + "\r\n0\r\n\r\n";
    const std::string head = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked";
    EXPECT_NE(talk("POST /file" + head + chunks).find("file 128 body 0"), std::string::npos);
    EXPECT_NE(talk("POST /other" + head + chunks).find("413"), std::string::npos);
}

TEST_F(ServerTest, WhatIsTooLargeIsToldToTheOwnerWhoMayAnswerInAnotherForm) {
    ServerLimits limits;
    limits.body_bytes_max = 100;
    auto handlers = echo();
    handlers.too_large = [](const Request& head, Response& answer) {
        answer.content_type = "application/json";
        answer.body = "{\"path\":\"" + head.path + "\"}";
    };
    serve(std::move(handlers), limits);
    const std::string start = "POST /partner HTTP/1.1\r\nHost: h\r\n";
    for (const auto& rest : {"Content-Length: 101\r\n\r\n" + std::string(101, 'x'),
                             "Transfer-Encoding: chunked\r\n\r\n80\r\n" + std::string(128, 'x') + "\r\n0\r\n\r\n"}) {
        const auto answer = talk(start + rest);
        EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 413");
        EXPECT_NE(answer.find("{\"path\":\"/partner\"}"), std::string::npos) << answer;
    }
}

TEST_F(ServerTest, MoreFilesAtOnceThanTheBoundAreToldToComeAgain) {
    ServerLimits limits;
    limits.body_bytes_max = 100;
    limits.files_at_once_max = 0;
    auto handlers = echo();
    handlers.file_bytes_max = [](const Request&) -> std::size_t { return 1000; };
    serve(std::move(handlers), limits);

    EXPECT_NE(talk("POST /file HTTP/1.1\r\nHost: h\r\nContent-Length: 200\r\n\r\n").find("503"),
              std::string::npos);
    EXPECT_NE(talk("POST /file HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab")
                  .find("200 OK"),
              std::string::npos);
}

TEST_F(ServerTest, StrangersTakeOnePlaceForFilesAndLeaveTheOthers) {
    ServerLimits limits;
    limits.body_bytes_max = 100;
    auto handlers = echo();
    handlers.file_bytes_max = [](const Request&) -> std::size_t { return 1000; };
    handlers.is_known = [](const Request& head) { return head.bearer() == "known"; };
    serve(std::move(handlers), limits);
    const auto post = [](const std::string& bearer) {
        return "POST /file HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer " + bearer + "\r\nContent-Length: 200\r\n\r\n";
    };
    const int silent = connect();
    const auto begun = post("x");
    ::send(silent, begun.data(), begun.size(), MSG_NOSIGNAL);
    ASSERT_EQ(talk("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").substr(0, 12), "HTTP/1.1 200");  // It was heard before.

    EXPECT_EQ(talk(post("y") + std::string(200, 'x')).substr(0, 12), "HTTP/1.1 503");
    EXPECT_EQ(talk(post("known") + std::string(200, 'x')).substr(0, 12), "HTTP/1.1 200");
    ::close(silent);
}

TEST_F(ServerTest, AConnectionAboveTheBoundIsToldSo) {
    ServerLimits limits;
    limits.connections_max = 0;
    serve(echo(), limits);
    EXPECT_NE(talk("GET / HTTP/1.1\r\nHost: h\r\n\r\n").find("503"), std::string::npos);
}

TEST_F(ServerTest, WhoConnectsAndSaysNothingKeepsNobodyOut) {
    ServerLimits limits;
    limits.connections_max = 3;
    serve(echo(), limits);
    std::vector<int> silent;
    for (int i = 0; i < 3; ++i) silent.push_back(connect());
    ::send(silent[1], "POST / HT", 9, MSG_NOSIGNAL);  // Nor who begins and never ends.

    for (int i = 0; i < 6; ++i) {
        const auto answer = talk("GET /now HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        EXPECT_NE(answer.find("200 OK"), std::string::npos) << i << ": " << answer;
    }
    char byte = 0;
    EXPECT_EQ(::recv(silent[0], &byte, 1, 0), 0) << "the one that was silent for longest is gone";
    EXPECT_GE(server_->given_up(), 1U) << "and is counted";
    for (const int client : silent) ::close(client);
}

TEST_F(ServerTest, PiecesFollowTheBodyAsTheyLie) {
    const auto picture = std::make_shared<const std::string>("0123456789");
    const auto tap = std::make_shared<Tap>();
    serve({.request =
               [&](Request request, Reply reply) {
                   Response response{200, "video/mp4", "head ", {}};
                   response.pieces = {{picture, std::string_view(*picture).substr(2, 3)}, {picture, *picture}};
                   response.tap = tap;
                   response.headers["X-Is-Head"] = request.is_head ? "yes" : "no";
                   reply(std::move(response));
               },
           .upgrade = {}});

    const auto answer = talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.ends_with("\r\n\r\nhead 2340123456789")) << answer;
    EXPECT_NE(answer.find("Content-Length: 18\r\n"), std::string::npos) << answer;
    EXPECT_EQ(tap->bytes(), 13U);

    const auto head = talk("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
    EXPECT_NE(head.find("Content-Length: 18\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("X-Is-Head: yes"), std::string::npos) << head;
    EXPECT_EQ(tap->bytes(), 13U);
}

TEST_F(ServerTest, NotAByteLeavesAfterATapIsClosed) {
    const auto film = std::make_shared<const std::string>(64U << 20, 'x');
    const auto tap = std::make_shared<Tap>();
    serve({.request =
               [&](Request, Reply reply) {
                   Response response{200, "video/mp4", "", {}};
                   response.pieces = {{film, *film}};
                   response.tap = tap;
                   reply(std::move(response));
               },
           .upgrade = {}});
    const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const int client = connect();
    ASSERT_EQ(::send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    char byte = 0;
    ASSERT_EQ(::recv(client, &byte, 1, MSG_PEEK), 1);  // It is under way, and stands: nobody reads.
    std::promise<std::uint64_t> counted;
    boost::asio::post(loop_, [&] {
        tap->close();
        counted.set_value(tap->bytes());
    });
    EXPECT_LT(counted.get_future().get(), film->size());

    std::vector<char> rest(1 << 20);
    ssize_t n = 0;
    std::size_t received = 0;
    while ((n = ::recv(client, rest.data(), rest.size(), 0)) > 0) received += static_cast<std::size_t>(n);
    EXPECT_EQ(n, -1);
    EXPECT_EQ(errno, ECONNRESET);
    EXPECT_LT(received, film->size());
    ::close(client);
    EXPECT_EQ(talk(request), "");  // Whoever asks again gets nothing either.
}

TEST_F(ServerTest, ARefusedWebSocketIsToldWhy) {
    auto handlers = echo();
    handlers.upgrade = [](const Request&, std::shared_ptr<Socket> socket) -> Result<SocketEvents> {
        socket->send_text("to nobody");
        socket->close(1000, "nor this");
        return fail(ErrorKind::exhausted, "too many live streams are open");
    };
    serve(std::move(handlers));
    const auto answer =
        talk("GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 429") << answer;
    EXPECT_NE(answer.find("too many live streams"), std::string::npos) << answer;
}

TEST_F(ServerTest, AWebSocketCarriesTextBothWays) {
    auto handlers = echo();
    handlers.upgrade = [](const Request&, std::shared_ptr<Socket> socket) -> Result<SocketEvents> {
        return SocketEvents{.text = [weak = std::weak_ptr(socket)](std::string text) { weak.lock()->send_text("you said " + text); },
                            .closed = [] {}};
    };
    serve(std::move(handlers));
    const std::string hello =
        "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    const std::string frame{'\x81', '\x82', 1,       2,
                            3,      4,      'h' ^ 1, 'i' ^ 2};  // Masked text "hi" (RFC 6455 5.2).
    const auto answer = talk(hello, "you said hi", frame);
    EXPECT_NE(answer.find("101 Switching"), std::string::npos);
    EXPECT_NE(answer.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos);  // RFC 6455 1.3.
    EXPECT_NE(answer.find("you said hi"), std::string::npos);
}

}  // namespace
}  // namespace bongsu::http
