#include "view/rtsp_udp.hpp"

#include <sys/syscall.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>

#include "env/posix.hpp"
#include "view/test/udp_fixture.hpp"

namespace {

/// What the kernel is made to answer to sends of pictures; 0: what it answers by itself.
int refuse_run = 0, refuse_all = 0;

bool is_run(const msghdr* message) { return message->msg_iovlen > 1; }

}  // namespace

// This program's own, before libc's: a full queue and a kernel without UDP_SEGMENT cannot be had at will.
extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    const int refusal = refuse_all != 0 ? refuse_all : is_run(message) ? refuse_run : 0;
    if (refusal != 0) return errno = refusal, -1;
    return ::syscall(SYS_sendmsg, fd, message, flags);
}
extern "C" int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
    if (refuse_all != 0) return errno = refuse_all, -1;
    return static_cast<int>(::syscall(SYS_sendmmsg, fd, messages, count, flags));
}

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
using test::make_block;
using test::Receiver;

class RtspUdpTest : public testing::Test {
  protected:
    void SetUp() override { start("127.0.0.1"); }
    void TearDown() override { refuse_run = refuse_all = 0; }

    void start(const std::string& host) {
        const test::PortPair ours(host);
        server = ours.port;
        auto started = RtspUdp::start(loop, clock, random, ours.rtp, ours.rtcp);
        ASSERT_TRUE(started) << started.error().message;
        udp = *std::move(started);
    }
    Result<std::unique_ptr<RtspUdp::View>> open(const Receiver& receiver, const std::string& host = "127.0.0.1", const std::string& local = "127.0.0.1") {
        rtsp::Chosen ports;
        ports.udp = true;
        ports.client_rtp = receiver.port;
        ports.client_rtcp = static_cast<std::uint16_t>(receiver.port + 1);
        return udp->open(boost::asio::ip::make_address(host), boost::asio::ip::make_address(local), ports,
                         {.on_life = [this] { ++lives; },
                          .on_ready = [this] {
                              ++readies;
                              if (when_ready) when_ready();
                          }});
    }
    template <class Holds>
    bool runs_until(Holds holds, std::chrono::milliseconds most = 2s) {
        const MonoTime end = clock.mono() + most;
        while (!holds()) {
            if (clock.mono() > end) return false;
            loop.run_one_for(1ms);
        }
        return true;
    }
    void runs_for(std::chrono::milliseconds time) {
        (void)runs_until([] { return false; }, time);
    }
    static void expect_packets(const media::Block& block, const std::vector<Receiver::Datagram>& got) {
        ASSERT_EQ(got.size(), block.packets.size());
        for (std::size_t i = 0; i < got.size(); ++i) {
            const auto packet = block.packet(i);
            EXPECT_TRUE(std::equal(packet.begin(), packet.end(), got[i].bytes.begin(), got[i].bytes.end())) << i;
        }
    }
    void say(const Receiver& from, const std::vector<std::uint8_t>& bytes) const {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(server + 1));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_GE(::sendto(from.rtcp, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    }

    env::PosixClock clock;
    env::PosixRandom random;
    boost::asio::io_context loop;
    std::uint16_t server = 0;
    int lives = 0, readies = 0;
    std::function<void()> when_ready;
    std::unique_ptr<RtspUdp> udp;
};

const std::vector<std::vector<std::size_t>> kPictures{
    {1400, 1400, 1400, 700},                    // Fragments of one unit.
    {37, 20, 1200, 1200, 1200, 300, 1200, 90},  // Parameter sets, and two slices.
    {500},
    {13, 900, 12, 13, 14, 14, 13},
    std::vector<std::size_t>(32, 1346)};

TEST_F(RtspUdpTest, PacketsArriveAsTheyStandWhateverTheirSizes) {
    for (const int refused : {0, EINVAL, EOPNOTSUPP, EMSGSIZE}) {
        SCOPED_TRACE(refused);
        refuse_run = refused;
        const auto before = udp->counters();
        Receiver viewer;
        auto view = *open(viewer);
        std::uint16_t sequence = 65'530;
        for (const auto& sizes : kPictures) {
            const auto block = make_block(sizes, sequence, 9000, true, clock.mono());
            view->send(block, clock.mono());
            expect_packets(*block, viewer.pictures());
            sequence = static_cast<std::uint16_t>(sequence + sizes.size());
        }
        EXPECT_EQ(view->frames(), kPictures.size());
        EXPECT_EQ(udp->counters().packets - before.packets, 52U);
        EXPECT_EQ(udp->counters().gso_sends > before.gso_sends, refused == 0);
        EXPECT_EQ(udp->counters().gso_refused > before.gso_refused, refused != 0);
        EXPECT_TRUE(udp->counters().gso);  // It was taken before: who refuses now is one viewer's path.
    }
}

TEST_F(RtspUdpTest, AKernelWithoutUdpSegmentIsNotAskedForEver) {
    refuse_run = EINVAL;
    Receiver viewer;
    auto view = *open(viewer);

    for (int i = 0; i < 20; ++i) view->send(make_block({1400, 1400, 90}, 1, 1, true, clock.mono()), clock.mono());

    EXPECT_FALSE(udp->counters().gso);
    EXPECT_EQ(udp->counters().gso_refused, 16U);
    EXPECT_EQ(viewer.pictures().size(), 60U);
}

TEST_F(RtspUdpTest, AKeyPictureIsSpreadOverFiveMilliseconds) {
    Receiver viewer;
    auto view = *open(viewer);
    for (const std::size_t packets : {33U, 100U, 700U}) {
        SCOPED_TRACE(packets);
        const auto block = make_block(std::vector<std::size_t>(packets, 1346), 7, 9000, true, clock.mono());
        readies = 0;
        const auto begun = clock.mono();

        view->send(block, begun);

        auto got = viewer.pictures();
        EXPECT_GE(got.size(), RtspUdp::kSlice);
        EXPECT_LT(got.size(), packets);
        EXPECT_FALSE(view->is_ready());
        while (!view->is_ready() && clock.mono() < begun + 2s) {
            loop.run_one_for(1ms);
            for (auto& one : viewer.pictures()) got.push_back(std::move(one));
        }
        expect_packets(*block, got);
        EXPECT_EQ(readies, 1);
    }
    EXPECT_EQ(udp->counters().paced, 3U);
}

TEST_F(RtspUdpTest, WithManyViewersAKeyPictureGoesAtOnce) {
    std::vector<std::unique_ptr<Receiver>> viewers;
    std::vector<std::unique_ptr<RtspUdp::View>> views;
    while (views.size() <= RtspUdp::kPacedViews) {
        viewers.push_back(std::make_unique<Receiver>());
        views.push_back(*open(*viewers.back()));
    }
    const auto block = make_block(std::vector<std::size_t>(100, 1346), 7, 9000, true, clock.mono());

    views.front()->send(block, clock.mono());

    expect_packets(*block, viewers.front()->pictures());
    EXPECT_EQ(udp->counters().paced, 0U);
}

TEST_F(RtspUdpTest, WhatTheKernelPutsOffIsTriedAgain) {
    Receiver viewer;
    auto view = *open(viewer);
    const auto block = make_block({1400, 1400, 90, 1400}, 7, 9000, true, clock.mono());
    refuse_all = ENOBUFS;
    view->send(block, clock.mono());
    runs_for(5ms);
    EXPECT_FALSE(view->is_ready());

    refuse_all = 0;

    EXPECT_TRUE(runs_until([&] { return view->is_ready(); }));
    expect_packets(*block, viewer.pictures());
    EXPECT_EQ(readies, 1);
    EXPECT_EQ(udp->counters().dropped, 0U);
}

TEST_F(RtspUdpTest, AViewerThatLosesAPictureLosesThoseUpToTheNextKeyPicture) {
    Receiver viewer;
    auto view = *open(viewer);
    for (const int error : {EAGAIN, ENOBUFS, ENETUNREACH}) {
        SCOPED_TRACE(error);
        const auto dropped = udp->counters().dropped;
        refuse_all = error;
        view->send(make_block({1400, 1400}, 1, 1, true, clock.mono()), clock.mono());
        EXPECT_TRUE(runs_until([&] { return view->is_ready(); }));
        refuse_all = 0;

        for (int i = 0; i < 3; ++i) view->send(make_block({900}, 3, 2, false, clock.mono()), clock.mono());

        EXPECT_EQ(udp->counters().dropped - dropped, 4U);
        EXPECT_TRUE(viewer.pictures().empty());
        const auto key = make_block({1400, 1400}, 9, 3, true, clock.mono());
        view->send(key, clock.mono());
        expect_packets(*key, viewer.pictures());
    }
    EXPECT_EQ(view->frames(), 3U);
}

TEST_F(RtspUdpTest, AViewThatIsGoneSendsNothingButItsBye) {
    Receiver viewer, other;
    auto view = *open(viewer), stays = *open(other);
    const auto block = make_block(std::vector<std::size_t>(100, 1346), 7, 9000, true, clock.mono());
    view->send(block, clock.mono());
    stays->send(block, clock.mono());
    const auto first = viewer.pictures().size();
    EXPECT_GE(first, RtspUdp::kSlice);
    (void)viewer.reports();

    view.reset();

    EXPECT_TRUE(runs_until([&] { return stays->is_ready(); }));
    runs_for(10ms);
    EXPECT_TRUE(viewer.pictures().empty());
    const auto last = viewer.reports();
    ASSERT_EQ(last.size(), 1U);
    const auto bye = media::rtcp::parse(last[0].bytes);
    ASSERT_TRUE(bye);
    EXPECT_EQ(bye->goodbyes, std::vector<std::uint32_t>{test::kSsrc});
    expect_packets(*block, other.pictures());
    EXPECT_EQ(udp->views(), 1U);

    // Nobody was watching: nothing to say goodbye to.
    { const auto unused = *open(viewer); }
    EXPECT_TRUE(viewer.reports().empty());
}

TEST_F(RtspUdpTest, AViewMayEndInItsOwnEventAndInAnothers) {
    Receiver viewer, other;
    std::unique_ptr<RtspUdp::View> one = *open(viewer), two = *open(other);
    const auto block = make_block(std::vector<std::size_t>(60, 1346), 7, 9000, true, clock.mono());
    when_ready = [&] { one.reset(), two.reset(); };
    one->send(block, clock.mono());
    two->send(block, clock.mono());

    EXPECT_TRUE(runs_until([&] { return udp->views() == 0; }));
    runs_for(10ms);

    EXPECT_EQ(readies, 1);
}

TEST_F(RtspUdpTest, SenderReportsSayWhatWasSentAndWhen) {
    Receiver viewer;
    auto view = *open(viewer);
    view->send(make_block({112, 112, 62}, 1, 90'000, true, clock.mono()), clock.mono());

    const auto came = viewer.reports();

    ASSERT_EQ(came.size(), 1U);
    const auto report = media::rtcp::parse(came[0].bytes);
    ASSERT_TRUE(report && report->sender);
    EXPECT_EQ(report->sender->ssrc, test::kSsrc);
    EXPECT_EQ(report->sender->packets, 3U);
    EXPECT_EQ(report->sender->octets, 250U);
    EXPECT_NEAR(report->sender->rtp_time, 90'000, 900);
    EXPECT_LT(std::chrono::abs(media::rtcp::from_ntp(report->sender->ntp) - clock.wall()), 1s);
    EXPECT_EQ(report->cname.size(), 16U);
    EXPECT_EQ(came[0].from, "127.0.0.1:" + std::to_string(server + 1));
}

TEST_F(RtspUdpTest, ReceiverReportsAreLifeAndTellWhatWasLost) {
    Receiver viewer, stranger;
    auto view = *open(viewer);
    view->send(make_block({100}, 1, 1, true, clock.mono()), clock.mono());
    const auto report = [](std::uint8_t fraction, std::int32_t lost) {
        media::rtcp::ReportBlock block;
        block.ssrc = test::kSsrc;
        block.fraction_lost = fraction;
        block.cumulative_lost = lost;
        return media::rtcp::write_receiver_report(99, block, "viewer");
    };

    say(viewer, report(64, 10));
    EXPECT_TRUE(runs_until([&] { return lives == 1; }));
    EXPECT_EQ(udp->losing(), 1U);
    say(viewer, report(2, 12));
    say(viewer, report(2, 11));  // Duplicates count against it.
    EXPECT_TRUE(runs_until([&] { return lives == 3; }));
    EXPECT_EQ(udp->losing(), 0U);
    EXPECT_EQ(udp->counters().lost, 12U);
    EXPECT_EQ(udp->counters().reports, 3U);

    say(stranger, report(255, 1000));
    say(viewer, {1, 2, 3});
    say(viewer, std::vector<std::uint8_t>(2048, 0x81));
    say(viewer, {});
    EXPECT_TRUE(runs_until([&] { return udp->counters().hostile == 4; }));
    EXPECT_EQ(lives, 3);
    EXPECT_EQ(udp->counters().lost, 12U);
}

TEST_F(RtspUdpTest, WhatComesToTheRtpPortIsNotEvenRead) {
    Receiver viewer;
    auto view = *open(viewer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(::sendto(viewer.rtp, "hello", 5, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 5);

    runs_for(10ms);

    EXPECT_EQ(udp->counters().hostile, 0U);
    EXPECT_EQ(lives, 0);
}

TEST_F(RtspUdpTest, TwoViewsCannotHaveTheSamePorts) {
    Receiver viewer;
    auto view = *open(viewer);

    const auto again = open(viewer);

    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::conflict);
    view.reset();
    EXPECT_TRUE(open(viewer));
}

/// A viewer that dialled one of our addresses throws away what comes from another.
TEST_F(RtspUdpTest, RtpComesFromTheAddressThatWasDialled) {
    start("0.0.0.0");
    Receiver viewer;
    auto view = *open(viewer, "127.0.0.1", "127.0.0.3");

    for (const int refused : {0, EINVAL}) {
        refuse_run = refused;
        view->send(make_block({1400, 1400, 90}, 1, 1, true, clock.mono()), clock.mono());
        for (const auto& one : viewer.pictures()) EXPECT_EQ(one.from, "127.0.0.3:" + std::to_string(server));
    }
    const auto reports = viewer.reports();
    ASSERT_FALSE(reports.empty());
    EXPECT_EQ(reports[0].from, "127.0.0.3:" + std::to_string(server + 1));
    EXPECT_EQ(view->frames(), 2U);
}

TEST_F(RtspUdpTest, Ipv6IsAsIpv4) {
    for (const auto* host : {"::1", "::"}) {
        SCOPED_TRACE(host);
        start(host);
        Receiver viewer("::1");
        auto view = *open(viewer, "::1", "::1");
        const auto block = make_block({1400, 1400, 90}, 1, 1, true, clock.mono());
        view->send(block, clock.mono());
        const auto got = viewer.pictures();
        expect_packets(*block, got);
        EXPECT_EQ(got.at(0).from, "::1:" + std::to_string(server));
    }
    // Both families by one socket.
    Receiver viewer;
    auto view = *open(viewer, "::ffff:127.0.0.1", "::ffff:127.0.0.1");
    view->send(make_block({1400, 1400, 90}, 1, 1, true, clock.mono()), clock.mono());
    EXPECT_EQ(viewer.pictures().size(), 3U);
}

TEST_F(RtspUdpTest, SocketsThatAreNoPairAreRefused) {
    const test::PortPair one, other;
    const auto crossed = RtspUdp::start(loop, clock, random, one.rtcp, one.rtp);
    const auto strange = RtspUdp::start(loop, clock, random, other.rtp, ::dup(STDOUT_FILENO));

    EXPECT_FALSE(crossed);
    EXPECT_FALSE(strange);
}

}  // namespace
}  // namespace bongsu::view
