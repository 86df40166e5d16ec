// Pullers over loopback, before a camera of a few lines that does what the test says.

#include "ingest/camera_puller.hpp"

#include <gtest/gtest.h>

#include <boost/asio/write.hpp>
#include <deque>

#include "charset/utf8.hpp"
#include "env/posix.hpp"
#include "hub/stream.hpp"
#include "media/rtp.hpp"

namespace bongsu::ingest {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Udp = asio::ip::udp;
using namespace std::chrono_literals;

constexpr const char* kSdp =
    "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAFtoCgL/lwEQAAAMABAAAAwB4PFi6gA==,aM4PyA==\r\na=control:t\r\n";

std::string header_of(const std::string& request, const std::string& name) {
    const auto at = request.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 4;
    return request.substr(from, request.find("\r\n", from) - from);
}

/// Answers each request as `answers` says, else kindly; then sends a key picture each `pace`.
class Camera {
  public:
    explicit Camera(asio::io_context& loop)
        : loop_(loop), acceptor_(loop, {asio::ip::make_address("127.0.0.1"), 0}), udp_(loop, {asio::ip::make_address("127.0.0.1"), 0}), timer_(loop) {
        accept();
    }
    ~Camera() {
        *alive_ = false;
        hang_up();  // Its reads end before their buffer does.
    }
    std::string url(const std::string& scheme = "rtsp", const std::string& user = "") const {
        return scheme + "://" + user + "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/live";
    }
    /// Method to status and headers, instead of the kind answer.
    std::map<std::string, std::string> answers;
    bool udp_sends = true, sends = true;
    std::uint8_t unit = 0x65;  // A key picture's.
    std::chrono::milliseconds pace{20};
    std::size_t filler = 0;  // Bytes more in each picture.
    std::string udp_extra;
    std::vector<std::string> requests;
    std::vector<std::string> frames;  // What came interleaved.
    int connections = 0;
    Udp::socket& udp() { return udp_; }
    void hang_up() {
        boost::system::error_code ignored;
        playing_ = false;
        if (peer_) peer_->close(ignored);
    }

  private:
    void accept() {
        acceptor_.async_accept([this, alive = alive_](boost::system::error_code code, Tcp::socket socket) {
            if (code || !*alive) return;
            ++connections;
            playing_ = false;
            text_.clear();
            peer_ = std::make_shared<Tcp::socket>(std::move(socket));
            read(peer_);
            accept();
        });
    }
    void read(const std::shared_ptr<Tcp::socket>& peer) {
        peer->async_read_some(asio::buffer(piece_), [this, peer, alive = alive_](boost::system::error_code code, std::size_t n) {
            if (code || !*alive || peer != peer_) return;
            text_.append(piece_.data(), n);
            while (take()) {
            }
            read(peer);
        });
    }
    bool take() {
        if (text_.size() >= 4 && text_[0] == '$') {
            const std::size_t size = static_cast<std::uint8_t>(text_[2]) * 256U + static_cast<std::uint8_t>(text_[3]);
            if (text_.size() < 4 + size) return false;
            frames.push_back(text_.substr(0, 4 + size));
            text_.erase(0, 4 + size);
            return true;
        }
        const auto end = text_.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        answer(text_.substr(0, end + 2));
        text_.erase(0, end + 4);
        return true;
    }
    void answer(const std::string& request) {
        requests.push_back(request);
        const auto method = request.substr(0, request.find(' '));
        std::string status = "200 OK", more, body;
        if (const auto found = answers.find(method); found != answers.end()) {
            if (found->second == "silent") return;
            status = found->second;
        } else if (method == "DESCRIBE") {
            body = kSdp;
        } else if (method == "SETUP") {
            const auto wish = header_of(request, "Transport");
            is_udp_ = wish.find("client_port") != std::string::npos;
            if (is_udp_) client_port_ = static_cast<std::uint16_t>(std::stoi(wish.substr(wish.find("client_port=") + 12)));
            const auto port = udp_.local_endpoint().port();
            more = "Session: 1\r\nTransport: " +
                   (is_udp_ ? "RTP/AVP;unicast;server_port=" + std::to_string(port) + "-" + std::to_string(port) + udp_extra
                            : std::string("RTP/AVP/TCP;unicast;interleaved=0-1")) +
                   "\r\n";
        }
        std::string out = "RTSP/1.0 " + status + "\r\nCSeq: " + header_of(request, "CSeq") + "\r\n" + more;
        if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        boost::system::error_code ignored;
        asio::write(*peer_, asio::buffer(out + "\r\n" + body), ignored);
        if (method == "PLAY" && status == "200 OK") {
            playing_ = true;
            show();
        }
    }
    void show() {
        if (!playing_) return;
        std::vector<std::uint8_t> packet(4 + media::kRtpHeaderSize);
        packet[0] = '$';
        const auto size = media::kRtpHeaderSize + 4 + filler;
        packet[2] = static_cast<std::uint8_t>(size >> 8);
        packet[3] = static_cast<std::uint8_t>(size & 0xff);
        media::write_rtp_header(packet.data() + 4, {true, 96, sequence_++, time_ += 1800, 7});
        packet.insert(packet.end(), {unit, 0x88, 1, 2});
        packet.resize(packet.size() + filler, 0x55);
        boost::system::error_code ignored;
        if (sends && is_udp_ && udp_sends) {
            udp_.send_to(asio::buffer(packet.data() + 4, packet.size() - 4), {asio::ip::make_address("127.0.0.1"), client_port_}, 0, ignored);
        } else if (sends && !is_udp_) {
            asio::write(*peer_, asio::buffer(packet), ignored);
        }
        timer_.expires_after(pace);
        timer_.async_wait([this, alive = alive_](boost::system::error_code code) {
            if (!code && *alive) show();
        });
    }

