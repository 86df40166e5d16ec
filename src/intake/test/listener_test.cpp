#include "intake/listener.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <deque>

#include "env/posix.hpp"
#include "event/codec/telegram.hpp"

namespace bongsu::intake {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;

constexpr std::string_view kPartners = R"(
[[partner]]
key = "fire"
format = "telegram"
sender = "F1100000000"
service = "119-dispatch"
listen = { port = 5331, connections = 2 }
)";

std::string telegram(const std::string& number) {
    return event::telegram::write(
        {.head = {.type = "10", .status = "10", .status_time = "20260928000000", .send = "119", .receive = "UCP", .sent = "20260928000000"},
         .fields = {{number}, {"화재"}, {""}, {"126.978"}, {"37.5665"}, {"서울"}, {""}, {"20260928000000"}, {"u"}}});
}

struct Peer {
    Peer(asio::io_context& loop, std::uint16_t port) : socket(loop) {
        socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
        read();
    }
    void send(const std::string& bytes) { asio::write(socket, asio::buffer(bytes)); }
    void read() {
        socket.async_read_some(asio::buffer(piece), [this](boost::system::error_code code, std::size_t n) {
            heard.append(piece.data(), n);
            if (code) closed = true;
            else read();
        });
    }
    tcp::socket socket;
    std::array<char, 1024> piece{};
    std::string heard;
    bool closed = false;
};

/// A port with two places, and a store that answers when the test says so.
class Port : public ::testing::Test {
  protected:
    void SetUp() override {
        auto profiles = event::parse_profiles(kPartners, "partners.toml");
        ASSERT_TRUE(profiles) << profiles.error().message;
        tcp::acceptor acceptor(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        port_ = acceptor.local_endpoint().port();
        auto listener = Listener::start(loop_, env::process_env().clock, acceptor.release(),
                                        std::make_shared<const event::Profile>(profiles->front()), counters_, [this](Arrival arrival) {
                                            came_.push_back(std::move(arrival));
                                            return true;
                                        });
        ASSERT_TRUE(listener);
        listener_ = *std::move(listener);
    }

    Peer& connect() { return peers_.emplace_back(loop_, port_); }
    template <class Done>
    bool until(Done done) {
        auto& clock = env::process_env().clock;
        for (const auto end = clock.mono() + 10s; !done() && clock.mono() < end;) loop_.run_one_for(10ms);
        return done();
    }
    void answer_all() {
        for (auto& each : std::exchange(came_, {})) each.answer(event::telegram::answer({}));
    }

    asio::io_context loop_;
    std::uint16_t port_ = 0;
    Counters counters_;
    std::vector<Arrival> came_;
    std::deque<Peer> peers_;
    std::unique_ptr<Listener> listener_;
};

TEST_F(Port, WhoConnectsAndSaysNothingKeepsNoReportOut) {
    auto& first = connect();
    ASSERT_TRUE(until([&] { return counters_.connections == 1; }));
    auto& second = connect();
    ASSERT_TRUE(until([&] { return counters_.connections == 2; }));

    auto& fire = connect();
    fire.send(telegram("1"));

    ASSERT_TRUE(until([&] { return came_.size() == 1 && first.closed; }));
    answer_all();
    EXPECT_TRUE(until([&] { return fire.heard.size() == event::telegram::kAnswerBytes; }));
    EXPECT_FALSE(second.closed);
    EXPECT_EQ(counters_.closed_for_room, 1U);
    EXPECT_EQ(counters_.connections_refused, 0U);
}

TEST_F(Port, HalfAFrameThatGaveWayIsOnRecord) {
    auto& half = connect();
    half.send(telegram("1").substr(0, 60));
    auto& other = connect();
    other.send(telegram("2").substr(0, 60));
    ASSERT_TRUE(until([&] { return counters_.connections == 2; }));

    auto& fire = connect();
    fire.send(telegram("3"));

    ASSERT_TRUE(until([&] { return came_.size() == 2; })) << "once the older half is a second old";
    EXPECT_EQ(came_[0].bytes, telegram("1").substr(0, 60));
    EXPECT_EQ(came_[0].framing.field, "DATA_LEN");
    EXPECT_EQ(came_[1].bytes, telegram("3"));
    answer_all();
    EXPECT_TRUE(until([&] { return half.closed && !fire.heard.empty(); }));
    EXPECT_EQ(half.heard, "");
}

TEST_F(Port, MoreReportsAtOnceThanPlacesAreAllAnswered) {
    for (int i = 0; i < 4; ++i) connect().send(telegram(std::to_string(i)));
    ASSERT_TRUE(until([&] { return came_.size() == 2 && counters_.connections == 4; })) << "two in, two at the door";
    auto& surplus = connect();
    ASSERT_TRUE(until([&] { return surplus.closed; }));
    EXPECT_EQ(counters_.connections_refused, 1U);

    answer_all();

    ASSERT_TRUE(until([&] { return came_.size() == 2; })) << "whoever was answered gave way";
    answer_all();
    EXPECT_TRUE(until([&] {
        return std::all_of(peers_.begin(), peers_.begin() + 4, [](const Peer& peer) { return peer.heard.size() == event::telegram::kAnswerBytes; });
    }));
}

}  // namespace
}  // namespace bongsu::intake
