#include "crypto/aria.hpp"

#include <gtest/gtest.h>

#include "crypto/crypto.hpp"

namespace bongsu::crypto {
namespace {

std::string hex(std::string_view text) { return from_hex(text, "test").value(); }

Aria aria(AriaPadding padding = AriaPadding::x923) {
    return {.key = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
            .padding = padding};
}

TEST(Aria, AnswersTheVectorOfRfc5794) {
    // RFC 5794 appendix A.3.
    const auto plain = hex("00112233445566778899aabbccddeeff");

    const auto cipher = aria_encrypt(aria(AriaPadding::none), plain);

    ASSERT_TRUE(cipher);
    EXPECT_EQ(to_hex(*cipher), "f92bd7c79fb72e2f2b8f80c1972d24fc");
    EXPECT_EQ(aria_decrypt(aria(AriaPadding::none), *cipher).value(), plain);
}

TEST(Aria, ChainsBlocksInCbc) {
    auto cbc = aria(AriaPadding::none);
    cbc.mode = AriaMode::cbc;
    cbc.iv = hex("0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    const auto plain = hex("00112233445566778899aabbccddeeff");

    const auto once = aria_encrypt(cbc, plain).value();
    const auto twice = aria_encrypt(cbc, plain + plain).value();

    // CBC's definition, from single blocks: E(P ^ iv), then E(P ^ C1).
    const auto mixed = [](std::string a, std::string_view b) {
        for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
        return a;
    };
    const auto first = aria_encrypt(aria(AriaPadding::none), mixed(plain, cbc.iv)).value();
    EXPECT_EQ(once, first);
    EXPECT_EQ(twice, first + aria_encrypt(aria(AriaPadding::none), mixed(plain, first)).value());
    EXPECT_EQ(aria_decrypt(cbc, twice).value(), plain + plain);
}

TEST(Aria, EveryLengthComesBackWithEveryPadding) {
    for (const auto padding : {AriaPadding::x923, AriaPadding::pkcs7}) {
        for (std::size_t size = 0; size < 70; ++size) {
            const std::string plain(size, 'x');

            const auto cipher = aria_encrypt(aria(padding), plain);

            ASSERT_TRUE(cipher);
            EXPECT_EQ(cipher->size() % kAriaBlockBytes, 0U);
            EXPECT_EQ(aria_decrypt(aria(padding), *cipher).value(), plain) << size;
        }
    }
}

TEST(Aria, FullBlocksGetNoPaddingOnTheOldLinks) {
    EXPECT_EQ(aria_encrypt(aria(), std::string(32, 'x'))->size(), 32U);
    EXPECT_EQ(aria_encrypt(aria(AriaPadding::pkcs7), std::string(32, 'x'))->size(), 48U);
}

TEST(Aria, RefusesBrokenBlocksKeysAndPaddings) {
    EXPECT_EQ(aria_decrypt(aria(), "15 bytes, no 16").error().kind, ErrorKind::corrupt);
    EXPECT_EQ(aria_decrypt(aria(AriaPadding::pkcs7), std::string(16, 'x')).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(aria_encrypt(aria(AriaPadding::none), "x").error().kind, ErrorKind::invalid);
    auto shorter = aria();
    shorter.key.pop_back();
    EXPECT_EQ(aria_encrypt(shorter, "x").error().kind, ErrorKind::invalid);
    auto no_iv = aria();
    no_iv.mode = AriaMode::cbc;
    EXPECT_EQ(aria_encrypt(no_iv, "x").error().kind, ErrorKind::invalid);
}

TEST(AriaPassPhrase, IsFilledWithZerosAndTheirCount) {
    EXPECT_EQ(to_hex(aria_key_of_phrase("bongsu").value()),
              "626f6e677375" + std::string(50, '0') + "1a");  // 26 bytes filled in.
}

TEST(AriaPassPhrase, Of32LettersIsItsOwnKeyAndTheRestIsCutOff) {
    const std::string letters = "abcdefghijklmnopqrstuvwxyz012345";
    EXPECT_EQ(aria_key_of_phrase(letters).value(), letters);
    EXPECT_EQ(aria_key_of_phrase(letters + "678").value(), letters);
}

TEST(AriaPassPhrase, InKoreanCountsLettersForTheCutAndBytesForTheKey) {
    std::string phrase;
    for (int i = 0; i < 40; ++i) phrase += "봉";
    const auto key = aria_key_of_phrase(phrase).value();
    EXPECT_EQ(key.size(), kAriaKeyBytes);
    EXPECT_EQ(key, phrase.substr(0, 32));
    // Two letters are 6 bytes: filled like any short phrase.
    EXPECT_EQ(aria_key_of_phrase("봉수").value().back(), 26);
}

TEST(AriaPassPhrase, MustNotBeEmpty) { EXPECT_EQ(aria_key_of_phrase("").error().kind, ErrorKind::invalid); }

}  // namespace
}  // namespace bongsu::crypto
