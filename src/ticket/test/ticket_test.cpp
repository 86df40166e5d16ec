#include "ticket/ticket.hpp"

#include <gtest/gtest.h>

namespace bongsu::ticket {
namespace {

// RFC 8032 section 7.1, test 1: the key of RFC 8037 appendix A too.
const crypto::KeyPair kKey =
    crypto::key_pair_of_seed(
        crypto::from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "seed").value())
        .value();
const Keys kKeys{{"11440-t1", kKey.public_key}};
const SiteId kHere{"11440"};

// Written by Python's json and base64 and signed by `openssl pkeyutl -sign -rawin`: spaces, line ends,
// another order of the claims and times with offsets, as an encoder that is not ours may send them.
constexpr std::string_view kGolden =
    "eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJFZERTQSIsICJraWQiOiAiMTE0NDAtdDEifQ."
    "ewogImp0aSI6ICIwMUo5WlE0WTdNM1Q4VjZXNVgyUjFOMFA5SyIsCiAidmlldyI6ICIwMUo5WlE0WTdOMDAwMDAwMDAwMDAwMDAwMSIs"
    "CiAi"
    "Z3JhbnQiOiAiMDFKOVpRNFk3UDAwMDAwMDAwMDAwMDAwMDIiLAogImNhbWVyYSI6ICIxMTQ0MC0wMDAxIiwKICJraW5kIjogImxpdmUi"
    "LAog"
    "ImhlaWdodCI6IDcyMCwKICJmcm9tIjogIjIwMjYtMTEtMjNUMTQ6MDA6MDArMDA6MDAiLAogInRvIjogIjIwMjYtMTEtMjNUMjM6MDA6"
    "MDAr"
    "MDk6MDAiLAogImV4cCI6IDE3OTU0NDI0NjAsCiAiYXVkIjogIjExNDQwIiwKICJob2xkZXIiOiAiMDFKOVpRNFk3UTAwMDAwMDAwMDAw"
    "MDAw"
    "MDMiCn0."
    "H4tv88A5bc6CH3hMOdi-NFMwCE_58-JndMk8lHw5cu3KxL2MhSpAZJ_qFuJG27-Xbf1_-hhkZgPbEl_WTVfsDg";

WallTime at(std::string_view text) { return parse_rfc3339(text, "test").value(); }
const WallTime kNow = at("2026-11-23T14:00:30Z");

Claims sample() {
    return {.kid = "11440-t1",
            .jti = "01J9ZQ4Y7M3T8V6W5X2R1N0P9K",
            .view = {"01J9ZQ4Y7N0000000000000001"},
            .grant = {"01J9ZQ4Y7P0000000000000002"},
            .camera = {"11440-0001"},
            .kind = "relay",
            .height = 0,
            .from = {},
            .to = at("2026-11-23T15:00:00Z"),
            .expires = at("2026-11-23T14:01:00Z"),
            .audience = kHere,
            .holder = "site:11000"};
}

std::string signed_over(std::string_view header, std::string_view payload) {
    const auto input = crypto::to_base64url(header) + "." + crypto::to_base64url(payload);
    return input + "." + crypto::to_base64url(crypto::sign(kKey, input));
}

constexpr std::string_view kHeader = R"({"alg":"EdDSA","kid":"11440-t1"})";
constexpr std::string_view kPayload =
    R"({"aud":"11440","camera":"11440-0001","exp":1795442460,"grant":"G","height":0,)"
    R"("holder":"H","jti":"J","kind":"live","view":"V"})";

std::string without(std::string text, std::string_view part, std::string_view instead = "") {
    const auto found = text.find(part);
    EXPECT_NE(found, std::string::npos) << part;
    return text.replace(found, part.size(), instead);
}

void expect_refused(std::string_view ticket, std::string_view reason, WallTime now = kNow,
                    const SiteId& here = kHere) {
    const auto result = verify(ticket, kKeys, here, now);
    ASSERT_FALSE(result) << ticket;
    EXPECT_EQ(result.error().kind, ErrorKind::unauthenticated);
    EXPECT_NE(result.error().message.find(reason), std::string::npos)
        << result.error().message << " for " << ticket;
}

TEST(Ticket, OfAnIndependentEncoderIsRead) {
    const auto claims = verify(kGolden, kKeys, kHere, kNow);

    ASSERT_TRUE(claims) << claims.error().message;
    EXPECT_EQ(claims->kid, "11440-t1");
    EXPECT_EQ(claims->jti, "01J9ZQ4Y7M3T8V6W5X2R1N0P9K");
    EXPECT_EQ(claims->view.value, "01J9ZQ4Y7N0000000000000001");
    EXPECT_EQ(claims->grant.value, "01J9ZQ4Y7P0000000000000002");
    EXPECT_EQ(claims->camera.value, "11440-0001");
    EXPECT_EQ(claims->kind, "live");
    EXPECT_EQ(claims->height, 720);
    EXPECT_EQ(claims->from, at("2026-11-23T14:00:00Z"));
    EXPECT_EQ(claims->to, at("2026-11-23T14:00:00Z"));
    EXPECT_EQ(claims->expires, at("2026-11-23T14:01:00Z"));
    EXPECT_EQ(claims->holder, "01J9ZQ4Y7Q0000000000000003");
}

TEST(Ticket, SignaturesAreThoseOfRfc8037AppendixA4) {
    EXPECT_EQ(
        crypto::to_base64url(crypto::sign(kKey, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")),
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

TEST(Ticket, ComesBackAsItWasSigned) {
    const auto claims = verify(sign(sample(), kKey), kKeys, kHere, kNow).value();

    EXPECT_EQ(claims.kind, "relay");
    EXPECT_EQ(claims.holder, "site:11000");
    EXPECT_FALSE(claims.from);
    EXPECT_EQ(claims.to, sample().to);
    EXPECT_EQ(claims.expires, sample().expires);
    EXPECT_EQ(sign(claims, kKey), sign(sample(), kKey));
}

TEST(Ticket, IsRefusedWhenExpiredForeignOrOfAnUnknownKey) {
    const auto good = sign(sample(), kKey);
    expect_refused(good, "has expired", sample().expires);
    EXPECT_TRUE(verify(good, kKeys, kHere, sample().expires - std::chrono::microseconds(1)));
    expect_refused(good, "is for another site", kNow, SiteId{"11000"});
    auto other = sample();
    other.kid = "11680-t1";
    expect_refused(sign(other, kKey), "unknown key");
    expect_refused(sign(sample(), crypto::key_pair_of_seed(std::string(32, 'x')).value()), "forged");
}

TEST(Ticket, SaysWhoseItWasAlsoWhenItHoldsNoLonger) {
    const auto claims = read(sign(sample(), kKey), kKeys);

    ASSERT_TRUE(claims) << claims.error().message;
    EXPECT_EQ(claims->holder, "site:11000");
    EXPECT_FALSE(check(*claims, kHere, sample().expires));
    EXPECT_FALSE(check(*claims, SiteId{"11000"}, kNow));
    EXPECT_TRUE(check(*claims, kHere, kNow));
    EXPECT_FALSE(read(sign(sample(), crypto::key_pair_of_seed(std::string(32, 'x')).value()), kKeys));
}

TEST(Ticket, EveryChangedLetterIsRefused) {
    const auto good = sign(sample(), kKey);
    ASSERT_TRUE(verify(good, kKeys, kHere, kNow));
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (const char letter : {'A', 'B', 'z', '_', '.', '='}) {
            auto bad = good;
            if (bad[i] == letter) continue;
            bad[i] = letter;
            EXPECT_FALSE(verify(bad, kKeys, kHere, kNow)) << i << letter;
        }
        EXPECT_FALSE(verify(good.substr(0, i), kKeys, kHere, kNow)) << i;
    }
}

TEST(Ticket, OtherAlgorithmsAndHeadersAreRefusedThoughTheyAreSigned) {
    ASSERT_TRUE(verify(signed_over(kHeader, kPayload), kKeys, kHere, kNow));
    for (const auto* header :
         {R"({"alg":"none","kid":"11440-t1"})", R"({"alg":"HS256","kid":"11440-t1"})",
          R"({"alg":"eddsa","kid":"11440-t1"})", R"({"kid":"11440-t1"})", R"({"alg":"EdDSA"})",
          R"({"alg":"EdDSA","kid":"11440-t1","crit":"exp"})", R"({"alg":"EdDSA","kid":"11440-t1","jwk":{}})",
          R"({"alg":"EdDSA","kid":"11440-t1","typ":"JOSE"})",
          R"({"alg":"none","alg":"EdDSA","kid":"11440-t1"})", R"({"alg":"EdDSA","kid":7})", R"(["EdDSA"])",
          "", "{"}) {
        expect_refused(signed_over(header, kPayload), "is malformed");
    }
    const auto input = crypto::to_base64url(R"({"alg":"none"})") + "." + crypto::to_base64url(kPayload) + ".";
    expect_refused(input, "is malformed");
}

TEST(Ticket, MissingDoubledAndMistypedClaimsAreRefused) {
    const std::string payload(kPayload);
    for (const auto* part :
         {R"("aud":"11440",)", R"("camera":"11440-0001",)", R"("exp":1795442460,)", R"("grant":"G",)",
          R"("height":0,)", R"("holder":"H",)", R"("jti":"J",)", R"("kind":"live",)"}) {
        expect_refused(signed_over(kHeader, without(payload, part)), "is malformed");
        expect_refused(signed_over(kHeader, "{" + std::string(part) + payload.substr(1)),
                       "names a claim twice");
    }
    expect_refused(signed_over(kHeader, without(payload, R"(,"view":"V")")), "claim view");
    expect_refused(signed_over(kHeader, without(payload, R"("jti":"J")", R"("jti":"J","\u006ati":"K")")),
                   "names a claim twice");
    expect_refused(signed_over(kHeader, without(payload, "1795442460", "\"1795442460\"")), "claim exp");
    expect_refused(signed_over(kHeader, without(payload, "1795442460", "9223372036854775807")), "claim exp");
    expect_refused(signed_over(kHeader, without(payload, "1795442460", "1795442460.5")), "is malformed");
    expect_refused(signed_over(kHeader, without(payload, R"("height":0)", R"("height":-1)")), "claim height");
    expect_refused(signed_over(kHeader, without(payload, R"("kind":"live")", R"("kind":"all")")),
                   "claim kind");
    expect_refused(signed_over(kHeader, without(payload, R"("jti":"J")", R"("jti":["J"])")), "is malformed");
    expect_refused(signed_over(kHeader, without(payload, R"("jti":"J")", R"("jti":"J","to":"soon")")),
                   "claim to");
}

TEST(Ticket, ExtraPartsAndLooseEncodingsAreRefused) {
    const auto good = signed_over(kHeader, kPayload);
    for (const auto& bad : {good + ".", "." + good, good + ".x", good + "=", good + "\n", " " + good,
                            std::string(".."), std::string(), std::string("...."), std::string("a.b")}) {
        expect_refused(bad, "is malformed");
    }
    // The last letter of a 64-byte signature carries four unused bits: RFC 4648 section 3.5.
    auto loose = good;
    loose.back() = static_cast<char>(loose.back() + 1);
    expect_refused(loose, "is malformed");
}

TEST(Ticket, IsAtMost2048BytesLong) {
    auto long_claims = sample();
    long_claims.holder = std::string(1200, 'h');
    EXPECT_TRUE(verify(sign(long_claims, kKey), kKeys, kHere, kNow));
    long_claims.holder = std::string(1600, 'h');
    expect_refused(sign(long_claims, kKey), "more than 2048 bytes");
}

}  // namespace
}  // namespace bongsu::ticket