    asio::io_context& loop_;
    Tcp::acceptor acceptor_;
    Udp::socket udp_;
    asio::steady_timer timer_;
    std::shared_ptr<Tcp::socket> peer_;
    std::array<char, 4096> piece_{};
    std::string text_;
    bool playing_ = false, is_udp_ = false;
    std::uint16_t client_port_ = 0, sequence_ = 0;
    std::uint32_t time_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class PullerTest : public testing::Test {
  protected:
    ~PullerTest() override {
        if (puller) puller->stop();
        loop.poll();
    }
    CameraPuller& pull(CameraPuller::Options options) {
        options.on_state = [this](State state, const std::string& cause) {
            states.push_back(std::string(to_string(state)) + (cause.empty() ? "" : ": " + cause));
        };
        puller = std::make_shared<CameraPuller>(loop, clock, random, stream, settings, std::move(options));
        puller->start();
        return *puller;
    }
    CameraPuller& pull(const std::string& url, rtsp::Transport transport = rtsp::Transport::tcp) {
        CameraPuller::Options options;
        options.url = url;
        options.transport = transport;
        return pull(std::move(options));
    }
    template <class Holds>
    bool runs_until(Holds holds, std::chrono::seconds most = 10s) {
        const MonoTime end = clock.mono() + most;
        while (!holds()) {
            if (clock.mono() > end) return false;
            loop.run_one_for(10ms);
        }
        return true;
    }
    bool streams() {
        return runs_until([&] { return puller->state() == State::streaming; });
    }
    bool fails() {
        return runs_until([&] { return puller->state() == State::unreachable; });
    }

    env::PosixClock clock;
    env::PosixRandom random;
    asio::io_context loop;
    hub::Stream stream;
    PullSettings settings;
    std::shared_ptr<CameraPuller> puller;
    std::vector<std::string> states;
    Camera camera{loop};
};

TEST_F(PullerTest, ByTcpPicturesComeAndReportsGoBackOnTheChannelForThem) {
    pull(camera.url());
    ASSERT_TRUE(streams());
    ASSERT_TRUE(runs_until([&] { return !camera.frames.empty(); }));
    EXPECT_EQ(camera.frames[0][1], 1);
    EXPECT_EQ(static_cast<std::uint8_t>(camera.frames[0][5]), 201);
    EXPECT_FALSE(puller->is_udp());
}

TEST_F(PullerTest, ByUdpPicturesComeAndReportsGoToTheCamerasPort) {
    pull(camera.url(), rtsp::Transport::udp);
    ASSERT_TRUE(streams());
    EXPECT_TRUE(puller->is_udp());
    std::array<std::uint8_t, 1500> got{};
    Udp::endpoint from;
    std::vector<std::uint8_t> types;
    while (types.size() < 2) {
        const auto size = camera.udp().receive_from(asio::buffer(got), from);
        ASSERT_GE(size, 12U);
        types.push_back(got[1]);
    }
    std::sort(types.begin(), types.end());
    EXPECT_EQ(types, (std::vector<std::uint8_t>{96, 201}));  // The greeting and the report.
}

TEST_F(PullerTest, WhereUdpIsRefusedAutomaticTakesTcp) {
    camera.answers["SETUP"] = "461 Unsupported Transport";
    pull(camera.url(), rtsp::Transport::automatic);
    ASSERT_TRUE(runs_until([&] { return camera.requests.size() >= 3; }));
    camera.answers.clear();
    ASSERT_TRUE(streams());
    EXPECT_FALSE(puller->is_udp());
    EXPECT_EQ(puller->counters().connects, 1U);
}

TEST_F(PullerTest, WhereNothingComesByUdpAutomaticTakesTcpAfterTwoSeconds) {
    camera.udp_sends = false;
    pull(camera.url(), rtsp::Transport::automatic);
    const auto from = clock.mono();
    ASSERT_TRUE(streams());
    EXPECT_FALSE(puller->is_udp());
    EXPECT_EQ(puller->counters().udp_fallbacks, 1U);
    EXPECT_GT(clock.mono() - from, 1900ms);
    EXPECT_EQ(puller->counters().failures, 0U);
    // It is not asked by UDP again soon.
    camera.hang_up();
    ASSERT_TRUE(runs_until([&] { return camera.connections == 3; }));
    ASSERT_TRUE(streams());
    EXPECT_EQ(puller->counters().udp_fallbacks, 1U);
}

TEST_F(PullerTest, WhereNothingComesByUdpAloneThatIsTheCause) {
    camera.udp_sends = false;
    pull(camera.url(), rtsp::Transport::udp);
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->cause_kind(), Cause::no_frames);
    EXPECT_EQ(puller->cause(), "nothing came by UDP for 2 s");
}

TEST_F(PullerTest, DatagramsOfOthersAreCountedAndDropped) {
    pull(camera.url(), rtsp::Transport::udp);
    ASSERT_TRUE(streams());
    const auto wish = header_of(*std::find_if(camera.requests.begin(), camera.requests.end(), [](const auto& one) { return one.starts_with("SETUP"); }), "Transport");
    Udp::socket stranger(loop, {asio::ip::make_address("127.0.0.2"), 0});
    const auto port = static_cast<std::uint16_t>(std::stoi(wish.substr(wish.find("client_port=") + 12)));
    stranger.send_to(asio::buffer(std::string("\x80\x60 pictures of mine")), {asio::ip::make_address("127.0.0.1"), port});
    loop.run_for(50ms);
    camera.hang_up();
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->counters().foreign_sources, 1U);
}

