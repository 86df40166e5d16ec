#include "webrtc/stun.hpp"

#include <gtest/gtest.h>

#include <random>

#include "webrtc/test/fake_viewer.hpp"

namespace bongsu::webrtc {
namespace {

using test::Bytes;
using test::stun_request;

// RFC 5769 2.1: request with MESSAGE-INTEGRITY by "VOkJxbRl1RmTxUk/WvJxBt" and FINGERPRINT.
const Bytes kRfc5769 = {0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                        0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e,
                        0x20, 0x74, 0x65, 0x73, 0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24,
                        0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, 0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1,
                        0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68,
                        0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c,
                        0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5,
                        0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf};

TEST(Stun, ReadsTheSampleRequestOfRfc5769) {
    const auto request = parse_stun_request(kRfc5769);

    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(request->username, "evtj:h6vY");
    EXPECT_EQ(request->our_ufrag(), "evtj");
    EXPECT_TRUE(request->controlled);
    EXPECT_FALSE(request->use_candidate);
    EXPECT_TRUE(stun_integrity_holds(*request, "VOkJxbRl1RmTxUk/WvJxBt"));
    EXPECT_FALSE(stun_integrity_holds(*request, "VOkJxbRl1RmTxUk/WvJxBu"));
}

TEST(Stun, RefusesAnyChangedBitOfASignedRequest) {
    for (std::size_t bit = 0; bit < kRfc5769.size() * 8; ++bit) {
        Bytes changed = kRfc5769;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);

        const auto request = parse_stun_request(changed);

        EXPECT_FALSE(request && stun_integrity_holds(*request, "VOkJxbRl1RmTxUk/WvJxBt")) << "bit " << bit;
    }
}

TEST(Stun, RefusesEveryShorterRequest) {
    for (std::size_t size = 0; size < kRfc5769.size(); ++size) {
        EXPECT_FALSE(parse_stun_request(std::span(kRfc5769).first(size))) << size;
    }
}

TEST(Stun, TakesNoAttributeThatFollowsTheIntegrity) {
    Bytes bytes = stun_request("us:them", "secret-secret-secret-1", false);
    bytes.erase(bytes.end() - 8,
                bytes.end());  // USE-CANDIDATE between MESSAGE-INTEGRITY and a new FINGERPRINT.
    test::put(bytes, 0x0025, 2), test::put(bytes, 0, 2);
    bytes[2] = 0, bytes[3] = static_cast<std::uint8_t>(bytes.size() + 8 - 20);
    const auto crc = test::crc32_of(bytes) ^ 0x5354554EU;
    test::put(bytes, 0x8028, 2), test::put(bytes, 4, 2), test::put(bytes, crc, 4);

    const auto request = parse_stun_request(bytes);

    ASSERT_TRUE(request);
    EXPECT_FALSE(request->use_candidate);
}

TEST(Stun, AnswersWithTheMappedAddressOfBothFamilies) {
    const Bytes bytes = stun_request("us:them", "secret-secret-secret-1");
    const auto request = parse_stun_request(bytes);
    ASSERT_TRUE(request);

    const auto v4 = write_stun_success(*request, *Address::parse("192.0.2.1", 32853), "pw");
    const auto v6 = write_stun_success(*request, *Address::parse("2001:db8::1", 32853), "pw");

    EXPECT_EQ(v4[0], 1);
    EXPECT_EQ(v4[1], 1);
    // RFC 5769 2.2: 192.0.2.1:32853 is a1 47 | e1 12 a6 43 once XORed.
    EXPECT_EQ(Bytes(v4.begin() + 20, v4.begin() + 32),
              (Bytes{0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43}));
    EXPECT_EQ(Bytes(v6.begin() + 20, v6.begin() + 32),
              (Bytes{0, 0x20, 0, 20, 0, 2, 0xa1, 0x47, 0x20 ^ 0x21, 0x01 ^ 0x12, 0x0d ^ 0xa4, 0xb8 ^ 0x42}));
    Bytes signed_part(v4.begin(), v4.end() - 32);
    signed_part[3] = static_cast<std::uint8_t>(v4.size() - 8 - 20);
    std::uint8_t mac[20];
    unsigned size = 0;
    HMAC(EVP_sha1(), "pw", 2, signed_part.data(), signed_part.size(), mac, &size);
    EXPECT_EQ(Bytes(v4.end() - 28, v4.end() - 8), Bytes(mac, mac + 20));
}

TEST(Stun, NamesUnknownRequiredAttributesInA420) {
    const Bytes bytes = stun_request("us:them", "secret-secret-secret-1", true, 0x0077);
    const auto request = parse_stun_request(bytes);
    ASSERT_TRUE(request);
    ASSERT_EQ(request->unknown.size(), 1U);

    const auto answer = write_stun_error(*request, 420, "pw");

    EXPECT_EQ(answer[1], 0x11);
    EXPECT_EQ(Bytes(answer.begin() + 24, answer.begin() + 36),
              (Bytes{0, 0, 4, 20, 0, 10, 0, 2, 0, 0x77, 0, 0}));
}

TEST(Stun, SurvivesRandomDatagrams) {
    std::mt19937 random(20260101);
    for (int i = 0; i < 20'000; ++i) {
        Bytes bytes = i % 2 == 0 ? kRfc5769 : Bytes(random() % 1600);
        if (i % 2 == 1)
            std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
        for (std::size_t k = random() % 6; k > 0 && !bytes.empty(); --k) {
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        }
        if (!bytes.empty() && random() % 3 == 0) {
            bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(random() % bytes.size()), bytes.end());
        }

        const auto request = parse_stun_request(bytes);

        if (request) {
            EXPECT_LE(request->integrity_at + 24, bytes.size() + 24);
            (void)stun_integrity_holds(*request, "x");
            (void)write_stun_error(*request, 420, "x");
        }
    }
}

}  // namespace
}  // namespace bongsu::webrtc
