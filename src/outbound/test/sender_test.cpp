#include "outbound/sender.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "env/posix.hpp"
#include "event/codec/telegram.hpp"
#include "profiles.hpp"

namespace bongsu::outbound {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// A partner on loopback that does with each connection what it is told.
class Partner : public ::testing::Test {
  protected:
    std::string address() const { return "tcp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

    /// Accepts one, reads to the telegram's end, then answers (empty: stays silent until the test ends).
    void serve(std::string answer) {
        acceptor_.async_accept([this, answer](boost::system::error_code code, tcp::socket socket) {
            if (code) return;
            ++accepted_;
            held_.push_back(std::make_shared<tcp::socket>(std::move(socket)));
            auto peer = held_.back();
            if (answer.empty()) return;
            auto text = std::make_shared<std::string>(answer);
            auto bytes = std::make_shared<std::array<char, 4096>>();
            peer->async_read_some(asio::buffer(*bytes), [this, peer, bytes, text](boost::system::error_code, std::size_t n) {
                heard_.append(bytes->data(), n);
                asio::async_write(*peer, asio::buffer(*text), [peer, text](boost::system::error_code, std::size_t) {});
            });
        });
    }

    Done send(const event::Profile& profile) {
        std::optional<Done> done;
        Sender sender(loop_, env::process_env().clock, [&](Done each) {
            done = std::move(each);
            loop_.stop();
        });
        sender.send(std::make_shared<const event::Profile>(profile), {.id = "D1", .partner = "p", .message = message_of()});
        if (!done) loop_.run_for(std::chrono::seconds{20});
        EXPECT_TRUE(done);
        loop_.restart();
        return done.value_or(Done{});
    }

    asio::io_context loop_;
    tcp::acceptor acceptor_{loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    std::vector<std::shared_ptr<tcp::socket>> held_;
    std::string heard_;
    int accepted_ = 0;
};

TEST_F(Partner, HearsTheMessageAndIsBelieved) {
    serve(event::telegram::answer({}));
    const auto done = send(profile_of("telegram", address()));
    EXPECT_EQ(done.id, "D1");
    EXPECT_EQ(done.outcome.verdict, Verdict::accepted);
    EXPECT_TRUE(heard_.starts_with("1091")) << heard_;
}

TEST_F(Partner, ThatAcceptsAndNeverAnswersIsGivenUpOnForNow) {
    serve("");
    const auto done = send(profile_of("telegram", address(), ", answer_ms = 200"));
    EXPECT_EQ(done.outcome.verdict, Verdict::again);
    EXPECT_EQ(done.outcome.words, "no answer within 200 ms");
    EXPECT_EQ(accepted_, 1);
}

TEST_F(Partner, ThatClosesWithoutAByteIsTriedAgain) {
    acceptor_.async_accept([this](boost::system::error_code, tcp::socket socket) {
        auto peer = std::make_shared<tcp::socket>(std::move(socket));
        auto bytes = std::make_shared<std::array<char, 4096>>();
        peer->async_read_some(asio::buffer(*bytes), [peer, bytes](boost::system::error_code, std::size_t) {
            peer->shutdown(tcp::socket::shutdown_both);
        });
    });
    const auto done = send(profile_of("scsns", "http" + address().substr(3) + "/x"));
    EXPECT_EQ(done.outcome.verdict, Verdict::again);
    EXPECT_EQ(done.outcome.words, "the connection was closed without an answer");
}

TEST_F(Partner, ThatIsNotThereIsTriedAgain) {
    const auto where = address();
    acceptor_.close();
    const auto done = send(profile_of("telegram", where));
    EXPECT_EQ(done.outcome.verdict, Verdict::again);
    EXPECT_TRUE(done.outcome.words.starts_with("not reached")) << done.outcome.words;
}

TEST_F(Partner, BehindAClosedNetworkIsNeverConnectedTo) {
    serve(event::telegram::answer({}));
    auto profile = profile_of("telegram", address());
    profile.send->networks.clear();
    const auto done = send(profile);
    EXPECT_EQ(done.outcome.verdict, Verdict::again);
    EXPECT_EQ(done.outcome.words, "the address 127.0.0.1 is not in an allowed network");
    EXPECT_EQ(accepted_, 0);
}

TEST_F(Partner, BehindANameThatLeadsInsideIsNeverConnectedToEither) {
    serve(event::telegram::answer({}));
    auto profile = profile_of("telegram", "tcp://localhost:" + std::to_string(acceptor_.local_endpoint().port()));
    profile.send->networks.clear();
    const auto done = send(profile);
    EXPECT_EQ(done.outcome.verdict, Verdict::again);
    EXPECT_NE(done.outcome.words.find("not in an allowed network"), std::string::npos) << done.outcome.words;
    EXPECT_EQ(accepted_, 0);
}

}  // namespace
}  // namespace bongsu::outbound
