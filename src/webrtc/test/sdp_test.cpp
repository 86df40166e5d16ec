#include "webrtc/sdp.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bongsu::webrtc {
namespace {

constexpr std::string_view kFingerprint =
    "A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90:A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90";

std::string transport() {
    return "a=ice-ufrag:Ab+/"
           "\r\na=ice-pwd:0123456789abcdef01234567\r\na=ice-options:trickle\r\na=fingerprint:sha-256 " +
           std::string(kFingerprint) + "\r\na=setup:actpass\r\n";
}

/// As Chromium offers for an audio and a video recvonly transceiver (shortened).
std::string browser_offer() {
    return "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
           "a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n"
           "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\nc=IN IP4 0.0.0.0\r\n" +
           transport() +
           "a=mid:0\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
           "m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 105 107 109\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 "
           "0.0.0.0\r\n" +
           transport() +
           "a=mid:1\r\na=extmap:1 "
           "urn:ietf:params:rtp-hdrext:toffset\r\na=recvonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
           "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
           "a=rtpmap:103 H264/90000\r\na=rtcp-fb:103 nack\r\na=rtcp-fb:103 nack pli\r\na=rtcp-fb:103 "
           "transport-cc\r\n"
           "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n"
           "a=rtpmap:105 H264/90000\r\na=fmtp:105 "
           "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n"
           "a=rtpmap:107 H264/90000\r\na=rtcp-fb:107 nack\r\na=rtcp-fb:107 nack pli\r\n"
           "a=fmtp:107 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
           "a=rtpmap:109 H264/90000\r\na=fmtp:109 "
           "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f\r\n";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

TEST(Sdp, ChoosesConstrainedBaselineWithPacketizationMode1) {
    const auto offer = parse_offer(browser_offer());

    ASSERT_TRUE(offer) << offer.error().message;
    EXPECT_EQ(offer->h264->payload_type, 107);
    EXPECT_EQ(offer->h264->fmtp, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
    EXPECT_EQ(offer->video, 1U);
    EXPECT_EQ(offer->ufrag, "Ab+/");
    EXPECT_EQ(static_cast<std::uint8_t>(offer->fingerprint[0]), 0xA1);
    EXPECT_TRUE(offer->bundle && offer->h264->nack && offer->h264->pli && offer->reduced_rtcp);
}

TEST(Sdp, AnswersOneSendonlyVideoAndRejectsTheRest) {
    const auto offer = parse_offer(browser_offer());
    ASSERT_TRUE(offer);
    const std::vector<Address> candidates{*Address::parse("127.0.0.1", 8010), *Address::parse("::1", 8010)};

    const std::string answer = write_answer(
        *offer, media::Codec::h264, {77, "ufr", "password", std::string(32, '\x0f'), 123, "cn", "11440-0001", candidates});

    EXPECT_NE(answer.find("a=ice-lite\r\n"), std::string::npos);
    EXPECT_NE(answer.find("a=group:BUNDLE 1\r\n"), std::string::npos);
    EXPECT_NE(answer.find("m=audio 0 UDP/TLS/RTP/SAVPF 111\r\n"), std::string::npos);
    EXPECT_NE(answer.find("m=video 8010 UDP/TLS/RTP/SAVPF 107\r\n"), std::string::npos);
    EXPECT_LT(answer.find("m=audio"), answer.find("m=video"));
    EXPECT_NE(answer.find("a=sendonly\r\na=rtcp-mux\r\n"), std::string::npos);
    EXPECT_NE(answer.find("a=fingerprint:sha-256 0F:0F:"), std::string::npos);
    EXPECT_NE(answer.find("a=setup:passive\r\n"), std::string::npos);
    EXPECT_NE(answer.find("a=rtcp-fb:107 nack\r\na=rtcp-fb:107 nack pli\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("transport-cc"), std::string::npos);
    EXPECT_NE(answer.find("a=msid:11440-0001 video\r\na=ssrc:123 cname:cn\r\n"), std::string::npos);
    EXPECT_NE(answer.find("a=candidate:1 1 udp 2130706431 127.0.0.1 8010 typ host\r\n"), std::string::npos);
    EXPECT_NE(answer.find("a=candidate:2 1 udp 2130706175 ::1 8010 typ host\r\n"), std::string::npos);
}

TEST(Sdp, TakesCredentialsOfTheSessionWhenTheMediaHasNone) {
    std::string text = browser_offer();
    const auto video = text.find("m=video");
    text = text.substr(0, video) + replaced(text.substr(video), transport(), "");
    text.insert(text.find("m=audio"), transport());

    EXPECT_TRUE(parse_offer(text));
}

TEST(Sdp, ReadsSendrecvAndBundleOnly) {
    EXPECT_TRUE(parse_offer(replaced(browser_offer(), "a=recvonly", "a=sendrecv")));
    EXPECT_TRUE(parse_offer(replaced(browser_offer(), "m=video 9 ", "m=video 0 ")).error().message.size());
    EXPECT_TRUE(parse_offer(replaced(replaced(browser_offer(), "m=video 9 ", "m=video 0 "), "a=mid:1\r\n",
                                     "a=mid:1\r\na=bundle-only\r\n")));
}

TEST(Sdp, NamesWhatAnOfferLacks) {
    const std::vector<std::array<std::string, 3>> cases{
        {"v=0", "v=1", "v="},
        {"H264/90000", "AV1/90000", "a=rtpmap"},
        {"H264/90000", "VP8/90000", "a=rtpmap"},
        {"packetization-mode=1", "packetization-mode=0", "a=fmtp"},
        {"a=recvonly", "a=sendonly", "m=video"},
        {"a=recvonly", "a=inactive", "m=video"},
        {"a=ice-ufrag:Ab+/\r\n", "", "a=ice-ufrag"},
        {"a=ice-ufrag:Ab+/", "a=ice-ufrag:Ab+", "a=ice-ufrag"},
        {"a=ice-ufrag:Ab+/", "a=ice-ufrag:Ab +/", "a=ice-ufrag"},
        {"a=ice-pwd:0123456789abcdef01234567\r\n", "", "a=ice-pwd"},
        {"a=ice-pwd:0123456789abcdef01234567", "a=ice-pwd:0123456789abcdef0123\x01", "a=ice-pwd"},
        {"a=setup:actpass\r\n", "", "a=setup"},
        {"a=setup:actpass", "a=setup:passive", "a=setup"},
        {"a=setup:actpass", "a=setup:holdconn", "a=setup"},
        {"a=rtcp-mux\r\n", "", "a=rtcp-mux"},
        {"a=fingerprint:sha-256 " + std::string(kFingerprint) + "\r\n", "", "a=fingerprint"},
        {"sha-256", "sha-1", "a=fingerprint"},
        {"sha-256", "md5", "a=fingerprint"},
        {"sha-256", "sha-999", "a=fingerprint"},
        {"sha-256 ", "", "a=fingerprint"},
        {"A1:B2", "A1:G2", "a=fingerprint"},
        {":8F:90\r\n", ":8F\r\n", "a=fingerprint"},
        {"UDP/TLS/RTP/SAVPF", "RTP/AVP", "m=video"},
        {"a=mid:1", "a=mid:1 2", "a=mid"},
        {"m=video 9", "m=text 9", "m=video"},
        {"m=video 9", "m=video 0", "m=video"},
        {"m=video 9", "m=video x", "m="},
        {"m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "m=video 9 UDP/TLS/RTP/SAVPF 111 0", "m=video"},
        {"t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n", "a=ice-lite"},
    };
    for (const auto& [from, to, named] : cases) {
        const auto offer = parse_offer(replaced(browser_offer(), from, to));

        ASSERT_FALSE(offer) << from << " -> " << to;
        EXPECT_EQ(offer.error().kind, ErrorKind::invalid);
        EXPECT_EQ(offer.error().message.substr(0, offer.error().message.find(' ')), named) << offer.error().message;
    }
}

TEST(Sdp, ADirectionOfTheSessionHoldsForAnMLineWithoutOne) {
    const auto with = [](const std::string& line) {
        return replaced(replaced(browser_offer(), "a=recvonly\r\n", ""), "t=0 0\r\n", "t=0 0\r\n" + line);
    };
    EXPECT_TRUE(parse_offer(with("")));
    EXPECT_TRUE(parse_offer(with("a=recvonly\r\n")));
    EXPECT_FALSE(parse_offer(with("a=inactive\r\n")));
    EXPECT_FALSE(parse_offer(with("a=sendonly\r\n")));
    EXPECT_TRUE(parse_offer(replaced(browser_offer(), "t=0 0\r\n", "t=0 0\r\na=inactive\r\n")));
}

TEST(Sdp, TakesTheHashThatItKnowsOfSeveral) {
    const auto offer = parse_offer(
        replaced(browser_offer(), "a=fingerprint:", "a=fingerprint:sha-1 AA:BB\r\na=fingerprint:"));

    ASSERT_TRUE(offer) << offer.error().message;
    EXPECT_EQ(static_cast<std::uint8_t>(offer->fingerprint[0]), 0xA1);
}

TEST(Sdp, AVideoLineThatWantsNothingDoesNotCount) {
    for (const char* closed : {"m=video 0 UDP/TLS/RTP/SAVPF 96\r\n",
                               "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=inactive\r\na=mid:2\r\n"}) {
        EXPECT_TRUE(parse_offer(browser_offer() + closed)) << closed;
    }
}

TEST(Sdp, BundleOnlyWithoutABundleIsNoWish) {
    const auto bundle_only = replaced(replaced(browser_offer(), "m=video 9 ", "m=video 0 "), "a=mid:1\r\n",
                                      "a=mid:1\r\na=bundle-only\r\n");
    EXPECT_TRUE(parse_offer(bundle_only));
    EXPECT_FALSE(parse_offer(replaced(bundle_only, "a=group:BUNDLE 0 1\r\n", "")));
}

TEST(Sdp, TakesH265WhereTheViewerDoes) {
    const auto with = [](const std::string& fmtp) {
        return parse_offer(replaced(browser_offer(), "a=rtpmap:96 VP8/90000\r\n", "a=rtpmap:96 H265/90000\r\na=fmtp:96 " + fmtp + "\r\n"));
    };
    const auto offer = with("level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST");
    ASSERT_TRUE(offer) << offer.error().message;
    EXPECT_EQ(offer->h264->payload_type, 107);
    EXPECT_EQ(offer->h265->payload_type, 96);
    EXPECT_EQ(offer->format(media::Codec::h265), &*offer->h265);
    EXPECT_EQ(offer->format(media::Codec::jpeg), nullptr);
    const std::string answer = write_answer(*offer, media::Codec::h265, {1, "u", "p", std::string(32, 'x'), 5, "c", "s", {}});
    EXPECT_NE(answer.find("a=rtpmap:96 H265/90000\r\na=fmtp:96 level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST\r\na=rtcp-fb:96 nack\r\n"),
              std::string::npos)
        << answer;

    EXPECT_FALSE(with("tx-mode=MRST")->h265) << "several RTP streams";
    EXPECT_FALSE(with("sprop-max-don-diff=2")->h265) << "packets with DON fields";
    EXPECT_EQ(parse_offer(browser_offer())->format(media::Codec::h265), nullptr);

    const auto alone = parse_offer(replaced(browser_offer(), "H264/90000", "H265/90000"));
    ASSERT_TRUE(alone) << "a viewer of H.265 alone: " << alone.error().message;
    EXPECT_FALSE(alone->h264);
}

TEST(Sdp, EchoesNoLineThatAFormatSmugglesIn) {
    const auto offer = parse_offer(
        replaced(browser_offer(), "profile-level-id=42e01f\r\n", "profile-level-id=42e01f\ra=evil\r\n"));

    ASSERT_TRUE(offer);
    EXPECT_EQ(offer->h264->payload_type, 103) << "the format with a control character is passed over";
}

TEST(Sdp, BoundsSizeAndNumbers) {
    std::string many = browser_offer();
    for (int i = 0; i < 20; ++i) many += "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
    EXPECT_FALSE(parse_offer(many));
    EXPECT_FALSE(parse_offer(browser_offer() + std::string(70'000, 'a')));
    std::string lines = browser_offer();
    for (int i = 0; i < 5000; ++i) lines += "a=x\r\n";
    EXPECT_FALSE(parse_offer(lines));
}

TEST(Sdp, SurvivesMutatedOffersAndAnswersThemWhole) {
    const std::string whole = browser_offer();
    std::mt19937 random(99);
    int readable = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = whole;
        for (std::size_t k = 1 + random() % 4; k > 0; --k) {
            const std::size_t at = random() % text.size();
            switch (random() % 4) {
                case 0:
                    text[at] = static_cast<char>(random());
                    break;
                case 1:
                    text.erase(at, random() % 40);
                    break;
                case 2:
                    text.insert(at, text.substr(random() % text.size(), random() % 60));
                    break;
                default:
                    text.resize(std::max<std::size_t>(1, at));
                    break;
            }
            if (text.empty()) text = "v";
        }

        const auto offer = parse_offer(text);

        if (!offer) continue;
        ++readable;
        const std::string answer = write_answer(*offer, media::Codec::h264, {1, "u", "p", std::string(32, 'x'), 5, "c", "s", {}});
        std::size_t lines = 0;
        for (std::size_t at = 0; (at = answer.find('\n', at)) != std::string::npos; ++at, ++lines) {
            EXPECT_EQ(answer[at - 1], '\r');
        }
        EXPECT_LT(lines, 100U);
    }
    EXPECT_GT(readable, 100);
}

}  // namespace
}  // namespace bongsu::webrtc
