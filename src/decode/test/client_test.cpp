#include "decode/client.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <optional>
#include <vector>

#include "env/posix.hpp"
#include "media/h264.hpp"

namespace bongsu::decode {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
using namespace std::chrono_literals;

std::shared_ptr<const media::Block> picture() {
    auto block = std::make_shared<media::Block>();
    block->key = true;
    const std::vector<std::uint8_t> unit(100, 0x65);
    media::append_nal(*block, unit);
    media::write_headers(*block, {});
    return block;
}

/// A decoder that answers as the test says, on the client's own loop.
struct DecoderTest : testing::Test {
    asio::io_context loop;
    std::string path = testing::TempDir() + "decoder-" + std::to_string(::getpid()) + ".sock";
    std::optional<Local::acceptor> acceptor;
    std::vector<std::shared_ptr<Local::socket>> sockets;
    std::vector<Question> questions;
    std::function<bool(Question&, Answer&, std::string& jpeg)> answer = [](Question&, Answer&, std::string&) { return true; };
    std::unique_ptr<Decoder> decoder;
    std::vector<std::string> said;

    void SetUp() override {
        listen();
        start({.answer = 300ms, .away = 300ms});
    }
    void TearDown() override {
        decoder.reset();
        ::unlink(path.c_str());
    }
    void start(ClientLimits limits) { decoder = connect_decoder(loop, env::process_env().clock, path, limits); }
    void listen() {
        ::unlink(path.c_str());
        acceptor.emplace(loop, Local::endpoint(path));
        accept();
    }
    void accept() {
        acceptor->async_accept([this](boost::system::error_code code, Local::socket socket) {
            if (code) return;
            sockets.push_back(std::make_shared<Local::socket>(std::move(socket)));
            serve(sockets.back());
            accept();
        });
    }
    void serve(const std::shared_ptr<Local::socket>& socket) {
        const auto head = std::make_shared<std::array<std::uint8_t, kQuestionSize>>();
        asio::async_read(*socket, asio::buffer(*head), [=, this](boost::system::error_code code, std::size_t) {
            if (code) return;
            auto question = *read_question(*head);
            const auto body = std::make_shared<std::vector<std::uint8_t>>(question.bytes);
            asio::async_read(*socket, asio::buffer(*body), [=, this](boost::system::error_code failed, std::size_t) mutable {
                if (failed) return;
                questions.push_back(question);
                Answer out{.id = question.id, .outcome = Outcome::ok, .numbers = {}};
                std::string jpeg = "JPEG";
                if (!answer(question, out, jpeg)) return;
                out.bytes = static_cast<std::uint32_t>(jpeg.size());
                const auto bytes = write(out);
                asio::write(*socket, asio::buffer(bytes), code);
                asio::write(*socket, asio::buffer(jpeg), code);
                serve(socket);
            });
        });
    }
    void ask(const char* camera, int height = 0, bool wants_jpeg = true) {
        decoder->ask({.camera = CameraId{camera}, .block = picture(), .format = {}, .wants_jpeg = wants_jpeg, .height = height},
                     [this, camera](const Result<std::shared_ptr<const Picture>>& done) {
                         said.push_back(std::string(camera) + " " + (done ? (*done)->jpeg : std::string(bongsu::to_string(done.error().kind))));
                     });
    }
    /// Runs until `count` answers were told.
    void run(std::size_t count) {
        const auto until = std::chrono::steady_clock::now() + 5s;  // tidy-ok: a test's own deadline on the real loop
        while (said.size() < count && std::chrono::steady_clock::now() < until) loop.run_one_for(50ms);  // tidy-ok: the same
    }
};

TEST_F(DecoderTest, APictureIsAskedForAndComes) {
    ask("A", 180);
    EXPECT_TRUE(said.empty());
    run(1);
    EXPECT_EQ(said, std::vector<std::string>{"A JPEG"});
    ASSERT_EQ(questions.size(), 1U);
    EXPECT_EQ(questions[0].height, 180);
    EXPECT_EQ(questions[0].bytes, 104U);
    EXPECT_EQ(decoder->counters().decoded, 1U);
}

TEST_F(DecoderTest, ACameraWaitsOnceAndWhoAsksMeanwhileGetsTheSamePicture) {
    for (const auto* camera : {"A", "B", "B", "B", "C"}) ask(camera);
    run(5);
    EXPECT_EQ(questions.size(), 3U);
    EXPECT_EQ(said.size(), 5U);
    EXPECT_EQ(decoder->counters().joined, 2U);
}

TEST_F(DecoderTest, WhoWaitsForAPictureGoesBeforeNumbers) {
    ask("first");
    ask("numbers", 0, false);
    ask("picture");
    run(3);
    EXPECT_EQ(said[1], "picture JPEG");
    EXPECT_FALSE(questions[2].wants_jpeg);
}

TEST_F(DecoderTest, TheQueueIsBounded) {
    start({.waiting_max = 2, .answer = 300ms, .away = 300ms});
    for (const auto* camera : {"now", "1", "2", "3"}) ask(camera);
    EXPECT_EQ(decoder->waiting(), 2U);
    run(4);
    EXPECT_EQ(said[0], "3 exhausted");
    EXPECT_EQ(decoder->counters().turned_away, 1U);
    EXPECT_EQ(said.size(), 4U);
}

TEST_F(DecoderTest, WhatIsNoPictureIsSaidInWords) {
    answer = [](Question&, Answer& out, std::string& jpeg) {
        out.outcome = Outcome::too_slow;
        jpeg.clear();
        return true;
    };
    ask("A");
    run(1);
    EXPECT_EQ(said[0], "A corrupt");
    EXPECT_EQ(decoder->counters().too_slow, 1U);
}

TEST_F(DecoderTest, ADecoderThatSaysNothingIsLeft) {
    int asked = 0;
    answer = [&](Question&, Answer&, std::string&) { return ++asked > 1; };
    ask("A");
    ask("B");
    run(2);
    EXPECT_EQ(said, (std::vector<std::string>{"A timeout", "B JPEG"}));
    EXPECT_EQ(sockets.size(), 2U);
}

TEST_F(DecoderTest, ADecoderThatWasStartedAgainIsAskedAgain) {
    ask("A");
    run(1);
    sockets.back()->close();
    ask("B");
    run(2);
    EXPECT_EQ(said[1], "B JPEG");
}

TEST_F(DecoderTest, AnAnswerToAnotherQuestionIsNone) {
    answer = [](Question&, Answer& out, std::string&) {
        ++out.id;
        return true;
    };
    ask("A");
    run(1);
    EXPECT_EQ(said[0], "A unavailable");
}

TEST_F(DecoderTest, WithoutADecoderOneIsToldSoon) {
    acceptor->close();
    ::unlink(path.c_str());
    ask("A");
    run(1);
    EXPECT_EQ(said[0], "A unavailable");
    EXPECT_EQ(decoder->counters().lost, 1U);
}

TEST_F(DecoderTest, ItMayGoWhileItIsAsked) {
    ask("A");
    loop.run_one_for(50ms);
    decoder.reset();
    while (loop.poll() > 0) {}
    EXPECT_TRUE(said.empty());
}

}  // namespace
}  // namespace bongsu::decode
