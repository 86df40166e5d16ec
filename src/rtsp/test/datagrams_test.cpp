#include "rtsp/datagrams.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bongsu::rtsp {
namespace {

namespace asio = boost::asio;
using Udp = asio::ip::udp;
using namespace std::chrono_literals;

class DatagramTest : public testing::Test {
  protected:
    DatagramTest() : camera(loop, {asio::ip::make_address("127.0.0.1"), 0}), stranger(loop, {asio::ip::make_address("127.0.0.2"), 0}) {
        auto opened = DatagramPair::open(loop, asio::ip::make_address("127.0.0.1"));
        EXPECT_TRUE(opened);
        pair = *opened;
        pair->start(asio::ip::make_address("127.0.0.1"),
                    {.on_rtp = [this](auto bytes) { seen.push_back("rtp " + std::string(bytes.begin(), bytes.end()).substr(0, 9)); },
                     .on_rtcp = [this](auto bytes) { seen.push_back("rtcp " + std::string(bytes.begin(), bytes.end())); }});
    }
    void say(Udp::socket& from, const std::string& text, std::uint16_t port) {
        from.send_to(asio::buffer(text), {asio::ip::make_address("127.0.0.1"), port});
    }
    template <class Holds>
    void run_until(Holds holds) {
        for (int i = 0; i < 500 && !holds(); ++i) loop.run_one_for(10ms);
    }
    asio::io_context loop;
    Udp::socket camera, stranger;
    std::shared_ptr<DatagramPair> pair;
    std::vector<std::string> seen;
};

TEST_F(DatagramTest, BothPortsReadWhatTheCameraSendsFromWhateverPort) {
    EXPECT_EQ(pair->rtp_port() % 2, 0);
    say(camera, "one", pair->rtp_port());
    run_until([&] { return seen.size() == 1; });
    say(camera, "two", static_cast<std::uint16_t>(pair->rtp_port() + 1));
    run_until([&] { return seen.size() == 2; });
    EXPECT_EQ(seen, (std::vector<std::string>{"rtp one", "rtcp two"}));
}

TEST_F(DatagramTest, StrangersAndGiantsAreCountedAndDropped) {
    say(stranger, "no", pair->rtp_port());
    say(camera, std::string(5000, 'x'), pair->rtp_port());
    say(camera, "yes", pair->rtp_port());
    run_until([&] { return !seen.empty(); });
    EXPECT_EQ(seen, std::vector<std::string>{"rtp yes"});
    EXPECT_EQ(pair->counters().foreign, 1U);
    EXPECT_EQ(pair->counters().oversize, 1U);
}

TEST_F(DatagramTest, ManyAtOnceAreAllRead) {
    for (int i = 0; i < 100; ++i) say(camera, std::to_string(i), pair->rtp_port());
    run_until([&] { return seen.size() == 100; });
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_EQ(seen.back(), "rtp 99");
}

TEST_F(DatagramTest, WhatWeSendComesFromOurPorts) {
    const std::string text = "report";
    pair->send_rtcp({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, camera.local_endpoint().port());
    pair->send_rtp({}, 0);
    std::array<char, 16> got{};
    Udp::endpoint from;
    EXPECT_EQ(camera.receive_from(asio::buffer(got), from), text.size());
    EXPECT_EQ(from.port(), pair->rtp_port() + 1);
}

TEST_F(DatagramTest, ClosingFromWithinAnEventEndsIt) {
    pair->close();
    auto again = *DatagramPair::open(loop, asio::ip::make_address("127.0.0.1"));
    int came = 0;
    again->start(asio::ip::make_address("127.0.0.1"), {.on_rtp = [&](auto) { ++came, again->close(); }, .on_rtcp = {}});
    for (int i = 0; i < 5; ++i) say(camera, "x", again->rtp_port());
    run_until([&] { return came > 0; });
    loop.run_for(20ms);
    EXPECT_EQ(came, 1);
}

}  // namespace
}  // namespace bongsu::rtsp
