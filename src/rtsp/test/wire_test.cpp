#include "rtsp/wire.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <vector>

namespace bongsu::rtsp {
namespace {

using Tcp = boost::asio::ip::tcp;
using namespace std::chrono_literals;

class WireTest : public testing::Test {
  protected:
    WireTest() : peer(loop) {
        Tcp::acceptor acceptor(loop, {boost::asio::ip::address_v4::loopback(), 0});
        peer.connect(acceptor.local_endpoint());
        wire = std::make_shared<Wire>(acceptor.accept());
    }
    void start() {
        wire->start({.on_unit =
                         [this](const Unit& unit) {
                             units.push_back(std::holds_alternative<Text>(unit) ? "text" : "frame");
                             return true;
                         },
                     .on_closed = [this](const Error& error) { closed.push_back(error.message); },
                     .on_writable = [this] { ++writable; }});
    }
    void tell(const std::string& text) { boost::asio::write(peer, boost::asio::buffer(text)); }
    template <class Holds>
    void run_until(Holds holds) {
        for (int i = 0; i < 500 && !holds(); ++i) loop.run_one_for(10ms);
    }

    boost::asio::io_context loop;
    Tcp::socket peer;
    std::shared_ptr<Wire> wire;
    std::vector<std::string> units, closed;
    int writable = 0;
};

TEST_F(WireTest, WhoRestsIsWokenForManyBytesAndReadsFewerWhenAsked) {
    start();
    wire->rest_until(2000);
    const std::string frame("$\0\0\1x", 5);
    tell(frame);
    loop.run_for(50ms);
    EXPECT_TRUE(units.empty()) << "five bytes wake nobody";
    wire->read_now();
    EXPECT_EQ(units.size(), 1U);
    for (int i = 0; i < 500; ++i) tell(frame);
    run_until([&] { return units.size() > 400; });
    EXPECT_GT(units.size(), 400U);
    wire->rest_until(1);
    wire->read_now();
    EXPECT_EQ(units.size(), 501U);
    tell(frame);
    run_until([&] { return units.size() == 502; });
    EXPECT_EQ(units.size(), 502U) << "at once again";
    wire->rest_until(2000);
    tell(frame);
    peer.close();
    run_until([&] { return !closed.empty(); });
    EXPECT_EQ(units.size(), 503U) << "what came before the end is read";
    EXPECT_EQ(closed.size(), 1U);
}

TEST_F(WireTest, UnitsArriveAndThePeersEndIsToldOnce) {
    start();
    tell("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n$");
    tell(std::string("\0\0\1x", 4));
    peer.close();

    run_until([&] { return !closed.empty(); });
    loop.run_for(20ms);

    EXPECT_EQ(units, (std::vector<std::string>{"text", "frame"}));
    EXPECT_EQ(closed, std::vector<std::string>{"the peer closed the connection"});
    EXPECT_FALSE(wire->is_open());
}

TEST_F(WireTest, BytesThatAreNoRtspEndTheConnection) {
    start();
    tell("<html>");

    run_until([&] { return !closed.empty(); });

    ASSERT_EQ(closed.size(), 1U);
    EXPECT_TRUE(units.empty());
}

TEST_F(WireTest, NothingGoesTheShortWayOnceAnythingWaitsOrThePeerIsGone) {
    start();
    const std::vector<std::uint8_t> some(100, 'x'), much(32U << 20, 'x');
    EXPECT_EQ(wire->send_now(some), some.size());
    const auto taken = wire->send_now(much);
    ASSERT_LT(taken, much.size());
    ASSERT_TRUE(wire->send_some(std::span(much).subspan(taken)));  // So that on_writable comes.
    EXPECT_EQ(wire->send_now(some), 0U);

    peer.close();
    run_until([&] { return !wire->is_open(); });

    // Its descriptor may be another connection's by now, also before anybody has been told.
    EXPECT_EQ(wire->send_now(some), 0U);
}

TEST_F(WireTest, ManyPiecesGoInOneSendInTheirOrder) {
    start();
    std::string first = "one ", second = "two ", third(8U << 20, 'x');
    const std::array<iovec, 3> pieces{{{first.data(), first.size()}, {second.data(), second.size()}, {third.data(), third.size()}}};

    const auto taken = wire->send_some(std::span<const iovec>(pieces));
    ASSERT_TRUE(taken);
    ASSERT_GT(*taken, 8U);
    ASSERT_LT(*taken, 8U + third.size());
    EXPECT_EQ(wire->bytes_out(), *taken);

    std::vector<char> sink(1U << 20);
    const auto got = peer.read_some(boost::asio::buffer(sink));
    EXPECT_EQ(std::string(sink.data(), std::min<std::size_t>(got, 9)), "one two x");
    peer.non_blocking(true);
    run_until([&] {
        boost::system::error_code none;
        peer.read_some(boost::asio::buffer(sink), none);
        return writable > 0;
    });
    EXPECT_EQ(writable, 1);
    wire->close();
    EXPECT_FALSE(wire->send_some(std::span<const iovec>(pieces)));
}

TEST_F(WireTest, AShortSendIsTakenUpWhenThePeerReads) {
    start();
    const std::vector<std::uint8_t> much(32U << 20, 'x');
    const auto taken = wire->send_some(much);
    ASSERT_TRUE(taken);
    ASSERT_LT(*taken, much.size());
    wire->send("waits");  // Behind what the kernel holds.

    std::vector<char> sink(1U << 20);
    std::size_t read = 0;
    peer.non_blocking(true);
    run_until([&] {
        boost::system::error_code ignored;
        read += peer.read_some(boost::asio::buffer(sink), ignored);
        return writable > 0 && read >= *taken + 5;
    });

    EXPECT_EQ(writable, 1);
    EXPECT_EQ(read, *taken + 5);
    EXPECT_FALSE(wire->holds());
}

TEST_F(WireTest, APeerThatNeverReadsItsAnswersIsCut) {
    start();
    ASSERT_TRUE(wire->send_some(std::vector<std::uint8_t>(32U << 20, 'x')));

    // The kernel may find room for a while yet; the peer never reads, so it ends.
    for (int i = 0; i < 64 * 1024 && wire->is_open(); ++i) wire->send(std::string(1024, 'a'));
    run_until([&] { return !closed.empty(); });

    EXPECT_EQ(closed, std::vector<std::string>{"the peer does not read our answers"});
}

TEST_F(WireTest, AfterOurOwnCloseNothingIsTold) {
    start();
    tell("OPTIONS * RTSP/1.0\r\n\r\n");

    wire->close(true);
    loop.run_for(30ms);

    EXPECT_TRUE(units.empty());
    EXPECT_TRUE(closed.empty());
    EXPECT_FALSE(wire->send_some(std::vector<std::uint8_t>(1)));
}

}  // namespace
}  // namespace bongsu::rtsp