TEST_F(PullerTest, ASourceElsewhereIsRefused) {
    camera.udp_extra = ";source=10.0.0.1";
    pull(camera.url(), rtsp::Transport::udp);
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->cause_kind(), Cause::denied);
    EXPECT_NE(puller->cause().find("source="), std::string::npos);
}

TEST_F(PullerTest, EachFailureHasItsCause) {
    const struct {
        const char *method, *answer;
        Cause cause;
    } cases[] = {{"DESCRIBE", "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\"", Cause::credentials},
                 {"DESCRIBE", "404 Not Found", Cause::denied},
                 {"DESCRIBE", "503 Service Unavailable", Cause::denied},
                 {"DESCRIBE", "200 OK\r\nContent-Length: 15\r\n\r\nv=0\r\nm=audio 0\r\n", Cause::no_video},
                 {"DESCRIBE", "200 OK\r\nContent-Length: 46\r\n\r\nv=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/1\r\n", Cause::codec},
                 {"OPTIONS", "200 OK\r\n\r\n<html>", Cause::protocol},
                 {"PLAY", "silent", Cause::no_answer},
                 {"SETUP", "461 Unsupported Transport", Cause::denied}};
    for (const auto& [method, answer, cause] : cases) {
        camera.answers = {{method, answer}};
        pull(camera.url("rtsp", "admin:pw@"));
        ASSERT_TRUE(fails()) << answer;
        EXPECT_EQ(puller->cause_kind(), cause) << answer << ": " << puller->cause();
        EXPECT_EQ(puller->cause().find("pw"), std::string::npos);
        puller->stop();
        stream.lose();
    }
    pull("rtsp://127.0.0.1:1/x");
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->cause_kind(), Cause::refused);
    puller->stop();
    pull("rtsp://name.invalid/x");
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->cause_kind(), Cause::unknown_name);
    puller->stop();
    pull(camera.url("rtsps"));
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->cause_kind(), Cause::settings);
}

