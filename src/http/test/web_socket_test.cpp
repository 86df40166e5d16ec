// A WebSocket as those who send pictures need it: whole messages, one place for what waits, an end that is heard.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "http/server.hpp"

namespace bongsu::http {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// Server and client on one thread: the loop runs for as long as the client waits for something.
struct WebSocketTest : testing::Test {
    void SetUp() override {
        const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(::bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(::listen(listening, 16), 0);
        socklen_t size = sizeof address;
        ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
        Handlers handlers;
        handlers.request = [](const Request&, const Reply& reply) { reply({}); };
        handlers.upgrade = [this](const Request& request, std::shared_ptr<Socket> made) -> Result<SocketEvents> {
            upgraded_on = std::this_thread::get_id();
            if (request.path == "/refused") return fail(ErrorKind::forbidden, "not here");
            socket = std::move(made);
            return SocketEvents{.text = [this](std::string text) { texts.push_back(std::move(text)); },
                                .closed = [this] { ++closed; },
                                .drained = [this] { ++drained; }};
        };
        change(handlers);
        server = Server::start(loop, listening, std::move(handlers), {.socket_kernel_bytes = 64 << 10}).value();
        connect(address);
    }
    /// For a suite with another server.
    virtual void change(Handlers&) {}
    void connect(const sockaddr_in& address) {
        client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        const int small = 4096;  // What the reader's kernel takes without it.
        ::setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        ::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        say(upgrade_request());
        ASSERT_TRUE(run_until([&] { return read(), came.find("\r\n\r\n") != std::string::npos; }));
        head = std::exchange(came, {});
    }
    virtual std::string_view upgrade_request() { return kUpgrade; }
    void TearDown() override {
        ::close(client);
        server.reset();
        run_for(10ms);
    }
    void say(std::string_view bytes) {
        run_for(5ms);
        ASSERT_EQ(::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    void run_for(std::chrono::milliseconds time) {
        loop.restart();
        loop.run_for(time);
    }
    template <class Done>
    bool run_until(Done done, std::chrono::milliseconds within = 3s) {
        for (auto left = within; left > 0ms && !done(); left -= 1ms) run_for(1ms);
        return done();
    }
    /// Takes what is there; `ended` tells how the server let go: 0, or the error.
    void read() {
        char piece[65536];
        for (;;) {
            const auto n = ::recv(client, piece, sizeof piece, 0);
            if (n > 0) {
                came.append(piece, static_cast<std::size_t>(n));
                continue;
            }
            if (n < 0 && errno == EAGAIN) return;
            if (!ended) ended = n == 0 ? 0 : errno;  // After the error there is an end as well.
            return;
        }
    }
    static SharedBytes bytes_of(std::size_t size, std::uint8_t fill) {
        return std::make_shared<const std::vector<std::uint8_t>>(size, fill);
    }

    boost::asio::io_context loop{1};
    std::unique_ptr<Server> server;
    std::shared_ptr<Socket> socket;
    int client = -1, closed = 0, drained = 0;
    std::optional<int> ended;
    std::vector<std::string> texts;
    std::string head, came;
    std::thread::id upgraded_on;
};

TEST_F(WebSocketTest, ABinaryMessageIsOneFrameWithItsPrefix) {
    const auto picture = bytes_of(70'000, 'p');
    socket->send_binary(picture, std::string_view("\0\0\0\7", 4));
    socket->send_text("after it");

    ASSERT_TRUE(run_until([&] { return read(), came.ends_with("after it"); }));

    const std::string frame{'\x82', '\x7F', 0, 0, 0, 0, 0, 1, '\x11', '\x74'};  // RFC 6455 5.2: 64 bits of length, 70,004.
    ASSERT_EQ(came.substr(0, 10), frame);
    EXPECT_EQ(came.substr(10, 4), std::string("\0\0\0\7", 4));
    EXPECT_EQ(came.substr(14, 70'000), std::string(70'000, 'p'));
    EXPECT_EQ(came.substr(70'014, 2), std::string("\x81\x08", 2));
    EXPECT_TRUE(run_until([&] { return drained == 1; }));
    EXPECT_EQ(picture.use_count(), 1);
}

TEST_F(WebSocketTest, SaysThatAllIsTakenOnlyWhenAReaderHasMadeRoom) {
    socket->send_binary(bytes_of(4'000'000, 'p'));
    run_for(100ms);
    EXPECT_EQ(drained, 0);

    ASSERT_TRUE(run_until([&] { return read(), drained == 1; }));
    EXPECT_LE(came.size(), 4'000'010U);
    EXPECT_GT(came.size(), 3'000'000U);
}

TEST_F(WebSocketTest, AnEndBehindAPictureIsHeardByAReaderWhoTakesIt) {
    socket->send_binary(bytes_of(300'000, 'p'));
    socket->send_binary(bytes_of(300'000, 'q'));
    socket->send_text("why");
    socket->close(4403, "the grant is over");

    ASSERT_TRUE(run_until([&] { return read(), came.ends_with("the grant is over"); }));

    EXPECT_EQ(came.find('q'), std::string::npos) << "a picture that had not been begun";
    EXPECT_EQ(came.substr(came.size() - 24, 3), "why");
    EXPECT_EQ(came.substr(came.size() - 21, 4), (std::string{'\x88', 19, '\x11', '\x33'}));
    say({"\x88\x82\0\0\0\0\x11\x33", 8});
    ASSERT_TRUE(run_until([&] { return read(), ended.has_value(); }));
    EXPECT_EQ(*ended, 0);
    EXPECT_TRUE(run_until([&] { return closed == 1; }));
}

TEST_F(WebSocketTest, AReaderWhoTakesNothingIsResetAtItsEnd) {
    socket->send_binary(bytes_of(4'000'000, 'p'));
    run_for(20ms);
    socket->close(4403, "the grant is over");

    ASSERT_TRUE(run_until([&] { return closed == 1; }, 1s));
    ASSERT_TRUE(run_until([&] { return read(), ended.has_value(); }));
    EXPECT_EQ(*ended, ECONNRESET);
    EXPECT_LT(came.size(), 500'000U) << "what the kernel had not sent yet was thrown away";
}

/// RFC 6455 7.4.1: 1003.
TEST_F(WebSocketTest, AReaderWhoSendsBytesIsTold) {
    say(std::string("\x82\x82\0\0\0\0ab", 8));
    ASSERT_TRUE(run_until([&] { return read(), came.find("only text is taken") != std::string::npos; }));
    EXPECT_EQ(came.substr(0, 4), std::string("\x88\x14\x03\xEB", 4));
    EXPECT_TRUE(texts.empty());
}

/// RFC 6455 8.1, where half a letter stands in the first frame and the last one is empty.
TEST_F(WebSocketTest, AReaderWhoseTextEndsWithinALetterIsTold) {
    say(std::string("\x01\x81\0\0\0\0\xCF\x80\x80\0\0\0\0", 13));
    ASSERT_TRUE(run_until([&] { return read(), came.find("a text is UTF-8") != std::string::npos; }));
    EXPECT_EQ(came.substr(2, 2), std::string("\x03\xEF", 2));  // 1007.
    EXPECT_TRUE(texts.empty());
}

TEST_F(WebSocketTest, WhatComesAfterTheReasonToCloseHoldsNothing) {
    socket.reset();
    say(std::string("\x82\x81\0\0\0\0aTTTTTTTTTTTT", 19));  // Bytes, then no frame.
    ::shutdown(client, SHUT_WR);
    EXPECT_TRUE(run_until([&] { return server->connections() == 0 && closed == 1; }));
}

TEST_F(WebSocketTest, AReasonIsCutBetweenLetters) {
    std::string reason = "a";
    for (int i = 0; i < 60; ++i) reason += "봉";
    socket->close(4403, reason);
    ASSERT_TRUE(run_until([&] { return read(), came.size() > 4; }));
    EXPECT_EQ(came.substr(4), reason.substr(0, 1 + 40 * 3));
}

TEST_F(WebSocketTest, WhatMustArriveAndDoesNotTearsTheConnectionDown) {
    socket->send_binary(bytes_of(4'000'000, 'p'));
    socket->must_arrive(200ms);
    ASSERT_TRUE(run_until([&] { return closed == 1; }));
    ASSERT_TRUE(run_until([&] { return read(), ended.has_value(); }));
    EXPECT_EQ(*ended, ECONNRESET);
}

TEST_F(WebSocketTest, WhatMustArriveAndDoesLeavesTheConnectionAlone) {
    socket->send_binary(bytes_of(1'000'000, 'p'));
    socket->must_arrive(500ms);
    ASSERT_TRUE(run_until([&] { return read(), drained == 1; }));
    // More follows all the time: the connection is never empty, and what was asked about has long been taken.
    for (int i = 0; i < 10; ++i) {
        for (int k = 0; k < 5; ++k) socket->send_binary(bytes_of(100'000, 'q'));
        run_until([&] { return read(), false; }, 80ms);
    }
    EXPECT_EQ(closed, 0);
}

TEST_F(WebSocketTest, MoreThanMayWaitClosesIt) {
    for (int i = 0; i < 6; ++i) socket->send_binary(bytes_of(1 << 20, 'p'));
    ASSERT_TRUE(run_until([&] { return closed == 1; }));
}

/// The socket lives on a loop with a thread of its own.
struct WebSocketElsewhereTest : WebSocketTest {
    void change(Handlers& handlers) override {
        handlers.socket_place = [this, upgrade = handlers.upgrade](const Request&) { return SocketPlace{&other, upgrade}; };
    }
    void SetUp() override {
        WebSocketTest::SetUp();
        meet();
    }
    /// What the other thread did until now is seen here.
    void meet() {
        std::promise<void> met;
        boost::asio::post(other, [&met] { met.set_value(); });
        met.get_future().wait();
    }
    /// What came there, once something has: read on that thread.
    std::vector<std::string> texts_there() {
        std::vector<std::string> found;
        const bool came_there = run_until([&] {
            std::promise<std::vector<std::string>> told;
            boost::asio::post(other, [&] { told.set_value(texts); });
            found = told.get_future().get();
            return !found.empty();
        });
        EXPECT_TRUE(came_there);
        return found;
    }
    void TearDown() override {
        WebSocketTest::TearDown();
        other.stop();
        thread.join();
        socket.reset();
    }
    boost::asio::io_context other{1};
    std::thread thread{[this] {
        const auto stays = boost::asio::make_work_guard(other);
        other.run();
    }};
};

TEST_F(WebSocketElsewhereTest, ASocketLivesOnTheLoopThatItWasGiven) {
    EXPECT_EQ(head.substr(0, 12), "HTTP/1.1 101");
    EXPECT_EQ(upgraded_on, thread.get_id());
    EXPECT_EQ(server->connections(), 1U);
    socket->send_binary(bytes_of(70'000, 'p'));
    say({"\x81\x82\0\0\0\0hi", 8});
    ASSERT_TRUE(run_until([&] { return read(), came.size() == 70'010; }));
    EXPECT_EQ(texts_there(), std::vector<std::string>{"hi"});
    socket->close(1000, "done");
    ASSERT_TRUE(run_until([&] { return read(), came.ends_with("done"); }));
    ::shutdown(client, SHUT_RDWR);
    socket.reset();
    EXPECT_TRUE(run_until([&] { return server->connections() == 0; }));
}

struct WebSocketRefusedElsewhereTest : WebSocketElsewhereTest {
    std::string_view upgrade_request() override {
        static const std::string kRefused = "GET /refused" + std::string(kUpgrade.substr(7));
        return kRefused;
    }
};

TEST_F(WebSocketRefusedElsewhereTest, ARefusalIsAnsweredThere) {
    EXPECT_EQ(head.substr(0, 12), "HTTP/1.1 403");
    EXPECT_EQ(upgraded_on, thread.get_id());
    EXPECT_TRUE(run_until([&] { return read(), ended.has_value() && server->connections() == 0; }));
}

}  // namespace
}  // namespace bongsu::http
