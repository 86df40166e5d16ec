#include "webrtc/srtp.hpp"

#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <random>

#include "webrtc/test/fake_viewer.hpp"

namespace bongsu::webrtc {
namespace {

using test::Bytes;

Bytes hex(std::string_view text) {
    Bytes out;
    for (std::size_t i = 0; i + 1 < text.size();) {
        if (text[i] == ' ') {
            ++i;
            continue;
        }
        out.push_back(static_cast<std::uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
        i += 2;
    }
    return out;
}

template <std::size_t N>
std::array<std::uint8_t, N> array_of(const Bytes& bytes) {
    std::array<std::uint8_t, N> out{};
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

TEST(Srtp, DerivesTheSessionKeysOfRfc3711B3) {
    const SrtpMaster master{array_of<16>(hex("E1F97A0D3E018BE0D64FA32C06DE4139")),
                            array_of<14>(hex("0EC675AD498AFEEBB6960B3AABE6"))};

    const auto keys = derive_session_keys(SrtpProfile::aes128_cm_hmac_sha1_80, master, SrtpPart::rtp);

    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->cipher, array_of<16>(hex("C61E7A93744F39EE10734AFE3FF7A087")));
    EXPECT_EQ(keys->salt, array_of<14>(hex("30CBBC08863D8C85D49DB34A9AE1")));
    EXPECT_EQ(keys->auth, array_of<20>(hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")));
}

TEST(Srtp, SealsTheSamplePacketOfRfc7714Section16) {
    SrtpSessionKeys keys;
    keys.cipher = array_of<16>(hex("000102030405060708090a0b0c0d0e0f"));
    keys.salt = array_of<14>(hex("517569642070726f2071756f"));
    auto cipher = SrtpCipher::create(SrtpProfile::aead_aes_128_gcm, keys);
    ASSERT_TRUE(cipher);
    Bytes packet =
        hex("8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e20706172746573207472"
            "65 73");
    const std::size_t size = packet.size();
    packet.resize(size + 16);

    const std::size_t sealed = cipher->protect_rtp(packet, size, 0xf17b);

    EXPECT_EQ(sealed, packet.size());
    EXPECT_EQ(
        packet,
        hex("8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf"
            "8833899d7f27beb16a9152cf765ee4390cce"));
}

struct Oracle {
    srtp_t session = nullptr;
    Bytes key;
    Oracle(SrtpProfile profile, const SrtpMaster& master, srtp_ssrc_type_t direction) {
        srtp_init();
        const bool gcm = profile == SrtpProfile::aead_aes_128_gcm;
        key.assign(master.key.begin(), master.key.end());
        key.insert(key.end(), master.salt.begin(), master.salt.begin() + (gcm ? 12 : 14));
        srtp_policy_t policy{};
        if (gcm) {
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
        } else {
            srtp_crypto_policy_set_rtp_default(&policy.rtp);
            srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
        }
        policy.ssrc.type = direction;
        policy.key = key.data();
        policy.window_size = 1024;
        policy.allow_repeat_tx = 1;
        EXPECT_EQ(srtp_create(&session, &policy), srtp_err_status_ok);
    }
    ~Oracle() { srtp_dealloc(session); }
};

class SrtpAgainstLibsrtp : public testing::TestWithParam<SrtpProfile> {
  protected:
    SrtpMaster master() {
        SrtpMaster out;
        for (auto& byte : out.key) byte = static_cast<std::uint8_t>(random_());
        const std::size_t salt = GetParam() == SrtpProfile::aead_aes_128_gcm ? 12 : 14;
        for (std::size_t i = 0; i < salt; ++i) out.salt[i] = static_cast<std::uint8_t>(random_());
        return out;
    }
    Bytes rtp(std::uint16_t sequence, std::size_t payload) {
        Bytes out{0x80,
                  96,
                  static_cast<std::uint8_t>(sequence >> 8),
                  static_cast<std::uint8_t>(sequence),
                  1,
                  2,
                  3,
                  4,
                  5,
                  6,
                  7,
                  8};
        if (sequence % 3 == 0) out[0] = 0x90, out.insert(out.end(), {0xBE, 0xDE, 0, 1, 0x10, 0xAA, 0, 0});
        for (std::size_t i = 0; i < payload; ++i) out.push_back(static_cast<std::uint8_t>(random_()));
        return out;
    }
    std::mt19937 random_{42};
};

TEST_P(SrtpAgainstLibsrtp, PacketsOpenThereAcrossARolloverOfTheSequence) {
    const SrtpMaster keys = master();
    auto sender = SrtpSender::create(GetParam(), keys);
    ASSERT_TRUE(sender);
    Oracle oracle(GetParam(), keys, ssrc_any_inbound);

    for (std::uint64_t index = 0x7000; index < 0x7000 + 140'000; index += 1 + index % 97) {  // Two rollovers.
        const Bytes plain = rtp(static_cast<std::uint16_t>(index), random_() % 1300);
        Bytes packet = plain;
        packet.resize(plain.size() + SrtpCipher::kOverheadMax);
        const std::size_t sealed = sender->protect(packet, plain.size(), index);
        ASSERT_EQ(sealed, plain.size() + sender->overhead());

        int size = static_cast<int>(sealed);
        ASSERT_EQ(srtp_unprotect(oracle.session, packet.data(), &size), srtp_err_status_ok) << index;
        packet.resize(static_cast<std::size_t>(size));
        ASSERT_EQ(packet, plain);
    }
}

TEST_P(SrtpAgainstLibsrtp, ReportsOpenThere) {
    const SrtpMaster keys = master();
    auto sender = SrtpSender::create(GetParam(), keys);
    ASSERT_TRUE(sender);
    Oracle oracle(GetParam(), keys, ssrc_any_inbound);
    const Bytes plain{0x80, 200, 0, 6,  0,  0,  0,  9,  1,  2,  3,  4,  5,  6,
                      7,    8,   9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

    for (int i = 0; i < 100; ++i) {
        Bytes packet = plain;
        packet.resize(plain.size() + SrtpCipher::kOverheadMax);
        int size = static_cast<int>(sender->protect_rtcp(packet, plain.size()));

        ASSERT_EQ(srtp_unprotect_rtcp(oracle.session, packet.data(), &size), srtp_err_status_ok);
        packet.resize(static_cast<std::size_t>(size));
        ASSERT_EQ(packet, plain);
    }
}

TEST_P(SrtpAgainstLibsrtp, ItsReportsOpenHereOnceAndUnchangedOnly) {
    const SrtpMaster keys = master();
    auto receiver = SrtcpReceiver::create(GetParam(), keys);
    ASSERT_TRUE(receiver);
    Oracle oracle(GetParam(), keys, ssrc_any_outbound);
    const Bytes plain{0x80, 201, 0, 1, 0, 0, 0, 9, 0x81, 206, 0, 2, 0, 0, 0, 9, 0, 0, 0, 77};
    std::vector<Bytes> packets;
    for (int i = 0; i < 200; ++i) {
        Bytes packet = plain;
        packet.resize(plain.size() + SRTP_MAX_TRAILER_LEN + 4);
        int size = static_cast<int>(plain.size());
        ASSERT_EQ(srtp_protect_rtcp(oracle.session, packet.data(), &size), srtp_err_status_ok);
        packet.resize(static_cast<std::size_t>(size));
        packets.push_back(packet);
    }

    for (std::size_t i = 0; i < packets.size(); i += 2) {  // Out of order in pairs.
        for (const std::size_t k : {i + 1, i}) {
            Bytes forged = packets[k];
            forged[random_() % forged.size()] ^= static_cast<std::uint8_t>(1U << random_() % 8);
            EXPECT_EQ(receiver->unprotect(forged), 0U);
            Bytes packet = packets[k];
            ASSERT_EQ(receiver->unprotect(packet), plain.size()) << k;
            packet.resize(plain.size());
            EXPECT_EQ(packet, plain);
            Bytes again = packets[k];
            EXPECT_EQ(receiver->unprotect(again), 0U) << "replayed";
        }
    }
    Bytes old = packets[0];
    EXPECT_EQ(receiver->unprotect(old), 0U) << "older than the window";
}

TEST_P(SrtpAgainstLibsrtp, RefusesWhatIsNoPacketAndWhatHasNoRoom) {
    auto sender = SrtpSender::create(GetParam(), master());
    auto receiver = SrtcpReceiver::create(GetParam(), master());
    ASSERT_TRUE(sender && receiver);
    Bytes packet = rtp(1, 100);

    EXPECT_EQ(sender->protect(packet, packet.size(), 1), 0U) << "no room for the tag";
    Bytes truncated{0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xBE, 0xDE, 0xFF, 0xFF};
    truncated.resize(60);
    EXPECT_EQ(sender->protect(truncated, 20, 1), 0U) << "extension longer than the packet";
    for (int i = 0; i < 20'000; ++i) {
        Bytes noise(random_() % 120);
        for (auto& byte : noise) byte = static_cast<std::uint8_t>(random_());
        EXPECT_EQ(receiver->unprotect(noise), 0U);
    }
}

INSTANTIATE_TEST_SUITE_P(Profiles, SrtpAgainstLibsrtp,
                         testing::Values(SrtpProfile::aead_aes_128_gcm, SrtpProfile::aes128_cm_hmac_sha1_80),
                         [](const auto& param) {
                             return param.param == SrtpProfile::aead_aes_128_gcm ? "Gcm" : "CmSha1";
                         });

}  // namespace
}  // namespace bongsu::webrtc
