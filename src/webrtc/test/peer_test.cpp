#include "webrtc/peer.hpp"

#include <gtest/gtest.h>

#include <random>

#include "webrtc/test/fake_viewer.hpp"
#include "webrtc/test/make_block.hpp"

namespace bongsu::webrtc {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::FakeViewer;
using test::make_block;

class FakeWire final : public Wire {
  public:
    Sent send(const Address& to, std::span<const std::uint8_t> bytes, std::size_t segment) override {
        if (blocked) return Sent::blocked;
        last_to = to;
        runs.push_back({bytes.size(), segment});
        for (std::size_t at = 0; at < bytes.size(); at += segment) {
            const auto part = bytes.subspan(at, std::min(segment, bytes.size() - at));
            queue.emplace_back(part.begin(), part.end());
        }
        return Sent::all;
    }
    std::span<std::uint8_t> scratch() override { return scratch_; }

    bool blocked = false;
    Address last_to;
    std::vector<std::pair<std::size_t, std::size_t>> runs;
    std::deque<Bytes> queue;

  private:
    std::vector<std::uint8_t> scratch_ = std::vector<std::uint8_t>(kScratch);
};

struct PeerTest : testing::Test {
    void create(const std::string& fingerprint) {
        static const auto context = *DtlsContext::make();
        PeerSettings settings{"srv1", "serverserverserverserver", "view", fingerprint, 102, 4242, 32'000,
                              "cn"};
        PeerEvents events{[this] { ++ready; }, [this] { ++keys_wanted; },
                          [this](const std::string& why) { closed.push_back(why); }};
        peer = *Peer::create(wire, context, settings, events, now);
        viewer.out = [this](const Bytes& datagram) { outgoing.push_back(datagram); };
        viewer.accept("a=ice-ufrag:srv1\r\na=ice-pwd:serverserverserverserver\r\na=ssrc:4242\r\n");
    }
    /// Carries datagrams both ways until nothing is left.
    void settle() {
        while (!outgoing.empty() || !wire.queue.empty()) {
            for (auto moving = std::exchange(outgoing, {}); auto& datagram : moving) {
                if (datagram[0] < 4) {
                    const auto request = parse_stun_request(datagram);
                    ASSERT_TRUE(request);
                    stun_ok = peer->on_stun(*request, from, now);
                } else {
                    peer->on_datagram(datagram, from, now);
                }
            }
            for (auto moving = std::exchange(wire.queue, {}); auto& datagram : moving) viewer.take(datagram);
        }
    }
    void connect() {
        create(viewer.raw_fingerprint());
        viewer.consent();
        settle();
        viewer.start_dtls();
        settle();
        ASSERT_TRUE(viewer.connected());
        ASSERT_TRUE(peer->ready());
        wire.runs.clear();
    }

