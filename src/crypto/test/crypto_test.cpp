#include <gtest/gtest.h>

#include "crypto/crypto.hpp"

namespace bongsu::crypto {
namespace {

std::string hex(std::string_view text) { return from_hex(text, "test").value(); }

TEST(Sha256, AnswersTheStandardsExamples) {
    // FIPS 180-4 examples "abc" and the empty message.
    EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

struct Rfc8032 {
    const char *seed, *public_key, *message, *signature;
};
// RFC 8032 section 7.1, tests 1 to 3 and "SHA(abc)".
constexpr Rfc8032 kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f"
     "0595bbe246"
     "55141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2ea"
     "eb4302aee"
     "b00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e"
     "9716ed28dc"
     "027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d442"
     "3643ce80e2"
     "a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179"
     "c138ac17ad"
     "9bef1177331a704"},
};

TEST(Ed25519, SignsTheVectorsOfRfc8032) {
    for (const auto& vector : kVectors) {
        const auto pair = key_pair_of_seed(hex(vector.seed)).value();
        EXPECT_EQ(to_hex(pair.public_key), vector.public_key);
        EXPECT_EQ(to_hex(sign(pair, hex(vector.message))), vector.signature);
        EXPECT_TRUE(verify(pair.public_key, hex(vector.message), hex(vector.signature)));
    }
}

TEST(Ed25519, RefusesEveryFlippedBitOfASignature) {
    const auto pair = key_pair_of_seed(std::string(32, 'k')).value();
    const auto good = sign(pair, "message");

    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        auto bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(verify(pair.public_key, "message", bad)) << bit;
    }
    EXPECT_FALSE(verify(pair.public_key, "another", good));
    EXPECT_FALSE(verify(pair.public_key, "message", good.substr(1)));
    EXPECT_FALSE(verify("short", "message", good));
    EXPECT_FALSE(key_pair_of_seed("short"));
}

TEST(Base64, EncodesTheExamplesOfRfc4648) {
    const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                            {"f", "Zg=="},
                                                            {"fo", "Zm8="},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg=="},
                                                            {"fooba", "Zm9vYmE="},
                                                            {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : examples) {
        EXPECT_EQ(to_base64(plain), coded);
        EXPECT_EQ(from_base64(coded, "t").value(), plain);
    }
    EXPECT_EQ(to_base64url("\xfb\xff\xfe"), "-__-");
    EXPECT_EQ(to_base64("\xfb\xff\xfe"), "+//+");
}

TEST(Base64, RefusesASecondTextForTheSameBytes) {
    for (const auto* text :
         {"Zg", "Zg=", "Zh==", "Zm9=", "Zg==\n", "=Zg=", "Z===", "====", "Zm9v Zm9v", "-__-", "Zg==Zg=="}) {
        const auto result = from_base64(text, "photo");
        ASSERT_FALSE(result) << text;
        EXPECT_NE(result.error().message.find("photo"), std::string::npos);
    }
    for (const auto* text : {"Zg==", "Zh", "Zm9", "Z", "+//+", "Zg\n", "Zm9v="}) {
        EXPECT_FALSE(from_base64url(text, "ticket")) << text;
    }
}

TEST(Base64, RoundTripsAllLengths) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(from_base64(to_base64(bytes), "t").value(), bytes);
        EXPECT_EQ(from_base64url(to_base64url(bytes), "t").value(), bytes);
        EXPECT_EQ(from_hex(to_hex(bytes), "t").value(), bytes);
        bytes += static_cast<char>(i * 37);
    }
}

TEST(Hex, RefusesHalfBytesAndOtherLetters) {
    EXPECT_EQ(from_hex("00fFAb", "t").value(), std::string("\0\xff\xab", 3));
    for (const auto* text : {"0", "0g", " 0", "0x"}) EXPECT_FALSE(from_hex(text, "t")) << text;
}

TEST(ConstantTime, ComparesLikeEquality) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("same", "same"));
    EXPECT_FALSE(equal_in_constant_time("same", "sane"));
    EXPECT_FALSE(equal_in_constant_time("same", "samE1"));
}

}  // namespace
}  // namespace bongsu::crypto