TEST_F(PullerTest, ACameraThatPlaysAndSendsNothingHasNoFrames) {
    camera.sends = false;
    pull(camera.url());
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->cause_kind(), Cause::no_frames);
}

TEST_F(PullerTest, ACameraThatNeverSendsAKeyPictureIsSaidToAndStaysConnected) {
    camera.unit = 0x41;
    pull(camera.url());
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->cause_kind(), Cause::no_frames);
    EXPECT_NE(puller->cause().find("no key picture"), std::string::npos) << puller->cause();
    camera.unit = 0x65;  // Its pictures are far apart.
    ASSERT_TRUE(streams());
    EXPECT_EQ(camera.connections, 1);
}

TEST_F(PullerTest, WordsOfACameraAreWholeLetters) {
    std::string korean = "x";
    for (int i = 0; i < 100; ++i) korean += "\xED\x95\x9C";
    for (const auto& words : {std::string("\xBC\xAD\xBA\xF1\xBD\xBA"), "xx" + std::string(40, '\xED'), korean}) {
        camera.answers = {{"DESCRIBE", "503 " + words}};
        pull(camera.url());
        ASSERT_TRUE(fails());
        EXPECT_TRUE(charset::is_utf8(puller->cause())) << puller->cause();
        EXPECT_LT(puller->cause().size(), 120U);
        puller->stop();
    }
}

TEST_F(PullerTest, ARedirectOnTheSameHostIsFollowed) {
    Camera other(loop);
    camera.answers["DESCRIBE"] = "302 Found\r\nLocation: " + other.url();
    pull(camera.url());
    ASSERT_TRUE(streams());
    EXPECT_EQ(other.connections, 1);
    EXPECT_EQ(puller->counters().redirects, 1U);
}

TEST_F(PullerTest, RedirectsEndAfterTwo) {
    camera.answers["DESCRIBE"] = "301 Moved\r\nLocation: " + camera.url();
    pull(camera.url());
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->cause(), "the camera redirects more than twice");
    EXPECT_EQ(camera.connections, 3);
}

TEST_F(PullerTest, ARedirectToAnotherHostIsNotDialed) {
    camera.answers["DESCRIBE"] = "302 Found\r\nLocation: rtsp://127.0.0.2:" + std::to_string(camera.udp().local_endpoint().port()) + "/x";
    pull(camera.url());
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->cause_kind(), Cause::address);
    EXPECT_EQ(puller->cause(), "the camera redirects to another host, 127.0.0.2");
    EXPECT_EQ(camera.connections, 1);
}

TEST_F(PullerTest, AnAddressOutsideOfTheCamerasNetworksIsNotDialed) {
    settings.reach.networks = *address::Networks::parse({"10.0.0.0/8"});
    pull(camera.url());
    ASSERT_TRUE(fails());
    EXPECT_EQ(puller->cause_kind(), Cause::address);
    EXPECT_EQ(camera.connections, 0);
}

TEST_F(PullerTest, ACameraIsTriedAtLeastEachFourSecondsAndComesBack) {
    camera.answers["OPTIONS"] = "silent";
    pull(camera.url());
    ASSERT_TRUE(runs_until([&] { return camera.connections >= 2; }));
    auto before = clock.mono();
    for (int i = 3; i <= 4; ++i) {
        ASSERT_TRUE(runs_until([&] { return camera.connections >= i; }));
        EXPECT_LT(clock.mono() - before, 4s);
        before = clock.mono();
    }
    camera.answers.clear();
    ASSERT_TRUE(streams());
    EXPECT_LT(clock.mono() - before, 5s);
}

TEST_F(PullerTest, TriesGrowApartButNotByMoreThanTwoSeconds) {
    camera.answers["DESCRIBE"] = "503 Service Unavailable";
    pull(camera.url());
    loop.run_for(1500ms);
    const int soon = camera.connections;
    EXPECT_GE(soon, 3);
    EXPECT_LE(soon, 5);
    loop.run_for(5s);
    EXPECT_GE(camera.connections - soon, 2);
    EXPECT_LE(camera.connections - soon, 6);
}