    FakeWire wire;
    FakeViewer viewer;
    std::shared_ptr<Peer> peer;
    std::vector<Bytes> outgoing;
    Address from = *Address::parse("192.0.2.7", 50'000);
    MonoTime now = MonoTime{} + 100s;
    WallTime wall = from_us(1'700'000'000'000'000);
    int ready = 0, keys_wanted = 0;
    bool stun_ok = false;
    std::vector<std::string> closed;
};

TEST_F(PeerTest, SendsABlockThatTheViewerDecryptsWithItsOwnNumbersAndTheStreamsTime) {
    connect();

    ASSERT_TRUE(peer->send_block(make_block(90'000, true, 12, 1000, 0x65), now));
    ASSERT_TRUE(peer->send_block(make_block(93'600, false, 1, 300, 0x41), now));
    settle();

    EXPECT_EQ(ready, 1);
    EXPECT_EQ(viewer.profile(), "SRTP_AEAD_AES_128_GCM");
    ASSERT_EQ(viewer.received.size(), 13U);
    for (std::size_t i = 0; i < 13; ++i) {
        const auto& packet = viewer.received[i];
        EXPECT_EQ(packet.sequence, 32'000 + i);
        EXPECT_EQ(packet.ssrc, 4242U);
        EXPECT_EQ(packet.type, 102);
        EXPECT_EQ(packet.time, i < 12 ? 90'000U : 93'600U);
        EXPECT_EQ(packet.marker, i >= 11);
        EXPECT_EQ(packet.payload, Bytes(i < 11 ? 1000 : i == 11 ? 993 : 300, i < 12 ? 0x65 : 0x41));
    }
    EXPECT_EQ(peer->stats().packets, 13U);
    EXPECT_EQ(peer->stats().bytes, 12 * (1000U + 12 + 16) - 7 + 300 + 12 + 16);
}

TEST_F(PeerTest, SendsEqualPacketsAndAShorterLastOneAsOneRun) {
    connect();

    peer->send_block(make_block(1, true, 12, 1000, 1), now);
    peer->send_block(make_block(2, true, 200, 1200, 1), now);

    ASSERT_GE(wire.runs.size(), 2U);
    EXPECT_EQ(wire.runs[0], (std::pair<std::size_t, std::size_t>{12 * 1028 - 7, 1028}));
    EXPECT_EQ(wire.runs.size(), 1U + 4) << "200 packets of 1228 bytes, 52 to a run of 65'000";
    for (const auto& [bytes, segment] : wire.runs) {
        EXPECT_LE(bytes, Wire::kScratch);
        EXPECT_LE((bytes + segment - 1) / segment, Wire::kSegmentsMax);
    }
    settle();
    EXPECT_EQ(viewer.received.size(), 212U);
    EXPECT_EQ(viewer.undecryptable, 0U);
}

TEST_F(PeerTest, SpeaksCmWithAViewerThatHasNoGcm) {
    FakeViewer old("SRTP_AES128_CM_SHA1_80");
    create(old.raw_fingerprint());
    old.out = viewer.out;
    old.accept("a=ice-ufrag:srv1\r\na=ice-pwd:serverserverserverserver\r\na=ssrc:4242\r\n");
    const auto carry = [&] {
        while (!outgoing.empty() || !wire.queue.empty()) {
            for (auto moving = std::exchange(outgoing, {}); auto& datagram : moving) {
                if (datagram[0] < 4) {
                    peer->on_stun(*parse_stun_request(datagram), from, now);
                } else {
                    peer->on_datagram(datagram, from, now);
                }
            }
            for (auto moving = std::exchange(wire.queue, {}); auto& datagram : moving) old.take(datagram);
        }
    };
    old.consent();
    carry();
    old.start_dtls();
    carry();
    ASSERT_TRUE(old.connected());

    peer->send_block(make_block(5, true, 3, 800, 7), now);
    carry();

    EXPECT_EQ(old.profile(), "SRTP_AES128_CM_SHA1_80");
    EXPECT_EQ(old.received.size(), 3U);
}

TEST_F(PeerTest, RefusesAViewerWhoseCertificateIsNotTheOffers) {
    create(std::string(32, 'x'));
    viewer.consent();
    settle();
    viewer.start_dtls();
    settle();

    EXPECT_EQ(ready, 0);
    EXPECT_TRUE(peer->done());
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_NE(closed[0].find("fingerprint"), std::string::npos);
    EXPECT_FALSE(peer->send_block(make_block(1, true, 1, 10, 1), now));
}

TEST_F(PeerTest, AnswersNobodyWhoDoesNotKnowThePassword) {
    create(viewer.raw_fingerprint());
    const Bytes forged = test::stun_request("srv1:view", "serverserverserverserves");
    const Bytes other = test::stun_request("srv1:someone", "serverserverserverserver");

    EXPECT_FALSE(peer->on_stun(*parse_stun_request(forged), from, now));
    EXPECT_FALSE(peer->on_stun(*parse_stun_request(other), from, now));

    EXPECT_TRUE(wire.queue.empty());
    EXPECT_EQ(peer->stats().hostile, 2U);
}

TEST_F(PeerTest, ResendsWhatWasNackedWithTheSameNumber) {
    connect();
    peer->send_block(make_block(1, true, 40, 1000, 3), now);
    auto lost = wire.queue[20];
    wire.queue.erase(wire.queue.begin() + 20);
    settle();
    ASSERT_EQ(viewer.received.size(), 39U);

    viewer.nack(32'020);
    settle();

    ASSERT_EQ(viewer.received.size(), 40U);
    EXPECT_EQ(viewer.received.back().sequence, 32'020);
    EXPECT_EQ(peer->stats().resent, 1U);
}

TEST_F(PeerTest, ResendsAcrossARolloverOfTheSequence) {
    connect();
    std::uint32_t sent = 0;
    while (sent < 33'600) {  // 32'000 + 33'600 passes 65'536.
        peer->send_block(make_block(sent, true, 100, 20, 3), now);
        sent += 100;
        if (sent != 33'600) settle();
    }
    wire.queue.erase(wire.queue.begin() + 34);  // Sequence 65'534, two before the rollover.
    settle();
    ASSERT_EQ(viewer.received.size(), 33'599U);

    viewer.nack(static_cast<std::uint16_t>(32'000 + 33'500 + 34));
    settle();

    ASSERT_EQ(viewer.received.size(), 33'600U);
    EXPECT_EQ(viewer.received.back().sequence, 65'534);
    EXPECT_EQ(viewer.undecryptable, 0U);
}

TEST_F(PeerTest, ForgetsPacketsAfterASecondAndBeyondTheHistory) {
    connect();
    peer->send_block(make_block(1, true, 10, 100, 3), now);
    for (int i = 0; i < 6; ++i) peer->send_block(make_block(2, false, 100, 100, 3), now);
    settle();

    viewer.nack(32'000);  // 610 packets ago.
    settle();
    EXPECT_EQ(peer->stats().resent, 0U);
    viewer.nack(32'605);
    settle();
    EXPECT_EQ(peer->stats().resent, 1U);
    now += 1100ms;
    viewer.nack(32'606);
    settle();

    EXPECT_EQ(peer->stats().resent, 1U);
    EXPECT_EQ(peer->stats().nacked, 3U);
}

TEST_F(PeerTest, ResendsNoMoreThanItsBudgetOfASecond) {
    connect();
    peer->send_block(make_block(1, true, 100, 100, 3), now);
    for (int i = 0; i < 10; ++i) {
        for (std::uint16_t s = 0; s < 102; s = static_cast<std::uint16_t>(s + 17)) {
            viewer.nack(static_cast<std::uint16_t>(32'000 + s), 0xffff);
        }
    }

    settle();

    EXPECT_EQ(peer->stats().resent, Peer::kResendsPerSecond);
}

TEST_F(PeerTest, AsksForAKeyBlockOnAPictureLossTwiceASecondAtMost) {
    connect();

    viewer.picture_lost();
    viewer.picture_lost();
    settle();
    EXPECT_EQ(keys_wanted, 1);
    now += 600ms;
    viewer.picture_lost();
    settle();

    EXPECT_EQ(keys_wanted, 2);
}

TEST_F(PeerTest, LeavesOutBlocksUpToTheNextKeyAfterAFullSocket) {
    connect();
    peer->send_block(make_block(1, true, 2, 100, 1), now);
    wire.blocked = true;
    EXPECT_FALSE(peer->send_block(make_block(2, false, 2, 100, 2), now));
    wire.blocked = false;

    EXPECT_FALSE(peer->send_block(make_block(3, false, 2, 100, 3), now));
    EXPECT_TRUE(peer->send_block(make_block(4, true, 2, 100, 4), now));
    settle();

    EXPECT_EQ(peer->stats().blocks_dropped, 2U);
    ASSERT_EQ(viewer.received.size(), 4U);
    EXPECT_EQ(viewer.received[2].payload[0], 4);
    EXPECT_EQ(viewer.received[2].sequence, 32'004)
        << "the viewer sees that two packets are missing and may ask";
}

TEST_F(PeerTest, ReportsEachSecondOnTheStreamsClock) {
    connect();
    peer->send_block(make_block(90'000, true, 2, 100, 1, now), now);
    settle();
    now += 2s;

    peer->tick(now, wall);
    peer->tick(now + 100ms, wall);
    settle();

    ASSERT_EQ(viewer.rtcp.size(), 1U);
    const auto& sr = viewer.rtcp[0];
    EXPECT_EQ(sr[1], 200);
    EXPECT_EQ(Bytes(sr.begin() + 16, sr.begin() + 24), (Bytes{0, 4, 0x1e, 0xb0, 0, 0, 0, 2}))
        << "90'000 + 2 s";
    EXPECT_EQ(Bytes(sr.begin() + 24, sr.begin() + 28), (Bytes{0, 0, 0, 193}));
}

TEST_F(PeerTest, EndsWithoutConsentForThirtySeconds) {
    connect();
    now += 29s;
    viewer.consent();
    settle();
    now += 29s;
    peer->tick(now, wall);
    EXPECT_TRUE(peer->ready());

    now += 2s;
    peer->tick(now, wall);

    EXPECT_TRUE(peer->done());
    ASSERT_EQ(closed.size(), 1U);
}

TEST_F(PeerTest, EndsWhenTheHandshakeDoesNotCome) {
    create(viewer.raw_fingerprint());
    for (int i = 0; i < 31; ++i) {
        now += 1s;
        viewer.consent();
        settle();
        peer->tick(now, wall);
    }

    EXPECT_TRUE(peer->done());
    ASSERT_EQ(closed.size(), 1U);
}

TEST_F(PeerTest, SendsNotOneBlockAfterItWasStoppedButSaysGoodbye) {
    connect();
    peer->send_block(make_block(1, true, 2, 100, 1), now);
    settle();

    peer->stop();
    EXPECT_FALSE(peer->send_block(make_block(2, true, 2, 100, 1), now));
    settle();

    EXPECT_EQ(viewer.received.size(), 2U);
    EXPECT_TRUE(viewer.said_goodbye);
    EXPECT_TRUE(closed.empty());
}

TEST_F(PeerTest, HearsTheViewersGoodbye) {
    connect();

    viewer.close();
    settle();

    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0], "viewer left");
}

TEST_F(PeerTest, FollowsANominationToAnotherAddress) {
    connect();
    from = *Address::parse("192.0.2.8", 50'001);

    viewer.consent();
    settle();
    peer->send_block(make_block(1, true, 2, 100, 1), now);

    EXPECT_EQ(wire.last_to, from);
    EXPECT_EQ(peer->addresses().size(), 2U);
}

TEST_F(PeerTest, SurvivesRandomDatagramsBeforeAndAfterTheHandshake) {
    connect();
    std::mt19937 random(5);
    for (int i = 0; i < 20'000; ++i) {
        Bytes noise(1 + random() % 300);
        for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
        noise[0] = static_cast<std::uint8_t>(i % 2 == 0 ? 128 + random() % 64 : 20 + random() % 44);
        peer->on_datagram(noise, from, now);
    }

    EXPECT_TRUE(peer->ready());
    EXPECT_TRUE(peer->send_block(make_block(1, true, 2, 100, 1), now));
    create(viewer.raw_fingerprint());
    for (int i = 0; i < 2000 && !peer->done(); ++i) {
        Bytes noise(1 + random() % 300);
        for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
        noise[0] = 22;
        peer->on_datagram(noise, from, now);
    }
    SUCCEED();
}

}  // namespace
}  // namespace bongsu::webrtc
