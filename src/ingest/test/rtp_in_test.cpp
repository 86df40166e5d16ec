#include "ingest/rtp_in.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "media/rtp.hpp"

namespace bongsu::ingest {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

const std::string kSps("\x67\x42\xC0\x16\xDA\x02\x80\xBF\xE5\xC0\x44\x00\x00\x03\x00\x04\x00\x00\x03\x00\x78\x3C\x58\xBA\x80", 25);
const std::string kPps("\x68\xCE\x0F\xC8", 4);

class RtpInTest : public testing::Test {
  protected:
    RtpInTest() {
        media::CameraTrack track;
        track.payload_type = 99;
        track.format = {kSps, kPps, 640, 360};
        rtp.begin(track);
    }
    Bytes packet(std::uint16_t sequence, std::uint32_t ssrc = 7, std::uint8_t type = 99, bool key = true) const {
        Bytes out(media::kRtpHeaderSize);
        media::write_rtp_header(out.data(), {true, type, sequence, sequence * 3600U, ssrc});
        out.insert(out.end(), {static_cast<std::uint8_t>(key ? 0x65 : 0x41), 0x88, 1, 2});
        return out;
    }
    void udp(std::optional<std::uint32_t> announced = std::nullopt) {
        rtsp::Path path;
        path.udp = true;
        path.ssrc = announced;
        rtp.set_path(path);
    }
    void tcp(std::uint8_t rtp_channel, std::optional<std::uint8_t> rtcp_channel) {
        rtsp::Path path;
        path.rtp_channel = rtp_channel;
        path.rtcp_channel = rtcp_channel;
        rtp.set_path(path);
    }
    void interleaved(std::uint8_t channel, const Bytes& bytes) { rtp.on_interleaved(channel, bytes, now += 10ms, wall()); }
    void datagram(const Bytes& bytes) { rtp.on_packet(bytes, now += 10ms, wall()); }
    WallTime wall() const {
        return from_us(1'795'000'000'000'000 + std::chrono::duration_cast<std::chrono::microseconds>(now - MonoTime(1h)).count());
    }

    int shown = 0;
    MonoTime now{1h};
    BlockBuilder builder{1, {.on_block = [this](const media::BlockPtr&) { ++shown; }, .on_format = [](const media::Format&) {}}};
    RtpIn rtp{{.ssrc = 0xAB}, builder};
};

TEST_F(RtpInTest, PicturesComeOnTheChannelThatWasSaid) {
    tcp(4, 5);
    for (std::uint16_t i = 0; i < 5; ++i) interleaved(4, packet(i));
    EXPECT_EQ(shown, 5);
    interleaved(6, packet(5));  // Another channel once ours has spoken.
    EXPECT_EQ(shown, 5);
    EXPECT_EQ(rtp.counters().foreign, 1U);
}

TEST_F(RtpInTest, PicturesOnAnotherChannelThanSaidAreFound) {
    tcp(4, 5);
    interleaved(0, Bytes{1, 2, 3});
    for (std::uint16_t i = 0; i < 5; ++i) interleaved(0, packet(i));
    EXPECT_EQ(shown, 5);
}

TEST_F(RtpInTest, PicturesBeforeTheAnswerToPlayCount) {
    interleaved(0, packet(0));  // Not even SETUP was answered.
    EXPECT_EQ(shown, 1);
}

TEST_F(RtpInTest, OtherTracksAndTheirReportsAreLeftOut) {
    tcp(0, 1);
    interleaved(0, packet(1, 7, 0));
    interleaved(0, packet(0));
    EXPECT_EQ(shown, 1);
    EXPECT_EQ(rtp.counters().foreign, 1U);
}

TEST_F(RtpInTest, AForeignSsrcOnTheConnectionIsCountedAndDropped) {
    // retina #17: an old live555 leaks a dead session's pictures into the next.
    tcp(0, 1);
    for (std::uint16_t i = 0; i < 50; ++i) {
        interleaved(0, packet(i));
        interleaved(0, packet(static_cast<std::uint16_t>(900 + i), 8));
    }
    EXPECT_EQ(shown, 50);
    EXPECT_EQ(rtp.counters().foreign, 50U);
    EXPECT_EQ(rtp.counters().ssrc_changes, 0U);
}

TEST_F(RtpInTest, TheAnnouncedSsrcWinsOverALeak) {
    udp(8);
    datagram(packet(1, 7));
    for (std::uint16_t i = 0; i < 20; ++i) {
        datagram(packet(i, 8));
        datagram(packet(static_cast<std::uint16_t>(100 + i), 7));
    }
    EXPECT_EQ(rtp.counters().ssrc_changes, 1U);
    EXPECT_EQ(shown, 21);
}

TEST_F(RtpInTest, AnSsrcThatChangesInTheMiddleIsFollowed) {
    tcp(0, 1);
    for (std::uint16_t i = 0; i < 10; ++i) interleaved(0, packet(i));
    now += 600ms;
    for (std::uint16_t i = 0; i < 10; ++i) interleaved(0, packet(static_cast<std::uint16_t>(500 + i), 8));
    EXPECT_EQ(rtp.counters().ssrc_changes, 1U);
    EXPECT_EQ(shown, 10 + 8);
}

TEST_F(RtpInTest, UdpIsPutInOrderAndAHoleIsShown) {
    udp();
    for (const int i : {0, 2, 1, 3, 5, 4}) datagram(packet(static_cast<std::uint16_t>(i)));
    EXPECT_EQ(shown, 6);
    EXPECT_EQ(builder.counters().lost, 0U);
    datagram(packet(7));
    ASSERT_TRUE(rtp.deadline());
    rtp.tick(*rtp.deadline());
    EXPECT_EQ(builder.counters().lost, 1U);
    EXPECT_EQ(builder.counters().damaged, 1U);
    EXPECT_EQ(rtp.order().lost, 1U);
}

TEST_F(RtpInTest, ReportsSayWhatWasReceived) {
    udp();
    EXPECT_TRUE(media::rtcp::parse(rtp.report(now))->reports.empty());
    for (const int i : {0, 1, 3}) datagram(packet(static_cast<std::uint16_t>(i)));
    rtp.on_rtcp(media::rtcp::write_sender_report({7, wall(), 3 * 3600, 3, 12, "camera"}), now, wall());

    const auto report = rtp.report(now + 1s);
    const auto got = media::rtcp::parse(report);

    ASSERT_TRUE(got);
    EXPECT_EQ(got->from, 0xABU);
    EXPECT_EQ(got->cname, "bongsu");
    ASSERT_EQ(got->reports.size(), 1U);
    EXPECT_EQ(got->reports[0].ssrc, 7U);
    EXPECT_EQ(got->reports[0].highest_sequence, 3U);
    EXPECT_EQ(got->reports[0].cumulative_lost, 1);
    EXPECT_EQ(got->reports[0].delay, 65536U);
    EXPECT_TRUE(rtp.clock().state().offset.has_value());
}

TEST_F(RtpInTest, ReportsOnTheRtpPortOrChannelAreKnownByTheirType) {
    tcp(3, std::nullopt);
    interleaved(3, packet(0));
    interleaved(3, media::rtcp::write_sender_report({7, wall(), 0, 1, 1, ""}));
    EXPECT_EQ(rtp.counters().rtcp, 1U);
    EXPECT_EQ(rtp.clock().state().reports, 1U);
}

TEST_F(RtpInTest, ReportsThatHoldNotAreCounted) {
    tcp(0, 1);
    interleaved(1, Bytes{0x80, 200, 0, 9, 1, 2, 3, 4});
    EXPECT_EQ(rtp.counters().rtcp_malformed, 1U);
}

TEST_F(RtpInTest, AnyBytesAreTakenWithoutHarm) {
    std::mt19937 seeded(11);
    for (int i = 0; i < 100'000; ++i) {
        if (i % 10'000 == 0) seeded() % 2 == 0 ? udp() : tcp(0, 1);
        Bytes bytes = packet(static_cast<std::uint16_t>(seeded() % 200), static_cast<std::uint32_t>(seeded() % 3), static_cast<std::uint8_t>(seeded() % 8 ? 99 : seeded()));
        bytes.resize(seeded() % 40);
        if (!bytes.empty() && seeded() % 4 == 0) bytes[seeded() % bytes.size()] = static_cast<std::uint8_t>(seeded());
        seeded() % 2 == 0 ? datagram(bytes) : interleaved(static_cast<std::uint8_t>(seeded() % 3), bytes);
        if (seeded() % 100 == 0) (void)rtp.report(now);
        ASSERT_TRUE(!rtp.deadline() || *rtp.deadline() > now - 1s);
    }
}

/// Pictures of 4 packets through a network that loses, doubles and delays: what is shown was whole, and what was not
/// is counted.
TEST_F(RtpInTest, ThroughABadNetworkWholePicturesAreShownAndTheRestIsCounted) {
    udp();
    std::mt19937 seeded(21);
    std::multimap<MonoTime, Bytes> arrivals;
    std::map<int, int> came;
    std::set<int> endless;  // Pictures whose last packet was lost: nobody can tell whether the next one's first was too.
    constexpr int kPictures = 2'000;
    for (int i = 0; i < kPictures * 4; ++i) {
        const auto picture = static_cast<std::uint32_t>(i / 4);
        Bytes bytes(media::kRtpHeaderSize);
        media::write_rtp_header(bytes.data(), {i % 4 == 3, 99, static_cast<std::uint16_t>(i), picture * 3600, 7});
        bytes.insert(bytes.end(), {static_cast<std::uint8_t>(picture % 25 == 0 ? 0x65 : 0x41), static_cast<std::uint8_t>(i % 4 == 0 ? 0x88 : 0x40)});
        const MonoTime sent = MonoTime(1h) + picture * 40ms + (i % 4) * 1ms;
        if (i >= 4 && i < kPictures * 4 - 4 && seeded() % 50 == 0) {
            if (i % 4 == 3) endless.insert(i / 4);
            continue;
        }
        ++came[i / 4];
        arrivals.emplace(sent + std::chrono::milliseconds(seeded() % 60), bytes);
        if (seeded() % 20 == 0) arrivals.emplace(sent + std::chrono::milliseconds(seeded() % 60), bytes);
    }
    for (const auto& [at, bytes] : arrivals) rtp.on_packet(bytes, now = at, wall());
    rtp.tick(now + 1s);
    int whole = 0, holed = 0;
    for (const auto& [picture, packets] : came) ++(packets == 4 && !endless.contains(picture - 1) ? whole : holed);
    EXPECT_EQ(shown, whole);
    EXPECT_GE(builder.counters().damaged, static_cast<unsigned>(holed) * 9 / 10);
    EXPECT_EQ(builder.counters().lost, rtp.order().lost);
    EXPECT_GT(rtp.order().duplicates, 100U);
}

}  // namespace
}  // namespace bongsu::ingest