TEST_F(PullerTest, WhileNobodyWatchesTheKernelGathersAndNothingIsLost) {
    camera.filler = 4000;  // 200 KB/s.
    pull(camera.url());
    ASSERT_TRUE(streams());
    loop.run_for(1500ms);
    const auto before = puller->counters().blocks;
    std::size_t turns = 0;
    for (const auto end = clock.mono() + 1s; clock.mono() < end;) {
        const auto seen = puller->counters().blocks;
        loop.run_one_for(10ms);
        turns += puller->counters().blocks > seen ? 1 : 0;
    }
    const auto came = puller->counters().blocks - before;
    EXPECT_GT(came, 20U);
    EXPECT_LT(turns * 2, came) << "several pictures at a time";
    EXPECT_EQ(puller->packets().lost, 0U);
    camera.filler = 0;  // The picture stands still: hardly a byte comes, and none waits for others.
    loop.run_for(600ms);
    const auto still = puller->counters().blocks;
    loop.run_for(700ms);
    EXPECT_GT(puller->counters().blocks, still + 10);
    EXPECT_EQ(puller->state(), State::streaming);
    camera.filler = 4000;
    loop.run_for(1s);
    puller->wanted();
    loop.run_for(100ms);
    std::size_t alone = 0;
    const auto from = puller->counters().blocks;
    for (const auto end = clock.mono() + 500ms; clock.mono() < end;) {
        const auto seen = puller->counters().blocks;
        loop.run_one_for(10ms);
        alone += puller->counters().blocks > seen ? 1 : 0;
    }
    EXPECT_GT(alone * 10, (puller->counters().blocks - from) * 7) << "who watches waits for nobody";
    EXPECT_EQ(camera.connections, 1);
}

TEST_F(PullerTest, AModeChangesUnderWhoeverWatches) {
    settings.linger = 300ms;
    CameraPuller::Options options;
    options.url = camera.url();
    options.mode = Mode::demand;
    pull(std::move(options));
    loop.run_for(200ms);
    EXPECT_EQ(camera.connections, 0) << "nobody watches";
    puller->set_mode(Mode::warm);
    ASSERT_TRUE(streams()) << "before anybody watches";
    puller->wanted();
    puller->set_mode(Mode::demand);
    loop.run_for(800ms);
    EXPECT_EQ(puller->state(), State::streaming) << "somebody watches";
    EXPECT_EQ(camera.connections, 1) << "and it was never interrupted";
    puller->set_mode(Mode::warm);
    puller->unwanted();
    loop.run_for(800ms);
    EXPECT_EQ(puller->state(), State::streaming) << "it is warm";
    puller->set_mode(Mode::demand);
    EXPECT_TRUE(runs_until([&] { return puller->state() == State::idle; }, 2s));
    EXPECT_EQ(camera.connections, 1);
}

TEST_F(PullerTest, ACameraOfAPictureEachOneAndAHalfSecondsIsNotLost) {
    camera.pace = 1500ms;
    pull(camera.url());
    ASSERT_TRUE(streams());
    loop.run_for(5s);
    EXPECT_EQ(puller->state(), State::streaming);
    EXPECT_EQ(camera.connections, 1);
    camera.sends = false;  // Three times its pace without one.
    const auto silent = clock.mono();
    ASSERT_TRUE(fails());
    EXPECT_GT(clock.mono() - silent, 2s);
    EXPECT_EQ(puller->cause_kind(), Cause::no_frames);
}

TEST_F(PullerTest, WrongCredentialsAreNotTriedAgainSoon) {
    camera.answers["DESCRIBE"] = "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"";
    pull(camera.url("rtsp", "admin:pw@"));
    ASSERT_TRUE(fails());
    loop.run_for(1500ms);
    EXPECT_EQ(camera.connections, 1);
}

TEST_F(PullerTest, ASessionThatIsGoneInTheMiddleIsMadeAnew) {
    camera.answers["GET_PARAMETER"] = "454 Session Not Found";
    CameraPuller::Options options;
    options.url = camera.url();
    options.relay = true;  // Its keep-alives come soon.
    pull(std::move(options));
    ASSERT_TRUE(streams());
    ASSERT_TRUE(runs_until([&] { return camera.connections >= 2; }));
}

}  // namespace
}  // namespace bongsu::ingest
