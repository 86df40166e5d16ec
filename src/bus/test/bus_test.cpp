#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>

#include "bus/frame.hpp"
#include "bus/local.hpp"

namespace bongsu::bus {
namespace {

using namespace std::chrono_literals;

TEST(Frame, MessagesDoNotDependOnHowTheStreamIsSplit) {
    std::string stream;
    for (int i = 0; i < 20; ++i)
        stream +=
            to_frame({{"t", "x"}, {"n", i}, {"text", std::string(static_cast<std::size_t>(i) * 7, 'y')}});
    for (std::size_t step = 1; step < 40; ++step) {
        FrameReader reader;
        int next = 0;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            auto messages = reader.feed(std::string_view(stream).substr(at, step));
            ASSERT_TRUE(messages);
            for (const auto& message : *messages) EXPECT_EQ(message.at("n").as_int64(), next++);
        }
        EXPECT_EQ(next, 20) << "step " << step;
    }
}

TEST(Frame, GarbageIsRefused) {
    EXPECT_FALSE(FrameReader().feed(std::string("\xff\xff\xff\x7f", 4)));
    EXPECT_FALSE(FrameReader().feed(std::string("\x02\0\0\0[]", 6)));
    EXPECT_FALSE(FrameReader().feed(std::string("\x02\0\0\0{x", 6)));
}

TEST(Frame, AStrangersBytesThatAreNoUtf8DoNotEndTheStream) {
    const auto messages = FrameReader().feed(to_frame({{"t", "camera"}, {"cause", "503 \xBC\xAD\xBA\xF1\xBD\xBA, \xED\x95\x9C\xED\x95"}}));

    ASSERT_TRUE(messages) << messages.error().message;
    EXPECT_EQ(messages->at(0).at("cause").as_string(), "503 ??????, \xED\x95\x9C??");
}

class LocalBus : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "bongsu-bus-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::string folder_;
    boost::asio::io_context loop_{1};
};

TEST_F(LocalBus, ADialerFindsAListenerThatComesLaterAndOneThatComesBack) {
    const auto path = folder_ + "/bus.sock";
    int ups = 0;
    std::vector<std::string> heard;
    auto dialer = Dialer::dial(loop_, path, [&](std::shared_ptr<Peer> peer) {
        ++ups;
        peer->send({{"hello", ups}});
        return PeerEvents{.message = {}, .closed = {}};
    });
    loop_.run_for(120ms);
    EXPECT_EQ(ups, 0);

    std::shared_ptr<Peer> server_side;
    const auto on_peer = [&](std::shared_ptr<Peer> peer) {
        server_side = peer;
        return PeerEvents{
            .message = [&](boost::json::object m) { heard.push_back(boost::json::serialize(m)); },
            .closed = {}};
    };
    auto listener = Listener::listen(loop_, path, on_peer);
    ASSERT_TRUE(listener);
    for (int i = 0; i < 100 && heard.empty(); ++i) loop_.run_for(10ms);
    EXPECT_EQ(heard, std::vector<std::string>{"{\"hello\":1}"});

    server_side->close();
    for (int i = 0; i < 100 && heard.size() < 2; ++i) loop_.run_for(10ms);
    EXPECT_EQ(heard.back(), "{\"hello\":2}");
}

TEST_F(LocalBus, APathTooLongForASocketIsNamed) {
    const auto listener = Listener::listen(loop_, folder_ + "/" + std::string(120, 'x'), {});
    ASSERT_FALSE(listener);
    EXPECT_NE(listener.error().message.find("too long"), std::string::npos);
}

}  // namespace
}  // namespace bongsu::bus
